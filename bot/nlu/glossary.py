"""Finds the term whose meaning a message asks for. Pure: built from the glossary's questions ("What does X mean?")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.nlu.topic_index import stem
from content_db.folding import fold

TOPIC: Final = "glossary"
# Words of a sentence about a report that are not part of the term ("what does hypodense mean on my ct").
_MOST_WORDS: Final = 16


@lru_cache(maxsize=1)
def _ways() -> dict[str, dict[str, list[_Way]]]:
    lists: Any = yaml.safe_load(Path(__file__).with_name("glossary_words.yml").read_text(encoding="utf-8"))
    return {
        language: {kind: [_Way(way) for way in ways] for kind, ways in kinds.items()}
        for language, kinds in lists.items()
    }


class _Way:
    """One way of asking for a word. A term in front ("hypodense meaning") is all that stands there."""

    def __init__(self, way: str) -> None:
        before, after = way.split("{term}")
        self._pattern = re.compile(rf"\b{re.escape(before)}(?P<term>.+){re.escape(after)}\b")
        self.whole = not before

    def term(self, folded: str) -> str | None:
        """What is asked for, with what follows it."""
        found = self._pattern.search(folded)
        return found["term"] if found else None


def _key(term: str) -> str:
    return " ".join(stem(word) for word in fold(term).split())


class Glossary:
    """The terms of one language."""

    def __init__(self, questions: Iterable[tuple[str, str]], language: str) -> None:
        """`questions` are (passage id, question)."""
        self._language = language
        self._passages: dict[str, str] = {}
        for passage_id, question in questions:
            for way in _ways()[language]["meaning"]:
                if term := way.term(fold(question)):
                    self._passages.setdefault(_key(term), passage_id)
                    break
        self._longest = max((len(key.split()) for key in self._passages), default=0)

    def find(self, text: str, *, names_topic: bool) -> str | None:
        """The passage that explains the term asked for, or None. "What is X" counts only if no topic is named."""
        folded = fold(text)
        if len(folded.split()) > _MOST_WORDS:
            return None
        kinds = ("meaning",) if names_topic else ("meaning", "what")
        for kind in kinds:
            for way in _ways()[self._language][kind]:
                if (term := way.term(folded)) and (passage := self._passage_of(term, way.whole)):
                    return passage
        return None

    def _passage_of(self, words: str, whole: bool) -> str | None:
        """The term that these words are or, if not `whole`, begin with, the longest first; articles are passed over."""
        split = _key(words).split()
        while split and split[0] in ("a", "an", "the", "un", "una", "el", "la", "lo", "los", "las"):
            split = split[1:]
        for length in range(min(self._longest, len(split)), len(split) - 1 if whole else 0, -1):
            if passage := self._passages.get(" ".join(split[:length])):
                return passage
        return None
