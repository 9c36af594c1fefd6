from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from actions import reply
from actions.heard import Heard
from actions.reply import LONGEST_TEXT, MOST_NEXT
from bot.messages import Kind, Turn
from bot.words import say
from content_db.answers import Expired, Found, NeedsChoice, NotCovered, Outcome, ServicePage, Unavailable
from content_db.importers.library import HOME_URL
from tests.unit.actions.questions import ABOUT, BODY, KNEE, heard, link, passage

NEXT = ("preparation", "procedure", "risks", "radiation", "results", "aftercare")


def turn_for(outcome: Outcome, message: Heard | None = None) -> Turn:
    said = message or heard("experience", "kneemr", context={"topic": "headct", "language": "en"})
    return reply.for_outcome(outcome, said, emergency_number="112", contact=None)


def entities(turn: Turn) -> list[dict[str, str]]:
    """What each button sends back, as Rasa reads it."""
    for choice in turn.choices:
        assert choice.value.startswith("/choose{")
    return [json.loads(choice.value.removeprefix("/choose")) for choice in turn.choices]


FOUND = Found(KNEE, passage(), None, NEXT)
GENERAL = Found(KNEE, passage(topic=BODY), BODY, NEXT)

OUTCOMES: list[tuple[Outcome, Kind, str | None, str | None]] = [
    (FOUND, Kind.ANSWER, "kneemr", "experience"),
    (GENERAL, Kind.ANSWER, "bodymr", "experience"),
    (NeedsChoice((KNEE, BODY)), Kind.CLARIFY, None, "experience"),
    (NeedsChoice((KNEE,), ("uses", "risks")), Kind.CLARIFY, "kneemr", None),
    (ServicePage(ABOUT), Kind.SERVICE, "about", None),
    (NotCovered(KNEE, "cost"), Kind.NOT_COVERED, "kneemr", "cost"),
    (NotCovered(None, "cost"), Kind.NOT_COVERED, None, "cost"),
    (Expired(KNEE, "risks"), Kind.NOT_COVERED, "kneemr", "risks"),
    (Unavailable(), Kind.ERROR, None, None),
]


@pytest.mark.parametrize(("outcome", "kind", "topic", "section"), OUTCOMES)
def test_every_outcome_has_its_kind_and_facts(
    outcome: Outcome, kind: Kind, topic: str | None, section: str | None
) -> None:
    turn = turn_for(outcome)
    assert (turn.kind, turn.topic, turn.section, turn.language) == (kind, topic, section, "en")
    assert bool(turn.passages) == (kind is Kind.ANSWER)
    assert Turn.from_custom(json.loads(json.dumps(turn.as_custom()))) == turn


def test_no_outcome_is_forgotten() -> None:
    assert {type(row[0]) for row in OUTCOMES} == set(Outcome.__args__)


@pytest.mark.parametrize(("outcome", "kind", "topic", "section"), OUTCOMES)
def test_every_outcome_is_said_in_the_language_that_is_spoken(
    outcome: Outcome, kind: Kind, topic: str | None, section: str | None
) -> None:
    english, spanish = (turn_for(outcome, heard("experience", context={"language": code})) for code in ("en", "es"))
    assert spanish.language == "es"
    assert spanish.bubbles[-1] != english.bubbles[-1] or kind is Kind.SERVICE
    assert spanish.context.get("language") == "es"


# --- an answer ---


@pytest.mark.parametrize(
    "text",
    [
        "Lie still.",
        "  spaces, \ttabs and \n\n\nblank lines stay  ",
        "- a list\n- of {places} and %s and <b>marks</b>\n\n| a | table |",
        "Ñandú, 日本, 😀, e\u0301, \u00a0",
        "x" * LONGEST_TEXT,
    ],
)
def test_the_text_is_shown_character_for_character(text: str) -> None:
    assert turn_for(Found(KNEE, passage(text), None, ())).bubbles[0] == text


def test_after_the_text_come_its_title_its_source_and_its_review() -> None:
    text, source = turn_for(FOUND).bubbles
    assert text == FOUND.passage.text
    assert source == (
        "MRI of the knee: experience\nSource: https://www.example.org/en/kneemr#experience\n"
        "Reviewed by a physician and by a committee on 2026-05-04."
    )


def test_a_text_that_nobody_reviewed_says_so() -> None:
    turn = turn_for(Found(KNEE, passage(reviewed_on=None), None, ()))
    assert turn.bubbles[-1].endswith(f"\n{say('unreviewed', 'en')}")
    assert (turn.passages[0].review, turn.passages[0].reviewed_on) == ("none", None)


def test_the_facts_name_the_passage() -> None:
    assert vars(turn_for(FOUND).passages[0]) == {
        "id": "kneemr.experience.en",
        "topic": "kneemr",
        "section": "experience",
        "revision": 3,
        "title": "MRI of the knee: experience",
        "url": "https://www.example.org/en/kneemr#experience",
        "review": "committee",
        "reviewed_on": "2026-05-04",
    }


def test_where_the_parents_page_answers_the_turn_says_so_and_the_talk_stays_with_the_exam() -> None:
    turn = turn_for(GENERAL)
    assert turn.bubbles[0] == say("general", "en", title="MRI")
    assert turn.bubbles[1] == GENERAL.passage.text
    assert turn.passages[0].topic == "bodymr"
    assert turn.context["topic"] == "kneemr"
    assert {sent["topic"] for sent in entities(turn)} == {"kneemr"}


def test_the_exams_own_page_needs_no_such_line() -> None:
    assert len(turn_for(FOUND).bubbles) == 2


PARAGRAPH = "A sentence of some length. " * 20


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\n\n".join([PARAGRAPH] * 4), "\n\n".join([PARAGRAPH] * 2), id="at the last that fits"),
        pytest.param("a" * 1399 + "\n\n" + "b", "a" * 1399, id="a paragraph just under the limit"),
        pytest.param("a" * 1500 + "\n\n" + "b" * 100, "a" * 1500, id="a first paragraph over the limit"),
        pytest.param(
            "a" * 700 + "\n" + "b" * 690 + "\n\n" + "c" * 100, "a" * 700 + "\n" + "b" * 690, id="not at a line"
        ),
    ],
)
def test_a_long_text_is_cut_at_a_paragraph_with_a_link_to_the_rest(text: str, shown: str) -> None:
    first, more, _source = turn_for(Found(KNEE, passage(text), None, ())).bubbles
    assert first == shown
    assert more == say("more", "en", url="https://www.example.org/en/kneemr#experience")


def test_a_long_text_of_one_paragraph_is_shown_whole() -> None:
    text = "word " * 400
    assert turn_for(Found(KNEE, passage(text), None, ())).bubbles[0] == text
    assert len(turn_for(Found(KNEE, passage(text), None, ())).bubbles) == 2


def test_buttons_for_what_people_ask_next() -> None:
    turn = turn_for(FOUND)
    assert [choice.title for choice in turn.choices] == [
        "How to prepare",
        "How it is done",
        "What the risks are",
        "Radiation",
    ]
    assert entities(turn) == [{"topic": "kneemr", "section": section} for section in NEXT[:MOST_NEXT]]


FAQ_FOUND = Found(KNEE, passage(section="faq", question="May I?"), None, ())
SHARES = {"kneemr": 0.8, "headct": 0.1}


@pytest.mark.parametrize(
    ("found", "message", "confidence"),
    [
        (FOUND, heard("experience", SHARES, sections={"experience": 0.7, "risks": 0.2}), 0.56),
        (FOUND, heard("experience", SHARES, sections={"risks": 0.7, "experience": 0.2}), 0.16),
        (FOUND, heard("experience", SHARES, sections={"experience": 1 / 3}), 0.267),
        (FAQ_FOUND, heard("experience", SHARES, passages=(("kneemr.faq.en", "kneemr", "faq", 0.5),)), 0.4),
        # A text that came in the place of the likeliest one.
        (FOUND, heard("risks", SHARES, sections={"risks": 0.7}), 0.56),
        (FOUND, heard("choose", topic="kneemr", confidence=0.5), 1.0),
        (FOUND, heard("choose", SHARES, sections={"experience": 0.7}, topic="kneemr"), 1.0),
    ],
)
def test_the_confidence_is_that_of_the_topic_and_the_text(found: Found, message: Heard, confidence: float) -> None:
    assert turn_for(found, message).confidence == pytest.approx(confidence)


# --- asking back ---


def test_which_exam_and_the_question_is_kept() -> None:
    turn = turn_for(NeedsChoice((KNEE, BODY)))
    assert turn.bubbles == (say("which_topic_of", "en"),)
    assert [choice.title for choice in turn.choices] == ["MRI of the knee", "MRI"]
    assert entities(turn) == [{"topic": "kneemr"}, {"topic": "bodymr"}]
    assert turn.context["pending_section"] == "experience"


def test_asking_back_twice_keeps_the_first_question() -> None:
    turn = turn_for(NeedsChoice((KNEE, BODY)), heard("bare_topic", context={"pending_section": "risks"}))
    assert turn.context["pending_section"] == "risks"


def test_which_exam_of_any_is_no_answer_but_which_of_these_is_a_fitting_question() -> None:
    assert reply.which_topic((KNEE,), heard("risks")).context[reply.UNANSWERED]
    assert reply.UNANSWERED not in reply.which_topic((KNEE, BODY), heard("risks"), named=True).context
    assert reply.which_topic((KNEE, BODY), heard("risks"), named=True, guessed=True).context[reply.UNANSWERED]
    assert reply.UNANSWERED not in turn_for(NeedsChoice((KNEE, BODY))).context


@pytest.mark.parametrize(
    ("likely", "offered"),
    [
        ({"risks": 0.2, "cost": 0.1}, ["risks", "cost", "preparation", "procedure", "experience"]),
        ({"contrast": 0.2, "uses": 0.1}, ["contrast", "preparation", "procedure", "experience", "risks"]),
        ({"pregnancy": 0.2}, ["preparation", "procedure", "experience", "risks", "contrast"]),
        ({}, ["preparation", "procedure", "experience", "risks", "contrast"]),
    ],
)
def test_the_sections_that_may_be_meant_stand_first_where_there_is_a_text(
    likely: dict[str, float], offered: list[str]
) -> None:
    known = ("preparation", "procedure", "experience", "risks", "contrast", "cost")
    message = heard("overview", "kneemr", sections=likely)
    turn = turn_for(NeedsChoice((KNEE,), known[:5], known), message)
    assert [sent["section"] for sent in entities(turn)] == offered


MAY_I, IS_IT = "kneemr.faq-1.en", "bodymr.faq-2.en"
QUESTIONS = {MAY_I: "May I drive home?", IS_IT: "Is it loud?"}


@pytest.mark.parametrize(
    "outcome", [replace(FOUND, questions=QUESTIONS), NeedsChoice((KNEE,), NEXT, NEXT, questions=QUESTIONS)]
)
def test_a_particular_question_that_may_be_meant_is_one_press_away(outcome: Outcome) -> None:
    message = heard(
        "experience",
        "kneemr",
        passages=(
            ("kneemr.experience.en", "kneemr", "experience", 0.4),
            (IS_IT, "bodymr", "faq", 0.3),
            ("kneemr.risks.en", "kneemr", "risks", 0.1),
            ("kneemr.faq-withdrawn.en", "kneemr", "faq", 0.1),
            (MAY_I, "kneemr", "faq", 0.07),
            ("headct.faq-3.en", "headct", "faq", 0.06),
        ),
        sections={},
    )
    turn = turn_for(outcome, message)
    assert [choice.title for choice in turn.choices][:4] == [
        "Is it loud?",
        "What the risks are",
        "May I drive home?",
        "How to prepare",
    ]
    assert entities(turn)[0] == {"topic": "kneemr", "passage": IS_IT}


@pytest.mark.parametrize(("intent", "section"), [("preparation", "preparation"), ("choose", "faq")])
def test_what_a_particular_question_asks_is_kept_for_the_next_exam(intent: str, section: str) -> None:
    turn = turn_for(FAQ_FOUND, heard(intent, "kneemr"))
    assert (turn.section, turn.context["section"]) == ("faq", section)


def test_which_section() -> None:
    turn = turn_for(NeedsChoice((KNEE,), ("uses", "risks")))
    assert turn.bubbles == (say("which_section", "en", title="MRI of the knee"),)
    assert entities(turn) == [{"topic": "kneemr", "section": "uses"}, {"topic": "kneemr", "section": "risks"}]
    assert turn.context["topic"] == "kneemr"


@pytest.mark.parametrize("outcome", [FOUND, NeedsChoice((KNEE, BODY)), NeedsChoice((KNEE,), ("uses", "risks"))])
def test_every_button_can_also_be_typed(outcome: Outcome) -> None:
    turn = turn_for(outcome)
    for number, (choice, sent) in enumerate(zip(turn.choices, entities(turn), strict=True), start=1):
        for words in (str(number), choice.title, choice.title.upper()):
            assert heard("nlu_fallback", text=words, context=dict(turn.context)).chosen == sent


# --- nothing to show ---


@pytest.mark.parametrize(
    ("outcome", "url"),
    [
        (NotCovered(KNEE, "cost"), KNEE.source_url),
        (NotCovered(None, None), HOME_URL),
        (Expired(KNEE, "risks"), KNEE.source_url),
    ],
)
def test_without_a_text_there_is_a_link_and_a_person(outcome: Outcome, url: str) -> None:
    turn = turn_for(outcome)
    assert url in turn.bubbles[0]
    assert [(choice.title, choice.value) for choice in turn.choices] == [("Talk to a person", "/handoff")]
    assert turn.passages == ()


def test_what_is_talked_about_is_kept_where_nothing_was_named() -> None:
    assert turn_for(NotCovered(None, None)).context["topic"] == "headct"
    assert turn_for(NotCovered(KNEE, None)).context["topic"] == "kneemr"


def test_a_page_of_the_site_is_its_name_and_address() -> None:
    assert turn_for(ServicePage(ABOUT)).bubbles == ("About us: https://www.example.org/en/about",)


def test_when_the_content_is_away_nothing_technical_is_said_and_the_context_is_kept() -> None:
    context = {"topic": "kneemr", "language": "en", "offered": [{"title": "x", "entities": {}}]}
    turn = turn_for(Unavailable(), heard("risks", context=context))
    assert turn.bubbles == (say("error", "en", emergency_number="112"),)
    assert turn.context == context


# --- helpers ---


@pytest.mark.parametrize("values", [{"topic": "t"}, {"topic": 'quo"te', "section": "ñ"}, {"topic": "a{b}c"}])
def test_a_payload_can_be_read_back(values: dict[str, Any]) -> None:
    assert json.loads(reply.payload(**values).removeprefix("/choose")) == values


@pytest.mark.parametrize("contact", [None, "555-0100"])
def test_how_to_reach_a_person_is_said_where_it_is_known(contact: str | None) -> None:
    turn = reply.handoff(heard("handoff"), "handoff", contact)
    assert turn.kind is Kind.HANDOFF
    assert turn.bubbles[0] == say("handoff", "en")
    assert turn.bubbles[1:] == ((say("handoff_contact", "en", contact=contact),) if contact else ())


def test_the_exam_that_was_named_stays_known_beside_the_page_that_answered() -> None:
    named = heard("radiation", "safetypage", link("safetypage", "safety"), link("kneemr", inside=True))
    assert turn_for(FOUND, named).context["exam"] == "kneemr"
    page = replace(FOUND, topic=replace(KNEE, id="safetypage"))
    later = heard("risks", "safetypage", context={"topic": "safetypage", "exam": "kneemr"})
    assert turn_for(page, later).context["exam"] == "kneemr"
    assert reply.kept(later)["exam"] == "kneemr"
    of_another = heard("risks", "safetypage", context={"topic": "stroke", "exam": "kneemr"})
    assert turn_for(page, of_another).context["exam"] is None


def test_what_else_may_have_been_meant_is_offered_first() -> None:
    unsure = heard("experience", "kneemr", sections={"experience": 0.5, NEXT[2]: 0.3, "cost": 0.1})
    plain = turn_for(FOUND, heard("experience", "kneemr"))
    first, *others = turn_for(FOUND, unsure).choices
    assert first == plain.choices[2]
    assert others == [choice for choice in plain.choices if choice != first][: len(others)]
