"""People and texts for the tests: made-up roles, and short ways to put a text into the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from content_db import repository, workflow
from content_db.permissions import Actor, Role
from content_db.repository import DraftRow, PassageRow, PassageView, TopicRow, TopicTextRow, TopicView
from content_db.statuses import Status, Step

AUTHOR = Actor("author-1", "First Author", Role.AUTHOR)
PHYSICIAN = Actor("reviewer-1", "First Reviewer", Role.PHYSICIAN)
COMMITTEE = Actor("reviewer-2", "Second Reviewer", Role.COMMITTEE)
EDITOR = Actor("editor-1", "First Editor", Role.EDITOR)
ACTORS = {actor.role: actor for actor in (AUTHOR, PHYSICIAN, COMMITTEE, EDITOR, workflow.SYSTEM)}

TODAY = date(2026, 5, 4)
YESTERDAY = date(2026, 5, 3)
TOMORROW = date(2026, 5, 5)


def add_topic(
    connection: Connection, topic_id: str, *, kind: str = "exam", parent: str | None = None, languages: str = "en"
) -> None:
    """A topic whose title is 'Title of <id>' in each of `languages` (divided by spaces)."""
    repository.save_topics(connection, [TopicRow(topic_id, kind, parent, "", "")])
    repository.save_topic_texts(
        connection,
        [
            TopicTextRow(topic_id, language, f"Title of {topic_id}", f"https://www.example.org/{language}/{topic_id}")
            for language in languages.split()
        ],
    )


def add_draft(
    connection: Connection, passage_id: str, text: str = "A short text.", *, question: str | None = None
) -> int:
    """A new draft of 'topic.section.language' (the topic must exist); its passage is made when it is missing."""
    topic_id, section, language = passage_id.split(".")
    before = repository.stored_passages(connection, [topic_id]).get(passage_id)
    if before is None:
        section = "faq" if question else section
        repository.add_passages(connection, [PassageRow(passage_id, topic_id, language, section, question, 0)])
    else:
        repository.move_passage(connection, passage_id, question=question, position=0)
    number = 1 + ((before and before.number) or 0)
    source, facts = f"https://www.example.org/{topic_id}", ("https://www.example.org/facts",)
    repository.add_drafts(
        connection, [DraftRow(passage_id, number, f"Title of {passage_id}", text, source, facts, AUTHOR.id)]
    )
    newest = repository.newest_revision(connection, passage_id)
    assert newest is not None
    return newest.id


def put(
    connection: Connection,
    passage_id: str,
    status: Status,
    text: str = "A short text.",
    *,
    question: str | None = None,
    expires_on: date | None = TOMORROW,
) -> int:
    """A revision that stands in `status`, however it came there."""
    revision_id = add_draft(connection, passage_id, text, question=question)
    dates: dict[str, Any] = {"reviewed_on": YESTERDAY, "expires_on": expires_on}
    repository.set_status(connection, revision_id, status, **dates)
    return revision_id


def topics(connection: Connection, language: str = "en") -> dict[str, TopicView]:
    """Every topic with a name in `language`."""
    return repository.topics(connection, language, repository.parents(connection))


def shown(
    connection: Connection, *, unreviewed: bool, today: date = TODAY, language: str = "en", of: Iterable[str] = ()
) -> list[PassageView]:
    """What may be shown of these topics, or of all, in its order."""
    outlines = repository.shown(
        connection,
        today=today,
        unreviewed=unreviewed,
        topic_ids=of or repository.parents(connection),
        language=language,
    )
    views = [repository.passage(connection, outline.revision_id) for outline in outlines]
    assert [(view.id, view.topic_id, view.section) for view in views] == [
        (outline.passage_id, outline.topic_id, outline.section) for outline in outlines
    ]
    return views


def hash_of(connection: Connection, revision_id: int) -> str:
    """The hash that an approver is shown beside the text."""
    return repository.revision(connection, revision_id).text_hash


def step(connection: Connection, taken: Step, revision_id: int, **options: Any) -> Status:
    """Take a step as the person whose part it is, having read the stored text."""
    people = {
        Step.SUBMIT: AUTHOR,
        Step.APPROVE_AS_PHYSICIAN: PHYSICIAN,
        Step.APPROVE_AS_COMMITTEE: COMMITTEE,
        Step.RETURN: PHYSICIAN,
        Step.PUBLISH: EDITOR,
        Step.WITHDRAW: EDITOR,
        Step.SUPERSEDE: workflow.SYSTEM,
        Step.EXPIRE: workflow.SYSTEM,
    }
    options = {"seen_hash": hash_of(connection, revision_id), "comment": "a reason", **options}
    return workflow.take(connection, taken, revision_id, options.pop("actor", people[taken]), **options)


WHOLE_WAY = (Step.SUBMIT, Step.APPROVE_AS_PHYSICIAN, Step.APPROVE_AS_COMMITTEE, Step.PUBLISH)


def publish(connection: Connection, revision_id: int) -> None:
    """Take a draft the whole way."""
    for taken in WHOLE_WAY:
        step(connection, taken, revision_id)
