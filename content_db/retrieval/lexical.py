"""Okapi BM25 over texts that have been cut into words. Pure; which words count as the same is the caller's business."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

# The usual constants: how soon a repeated word says nothing new, and how much a long text is held back.
K1: Final = 1.2
B: Final = 0.6

Scores = NDArray[np.float32]


class Bm25:
    """An index over documents, each a sequence of words; a document's place in the list is its number."""

    def __init__(self, documents: Iterable[Sequence[str]]) -> None:
        counts = [Counter(words) for words in documents]
        self.size = len(counts)
        self._columns: dict[str, int] = {}
        # Arrays: as lists, the numbers of a library take ten times the memory while the table is made.
        rows, columns, values = array("i"), array("i"), array("f")
        lengths = np.array([sum(count.values()) for count in counts] or [0], dtype=np.float32)
        norms = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0))
        for row, count in enumerate(counts):
            for word, times in count.items():
                rows.append(row)
                columns.append(self._columns.setdefault(word, len(self._columns)))
                values.append(times * (K1 + 1) / (times + float(norms[row])))
        shape = (self.size, len(self._columns))
        cells = np.array(values, dtype=np.float32), (np.asarray(rows), np.asarray(columns))
        table: Any = sparse.csc_matrix(cells, shape=shape)
        seen = np.diff(table.indptr)
        self._rarity = np.log(1 + (self.size - seen + 0.5) / (seen + 0.5)).astype(np.float32)
        self._starts, self._rows, self._values = table.indptr, table.indices, table.data

    def rarity(self, word: str) -> float:
        """How much a word tells: its inverse document frequency, 0 for a word of no document."""
        column = self._columns.get(word)
        return float(self._rarity[column]) if column is not None else 0.0

    def scores(self, words: Iterable[str]) -> Scores:
        """The score of every document for a query, shape (documents,)."""
        total = np.zeros(self.size, dtype=np.float32)
        for word in set(words):
            column = self._columns.get(word)
            if column is not None:
                here = slice(self._starts[column], self._starts[column + 1])
                total[self._rows[here]] += self._rarity[column] * self._values[here]
        return total
