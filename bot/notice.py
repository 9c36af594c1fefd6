"""The notice that ends every turn: its words in every language and length, and the one way to put it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

DEFAULT_SITE: Final = {"en": "This service", "es": "Este servicio"}

_LONG: Final = {
    "en": "{site} is not a medical facility. Please contact your physician with specific medical questions or for a "
    "referral to a radiologist or other physician.",
    "es": "{site} no es un centro médico. Consulte a su médico si tiene preguntas médicas específicas o si necesita "
    "que le refieran a un radiólogo u otro médico.",
}
_SHORT: Final = {
    "en": "{site} is not a medical facility. Ask your doctor.",
    "es": "{site} no es un centro médico. Pregunte a su médico.",
}
_ENDINGS: Final = tuple(words.removeprefix("{site}") for form in (_LONG, _SHORT) for words in form.values())


def notice(language: str, *, site: str | None = None, short: bool = False) -> str:
    """The notice in `language` (English where it is not offered), naming the site. One paragraph, never empty."""
    words = _SHORT if short else _LONG
    known = language if language in words else "en"
    return words[known].format(site=site or DEFAULT_SITE[known])


def is_notice(text: str) -> bool:
    """True for a bubble that is the notice, whatever the site's name, language or length.

    An approved text that only speaks of a medical facility is none, or it would be taken out.
    """
    return text.endswith(_ENDINGS)


def with_notice(bubbles: Sequence[str], language: str, *, site: str | None = None) -> tuple[str, ...]:
    """The bubbles with the notice as the last and only there. Doing it twice changes nothing."""
    words = [bubble for bubble in bubbles if not is_notice(bubble)]
    return (*words, notice(language, site=site))
