"""The little language that the rule files are written in, and the search for it in a message.

    swelling, swollen            one of these words or phrases
    swell*                       any word that begins so
    38.3..42                     any number from 38.3 to 42
    <swelling>                   a list that has a name in `words/<language>.yml`
    face, lips + <swelling>      one of each group, in any order, within a few words
    swallowed >> coin, magnet    one of each group, in this order

Whether a match is about something happening now is decided by `circumstances`.
Work grows with the length of the message only: there is no backtracking here.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from bot.safety.wording import Reading

DEFAULT_WITHIN = 8
Group = frozenset[tuple[str, ...]]
"""Phrases of which any one will do."""

_NUMBER = re.compile(r"\d{1,6}(?:\.\d{1,4})?", re.ASCII)


class PatternError(ValueError):
    """A pattern that can't be read; the message says which."""


@dataclass(frozen=True)
class Span:
    """Where something was found: words `start` to `end` (exclusive), and the pieces that were asked for."""

    start: int
    end: int
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Pattern:
    """One line of a rule: groups of phrases that must stand near each other in one clause."""

    groups: tuple[Group, ...]
    ordered: bool
    within: int


class Notation:
    """Reads the little language. `plain` spells a phrase the way messages are spelled."""

    def __init__(self, lists: Mapping[str, str], plain: Callable[[str], tuple[str, ...]]) -> None:
        self._written = lists
        self._plain = plain
        self._lists: dict[str, Group] = {}

    def pattern(self, text: str, within: int = DEFAULT_WITHIN) -> Pattern:
        """A whole line, such as `face, lips + <swelling>`."""
        ordered = ">>" in text
        if ordered and "+" in text:
            raise PatternError(f"use either + or >>, not both: {text!r}")
        groups = tuple(self.phrases(part) for part in text.split(">>" if ordered else "+"))
        return Pattern(groups, ordered, within)

    def phrases(self, text: str) -> Group:
        """The phrases of one group, such as `face, lips, <eyes>`."""
        found: set[tuple[str, ...]] = set()
        for item in text.split(","):
            item = " ".join(item.split())
            if item.startswith("<") and item.endswith(">"):
                found |= self._list(item[1:-1])
            elif item:
                found.add(self._phrase(item))
        if not found:
            raise PatternError(f"an empty group in {text!r}")
        return frozenset(found)

    def _list(self, name: str) -> Group:
        if name not in self._lists:
            if name not in self._written:
                raise PatternError(f"there is no list named <{name}>")
            self._lists[name] = frozenset()
            self._lists[name] = self.phrases(self._written[name])
        return self._lists[name]

    def _phrase(self, item: str) -> tuple[str, ...]:
        words = self._plain(item)
        if not words or any("*" in word[:-1] or (len(word) < 2 and "*" in word) for word in words):
            raise PatternError(f"can't read {item!r}")
        return words


class _Node:
    """A step in the tree of phrases: what may come next, and what is complete here."""

    __slots__ = ("begins", "groups", "lengths", "ranges", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.begins: dict[str, _Node] = {}
        self.lengths: tuple[int, ...] = ()
        self.ranges: dict[tuple[float, float], _Node] = {}
        self.groups: list[Group] = []

    def child(self, word: str) -> _Node:
        """The step for one word of a phrase, made when it isn't there yet."""
        if word.endswith("*"):
            node = self.begins.setdefault(word[:-1], _Node())
            self.lengths = tuple(sorted({len(begin) for begin in self.begins}))
            return node
        if ".." in word:
            low, _, high = word.partition("..")
            return self.ranges.setdefault((float(low), float(high)), _Node())
        return self.words.setdefault(word, _Node())

    def following(self, word: str) -> list[_Node]:
        """The steps that a word of a message leads to."""
        found: list[_Node] = []
        node = self.words.get(word)
        if node is not None:
            found.append(node)
        for length in self.lengths:
            node = self.begins.get(word[:length]) if length <= len(word) else None
            if node is not None:
                found.append(node)
        if self.ranges and word[0].isdigit():
            number = word.replace(",", ".")
            if _NUMBER.fullmatch(number):
                found += [node for (low, high), node in self.ranges.items() if low <= float(number) <= high]
        return found


class Index:
    """The phrases of all groups of one language, found in a single pass over a message."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._root = _Node()
        for group in dict.fromkeys(groups):
            for phrase in group:
                node = self._root
                for word in phrase:
                    node = node.child(word)
                node.groups.append(group)
        self._first = lru_cache(maxsize=8192)(self._root.following)

    def search(
        self, words: Sequence[str], guesses: Mapping[int, tuple[str, ...]]
    ) -> dict[Group, list[tuple[int, int]]]:
        """Every place of every group that is there at all."""
        found: dict[Group, list[tuple[int, int]]] = {}
        total = len(words)
        for start in range(total):
            nodes = self._first(words[start])
            if start in guesses:
                nodes = [*nodes, *chain.from_iterable(map(self._first, guesses[start]))]
            end = start + 1
            while nodes:
                place = (start, end)
                for node in nodes:
                    for group in node.groups:
                        known = found.get(group)
                        if known is None:
                            found[group] = [place]
                        elif known[-1] != place:
                            known.append(place)
                if end == total:
                    break
                nexts = (words[end], *guesses[end]) if end in guesses else (words[end],)
                nodes = [
                    following
                    for node in nodes
                    if node.words or node.lengths or node.ranges
                    for word in nexts
                    for following in node.following(word)
                ]
                end += 1
        return found


def _is_range(word: str) -> bool:
    low, _, high = word.partition("..")
    return bool(_NUMBER.fullmatch(low) and _NUMBER.fullmatch(high))


def vocabulary(groups: Iterable[Group]) -> tuple[set[str], set[str]]:
    """The whole words and the beginnings of words that the groups are made of."""
    words = {word for group in groups for phrase in group for word in phrase}
    return {w for w in words if not w.endswith("*") and ".." not in w}, {w[:-1] for w in words if w.endswith("*")}


class Finder:
    """Finds patterns in one reading and counts the steps it takes."""

    def __init__(self, reading: Reading, index: Index) -> None:
        self.reading = reading
        self.steps = len(reading.words)
        self._found = index.search(reading.words, reading.guesses)
        self._sorted: dict[Group, list[tuple[int, int]]] = {}
        self.groups = frozenset(self._found)

    def places(self, group: Group) -> list[tuple[int, int]]:
        """Where any phrase of the group stands, in order, the longest first at each word."""
        places = self._sorted.get(group)
        if places is None:
            places = sorted(self._found.get(group, ()), key=lambda place: (place[0], -place[1]))
            self._sorted[group] = places
            self.steps += len(places)
        return places

    def holds(self, pattern: Pattern) -> bool:
        """True when every group of the pattern is somewhere in the message: cheap, and asked first."""
        return all(group in self._found for group in pattern.groups)

    def spans(self, pattern: Pattern, *, anywhere: bool = False) -> list[Span]:
        """Every place where the pattern holds inside one clause (`anywhere`: in the message), shortest first."""
        if not self.holds(pattern):
            return []
        places = [self.places(group) for group in pattern.groups]
        if len(places) == 1:
            return [Span(start, end, ((start, end),)) for start, end in places[0]]
        starts = [[start for start, _ in group] for group in places]
        found: list[Span] = []
        if pattern.ordered:
            for first in places[0]:
                self._extend(first, places, starts, pattern, anywhere, found)
        else:
            for number, group in enumerate(places):
                for first in group:
                    self._gather(number, first, places, starts, pattern, anywhere, found)
        return found

    def _limit(self, first: tuple[int, int], pattern: Pattern, anywhere: bool) -> int:
        limit = first[1] - 1 + pattern.within
        if anywhere:
            return limit
        return min(limit, self.reading.clauses[self.reading.clause_of[first[0]]].end)

    def _extend(
        self,
        first: tuple[int, int],
        places: list[list[tuple[int, int]]],
        starts: list[list[int]],
        pattern: Pattern,
        anywhere: bool,
        found: list[Span],
    ) -> None:
        limit = self._limit(first, pattern, anywhere)
        parts = [first]
        for number in range(1, len(places)):
            following = self._next(places[number], starts[number], parts[-1][1], limit)
            if following is None:
                return
            parts.append(following)
        found.append(Span(first[0], parts[-1][1], tuple(parts)))

    def _gather(
        self,
        number: int,
        first: tuple[int, int],
        places: list[list[tuple[int, int]]],
        starts: list[list[int]],
        pattern: Pattern,
        anywhere: bool,
        found: list[Span],
    ) -> None:
        limit = self._limit(first, pattern, anywhere)
        parts = [first]
        for other in range(len(places)):
            if other == number:
                continue
            following = self._next(places[other], starts[other], first[1], limit)
            if following is None:
                return
            parts.append(following)
        if len({start for start, _ in parts}) == len(parts):
            found.append(Span(first[0], max(end for _, end in parts), tuple(parts)))

    def _next(self, places: list[tuple[int, int]], starts: list[int], after: int, limit: int) -> tuple[int, int] | None:
        position = bisect_left(starts, after)
        while position < len(places) and places[position][0] < limit:
            self.steps += 1
            if places[position][1] <= limit:
                return places[position]
            position += 1
        self.steps += 1
        return None
