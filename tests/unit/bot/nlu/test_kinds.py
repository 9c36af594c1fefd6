from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.kinds import FEATURES, KINDS, KindModel, features, group_of
from content_db.sections import SECTIONS


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        *((section, "answer") for section in SECTIONS),
        ("follow_up", "answer"),
        ("bare_topic", "answer"),
        ("choose", "answer"),
        ("chitchat_hello", "chitchat"),
        ("chitchat_robot", "chitchat"),
        ("personal_advice", "personal_advice"),
        ("out_of_scope", "out_of_scope"),
        ("handoff", "handoff"),
        ("service", "service"),
        ("emergency", "emergency"),
    ],
)
def test_the_kind_of_turn_of_an_intent(intent: str, kind: str) -> None:
    assert group_of(intent) == kind
    assert kind in KINDS


def row(**given: float) -> dict[str, float]:
    probabilities = {"risks": 0.25, "bare_topic": 0.25, "chitchat_bye": 0.375, "chitchat_hello": 0.125}
    values = {
        "seen_before": 0.5,
        "topic": 0.6,
        "no_topic": 0.3,
        "cover": 0.2,
        "topic_likeness": 0.1,
        "names_exam": True,
        "names_any": True,
        "foreign": False,
        "words": 0,
    }
    numbers = features(probabilities, **{**values, **given})  # type: ignore[arg-type]
    return dict(zip(FEATURES, numbers, strict=True))


def test_the_numbers_of_a_message_stand_under_their_names() -> None:
    assert len(set(FEATURES)) == len(FEATURES)
    numbers = row(foreign=True, words=9)
    expected = {
        "bias": 1,
        "share_answer": 0.5,
        "share_chitchat": 0.5,
        "share_handoff": 0,
        "log_answer": np.log(0.502),
        "log_handoff": np.log(0.002),
        "seen_before": 0.5,
        "topic": 0.6,
        "no_topic": 0.3,
        "names_exam": 1,
        "names_any": 1,
        "cover": 0.2,
        "topic_likeness": 0.1,
        "foreign": 1,
        "length": np.log(10),
    }
    assert {name: numbers[name] for name in expected} == pytest.approx(expected)


def test_a_message_without_words_and_without_topics_has_numbers_too() -> None:
    numbers = row(names_exam=False, names_any=False)
    assert [numbers[name] for name in ("names_exam", "names_any", "foreign", "length")] == [0, 0, 0, 0]


def toy() -> tuple[list[list[float]], list[list[str]]]:
    """A row a kind, told apart by one feature each."""
    rows = [[1.0 if place == column else 0.0 for column in range(len(FEATURES))] for place in range(len(KINDS))]
    return rows * 5, [[kind] for kind in KINDS] * 5


def test_kinds_that_can_be_told_apart_are_learnt() -> None:
    rows, right = toy()
    model = KindModel.fit(rows, right, strength=0.01)
    for given, (kind,) in zip(rows, right, strict=True):
        shares = model.probabilities(given)
        assert tuple(shares) == KINDS
        assert max(shares, key=shares.__getitem__) == kind
        assert shares[kind] > 0.8
        assert sum(shares.values()) == pytest.approx(1.0)


def test_where_two_kinds_are_right_either_will_do() -> None:
    rows, _ = toy()
    model = KindModel.fit(rows[:1] * 10, [["answer", "handoff"]] * 10, strength=0.01)
    shares = model.probabilities(rows[0])
    assert shares["answer"] + shares["handoff"] > 0.9
    assert shares["answer"] == pytest.approx(shares["handoff"], abs=0.01)


def test_a_stronger_hold_keeps_the_kinds_closer_together() -> None:
    rows, right = toy()
    loose, tight = (KindModel.fit(rows, right, strength).probabilities(rows[0])["answer"] for strength in (0.01, 50.0))
    assert 1 / len(KINDS) < tight < loose
