"""Which language a message is written in: English, Spanish, another one, or no telling.

py3langid tells some hundred languages apart by their letters; a few words are too few for it, so another language than
those we answer in must be beyond doubt, and a message that could be either keeps the language of the conversation.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from content_db.folding import fold
from content_db.sections import languages

OTHER: Final = "other"
# Ours, and those that are most spoken where we are asked or most like ours.
_TOLD_APART: Final = (
    *("en", "es", "pt", "fr", "it", "de", "nl", "pl", "ro", "ca", "ht", "vi", "tl", "id", "sw"),
    *("zh", "ja", "ko", "ar", "fa", "ur", "hi", "bn", "ru", "uk", "el", "he", "th", "tr", "am"),
)
# Other scripts are beyond doubt at one word; other languages in our letters need some.
_FEWEST_WORDS: Final = 4
_BEYOND_DOUBT: Final = 0.99
_SURE: Final = 0.8
# So many telling words of one language, and none of the other, need no second opinion.
_PLAINLY: Final = 4


@lru_cache(maxsize=1)
def _telling() -> dict[str, frozenset[str]]:
    lists = yaml.safe_load(Path(__file__).with_name("language_words.yml").read_text(encoding="utf-8"))
    return {language: frozenset(lists[language].split()) for language in languages()}


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_TOLD_APART)
    return identifier


def language_of(text: str) -> str | None:
    """'en', 'es', OTHER, or None when the words do not tell."""
    words = fold(text).split()
    told = {language: sum(word in telling for word in words) for language, telling in _telling().items()}
    best, second = sorted(told, key=told.__getitem__, reverse=True)[:2]
    clear = told[best] > told[second] + 1 or (told[best] and not told[second] and len(words) < _FEWEST_WORDS)
    likely = best if clear else None
    if told[best] >= _PLAINLY and not told[second]:
        return best
    ranked = _identifier().rank(text)
    shares = {language: float(share) for language, share in ranked[:10]}
    first = ranked[0][0]
    letters = [character for character in text if character.isalpha()]
    if letters and sum(character > "\u024f" for character in letters) > len(letters) / 2:
        return OTHER
    # A telling word of ours does not make a sentence ours: "la" and "para" are Portuguese and French too.
    foreign = first not in languages() and shares[first] >= _BEYOND_DOUBT and len(words) >= _FEWEST_WORDS
    if foreign and max(told.values()) <= len(words) / 4:
        return OTHER
    if likely is not None:
        return likely
    ours = {language: shares.get(language, 0.0) for language in languages()}
    winner = max(ours, key=ours.__getitem__)
    total = sum(ours.values())
    return winner if len(words) > 1 and total and ours[winner] / total >= _SURE and ours[winner] > 0.2 else None
