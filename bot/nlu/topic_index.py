"""Finds the topics that a message names. Pure: built from a list of aliases, knows nothing of Rasa or the database.

An alias is found as written (spaCy's PhraseMatcher over folded, stemmed tokens) or, from two telling words on, with its
words in another order and with a few others between them ("MRI of my left knee"). Misspelt words are repaired first,
because an exact hit on a short alias ("mri") would hide the misspelt long one ("mri of the abdmen").
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import spacy
import yaml
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.spelling import Speller
from content_db.folding import fold
from content_db.repository import AliasView
from content_db.sections import PICTURED

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
# Other words that may stand between the telling words of a name ("MRI of my very sore left knee").
_WORDS_BETWEEN: Final = 2
# Characters a clause may have between them: a name is not spread over a story.
_LONGEST_SPAN: Final = 9
# A word in a topic's name counts as often as this many in the texts when a misspelt word may be either.
_NAME_COUNTS: Final = 50
_KINDS: Final = ("exam", "treatment", "pediatric", "report", "screening", "condition", "safety", "service")
# Whose age is told, in years, is a child below the first and none from the second on, though somebody's daughter.
_CHILD: Final = 15
_GROWN_UP: Final = 18
_NUMBER: Final = re.compile(r"(\d{1,3})(yo|yr|y)?")
# British spellings of medical words, as parts of a word.
_AMERICAN: Final = (
    ("isation", "ization"),
    ("aesth", "esth"),
    ("haem", "hem"),
    ("oesoph", "esoph"),
    ("tumour", "tumor"),
    ("paed", "ped"),
    ("gynaec", "gynec"),
    ("foet", "fet"),
    ("oedema", "edema"),
)


@dataclass(frozen=True)
class Token:
    """A word of the message with its place in it (characters) and its comparable form."""

    start: int
    end: int
    stem: str


@dataclass(frozen=True)
class Mention:
    """A topic named in the message, from character `start` to `end`. `weight` grows with its telling words.

    `inside` marks an exam whose name is part of a longer one ("CT" in "metformin and CT").
    """

    topic_id: str
    kind: str
    start: int
    end: int
    weight: int
    negated: bool = False
    inside: bool = False


@dataclass(frozen=True)
class Linked:
    """What a message says about topics: those named, and those it may mean when it names none ("a scan of my knee")."""

    mentions: tuple[Mention, ...]
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Span:
    topic_id: str
    places: tuple[int, ...]
    weight: int


class _Words:
    """The lists of topic_words.yml, stemmed as names and messages are."""

    def __init__(self, lists: dict[str, Any]) -> None:
        self.same = {
            tuple(stem(word) for word in fold(said).split()): stem(key)
            for key, many in lists["same"].items()
            for said in many
        }
        self.longest_from: dict[str, int] = {}
        for first, *rest in self.same:
            self.longest_from[first] = max(self.longest_from.get(first, 0), 1 + len(rest))
        self.passed_over = frozenset(str(word) for word in lists["passed_over"])
        self.made_with = frozenset(stem(word) for word in lists["made_with"])
        self.any_exam = frozenset(stem(word) for word in lists["any_exam"])
        self.given = frozenset(stem(word) for word in lists["given"])
        self.tells_apart = self.made_with - self.any_exam - self.given
        self.everyday = frozenset(stem(word) for word in lists["everyday"])
        self.everyday_in_english = frozenset(stem(word) for word in lists["everyday_in_english"])
        self.spanish_before_a_name = frozenset(lists["spanish_before_a_name"])
        self.shorthand = {str(short): str(long) for short, long in lists["shorthand"].items()}
        self.modality = {stem(word): name for name, words in lists["modality"].items() for word in words}
        self.child = frozenset(stem(word) for word in lists["child"])
        self.unborn = frozenset(stem(word) for word in lists["unborn"])
        self.not_a_child = {language: frozenset(words) for language, words in lists["not_a_child"].items()}
        self.age_in_years = frozenset(stem(word) for word in lists["age_in_years"])
        self.age_of_a_baby = frozenset(stem(word) for word in lists["age_of_a_baby"])
        self.before_an_age = frozenset(lists["before_an_age"])
        self.before_a_grown_ups_age = self.before_an_age.union(lists["before_a_grown_ups_age"])
        self.before_ones_own_age = frozenset(lists["before_ones_own_age"])
        self.pregnant = frozenset(stem(word) for word in lists["pregnant"])
        self.turned_away = frozenset(lists["turned_away"])
        self.turning = frozenset(stem(word) for word in lists["turning"])
        self.asks_what_it_is = frozenset(stem(word) for word in lists["asks_what_it_is"])
        self.no_question_with = {stem(word): stem(beside) for word, beside in lists["no_question_with"].items()}
        self.asking = frozenset(stem(word) for word in lists["asking"])
        self.doses = frozenset(stem(word) for word in lists["doses"])
        self.also_asked = self.given | self.doses
        self.vocabulary = {word for said in self.same for word in said} | {
            word for key in self.same.values() for word in [key]
        }


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words(yaml.safe_load(Path(__file__).with_name("topic_words.yml").read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def _blank() -> Language:
    return spacy.blank("en")


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A light plural stem: 'x-rays' and 'ecografías' meet their singular; short words stay."""
    for british, american in _AMERICAN:
        word = word.replace(british, american)
    if len(word) > 5 and word.endswith(("ches", "shes", "xes", "ones", "ores", "ales", "iles", "enes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _alike(tokens: list[Token]) -> list[Token]:
    """Wordings that mean the same become one token: 'cat scan' -> 'ct'."""
    words = _words()
    result: list[Token] = []
    place = 0
    while place < len(tokens):
        longest = words.longest_from.get(tokens[place].stem, 0)
        for length in range(min(longest, len(tokens) - place), 0, -1):
            said = tuple(token.stem for token in tokens[place : place + length])
            if said in words.same:
                result.append(Token(tokens[place].start, tokens[place + length - 1].end, words.same[said]))
                place += length
                break
        else:
            result.append(tokens[place])
            place += 1
    return result


def _written_out(word: str) -> str:
    """Shorthand in full. A letter alone may be part of a name ("m r i", "v/q")."""
    return _words().shorthand.get(word, word) if len(word) > 1 else word


def modalities_in(words: Iterable[str]) -> set[str]:
    """What an exam is made with, in the catalogue's names, of the stems of a message."""
    return {_words().modality[word] for word in words if word in _words().modality}


def is_also_asked(name: str) -> bool:
    """Whether what is named is something to ask about an exam as well ("radiation")."""
    return set(plain_words(name)) <= _words().also_asked


def speaks_of_child(words: Sequence[str], language: str) -> bool:
    """Whether the stems of a message in `language` name a child, or tell a child's age and not that of a grown-up."""
    known = _words().child - _words().not_a_child.get(language, frozenset())
    if speaks_of_pregnancy(set(words)):
        known -= _words().unborn
    ages = [age for place in range(len(words)) if (age := _age(words, place, language, known)) is not None]
    if any(age < _CHILD for age in ages):
        return True
    return not any(age >= _GROWN_UP for age in ages) and not known.isdisjoint(words)


def _age(words: Sequence[str], place: int, language: str, children: Collection[str]) -> int | None:
    """The age in whole years that is told at a place: "5 year old", "6yo", "de 5 años"; not how long something lasted.

    Not that of a grown-up who writes. A number alone tells that of one of the `children` who is grown up ("my daughter
    is 40"). Of a pregnancy weeks tell.
    """
    number = _NUMBER.fullmatch(words[place])
    if number is None:
        return None
    said, glued = int(number[1]), number[2]
    before, after = words[max(place - 1, 0)], tuple(words[place + 1 : place + 3])
    if glued == "yo" or (language == "en" and not glued and (after[:1] == ("yo",) or after == ("y", "o"))):
        return said
    unit, old = ("year", after[:1]) if glued else (after[0] if after else None, after[1:])
    grown_up = said >= _GROWN_UP
    if grown_up and before in _words().before_ones_own_age:
        return None
    told = before in (_words().before_a_grown_ups_age if grown_up else _words().before_an_age) or old == ("old",)
    if unit in _words().age_in_years:
        return said if told else None
    if unit in _words().age_of_a_baby:
        of_baby = old == ("old",) or (before in _words().before_an_age and not speaks_of_pregnancy(set(words)))
        return 0 if of_baby else None
    alone = told and not after and grown_up and words[max(place - 2, 0)] in children
    return said if alone else None


def speaks_of_pregnancy(words: set[str]) -> bool:
    """Whether the stems of a message name a pregnancy."""
    return not words.isdisjoint(_words().pregnant)


def plain_words(text: str) -> list[str]:
    """The words of a text that is spelled well, as `TopicIndex.tokens` gives those of a message."""
    return [token.stem for token in _alike([Token(0, 0, stem(word)) for word in fold(text).split()])]


class TopicIndex:
    """An index over aliases. Build it anew when they change (some tenths of a second)."""

    def __init__(self, aliases: Iterable[AliasView], vocabulary: Mapping[str, int] | None = None) -> None:
        """`vocabulary` counts further words, folded, that a misspelt one may be meant for."""
        self._kinds: dict[str, str] = {}
        self._by_words: dict[tuple[str, ...], str] = {}
        self._by_set: dict[frozenset[str], str] = {}
        self._sets_of: dict[str, list[frozenset[str]]] = defaultdict(list)
        self._by_part: dict[frozenset[str], list[str]] = defaultdict(list)
        # What the names of an exam look at, each with what they look with: {hip}: {mri}; and how often with what.
        self._made_of_part: dict[str, dict[frozenset[str], set[str]]] = defaultdict(lambda: defaultdict(set))
        self._made_of: dict[str, Counter[str]] = defaultdict(Counter)
        known = Counter(vocabulary or {})
        known.update(dict.fromkeys(_words().vocabulary, _NAME_COUNTS))
        for alias in aliases:
            folded = fold(alias.text).split()
            known.update(dict.fromkeys(folded, _NAME_COUNTS))
            self._kinds[alias.topic_id] = alias.kind
            self._add(alias, tuple(plain_words(alias.text)))
        for telling in self._by_set:
            for word in telling:
                self._sets_of[word].append(telling)
        self._speller = Speller(known)
        self._matcher = PhraseMatcher(_blank().vocab)
        for key in self._by_words:
            self._matcher.add(" ".join(key), [Doc(_blank().vocab, words=list(key))])

    def _add(self, alias: AliasView, words: tuple[str, ...]) -> None:
        if not words:
            return
        self._prefer(self._by_words, words, alias.topic_id)
        telling = frozenset(word for word in words if word not in _words().passed_over)
        if len(telling) >= 2:
            self._prefer(self._by_set, telling, alias.topic_id)
        part = telling - _words().made_with
        if alias.kind in PICTURED:
            self._made_of[alias.topic_id].update(telling & _words().tells_apart)
            if part and part != telling:
                self._made_of_part[alias.topic_id][part] |= telling & _words().tells_apart
        if part and part != telling and alias.kind in PICTURED and alias.topic_id not in self._by_part[part]:
            self._by_part[part].append(alias.topic_id)

    def _prefer(self, table: dict[Any, str], key: object, topic_id: str) -> None:
        """The same words may come from both languages, or from two topics by way of the stem: exams come first."""
        owner = table.get(key)
        if owner is None or self._rank(topic_id) < self._rank(owner):
            table[key] = topic_id

    def _rank(self, topic_id: str) -> int:
        return _KINDS.index(self._kinds[topic_id])

    def tokens(self, text: str) -> list[Token]:
        """The words of a message, repaired, stemmed, and alike wordings made one."""
        return _alike(
            [
                Token(match.start(), match.end(), stem(self._speller.repair(word)))
                for match in _WORD.finditer(text)
                for written in fold(match.group()).split()
                for word in _written_out(written).split()
            ]
        )

    def spelled(self, text: str) -> str:
        """The message with shorthand written out and misspelt words repaired; what is spelled well stays as written."""

        def repair(match: re.Match[str]) -> str:
            word = fold(match.group())
            right = _words().shorthand.get(word) or self._speller.repair(word)
            return match.group() if right == word else right

        return _WORD.sub(repair, text)

    def link(self, text: str) -> Linked:
        """The topics that `text` names, in its order; where two overlap, the one that tells more."""
        return self.link_tokens(self.tokens(text))

    def link_tokens(self, tokens: Sequence[Token], *, before: str | None = None, awaited: bool = False) -> Linked:
        """The same for a message that has been cut into words.

        `before` is the topic that was talked about: "no, the hip" after a knee MRI names a hip MRI. A topic's name is
        `awaited` after we asked for one: then "pet" alone is the scan.
        """
        words = [token.stem for token in tokens]
        if turned := self._turned_to(words, before):
            return self._mentioned(tokens, [turned], set())
        if before in self._made_of and _asks_only_what_is_given(words):
            return Linked(())
        spans = self._without_doses([*self._exact(words, awaited), *self._scattered(words)], words)
        chosen = self._without_overlap(spans)
        linked = self._mentioned(tokens, chosen, self._inside(spans, chosen))
        named = any(m.kind in PICTURED and not m.negated for m in linked.mentions)
        return linked if named else replace(linked, candidates=self._candidates(words))

    def _mentioned(self, tokens: Sequence[Token], chosen: list[_Span], inside: Collection[_Span]) -> Linked:
        words = [token.stem for token in tokens]
        mentions = (
            Mention(
                topic_id=span.topic_id,
                kind=self._kinds[span.topic_id],
                start=tokens[min(span.places)].start,
                end=tokens[max(span.places)].end,
                weight=span.weight,
                negated=_is_turned_away(words, min(span.places)),
                inside=span in inside,
            )
            for span in [*chosen, *inside]
        )
        return Linked(tuple(mentions))

    def _turned_to(self, words: Sequence[str], before: str | None) -> _Span | None:
        """The one exam that few words turn to: another part of the body, or the same looked at with something else."""
        if before not in self._made_of:
            return None
        told = {word for word in words if word not in _words().passed_over | _words().turning | _words().any_exam}
        made = told & _words().tells_apart
        part = frozenset(told - made)
        if not told or (part and made):
            return None
        counts = self._made_of[before]
        usual = {word for word, count in counts.items() if 2 * count >= max(counts.values())}
        found = Counter(
            {
                topic_id: len(with_it & usual)
                for part in ([part] if part else self._made_of_part[before])
                for topic_id in self._by_part.get(part, ())
                if topic_id != before
                for with_it in [self._made_of_part[topic_id][part]]
                if with_it and made <= with_it <= made | usual
            }
        ).most_common(2)
        if not found or (len(found) == 2 and found[0][1] == found[1][1]):
            return None
        places = tuple(place for place, word in enumerate(words) if word in told)
        topic_id = found[0][0]
        looked_at = part or next(part for part in self._made_of_part[before] if topic_id in self._by_part[part])
        return _Span(topic_id, places, _weight(looked_at | (made or usual)))

    def _exact(self, words: Sequence[str], awaited: bool) -> list[_Span]:
        if not words:
            return []
        found = []
        for _, start, end in self._matcher(Doc(_blank().vocab, words=list(words))):
            key = tuple(words[start:end])
            if len(key) == 1 and not _may_stand_alone(words, start, awaited):
                continue
            found.append(_Span(self._by_words[key], tuple(range(start, end)), _weight(key)))
        return found

    def _scattered(self, words: Sequence[str]) -> list[_Span]:
        places: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(words):
            if word not in _words().passed_over:
                places[word].append(place)
        seen: set[frozenset[str]] = set()
        found = []
        for word in places:
            for telling in self._sets_of.get(word, ()):
                if telling in seen or not telling <= places.keys():
                    continue
                seen.add(telling)
                span = _narrowest(telling, places)
                between = sum(
                    1 for place in range(span[0], span[-1]) if words[place] not in _words().passed_over | telling
                )
                if between <= _WORDS_BETWEEN and span[-1] - span[0] < len(telling) + _LONGEST_SPAN:
                    found.append(_Span(self._by_set[telling], span, _weight(telling)))
        return found

    def _without_overlap(self, spans: list[_Span]) -> list[_Span]:
        """The spans that count: the longer of two where one holds the other; else exams, then what tells more."""

        def order(span: _Span) -> tuple[bool, int, int, int, int]:
            pictured = self._kinds[span.topic_id] in PICTURED
            width = max(span.places) - min(span.places)
            return (not pictured, -span.weight, width, self._rank(span.topic_id), min(span.places))

        taken: set[int] = set()
        chosen: list[_Span] = []
        left = spans
        while left:
            whole = [span for span in left if not any(set(span.places) < set(other.places) for other in left)]
            for span in sorted(whole, key=order):
                if taken.isdisjoint(span.places) or self._is_as_good(span, chosen):
                    taken.update(span.places)
                    chosen.append(span)
            # A name within a longer one that did not count counts by itself.
            left = [span for span in left if span not in whole and taken.isdisjoint(span.places)]
        return sorted(chosen, key=lambda span: min(span.places))

    def _without_doses(self, spans: list[_Span], words: Sequence[str]) -> list[_Span]:
        """Without treatments that are only read into "radiation" beside an exam: "radiation of a CT of the head"."""
        doses = {place for place, word in enumerate(words) if word in _words().doses}
        exams = [s for s in spans if self._kinds[s.topic_id] in PICTURED and doses.isdisjoint(s.places)]
        covered = doses.union(*(exam.places for exam in exams))
        return [
            span
            for span in spans
            if not exams
            or self._kinds[span.topic_id] not in PICTURED
            or doses.isdisjoint(span.places)
            or not covered.issuperset(p for p in span.places if words[p] not in _words().passed_over)
        ]

    def _is_as_good(self, span: _Span, chosen: list[_Span]) -> bool:
        """An exam that shares a word with another and tells as much: "CT or MRI of the head" may be either."""
        rivals = [other for other in chosen if not set(other.places).isdisjoint(span.places)]
        return self._kinds[span.topic_id] in PICTURED and all(
            self._kinds[rival.topic_id] in PICTURED
            and rival.weight == span.weight
            and not set(span.places) <= set(rival.places)
            for rival in rivals
        )

    def _inside(self, spans: list[_Span], chosen: list[_Span]) -> list[_Span]:
        """Exams named within the name of a page that is none: they answer where that page is silent."""
        pages = [span for span in chosen if self._kinds[span.topic_id] not in PICTURED]
        return [
            span
            for span in self._without_overlap([s for s in spans if self._kinds[s.topic_id] in PICTURED])
            if any(set(span.places) < set(page.places) for page in pages)
        ]

    def _candidates(self, words: Sequence[str]) -> tuple[str, ...]:
        """Topics that look at the part of the body named beside a word like "scan"."""
        present = set(words)
        if not present & _words().any_exam:
            return ()
        hits: dict[str, int] = {}
        for part, topic_ids in self._by_part.items():
            # What only one exam's name holds is no part of the body ("eating before an MRI").
            if part <= present and len(topic_ids) > 1:
                for topic_id in topic_ids:
                    hits[topic_id] = max(hits.get(topic_id, 0), len(part))
        best = max(hits.values(), default=0)
        return tuple(sorted((t for t, size in hits.items() if size == best), key=self._rank))


def only_named(tokens: Sequence[Token], linked: Linked, *, awaited: bool) -> str | None:
    """The one exam or treatment that a message does no more than name ("no, the hip MRI").

    After we have asked for one, "it is the hip" does so too; else "what is a hip MRI" asks something of its own.
    """
    spans = [(mention.start, mention.end) for mention in linked.mentions]
    named = [m for m in linked.mentions if not m.inside and not m.negated]
    if len(named) != 1 or named[0].kind not in PICTURED:
        return None
    words = _words()
    around = (words.passed_over | words.turning) - (frozenset() if awaited else words.asks_what_it_is)
    inside = {token.stem for token in tokens if any(start <= token.start < end for start, end in spans)}
    outside = {token.stem for token in tokens if not any(start <= token.start < end for start, end in spans)}
    around -= {word for word, beside in words.no_question_with.items() if beside not in outside}
    tells = inside - words.passed_over - words.any_exam - words.also_asked
    return named[0].topic_id if tells and outside <= around else None


def _asks_only_what_is_given(words: Sequence[str]) -> bool:
    """ "And with contrast?" asks of the exam that was talked about, not what contrast is."""
    told = set(words) - _words().passed_over - _words().turning
    return bool(told) and told <= _words().given


def _weight(words: Iterable[str]) -> int:
    """How much a wording tells: what is looked at tells more than what it is looked at with."""
    telling = [word for word in words if word not in _words().passed_over | _words().asking]
    return sum(1 if word in _words().made_with else 2 for word in telling) or 1


def _narrowest(telling: frozenset[str], places: dict[str, list[int]]) -> tuple[int, ...]:
    """For each telling word the place that makes the span narrow, going out from every place of the rarest word."""
    rarest = min(telling, key=lambda word: len(places[word]))
    spans = [
        tuple(sorted(min(places[word], key=lambda place: abs(place - anchor)) for word in telling))
        for anchor in places[rarest]
    ]
    return min(spans, key=lambda span: span[-1] - span[0])


def _may_stand_alone(words: Sequence[str], place: int, awaited: bool) -> bool:
    """Whether a one-word name counts here: "pet" does beside "scan" and after "el"; "mi", a heart attack, is a word."""
    if words[place] in _words().passed_over:
        return False
    if awaited and all(word in _words().passed_over for i, word in enumerate(words) if i != place):
        return True
    if words[place] not in _words().everyday or _near_exam_word(words, place):
        return True
    in_spanish = place > 0 and words[place - 1] in _words().spanish_before_a_name
    return in_spanish and words[place] in _words().everyday_in_english


def _near_exam_word(words: Sequence[str], place: int) -> bool:
    made_with = _words().made_with - _words().everyday
    return any(word in made_with for word in words[max(0, place - 2) : place + 3])


def _is_turned_away(words: Sequence[str], place: int) -> bool:
    before = [word for word in words[max(0, place - 3) : place] if word not in _words().passed_over - {"no"}]
    return bool(before) and before[-1] in _words().turned_away
