from __future__ import annotations

import importlib
import json
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import OperationalError

from actions import base
from actions.answer import ActionAnswer
from actions.asking import MOST_ASKED
from actions.base import TurnAction
from actions.chitchat import ActionChitchat
from actions.handoff import ActionHandoff
from actions.heard import SCOPE_SURE, Heard
from actions.out_of_scope import ActionOutOfScope
from actions.personal_advice import ActionPersonalAdvice
from actions.service import ActionService
from actions.unclear import ActionUnclear
from bot.messages import Kind, Turn
from bot.settings import PROJECT
from bot.words import say
from content_db.answers import Found, NeedsChoice, NotCovered, Question, Unavailable
from content_db.repository import TopicView
from tests.unit.actions.questions import ABOUT, KNEE, FakeAnswers, heard, link, parsed, passage, services


def action_class(name: str) -> type[TurnAction]:
    module = importlib.import_module(f"actions.{name.removeprefix('action_')}")
    found: type[TurnAction] = getattr(module, "".join(part.capitalize() for part in name.split("_")))
    return found


ALL = [action_class(name) for name in yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["actions"]]
CANARY = "canary-7421"
FOUND = Found(KNEE, passage(), None, ())
SECTIONS = NeedsChoice((KNEE,), ("uses", "risks"))


def turn_of(action: TurnAction, message: Heard, answers: FakeAnswers | None = None) -> Turn:
    return action.turn_for(message, services(answers or FakeAnswers()))


# --- what each says ---


def test_a_question_about_an_exam_is_asked_of_the_content() -> None:
    answers = FakeAnswers(FOUND)
    assert turn_of(ActionAnswer(), heard("risks", link("kneemr")), answers).kind is Kind.ANSWER
    assert answers.asked == [Question(("kneemr",), "risks", "en")]


def test_without_an_exam_the_most_asked_are_offered_and_the_question_is_kept() -> None:
    general = tuple(TopicView(topic, "exam", None, topic.upper(), "https://example.org") for topic in MOST_ASKED)
    answers = FakeAnswers(known=general)
    turn = turn_of(ActionAnswer(), heard("risks"), answers)
    assert (turn.kind, turn.section, answers.asked) == (Kind.CLARIFY, "risks", [])
    assert [choice.title for choice in turn.choices] == [topic.title for topic in general]
    assert turn.context["pending_section"] == "risks"


@pytest.mark.parametrize("action", [ActionChitchat, ActionHandoff, ActionOutOfScope, ActionUnclear])
def test_a_choice_that_is_typed_counts_before_what_its_words_were_taken_for(action: type[TurnAction]) -> None:
    offered = [{"title": "Risks", "entities": {"topic": "kneemr", "section": "risks"}}]
    answers = FakeAnswers(FOUND)
    assert (
        turn_of(action(), heard("out_of_scope", text="risks", context={"offered": offered}), answers).kind
        is Kind.ANSWER
    )
    assert answers.asked == [Question(("kneemr",), "risks", "en")]


@pytest.mark.parametrize(
    ("candidates", "offered"),
    [
        (("kneemr", "kneexray"), ("kneemr", "kneexray")),
        (("kneemr",), ("kneemr", *MOST_ASKED[:4])),
        (("bodymr",), ("bodymr", *(topic for topic in MOST_ASKED if topic != "bodymr"))),
        (tuple(f"exam-{number}" for number in range(9)), tuple(f"exam-{number}" for number in range(5))),
    ],
)
@pytest.mark.parametrize("action", [ActionAnswer, ActionUnclear])
def test_exams_that_may_be_meant_are_offered(
    action: type[TurnAction], candidates: tuple[str, ...], offered: tuple[str, ...]
) -> None:
    known = tuple(TopicView(topic, "exam", None, topic, "https://example.org") for topic in {*candidates, *MOST_ASKED})
    message = heard("risks", candidates=candidates, context={"topic": "headct", "unclear": True})
    turn = turn_of(action(), message, FakeAnswers(known=known))
    assert (turn.kind, turn.bubbles) == (Kind.CLARIFY, (say("which_topic_of", "en"),))
    assert tuple(choice.title for choice in turn.choices) == offered
    assert turn.context["pending_section"] == "risks"


def test_a_choice_of_nothing_asks_which_exam() -> None:
    assert turn_of(ActionAnswer(), heard("choose", section="risks")).kind is Kind.CLARIFY


@pytest.mark.parametrize("key", ["hello", "thanks", "bye", "robot"])
def test_chitchat_is_one_line_and_keeps_the_talk(key: str) -> None:
    turn = turn_of(ActionChitchat(), heard(f"chitchat_{key}", context={"topic": "kneemr", "section": "risks"}))
    assert (turn.kind, turn.bubbles) == (Kind.CHITCHAT, (say(key, "en"),))
    assert turn.context == {"topic": "kneemr", "section": "risks", "language": "en"}


def test_a_person_is_called_with_the_contact_of_the_settings() -> None:
    turn = turn_of(ActionHandoff(), heard("handoff"))
    assert (turn.kind, turn.bubbles[1]) == (Kind.HANDOFF, say("handoff_contact", "en", contact="555-0100"))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (heard("out_of_scope", confidence=0.9), Kind.OUT_OF_SCOPE),
        (heard("out_of_scope", confidence=0.1), Kind.OUT_OF_SCOPE),
        (heard("out_of_scope", link("kneemr"), confidence=SCOPE_SURE - 0.01), Kind.CLARIFY),
        (heard("out_of_scope", link("kneemr"), confidence=SCOPE_SURE), Kind.OUT_OF_SCOPE),
    ],
)
def test_an_unsure_guess_that_it_is_out_of_scope_gives_way_to_an_exam(message: Heard, kind: Kind) -> None:
    assert turn_of(ActionOutOfScope(), message, FakeAnswers(SECTIONS)).kind is kind


def test_advice_is_declined_and_general_text_is_offered() -> None:
    answers = FakeAnswers(SECTIONS)
    turn = turn_of(ActionPersonalAdvice(), heard("personal_advice", link("kneemr")), answers)
    assert (turn.kind, turn.topic, turn.bubbles) == (Kind.PERSONAL_ADVICE, "kneemr", (say("personal_advice", "en"),))
    assert [choice.value for choice in turn.choices] == [
        '/choose{"topic": "kneemr", "section": "uses"}',
        '/choose{"topic": "kneemr", "section": "risks"}',
    ]
    assert answers.asked == [Question(("kneemr",), None, "en")]
    assert turn.passages == ()


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (heard("personal_advice"), SECTIONS),
        (heard("personal_advice", link("kneemr"), link("headct")), SECTIONS),
        (heard("personal_advice", link("kneemr")), NotCovered(KNEE, None)),
        (heard("personal_advice", link("kneemr")), Unavailable()),
    ],
)
def test_advice_is_declined_whatever_is_known_of_the_exam(message: Heard, outcome: Any) -> None:
    turn = turn_of(ActionPersonalAdvice(), message, FakeAnswers(outcome))
    assert (turn.kind, turn.bubbles, turn.choices) == (Kind.PERSONAL_ADVICE, (say("personal_advice", "en"),), ())


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        (heard("service", link("privacy", "service")), "privacy"),
        (heard("service"), "about"),
        (heard("service", link("kneemr")), "about"),
        (heard("service", link("unnamed-page", "service")), None),
    ],
)
def test_a_question_about_the_site_gets_its_page(message: Heard, topic: str | None) -> None:
    turn = turn_of(ActionService(), message)
    assert (turn.kind, turn.topic) == (Kind.SERVICE, topic)
    assert "https://" in turn.bubbles[0]


def test_what_is_not_understood_is_asked_back_once_then_a_person_is_called() -> None:
    first = turn_of(ActionUnclear(), heard("nlu_fallback"))
    assert (first.kind, first.bubbles) == (Kind.CLARIFY, (say("not_understood", "en"),))
    second = turn_of(ActionUnclear(), heard("nlu_fallback", context=dict(first.context)))
    assert (second.kind, second.bubbles[0]) == (Kind.HANDOFF, say("not_understood_twice", "en"))
    third = turn_of(ActionUnclear(), heard("nlu_fallback", context=dict(second.context)))
    assert third.kind is Kind.CLARIFY


@pytest.mark.parametrize(
    "between",
    [
        turn_of(ActionChitchat(), heard("chitchat_thanks", context={"unclear": True})),
        turn_of(ActionAnswer(), heard("risks", link("kneemr"), context={"unclear": True}), FakeAnswers(FOUND)),
    ],
)
def test_two_that_are_not_in_a_row_call_nobody(between: Turn) -> None:
    assert turn_of(ActionUnclear(), heard("nlu_fallback", context=dict(between.context))).kind is Kind.CLARIFY


@pytest.mark.parametrize(
    "message",
    [
        heard("nlu_fallback", link("kneemr"), context={"unclear": True}),
        heard("nlu_fallback", text="1", context={"offered": [{"title": "x", "entities": {"topic": "kneemr"}}]}),
    ],
)
def test_an_exam_or_a_choice_helps_where_the_question_is_not_clear(message: Heard) -> None:
    answers = FakeAnswers(SECTIONS)
    assert turn_of(ActionUnclear(), message, answers).kind is Kind.CLARIFY
    assert answers.asked[0].topics == ("kneemr",)


# --- the frame around them ---


def run(
    action: TurnAction, message: Any, slot: dict[str, Any] | None = None
) -> tuple[Turn, list[dict[str, Any]], list[dict[str, Any]]]:
    """The turn that Rasa would read, all messages, and the events."""
    dispatcher = CollectingDispatcher()
    tracker = Tracker("c1.0", {"context": slot}, message, [], False, None, {}, "action_listen")
    events = action.run(dispatcher, tracker, {})
    return Turn.from_custom(dispatcher.messages[-1]["custom"]), dispatcher.messages, events


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> FakeAnswers:
    """What the actions' composition root gives out."""
    fake = FakeAnswers(SECTIONS)
    monkeypatch.setattr(base, "services", lambda: services(fake))
    return fake


@pytest.mark.parametrize("action", ALL)
def test_every_action_ends_in_one_turn_with_words(action: type[TurnAction], answers: FakeAnswers) -> None:
    intent = "chitchat_hello" if action is ActionChitchat else "risks"
    turn, messages, events = run(action(), parsed(intent, link("kneemr"), text=CANARY))
    assert turn.kind is not Kind.ERROR
    assert [part["text"] for part in messages[:-1]] == list(turn.bubbles)
    assert all(turn.bubbles)
    assert [bool(part["custom"]) for part in messages] == [False] * len(turn.bubbles) + [True]
    assert [(event["event"], event["name"], event["value"]) for event in events] == [
        ("slot", "context", dict(turn.context))
    ]


def test_the_buttons_stand_under_the_last_words(answers: FakeAnswers) -> None:
    answers.outcome = Found(KNEE, passage(), None, ("risks", "results"))
    turn, messages, _ = run(ActionAnswer(), parsed("experience", link("kneemr")))
    assert messages[-2]["buttons"] == [{"title": c.title, "payload": c.value} for c in turn.choices]
    assert len(turn.choices) == 2
    assert not messages[0]["buttons"]


FAILURES = [
    ValueError(f"about {CANARY}"),
    OperationalError(f"SELECT '{CANARY}'", {"text": CANARY}, Exception(CANARY)),
    KeyError(CANARY),
    RecursionError(CANARY),
    MemoryError(CANARY),
]


class Raises(TurnAction):
    """An action that fails."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def turn(self, heard: Heard, services: Any) -> Turn:
        raise self._failure


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_whatever_is_raised_inside_an_apology_is_said_and_no_word_of_the_patient_is_logged(
    failure: Exception, answers: FakeAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    turn, messages, _ = run(Raises(failure), parsed(text=CANARY, context={"topic": "kneemr"}))
    assert turn.kind is Kind.ERROR
    assert turn.bubbles == (say("error", "en", emergency_number="911"),)
    assert type(failure).__name__ in caplog.text
    assert CANARY not in caplog.text + json.dumps(messages)


ASKS_CONTENT = {
    ActionAnswer: parsed("risks", link("kneemr"), text=CANARY),
    ActionPersonalAdvice: parsed("personal_advice", link("kneemr"), text=CANARY),
    ActionService: parsed("service", text=CANARY),
    ActionUnclear: parsed("nlu_fallback", link("kneemr"), text=CANARY),
    ActionOutOfScope: parsed("out_of_scope", link("kneemr"), text=CANARY, confidence=0.1),
}


@pytest.mark.parametrize("action", ASKS_CONTENT)
def test_an_action_whose_content_fails_says_sorry(
    action: type[TurnAction], answers: FakeAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    answers.outcome = ValueError(CANARY)
    turn, messages, _ = run(action(), ASKS_CONTENT[action])
    assert turn.kind is Kind.ERROR
    assert f"{action().name()} failed: ValueError" in caplog.text
    assert CANARY not in caplog.text + json.dumps(messages)


@pytest.mark.parametrize("action", ALL)
@pytest.mark.parametrize(
    "message",
    [
        pytest.param(None, id="nothing"),
        pytest.param({"text": CANARY, "intent": "risks"}, id="an intent that is a text"),
        pytest.param({"text": CANARY, "entities": [{"value": "kneemr"}]}, id="an entity without a name"),
        pytest.param(
            {"text": CANARY, "entities": [{"entity": "topic", "extractor": "TopicLinker"}]}, id="a link to nothing"
        ),
    ],
)
def test_a_message_that_cannot_be_read_gets_an_apology(
    action: type[TurnAction], message: Any, answers: FakeAnswers, caplog: pytest.LogCaptureFixture
) -> None:
    turn, _, _ = run(action(), message)
    # A tracker without a message is read as one without text.
    assert turn.kind is Kind.ERROR or message is None
    assert turn.bubbles
    assert CANARY not in caplog.text


def test_services_that_cannot_be_built_get_an_apology(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OSError(CANARY)

    monkeypatch.setattr(base, "services", fail)
    turn, _, _ = run(ActionHandoff(), parsed(text=CANARY))
    assert turn.kind is Kind.ERROR
    assert CANARY not in caplog.text


def test_the_apology_is_in_the_language_of_the_talk_and_keeps_it(
    answers: FakeAnswers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADINFO_EMERGENCY_NUMBER", "112")
    slot = {"language": "es", "topic": "kneemr"}
    turn, _, events = run(Raises(ValueError()), parsed(), slot)
    assert (turn.language, turn.bubbles) == ("es", (say("error", "es", emergency_number="112"),))
    assert turn.context == slot == events[0]["value"]


def test_without_the_gateway_the_talk_is_remembered_in_the_slot(answers: FakeAnswers) -> None:
    answers.outcome = FOUND
    first, _, events = run(ActionAnswer(), {**parsed("experience", link("kneemr")), "metadata": {}})
    run(ActionAnswer(), {**parsed("risks"), "metadata": {}}, events[0]["value"])
    assert first.context["topic"] == "kneemr"
    assert answers.asked[-1] == Question(("kneemr",), "risks", "en")


def test_a_name_comes_from_the_class() -> None:
    assert ActionPersonalAdvice().name() == "action_personal_advice"
    assert {action().name() for action in ALL} >= {"action_answer", "action_unclear"}


def test_the_site_is_described_in_the_language_that_is_spoken() -> None:
    turn = turn_of(ActionService(), heard("service", context={"language": "es"}), FakeAnswers(known=(ABOUT,)))
    assert (turn.topic, turn.language) == ("about", "es")
