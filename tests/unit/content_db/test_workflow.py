"""A revision's way through its review, in the database: signed, audited, and nothing half done."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from content_db import repository
from content_db.models import Audit, Review, Revision
from content_db.permissions import APPROVALS, Actor, NotAllowed, Role
from content_db.statuses import Status, Step
from content_db.workflow import _months_later, take
from tests.unit.content_db.shelf import (
    AUTHOR,
    COMMITTEE,
    EDITOR,
    PHYSICIAN,
    WHOLE_WAY,
    add_draft,
    add_topic,
    hash_of,
    publish,
    put,
    step,
)

PASSAGE = "kneemr.preparation.en"


@pytest.fixture
def connection(content_engine: Engine) -> Iterator[Connection]:
    with content_engine.begin() as open_connection:
        add_topic(open_connection, "kneemr")
        yield open_connection


def status_of(connection: Connection, revision_id: int) -> Status:
    return repository.revision(connection, revision_id).status


def everything(connection: Connection) -> list[object]:
    """All that a step may change."""
    tables = (Revision.__table__, Review.__table__, Audit.__table__)
    rows = [row for table in tables for row in connection.execute(select(table).order_by(table.c.id))]
    return [*rows, repository.version(connection)]


def test_the_whole_way_from_draft_to_published_with_two_named_reviewers(connection: Connection) -> None:
    revision_id = add_draft(connection, PASSAGE)
    way = [step(connection, taken, revision_id, comment=f"comment on {taken.value}") for taken in WHOLE_WAY]
    assert way == [Status.PHYSICIAN_REVIEW, Status.COMMITTEE_REVIEW, Status.APPROVED, Status.PUBLISHED]
    assert status_of(connection, revision_id) is Status.PUBLISHED

    text_hash = hash_of(connection, revision_id)
    signed = select(
        Review.step, Review.reviewer_id, Review.reviewer_name, Review.role, Review.comment, Review.text_hash
    )
    assert [tuple(row) for row in connection.execute(signed.order_by(Review.id))] == [
        (taken, f"reviewer-{number}", f"{name} Reviewer", role, f"comment on {taken}", text_hash)
        for number, name, role, taken in (
            (1, "First", "physician", "approve_as_physician"),
            (2, "Second", "committee", "approve_as_committee"),
        )
    ]
    seconds = [abs((repository.now() - at).total_seconds()) for at in connection.execute(select(Review.at)).scalars()]
    assert max(seconds) < 60


def test_every_step_is_in_the_audit_log(connection: Connection) -> None:
    revision_id = add_draft(connection, PASSAGE)
    publish(connection, revision_id)
    step(connection, Step.WITHDRAW, revision_id)
    assert repository.audit_rows(connection, f"{PASSAGE}#1") == [
        ("author-1", "submit"),
        ("reviewer-1", "approve_as_physician"),
        ("reviewer-2", "approve_as_committee"),
        ("editor-1", "publish"),
        ("editor-1", "withdraw"),
    ]
    details = [json.loads(detail) for detail in connection.execute(select(Audit.detail).order_by(Audit.id)).scalars()]
    assert [(detail["from"], detail["to"]) for detail in details] == [
        ("draft", "physician_review"),
        ("physician_review", "committee_review"),
        ("committee_review", "approved"),
        ("approved", "published"),
        ("published", "withdrawn"),
    ]
    assert {detail["hash"] for detail in details} == {hash_of(connection, revision_id)}


def test_every_step_tells_the_readers_that_the_content_has_changed(connection: Connection) -> None:
    revision_id = add_draft(connection, PASSAGE)
    for taken in WHOLE_WAY:
        before = repository.version(connection)
        step(connection, taken, revision_id)
        assert repository.version(connection) > before


# --- what is refused leaves everything as it was ---


@pytest.mark.parametrize(
    ("status", "taken", "options", "why"),
    [
        (Status.DRAFT, Step.PUBLISH, {}, "the revision is 'draft'"),
        (Status.PHYSICIAN_REVIEW, Step.APPROVE_AS_PHYSICIAN, {"actor": EDITOR}, "role 'editor'"),
        (Status.PHYSICIAN_REVIEW, Step.APPROVE_AS_PHYSICIAN, {"seen_hash": ""}, "another text"),
        (Status.PHYSICIAN_REVIEW, Step.APPROVE_AS_PHYSICIAN, {"seen_hash": "0" * 64}, "another text"),
        (Status.COMMITTEE_REVIEW, Step.APPROVE_AS_COMMITTEE, {"seen_hash": "0" * 64}, "another text"),
        (
            Status.PHYSICIAN_REVIEW,
            Step.APPROVE_AS_PHYSICIAN,
            {"actor": Actor(AUTHOR.id, AUTHOR.name, Role.PHYSICIAN)},
            "a text of their own",
        ),
        (Status.PUBLISHED, Step.WITHDRAW, {"comment": ""}, "a reason is needed"),
        (Status.COMMITTEE_REVIEW, Step.RETURN, {"comment": " "}, "a reason is needed"),
    ],
)
def test_a_refused_step_changes_nothing(
    connection: Connection, status: Status, taken: Step, options: dict[str, object], why: str
) -> None:
    revision_id = put(connection, PASSAGE, status)
    before = everything(connection)
    with pytest.raises(NotAllowed, match=why):
        step(connection, taken, revision_id, **options)
    assert everything(connection) == before


def test_one_person_in_two_roles_does_not_approve_twice(connection: Connection) -> None:
    revision_id = put(connection, PASSAGE, Status.PHYSICIAN_REVIEW)
    step(connection, Step.APPROVE_AS_PHYSICIAN, revision_id)
    with pytest.raises(NotAllowed, match="approved the text already"):
        step(
            connection,
            Step.APPROVE_AS_COMMITTEE,
            revision_id,
            actor=Actor(PHYSICIAN.id, "The Same Reviewer", Role.COMMITTEE),
        )
    assert status_of(connection, revision_id) is Status.COMMITTEE_REVIEW


@pytest.mark.parametrize("column", ["title", "text"])
@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (Status.DRAFT, Step.SUBMIT),
        (Status.PHYSICIAN_REVIEW, Step.APPROVE_AS_PHYSICIAN),
        (Status.COMMITTEE_REVIEW, Step.APPROVE_AS_COMMITTEE),
        (Status.APPROVED, Step.PUBLISH),
    ],
)
def test_a_text_changed_behind_the_review_gets_no_further(
    connection: Connection, status: Status, taken: Step, column: str
) -> None:
    revision_id = put(connection, PASSAGE, status)
    connection.execute(update(Revision).values({column: "changed by hand"}))
    with pytest.raises(NotAllowed, match="not the text that was submitted"):
        step(connection, taken, revision_id)
    assert status_of(connection, revision_id) is status


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (Status.PHYSICIAN_REVIEW, Step.RETURN),
        (Status.PUBLISHED, Step.WITHDRAW),
        (Status.PUBLISHED, Step.SUPERSEDE),
        (Status.PUBLISHED, Step.EXPIRE),
    ],
)
def test_a_text_changed_behind_the_review_can_be_taken_back(
    connection: Connection, status: Status, taken: Step
) -> None:
    revision_id = put(connection, PASSAGE, status)
    connection.execute(update(Revision).values(text="changed by hand"))
    assert step(connection, taken, revision_id) is not status


def test_of_two_people_deciding_at_once_the_second_is_refused(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        add_topic(connection, "kneemr")
        revision_id = put(connection, PASSAGE, Status.APPROVED)
    said: list[str] = []

    def publish_meanwhile() -> None:
        try:
            with content_engine.begin() as other:
                said.append(take(other, Step.PUBLISH, revision_id, EDITOR).value)
        except NotAllowed as error:
            said.append(str(error))

    other_person = threading.Thread(target=publish_meanwhile)
    with content_engine.begin() as connection:
        step(connection, Step.WITHDRAW, revision_id)
        other_person.start()
        time.sleep(0.2)  # Long enough to read the status as it was and to wait for this transaction.
    other_person.join(timeout=10)
    assert said == ["cannot publish: someone else has just moved the revision on"]
    with content_engine.connect() as connection:
        assert status_of(connection, revision_id) is Status.WITHDRAWN


# --- published, superseded, returned, withdrawn ---


def test_publishing_supersedes_what_was_published(connection: Connection) -> None:
    old = add_draft(connection, PASSAGE, "The old text.")
    publish(connection, old)
    new = add_draft(connection, PASSAGE, "The new text.")
    for taken in WHOLE_WAY[:-1]:
        step(connection, taken, new)
        assert status_of(connection, old) is Status.PUBLISHED
    step(connection, Step.PUBLISH, new)
    assert (status_of(connection, old), status_of(connection, new)) == (Status.SUPERSEDED, Status.PUBLISHED)
    assert repository.audit_rows(connection, f"{PASSAGE}#1")[-1] == ("system", "supersede")


def test_publishing_leaves_other_passages_alone(connection: Connection) -> None:
    others = [put(connection, other, Status.PUBLISHED) for other in ("kneemr.preparation.es", "kneemr.risks.en")]
    publish(connection, add_draft(connection, PASSAGE))
    assert [status_of(connection, other) for other in others] == [Status.PUBLISHED, Status.PUBLISHED]


@pytest.mark.parametrize("status", [Status.PHYSICIAN_REVIEW, Status.COMMITTEE_REVIEW, Status.APPROVED])
def test_a_text_is_returned_with_the_reason_on_record(connection: Connection, status: Status) -> None:
    revision_id = put(connection, PASSAGE, status)
    assert step(connection, Step.RETURN, revision_id, actor=COMMITTEE, comment="The dose is wrong.") is Status.RETURNED
    row = connection.execute(select(Review.step, Review.reviewer_name, Review.comment)).one()
    assert tuple(row) == ("return", "Second Reviewer", "The dose is wrong.")


def test_a_withdrawn_text_stays_withdrawn(connection: Connection) -> None:
    revision_id = add_draft(connection, PASSAGE)
    publish(connection, revision_id)
    step(connection, Step.WITHDRAW, revision_id, comment="A patient was misled.")
    for taken in Step:
        with pytest.raises(NotAllowed, match="'withdrawn'"):
            step(connection, taken, revision_id)


def test_a_return_does_not_count_as_an_approval(connection: Connection) -> None:
    revision_id = put(connection, PASSAGE, Status.PHYSICIAN_REVIEW)
    step(connection, Step.RETURN, revision_id)
    assert repository.approvers(connection, revision_id, [approval.value for approval in APPROVALS]) == []


# --- dates ---


def test_publishing_dates_the_review(connection: Connection) -> None:
    revision_id = put(connection, PASSAGE, Status.APPROVED, expires_on=None)
    days = {repository.now().date()}
    step(connection, Step.PUBLISH, revision_id, review_months=6)
    days.add(repository.now().date())
    reviewed_on, expires_on = connection.execute(select(Revision.reviewed_on, Revision.expires_on)).one()
    assert reviewed_on in days
    assert expires_on == _months_later(reviewed_on, 6)


@pytest.mark.parametrize(
    ("reviewed", "months", "expires"),
    [
        ("2026-05-04", 12, "2027-05-04"),
        ("2026-05-04", 1, "2026-06-04"),
        ("2026-05-04", 60, "2031-05-04"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-15", 1, "2026-12-15"),
        ("2026-12-31", 12, "2027-12-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-31", 12, "2027-01-28"),
        ("2026-03-28", 11, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-28"),
    ],
)
def test_a_review_lasts_whole_months_and_never_longer(reviewed: str, months: int, expires: str) -> None:
    assert _months_later(date.fromisoformat(reviewed), months) == date.fromisoformat(expires)


# --- the database itself refuses to change what was signed ---


CHANGES = {
    "sqlite": ("UPDATE {} SET id = id + 1000", "DELETE FROM {}", "INSERT OR REPLACE INTO {} SELECT * FROM {}"),
    "postgresql": ("UPDATE {} SET id = id + 1000", "DELETE FROM {}", "TRUNCATE {}"),
}


@pytest.mark.parametrize("table", ["audit", "reviews"])
def test_reviews_and_audit_can_only_be_added_to(content_engine: Engine, table: str) -> None:
    with content_engine.begin() as connection:
        add_topic(connection, "kneemr")
        publish(connection, add_draft(connection, PASSAGE))
    with content_engine.connect() as connection:
        signed = connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all()
    assert signed
    for change in CHANGES[content_engine.dialect.name]:
        with pytest.raises(DBAPIError, match=f"{table} is append-only"), content_engine.begin() as connection:
            connection.execute(text(change.format(table, table)))
    with content_engine.connect() as connection:
        assert connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() == signed
