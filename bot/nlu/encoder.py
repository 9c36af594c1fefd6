"""Turns sentences into vectors that lie close when they ask the same. English and Spanish share one space.

The weights (encoder.onnx) were learnt by `make encoder` from how patients ask, beginning with multilingual E5 small;
they come with the code. One instance serves the whole process.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from bot.nlu.transformer import DIMENSIONS, Floats, Transformer
from content_db.settings import PROJECT

Vectors = Floats
WEIGHTS: Final = Path(__file__).with_name("encoder.onnx")
_VAR: Final = PROJECT / "var"


@lru_cache(maxsize=1)
def _model() -> Transformer:
    return Transformer(WEIGHTS)


@lru_cache(maxsize=512)
def encode(text: str) -> Vectors:
    """The unit-length vector of one sentence, shape (384,). The same text within one turn is computed once."""
    vector: Vectors = encode_many((text,))[0]
    return vector


def encode_many(texts: Sequence[str]) -> Vectors:
    """The unit-length vectors of many sentences, shape (len(texts), 384)."""
    return _model().vectors(texts)


_Encode = Callable[[Sequence[str]], Vectors]
_KEPT: Final = np.dtype([("text", np.uint64), ("vector", np.float16, (DIMENSIONS,))])


class _KeptVectors:
    """Vectors in a file, by the hash of their text: to compute ten thousand takes a minute."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, texts: Sequence[str], encode: _Encode | None = None) -> Vectors:
        hashes = np.array([_hash(text) for text in texts], dtype=np.uint64)
        kept = self._read()
        there = np.isin(hashes, kept["text"])
        if not there.all():
            new = {int(h): text for h, text, known in zip(hashes, texts, there, strict=True) if not known}
            kept = self._write(kept, new, encode or encode_many)
        rows = np.searchsorted(kept["text"], hashes)
        return np.asarray(kept["vector"][rows], dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def _read(self) -> Any:
        try:
            kept = np.load(self._path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            kept = None
        return kept if kept is not None and kept.dtype == _KEPT else np.zeros(0, dtype=_KEPT)

    def _write(self, kept: Any, new: Mapping[int, str], encode: _Encode) -> Any:
        added = np.zeros(len(new), dtype=_KEPT)
        added["text"] = list(new)
        added["vector"] = encode(list(new.values()))
        everything = np.concatenate([kept, added])
        everything = everything[np.argsort(everything["text"])]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        path = self._path.with_suffix(f".{os.getpid()}.npy")
        np.save(path, everything)
        path.replace(self._path)
        return everything


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=1)
def _of_these_weights() -> _KeptVectors:
    return _KeptVectors(_VAR / f"vectors-{hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()[:12]}.npy")


def encode_kept(texts: Sequence[str], encode: _Encode | None = None) -> Vectors:
    """As encode_many, but what was computed before is read from a file; `encode` is used for the others, if given."""
    return _of_these_weights()(texts, encode)
