"""Decides which kind of turn a message calls for: an answer, a refusal of personal advice, "not our subject" …

A multinomial logistic regression over a handful of numbers: what the section classifier thinks, and how well the
message fits any topic. Its weights stand beside the ranker's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from content_db.sections import SECTIONS

KINDS: Final = ("answer", "personal_advice", "out_of_scope", "handoff", "service", "chitchat", "emergency")
_GROUPS: Final = {
    "follow_up": "answer",
    "bare_topic": "answer",
    "choose": "answer",
    "personal_advice": "personal_advice",
    "out_of_scope": "out_of_scope",
    "handoff": "handoff",
    "service": "service",
    "emergency": "emergency",
}
FEATURES: Final = (
    "bias",
    *(f"log_{kind}" for kind in KINDS),
    *(f"share_{kind}" for kind in KINDS),
    "seen_before",
    "topic",
    "no_topic",
    "names_exam",
    "names_any",
    "cover",
    "topic_likeness",
    "foreign",
    "length",
)
_FLOOR: Final = 0.002


def group_of(intent: str) -> str:
    """The kind of turn that an intent belongs to."""
    if intent in SECTIONS:
        return "answer"
    return "chitchat" if intent.startswith("chitchat") else _GROUPS.get(intent, "answer")


def features(
    probabilities: Mapping[str, float],
    *,
    seen_before: float,
    topic: float,
    no_topic: float,
    names_exam: bool,
    names_any: bool,
    cover: float,
    topic_likeness: float,
    foreign: bool,
    words: int,
) -> list[float]:
    """The numbers of one message, in the order of FEATURES.

    `seen_before` is its likeness to the training sentences, `topic` and `no_topic` are the ranker's probabilities.
    """
    shares = dict.fromkeys(KINDS, 0.0)
    for intent, probability in probabilities.items():
        shares[group_of(intent)] += probability
    return [
        1.0,
        *(float(np.log(shares[kind] + _FLOOR)) for kind in KINDS),
        *(shares[kind] for kind in KINDS),
        seen_before,
        topic,
        no_topic,
        float(names_exam),
        float(names_any),
        cover,
        topic_likeness,
        float(foreign),
        float(np.log1p(words)),
    ]


class KindModel:
    """Probabilities of the KINDS."""

    def __init__(self, weights: NDArray[np.float64]) -> None:
        """`weights` has a row a feature and a column a kind."""
        self.weights = weights

    def probabilities(self, row: Sequence[float]) -> dict[str, float]:
        """The probability of each kind for one row of FEATURES."""
        scores = np.asarray(row) @ self.weights
        shares = np.exp(scores - scores.max())
        return dict(zip(KINDS, (shares / shares.sum()).tolist(), strict=True))

    @classmethod
    def fit(cls, rows: Sequence[Sequence[float]], kinds: Sequence[Sequence[str]], strength: float) -> KindModel:
        """Learn from rows and, for each, every kind that would be right."""
        table = np.asarray(rows, dtype=np.float64)
        right = np.array([[kind in allowed for kind in KINDS] for allowed in kinds])
        shape = (table.shape[1], len(KINDS))

        def loss(flat: NDArray[np.float64]) -> tuple[float, Any]:
            weights = flat.reshape(shape)
            scores = table @ weights
            scores -= scores.max(axis=1, keepdims=True)
            shares = np.exp(scores)
            shares /= shares.sum(axis=1, keepdims=True)
            good = (shares * right).sum(axis=1, keepdims=True) + 1e-12
            slope = table.T @ (shares - shares * right / good) + strength * weights
            return float(-np.log(good).sum() + 0.5 * strength * flat @ flat), slope.ravel()

        found = minimize(loss, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 400})
        return cls(found.x.reshape(shape))
