"""Decides, from the evidence, how likely each topic and each passage is to be what a message asks for.

Two conditional logit models, one over topics and one over the passages of a topic, beside the kinds of turn. The
weights are in `ranking_weights.json`, learnt from data/questions by `make rank`: one weight a feature, so that an error
can be traced to a number. Among the topics stands "none of them", which wins when a message names nothing known.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bot.nlu import kinds
from bot.nlu.evidence import PASSAGE_FEATURES, TOPIC_FEATURES, Asked, Evidence, Scores
from bot.nlu.kinds import KindModel
from content_db.sections import FAQ, PICTURED

WEIGHTS: Final = Path(__file__).with_name("ranking_weights.json")
Floats = NDArray[np.float64]
# The share of a topic that a message does no more than name.
BEYOND_DOUBT: Final = 0.9
# How likely an exam that is named must be, of the share of a page on safety, to stand before it. Of 3,002 questions,
# each by weights that had not seen it, this costs 2 a right topic; a tenth would cost 5.
NEARLY_AS_LIKELY: Final = 0.2
# How sure it must be that a section is asked for, and how likely its text, to stand before a particular question that
# may be a near miss.
ASKED_FOR: Final = 0.5
LIKELY_TOO: Final = 0.05


@dataclass(frozen=True)
class RankedPassage:
    """A passage with its share of the probability among those of its topic."""

    passage_id: str
    topic_id: str
    section: str
    probability: float


@dataclass(frozen=True)
class Ranking:
    """Topics with their probabilities, likeliest first, that of the first with those it can answer for (`_together`).

    `passages` are those of the first.
    """

    kinds: Mapping[str, float]
    topics: tuple[tuple[str, float], ...]
    passages: tuple[RankedPassage, ...]


class ConditionalLogit:
    """Probabilities over alternatives from a weighted sum of each one's features."""

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)

    def probabilities(self, features: Any) -> Floats:
        """Shape (alternatives, features) -> (alternatives,), which sum to 1."""
        scores = np.asarray(features, dtype=np.float64) @ self.weights
        shares = np.exp(scores - scores.max())
        return np.asarray(shares / shares.sum())

    @classmethod
    def fit(cls, groups: Sequence[tuple[Any, Any]], strength: float) -> ConditionalLogit:
        """Learn from (features, worth) of each message; those without a right alternative teach nothing.

        `strength` holds the weights near 0. The worth of an alternative is 1 where it is right and 0 where it is
        wrong; what is learnt is to choose something of worth.
        """
        useful = [(np.asarray(f, np.float64), np.asarray(w, np.float64)) for f, w in groups if len(set(w)) > 1]
        if not useful:
            raise ValueError("there is nothing to learn from")
        features = np.concatenate([f for f, _ in useful])
        worth = np.concatenate([w for _, w in useful])
        starts = np.cumsum([0, *(len(f) for f, _ in useful)])[:-1]
        group_of = np.repeat(np.arange(len(useful)), [len(f) for f, _ in useful])

        def loss(weights: Floats) -> tuple[float, Floats]:
            scores = features @ weights
            scores -= np.maximum.reduceat(scores, starts)[group_of]
            shares = np.exp(scores)
            everything = np.add.reduceat(shares, starts)
            good = np.add.reduceat(worth * shares, starts)
            wanted = worth * shares / good[group_of]
            slope = features.T @ (shares / everything[group_of] - wanted)
            value = -np.log(good / everything).sum() + 0.5 * strength * weights @ weights
            return float(value), slope + strength * weights

        found = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
        return cls(found.x)


NOTHING: Final = (
    *("is_none", "none_best_alias", "none_best_cover", "none_best_likeness", "none_best_votes"),
    *("none_named", "none_follows"),
)


def with_nothing(features: Any, asked: Asked) -> Floats:
    """The topics' features, and a last row for "none of them", which has columns of its own."""
    rows, columns = np.shape(features)
    table = np.zeros((rows + 1, columns + len(NOTHING)))
    table[:rows, :columns] = features
    at = TOPIC_FEATURES.index

    def best(name: str) -> float:
        return float(np.max(features[:, at(name)])) if rows else 0.0

    named = best("named")
    bests = [best(name) for name in ("alias_score", "alias_cover", "likeness", "votes")]
    table[rows, columns:] = [1.0, *bests, named, asked.follows]
    return table


def kind_row(
    ids: Sequence[str], table: Any, shares: Floats, asked: Asked, probabilities: Mapping[str, float], seen: float
) -> list[float]:
    """The numbers that the kind of turn is decided from; `table` are the topics' features without "none of them"."""
    at = TOPIC_FEATURES.index

    def best(name: str) -> float:
        return float(np.max(table[:, at(name)])) if len(ids) else 0.0

    return kinds.features(
        probabilities,
        seen_before=seen,
        topic=float(shares[:-1].max(initial=0.0)),
        no_topic=float(shares[-1]),
        names_exam=any(m.kind in PICTURED and not m.negated for m in asked.mentions),
        names_any=bool(asked.mentions),
        cover=best("alias_cover"),
        topic_likeness=best("likeness"),
        foreign=asked.foreign,
        words=len(asked.words),
    )


def _exam_before_safety(features: Any, shares: Floats) -> Floats:
    """The shares; where a page on safety is hardly likelier than the one exam that is named, theirs changed over.

    What the exam's own page tells cannot be about a wrong exam.
    """
    if not len(features):
        return shares
    of_safety, closely = (features[:, TOPIC_FEATURES.index(name)] for name in ("is_safety", "only_exam_named_closely"))
    best, named = int(np.argmax(shares[:-1])), int(np.argmax(closely))
    nearly = of_safety[best] and closely[named] and shares[named] >= NEARLY_AS_LIKELY * shares[best]
    return _changed_over(shares, best, named) if nearly else shares


def _together(
    evidence: Evidence, topics: Sequence[tuple[str, float]], named: Collection[str]
) -> tuple[tuple[str, float], ...]:
    """The topics; the likeliest with the shares of those that it can answer for as well as they could.

    Who asks what "a PET" is means PET in general, not one of the kinds below it that are not `named`.
    """
    if not topics:
        return ()
    (first, own), *others = topics
    akin = sum(
        share
        for topic_id, share in others
        if evidence.are_general(first, topic_id)
        or (first in named and topic_id not in named and first in evidence.line_of(topic_id)[1:])
    )
    return (first, own + akin), *others


def _no_near_miss(sections: Sequence[str], features: Any, shares: Floats) -> Floats:
    """The shares; where the best is a particular question without a telling word of the message, a likely text of the
    section asked for goes before it: "may I eat" is not "may I drink water", however near they lie.
    """
    telling, asked_for = (features[:, PASSAGE_FEATURES.index(n)] for n in ("faq_telling_word", "section_probability"))
    best = int(np.argmax(shares))
    if sections[best] != FAQ or telling[best]:
        return shares
    others = [
        place
        for place, section in enumerate(sections)
        if section != FAQ and asked_for[place] >= ASKED_FOR and shares[place] >= LIKELY_TOO
    ]
    return _changed_over(shares, best, max(others, key=lambda place: float(shares[place]))) if others else shares


def _changed_over(shares: Floats, one: int, other: int) -> Floats:
    changed = shares.copy()
    changed[[one, other]] = shares[[other, one]]
    return changed


class Ranker:
    """The three models."""

    def __init__(self, topics: ConditionalLogit, passages: ConditionalLogit, kind: KindModel) -> None:
        self._topics = topics
        self._passages = passages
        self._kind = kind

    def rank(self, evidence: Evidence, asked: Asked, probabilities: Mapping[str, float], seen: float) -> Ranking:
        """The kinds of turn, the topics that come into question, and the passages of the likeliest.

        `probabilities` are those of the intents, `seen` is the message's likeness to the training sentences.
        """
        scores = evidence.scores(asked)
        ids, table = evidence.topics(asked, scores)
        shares = self._topics.probabilities(with_nothing(table, asked))
        if asked.only in ids:
            shares = (1 - BEYOND_DOUBT) * shares
            shares[ids.index(asked.only)] += BEYOND_DOUBT
        shares = _exam_before_safety(table, shares)
        named = {mention.topic_id for mention in asked.mentions if not mention.negated}
        topics = _together(evidence, [(ids[i], float(shares[i])) for i in np.argsort(-shares[:-1])], named)
        return Ranking(
            kinds=self._kind.probabilities(kind_row(ids, table, shares, asked, probabilities, seen)),
            topics=topics,
            passages=self.passages(evidence, asked, scores, topics[0][0]) if topics else (),
        )

    def passages(self, evidence: Evidence, asked: Asked, scores: Scores, topic_id: str) -> tuple[RankedPassage, ...]:
        """The passages that may answer for a topic, likeliest first."""
        passages, features = evidence.of_topic(topic_id, asked, scores)
        if not passages:
            return ()
        shares = _no_near_miss([p.section for p in passages], features, self._passages.probabilities(features))
        return tuple(
            RankedPassage(passages[i].id, passages[i].topic_id, passages[i].section, float(shares[i]))
            for i in np.argsort(-shares)
        )

    def tables(self) -> dict[str, Any]:
        """The weights by the names of their features."""
        return {
            "topics": dict(zip((*TOPIC_FEATURES, *NOTHING), self._topics.weights.round(4).tolist(), strict=True)),
            "passages": dict(zip(PASSAGE_FEATURES, self._passages.weights.round(4).tolist(), strict=True)),
            "kinds": {
                kind: dict(zip(kinds.FEATURES, column.round(4).tolist(), strict=True))
                for kind, column in zip(kinds.KINDS, self._kind.weights.T, strict=True)
            },
        }

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> Ranker:
        """Read `tables` back. KeyError when a feature has no weight."""
        return cls(
            ConditionalLogit([tables["topics"][name] for name in (*TOPIC_FEATURES, *NOTHING)]),
            ConditionalLogit([tables["passages"][name] for name in PASSAGE_FEATURES]),
            KindModel(np.array([[tables["kinds"][kind][name] for kind in kinds.KINDS] for name in kinds.FEATURES])),
        )


@dataclass(frozen=True)
class Rankers:
    """One for the first words of a talk, and one for what follows: there the same words lean on what was said.

    With weights for both alike, 0.829 of the texts of first words were right in place of 0.837 (5,663 questions, each
    by weights that had not seen it).
    """

    opening: Ranker
    in_talk: Ranker

    def rank(self, evidence: Evidence, asked: Asked, probabilities: Mapping[str, float], seen: float) -> Ranking:
        """As Ranker.rank."""
        return (self.opening if asked.topic is None else self.in_talk).rank(evidence, asked, probabilities, seen)

    def save(self, path: Path = WEIGHTS) -> None:
        """Write the weights."""
        tables = {name: one.tables() for name, one in vars(self).items()}
        path.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Rankers:
        """Read `save` back. KeyError when a feature has no weight: `make rank` was not run after a change."""
        tables = json.loads(path.read_text(encoding="utf-8"))
        return cls(Ranker.of(tables["opening"]), Ranker.of(tables["in_talk"]))


@lru_cache(maxsize=1)
def rankers() -> Rankers:
    """Those of the shipped weights."""
    return Rankers.load()
