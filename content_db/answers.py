"""The one door to what may be said: a question in, an outcome out. Every outcome is a type with a reply of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from content_db import repository
from content_db.repository import Outline, PassageView, TopicView
from content_db.sections import FAQ, SECTIONS

# What people ask next, most asked first: the order of the buttons under an answer.
NEXT_SECTIONS: Final = (
    "preparation",
    "procedure",
    "experience",
    "risks",
    "radiation",
    "results",
    "aftercare",
    "symptoms",
    "diagnosis",
    "treatment",
    "screening_who",
    "uses",
    "contrast",
    "implants_metal",
    "pregnancy",
    "children",
    "benefits",
    "limitations",
    "alternatives",
    "overview",
)
MOST_CHOICES: Final = 5
# The service page that tells what the page of an exam leaves out, by section.
SERVICE_PAGE_FOR: Final = {"cost": "costs-insurance"}


@dataclass(frozen=True)
class Question:
    """What is asked: one section of a topic, or one particular passage. `topics` holds more than one when unsure."""

    topics: tuple[str, ...]
    section: str | None
    language: str
    passage: str | None = None


@dataclass(frozen=True)
class Found:
    """A text that may be shown. `general` is set when the parent's page answers for the topic asked about.

    `next_sections` and `questions` (particular ones, by the id of the passage that answers) have texts too.
    """

    topic: TopicView
    passage: PassageView
    general: TopicView | None
    next_sections: tuple[str, ...]
    questions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NeedsChoice:
    """The question is not clear: which of `topics`, or which of `sections` of the one topic; `known` are all it has.

    `questions` are the particular ones that it answers, by the id of the passage.
    """

    topics: tuple[TopicView, ...]
    sections: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    questions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ServicePage:
    """The topic is a page about the site itself."""

    topic: TopicView


@dataclass(frozen=True)
class NotCovered:
    """In scope, but there is no text that may be shown."""

    topic: TopicView | None
    section: str | None


@dataclass(frozen=True)
class Expired:
    """There was a text, but its review has lapsed or it was withdrawn."""

    topic: TopicView
    section: str


@dataclass(frozen=True)
class Unavailable:
    """The content database does not answer."""


Outcome = Found | NeedsChoice | ServicePage | NotCovered | Expired | Unavailable


class Answers:
    """Asks the content database. What may be shown is decided anew by every query, never from a copy."""

    def __init__(self, engine: Engine, *, unreviewed: bool, today: Callable[[], date] = date.today) -> None:
        self._engine = engine
        self._unreviewed = unreviewed
        self._today = today

    def find(self, question: Question) -> Outcome:
        """The outcome for a question. Never raises for a database that is down: that is `Unavailable`."""
        try:
            with self._engine.connect() as connection:
                return self._find(connection, question)
        except SQLAlchemyError:
            return Unavailable()

    def topics(self, ids: tuple[str, ...], language: str) -> tuple[TopicView, ...]:
        """The topics of these ids that have a name in `language`; empty when the database does not answer."""
        try:
            with self._engine.connect() as connection:
                known = repository.topics(connection, language, ids)
        except SQLAlchemyError:
            return ()
        return tuple(known[topic_id] for topic_id in ids if topic_id in known)

    def _find(self, connection: Connection, question: Question) -> Outcome:
        known = repository.topics(connection, question.language, question.topics)
        asked = tuple(known[topic_id] for topic_id in question.topics if topic_id in known)
        if not asked:
            return NotCovered(None, question.section)
        if len(asked) > 1:
            return NeedsChoice(asked[:MOST_CHOICES])
        topic = asked[0]
        if topic.kind == "service" and question.passage is None:
            return ServicePage(topic)
        line = repository.line_of(connection, topic, question.language)
        shown = repository.shown(
            connection,
            today=self._today(),
            unreviewed=self._unreviewed,
            topic_ids=[member.id for member in line],
            language=question.language,
        )
        there = {outline.section for outline in shown}
        sections = tuple(section for section in NEXT_SECTIONS if section in there)
        has = tuple(section for section in SECTIONS if section in there and section != FAQ)
        questions = {outline.passage_id: outline.question for outline in shown if outline.question}
        if question.passage is None and question.section is None:
            if not sections:
                return NotCovered(topic, None)
            return NeedsChoice((topic,), sections[:MOST_CHOICES], has, questions)
        outline = _chosen(line, shown, question)
        if outline is not None:
            passage = repository.passage(connection, outline.revision_id)
            general = next((m for m in line if m.id == outline.topic_id and m.id != topic.id), None)
            next_sections = tuple(section for section in sections if section != passage.section)
            questions.pop(passage.id, None)
            return Found(topic, passage, general, next_sections, questions)
        if question.section and repository.has_lapsed_text(
            connection,
            topic_id=topic.id,
            section=question.section,
            language=question.language,
            today=self._today(),
        ):
            return Expired(topic, question.section)
        page = SERVICE_PAGE_FOR.get(question.section or "", "")
        told = repository.topics(connection, question.language, (page,)).get(page)
        return NotCovered(topic, question.section) if told is None else ServicePage(told)


def _chosen(line: list[TopicView], shown: list[Outline], question: Question) -> Outline | None:
    """The particular passage that is asked for if it may be shown, else the section's, of the topic or a parent."""
    ours = {member.id for member in line}
    for outline in shown:
        if outline.passage_id == question.passage and outline.topic_id in ours:
            return outline
    for member in line:
        for outline in shown:
            if outline.topic_id == member.id and outline.section == question.section and outline.section != FAQ:
                return outline
    return None
