"""The three Rasa components, on a small library and a tiny model, trained and loaded through Rasa's own storage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from bot.nlu import encoder
from bot.nlu.content_watch import ContentWatch
from bot.nlu.evidence import Evidence
from bot.nlu.examples import LabelledQuestion, phrasings
from bot.nlu.intent_model import IntentModel
from bot.nlu.kinds import KINDS
from bot.nlu.parts import asking
from bot.nlu.ranker import Ranking
from bot.nlu.topic_index import TopicIndex
from bot.nlu.understanding import ContentIndex
from content_db.repository import AliasView, PassageText, TopicFacts
from content_db.sections import FAQ, languages
from tests.unit.bot.nlu.library import small_rankers
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
FACTS = (
    TopicFacts("bodymr", "exam", None, "mri"),
    TopicFacts("kneemr", "exam", "bodymr", "mri"),
    TopicFacts("kneexray", "exam", None, "xray"),
    TopicFacts("stroke", "condition", None, ""),
)
PAGES = ("bodymr.experience", "bodymr.overview", "kneemr.overview", "kneexray.overview", "stroke.overview")


def evidence_of(language: str) -> Evidence:
    passages = []
    for page in PAGES:
        topic, section = page.split(".")
        passages.append(PassageText(f"{page}.{language}", topic, language, section, None, "Some words."))
    term = f"glossary.faq-hypodense.{language}"
    meaning = {"en": "What does hypodense mean?", "es": "¿Qué significa hipodenso?"}[language]
    passages.append(PassageText(term, "glossary", language, "faq", meaning, "Darker."))
    return Evidence(language, FACTS, {}, passages, (), encoder.encode_many, lambda text: text)


@pytest.fixture(scope="module")
def linker() -> Any:
    from bot.nlu.topic_linker import TopicLinker

    index = ContentIndex(INDEX, {language: evidence_of(language) for language in ("en", "es")})
    # Never started, so what it holds is what it was given.
    return TopicLinker(ContentWatch(create_engine("sqlite://"), lambda _: None, index))


@pytest.fixture(scope="module")
def classifier() -> Any:
    from bot.nlu.section_classifier import SectionClassifier

    return SectionClassifier.of(IntentModel.train([text for text, _ in SENTENCES], [i for _, i in SENTENCES]))


@pytest.fixture(scope="module")
def ranker() -> Any:
    from bot.nlu.answer_ranker import AnswerRanker

    return AnswerRanker(small_rankers())


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
    assert "entities" in linked.output_properties


def test_entities_that_are_there_stay(linker: Any) -> None:
    before = {"entity": "section", "value": "risks", "start": 0, "end": 0}
    (linked,) = linker.process([message("knee mri", entities=[before])])
    assert linked.get("entities")[0] == before
    assert len(linked.get("entities")) == 2


def test_a_topic_that_is_turned_away_says_so(linker: Any) -> None:
    (linked,) = linker.process([message("not the knee mri")])
    assert [entity["negated"] for entity in linked.get("entities")] == [True]


def test_the_reading_and_its_index_are_passed_on_but_not_out(linker: Any) -> None:
    from bot.nlu.topic_linker import INDEX as PASSED_INDEX
    from bot.nlu.topic_linker import READING

    (linked,) = linker.process([message("a scan of my knee")])
    assert set(linked.get(READING).linked.candidates) == {"kneemr", "kneexray"}
    assert linked.get(PASSED_INDEX) is linker._watch.current()
    # What is put out goes to Rasa's tracker store, which takes plain data alone.
    assert linked.output_properties.isdisjoint({READING, PASSED_INDEX})


@pytest.mark.parametrize("text", ["", None])
def test_without_text_a_rule_can_still_end_the_turn(
    linker: Any, classifier: Any, ranker: Any, text: str | None
) -> None:
    (passed,) = ranker.process(classifier.process(linker.process([message(text)])))
    assert passed.data == {"text": text, "intent": {"name": "nlu_fallback", "confidence": 0.0}}


def test_only_the_beginning_of_a_very_long_message_is_read(linker: Any) -> None:
    from bot.nlu.topic_linker import MOST_CHARACTERS

    (linked,) = linker.process([message("word " * MOST_CHARACTERS + "knee mri")])
    assert linked.get("entities") == []


def test_several_messages_are_told_apart(linker: Any) -> None:
    one, two = linker.process([message("knee mri"), message("stroke")])
    assert [e["value"] for e in one.get("entities")] == ["kneemr"]
    assert [e["value"] for e in two.get("entities")] == ["stroke"]


def probabilities(linker: Any, classifier: Any, text: str) -> dict[str, float]:
    from bot.nlu.section_classifier import PROBABILITIES

    (passed,) = classifier.process(linker.process([message(text)]))
    given: dict[str, float] = passed.get(PROBABILITIES)
    return given


def test_every_intent_gets_its_probability_and_none_is_decided_on(linker: Any, classifier: Any) -> None:
    from bot.nlu.section_classifier import SEEN

    (passed,) = classifier.process(linker.process([message("does a knee mri hurt")]))
    given = probabilities(linker, classifier, "does a knee mri hurt")
    assert max(given, key=given.__getitem__) == "experience"
    assert set(given) == {intent for _, intent in SENTENCES}
    assert 0.5 < passed.get(SEEN) <= 1.001
    assert passed.get("intent") is None


@pytest.mark.parametrize(
    ("text", "asks"), [("my mother fell. does a knee mri hurt?", "does a scan hurt?"), ("does a knee mri hurt?", None)]
)
def test_what_asks_is_judged_by_itself_where_others_only_tell(
    linker: Any, classifier: Any, text: str, asks: str | None
) -> None:
    from bot.nlu.section_classifier import ASKING

    (passed,) = classifier.process(linker.process([message(text)]))
    alone = None if asks is None else probabilities(linker, classifier, asks)
    assert passed.get(ASKING) == (None if alone is None else pytest.approx(alone))


def test_the_name_of_the_exam_does_not_change_the_guess(linker: Any, classifier: Any) -> None:
    one, two = (probabilities(linker, classifier, text) for text in ("does a knee mri hurt", "does an mri hurt"))
    assert one["experience"] == pytest.approx(two["experience"], abs=0.1)


def test_without_a_model_nothing_is_guessed(linker: Any) -> None:
    from bot.nlu.section_classifier import PROBABILITIES, SectionClassifier

    (passed,) = SectionClassifier(None, None).process(linker.process([message("does it hurt")]))
    assert passed.get(PROBABILITIES) is None


# --- the last word ---


def ranked(linker: Any, classifier: Any, ranker: Any, text: str, **context: Any) -> Any:
    (passed,) = ranker.process(
        classifier.process(linker.process([message(text, metadata={"context": context} if context else None)]))
    )
    return passed


def test_the_intent_the_topics_and_the_texts_are_put_out(linker: Any, classifier: Any, ranker: Any) -> None:
    passed = ranked(linker, classifier, ranker, "does a knee mri hurt")
    assert passed.get("intent")["name"] == "experience"
    found = passed.get("ranking")
    assert (found["language"], found["topics"][0][0]) == ("en", "kneemr")
    assert found["passages"][0][:3] == ["bodymr.experience.en", "bodymr", "experience"]
    assert set(found["kinds"]) == set(KINDS)
    assert {"intent", "ranking"} <= passed.output_properties
    # It goes through Rasa's tracker and over its web API.
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("text", "spoken", "language", "passage"),
    [
        ("does a knee mri hurt", "es", "en", "en"),
        ("¿duele una resonancia en la rodilla?", "en", "es", "es"),
        ("mri", "es", "es", "es"),
        ("mri", None, "en", "en"),
        ("Wie lange dauert eine MRT vom Knie?", "es", "other", "es"),
        ("Wie lange dauert eine MRT vom Knie?", None, "other", "en"),
    ],
)
def test_texts_are_of_the_language_of_the_message_else_of_the_talk(
    linker: Any, classifier: Any, ranker: Any, text: str, spoken: str | None, language: str, passage: str
) -> None:
    context = {"topic": "kneemr", **({"language": spoken} if spoken else {})}
    found = ranked(linker, classifier, ranker, text, **context).get("ranking")
    assert found["language"] == language
    assert {row[0].rpartition(".")[2] for row in found["passages"]} == {passage}


def test_what_was_talked_about_speaks_for_a_topic(linker: Any, classifier: Any, ranker: Any) -> None:
    found = ranked(linker, classifier, ranker, "does it hurt", topic="stroke", language="en").get("ranking")
    assert "stroke" in [topic for topic, _ in found["topics"]]


def test_a_message_that_was_not_read_stays_as_it_is(ranker: Any) -> None:
    command = message("/choose", intent={"name": "choose", "confidence": 1.0})
    (passed,) = ranker.process([command])
    assert passed.data == {"text": "/choose", "intent": {"name": "choose", "confidence": 1.0}}


def test_before_there_is_content_nothing_is_ranked(classifier: Any, ranker: Any) -> None:
    from bot.nlu.topic_linker import TopicLinker

    empty = TopicLinker(ContentWatch(create_engine("sqlite://"), lambda _: None, ContentIndex(TopicIndex([]))))
    assert ranked(empty, classifier, ranker, "does it hurt").get("ranking") is None


@pytest.mark.parametrize(
    ("text", "language", "term"),
    [
        ("what does hypodense mean", "en", "glossary.faq-hypodense.en"),
        ("¿qué significa hipodenso?", "es", "glossary.faq-hypodense.es"),
        ("what does hyperdense mean", "en", None),
        ("does a knee mri hurt", "en", None),
    ],
)
def test_a_word_that_is_asked_for_is_a_question_to_the_site(
    linker: Any, classifier: Any, ranker: Any, text: str, language: str, term: str | None
) -> None:
    passed = ranked(linker, classifier, ranker, text, language=language)
    assert passed.get("term") == term
    assert (passed.get("intent")["name"] == "service") == (term is not None)
    assert ("term" in passed.output_properties) == (term is not None)


def kinds_with(**shares: float) -> Ranking:
    return Ranking({kind: shares.get(kind, 0.0) for kind in KINDS}, (), ())


INTENTS = {
    "uses": 0.1,
    "risks": 0.2,
    "bare_topic": 0.05,
    "chitchat_hello": 0.1,
    "chitchat_bye": 0.2,
    "handoff": 0.1,
    "emergency": 0.1,
    "out_of_scope": 0.1,
    "service": 0.03,
    "personal_advice": 0.02,
}


@pytest.mark.parametrize(
    ("kinds", "decided", "sure"),
    [
        pytest.param({"answer": 0.9}, "risks", 0.9, id="the likeliest section"),
        pytest.param({"chitchat": 0.9, "answer": 0.1}, "chitchat_bye", 0.9, id="the likeliest small talk"),
        pytest.param({"emergency": 0.99, "answer": 0.01}, "emergency", 0.99, id="danger that is sure"),
        pytest.param({"emergency": 0.25, "answer": 0.75}, "emergency", 0.25, id="danger that may well be"),
        pytest.param({"emergency": 0.1, "answer": 0.9}, "risks", 0.9, id="danger that is not likely"),
        pytest.param({"emergency": 0.1, "handoff": 0.4, "answer": 0.35}, "risks", 0.35, id="nothing that is sure"),
        pytest.param({"handoff": 0.49, "answer": 0.3}, "risks", 0.3, id="another kind that is not sure"),
        pytest.param({"handoff": 0.5, "answer": 0.3}, "handoff", 0.5, id="another kind that is just sure"),
        pytest.param({"answer": 0.3, "handoff": 0.2}, "risks", 0.3, id="an answer need not be sure"),
    ],
)
def test_the_intent_is_the_likeliest_of_the_kind_of_turn(kinds: dict[str, float], decided: str, sure: float) -> None:
    from bot.nlu import answer_ranker

    assert answer_ranker.decided(kinds_with(**kinds), INTENTS) == (decided, sure)


@pytest.mark.parametrize(
    ("share", "in_talk", "decided"),
    [(0.3, False, "out_of_scope"), (0.2, False, "risks"), (0.3, True, "risks"), (0.5, True, "out_of_scope")],
)
def test_a_first_message_is_sooner_taken_for_another_subject(share: float, in_talk: bool, decided: str) -> None:
    from bot.nlu import answer_ranker

    ranking = kinds_with(answer=0.45, out_of_scope=share)
    assert answer_ranker.decided(ranking, INTENTS, in_talk=in_talk)[0] == decided


def test_what_the_classifier_hardly_gives_to_another_subject_is_not_refused() -> None:
    from bot.nlu.answer_ranker import HARDLY, decided

    ranking = kinds_with(answer=0.45, out_of_scope=0.5)
    assert decided(ranking, {**INTENTS, "out_of_scope": HARDLY})[0] == "out_of_scope"
    assert decided(ranking, {**INTENTS, "out_of_scope": HARDLY - 0.01})[0] == "risks"


def test_advice_that_is_likelier_than_another_subject_is_declined() -> None:
    from bot.nlu import answer_ranker

    assert (
        answer_ranker.decided(
            kinds_with(personal_advice=0.45, out_of_scope=0.3, answer=0.25), {**INTENTS, "personal_advice": 0.1}
        )[0]
        == "personal_advice"
    )


def test_danger_is_added_when_it_is_one_of_five_likely_ends() -> None:
    from bot.nlu.answer_ranker import EMERGENCY_SURE, decided

    def intent(share: float) -> str:
        return decided(kinds_with(emergency=share, personal_advice=1 - share), INTENTS)[0]

    assert intent(EMERGENCY_SURE) == "emergency"
    assert intent(EMERGENCY_SURE - 0.001) != "emergency"
    assert pytest.approx(0.2) == EMERGENCY_SURE


# --- training ---


def question(text: str, kind: str, *sections: str) -> LabelledQuestion:
    return LabelledQuestion("en", text, (kind,), (), sections)


def test_labelled_questions_are_learnt_from_with_plain_words_for_their_topics() -> None:
    from bot.nlu.section_classifier import extra_examples

    given = [
        question("Does a knee MRI hurt?", "answer", "experience"),
        question("cant brethe after the dye", "emergency"),
        question("hello", "chitchat"),
        question("Is it cancer?", "clarify"),
    ]
    texts, intents = extra_examples(given)
    assert intents[:2] == ["experience", "emergency"]
    assert texts[0] == "Does a scan hurt?"
    # After them come the phrasings of sections.
    of_sections = [one for language in languages() for one in phrasings(language) if one.section != FAQ]
    whole = 2 + len(of_sections)
    assert intents[2:whole] == [one.section for one in of_sections]
    # And last, of those of them that tell a story first, what asks.
    stories = [(asking(text), intent) for text, intent in zip(texts[:whole], intents[:whole], strict=True)]
    alone = [(text, intent) for text, intent in stories if text is not None and intent != "emergency"]
    assert list(zip(texts[whole:], intents[whole:], strict=True)) == alone != []


@pytest.mark.parametrize(
    ("kind", "section", "taught"),
    [("answer", "experience", True), ("personal_advice", None, True), ("emergency", None, False)],
)
def test_what_asks_after_a_story_is_learnt_from_by_itself_unless_danger_is_told(
    kind: str, section: str | None, taught: bool
) -> None:
    from bot.nlu.section_classifier import extra_examples

    sections = () if section is None else (section,)
    texts, intents = extra_examples([question("My arm is blue. Does a knee MRI hurt, uncle?", kind, *sections)])
    assert dict(zip(texts, intents, strict=True)).get("Does a scan hurt, uncle?") == (
        (section or kind) if taught else None
    )


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
    kept, read = ([each._model.probabilities(text) for text in texts] for each in (trained, loaded))
    assert kept == read
    assert [max(found, key=found.__getitem__) for found, _ in read][:2] == ["experience", "chitchat_hello"]


def test_rasa_finds_the_packages_that_are_asked_for(linker: Any, classifier: Any) -> None:
    import importlib

    for component in (linker, classifier):
        for package in component.required_packages():
            importlib.import_module(package)


def test_what_a_page_about_safety_does_not_tell_is_asked_of_the_exam_that_was_named(
    linker: Any, classifier: Any, ranker: Any
) -> None:
    alone = ranked(linker, classifier, ranker, "does it hurt", topic="stroke", language="en").get("ranking")
    assert (alone["topics"][0][0], alone["missing"]) == ("stroke", "experience")
    named = ranked(linker, classifier, ranker, "does it hurt", topic="stroke", exam="kneemr", language="en")
    assert named.get("ranking")["missing"] is None
    assert named.get("ranking")["passages"][0][0] == "bodymr.experience.en"


def test_a_name_alone_is_an_answer_about_it_whatever_went_before(linker: Any, classifier: Any, ranker: Any) -> None:
    found = ranked(linker, classifier, ranker, "knee mri", topic="stroke", section="overview", language="en")
    assert found.get("ranking")["topics"][0][0] == "kneemr"
    assert found.get("intent")["name"] not in ("personal_advice", "out_of_scope")


def test_a_question_about_the_site_is_told_before_danger_is_guessed() -> None:
    from bot.nlu import answer_ranker

    intents = {**INTENTS, "service": 0.9}
    assert answer_ranker.decided(kinds_with(emergency=0.6, answer=0.4), intents) == ("service", 0.9)
    assert answer_ranker.decided(kinds_with(emergency=0.6, answer=0.4), INTENTS)[0] == "emergency"
