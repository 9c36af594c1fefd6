"""Tells which section (or kind of turn) a message asks for. Pure: no Rasa here.

Word and letter n-grams beside a sentence vector go into a logistic regression; how much the message is like anything
that it was trained on scales the probability, because a classifier is sure of nonsense too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.nlu.encoder import Vectors, encode, encode_many
from content_db.folding import fold

DENSE_WEIGHT: Final = 3.0
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


@dataclass(frozen=True)
class Guess:
    """An intent with its probability scaled by likeness, 0 to 1."""

    intent: str
    confidence: float


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

    @classmethod
    def train(cls, texts: Sequence[str], intents: Sequence[str]) -> IntentModel:
        """Fit on masked sentences and their intents. ValueError if there are fewer than two intents."""
        if len(set(intents)) < 2:
            raise ValueError("at least two intents are needed")
        folded = [fold(text) for text in texts]
        words = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\S+")
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2)
        vectors = encode_many([text.lower() for text in texts])
        features = sparse.hstack(
            [words.fit_transform(folded), letters.fit_transform(folded), sparse.csr_matrix(DENSE_WEIGHT * vectors)]
        ).tocsr()
        regression = LogisticRegression(C=10.0, max_iter=300, class_weight="balanced").fit(features, list(intents))
        slopes, bias = regression.coef_, regression.intercept_
        if len(regression.classes_) == 2:
            # scikit-learn keeps one row for two classes: the second against the first.
            slopes, bias = np.vstack([0 * slopes, slopes]), np.concatenate([[0.0], bias])
        weights = np.ascontiguousarray(slopes.T, dtype=np.float32)
        return cls(words, letters, regression.classes_.tolist(), weights, bias.astype(np.float32), vectors)

    def rank(self, text: str) -> list[Guess]:
        """Every intent for a masked sentence, likeliest first."""
        folded = [fold(text)]
        vector = encode(text.lower())
        grams = sparse.hstack([self._words.transform(folded), self._letters.transform(folded)]).tocsr()
        # Only the few rows of the features that occur: scikit-learn would copy the whole table for every message.
        scores = grams.data.astype(np.float32) @ self._weights[grams.indices]
        scores += DENSE_WEIGHT * vector @ self._weights[grams.shape[1] :] + self._bias
        probabilities = np.exp(scores - scores.max())
        probabilities /= probabilities.sum()
        likeness = np.partition(self._examples @ vector, -NEIGHBOURS)[-NEIGHBOURS:].mean()
        scale = float(np.clip(likeness, 0.0, 1.0))
        order = np.argsort(-probabilities)
        return [Guess(self._intents[i], float(probabilities[i]) * scale) for i in order]
