"""How hard a text is to read, and whether it fits a text message: measures only, the limits are in `lint`."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

_GSM7: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@cache
def _measures(language: str) -> Any:
    from textstat.textstat import textstatistics

    measures = textstatistics()
    measures.set_lang(language)
    return measures


def flesch_kincaid(text: str) -> float:
    """US school grade of an English text."""
    return float(_measures("en").flesch_kincaid_grade(text))


def gunning_fog(text: str) -> float:
    """US school grade of an English text by sentence length and long words."""
    return float(_measures("en").gunning_fog(text))


def fernandez_huerta(text: str) -> float:
    """Reading ease of a Spanish text, 0 to 100; 70 and over is plain."""
    return float(_measures("es").fernandez_huerta(text))


def outside_gsm7(text: str) -> list[str]:
    """The characters that force a text message into the short 16-bit form, each once."""
    return sorted({character for character in text if character not in _GSM7})
