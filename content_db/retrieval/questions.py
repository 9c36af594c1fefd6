"""Finds the `faq` passage whose question is the one that was asked. Pure: built from questions and an encoder.

Half of the score is meaning (cosine of sentence vectors), half is wording (rare words in common), so that
"can I wear deodorant" finds the deodorant question and not the nearest one about clothes. A question whose most telling
word is not in the message is another question, however alike the sentences are ("what does hypodense mean" is not
"what does unremarkable mean"): its score is halved, unless the two mean the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from content_db.folding import fold

_SAME_MEANING = 0.9
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "before",
        "after",
        "by",
        "can",
        "could",
        "do",
        "does",
        "during",
        "for",
        "from",
        "get",
        "go",
        "had",
        "have",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "of",
        "on",
        "or",
        "should",
        "so",
        "still",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "was",
        "what",
        "when",
        "which",
        "while",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "exam",
        "scan",
        "test",
        "al",
        "con",
        "cuando",
        "de",
        "del",
        "el",
        "en",
        "es",
        "esta",
        "hay",
        "la",
        "las",
        "lo",
        "los",
        "me",
        "mi",
        "mis",
        "o",
        "para",
        "por",
        "puedo",
        "que",
        "se",
        "si",
        "sin",
        "su",
        "sus",
        "tengo",
        "un",
        "una",
        "y",
    ]
)


@dataclass(frozen=True)
class FaqQuestion:
    """A particular question and the passage that answers it."""

    passage_id: str
    topic_id: str
    language: str
    question: str


@dataclass(frozen=True)
class Match:
    """A question that resembles the message; `score` from 0 to 1."""

    passage_id: str
    score: float


def _words(text: str) -> set[str]:
    return {word.rstrip("s") if len(word) > 4 else word for word in fold(text).split()} - _STOP


class QuestionIndex:
    """Every particular question, ready to be compared. `encode_many` gives unit-length vectors, one row a text."""

    def __init__(self, questions: Sequence[FaqQuestion], encode_many: Callable[[Sequence[str]], Any]) -> None:
        self._questions = list(questions)
        self._vectors = encode_many([question.question.lower() for question in self._questions])
        self._word_sets = [_words(question.question) for question in self._questions]
        seen = Counter(word for words in self._word_sets for word in words)
        total = max(len(self._questions), 1)
        self._rarity = {word: math.log(1 + total / count) for word, count in seen.items()}
        self._unseen = math.log(1 + total)
        self._most_telling = [max(words, key=self._rarity.__getitem__, default="") for words in self._word_sets]

    def match(self, text: str, vector: Any, topic_ids: Sequence[str], most: int = 3) -> list[Match]:
        """The questions of these topics most like `text` (whose vector is given), best first."""
        words = _words(text)
        wanted = set(topic_ids)
        matches = []
        for place, question in enumerate(self._questions):
            if question.topic_id in wanted:
                meaning = float(self._vectors[place] @ vector)
                score = 0.5 * max(meaning, 0.0) + 0.5 * self._overlap(words, self._word_sets[place])
                if meaning < _SAME_MEANING and self._most_telling[place] not in words:
                    score /= 2
                matches.append(Match(question.passage_id, score))
        return sorted(matches, key=lambda match: -match.score)[:most]

    def _overlap(self, asked: set[str], known: set[str]) -> float:
        common = sum(self._rarity[word] for word in asked & known)
        either = sum(self._rarity.get(word, self._unseen) for word in asked | known)
        return common / either if either else 0.0
