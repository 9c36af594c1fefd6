"""Who may do what: every step in every status by every role, and the rules about persons."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from content_db.permissions import Actor, NotAllowed, Role, can, check
from content_db.statuses import Status, Step
from tests.unit.content_db.shelf import ACTORS, PHYSICIAN

NOT_ENDED = "draft physician_review committee_review approved returned published"
# (step, statuses it may be taken in, roles that may take it). What is not listed is refused.
ALLOWED = (
    ("submit", "draft", "author editor"),
    ("approve_as_physician", "physician_review", "physician"),
    ("approve_as_committee", "committee_review", "committee"),
    ("return", "physician_review committee_review approved", "physician committee editor"),
    ("publish", "approved", "editor"),
    ("supersede", NOT_ENDED, "editor system"),
    ("withdraw", NOT_ENDED, "physician committee editor"),
    ("expire", "published", "system"),
)
ROLES = {
    (Step(step), Status(status)): {Role(role) for role in roles.split()}
    for step, statuses, roles in ALLOWED
    for status in statuses.split()
}
FREE: dict[str, Any] = {"author_id": "someone-else", "approver_ids": []}


def allowed(step: Step, actor: Actor, **facts: Any) -> bool:
    """What `check` says, with a reason given; and `can` must say the same."""
    try:
        check(step, actor, reason="a reason", **facts)
    except NotAllowed:
        assert not can(step, actor, **facts)
        return False
    assert can(step, actor, **facts)
    return True


@pytest.mark.parametrize(("step", "status"), list(product(Step, Status)), ids=lambda value: value.value)
def test_a_step_is_open_to_the_roles_of_the_table_and_to_no_other(step: Step, status: Status) -> None:
    may = {role for role, actor in ACTORS.items() if allowed(step, actor, status=status, **FREE)}
    assert may == ROLES.get((step, status), set())


def test_the_table_speaks_of_every_role() -> None:
    assert set(ACTORS) == set(Role)


STAGES = (
    (Step.APPROVE_AS_PHYSICIAN, Status.PHYSICIAN_REVIEW, Role.PHYSICIAN),
    (Step.APPROVE_AS_COMMITTEE, Status.COMMITTEE_REVIEW, Role.COMMITTEE),
)


@pytest.mark.parametrize(("step", "status", "role"), STAGES)
def test_nobody_approves_a_text_of_their_own(step: Step, status: Status, role: Role) -> None:
    with pytest.raises(NotAllowed, match="nobody approves a text of their own"):
        check(step, ACTORS[role], status=status, author_id=ACTORS[role].id, approver_ids=[])


@pytest.mark.parametrize(("step", "status", "role"), STAGES)
def test_the_same_person_does_not_approve_twice(step: Step, status: Status, role: Role) -> None:
    before = Actor(ACTORS[role].id, "The Same Person", role)
    with pytest.raises(NotAllowed, match="approved the text already"):
        check(step, before, status=status, author_id="someone-else", approver_ids=["another", before.id])


@pytest.mark.parametrize(("step", "status", "role"), STAGES)
@pytest.mark.parametrize("name", ["", "   "])
def test_an_approval_needs_a_name(step: Step, status: Status, role: Role, name: str) -> None:
    with pytest.raises(NotAllowed, match="has no name"):
        check(step, Actor("someone", name, role), status=status, **FREE)


@pytest.mark.parametrize(("step", "status"), [("return", "physician_review"), ("withdraw", "published")])
@pytest.mark.parametrize("reason", ["", " \n"])
def test_taking_a_text_back_needs_a_reason(step: str, status: str, reason: str) -> None:
    with pytest.raises(NotAllowed, match="a reason is needed"):
        check(Step(step), PHYSICIAN, status=Status(status), reason=reason, **FREE)
    assert can(Step(step), PHYSICIAN, status=Status(status), **FREE)


@pytest.mark.parametrize(
    ("step", "role"),
    [(Step.SUBMIT, Role.AUTHOR), *((step, role) for step, _, role in STAGES), (Step.PUBLISH, Role.EDITOR)],
)
def test_the_other_steps_need_no_reason(step: Step, role: Role) -> None:
    (status,) = (status for on, status in ROLES if on is step)
    check(step, ACTORS[role], status=status, **FREE)


@pytest.mark.parametrize(
    ("step", "actor", "status", "said"),
    [
        (Step.PUBLISH, ACTORS[Role.EDITOR], Status.DRAFT, "cannot publish: the revision is 'draft'"),
        (Step.PUBLISH, ACTORS[Role.AUTHOR], Status.APPROVED, "cannot publish: the role 'author' may not do this"),
    ],
)
def test_a_refusal_says_why(step: Step, actor: Actor, status: Status, said: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        check(step, actor, status=status, **FREE)
    assert str(refused.value) == said
