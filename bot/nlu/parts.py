"""Cuts a message that holds two questions into them. Pure; whether both can be answered is decided by the ranker."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from content_db.folding import fold

MOST: Final = 2
_FEWEST_WORDS: Final = 3
_SENTENCES: Final = re.compile(r"(?<=[?!.;])\s+|\n+|\s+(?=¿)")


@lru_cache(maxsize=1)
def _openers() -> tuple[frozenset[str], re.Pattern[str]]:
    """Words that a question begins with; and where a second one begins after "and"."""
    lists = yaml.safe_load(Path(__file__).with_name("language_words.yml").read_text(encoding="utf-8"))
    openers = frozenset(lists["question_openers"].split())
    joints = "|".join(sorted(lists["question_joints"].split()))
    return openers, re.compile(rf"(?:,\s*)?\s+(?:{joints})\s+(?=(?:{'|'.join(sorted(openers))})\b)", re.IGNORECASE)


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
