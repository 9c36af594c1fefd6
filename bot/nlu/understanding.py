"""What understanding takes from the content, kept in step with the database: names, and what speaks for each topic."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy.engine import Connection

from bot.nlu.content_watch import ContentWatch
from bot.nlu.encoder import encode_kept
from bot.nlu.evidence import Evidence, aliases_by_topic
from bot.nlu.examples import Phrasing, all_phrasings
from bot.nlu.intent_model import mask
from bot.nlu.topic_index import Linked, TopicIndex, is_also_asked
from content_db import repository
from content_db.database import open_engine
from content_db.folding import fold
from content_db.repository import PassageText, TopicFacts
from content_db.sections import languages
from content_db.settings import ContentSettings


@dataclass(frozen=True)
class ContentIndex:
    """What is known at one version of the content. `evidence` is by language."""

    topics: TopicIndex
    evidence: Mapping[str, Evidence] = field(default_factory=dict)


def build_index(connection: Connection, phrasings: Callable[[str], Sequence[Phrasing]] = all_phrasings) -> ContentIndex:
    """Read the names and texts of the database into an index. `phrasings` gives those of a language."""
    aliases = repository.aliases(connection)
    passages = repository.passage_texts(connection)
    facts = repository.topic_facts(connection)
    topics = TopicIndex(aliases, Counter(word for passage in passages for word in _folded_words(passage.text)))
    evidence = {
        language: _evidence.of(
            language,
            topics,
            facts,
            aliases_by_topic(aliases, language),
            [passage for passage in passages if passage.language == language],
            phrasings(language),
        )
        for language in languages()
    }
    return ContentIndex(topics, evidence)


@lru_cache(maxsize=30_000)
def _folded_words(text: str) -> tuple[str, ...]:
    # One object for each word, not for each place that it stands at: that would be a hundred megabytes.
    return tuple(map(sys.intern, fold(text).split()))


class _Masks:
    """Masked phrasings and questions, each worked out once: a name that comes later hardly stands in an earlier one."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, topics: TopicIndex) -> Callable[[str], str]:
        """Masks a text with the names of an index unless it is known."""

        def mask_once(text: str) -> str:
            if text not in self._known:
                self._known[text] = masked(text, topics.link(text))
            return self._known[text]

        return mask_once


_masks = _Masks()


class _EvidenceByLanguage:
    """The evidence of each language, made anew only when something of that language has changed."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[object, Evidence]] = {}

    def of(
        self,
        language: str,
        topics: TopicIndex,
        facts: Sequence[TopicFacts],
        aliases: Mapping[str, Sequence[str]],
        passages: Sequence[PassageText],
        phrasings: Sequence[Phrasing],
    ) -> Evidence:
        """The evidence for these rows."""
        rows = (facts, aliases, passages, phrasings)
        before = self._made.get(language)
        if before is not None and before[0] == rows:
            return before[1]
        made = Evidence(language, facts, aliases, passages, phrasings, encode_kept, _masks.of(topics))
        self._made[language] = rows, made
        return made


_evidence = _EvidenceByLanguage()


def masked(text: str, linked: Linked) -> str:
    """The text with every named topic replaced by the plain word for its kind.

    "Radiation" within "radiation of the mammogram" is what is asked.
    """
    named = [m for m in linked.mentions if not (m.inside and is_also_asked(text[m.start : m.end]))]
    return mask(text, [(mention.start, mention.end, mention.kind) for mention in named])


def plain(text: str, topics: TopicIndex) -> str:
    """A text as the classifier reads it: spelled right, with plain words for the topics that it names."""
    return topics.spelled(masked(text, topics.link(text)))


def watch_content() -> ContentWatch[ContentIndex]:
    """A started watch on the database of the settings."""
    watch = ContentWatch(open_engine(ContentSettings().content_url), build_index, ContentIndex(TopicIndex([])))
    watch.start()
    return watch
