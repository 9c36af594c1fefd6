"""Which language a message is written in: English, Spanish, another one, or no telling.

py3langid tells some hundred languages apart by their letters; a few words are too few for it, so another language than
those we answer in must be beyond doubt. English and Spanish are told apart by how often patients write each word in
either; a message that could be both keeps the language of the conversation.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from bot.nlu.examples import phrasings, questions
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
# Where another language is as likely as this, twice as much must be clear, and so many words be known.
_LIKELY: Final = 0.8
_MOST_KNOWN: Final = 0.75
# A word that our patients have written less often says nothing of its language; and this much is clear, as a logarithm
# of the odds: twenty to one.
_FEWEST_TIMES: Final = 2
_CLEAR: Final = 3.0
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


@lru_cache(maxsize=1)
def _odds() -> dict[str, float]:
    """By word, how much likelier patients write it in Spanish than in English: a logarithm, above 0 for Spanish."""
    count: dict[str, Counter[str]] = {language: Counter() for language in languages()}
    for question in questions():
        if question.language in count:
            count[question.language].update(set(fold(question.text).split()))
    for language, own in count.items():
        for phrasing in phrasings(language):
            own.update(set(fold(phrasing.text).split()))
    english, spanish = count["en"], count["es"]
    rate = {language: 1 / max(sum(own.values()), 1) for language, own in count.items()}
    return {
        word: math.log((spanish[word] + 0.5) * rate["es"]) - math.log((english[word] + 0.5) * rate["en"])
        for word in english.keys() | spanish.keys()
        if english[word] + spanish[word] >= _FEWEST_TIMES
    }


def language_of(text: str) -> str | None:
    """'en', 'es', OTHER, or None when the words do not tell."""
    words = fold(text).split()
    told = {language: sum(word in telling for word in words) for language, telling in _telling().items()}
    best, second = sorted(told, key=told.__getitem__, reverse=True)[:2]
    if told[best] >= _PLAINLY and not told[second]:
        return best
    letters = [character for character in text if character.isalpha()]
    if letters and sum(character > "\u024f" for character in letters) > len(letters) / 2:
        return OTHER
    language, share = _identifier().rank(text)[0]
    # A telling word of ours does not make a sentence ours: "la" and "para" are Portuguese and French too.
    foreign = language not in languages() and len(words) >= _FEWEST_WORDS
    if foreign and share >= _BEYOND_DOUBT and told[best] <= len(words) / 4:
        return OTHER
    known = [_odds()[word] for word in words if word in _odds()]
    odds = sum(known)
    doubted = foreign and share >= _LIKELY
    if abs(odds) < _CLEAR * (1 + doubted) or len(known) < len(words) * (_MOST_KNOWN if doubted else 0.5):
        return None
    if odds > 0:
        return "es"
    # Who speaks Spanish names some exams in English: a name alone is no change of language.
    return "en" if len(words) > 1 else None
