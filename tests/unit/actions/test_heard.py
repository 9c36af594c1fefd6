from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.heard import FAQ_SURE, SECTION_SURE, TOPIC_SURE, WORTH_OFFERING, Heard
from content_db.answers import Question
from tests.unit.actions.questions import heard, link, parsed

KNEE_TALK = {"topic": "kneemr", "section": "risks", "language": "en"}
OFFERED = [
    {"title": "How to prepare", "entities": {"topic": "kneemr", "section": "preparation"}},
    {"title": "¿Qué es?", "entities": {"topic": "headct", "section": "overview"}},
]
MAY_I = ("kneemr.faq-1.en", "kneemr", "faq")


def question(*topics: str, section: str | None, passage: str | None = None) -> Question:
    return Question(topics, section, "en", passage)


ROWS: list[tuple[str, Heard, Question | None]] = [
    ("a section of an exam", heard("risks", "kneemr"), question("kneemr", section="risks")),
    ("a question without an exam", heard("risks"), None),
    ("a greeting", heard("chitchat_hello"), None),
    ("an exam that is just sure", heard("risks", {"kneemr": TOPIC_SURE}), question("kneemr", section="risks")),
    ("an exam that is not quite sure", heard("risks", {"kneemr": TOPIC_SURE - 0.01, "headct": 0.3}), None),
    (
        "the likelier of two exams",
        heard("risks", {"headct": 0.5, "kneemr": 0.45}),
        question("headct", section="risks"),
    ),
    (
        "the likeliest exam goes before the last one",
        heard("risks", "headct", context=KNEE_TALK),
        question("headct", section="risks"),
    ),
    ("what was talked about is no exam by itself", heard("risks", context=KNEE_TALK), None),
    (
        "a section that is just sure",
        heard("risks", "kneemr", sections={"uses": SECTION_SURE, "risks": 0.1}),
        question("kneemr", section="uses"),
    ),
    (
        "no section that is sure",
        heard("risks", "kneemr", sections={"risks": SECTION_SURE - 0.01, "uses": 0.1}),
        question("kneemr", section=None),
    ),
    ("an exam without any text", heard("risks", "kneemr", sections={}), question("kneemr", section=None)),
    (
        "a section whose texts are sure together",
        heard(
            "risks",
            "kneemr",
            passages=(
                ("kneemr.uses.en", "kneemr", "uses", 0.25),
                ("kneemr.risks.en", "kneemr", "risks", 0.2),
                ("bodymr.risks.en", "bodymr", "risks", 0.2),
            ),
            sections={},
        ),
        question("kneemr", section="risks"),
    ),
    (
        "an exam after the question back",
        heard("bare_topic", "kneemr", sections={"overview": 0.9}, context={"pending_section": "risks"}),
        question("kneemr", section="risks"),
    ),
    (
        "another question after the question back",
        heard("uses", "kneemr", context={"pending_section": "risks"}),
        question("kneemr", section="uses"),
    ),
    (
        "a particular question",
        heard("preparation", "kneemr", passages=((*MAY_I, FAQ_SURE),), sections={"preparation": 0.3}),
        question("kneemr", section="preparation", passage="kneemr.faq-1.en"),
    ),
    (
        "a particular question that nothing else is near to",
        heard("preparation", "kneemr", passages=((*MAY_I, 0.9),), sections={"preparation": 0.1}),
        question("kneemr", section=None, passage="kneemr.faq-1.en"),
    ),
    (
        "a particular question beside a section that is missing",
        replace(heard("screening_who", "kneemr", passages=((*MAY_I, FAQ_SURE),)), missing="screening_who"),
        question("kneemr", section="screening_who"),
    ),
    (
        "not quite a particular question",
        heard("preparation", "kneemr", passages=((*MAY_I, FAQ_SURE - 0.01),), sections={"preparation": 0.3}),
        question("kneemr", section="preparation"),
    ),
    (
        "a particular question that is not the likeliest text",
        heard(
            "preparation",
            "kneemr",
            passages=(("kneemr.preparation.en", "kneemr", "preparation", 0.5), (*MAY_I, 0.4)),
            sections={},
        ),
        question("kneemr", section="preparation"),
    ),
    (
        "what one page tells for every exam, of no exam for sure",
        heard("cost", None, sections={"cost": 0.9}),
        question("costs-insurance", section="cost"),
    ),
    (
        "a section's button",
        heard("choose", topic="kneemr", section="risks"),
        question("kneemr", section="risks"),
    ),
    (
        "a button goes before what its words may mean",
        heard("choose", "headct", sections={"uses": 0.9}, topic="kneemr", section="risks"),
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


@pytest.mark.parametrize("intent", ["bare_topic", "follow_up", "overview"])
def test_the_name_of_an_exam_is_the_answer_to_the_question_back(intent: str) -> None:
    message = heard(intent, "kneemr", sections={"uses": 0.9}, context={"pending_section": "risks"})
    assert message.question() == question("kneemr", section="risks")


@pytest.mark.parametrize("text", ["3", "0", "", "¿?", "prepare", "11", "1 2"])
def test_what_was_not_offered_is_no_choice(text: str) -> None:
    assert heard("risks", text=text, context={"offered": OFFERED}).chosen == {}


def test_a_number_without_an_offer_is_no_choice() -> None:
    assert heard("nlu_fallback", text="1").chosen == {}


def test_topics_and_texts_that_are_likely_enough_may_be_offered() -> None:
    message = heard(
        "risks",
        {"kneemr": 0.3, "headct": WORTH_OFFERING, "stroke": WORTH_OFFERING - 0.01},
        passages=(
            (*MAY_I, 0.4),
            ("kneemr.risks.en", "kneemr", "risks", 0.2),
            ("kneemr.uses.en", "kneemr", "uses", WORTH_OFFERING),
            ("bodymr.risks.en", "bodymr", "risks", 0.1),
            ("kneemr.cost.en", "kneemr", "cost", WORTH_OFFERING - 0.01),
        ),
        sections={},
    )
    assert message.likely_topics() == ("kneemr", "headct")
    assert [p.id for p in message.likely_passages()] == [
        "kneemr.faq-1.en",
        "kneemr.risks.en",
        "kneemr.uses.en",
        "bodymr.risks.en",
    ]


@pytest.mark.parametrize(("intent", "section"), [("risks", "risks"), ("bare_topic", None), ("chitchat_hello", None)])
def test_an_intent_that_is_a_section(intent: str, section: str | None) -> None:
    assert heard(intent).section == section


def test_pages_of_the_site_that_are_named_and_not_turned_away() -> None:
    links = (link("kneemr"), link("privacy", "service"), link("about", "service", negated=True))
    assert heard("service", None, *links).services == ("privacy",)


@pytest.mark.parametrize(
    ("message", "language", "foreign"),
    [
        (heard(), "en", False),
        (heard(context={"language": "es"}), "es", False),
        (heard(context={"language": "fr"}), "en", False),
        (heard(language="es"), "es", False),
        (heard(language="en", context={"language": "es"}), "en", False),
        (heard(language="other"), "en", True),
        (heard(language="other", context={"language": "es"}), "es", True),
        (heard("choose", topic="kneemr", language="en", context={"language": "es"}), "en", False),
        (Heard.from_tracker({"metadata": {"language": "es"}}, None), "es", False),
    ],
)
def test_the_language_is_that_of_the_message_else_that_of_the_talk(
    message: Heard, language: str, foreign: bool
) -> None:
    assert (message.language, message.foreign) == (language, foreign)


def test_the_language_of_a_button_goes_before_that_of_its_words() -> None:
    message = parsed("choose", language="en")
    message["entities"] = [{"entity": "language", "value": "es", "extractor": "RegexMessageHandler"}]
    assert Heard.from_tracker(message, None).language == "es"


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


@pytest.mark.parametrize("message", [{}, {"text": None, "intent": None, "entities": None, "ranking": None}])
def test_a_message_that_was_not_understood_at_all(message: dict[str, Any]) -> None:
    nothing = Heard.from_tracker(message, None)
    assert (nothing.intent, nothing.text, nothing.confidence, nothing.language) == ("nlu_fallback", "", 0.0, "en")
    assert nothing.question() is None
    assert (nothing.likely_topics(), nothing.likely_passages()) == ((), ())
