"""The tables. Rules about them live in `statuses`, `permissions` and `workflow`; SQL in `repository`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import declarative_base

from content_db.sections import KINDS, SECTIONS
from content_db.statuses import Status

Base: Any = declarative_base()


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")


class Topic(Base):
    """An exam, treatment, condition or page; `parent_id` answers where this topic is silent."""

    __tablename__ = "topics"
    __table_args__ = (_one_of("kind", KINDS),)

    id = Column(String(64), primary_key=True)
    kind = Column(String(16), nullable=False)
    parent_id = Column(String(64), ForeignKey("topics.id"), nullable=True)
    modality = Column(String(120), nullable=False, default="")
    body_region = Column(String(120), nullable=False, default="")


class TopicText(Base):
    """A topic's name and source page in one language."""

    __tablename__ = "topic_texts"

    topic_id = Column(String(64), ForeignKey("topics.id"), primary_key=True)
    language = Column(String(2), primary_key=True)
    title = Column(String(200), nullable=False)
    source_url = Column(String(500), nullable=False)


class Alias(Base):
    """A wording for a topic. Within a language it belongs to one topic; `folded` is its comparable form."""

    __tablename__ = "aliases"
    __table_args__ = (UniqueConstraint("language", "folded"),)

    id = Column(Integer, primary_key=True)
    topic_id = Column(String(64), ForeignKey("topics.id"), nullable=False, index=True)
    language = Column(String(2), nullable=False)
    text = Column(String(200), nullable=False)
    folded = Column(String(200), nullable=False)


class Passage(Base):
    """A place for text: one section (or one faq question) of a topic in one language."""

    __tablename__ = "passages"
    __table_args__ = (_one_of("section", SECTIONS),)

    id = Column(String(160), primary_key=True)
    topic_id = Column(String(64), ForeignKey("topics.id"), nullable=False, index=True)
    language = Column(String(2), nullable=False)
    section = Column(String(20), nullable=False)
    question = Column(String(300), nullable=True)
    position = Column(Integer, nullable=False, default=0)


class Revision(Base):
    """One exact text of a passage. The text never changes: an edit is a new revision."""

    __tablename__ = "revisions"
    __table_args__ = (
        UniqueConstraint("passage_id", "number"),
        _one_of("status", tuple(status.value for status in Status)),
        Index(
            "one_published_revision",
            "passage_id",
            unique=True,
            sqlite_where=text("status = 'published'"),
            postgresql_where=text("status = 'published'"),
        ),
    )

    id = Column(Integer, primary_key=True)
    passage_id = Column(String(160), ForeignKey("passages.id"), nullable=False, index=True)
    number = Column(Integer, nullable=False)
    title = Column(String(300), nullable=False)
    text = Column(Text, nullable=False)
    text_hash = Column(String(64), nullable=False)
    source_url = Column(String(500), nullable=False)
    facts_checked = Column(Text, nullable=False, default="")
    status = Column(String(20), nullable=False, index=True)
    author_id = Column(String(100), nullable=False)
    created_at = Column(DateTime, nullable=False)
    reviewed_on = Column(Date, nullable=True)
    expires_on = Column(Date, nullable=True)


class Review(Base):
    """A named person's decision on one exact text."""

    __tablename__ = "reviews"

    id = Column(Integer, primary_key=True)
    revision_id = Column(Integer, ForeignKey("revisions.id"), nullable=False, index=True)
    step = Column(String(30), nullable=False)
    reviewer_id = Column(String(100), nullable=False)
    reviewer_name = Column(String(200), nullable=False)
    role = Column(String(20), nullable=False)
    comment = Column(Text, nullable=False, default="")
    text_hash = Column(String(64), nullable=False)
    at = Column(DateTime, nullable=False)


class Audit(Base):
    """What was done, by whom, when. The database itself refuses to change or delete a row."""

    __tablename__ = "audit"

    id = Column(Integer, primary_key=True)
    at = Column(DateTime, nullable=False)
    actor = Column(String(200), nullable=False)
    action = Column(String(40), nullable=False)
    subject = Column(String(200), nullable=False)
    detail = Column(Text, nullable=False, default="")


class ContentState(Base):
    """One row whose number grows with every change, so that readers know when to look again."""

    __tablename__ = "content_state"

    id = Column(Integer, primary_key=True)
    version = Column(Integer, nullable=False)
