"""The comparable form of words: lower case, no accents, no hyphens. Aliases are stored and looked up by it."""

from __future__ import annotations

import re
import unicodedata

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """'Rayos-X  del TÓRAX' -> 'rayos x del torax'. Apostrophes vanish: "crohn's" -> 'crohns'."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("\u2019", "")
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _NOT_WORD.sub(" ", plain).strip()
