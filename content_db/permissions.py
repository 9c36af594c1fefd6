"""Who may take which step with a revision. `check` raises, `can` tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from content_db.statuses import TRANSITIONS, Status, Step


class Role(str, Enum):
    """What a person is to the library."""

    AUTHOR = "author"
    PHYSICIAN = "physician"
    COMMITTEE = "committee"
    EDITOR = "editor"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """A named person acting in one role. `id` tells people apart; `name` is what the audit log shows."""

    id: str
    name: str
    role: Role


ROLES: Final[dict[Step, frozenset[Role]]] = {
    Step.SUBMIT: frozenset({Role.AUTHOR, Role.EDITOR}),
    Step.APPROVE_AS_PHYSICIAN: frozenset({Role.PHYSICIAN}),
    Step.APPROVE_AS_COMMITTEE: frozenset({Role.COMMITTEE}),
    Step.RETURN: frozenset({Role.PHYSICIAN, Role.COMMITTEE, Role.EDITOR}),
    Step.PUBLISH: frozenset({Role.EDITOR}),
    Step.SUPERSEDE: frozenset({Role.EDITOR, Role.SYSTEM}),
    Step.WITHDRAW: frozenset({Role.PHYSICIAN, Role.COMMITTEE, Role.EDITOR}),
    Step.EXPIRE: frozenset({Role.SYSTEM}),
}
APPROVALS: Final = (Step.APPROVE_AS_PHYSICIAN, Step.APPROVE_AS_COMMITTEE)
NEEDS_REASON: Final = (Step.RETURN, Step.WITHDRAW)


class NotAllowed(Exception):
    """The step is not open to this person or in this status; the message says why."""


def check(
    step: Step, actor: Actor, *, status: Status, author_id: str, approver_ids: Sequence[str], reason: str = ""
) -> None:
    """Raise NotAllowed unless `actor` may take `step` with a revision of `status`.

    `author_id` wrote the revision; `approver_ids` have approved it so far.
    """
    allowed_from, _ = TRANSITIONS[step]
    if status not in allowed_from:
        raise NotAllowed(f"cannot {step.value}: the revision is '{status.value}'")
    if actor.role not in ROLES[step]:
        raise NotAllowed(f"cannot {step.value}: the role '{actor.role.value}' may not do this")
    if not actor.name.strip():
        raise NotAllowed(f"cannot {step.value}: the person has no name")
    if step in APPROVALS and actor.id == author_id:
        raise NotAllowed(f"cannot {step.value}: nobody approves a text of their own")
    if step in APPROVALS and actor.id in approver_ids:
        raise NotAllowed(f"cannot {step.value}: this person has approved the text already")
    if step in NEEDS_REASON and not reason.strip():
        raise NotAllowed(f"cannot {step.value}: a reason is needed")


def can(step: Step, actor: Actor, *, status: Status, author_id: str, approver_ids: Sequence[str]) -> bool:
    """True if `check` would pass, given a reason where one is needed."""
    try:
        check(step, actor, status=status, author_id=author_id, approver_ids=approver_ids, reason="given")
    except NotAllowed:
        return False
    return True
