"""The sentence encoder's arithmetic: word pieces in, one vector a text out. Pure numpy, one core, no framework.

A six-layer BERT encoder (Devlin et al., NAACL 2019) of 384 dimensions and 12 heads, with the mean of its last layer as
the text's vector. Weights are read from one file, where they lie as whole numbers of 8 bits with a scale a column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.nlu.word_pieces import WordPieces

Floats = NDArray[np.float32]
DIMENSIONS: Final = 384
HEADS: Final = 12
# Ids of the marks in the vocabulary.
START, PADDING, END, UNKNOWN = range(4)
# Of a longer text both ends are read.
MOST_PIECES: Final = 94
_EPSILON: Final = 1e-5
_SCALE: Final = "_scale"
_BATCH: Final = 16


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

    def __init__(self, weights: Mapping[str, Any], pieces: WordPieces) -> None:
        self._pieces = pieces
        self._table, self._table_scale = weights["emb"], weights["emb" + _SCALE]
        self._positions = weights["pos"].astype(np.float32)
        self._norm = weights["eln_w"], weights["eln_b"]
        self._layers: list[dict[str, Floats]] = []
        while f"l{len(self._layers)}_qkv" in weights:
            prefix = f"l{len(self._layers)}_"
            names = [name.removeprefix(prefix) for name in weights if name.startswith(prefix)]
            self._layers.append({name: _whole(weights, prefix + name) for name in names if not name.endswith(_SCALE)})

    @classmethod
    def load(cls, path: Path) -> Transformer:
        """Read what `save` wrote."""
        weights, pieces, scores = _read(path)
        return cls(weights, WordPieces(pieces, scores, UNKNOWN))

    def vectors(self, texts: Sequence[str]) -> Floats:
        """The unit-length vectors of the texts, shape (len(texts), DIMENSIONS)."""
        ids = [marked(self._pieces, text) for text in texts]
        made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for first in range(0, len(texts), _BATCH):
            made[first : first + _BATCH] = self._forward(ids[first : first + _BATCH])
        return made

    def _forward(self, lists: Sequence[Sequence[int]]) -> Floats:
        """The texts stand one after the other in one table of pieces: to read the weights costs as much for one."""
        ids = np.concatenate([np.asarray(own) for own in lists])
        places = np.concatenate([np.arange(len(own)) for own in lists])
        ends = np.cumsum([len(own) for own in lists])
        spans = [slice(end - len(own), end) for own, end in zip(lists, ends.tolist(), strict=True)]
        x = (self._table[ids] * self._table_scale[ids] + self._positions[places]).astype(np.float32)
        x = _normed(x, *self._norm)
        for layer in self._layers:
            heads = (x @ layer["qkv"] + layer["qkvb"]).reshape(len(ids), 3, HEADS, -1)
            seen = np.concatenate([_attended(heads[span]) for span in spans])
            x = _normed(x + seen @ layer["o"] + layer["ob"], layer["l1w"], layer["l1b"])
            inner = _gelu(x @ layer["a"] + layer["ab"])
            x = _normed(x + inner @ layer["b"] + layer["bb"], layer["l2w"], layer["l2b"])
        means = np.stack([x[span].mean(axis=0) for span in spans])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def _attended(heads: Floats) -> Floats:
    """What each piece of one text sees in the others: (pieces, 3, HEADS, width) -> (pieces, DIMENSIONS)."""
    query, key, value = heads.transpose(1, 2, 0, 3)
    shares = query @ key.swapaxes(-1, -2) * np.float32(heads.shape[-1] ** -0.5)
    shares = np.exp(shares - shares.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return np.asarray((shares @ value).swapaxes(0, 1).reshape(len(heads), -1))


def save(path: Path, weights: Mapping[str, Floats], pieces: Sequence[str], scores: Sequence[float]) -> None:
    """Write weights by name and the vocabulary. Matrices are rounded to 8 bits, a scale for each row of `emb`, for each
    column of others."""
    written: dict[str, Any] = {
        "pieces": np.frombuffer("\n".join(pieces).encode(), dtype=np.uint8),
        "scores": np.asarray(scores, dtype=np.float32),
    }
    for name, values in weights.items():
        if values.ndim < 2 or name == "pos":
            written[name] = values.astype(np.float16 if name == "pos" else np.float32)
            continue
        scale = np.abs(values).max(axis=1 if name == "emb" else 0, keepdims=True) / 127
        written[name] = np.round(values / np.maximum(scale, 1e-12)).astype(np.int8)
        written[name + _SCALE] = scale.astype(np.float32)
    np.savez_compressed(path, **written)


def stored(path: Path) -> tuple[dict[str, Floats], list[str], list[float]]:
    """What `save` was given, but for the rounding: weights by name, the pieces and their scores."""
    weights, pieces, scores = _read(path)
    return {name: _whole(weights, name) for name in weights if not name.endswith(_SCALE)}, pieces, scores


def _read(path: Path) -> tuple[dict[str, Any], list[str], list[float]]:
    with np.load(path, allow_pickle=False) as file:
        weights = dict(file)
    return weights, weights.pop("pieces").tobytes().decode().split("\n"), weights.pop("scores").tolist()


def _whole(weights: Mapping[str, Any], name: str) -> Floats:
    scale = weights.get(name + _SCALE)
    values = weights[name]
    return np.asarray(values if scale is None else values * scale, dtype=np.float32)


def _normed(x: Floats, weight: Floats, bias: Floats) -> Floats:
    away = x - x.mean(axis=-1, keepdims=True)
    spread = np.einsum("ij,ij->i", away, away)[:, None] / np.float32(x.shape[-1])
    return np.asarray(away / np.sqrt(spread + np.float32(_EPSILON)) * weight + bias)


def _gelu(x: Floats) -> Floats:
    """The Gaussian error linear unit by its tanh approximation, written with one exponential."""
    cubic = np.float32(-1.5957691) * (x + np.float32(0.044715) * x * x * x)
    # Beyond this, the share is 0 or 1 in 32 bits anyhow, and the exponential would overflow.
    np.clip(cubic, -80, 80, out=cubic)
    return np.asarray(x / (1 + np.exp(cubic)))
