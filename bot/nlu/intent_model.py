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
    "screening": "scan",
    "report": "report",
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
    """The trained classifier. Holds scikit-learn objects: load it with the scikit-learn it was trained with."""

    def __init__(self, words: Any, letters: Any, regression: Any, examples: Vectors) -> None:
        self._words = words
        self._letters = letters
        self._regression = regression
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
        return cls(words, letters, regression, vectors)

    def rank(self, text: str) -> list[Guess]:
        """Every intent for a masked sentence, likeliest first."""
        folded = [fold(text)]
        vector = encode(text.lower())
        features = sparse.hstack(
            [
                self._words.transform(folded),
                self._letters.transform(folded),
                sparse.csr_matrix(DENSE_WEIGHT * vector[None, :]),
            ]
        ).tocsr()
        probabilities = self._regression.predict_proba(features)[0]
        likeness = np.partition(self._examples @ vector, -NEIGHBOURS)[-NEIGHBOURS:].mean()
        scale = float(np.clip(likeness, 0.0, 1.0))
        order = np.argsort(-probabilities)
        return [Guess(str(self._regression.classes_[i]), float(probabilities[i]) * scale) for i in order]
