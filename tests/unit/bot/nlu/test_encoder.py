from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import encoder
from bot.nlu.encoder import DIMENSIONS, encode, encode_many

SENTENCES = ["does an mri hurt", "¿duele una resonancia magnética?", "", "?", "日本 😀", "word " * 300]


@pytest.mark.parametrize("text", SENTENCES)
def test_a_vector_has_unit_length(text: str) -> None:
    vector = encode(text)
    assert (vector.shape, vector.dtype) == ((DIMENSIONS,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("english", "spanish", "unrelated"),
    [
        ("Does an MRI hurt?", "¿Duele una resonancia magnética?", "Where can I park my car?"),
        ("Can I eat before the scan?", "¿Puedo comer antes del examen?", "¿Cuándo salen los resultados?"),
        ("How much radiation do I get?", "¿Cuánta radiación recibo?", "What should I wear?"),
    ],
)
def test_a_sentence_is_nearer_to_its_translation_than_to_another(english: str, spanish: str, unrelated: str) -> None:
    assert encode(english) @ encode(spanish) > encode(english) @ encode(unrelated) + 0.1


def test_many_at_once_are_the_same_as_one_by_one_and_keep_their_order() -> None:
    texts = [f"sentence number {number}" for number in range(300)]
    vectors = encode_many(texts)
    assert vectors.shape == (300, DIMENSIONS)
    for place in (0, 255, 256, 299):
        assert vectors[place] @ encode(texts[place]) == pytest.approx(1.0, abs=1e-3)


def test_the_same_text_within_one_turn_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = encode("is it loud")
    monkeypatch.setattr(encoder, "encode_many", lambda texts: pytest.fail("computed again"))
    assert encode("is it loud") is first


def test_none_at_all() -> None:
    assert encode_many([]).shape == (0, DIMENSIONS)


# --- kept in a file ---

TEXTS = ["does it hurt", "can i eat", "", "¿duele?", "does it hurt"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "vectors.npy"


def test_what_is_kept_belongs_to_these_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "_VAR", tmp_path)
    encoder._of_these_weights.cache_clear()
    encoder.encode_kept(TEXTS)
    other = tmp_path / "other.onnx"
    other.write_bytes(b"other weights")
    monkeypatch.setattr(encoder, "WEIGHTS", other)
    encoder._of_these_weights.cache_clear()
    encoder.encode_kept(TEXTS)
    encoder._of_these_weights.cache_clear()
    assert len(list(tmp_path.glob("vectors-*.npy"))) == 2


def test_kept_vectors_are_those_of_the_encoder_in_the_order_of_the_texts(path: Path) -> None:
    vectors = encoder._KeptVectors(path)(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), DIMENSIONS), np.float32)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert vector == pytest.approx(encode(text), abs=1e-3)


def test_what_is_kept_is_not_computed_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = encoder._KeptVectors(path)(TEXTS)
    computed: list[str] = []

    def watched(texts: list[str]) -> np.ndarray:
        computed.extend(texts)
        return encode_many(texts)

    monkeypatch.setattr(encoder, "encode_many", watched)
    again = encoder._KeptVectors(path)
    assert np.array_equal(again(TEXTS), first)
    assert np.array_equal(again(TEXTS[::-1]), first[::-1])
    assert computed == []
    more = again(["is it loud", *TEXTS])
    assert computed == ["is it loud"]
    assert np.array_equal(more[1:], first)
    assert np.array_equal(encoder._KeptVectors(path)(["is it loud"]), more[:1])


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(lambda whole: b"", id="empty"),
        pytest.param(lambda whole: whole[:-100], id="cut off"),
        pytest.param(lambda whole: whole[:40], id="cut off at the beginning"),
        pytest.param(lambda whole: b"not an array" * 99, id="something else"),
    ],
)
def test_a_broken_file_is_made_anew(path: Path, broken: Callable[[bytes], bytes]) -> None:
    kept = encoder._KeptVectors(path)
    first = kept(TEXTS)
    whole = path.read_bytes()
    path.write_bytes(broken(whole))
    assert np.array_equal(kept(TEXTS), first)
    assert path.read_bytes() == whole


def test_a_file_of_other_numbers_is_made_anew(path: Path) -> None:
    kept = encoder._KeptVectors(path)
    first = kept(TEXTS)
    np.save(path, np.arange(9))
    assert np.array_equal(kept(TEXTS), first)


def test_nothing_is_kept_of_nothing(path: Path) -> None:
    assert encoder._KeptVectors(path)([]).shape == (0, DIMENSIONS)
    assert not path.exists()
