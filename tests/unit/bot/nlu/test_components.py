"""The two Rasa components, on a hand-made index and a tiny model, trained and loaded through Rasa's own storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from bot.nlu import encoder
from bot.nlu.content_watch import ContentWatch
from bot.nlu.intent_model import IntentModel
from bot.nlu.topic_index import TopicIndex
from bot.nlu.understanding import ContentIndex
from content_db.repository import AliasView
from content_db.retrieval.questions import FaqQuestion, QuestionIndex
from tests.unit.bot.nlu.sentences import SENTENCES

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")

INDEX = TopicIndex(
    [
        AliasView("kneemr", "exam", "en", "knee MRI"),
        AliasView("kneexray", "exam", "en", "knee x-ray"),
        AliasView("bodymr", "exam", "en", "MRI"),
        AliasView("stroke", "condition", "en", "stroke"),
    ]
)
PARENTS = {"kneemr": "bodymr", "bodymr": None, "stroke": None}


@pytest.fixture(scope="module")
def linker() -> Any:
    from bot.nlu.topic_linker import TopicLinker

    questions = QuestionIndex(
        [
            FaqQuestion("kneemr.faq-shorts.en", "kneemr", "en", "Can I wear shorts for scan?"),
            FaqQuestion("bodymr.faq-tattoo.en", "bodymr", "en", "Can I have scan with a tattoo?"),
            FaqQuestion("stroke.faq-age.en", "stroke", "en", "At what age does disease come?"),
        ],
        encoder.encode_many,
    )
    # Never started, so what it holds is what it was given.
    return TopicLinker(
        ContentWatch(create_engine("sqlite://"), lambda _: None, ContentIndex(INDEX, questions, PARENTS))
    )


@pytest.fixture(scope="module")
def classifier() -> Any:
    from bot.nlu.section_classifier import SectionClassifier

    return SectionClassifier.of(IntentModel.train([text for text, _ in SENTENCES], [i for _, i in SENTENCES]))


def message(text: str | None, **data: Any) -> Any:
    from rasa.shared.nlu.training_data.message import Message

    return Message(data={"text": text, **data})


def test_named_topics_become_entities(linker: Any) -> None:
    text = "can a knee mri show a stroke"
    (linked,) = linker.process([message(text)])
    assert [(e["entity"], e["value"], text[e["start"] : e["end"]], e["kind"]) for e in linked.get("entities")] == [
        ("topic", "kneemr", "knee mri", "exam"),
        ("topic", "stroke", "stroke", "condition"),
    ]
    assert {e["extractor"] for e in linked.get("entities")} == {"TopicLinker"}
    assert {"entities", "topics", "questions"} <= linked.output_properties


def test_entities_that_are_there_stay(linker: Any) -> None:
    before = {"entity": "section", "value": "risks", "start": 0, "end": 0}
    (linked,) = linker.process([message("knee mri", entities=[before])])
    assert linked.get("entities")[0] == before
    assert len(linked.get("entities")) == 2


def test_a_topic_that_is_turned_away_says_so(linker: Any) -> None:
    (linked,) = linker.process([message("not the knee mri")])
    assert [entity["negated"] for entity in linked.get("entities")] == [True]


def test_candidates_are_passed_on(linker: Any) -> None:
    (linked,) = linker.process([message("a scan of my knee")])
    assert linked.get("topics") == {"candidates": ["kneemr", "kneexray"]}


def test_particular_questions_are_looked_for_in_the_topics_line(linker: Any) -> None:
    (linked,) = linker.process([message("can i wear shorts in a knee mri")])
    (best, *others) = linked.get("questions")["kneemr"]
    assert best[0] == "kneemr.faq-shorts.en"
    assert [passage for passage, _ in others] == ["bodymr.faq-tattoo.en"]
    assert all(isinstance(score, float) for _, score in (best, *others))


def test_a_follow_up_is_looked_up_under_the_topic_that_was_talked_about(linker: Any) -> None:
    (linked,) = linker.process([message("and with a tattoo?", metadata={"context": {"topic": "bodymr"}})])
    assert [passage for passage, _ in linked.get("questions")["bodymr"]] == ["bodymr.faq-tattoo.en"]


@pytest.mark.parametrize("text", ["", None])
def test_without_text_nothing_is_added(linker: Any, classifier: Any, text: str | None) -> None:
    (passed,) = classifier.process(linker.process([message(text)]))
    assert passed.data == {"text": text}


def test_only_the_beginning_of_a_very_long_message_is_read(linker: Any) -> None:
    from bot.nlu.topic_linker import MOST_CHARACTERS

    (linked,) = linker.process([message("word " * MOST_CHARACTERS + "knee mri")])
    assert linked.get("entities") == []


def test_several_messages_are_told_apart(linker: Any) -> None:
    one, two = linker.process([message("knee mri"), message("stroke")])
    assert [e["value"] for e in one.get("entities")] == ["kneemr"]
    assert [e["value"] for e in two.get("entities")] == ["stroke"]


def test_the_intent_and_its_rivals_are_set(linker: Any, classifier: Any) -> None:
    (passed,) = classifier.process(linker.process([message("does a knee mri hurt")]))
    assert passed.get("intent")["name"] == "experience"
    ranking = passed.get("intent_ranking")
    assert ranking[0] == passed.get("intent")
    assert [guess["confidence"] for guess in ranking] == sorted((g["confidence"] for g in ranking), reverse=True)
    assert {"intent", "intent_ranking"} <= passed.output_properties


def test_the_name_of_the_exam_does_not_change_the_guess(linker: Any, classifier: Any) -> None:
    one, two = classifier.process(linker.process([message("does a knee mri hurt"), message("does an mri hurt")]))
    assert one.get("intent")["confidence"] == pytest.approx(two.get("intent")["confidence"], abs=0.1)


def test_without_a_model_nothing_is_guessed() -> None:
    from bot.nlu.section_classifier import SectionClassifier

    (passed,) = SectionClassifier(None, None).process([message("does it hurt")])
    assert passed.data == {"text": "does it hurt"}


def test_the_classifier_is_trained_stored_and_loaded(tmp_path: Path, classifier: Any) -> None:
    from rasa.engine.storage.local_model_storage import LocalModelStorage
    from rasa.engine.storage.resource import Resource
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.section_classifier import SectionClassifier

    storage, resource = LocalModelStorage.create(tmp_path), Resource("section")
    examples = []
    for text, intent in SENTENCES:
        # As `[knee mri](exam)` in a sentence of data/nlu is read by Rasa.
        start = text.find("scan")
        marks = [{"entity": "exam", "value": "knee mri", "start": start, "end": start + 8}] if start >= 0 else []
        examples.append(message(text.replace("scan", "knee mri"), intent=intent, entities=marks))
    trained = SectionClassifier.create({}, storage, resource, None)  # type: ignore[arg-type]
    assert trained.train(TrainingData(examples)) == resource
    loaded = SectionClassifier.load({}, storage, resource, None)  # type: ignore[arg-type]
    texts = ["does scan hurt", "hello", "can i eat"]
    rankings = [
        [passed.get("intent_ranking") for passed in each.process([message(text) for text in texts])]
        for each in (trained, loaded, classifier)
    ]
    # The tiny model above was trained on the same sentences, masked by hand.
    assert rankings[0] == rankings[1] == rankings[2]


def test_rasa_finds_the_packages_that_are_asked_for(linker: Any, classifier: Any) -> None:
    import importlib

    for component in (linker, classifier):
        for package in component.required_packages():
            importlib.import_module(package)
