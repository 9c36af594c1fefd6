"""Decides which of the offered choices a typed message picks: by its words, or by its place ("2", "the first one").

What is more than that ("the first one, but for a child") is left to what understands messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from content_db.folding import fold

# The place of the choice that stands last, whatever its number.
_LAST: Final = "last"


def picked(text: str, offered: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The one of `offered` (each with its `title`) that is picked, in any language; None where none is."""
    said = fold(text)
    if not said or not offered:
        return None
    for number, choice in enumerate(offered, start=1):
        title = fold(str(choice["title"]))
        if said in (title, f"{number} {title}"):
            return choice
    place = _place(said)
    if place is None:
        return None
    number = len(offered) if place == _LAST else int(place)
    return offered[number - 1] if number <= len(offered) else None


def _place(said: str) -> str | None:
    found = (pattern.fullmatch(said) for pattern in _patterns())
    return next((match.lastgroup.removeprefix("place_") for match in found if match and match.lastgroup), None)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """One a language; the group that matches is named after the place."""
    languages = yaml.safe_load(Path(__file__).with_name("choosing_words.yml").read_text(encoding="utf-8"))
    patterns = []
    for words in languages.values():
        places = {**{str(number): known for number, known in enumerate(words["places"], start=1)}, _LAST: words["last"]}
        groups = "|".join(f"(?P<place_{name}>{_any(known)})" for name, known in places.items())
        patterns.append(re.compile(f"(?:(?:{_any(words['before'])}) )*(?:{groups})(?: (?:{_any(words['after'])}))*"))
    return tuple(patterns)


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in words)
