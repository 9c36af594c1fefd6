"""Tells which section (or kind of turn) a message asks for. Pure: no Rasa here.

Word and letter n-grams beside a sentence vector go into a logistic regression; how much the message is like anything
that it was trained on scales the probability, because a classifier is sure of nonsense too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.encoder import Vectors, encode, encode_kept
from content_db.folding import fold

DENSE_WEIGHT: Final = 1.0
# Longer pieces of words take a third more time to learn and tell nothing more.
LETTERS: Final = (2, 4)
# How freely the weights may grow, and how long they are improved: with a third of the steps, three sections in a
# hundred more are wrong; with more, none fewer.
C: Final = 2.0
MOST_STEPS: Final = 150
# Of many sentences, pieces that occur more rarely than this tell nothing.
FEWEST_TIMES: Final = 3
MANY: Final = 5000
# How many training sentences a message is compared with: more tell no better what is strange, and cost more.
EXAMPLES_KEPT: Final = 6000
NEIGHBOURS: Final = 3
MASKS: Final = {
    "exam": "scan",
    "pediatric": "scan",
    "treatment": "treatment",
    "condition": "disease",
}


def mask(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    """Put a plain word in the place of each named topic: `spans` are (start, end, kind), characters of `text`.

    What is learnt is the question, whatever exam it is about; kinds without a mask word stay as written.
    """
    result, position = [], 0
    for start, end, kind in sorted(spans):
        if start < position or kind not in MASKS:
            continue
        result += [text[position:start], MASKS[kind]]
        position = end
    return "".join([*result, text[position:]])


class Grams:
    """A trained TfidfVectorizer applied to one text by its own tables: its checks would cost more than the work."""

    def __init__(self, vectorizer: Any, offset: int) -> None:
        """`offset` is added to the places of its features."""
        self._analyze = vectorizer.build_analyzer()
        self._place_of: dict[str, int] = vectorizer.vocabulary_
        self._idf = np.asarray(vectorizer.idf_, dtype=np.float32)
        self._offset = offset

    def __call__(self, text: str) -> tuple[Any, Vectors]:
        """Places and values of the features in `text`: sublinear counts times idf, of unit length."""
        counts = Counter(place for gram in self._analyze(text) if (place := self._place_of.get(gram)) is not None)
        places = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))) * self._idf[places]
        length = float(np.linalg.norm(values))
        return places + self._offset, values / length if length else values


def _fit(grams: Any, dense: Vectors, classes: Sequence[int]) -> tuple[Vectors, Vectors]:
    """Multinomial logistic regression: weights (features, classes), bias (classes,).

    A sentence of a rare class weighs more than one of a frequent class, by the root of how rare it is.

    scikit-learn's takes sparse features only, and as such the sentence vectors cost more than all the rest.
    """
    target = np.asarray(classes)
    rows, kinds = len(target), int(target.max()) + 1
    weight = np.sqrt(rows / (kinds * np.bincount(target)))[target].astype(np.float32)
    by_gram = grams.T.tocsr()
    sizes = (grams.shape[1], dense.shape[1], 1)
    cuts = np.cumsum([size * kinds for size in sizes])[:-1]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        sparse_part, dense_part, bias = (part.reshape(-1, kinds) for part in np.split(flat.astype(np.float32), cuts))
        scores = grams @ sparse_part + dense @ dense_part + bias
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        value = -float((weight * np.log(shares[np.arange(rows), target] + 1e-12)).sum())
        shares[np.arange(rows), target] -= 1
        shares *= weight[:, None]
        slope = np.concatenate([(by_gram @ shares).ravel(), (dense.T @ shares).ravel(), shares.sum(axis=0)])
        held = flat.copy()
        held[cuts[-1] :] = 0
        return value + 0.5 * float(held @ held) / C, slope.astype(np.float64) + held / C

    start = np.zeros(sum(sizes) * kinds)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS, "maxcor": 6}).x
    sparse_part, dense_part, bias = (part.reshape(-1, kinds) for part in np.split(found.astype(np.float32), cuts))
    return np.concatenate([sparse_part, dense_part]), bias[0]


class IntentModel:
    """The trained classifier. Holds scikit-learn vectorizers: load it with the scikit-learn it was trained with."""

    def __init__(
        self, words: Any, letters: Any, intents: Sequence[str], weights: Vectors, bias: Vectors, examples: Vectors
    ) -> None:
        """`weights` has a row a feature (words, letters, sentence vector) and a column an intent; `bias` one an intent.

        `examples` are the vectors of the training sentences, a row each.
        """
        self._words = words
        self._letters = letters
        self._intents = list(intents)
        self._weights = weights
        self._bias = bias
        self._examples = examples

    @cached_property
    def _grams(self) -> tuple[Grams, Grams]:
        return Grams(self._words, 0), Grams(self._letters, len(self._words.vocabulary_))

    @property
    def _dense_weights(self) -> Vectors:
        return self._weights[len(self._words.vocabulary_) + len(self._letters.vocabulary_) :]

    @classmethod
    def train(cls, texts: Sequence[str], intents: Sequence[str]) -> IntentModel:
        """Fit on masked sentences and their intents. ValueError if there are fewer than two intents."""
        if len(set(intents)) < 2:
            raise ValueError("at least two intents are needed")
        folded = [fold(text) for text in texts]
        seen = {"sublinear_tf": True, "min_df": FEWEST_TIMES if len(texts) >= MANY else 1}
        words = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), token_pattern=r"\S+", **seen)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=LETTERS, **seen)
        vectors = encode_kept([text.lower() for text in texts])
        grams = sparse.hstack([words.fit_transform(folded), letters.fit_transform(folded)]).tocsr()
        names = sorted(set(intents))
        weights, bias = _fit(grams.astype(np.float32), DENSE_WEIGHT * vectors, [names.index(i) for i in intents])
        return cls(words, letters, names, weights, bias, vectors[:: len(vectors) // EXAMPLES_KEPT + 1])

    def probabilities(self, text: str) -> tuple[dict[str, float], float]:
        """The probability of every intent for a masked sentence, and how like it is to what the model has seen."""
        folded, vector = fold(text), encode(text.lower())
        scores = DENSE_WEIGHT * vector @ self._dense_weights + self._bias
        for grams in self._grams:
            places, values = grams(folded)
            # Only the few rows of the features that occur: scikit-learn would copy the whole table for every message.
            scores += values @ self._weights[places]
        probabilities = np.exp(scores - scores.max())
        probabilities /= probabilities.sum()
        likeness = np.partition(self._examples @ vector, -NEIGHBOURS)[-NEIGHBOURS:].mean()
        return dict(zip(self._intents, probabilities.tolist(), strict=True)), float(likeness)
