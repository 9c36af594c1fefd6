"""The life of a revision as content.md tells it: two stages of review, a way back, three ways to end."""

from __future__ import annotations

import pytest

from content_db.statuses import TRANSITIONS, UNREVIEWED, Status, Step

UNPUBLISHED = "draft physician_review committee_review approved returned"
WAYS = {
    "submit": ("draft", "physician_review"),
    "approve_as_physician": ("physician_review", "committee_review"),
    "approve_as_committee": ("committee_review", "approved"),
    "return": ("physician_review committee_review approved", "returned"),
    "publish": ("approved", "published"),
    "supersede": (f"{UNPUBLISHED} published", "superseded"),
    "withdraw": (f"{UNPUBLISHED} published", "withdrawn"),
    "expire": ("published", "expired"),
}


@pytest.mark.parametrize("step", Step)
def test_each_step_leads_from_and_to_what_the_review_allows(step: Step) -> None:
    allowed_from, to = WAYS[step.value]
    assert {status.value for status in TRANSITIONS[step][0]} == set(allowed_from.split())
    assert TRANSITIONS[step][1] == Status(to)


def test_the_only_way_to_published_passes_both_approvals() -> None:
    into = {to: (step, allowed_from) for step, (allowed_from, to) in TRANSITIONS.items()}
    way, status = [], Status.PUBLISHED
    while status in into:
        step, allowed_from = into[status]
        way.insert(0, step.value)
        assert len(allowed_from) == 1
        (status,) = allowed_from
    assert way == ["submit", "approve_as_physician", "approve_as_committee", "publish"]
    assert status is Status.DRAFT


@pytest.mark.parametrize("end", [Status.SUPERSEDED, Status.WITHDRAWN, Status.EXPIRED])
def test_nothing_leads_out_of_an_end(end: Status) -> None:
    assert not [step for step, (allowed_from, _) in TRANSITIONS.items() if end in allowed_from]


def test_a_returned_text_can_only_be_laid_aside() -> None:
    assert {step.value for step, (allowed_from, _) in TRANSITIONS.items() if Status.RETURNED in allowed_from} == {
        "supersede",
        "withdraw",
    }


def test_unreviewed_text_is_text_on_its_way() -> None:
    assert {status.value for status in UNREVIEWED} == {"draft", "physician_review", "committee_review", "approved"}
