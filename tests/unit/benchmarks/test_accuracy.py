"""What counts as a right reply, by the labels of a question."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.accuracy import judged_by, readers_verdict, verdict
from bot.messages import Kind, Turn

QUESTION: dict[str, Any] = {"kinds": ["answer"], "topics": ["kneemr", "bodymr"], "sections": ["procedure", "faq"]}


@pytest.mark.parametrize(
    ("kind", "topic", "section", "expected"),
    [
        ("answer", "kneemr", "procedure", "right"),
        ("answer", "bodymr", "faq", "right"),
        ("answer", "kneemr", "uses", "wrong_section"),
        ("answer", "hipmr", "procedure", "wrong_topic"),
        ("clarify", None, None, "asked_back"),
        ("emergency", None, None, "kind_emergency"),
    ],
)
def test_a_reply_counts_by_kind_then_topic_then_section(
    kind: str, topic: str | None, section: str | None, expected: str
) -> None:
    assert verdict(QUESTION, kind, topic, section) == expected


def test_where_no_topic_or_section_is_wanted_any_will_do() -> None:
    assert verdict({"kinds": ["answer"], "topics": [], "sections": []}, "answer", "kneemr", "uses") == "right"
    assert verdict({"kinds": ["personal_advice"]}, "personal_advice", None, None) == "right"


def test_a_page_of_the_parent_may_answer_for_the_topic_that_was_asked_about() -> None:
    turn = Turn(Kind.ANSWER, "en", ("...",), topic="muscmr", section="procedure", context={"topic": "kneemr"})
    assert judged_by(QUESTION, turn) == "right"
    assert judged_by(QUESTION | {"topics": ["hipmr"]}, turn) == "wrong_topic"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({"kinds": ["answer"], "topics": ["bodymr", "x"], "sections": ["faq"]}, "right"),
        ({"kinds": ["answer"], "topics": ["kneemr"], "sections": ["uses", "faq"]}, "wrong_section"),
        ({"kinds": ["not_covered"], "topics": [], "sections": []}, "kind_not_covered"),
    ],
)
def test_a_second_reader_is_judged_by_his_best(second: dict[str, list[str]], expected: str) -> None:
    assert readers_verdict(QUESTION | {"second": second}) == expected
