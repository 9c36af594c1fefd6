from __future__ import annotations

import importlib
import json
from dataclasses import replace
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import OperationalError

from actions import base, reply
from actions.answer import ActionAnswer
from actions.asking import MOST_ASKED
from actions.base import TurnAction
from actions.chitchat import ActionChitchat
from actions.emergency import ActionEmergency
from actions.handoff import ActionHandoff
from actions.heard import Heard
from actions.out_of_scope import ActionOutOfScope
from actions.personal_advice import ActionPersonalAdvice
from actions.service import ActionService
from actions.unclear import ActionUnclear
from bot.messages import Kind, Turn
from bot.safety import red_flags
from bot.settings import PROJECT
from bot.words import LANGUAGES, say
from content_db.answers import Expired, Found, NeedsChoice, NotCovered, Outcome, Question, Unavailable
from content_db.repository import TopicView
from tests.unit.actions.questions import ABOUT, KNEE, FakeAnswers, heard, link, parsed, passage, services


def action_class(name: str) -> type[TurnAction]:
    module = importlib.import_module(f"actions.{name.removeprefix('action_')}")
    found: type[TurnAction] = getattr(module, "".join(part.capitalize() for part in name.split("_")))
    return found


ALL = [action_class(name) for name in yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["actions"]]
CANARY = "canary-7421"
FOUND = Found(KNEE, passage(), None, ())
SECTIONS = NeedsChoice((KNEE,), ("uses", "risks"), ("uses", "risks"))
MOST_ASKED_TOPICS = tuple(TopicView(topic, "exam", None, topic.upper(), "https://example.org") for topic in MOST_ASKED)


def turn_of(action: TurnAction, message: Heard, answers: FakeAnswers | None = None) -> Turn:
    return action.turn_for(message, services(answers or FakeAnswers()))


# --- what each says ---


def test_a_question_about_an_exam_is_asked_of_the_content() -> None:
    answers = FakeAnswers(FOUND)
    assert turn_of(ActionAnswer(), heard("risks", "kneemr"), answers).kind is Kind.ANSWER
    assert answers.asked == [Question(("kneemr",), "risks", "en")]


def test_without_an_exam_the_most_asked_are_offered_and_the_question_is_kept() -> None:
    answers = FakeAnswers(known=MOST_ASKED_TOPICS)
    turn = turn_of(ActionAnswer(), heard("risks"), answers)
    assert (turn.kind, turn.section, answers.asked) == (Kind.CLARIFY, "risks", [])
    assert [choice.title for choice in turn.choices] == [topic.title for topic in MOST_ASKED_TOPICS]
    assert turn.context["pending_section"] == "risks"


@pytest.mark.parametrize("action", [ActionChitchat, ActionHandoff, ActionOutOfScope, ActionUnclear, ActionEmergency])
def test_a_choice_that_is_typed_counts_before_what_its_words_were_taken_for(action: type[TurnAction]) -> None:
    offered = [{"title": "Risks", "entities": {"topic": "kneemr", "section": "risks"}}]
    answers = FakeAnswers(FOUND)
    assert (
        turn_of(action(), heard("out_of_scope", text="risks", context={"offered": offered}), answers).kind
        is Kind.ANSWER
    )
    assert answers.asked == [Question(("kneemr",), "risks", "en")]


@pytest.mark.parametrize(
    ("likely", "offered"),
    [
        ({"kneemr": 0.3, "kneexray": 0.2}, ("kneemr", "kneexray")),
        ({"kneemr": 0.3, "kneexray": 0.2, "headct": 0.01}, ("kneemr", "kneexray")),
        ({f"exam-{number}": 0.1 for number in range(9)}, tuple(f"exam-{number}" for number in range(5))),
    ],
)
@pytest.mark.parametrize("action", [ActionAnswer, ActionUnclear])
def test_exams_that_may_be_meant_are_offered(
    action: type[TurnAction], likely: dict[str, float], offered: tuple[str, ...]
) -> None:
    known = tuple(TopicView(topic, "exam", None, topic, "https://example.org") for topic in {*likely, *MOST_ASKED})
    turn = turn_of(action(), heard("risks", likely, context={"topic": "headct"}), FakeAnswers(known=known))
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


@pytest.mark.parametrize(("spoken", "other"), [("en", "es"), ("es", "en")])
def test_what_is_out_of_scope_is_said_in_the_language_of_the_message(spoken: str, other: str) -> None:
    turn = turn_of(ActionOutOfScope(), heard("out_of_scope", language=spoken, context={"language": other}))
    assert (turn.kind, turn.bubbles) == (Kind.OUT_OF_SCOPE, (say("out_of_scope", spoken),))


def test_a_message_in_another_language_gets_the_line_in_every_language() -> None:
    turn = turn_of(ActionOutOfScope(), heard("out_of_scope", language="other", context={"language": "es"}))
    assert (turn.kind, turn.language) == (Kind.OUT_OF_SCOPE, "es")
    assert turn.bubbles == tuple(say("out_of_scope", language) for language in LANGUAGES)
    assert len(turn.bubbles) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_likely_danger_gets_the_general_words_for_an_emergency_and_the_talk_is_kept(language: str) -> None:
    context = {"topic": "kneemr", "language": "en"}
    turn = turn_of(ActionEmergency(), heard("emergency", language=language, context=context))
    words = red_flags.replies()["emergency"][language]
    assert (turn.kind, turn.language) == (Kind.EMERGENCY, language)
    assert turn.bubbles == (words.format(emergency_number="112", crisis_number="988"),)
    assert turn.context == {"topic": "kneemr", "section": None, "language": language}


def test_advice_is_declined_and_general_text_is_offered() -> None:
    answers = FakeAnswers(SECTIONS)
    turn = turn_of(ActionPersonalAdvice(), heard("personal_advice", "kneemr"), answers)
    assert (turn.kind, turn.topic, turn.bubbles) == (Kind.PERSONAL_ADVICE, "kneemr", (say("personal_advice", "en"),))
    assert [choice.value for choice in turn.choices] == [
        '/choose{"topic": "kneemr", "section": "uses"}',
        '/choose{"topic": "kneemr", "section": "risks"}',
    ]
    assert answers.asked == [Question(("kneemr",), None, "en")]
    assert turn.passages == ()


def test_beside_declined_advice_the_general_question_that_is_most_like_it_comes_first() -> None:
    faq = "kneemr.faq-1.en"
    answers = FakeAnswers(replace(SECTIONS, questions={faq: "What is a torn meniscus?"}))
    message = heard("personal_advice", "kneemr", passages=((faq, "kneemr", "faq", 0.4),))
    turn = turn_of(ActionPersonalAdvice(), message, answers)
    assert [choice.title for choice in turn.choices] == [
        "What is a torn meniscus?",
        "Why it is done",
        "What the risks are",
    ]


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (heard("personal_advice"), SECTIONS),
        (heard("personal_advice", {"kneemr": 0.3, "headct": 0.3}), SECTIONS),
        (heard("personal_advice", "kneemr"), NotCovered(KNEE, None)),
        (heard("personal_advice", "kneemr"), Unavailable()),
    ],
)
def test_advice_is_declined_whatever_is_known_of_the_exam(message: Heard, outcome: Any) -> None:
    turn = turn_of(ActionPersonalAdvice(), message, FakeAnswers(outcome))
    assert (turn.kind, turn.bubbles, turn.choices) == (Kind.PERSONAL_ADVICE, (say("personal_advice", "en"),), ())


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        (heard("service", None, link("privacy", "service")), "privacy"),
        (heard("service"), "about"),
        (heard("service", "kneemr", link("kneemr")), "about"),
        (heard("service", None, link("unnamed-page", "service")), None),
    ],
)
def test_a_question_about_the_site_gets_its_page(message: Heard, topic: str | None) -> None:
    turn = turn_of(ActionService(), message)
    assert (turn.kind, turn.topic) == (Kind.SERVICE, topic)
    assert "https://" in turn.bubbles[0]


@pytest.mark.parametrize(
    "message",
    [
        heard("nlu_fallback", "kneemr"),
        heard("nlu_fallback", text="1", context={"offered": [{"title": "x", "entities": {"topic": "kneemr"}}]}),
    ],
)
def test_an_exam_or_a_choice_helps_where_the_question_is_not_clear(message: Heard) -> None:
    answers = FakeAnswers(SECTIONS)
    assert turn_of(ActionUnclear(), message, answers).kind is Kind.CLARIFY
    assert answers.asked[0].topics == ("kneemr",)


# --- two questions in one message ---


class TwoTexts(FakeAnswers):
    """Gives each section the outcome it is told."""

    def __init__(self, **outcomes: Outcome) -> None:
        super().__init__()
        self.outcomes = outcomes

    def find(self, question: Question) -> Outcome:
        self.asked.append(question)
        return self.outcomes[question.section or ""]


def both(first: str, second: str) -> Heard:
    message = parsed(first, "kneemr")
    return Heard.from_tracker({**message, "second": parsed(second, "kneemr")["ranking"]}, None)


USES, RISKS = (Found(KNEE, passage(f"About {name}.", section=name), None, ("results",)) for name in ("uses", "risks"))


def test_two_questions_get_two_answers_in_their_order() -> None:
    answers = TwoTexts(uses=USES, risks=RISKS)
    turn = turn_of(ActionAnswer(), both("uses", "risks"), answers)
    assert [question.section for question in answers.asked] == ["uses", "risks"]
    assert (turn.kind, turn.section, turn.passages[0].section) == (Kind.ANSWER, "uses", "uses")
    assert [turn.bubbles[0], turn.bubbles[2]] == ["About uses.", "About risks."]
    assert [fact["section"] for fact in turn.also] == ["risks"]
    assert turn.context["section"] == "risks"
    assert Turn.from_custom(json.loads(json.dumps(turn.as_custom()))) == turn
    assert [fact["section"] for fact in turn.as_api()["answers"]] == ["uses", "risks"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(USES, NotCovered(KNEE, "risks"), id="the second has no text"),
        pytest.param(USES, USES, id="the same text answers both"),
        pytest.param(NotCovered(KNEE, "uses"), RISKS, id="the first has no text"),
        pytest.param(Unavailable(), RISKS, id="the content is away"),
    ],
)
def test_where_two_answers_cannot_be_given_the_first_reply_stands_alone(first: Outcome, second: Outcome) -> None:
    turn = turn_of(ActionAnswer(), both("uses", "risks"), TwoTexts(uses=first, risks=second))
    alone = turn_of(ActionAnswer(), heard("uses", "kneemr"), FakeAnswers(first))
    assert turn == alone
    assert "answers" not in turn.as_api()


# --- what a word means ---


def test_a_word_is_explained_from_the_glossary_and_the_talk_is_kept() -> None:
    word = passage(
        "Darker.", topic=TopicView("glossary", "service", None, "Glossary", "https://example.org"), section="faq"
    )
    answers = FakeAnswers(Found(KNEE, word, None, ()))
    message = replace(heard("service", context={"topic": "kneemr", "section": "risks"}), term="glossary.faq-x.en")
    turn = turn_of(ActionService(), message, answers)
    assert answers.asked == [Question(("glossary",), None, "en", "glossary.faq-x.en")]
    assert (turn.kind, turn.topic, turn.bubbles[0]) == (Kind.SERVICE, "glossary", "Darker.")
    assert [shown.id for shown in turn.passages] == [word.id]
    assert (turn.context["topic"], turn.context["section"]) == ("kneemr", "risks")


def test_a_word_that_is_not_explained_any_more_gets_the_page_of_the_site() -> None:
    message = replace(heard("service"), term="glossary.faq-x.en")
    assert turn_of(ActionService(), message, FakeAnswers(NotCovered(None, None))).topic == "about"


# --- two turns in a row without an answer ---

NO_ANSWER: list[tuple[str, TurnAction, str | None, Outcome]] = [
    ("no text on the exam", ActionAnswer(), "kneemr", NotCovered(KNEE, "risks")),
    ("a topic that is not known", ActionAnswer(), "kneemr", NotCovered(None, "risks")),
    ("a text past its date", ActionAnswer(), "kneemr", Expired(KNEE, "risks")),
    ("no exam", ActionAnswer(), None, FOUND),
    ("nothing understood", ActionUnclear(), None, FOUND),
    ("another subject", ActionOutOfScope(), None, FOUND),
]
no_answer = pytest.mark.parametrize(
    ("action", "topic", "outcome"), [row[1:] for row in NO_ANSWER], ids=[row[0] for row in NO_ANSWER]
)


@no_answer
def test_after_two_turns_in_a_row_without_an_answer_a_person_is_called(
    action: TurnAction, topic: str | None, outcome: Outcome
) -> None:
    answers = FakeAnswers(outcome)
    first = turn_of(action, heard("risks", topic), answers)
    assert first.kind in (Kind.NOT_COVERED, Kind.CLARIFY, Kind.OUT_OF_SCOPE)
    second = turn_of(ActionAnswer(), heard("risks", context=dict(first.context)), answers)
    assert (second.kind, second.bubbles[0]) == (Kind.HANDOFF, say("not_understood_twice", "en"))
    assert second.bubbles[1:] == (say("handoff_contact", "en", contact="555-0100"),)
    third = turn_of(action, heard("risks", topic, context=dict(second.context)), answers)
    assert third.kind is first.kind


@pytest.mark.parametrize(
    ("action", "message", "outcome"),
    [
        pytest.param(ActionAnswer(), heard("risks", "kneemr"), FOUND, id="an answer"),
        pytest.param(ActionAnswer(), heard("risks", "kneemr"), SECTIONS, id="a question which section"),
        pytest.param(
            ActionAnswer(), heard("risks", {"a": 0.3, "b": 0.3}, link("a")), FOUND, id="a question which of these"
        ),
        pytest.param(ActionPersonalAdvice(), heard("personal_advice"), FOUND, id="advice that was declined"),
        pytest.param(ActionChitchat(), heard("chitchat_thanks"), FOUND, id="thanks"),
    ],
)
def test_a_turn_in_between_that_fits_begins_the_count_anew(
    action: TurnAction, message: Heard, outcome: Outcome
) -> None:
    after_one = replace(message, context={"topic": "kneemr", reply.UNANSWERED: True})
    between = turn_of(action, after_one, FakeAnswers(outcome))
    assert between.kind not in (Kind.HANDOFF, Kind.NOT_COVERED)
    later = turn_of(ActionAnswer(), heard("risks", context=dict(between.context)), FakeAnswers(NotCovered(None, None)))
    assert later.kind is Kind.CLARIFY


def test_likely_danger_after_a_turn_without_an_answer_is_still_an_emergency() -> None:
    turn = turn_of(ActionEmergency(), heard("emergency", context={reply.UNANSWERED: True}))
    assert turn.kind is Kind.EMERGENCY


def test_content_that_is_away_after_a_turn_without_an_answer_is_said_to_be_away() -> None:
    turn = turn_of(
        ActionAnswer(), heard("risks", "kneemr", context={reply.UNANSWERED: True}), FakeAnswers(Unavailable())
    )
    assert turn.kind is Kind.ERROR


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
    turn, messages, events = run(action(), parsed(intent, "kneemr", link("kneemr"), text=CANARY))
    assert turn.kind is not Kind.ERROR
    assert [part["text"] for part in messages[:-1]] == list(turn.bubbles)
    assert all(turn.bubbles)
    assert [bool(part["custom"]) for part in messages] == [False] * len(turn.bubbles) + [True]
    assert [(event["event"], event["name"], event["value"]) for event in events] == [
        ("slot", "context", dict(turn.context))
    ]


def test_the_buttons_stand_under_the_last_words(answers: FakeAnswers) -> None:
    answers.outcome = Found(KNEE, passage(), None, ("risks", "results"))
    turn, messages, _ = run(ActionAnswer(), parsed("experience", "kneemr"))
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
    ActionAnswer: parsed("risks", "kneemr", text=CANARY),
    ActionPersonalAdvice: parsed("personal_advice", "kneemr", text=CANARY),
    ActionService: parsed("service", text=CANARY),
    ActionUnclear: parsed("nlu_fallback", "kneemr", text=CANARY),
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
        pytest.param({"text": CANARY, "ranking": {"topics": [["kneemr"]]}}, id="a topic without a probability"),
        pytest.param({"text": CANARY, "ranking": {"passages": [["kneemr.uses.en", 1]]}}, id="half a passage"),
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
    first, _, events = run(ActionAnswer(), {**parsed("experience", "kneemr"), "metadata": {}})
    run(ActionAnswer(), {**parsed("choose", section="risks"), "metadata": {}}, events[0]["value"])
    assert first.context["topic"] == "kneemr"
    assert answers.asked[-1] == Question(("kneemr",), "risks", "en")


def test_a_name_comes_from_the_class() -> None:
    assert ActionPersonalAdvice().name() == "action_personal_advice"
    assert {action().name() for action in ALL} >= {"action_answer", "action_unclear"}


def test_the_site_is_described_in_the_language_that_is_spoken() -> None:
    turn = turn_of(ActionService(), heard("service", context={"language": "es"}), FakeAnswers(known=(ABOUT,)))
    assert (turn.topic, turn.language) == ("about", "es")
