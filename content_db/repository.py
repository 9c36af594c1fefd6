"""The only SQL over the content tables. Returns plain frozen data, never table rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timezone
from functools import cache
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection

from content_db.folding import fold
from content_db.models import Alias, Audit, ContentState, Passage, Review, Revision, Topic, TopicText
from content_db.statuses import UNREVIEWED, Status


@dataclass(frozen=True)
class TopicView:
    """A topic with its name in one language."""

    id: str
    kind: str
    parent_id: str | None
    title: str
    source_url: str


@dataclass(frozen=True)
class AliasView:
    """A wording and the topic it means."""

    topic_id: str
    kind: str
    language: str
    text: str


@dataclass(frozen=True)
class TopicFacts:
    """What is known of a topic in any language; `modality` and `body_region` are lists divided by ';'."""

    id: str
    kind: str
    parent_id: str | None
    modality: str
    body_region: str = ""


@dataclass(frozen=True)
class PassageText:
    """The newest text of a passage, for finding it: whether it may be shown is asked when it is."""

    id: str
    topic_id: str
    language: str
    section: str
    question: str | None
    text: str


@dataclass(frozen=True)
class PassageView:
    """An exact text that may be shown, with what says where it comes from. `review` is 'committee' or 'none'."""

    id: str
    topic_id: str
    section: str
    question: str | None
    language: str
    revision: int
    title: str
    text: str
    url: str
    review: str
    reviewed_on: date | None


@dataclass(frozen=True)
class TopicRow:
    """A topic as it is stored."""

    id: str
    kind: str
    parent_id: str | None
    modality: str
    body_region: str


@dataclass(frozen=True)
class TopicTextRow:
    """The name and the source page of a topic in one language."""

    topic_id: str
    language: str
    title: str
    source_url: str


@dataclass(frozen=True)
class PassageRow:
    """A passage as it is stored: a place for revisions."""

    id: str
    topic_id: str
    language: str
    section: str
    question: str | None
    position: int


@dataclass(frozen=True)
class DraftRow:
    """A new revision of a passage."""

    passage_id: str
    number: int
    title: str
    text: str
    source_url: str
    facts_checked: tuple[str, ...]
    author_id: str


@dataclass(frozen=True)
class StoredPassage:
    """A passage with the newest of its revisions, if it has one, as a load compares them with a file."""

    id: str
    topic_id: str
    language: str
    question: str | None
    position: int
    revision_id: int | None
    number: int | None
    status: str | None
    text_hash: str | None


@dataclass(frozen=True)
class RevisionView:
    """A revision as the review sees it."""

    id: int
    passage_id: str
    number: int
    status: Status
    author_id: str
    title: str
    text: str
    text_hash: str


def now() -> datetime:
    """The present time in UTC without a zone, as the tables keep it."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def hash_text(title: str, text: str) -> str:
    """What an approval is bound to: SHA-256 of the title and the text, in hex."""
    return hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()


def version(connection: Connection) -> int:
    """A number that grows with every change of the content."""
    return int(connection.execute(select(ContentState.version)).scalar_one())


def raise_version(connection: Connection) -> None:
    """Tell every reader that the content has changed."""
    connection.execute(update(ContentState).values(version=ContentState.version + 1))


def add_audit(connection: Connection, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Append to the audit log."""
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True) if detail else ""
    connection.execute(insert(Audit).values(at=now(), actor=actor, action=action, subject=subject, detail=text))


# --- topics and aliases -------------------------------------------------------------------------------------------


def topics(connection: Connection, language: str, ids: Iterable[str]) -> dict[str, TopicView]:
    """Those of these topics that have a name in `language`, by id."""
    rows = connection.execute(
        select(Topic.id, Topic.kind, Topic.parent_id, TopicText.title, TopicText.source_url)
        .join(TopicText, and_(TopicText.topic_id == Topic.id, TopicText.language == language))
        .where(Topic.id.in_(list(ids)))
    )
    return {row.id: TopicView(*row) for row in rows}


def line_of(connection: Connection, topic: TopicView, language: str) -> list[TopicView]:
    """The topic, its parent, the parent's parent, … as far as they have a name in `language`."""
    line = [topic]
    if topic.parent_id is None:
        return line
    rows = connection.execute(_line_query(), {"id": topic.parent_id, "language": language})
    above = {row.id: TopicView(*row) for row in rows}
    while (parent := above.get(line[-1].parent_id or "")) is not None and parent not in line:
        line.append(parent)
    return line


@cache
def _line_query() -> Any:
    """A topic and all above it in one go, built once: it is asked in every turn."""
    above = select(Topic.id, Topic.parent_id).where(Topic.id == bindparam("id")).cte("above", recursive=True)
    # UNION, not UNION ALL: a circle of parents ends.
    above = above.union(select(Topic.id, Topic.parent_id).join(above, Topic.id == above.c.parent_id))
    return (
        select(Topic.id, Topic.kind, Topic.parent_id, TopicText.title, TopicText.source_url)
        .join(above, above.c.id == Topic.id)
        .join(TopicText, and_(TopicText.topic_id == Topic.id, TopicText.language == bindparam("language")))
    )


def parents(connection: Connection) -> dict[str, str | None]:
    """The parent of every topic."""
    return {row.id: row.parent_id for row in connection.execute(select(Topic.id, Topic.parent_id))}


def topic_facts(connection: Connection) -> list[TopicFacts]:
    """Every topic."""
    columns = (Topic.id, Topic.kind, Topic.parent_id, Topic.modality, Topic.body_region)
    return [TopicFacts(*row) for row in connection.execute(select(*columns).order_by(Topic.id))]


def aliases(connection: Connection) -> list[AliasView]:
    """Every wording of every topic, topic names included."""
    rows = connection.execute(
        select(Alias.topic_id, Topic.kind, Alias.language, Alias.text).join(Topic, Topic.id == Alias.topic_id)
    )
    return [AliasView(*row) for row in rows]


def passage_texts(connection: Connection) -> list[PassageText]:
    """The newest text of every passage that was not withdrawn, in the order of the pages."""
    newest = (
        select(Revision.passage_id, func.max(Revision.number).label("number"))
        .where(Revision.status != Status.WITHDRAWN.value)
        .group_by(Revision.passage_id)
        .subquery()
    )
    rows = connection.execute(
        select(Passage.id, Passage.topic_id, Passage.language, Passage.section, Passage.question, Revision.text)
        .join(newest, newest.c.passage_id == Passage.id)
        .join(Revision, and_(Revision.passage_id == Passage.id, Revision.number == newest.c.number))
        .order_by(Passage.topic_id, Passage.position)
    )
    return [PassageText(*row) for row in rows]


def alias_owner(connection: Connection, language: str, text: str) -> str | None:
    """The topic that a wording belongs to."""
    owner: str | None = connection.execute(
        select(Alias.topic_id).where(Alias.language == language, Alias.folded == fold(text))
    ).scalar_one_or_none()
    return owner


def save_topics(connection: Connection, wanted: Iterable[TopicRow]) -> bool:
    """Add topics or change them, parents after all are there; each parent must be stored or among them.

    False if all of them were there already.
    """
    columns = (Topic.id, Topic.kind, Topic.parent_id, Topic.modality, Topic.body_region)
    stored = {row.id: TopicRow(*row) for row in connection.execute(select(*columns))}
    new = [topic for topic in wanted if stored.get(topic.id) != topic]
    if added := [{**asdict(topic), "parent_id": None} for topic in new if topic.id not in stored]:
        connection.execute(insert(Topic), added)
    for topic in new:
        connection.execute(update(Topic).where(Topic.id == topic.id).values(**asdict(topic)))
    return bool(new)


def save_topic_texts(connection: Connection, wanted: Iterable[TopicTextRow]) -> bool:
    """Add or change topics' names and source pages; False if all of them were there already."""
    columns = (TopicText.topic_id, TopicText.language, TopicText.title, TopicText.source_url)
    stored = {(row.topic_id, row.language): TopicTextRow(*row) for row in connection.execute(select(*columns))}
    new = [text for text in wanted if stored.get((text.topic_id, text.language)) != text]
    if added := [asdict(text) for text in new if (text.topic_id, text.language) not in stored]:
        connection.execute(insert(TopicText), added)
    for text in new:
        key = and_(TopicText.topic_id == text.topic_id, TopicText.language == text.language)
        connection.execute(update(TopicText).where(key).values(title=text.title, source_url=text.source_url))
    return bool(new)


def add_aliases(connection: Connection, topic_id: str, language: str, texts: Iterable[str]) -> None:
    """Add wordings that are not there yet. IntegrityError if another topic owns one."""
    owned = set(
        connection.execute(select(Alias.folded).where(Alias.topic_id == topic_id, Alias.language == language)).scalars()
    )
    insert_aliases(connection, {(topic_id, language): [text for text in texts if fold(text) not in owned]})


def insert_aliases(connection: Connection, wordings: Mapping[tuple[str, str], Iterable[str]]) -> None:
    """Add wordings by (topic, language), each once however it is spelled. IntegrityError for one that is owned."""
    rows: dict[tuple[str, str, str], str] = {}
    for (topic_id, language), texts in wordings.items():
        for text in texts:
            if folded := fold(text):
                rows.setdefault((topic_id, language, folded), text)
    if rows:
        connection.execute(
            insert(Alias),
            [
                {"topic_id": topic_id, "language": language, "folded": folded, "text": text}
                for (topic_id, language, folded), text in rows.items()
            ],
        )


def remove_aliases(connection: Connection, owners: Iterable[tuple[str, str]]) -> None:
    """Take away every wording of these (topic, language) pairs."""
    for topic_id, language in owners:
        connection.execute(delete(Alias).where(Alias.topic_id == topic_id, Alias.language == language))


# --- passages and revisions ---------------------------------------------------------------------------------------


def stored_passages(connection: Connection, topic_ids: Iterable[str]) -> dict[str, StoredPassage]:
    """Every passage of these topics by id."""
    last = select(Revision.passage_id, func.max(Revision.number).label("number")).group_by(Revision.passage_id)
    newest = last.subquery()
    rows = connection.execute(
        select(
            Passage.id,
            Passage.topic_id,
            Passage.language,
            Passage.question,
            Passage.position,
            Revision.id.label("revision_id"),
            Revision.number,
            Revision.status,
            Revision.text_hash,
        )
        .outerjoin(newest, newest.c.passage_id == Passage.id)
        .outerjoin(Revision, and_(Revision.passage_id == Passage.id, Revision.number == newest.c.number))
        .where(Passage.topic_id.in_(list(topic_ids)))
    )
    return {row.id: StoredPassage(*row) for row in rows}


def add_passages(connection: Connection, passages: Sequence[PassageRow]) -> None:
    """Add passages that are not there yet."""
    if passages:
        connection.execute(insert(Passage), [asdict(passage) for passage in passages])


def move_passage(connection: Connection, passage_id: str, *, question: str | None, position: int) -> None:
    """Change the wording of a passage's question and its place."""
    connection.execute(update(Passage).where(Passage.id == passage_id).values(question=question, position=position))


def newest_revision(connection: Connection, passage_id: str) -> RevisionView | None:
    """The last revision of a passage, whatever its status."""
    row = connection.execute(
        _REVISION.where(Revision.passage_id == passage_id).order_by(Revision.number.desc()).limit(1)
    ).first()
    return _revision(row) if row else None


def revision(connection: Connection, revision_id: int) -> RevisionView:
    """One revision. NoResultFound if there is none of that id."""
    return _revision(connection.execute(_REVISION.where(Revision.id == revision_id)).one())


def add_drafts(connection: Connection, drafts: Sequence[DraftRow]) -> None:
    """Store new drafts. IntegrityError if another with the number of one has been stored meanwhile."""
    if drafts:
        connection.execute(
            insert(Revision),
            [
                {
                    **asdict(draft),
                    "text_hash": hash_text(draft.title, draft.text),
                    "facts_checked": "\n".join(draft.facts_checked),
                    "status": Status.DRAFT.value,
                    "created_at": now(),
                }
                for draft in drafts
            ],
        )


def hold(connection: Connection, revision_id: int, status: Status) -> bool:
    """Keep others from moving a revision until the transaction ends; False if it no longer is in `status`."""
    here = and_(Revision.id == revision_id, Revision.status == status.value)
    return bool(connection.execute(update(Revision).where(here).values(status=status.value)).rowcount)


def set_status(connection: Connection, revision_id: int, status: Status, **values: Any) -> None:
    """Move a revision. Which moves are right is decided by `workflow`."""
    connection.execute(update(Revision).where(Revision.id == revision_id).values(status=status.value, **values))


def published_revision_id(connection: Connection, passage_id: str) -> int | None:
    """The revision of a passage that is published now."""
    found: int | None = connection.execute(
        select(Revision.id).where(Revision.passage_id == passage_id, Revision.status == Status.PUBLISHED.value)
    ).scalar_one_or_none()
    return found


def approvers(connection: Connection, revision_id: int, steps: Iterable[str]) -> list[str]:
    """Ids of the people who took one of `steps` (approvals) with this revision."""
    rows = connection.execute(
        select(Review.reviewer_id).where(Review.revision_id == revision_id, Review.step.in_(list(steps)))
    )
    return list(rows.scalars())


def add_review(
    connection: Connection,
    revision_id: int,
    *,
    step: str,
    reviewer_id: str,
    reviewer_name: str,
    role: str,
    comment: str,
    text_hash: str,
) -> None:
    """Record a decision."""
    connection.execute(
        insert(Review).values(
            revision_id=revision_id,
            step=step,
            reviewer_id=reviewer_id,
            reviewer_name=reviewer_name,
            role=role,
            comment=comment,
            text_hash=text_hash,
            at=now(),
        )
    )


_REVISION = select(
    Revision.id,
    Revision.passage_id,
    Revision.number,
    Revision.status,
    Revision.author_id,
    Revision.title,
    Revision.text,
    Revision.text_hash,
)


def _revision(row: Any) -> RevisionView:
    return RevisionView(
        row.id, row.passage_id, row.number, Status(row.status), row.author_id, row.title, row.text, row.text_hash
    )


# --- what may be shown --------------------------------------------------------------------------------------------


def _may_be_shown(unreviewed: bool) -> Any:
    """The one condition on a revision that is shown: published and in date, or, where allowed, on its way there."""
    in_date = and_(Revision.status == Status.PUBLISHED.value, Revision.expires_on > bindparam("today"))
    if not unreviewed:
        return in_date
    newest = (
        select(func.max(Revision.number)).where(Revision.passage_id == Passage.id).correlate(Passage).scalar_subquery()
    )
    on_its_way = and_(Revision.status.in_([status.value for status in UNREVIEWED]), Revision.number == newest)
    return or_(in_date, on_its_way)


@cache
def _outline_query(unreviewed: bool) -> Any:
    """Built once: it is asked in every turn."""
    return (
        select(Revision.id, Revision.passage_id, Passage.topic_id, Passage.section, Passage.question, Revision.status)
        .join(Passage, Revision.passage_id == Passage.id)
        .where(
            Passage.topic_id.in_(bindparam("topic_ids", expanding=True)),
            Passage.language == bindparam("language"),
            _may_be_shown(unreviewed),
        )
        .order_by(Passage.topic_id, Passage.position)
    )


_SHOWN_COLUMNS = (
    Passage.id,
    Passage.topic_id,
    Passage.section,
    Passage.question,
    Passage.language,
    Revision.number,
    Revision.title,
    Revision.text,
    Revision.source_url,
    Revision.status,
    Revision.reviewed_on,
)


def _shown(row: Any) -> PassageView:
    reviewed = row.status == Status.PUBLISHED.value
    return PassageView(
        id=row.id,
        topic_id=row.topic_id,
        section=row.section,
        question=row.question,
        language=row.language,
        revision=row.number,
        title=row.title,
        text=row.text,
        url=row.source_url,
        review="committee" if reviewed else "none",
        reviewed_on=row.reviewed_on if reviewed else None,
    )


@dataclass(frozen=True)
class Outline:
    """A text that may be shown now, without the text. `question` is the particular one that it answers, if any."""

    revision_id: int
    passage_id: str
    topic_id: str
    section: str
    question: str | None = None


def shown(
    connection: Connection, *, today: date, unreviewed: bool, topic_ids: Iterable[str], language: str
) -> list[Outline]:
    """What may be shown to a patient now of these topics, in the order of their pages: one revision a passage.

    A published revision in date goes before a draft of the same passage.
    """
    rows = connection.execute(
        _outline_query(unreviewed), {"today": today, "topic_ids": list(topic_ids), "language": language}
    ).all()
    chosen: dict[str, Outline] = {}
    for row in sorted(rows, key=lambda row: bool(row.status != Status.PUBLISHED.value)):
        chosen.setdefault(row.passage_id, Outline(row.id, row.passage_id, row.topic_id, row.section, row.question))
    return [outline for row in rows if (outline := chosen[row.passage_id]).revision_id == row.id]


def passage(connection: Connection, revision_id: int) -> PassageView:
    """The text of a revision that `shown` named."""
    row = connection.execute(
        select(*_SHOWN_COLUMNS).join(Revision, Revision.passage_id == Passage.id).where(Revision.id == revision_id)
    ).one()
    return _shown(row)


def has_lapsed_text(connection: Connection, *, topic_id: str, section: str, language: str, today: date) -> bool:
    """True if there is a text that has expired or was withdrawn."""
    past_its_date = and_(Revision.status == Status.PUBLISHED.value, Revision.expires_on <= today)
    row = connection.execute(
        select(Revision.id)
        .join(Passage, Passage.id == Revision.passage_id)
        .where(
            Passage.topic_id == topic_id,
            Passage.section == section,
            Passage.language == language,
            or_(past_its_date, Revision.status.in_([Status.EXPIRED.value, Status.WITHDRAWN.value])),
        )
        .limit(1)
    ).first()
    return row is not None


def last_audit_detail(connection: Connection, action: str) -> dict[str, Any]:
    """The detail of the newest audit row of an action; empty if there is none."""
    detail = connection.execute(
        select(Audit.detail).where(Audit.action == action).order_by(Audit.id.desc()).limit(1)
    ).scalar_one_or_none()
    return dict(json.loads(detail)) if detail else {}


def audit_rows(connection: Connection, subject: str) -> list[tuple[str, str]]:
    """(actor, action) of every audit row about `subject`, oldest first."""
    rows = connection.execute(select(Audit.actor, Audit.action).where(Audit.subject == subject).order_by(Audit.id))
    return [(row.actor, row.action) for row in rows]
