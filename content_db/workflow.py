"""Moves a revision through its review. Who and when is decided by `permissions`; this does it, signed and audited."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import Connection

from content_db import permissions, repository
from content_db.permissions import APPROVALS, Actor, NotAllowed, Role
from content_db.statuses import TRANSITIONS, Status, Step

SYSTEM = Actor("system", "system", Role.SYSTEM)
_REVIEW_STEPS = (*APPROVALS, Step.RETURN, Step.WITHDRAW)
# A text that was tampered with must not get further, but it can always be taken back.
_NEEDS_INTACT_TEXT = (Step.SUBMIT, *APPROVALS, Step.PUBLISH)


def take(
    connection: Connection,
    step: Step,
    revision_id: int,
    actor: Actor,
    *,
    seen_hash: str = "",
    comment: str = "",
    review_months: int = 12,
) -> Status:
    """Take one step with a revision and return its new status.

    `seen_hash` is the hash of the text the approver had before them (needed for an approval: what they read must be
    what is stored). `comment` is the reason where one is needed. Raises NotAllowed, leaving everything as it was.
    """
    revision = repository.revision(connection, revision_id)
    permissions.check(
        step,
        actor,
        status=revision.status,
        author_id=revision.author_id,
        approver_ids=repository.approvers(connection, revision_id, [approval.value for approval in APPROVALS]),
        reason=comment,
    )
    if step in _NEEDS_INTACT_TEXT and repository.hash_text(revision.title, revision.text) != revision.text_hash:
        raise NotAllowed(f"cannot {step.value}: the stored text is not the text that was submitted")
    if step in APPROVALS and seen_hash != revision.text_hash:
        raise NotAllowed(f"cannot {step.value}: the approval is for another text than the one stored")
    # Two people may decide at once: without this a text just withdrawn could be published after all.
    if not repository.hold(connection, revision_id, revision.status):
        raise NotAllowed(f"cannot {step.value}: someone else has just moved the revision on")
    _, status = TRANSITIONS[step]
    if step is Step.PUBLISH:
        _publish(connection, revision_id, revision.passage_id, review_months)
    else:
        repository.set_status(connection, revision_id, status)
    if step in _REVIEW_STEPS:
        repository.add_review(
            connection,
            revision_id,
            step=step.value,
            reviewer_id=actor.id,
            reviewer_name=actor.name,
            role=actor.role.value,
            comment=comment,
            text_hash=revision.text_hash,
        )
    repository.add_audit(
        connection,
        actor.id,
        step.value,
        f"{revision.passage_id}#{revision.number}",
        **{"from": revision.status.value, "to": status.value, "hash": revision.text_hash},
    )
    repository.raise_version(connection)
    return status


def _publish(connection: Connection, revision_id: int, passage_id: str, review_months: int) -> None:
    before = repository.published_revision_id(connection, passage_id)
    if before is not None:
        take(connection, Step.SUPERSEDE, before, SYSTEM)
    today = repository.now().date()
    repository.set_status(
        connection,
        revision_id,
        Status.PUBLISHED,
        reviewed_on=today,
        expires_on=_months_later(today, review_months),
    )


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    # The 28th exists in every month: a review may end up to three days early, never late.
    return date(day.year + years, month + 1, min(day.day, 28))
