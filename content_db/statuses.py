"""The life of a passage revision, as a table: which step leads from which status to which."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Status(str, Enum):
    """Where a revision stands. Only `PUBLISHED` text has been reviewed."""

    DRAFT = "draft"
    PHYSICIAN_REVIEW = "physician_review"
    COMMITTEE_REVIEW = "committee_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Step(str, Enum):
    """What a person may do to a revision; `SUPERSEDE` and `EXPIRE` follow by themselves."""

    SUBMIT = "submit"
    APPROVE_AS_PHYSICIAN = "approve_as_physician"
    APPROVE_AS_COMMITTEE = "approve_as_committee"
    RETURN = "return"
    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


_IN_REVIEW: Final = (Status.PHYSICIAN_REVIEW, Status.COMMITTEE_REVIEW)
_UNPUBLISHED: Final = (Status.DRAFT, *_IN_REVIEW, Status.APPROVED, Status.RETURNED)

TRANSITIONS: Final[dict[Step, tuple[tuple[Status, ...], Status]]] = {
    Step.SUBMIT: ((Status.DRAFT,), Status.PHYSICIAN_REVIEW),
    Step.APPROVE_AS_PHYSICIAN: ((Status.PHYSICIAN_REVIEW,), Status.COMMITTEE_REVIEW),
    Step.APPROVE_AS_COMMITTEE: ((Status.COMMITTEE_REVIEW,), Status.APPROVED),
    Step.RETURN: ((*_IN_REVIEW, Status.APPROVED), Status.RETURNED),
    Step.PUBLISH: ((Status.APPROVED,), Status.PUBLISHED),
    Step.SUPERSEDE: ((*_UNPUBLISHED, Status.PUBLISHED), Status.SUPERSEDED),
    Step.WITHDRAW: ((*_UNPUBLISHED, Status.PUBLISHED), Status.WITHDRAWN),
    Step.EXPIRE: ((Status.PUBLISHED,), Status.EXPIRED),
}

# What may be shown when serving unreviewed text is on: a text on its way, never one that somebody took back.
UNREVIEWED: Final = (Status.DRAFT, *_IN_REVIEW, Status.APPROVED)
