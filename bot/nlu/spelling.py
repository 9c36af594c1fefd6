"""Repairs misspelt words of a message against the words that are known here; what is a real word stays.

Lists: symspellpy's English one and the lemma table of spacy-lookups-data for Spanish, both shipped in their packages.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from symspellpy import SymSpell, Verbosity

from content_db.folding import fold

_PROJECT = Path(__file__).resolve().parent.parent.parent
_TWO_EDITS_FROM = 7
_TOLD_BY_BEGINNING = 2
_HUNG_ON = re.compile(r"(?<=[a-z]{3})(me|te|se|nos|le|les)?(me|te|se|lo|la|le|los|las|les|nos)$")
_ONE_EDIT_FROM = 4


class WordSet:
    """A large set of words in little memory: their sorted 64-bit hashes."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        self.hashes = hashes

    @classmethod
    def of(cls, words: Iterable[str]) -> WordSet:
        """The set of these words."""
        return cls(np.unique(np.fromiter((_hash(word) for word in words), dtype=np.uint64)))

    def __contains__(self, word: str) -> bool:
        place = int(np.searchsorted(self.hashes, _hash(word)))
        return place < len(self.hashes) and self.hashes[place] == _hash(word)


def _hash(word: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little"))


@lru_cache(maxsize=1)
def everyday_words() -> WordSet:
    """Folded English and Spanish words that are never taken for a misspelling.

    The lists are read once, in a process of its own whose memory (some 150 MB) is given back, and kept as a file.
    """
    versions = "-".join(version(package) for package in ("symspellpy", "spacy-lookups-data"))
    kept = _PROJECT / "var" / f"everyday-words-{versions}.bin"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-W", "ignore", "-m", "bot.nlu.spelling"]
        read = subprocess.run(command, cwd=_PROJECT, capture_output=True, check=True)
        new = kept.with_suffix(f".{os.getpid()}")
        new.write_bytes(read.stdout)
        new.replace(kept)
    return WordSet(np.fromfile(kept, dtype=np.uint64))


def _read_everyday_words() -> WordSet:
    words: set[str] = set()
    english = Path(str(resources.files("symspellpy") / "frequency_dictionary_en_82_765.txt"))
    with english.open(encoding="utf-8") as stream:
        words.update(fold(line.split(" ", 1)[0]) for line in stream)
    spanish = Path(str(resources.files("spacy_lookups_data") / "data" / "es_lemma_lookup.json.gz"))
    with gzip.open(spanish, "rt", encoding="utf-8") as stream:
        lemmas: dict[str, str] = json.load(stream)
    # The table leaves out what is its own lemma ("madre", "tomar"): those words stand on its other side only.
    words.update(fold(word) for word in [*lemmas, *lemmas.values()])
    return WordSet.of(word for word in words if word and " " not in word)


class Speller:
    """Knows a vocabulary and gives the nearest of its words for one that nobody knows."""

    def __init__(self, vocabulary: Iterable[str] | Mapping[str, int]) -> None:
        """`vocabulary` may name a word several times, or count it: of two equally near, the more frequent is taken."""
        self._known = Counter(vocabulary)
        self._known.pop("", None)
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in self._known.items():
            if len(word) >= _ONE_EDIT_FROM and not word.isdigit():
                self._symspell.create_dictionary_entry(word, count)

    def _is_word(self, word: str) -> bool:
        """Whether a word is known, or is a Spanish verb with what is hung on it ("digame", "ponermelo")."""
        if word in self._known or word in everyday_words():
            return True
        hung_on = _HUNG_ON.search(word)
        return hung_on is not None and word[: hung_on.start()] in everyday_words()

    def repair(self, word: str) -> str:
        """The folded `word` itself if it is known or too short to judge, else the one nearest word, else itself."""
        if len(word) < _ONE_EDIT_FROM or not word.isalpha() or self._is_word(word):
            return word
        edits = 2 if len(word) >= _TWO_EDITS_FROM else 1
        found = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=edits)
        # Who mistypes a word twice still begins it right: "Eliquis" is not "liquid".
        found = [other for other in found if other.distance < _TOLD_BY_BEGINNING or other.term[0] == word[0]]
        if not found:
            return word
        best, *others = found
        # Two words equally near and as usual: a guess would be a guess about an exam.
        tie = any(other.count == best.count and other.term.rstrip("s") != best.term.rstrip("s") for other in others)
        return word if tie else str(best.term)


if __name__ == "__main__":
    sys.stdout.buffer.write(_read_everyday_words().hashes.tobytes())
