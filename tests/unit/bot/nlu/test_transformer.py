from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.nlu.encoder_file import save, stored
from bot.nlu.transformer import DIMENSIONS, MOST_PIECES, Floats, Transformer

PIECES = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{letter}" for letter in "abcdefghij")]
SCORES = [0.0] * 4 + [-3.0] * 10


def weights(layers: int = 2) -> dict[str, Floats]:
    """Random ones, small enough that the norms have something to do."""
    chance = np.random.default_rng(3)

    def some(*shape: int) -> Floats:
        return (0.05 * chance.standard_normal(shape)).astype(np.float32)

    made = {"emb": some(len(PIECES), DIMENSIONS), "pos": some(MOST_PIECES + 2, DIMENSIONS)}
    made |= {"eln_w": 1 + some(DIMENSIONS), "eln_b": some(DIMENSIONS)}
    for number in range(layers):
        own = {"qkv": some(DIMENSIONS, 3 * DIMENSIONS), "qkvb": some(3 * DIMENSIONS)}
        own |= {"o": some(DIMENSIONS, DIMENSIONS), "ob": some(DIMENSIONS)}
        own |= {"a": some(DIMENSIONS, 4 * DIMENSIONS), "ab": some(4 * DIMENSIONS)}
        own |= {"b": some(4 * DIMENSIONS, DIMENSIONS), "bb": some(DIMENSIONS)}
        own |= {f"l{place}{kind}": some(DIMENSIONS) + (kind == "w") for place in (1, 2) for kind in "wb"}
        made |= {f"l{number}_{name}": values for name, values in own.items()}
    return made


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("weights") / "encoder.onnx"
    save(file, weights(), PIECES, SCORES)
    return file


@pytest.fixture(scope="module")
def encoder(path: Path) -> Transformer:
    return Transformer(path)


def test_every_vector_has_unit_length_also_of_nothing(encoder: Transformer) -> None:
    vectors = encoder.vectors(["a b", "", "日本", "a " * 500])
    assert (vectors.shape, vectors.dtype) == ((4, DIMENSIONS), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_a_text_has_one_vector_whatever_stands_beside_it_and_in_its_place(encoder: Transformer) -> None:
    texts = ["a b c", "j", "a b c d e f g h i j", *(f"a {'b ' * n}" for n in range(80))]
    together = encoder.vectors(texts)
    for place in (0, 1, 2, 40, len(texts) - 1):
        assert together[place] @ encoder.vectors([texts[place]])[0] == pytest.approx(1.0, abs=1e-5)


def test_the_order_of_words_counts(encoder: Transformer) -> None:
    vectors = encoder.vectors(["a b c", "c b a"])
    assert vectors[0] @ vectors[1] < 0.9999


def test_of_a_long_text_both_ends_are_read(encoder: Transformer) -> None:
    filler = "b " * 300
    plain, begun, ended = encoder.vectors([f"a {filler}a", f"c {filler}a", f"a {filler}c"])
    assert plain @ begun < 0.9999
    assert plain @ ended < 0.9999


def test_none_at_all(encoder: Transformer) -> None:
    assert encoder.vectors([]).shape == (0, DIMENSIONS)


def test_what_is_stored_is_what_was_saved_but_for_the_rounding(tmp_path: Path) -> None:
    given, path = weights(), tmp_path / "encoder.onnx"
    save(path, given, PIECES, SCORES)
    read, pieces, scores = stored(path)
    assert (pieces, scores) == (PIECES, pytest.approx(SCORES))
    assert set(read) == set(given)
    for name, values in given.items():
        assert np.abs(read[name] - values).max() <= np.abs(values).max() / 100 + 1e-6


def test_eight_bits_change_a_vector_little(tmp_path: Path, encoder: Transformer) -> None:
    """Against the same arithmetic in 64 bits on the weights as they were."""
    own = {name: values.astype(np.float64) for name, values in weights().items()}
    ids = [0, 4, 9, 6, 2]
    x = own["emb"][ids] + own["pos"][: len(ids)]

    def normed(x: Floats, weight: Floats, bias: Floats) -> Floats:
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * weight + bias

    x = normed(x, own["eln_w"], own["eln_b"])
    for layer in ("l0_", "l1_"):
        q, k, v = np.split(x @ own[layer + "qkv"] + own[layer + "qkvb"], 3, axis=1)
        seen = np.zeros_like(x)
        for head in range(12):
            at = slice(32 * head, 32 * head + 32)
            shares = np.exp(q[:, at] @ k[:, at].T / np.sqrt(32))
            seen[:, at] = shares / shares.sum(1, keepdims=True) @ v[:, at]
        x = normed(x + seen @ own[layer + "o"] + own[layer + "ob"], own[layer + "l1w"], own[layer + "l1b"])
        inner = x @ own[layer + "a"] + own[layer + "ab"]
        inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
        x = normed(x + inner @ own[layer + "b"] + own[layer + "bb"], own[layer + "l2w"], own[layer + "l2b"])
    mean = x.mean(0)
    assert encoder.vectors(["a f c"])[0] @ (mean / np.linalg.norm(mean)) > 0.999
