"""The comparable form of words: lower case, no accents, no hyphens. Aliases are stored and looked up by it."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")
# Accents, once divided from their letters: Unicode's blocks of combining marks.
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")


def fold(text: str) -> str:
    """'Rayos-X  del TÓRAX' -> 'rayos x del torax'. Apostrophes vanish: "crohn's" -> 'crohns'."""
    if text.isascii():
        return _NOT_WORD.sub(" ", text.lower().replace("'", "")).strip()
    decomposed = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("\u2019", "")
    return _NOT_WORD.sub(" ", _MARKS.sub("", decomposed)).strip()
