"""Repairs misspelt words of a message against the words that are known here; what is a real word stays.

Lists: symspellpy's English one and the lemma table of spacy-lookups-data for Spanish, both shipped in their packages.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path

from symspellpy import SymSpell, Verbosity

from content_db.folding import fold

_TWO_EDITS_FROM = 7
_ONE_EDIT_FROM = 4


@lru_cache(maxsize=1)
def everyday_words() -> frozenset[str]:
    """Folded English and Spanish words that are never taken for a misspelling."""
    words: set[str] = set()
    english = Path(str(resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"))
    with english.open(encoding="utf-8") as stream:
        words.update(fold(line.split(" ", 1)[0]) for line in stream)
    spanish = Path(str(resources.files("spacy_lookups_data") / "data" / "es_lemma_lookup.json.gz"))
    with gzip.open(spanish, "rt", encoding="utf-8") as stream:
        words.update(fold(word) for word in json.load(stream))
    return frozenset(word for word in words if " " not in word)


class Speller:
    """Knows a vocabulary and gives the nearest of its words for one that nobody knows."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = {word for word in vocabulary if word}
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word in self._known:
            if len(word) >= _ONE_EDIT_FROM and not word.isdigit():
                self._symspell.create_dictionary_entry(word, 1)

    def repair(self, word: str) -> str:
        """The folded `word` itself if it is known or too short to judge, else the one nearest word, else itself."""
        if len(word) < _ONE_EDIT_FROM or word in self._known or word in everyday_words() or not word.isalpha():
            return word
        edits = 2 if len(word) >= _TWO_EDITS_FROM else 1
        found = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)
        near = [suggestion.term for suggestion in found]
        # Two words equally near and unlike each other: a guess would be a guess about an exam.
        return near[0] if len(near) == 1 or (near and near[0][0] == word[0] and _alike(near)) else word


def _alike(words: list[str]) -> bool:
    return len({word.rstrip("s") for word in words}) == 1
