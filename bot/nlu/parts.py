"""Finds in a message what it asks: the two questions of one that holds two, and the question that a story ends with.

Pure; whether two can be answered is decided by the ranker.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from content_db.folding import fold

MOST: Final = 2
_FEWEST_WORDS: Final = 3
# A question of fewer words ("is that normal?") is about what the sentence before it says.
_FEWEST_ALONE: Final = 4
# Of the openers, those that a sentence may begin with that only tells.
_ALSO_TOLD: Final = frozenset({"me", "tengo", "es", "hay", "duele", "may", "will"})
_SENTENCES: Final = re.compile(r"(?<=[?!.;])\s+|\n+|\s+(?=¿)")


@lru_cache(maxsize=1)
def _openers() -> tuple[frozenset[str], re.Pattern[str]]:
    """Words that a question begins with; and where a second one begins after "and"."""
    lists = yaml.safe_load(Path(__file__).with_name("language_words.yml").read_text(encoding="utf-8"))
    openers = frozenset(lists["question_openers"].split())
    joints = "|".join(sorted(lists["question_joints"].split()))
    return openers, re.compile(rf"(?:,\s*)?\s+(?:{joints})\s+(?=(?:{'|'.join(sorted(openers))})\b)", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    """The sentences of a message, one at least; the first stands where it stood in it."""
    first, *more = (sentence.rstrip() for sentence in _SENTENCES.split(text))
    return [first, *filter(None, map(str.strip, more))]


def questions_in(text: str) -> list[str]:
    """The questions of a message in their order when there are two of them; else none."""
    openers, joint = _openers()
    found = []
    for sentence in _SENTENCES.split(text):
        parts = [part.strip() for part in joint.split(sentence) if part.strip()]
        for place, part in enumerate(parts):
            words = fold(part).split()
            asks = part.endswith("?") or "¿" in part or (bool(words) and words[0] in openers) or place > 0
            if asks and len(words) >= _FEWEST_WORDS:
                found.append(part)
    return found if len(found) == MOST else []


def asking(text: str) -> str | None:
    """The sentences of a message that ask, where others only tell; None where all ask, or none.

    What has a question mark asks; where nothing has one, what begins as a question does.
    """
    openers, _ = _openers()
    said = [sentence.strip() for sentence in sentences(text) if sentence.strip()]
    words = [fold(sentence).split() for sentence in said]
    ask = [sentence.endswith("?") or "¿" in sentence for sentence in said]
    if not any(ask):
        ask = [bool(own) and own[0] in openers - _ALSO_TOLD for own in words]
    if not any(ask) or all(ask):
        return None
    first = ask.index(True)
    if first and sum(len(own) for own, asks in zip(words, ask, strict=True) if asks) < _FEWEST_ALONE:
        ask[first - 1] = True
    return None if all(ask) else " ".join(sentence for sentence, asks in zip(said, ask, strict=True) if asks)
