"""Labelled sentences beside data/nlu: patients' questions (data/questions), phrasings of sections and of particular
questions (data/phrasings)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from bot.nlu.topic_index import TopicIndex
from content_db.importers.library import catalogue
from content_db.repository import AliasView
from content_db.sections import FAQ, SECTIONS
from content_db.settings import PROJECT

QUESTIONS: Final = PROJECT / "data" / "questions"
PHRASINGS: Final = PROJECT / "data" / "phrasings"
EMERGENCY: Final = "emergency"
_KEPT_OF_256: Final = 64
# Kinds of turn that are intents of their own; an answer's intent is its section.
_KINDS: Final = ("personal_advice", "out_of_scope", "handoff", EMERGENCY)
_CARRIED: Final = "follow_up"


@dataclass(frozen=True)
class LabelledQuestion:
    """A patient's question: the first of each list is the best, the others would be right too.

    `before` is the topic that was talked about, for a question that follows up, and `before_section` what was told of
    it; `carries` when the text alone does not tell what is asked, but what went before does ("and the hip?").
    `particular` are the library's particular questions (topic, question) that ask the same; None when nobody has looked
    for them.
    """

    language: str
    text: str
    kinds: tuple[str, ...]
    topics: tuple[str, ...]
    sections: tuple[str, ...]
    before: str | None = None
    particular: tuple[tuple[str, str], ...] | None = None
    before_section: str | None = None
    carries: bool = False

    @property
    def intent(self) -> str | None:
        """What the section classifier should make of it; None when that cannot be told."""
        if self.kinds[0] in _KINDS:
            return self.kinds[0]
        if self.carries:
            return _CARRIED
        asked = [section for section in self.sections if section in SECTIONS and section != FAQ]
        return asked[0] if self.kinds[0] in ("answer", "clarify") and asked else None


@dataclass(frozen=True)
class Phrasing:
    """A way in which patients ask for a section of a topic, without its name more often than with it.

    Or another wording of a `particular` question, as it stands in the library.
    """

    topic_id: str
    section: str
    text: str
    particular: str | None = None


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def questions(folder: Path = QUESTIONS) -> list[LabelledQuestion]:
    """Every labelled question, of all languages."""
    return [
        LabelledQuestion(
            language=line.get("language") or language.name,
            text=line["text"],
            kinds=tuple(line["kinds"]),
            topics=tuple(line.get("topics") or ()),
            sections=tuple(line.get("sections") or ()),
            before=line.get("before"),
            particular=_pairs(line.get("particular")),
            before_section=line.get("before_section"),
            carries=line.get("carries", False),
        )
        for language in sorted(folder.iterdir())
        for line in _lines(language)
    ]


def _pairs(given: Iterable[tuple[str, str]] | None) -> tuple[tuple[str, str], ...] | None:
    return None if given is None else tuple((topic, question) for topic, question in given)


@lru_cache(maxsize=4)
def phrasings(language: str) -> tuple[Phrasing, ...]:
    """The phrasings of a language."""
    return tuple(
        Phrasing(line["topic"], line["section"], line["text"], line.get("particular"))
        for line in _lines(PHRASINGS / language)
    )


def kept_from_encoder(question: LabelledQuestion) -> bool:
    """Whether a labelled question is one that the sentence encoder is not learnt from: a quarter of them.

    And all turns of conversations, which say little alone.
    """
    in_quarter = hashlib.blake2b(question.text.encode(), digest_size=1).digest()[0] < _KEPT_OF_256
    return in_quarter or question.before_section is not None


def as_phrasings(given: Iterable[LabelledQuestion], language: str) -> tuple[Phrasing, ...]:
    """Questions that a text answers, as phrasings of what answers them best. Follow-ups say too little alone."""
    return tuple(
        phrasing
        for question in given
        if question.language == language
        and "answer" in question.kinds
        and question.topics
        and question.sections
        and question.before is None
        for phrasing in _phrasings_of(question)
    )


def _phrasings_of(question: LabelledQuestion) -> Iterator[Phrasing]:
    """One for the topic that is asked about; it tells the particular question that asks the same, if one of the topic's
    does. Where only one of another topic does, that gets a phrasing of its own."""
    topic, section, text = question.topics[0], question.sections[0], question.text
    particular = dict(reversed(question.particular or ()))
    yield Phrasing(topic, section, text, particular.get(topic))
    if particular and topic not in particular:
        other = next(iter(question.particular or ()))
        yield Phrasing(other[0], FAQ, text, other[1])


@lru_cache(maxsize=4)
def all_phrasings(language: str) -> tuple[Phrasing, ...]:
    """Everything that is known of how patients ask for a topic, in a language."""
    return (*phrasings(language), *as_phrasings(questions(), language))


@lru_cache(maxsize=1)
def catalogue_index() -> TopicIndex:
    """The names of the catalogue's topics: what sentences are masked with where there is no database."""
    return TopicIndex(
        AliasView(topic.id, topic.kind, language, alias)
        for topic in catalogue().values()
        for language, aliases in topic.aliases.items()
        for alias in (topic.titles[language], *aliases)
    )
