"""Labelled sentences, read from files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.nlu import examples
from bot.nlu.examples import LabelledQuestion, Phrasing, as_phrasings, catalogue_index, questions


def question(
    kinds: tuple[str, ...] = ("answer",),
    sections: tuple[str, ...] = ("risks", "uses"),
    topics: tuple[str, ...] = ("kneemr", "bodymr"),
    before: str | None = None,
    language: str = "en",
) -> LabelledQuestion:
    return LabelledQuestion(language, "is it safe", kinds, topics, sections, before)


@pytest.mark.parametrize(
    ("kinds", "sections", "intent"),
    [
        (("answer",), ("risks", "uses"), "risks"),
        (("answer", "personal_advice"), ("risks",), "risks"),
        (("clarify",), ("risks",), "risks"),
        (("answer",), ("faq", "uses"), "uses"),
        (("answer",), ("faq",), None),
        (("answer",), (), None),
        (("personal_advice", "answer"), ("risks",), "personal_advice"),
        (("out_of_scope",), (), "out_of_scope"),
        (("handoff",), (), "handoff"),
        (("emergency",), (), "emergency"),
        (("chitchat",), (), None),
        (("not_covered",), ("risks",), None),
    ],
)
def test_the_intent_that_a_question_teaches(
    kinds: tuple[str, ...], sections: tuple[str, ...], intent: str | None
) -> None:
    assert question(kinds, sections).intent == intent


def test_what_was_asked_before_is_told_by_what_went_before_alone() -> None:
    assert replace(question(), carries=True).intent == "follow_up"
    assert replace(question(("emergency",)), carries=True).intent == "emergency"


def write(path: Path, *lines: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n", encoding="utf-8")


def test_questions_are_read_from_the_folders_of_their_languages(tmp_path: Path) -> None:
    write(tmp_path / "en" / "b.jsonl", {"text": "two", "kinds": ["handoff"], "topics": None})
    write(
        tmp_path / "en" / "a.jsonl",
        {"text": "one", "kinds": ["answer"], "topics": ["kneemr"], "sections": ["uses"], "before": "headct", "x": 1},
        {"text": "which", "kinds": ["answer"], "particular": [["bodymr", "Which?"]]},
        {"text": "none", "kinds": ["answer"], "particular": []},
        {"text": "and it", "kinds": ["answer"], "before": "headct", "before_section": "uses", "carries": True},
    )
    write(tmp_path / "es" / "c.jsonl", {"text": "tres", "kinds": ["answer"], "language": "en"})
    (tmp_path / "es" / "notes.md").write_text("not a question")
    assert questions(tmp_path) == [
        LabelledQuestion("en", "one", ("answer",), ("kneemr",), ("uses",), "headct"),
        LabelledQuestion("en", "which", ("answer",), (), (), None, (("bodymr", "Which?"),)),
        LabelledQuestion("en", "none", ("answer",), (), (), None, ()),
        LabelledQuestion("en", "and it", ("answer",), (), (), "headct", None, "uses", carries=True),
        LabelledQuestion("en", "two", ("handoff",), (), ()),
        LabelledQuestion("en", "tres", ("answer",), (), ()),
    ]


def test_phrasings_are_read_from_the_folder_of_a_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "PHRASINGS", tmp_path)
    particular = {"topic": "kneemr", "section": "faq", "particular": "Is it loud?", "text": "does it boom"}
    write(tmp_path / "en" / "part-1.jsonl", {"topic": "kneemr", "section": "uses", "text": "why the tube"}, particular)
    # Without what was kept from the real folder, and not through what keeps it.
    read = examples.phrasings.__wrapped__
    assert read("en") == (
        Phrasing("kneemr", "uses", "why the tube"),
        Phrasing("kneemr", "faq", "does it boom", "Is it loud?"),
    )
    assert read("es") == ()


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (question(), True),
        (question(kinds=("personal_advice", "answer")), True),
        (question(kinds=("clarify",)), False),
        (question(topics=()), False),
        (question(sections=()), False),
        (question(before="kneemr"), False),
        (question(language="es"), False),
    ],
)
def test_a_question_that_a_text_answers_is_a_phrasing_of_the_best(given: LabelledQuestion, taken: bool) -> None:
    assert as_phrasings([given], "en") == ((Phrasing("kneemr", "risks", "is it safe"),) if taken else ())


@pytest.mark.parametrize(
    ("particular", "made"),
    [
        (None, [("kneemr", "risks", None)]),
        ((), [("kneemr", "risks", None)]),
        ((("kneemr", "Is it safe?"), ("kneemr", "How safe?")), [("kneemr", "risks", "Is it safe?")]),
        # One of another topic, though it is the better, does not take the place of one of the topic that was meant.
        ((("glossary", "What is safe?"), ("kneemr", "How safe?")), [("kneemr", "risks", "How safe?")]),
        ((("bodymr", "Is it safe?"),), [("kneemr", "risks", None), ("bodymr", "faq", "Is it safe?")]),
    ],
)
def test_a_question_that_asks_a_particular_one_is_another_wording_of_that(
    particular: tuple[tuple[str, str], ...] | None, made: list[tuple[str, str, str | None]]
) -> None:
    phrasings = as_phrasings([replace(question(), particular=particular)], "en")
    assert [(phrasing.topic_id, phrasing.section, phrasing.particular) for phrasing in phrasings] == made


@pytest.mark.parametrize(
    ("text", "topic"), [("knee mri", "kneemr"), ("resonancia de rodilla", "kneemr"), ("CT of the head", "headct")]
)
def test_the_catalogues_names_are_known_in_both_languages(text: str, topic: str) -> None:
    assert [mention.topic_id for mention in catalogue_index().link(text).mentions] == [topic]
