from __future__ import annotations

import numpy as np
import pytest

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
    assert encode(english) @ encode(spanish) > encode(english) @ encode(unrelated) + 0.2


def test_many_at_once_are_the_same_as_one_by_one_and_keep_their_order() -> None:
    texts = [f"sentence number {number}" for number in range(300)]
    vectors = encode_many(texts)
    assert vectors.shape == (300, DIMENSIONS)
    for place in (0, 255, 256, 299):
        assert vectors[place] @ encode(texts[place]) == pytest.approx(1.0, abs=1e-3)


def test_none_at_all() -> None:
    assert encode_many([]).shape == (0, DIMENSIONS)
