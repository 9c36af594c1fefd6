"""Cuts a text into the word pieces that the sentence encoder knows. Pure.

The pieces are those of the vocabulary that the encoder was learnt with, each with the logarithm of how common it is; a
word is cut in the likeliest way (a unigram model, as of Kudo, "Subword regularization", ACL 2018).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

# Stands before the first piece of a word.
WORD: Final = "▁"
_NEVER: Final = -1e30
_UNKNOWN_COSTS: Final = 10.0
_LONGEST_WORD: Final = 60


def plain(text: str) -> str:
    """The text as it is cut: lower case, one form for each letter, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


class WordPieces:
    """A vocabulary of pieces; a piece's id is its place."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float], unknown: int) -> None:
        """`scores` are natural logarithms of probabilities; ids up to `unknown` are marks, not pieces of words."""
        self._known = {
            piece: (place, float(score))
            for place, (piece, score) in enumerate(zip(pieces, scores, strict=True))
            if place > unknown
        }
        self._unknown = unknown
        self._unknown_score = min(scores) - _UNKNOWN_COSTS
        self._longest = max(map(len, self._known))
        self._of_word = lru_cache(maxsize=20_000)(self._cut)

    def ids(self, text: str) -> list[int]:
        """The ids of a text's pieces, in order."""
        return [place for word in plain(text).split() for place in self._of_word(word[:_LONGEST_WORD])]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The likeliest way to cut a word: the best score up to each letter, then the way back."""
        marked = WORD + word
        best = [0.0, *[_NEVER] * len(marked)]
        back = [(0, self._unknown)] * (len(marked) + 1)
        for start in range(len(marked)):
            for end in range(start + 1, min(len(marked), start + self._longest) + 1):
                known = self._known.get(marked[start:end])
                if known is None and end > start + 1:
                    continue
                place, score = known or (self._unknown, self._unknown_score)
                if best[start] + score > best[end]:
                    best[end], back[end] = best[start] + score, (start, place)
        pieces = []
        end = len(marked)
        while end:
            end, place = back[end]
            pieces.append(place)
        return tuple(reversed(pieces))
