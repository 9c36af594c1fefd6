"""The fixed words around the approved texts: greetings, questions back, apologies. No health text is here."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("en", "es")


@cache
def _words(language: str) -> dict[str, str]:
    path = Path(__file__).with_name(f"{language}.yml")
    words: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return words


def say(key: str, language: str, **values: Any) -> str:
    """The words for `key`, its `{name}` places filled; English where `language` is not offered. KeyError if unknown."""
    return _words(language if language in LANGUAGES else "en")[key].format(**values)
