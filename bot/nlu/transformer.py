"""The sentence encoder's arithmetic: word pieces in, one vector a text out; by onnxruntime on one core.

The file that `encoder_file` wrote holds the graph, the weights and the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bot.nlu.word_pieces import WordPieces

Floats = NDArray[np.float32]
DIMENSIONS: Final = 384
HEADS: Final = 12
# Ids of the marks in the vocabulary.
START, PADDING, END, UNKNOWN = range(4)
# Of a longer text both ends are read.
MOST_PIECES: Final = 94
# The names of what goes into the graph and comes out of it, and of what is told beside it.
IDS, VECTOR, PIECES, SCORES = "ids", "vector", "pieces", "scores"


def marked(pieces: WordPieces, text: str, most: int = MOST_PIECES) -> list[int]:
    """The ids of a text with its marks; of more than `most` (even) those at both ends.

    The story before a question can be long, and the question stands last.
    """
    ids = pieces.ids(text)
    if len(ids) > most:
        ids = [*ids[: most // 2], *ids[-(most // 2) :]]
    return [START, *ids, END]


class Transformer:
    """The encoder with its weights."""

    def __init__(self, path: Path) -> None:
        """Raises onnxruntime's errors for what is not such a file."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Memory for the longest text would be kept for good.
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        told = self._session.get_modelmeta().custom_metadata_map
        scores = [float(score) for score in told[SCORES].split("\n")]
        self._pieces = WordPieces(told[PIECES].split("\n"), scores, UNKNOWN)

    def vectors(self, texts: Sequence[str]) -> Floats:
        """The unit-length vectors of the texts, shape (len(texts), DIMENSIONS).

        One by one: numbers are rounded by the largest of a table, so a text's vector would hang on those beside it.
        """
        made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for row, text in zip(made, texts, strict=True):
            ids = np.array([marked(self._pieces, text)], dtype=np.int64)
            row[:] = self._session.run([VECTOR], {IDS: ids})[0][0]
        return made
