from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Choice, Kind, ShownPassage, Turn

# docs: "Facts carried by a turn".
FACTS = ["kind", "language", "topic", "section", "passages", "choices", "confidence"]
FACTS_OF_A_PASSAGE = ["id", "topic", "section", "revision", "title", "url", "review", "reviewed_on"]
KINDS = {
    "answer",
    "clarify",
    "emergency",
    "personal_advice",
    "handoff",
    "service",
    "chitchat",
    "out_of_scope",
    "not_covered",
    "error",
}

WORDS = st.text(max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)
PASSAGES = st.builds(
    ShownPassage,
    id=WORDS,
    topic=WORDS,
    section=WORDS,
    revision=st.integers(1, 10**6),
    title=WORDS,
    url=WORDS,
    review=st.sampled_from(["committee", "none"]),
    reviewed_on=st.none() | st.dates().map(str),
)
TURNS = st.builds(
    Turn,
    kind=st.sampled_from(Kind),
    language=st.sampled_from(["en", "es"]),
    bubbles=st.lists(WORDS, max_size=4).map(tuple),
    topic=st.none() | WORDS,
    section=st.none() | WORDS,
    passages=st.lists(PASSAGES, max_size=2).map(tuple),
    choices=st.lists(st.builds(Choice, WORDS, WORDS), max_size=5).map(tuple),
    confidence=st.none() | st.floats(0, 1),
    context=st.dictionaries(WORDS, JSON, max_size=3),
)
PASSAGE = ShownPassage("t.overview.en", "t", "overview", 3, "Title", "https://example.org", "committee", "2026-05-04")
TURN = Turn(
    Kind.ANSWER,
    "en",
    ("The text.", "The source."),
    topic="t",
    section="overview",
    passages=(PASSAGE,),
    choices=(Choice("How to prepare", "/choose{}"),),
    confidence=0.93,
    context={"language": "en", "topic": "t"},
)


def test_the_kinds_are_those_of_the_specification() -> None:
    assert {kind.value for kind in Kind} == KINDS


@given(TURNS)
def test_a_turn_comes_back_the_same_from_the_payload_that_rasa_carries(turn: Turn) -> None:
    assert Turn.from_custom(json.loads(json.dumps(turn.as_custom()))) == turn


@pytest.mark.parametrize("kind", Kind)
def test_the_facts_have_exactly_their_keys_whatever_the_kind(kind: Kind) -> None:
    for turn in (Turn(kind, "en", ("Words.",)), Turn.from_custom({**TURN.as_custom(), "kind": kind.value})):
        facts = json.loads(json.dumps(turn.facts()))
        assert list(facts) == FACTS
        assert facts["kind"] == kind.value
        assert all(list(passage) == FACTS_OF_A_PASSAGE for passage in facts["passages"])


def test_the_api_form() -> None:
    assert TURN.as_api() == {
        "bubbles": [{"text": "The text."}, {"text": "The source."}],
        "choices": [{"title": "How to prepare", "value": "/choose{}"}],
        "answer": TURN.facts(),
    }


def test_the_context_never_leaves_by_the_api() -> None:
    assert "context" not in json.dumps(TURN.as_api())


BROKEN: list[tuple[str, Any]] = [
    ("nothing", {}),
    ("no payload", None),
    ("a list", []),
    ("unknown kind", {**TURN.as_custom(), "kind": "guess"}),
    ("no bubbles", {**TURN.as_custom(), "bubbles": None}),
    ("passage without its facts", {**TURN.as_custom(), "passages": [{"id": "t.overview.en"}]}),
    ("passage with a fact too many", {**TURN.as_custom(), "passages": [{**vars(PASSAGE), "text": "The text."}]}),
    ("choice without a value", {**TURN.as_custom(), "choices": [{"title": "One"}]}),
    ("context that is a text", {**TURN.as_custom(), "context": "topic"}),
    *((f"no {key}", {k: v for k, v in TURN.as_custom().items() if k != key}) for key in TURN.as_custom()),
]


@pytest.mark.parametrize("custom", [row[1] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_payload_that_is_no_turn_is_refused(custom: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Turn.from_custom(custom)


def test_changing_topic_or_words_makes_another_turn() -> None:
    assert TURN.about("other").topic == "other"
    assert TURN.with_bubbles(("Other words.",)).bubbles == ("Other words.",)
    assert (TURN.topic, TURN.bubbles) == ("t", ("The text.", "The source."))
    with pytest.raises(FrozenInstanceError):
        TURN.topic = "other"  # type: ignore[misc]


def test_changing_the_facts_does_not_change_the_turn() -> None:
    facts = TURN.facts()
    facts["passages"][0]["title"] = "Changed"
    facts["choices"][0]["title"] = "Changed"
    assert (TURN.passages[0].title, TURN.choices[0].title) == ("Title", "How to prepare")
