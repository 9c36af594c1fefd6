from __future__ import annotations

from typing import Any

import pytest

from actions.heard import FAQ_SURE, Heard
from content_db.answers import Question
from tests.unit.actions.questions import heard, link, parsed

KNEE_TALK = {"topic": "kneemr", "section": "risks", "language": "en"}
OFFERED = [
    {"title": "How to prepare", "entities": {"topic": "kneemr", "section": "preparation"}},
    {"title": "¿Qué es?", "entities": {"topic": "headct", "section": "overview"}},
]


def question(*topics: str, section: str | None, passage: str | None = None, instead: tuple[str, ...] = ()) -> Question:
    return Question(topics, section, "en", passage, instead)


ROWS: list[tuple[str, Heard, Question | None]] = [
    ("a section of a named exam", heard("risks", link("kneemr")), question("kneemr", section="risks")),
    ("an exam without a question", heard("bare_topic", link("kneemr")), question("kneemr", section="overview")),
    ("a question without an exam", heard("risks"), None),
    ("a greeting", heard("chitchat_hello"), None),
    (
        "a question without an exam goes on with the last one",
        heard("risks", context={"topic": "kneemr", "section": "uses"}),
        question("kneemr", section="risks"),
    ),
    (
        "a named exam goes before the last one",
        heard("risks", link("headct"), context=KNEE_TALK),
        question("headct", section="risks"),
    ),
    (
        "the same question for another exam",
        heard("follow_up", link("headct"), context=KNEE_TALK),
        question("headct", section="risks"),
    ),
    ("a follow-up to nothing", heard("follow_up", link("headct")), question("headct", section=None)),
    (
        "an exam after the question back",
        heard("bare_topic", link("kneemr"), context={"pending_section": "risks"}),
        question("kneemr", section="risks"),
    ),
    (
        "another question after the question back",
        heard("uses", link("kneemr"), context={"pending_section": "risks"}),
        question("kneemr", section="uses"),
    ),
    (
        "two exams named alike",
        heard("risks", link("kneemr"), link("headct")),
        question("kneemr", "headct", section="risks"),
    ),
    ("an exam named twice", heard("risks", link("kneemr"), link("kneemr")), question("kneemr", section="risks")),
    (
        "the exam that tells more",
        heard("risks", link("bodyct", weight=1), link("headct", weight=3)),
        question("headct", section="risks"),
    ),
    (
        "an exam for a condition is about the exam",
        heard("uses", link("stroke", "condition"), link("bodymr", weight=1)),
        question("bodymr", section="uses"),
    ),
    (
        "a question that only a condition has is about the condition",
        heard("symptoms", link("bodymr", weight=1), link("stroke", "condition")),
        question("stroke", section="symptoms", instead=("bodymr",)),
    ),
    (
        "a page on safety with an exam's name inside",
        heard("preparation", link("metformin", "safety"), link("bodyct", weight=1, inside=True)),
        question("metformin", section="preparation", instead=("bodyct",)),
    ),
    (
        "a page of the site is no subject",
        heard("risks", link("contact", "service"), context=KNEE_TALK),
        question("kneemr", section="risks"),
    ),
    (
        "a topic that was turned away",
        heard("risks", link("kneemr", negated=True), link("headct")),
        question("headct", section="risks"),
    ),
    ("a scan that may be several exams", heard("risks", candidates=("kneemr", "kneexray")), None),
    (
        "a named exam goes before candidates",
        heard("risks", link("headct"), candidates=("kneemr",)),
        question("headct", section="risks"),
    ),
    (
        "a scan that may be several exams is not the last one",
        heard("risks", candidates=("kneemr",), context={"topic": "headct"}),
        None,
    ),
    (
        "a particular question",
        heard("preparation", link("kneemr"), matches={"kneemr": [("kneemr.faq-1.en", FAQ_SURE)]}),
        question("kneemr", section="preparation", passage="kneemr.faq-1.en"),
    ),
    (
        "the best of two particular questions",
        heard("preparation", link("kneemr"), matches={"kneemr": [("a", 0.99), ("b", 0.98)]}),
        question("kneemr", section="preparation", passage="a"),
    ),
    (
        "not quite a particular question",
        heard("preparation", link("kneemr"), matches={"kneemr": [("kneemr.faq-1.en", FAQ_SURE - 0.01)]}),
        question("kneemr", section="preparation"),
    ),
    (
        "another topic's particular question",
        heard("preparation", link("kneemr"), matches={"headct": [("headct.faq-1.en", 0.99)]}),
        question("kneemr", section="preparation"),
    ),
    (
        "a particular question of the last exam",
        heard("preparation", context=KNEE_TALK, matches={"kneemr": [("kneemr.faq-1.en", 0.99)]}),
        question("kneemr", section="preparation", passage="kneemr.faq-1.en"),
    ),
    (
        "no particular question where the exam is not clear",
        heard("risks", link("kneemr"), link("headct"), matches={"kneemr": [("kneemr.faq-1.en", 0.99)]}),
        question("kneemr", "headct", section="risks"),
    ),
    (
        "a section's button",
        heard("choose", topic="kneemr", section="risks"),
        question("kneemr", section="risks"),
    ),
    (
        "an exam's button after the question back",
        heard("choose", topic="kneemr", context={"pending_section": "risks"}),
        question("kneemr", section="risks"),
    ),
    ("an exam's button", heard("choose", topic="kneemr"), question("kneemr", section="overview")),
    (
        "a section's button of the last exam",
        heard("choose", section="uses", context=KNEE_TALK),
        question("kneemr", section="uses"),
    ),
    (
        "a particular question's button",
        heard("choose", topic="kneemr", section="faq", passage="kneemr.faq-1.en"),
        question("kneemr", section="faq", passage="kneemr.faq-1.en"),
    ),
    (
        "a choice by its number",
        heard("nlu_fallback", text="1", context={"offered": OFFERED}),
        question("kneemr", section="preparation"),
    ),
    (
        "a choice by its words, without case and accents",
        heard("overview", text="que es", context={"offered": OFFERED}),
        question("headct", section="overview"),
    ),
]


@pytest.mark.parametrize(("message", "asked"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_question_that_a_message_makes(message: Heard, asked: Question | None) -> None:
    assert message.question() == asked


@pytest.mark.parametrize("text", ["3", "0", "", "¿?", "prepare", "11", "1 2"])
def test_what_was_not_offered_is_no_choice(text: str) -> None:
    assert heard("risks", text=text, context={"offered": OFFERED}).chosen == {}


def test_a_number_without_an_offer_is_no_choice() -> None:
    assert heard("nlu_fallback", text="1").chosen == {}


@pytest.mark.parametrize(
    ("message", "language"),
    [
        (heard(), "en"),
        (heard(context={"language": "es"}), "es"),
        (heard(context={"language": "fr"}), "en"),
        (heard("choose", topic="kneemr", language="es", context={"language": "en"}), "es"),
        (Heard.from_tracker({"metadata": {"language": "es"}}, None), "es"),
    ],
)
def test_the_language(message: Heard, language: str) -> None:
    assert message.language == language


@pytest.mark.parametrize(
    ("metadata", "slot", "context"),
    [
        ({"context": {"topic": "a"}}, {"topic": "b"}, {"topic": "a"}),
        ({"context": {}}, {"topic": "b"}, {}),
        ({}, {"topic": "b"}, {"topic": "b"}),
        (None, {"topic": "b"}, {"topic": "b"}),
        (None, None, {}),
    ],
)
def test_the_gateways_context_goes_before_rasas(
    metadata: dict[str, Any] | None, slot: dict[str, Any] | None, context: dict[str, Any]
) -> None:
    assert Heard.from_tracker({**parsed(), "metadata": metadata}, slot).context == context


@pytest.mark.parametrize("message", [{}, {"text": None, "intent": None, "entities": None, "topics": None}])
def test_a_message_that_was_not_understood_at_all(message: dict[str, Any]) -> None:
    nothing = Heard.from_tracker(message, None)
    assert (nothing.intent, nothing.text, nothing.confidence, nothing.language) == ("nlu_fallback", "", 0.0, "en")
    assert nothing.question() is None
