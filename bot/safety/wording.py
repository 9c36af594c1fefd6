"""Reads a message into plain words and clauses; what the words mean is left to `patterns` and `circumstances`.

Patients write without accents, apostrophes, commas or care. Everything that follows works on the plain
words made here, so a spelling that is mended here is mended for every rule at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

MAX_CHARACTERS = 20_000
"""Longer messages keep their beginning and their end: that is where people say what is wrong."""

_LOOK_ALIKES: dict[int, str | None] = {
    **{ord(other): latin for other, latin in zip("аеорсухікмтнвѕјԁɡ", "aeopcyxikmthbsjdg", strict=True)},
    **{ord(other): latin for other, latin in zip("αεορυικντ", "aeopuiknt", strict=True)},
    **dict.fromkeys((*range(0x300, 0x370), 0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF)),
    **dict.fromkeys((0x2018, 0x2019, 0x02BC, 0x00B4, 0x0060), "'"),
    0x0131: "i",
}
_AFFIRMATION = re.compile(r"\bsí\b")
_INITIALS = re.compile(r"\b([a-z])\.([a-z])\b\.?")
_PIECES = re.compile(
    r"[0-9]+(?:[.,:][0-9]+)?|[a-z]+(?:'[a-z]+)*|\.{2,}|…|\s[-–—]+\s|[.?!;¿¡\n,:()—|\"“”]|[\U0001F198\U0001FA78]"
)
_REPEATED = re.compile(r"(.)\1{2,}")
_DOUBLED = re.compile(r"(.)\1+")
_PICTURES = {"\U0001f198": "help", "\U0001fa78": "blood"}

MOST_GUESSES = 6
_STOP, _PAUSE = 2, 1


def fold(text: str) -> str:
    """Lower case, without accents, invisible characters or letters borrowed from other alphabets."""
    text = text.lower()
    if text.isascii():
        return text.translate(_LOOK_ALIKES)
    text = _AFFIRMATION.sub("yes", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFKD", text.replace("…", "...")).translate(_LOOK_ALIKES)


@dataclass(frozen=True)
class Grammar:
    """The small words of one language that tell where a clause begins. Read from `words/<language>.yml`."""

    spelling: Mapping[str, tuple[str, ...]]
    joined: Mapping[tuple[str, str], tuple[str, ...]]
    endings: Mapping[str, str]
    common: frozenset[str]
    """Everyday words that are never taken for misspellings."""
    breaks: frozenset[str]
    links: frozenset[str]
    starters: frozenset[str]
    subjects: frozenset[str]
    alone: frozenset[str]
    owners: frozenset[str]
    verbs: frozenset[str]
    modals: frozenset[str]
    subordinators: frozenset[str]
    questions: frozenset[tuple[str, ...]]
    standalone: frozenset[str]


@dataclass(frozen=True)
class Clause:
    """Words `start` to `end` (exclusive) of a reading."""

    start: int
    end: int
    sentence: int
    linked: bool
    """True when it hangs on to the clause before it with "and": an "if" said there still holds here."""


@dataclass
class Reading:
    """One message in the plain words of one language."""

    words: list[str]
    clauses: list[Clause]
    clause_of: list[int]
    asked: frozenset[int]
    """The sentences that carry a question mark."""
    pauses: frozenset[int]
    """Words with a comma or the like before them."""
    guesses: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Other words that a misspelled word may stand for."""
    openings: list[int] = field(default_factory=list)
    """Words at which a new statement or question begins without any mark, in order."""

    def chain(self, start: int, end: int) -> tuple[int, int]:
        """The clauses around some words, with those that hang on to them with "and"."""
        first, last = self.clause_of[start], self.clause_of[end - 1]
        while first > 0 and self.clauses[first].linked:
            first -= 1
        while last + 1 < len(self.clauses) and self.clauses[last + 1].linked:
            last += 1
        return self.clauses[first].start, self.clauses[last].end


class Speller:
    """Turns one written word into the plain words it stands for."""

    def __init__(self, grammar: Grammar, known: Iterable[str], prefixes: Iterable[str]) -> None:
        self._spelling = grammar.spelling
        self._common = grammar.common
        self._known = frozenset(known)
        self._prefixes = frozenset(prefixes)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._prefixes})
        self._endings = tuple(grammar.endings.items())
        self._squeezed: dict[str, str] = {}
        self._near: dict[str, set[str]] = {}
        for word in sorted(self._known):
            if word.isalpha():
                self._squeezed.setdefault(_DOUBLED.sub(r"\1", word), word)
                if len(word) >= 4:
                    for variant in _shorter(word):
                        self._near.setdefault(variant, set()).add(word)
        self.plain = lru_cache(maxsize=8192)(self._plain)

    def _plain(self, written: str) -> tuple[str, ...]:
        if written in self._spelling:
            return self._spelling[written]
        if "'" in written:
            return self._without_apostrophe(written)
        return self._one(written)

    def _without_apostrophe(self, written: str) -> tuple[str, ...]:
        whole = written.replace("'", "")
        if whole in self._spelling:
            return self._spelling[whole]
        stem, _, tail = written.rpartition("'")
        stem = stem.replace("'", "")
        extra = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}.get(tail)
        if extra is not None:
            return (*self._plain(stem), extra)
        if tail == "s":
            return self._plain(stem)
        return self._one(whole)

    def _one(self, word: str) -> tuple[str, ...]:
        # A whole word comes before the beginning of one: "chokin" is "choking", although a rule may hold "chok*".
        if word in self._known:
            return (word,)
        plain = self._without_ending(word)
        if plain is not None:
            return (plain,)
        if self._is_known(word):
            return (word,)
        if _REPEATED.search(word):
            twice = _REPEATED.sub(r"\1\1", word)
            once = _DOUBLED.sub(r"\1", word)
            for guess in (twice, once):
                if guess in self._spelling:
                    return self._spelling[guess]
                if self._is_known(guess):
                    return (guess,)
            if once in self._squeezed:
                return (self._squeezed[once],)
            word = twice
        return (self._without_ending(word) or self._mended(word),)

    def _without_ending(self, word: str) -> str | None:
        for ending, plain in self._endings:
            base = word[: -len(ending)] + plain if word.endswith(ending) else ""
            if len(base) > 3 and base in self._known:
                return base
        return None

    def _is_known(self, word: str) -> bool:
        return word in self._known or any(word[:n] in self._prefixes for n in self._prefix_lengths)

    def _mended(self, word: str) -> str:
        """The word, or the words it may have been meant for, the likeliest first, with a bar between them."""
        if not 4 <= len(word) <= 20 or word in self._common or not word.isalpha():
            return word
        close = {
            candidate
            for variant in _shorter(word)
            for candidate in self._near.get(variant, ())
            if (candidate[0] == word[0] or candidate[:2] == word[1::-1]) and _one_edit(word, candidate)
        }
        return "|".join(sorted(close, key=lambda c: (sorted(c) != sorted(word), c))[:MOST_GUESSES]) or word


def _shorter(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _one_edit(a: str, b: str) -> bool:
    """True when one letter was added, dropped, changed or swapped with its neighbour."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    a, b = a[start:], b[start:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return (len(a) <= 1 and len(b) <= 1) or (len(a) == 2 and a == b[::-1])


def read(text: str, grammar: Grammar, speller: Speller) -> Reading:
    """Cut a message into plain words and clauses. Never fails, whatever the text."""
    if len(text) > MAX_CHARACTERS:
        text = text[: MAX_CHARACTERS // 2] + "\n" + text[-MAX_CHARACTERS // 2 :]
    words, marks, asked_before, guesses = _words(_INITIALS.sub(r"\1\2", fold(text)), grammar, speller)
    return _clauses(words, marks, asked_before, guesses, grammar)


def _words(
    text: str, grammar: Grammar, speller: Speller
) -> tuple[list[str], dict[int, int], set[int], dict[int, tuple[str, ...]]]:
    """Plain words, the marks before them (word number -> strength), the words before a question mark, and guesses."""
    words: list[str] = []
    marks: dict[int, int] = {}
    asked_before: set[int] = set()
    guesses: dict[int, tuple[str, ...]] = {}
    for piece in _PIECES.findall(text):
        first = piece[0]
        if first.isalnum():
            for written in speller.plain(piece):
                word, *others = written.split("|")
                joined = grammar.joined.get((words[-1], word)) if words and len(words) not in marks else None
                if joined is not None:
                    words.pop()
                    words.extend(joined)
                    continue
                if others:
                    guesses[len(words)] = tuple(others)
                words.append(word)
        elif piece in _PICTURES:
            words.append(_PICTURES[piece])
        else:
            here = len(words)
            if first == "?":
                asked_before.add(here)
            if first == "¿":
                marks[here] = _STOP
                asked_before.add(-here - 1)
            elif piece in ".?!;":
                marks[here] = _STOP
            else:
                marks[here] = max(marks.get(here, 0), _PAUSE)
    return words, marks, asked_before, guesses


def _clauses(
    words: list[str],
    marks: dict[int, int],
    asked_before: set[int],
    guesses: dict[int, tuple[str, ...]],
    grammar: Grammar,
) -> Reading:
    total = len(words)
    clauses: list[Clause] = []
    clause_of = [0] * total
    openings: list[int] = []
    asked: set[int] = set()
    start, sentence, linked = 0, 0, False
    sentence_start = 0

    def close(end: int) -> None:
        if end > start:
            for i in range(start, end):
                clause_of[i] = len(clauses)
            clauses.append(Clause(start, end, sentence, linked))

    for i in range(total):
        if i in asked_before:
            asked.add(sentence)
        mark = marks.get(i, 0)
        if mark == _STOP and i > 0:
            if i - sentence_start == 1 and words[sentence_start] not in grammar.standalone and i not in asked_before:
                continue
            close(i)
            start, linked, sentence_start = i, False, i
            sentence += 1
        elif i > start and _breaks_here(words, i, mark, grammar):
            close(i)
            start, linked = i, words[i] in grammar.links
        elif i > start and _opens_here(words, i, grammar):
            openings.append(i)
        if -i - 1 in asked_before:
            asked.add(sentence)
    if total in asked_before:
        asked.add(sentence)
    close(total)
    pauses = frozenset(i for i in marks if 0 < i < total)
    return Reading(words, clauses, clause_of, frozenset(asked), pauses, guesses, openings)


def _breaks_here(words: list[str], i: int, mark: int, grammar: Grammar) -> bool:
    word = words[i]
    if word in grammar.breaks:
        return words[i + 1 : i + 2] != ["of"]
    if word in grammar.links:
        return i + 1 < len(words) and (_states(words, i + 1, grammar, loose=True) or words[i + 1] in ("now", "ahora"))
    if mark == _PAUSE:
        return word in grammar.starters or _states(words, i, grammar, loose=True)
    return False


def _opens_here(words: list[str], i: int, grammar: Grammar) -> bool:
    if words[i - 1] in grammar.subordinators:
        return False
    if tuple(words[i : i + 2]) in grammar.questions or tuple(words[i : i + 3]) in grammar.questions:
        return True
    return _states(words, i, grammar, loose=False)


def _states(words: list[str], i: int, grammar: Grammar, *, loose: bool) -> bool:
    """True when the words from `i` on are someone doing or being something: "my arm is", "he keeps"."""
    word = words[i]
    if word in grammar.alone:
        return True
    if word in grammar.subjects:
        if words[i + 1 : i + 2] and words[i + 1] in grammar.modals:
            return False
        return any(w in grammar.verbs for w in words[i + 1 : i + 3])
    if word in grammar.owners:
        reach = words[i + 2 : i + 5]
        of = next((n for n, w in enumerate(reach) if w in ("of", "de", "del")), len(reach))
        reach = reach[:of]
        return any(w in grammar.verbs or (loose and len(w) > 5 and w.endswith(("ing", "ando", "iendo"))) for w in reach)
    return False
