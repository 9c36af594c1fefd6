"""Decides whether a message may mean danger now, and gives the fixed words for it; who is told is left to `handover`.

The rules are files in `rules/`, one for each category, written to be read by a clinician. They are loaded on the
first question and kept; importing this module opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from bot.safety.circumstances import COUNTS, CUES, ORDER, Circumstances
from bot.safety.patterns import DEFAULT_WITHIN, Finder, Group, Index, Notation, Pattern, PatternError, Span, vocabulary
from bot.safety.wording import Grammar, Speller, fold, read

CHECKS = frozenset(reason for reason, _ in ORDER) - {COUNTS}
HOME = Path(__file__).parent
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class RedFlag:
    """A rule that a message has met."""

    rule_id: str
    category: str
    reply_id: str
    language: str


@dataclass(frozen=True)
class Line:
    """One line of a rule: what has to be said, with what, and what calls it off."""

    sign: Pattern
    named: bool
    context: tuple[Pattern, ...]
    unless: Group
    without: Group
    even: frozenset[str]
    across: bool
    alone: bool

    @cached_property
    def needs(self) -> frozenset[Group]:
        """The groups that must all be somewhere in a message: asked first, because it costs next to nothing."""
        return frozenset(group for pattern in (self.sign, *self.context) for group in pattern.groups)

    @property
    def rarest(self) -> Group:
        """The group with the fewest phrases: a line is looked at only when this one is in a message."""
        return min((group for pattern in (self.sign, *self.context) for group in pattern.groups), key=len)


@dataclass(frozen=True)
class Rule:
    """One rule as written in its file."""

    id: str
    category: str
    reply: str
    rank: int
    owner: str
    why: str
    path: Path
    lines: Mapping[str, tuple[Line, ...]]
    must_match: Mapping[str, tuple[str, ...]]
    must_not_match: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Language:
    """All that is needed to read one language."""

    code: str
    grammar: Grammar
    speller: Speller
    index: Index
    cues: Mapping[str, Group]


@dataclass(frozen=True)
class Library:
    """Every rule, most serious first, with the languages to read them in."""

    rules: tuple[Rule, ...]
    languages: tuple[Language, ...]

    @cached_property
    def lines(self) -> Mapping[str, Mapping[Group, tuple[tuple[int, Line], ...]]]:
        """For each language, the lines with the number of their rule, by their rarest group."""
        found: dict[str, dict[Group, tuple[tuple[int, Line], ...]]] = {code: {} for code in LANGUAGES}
        for number, rule in enumerate(self.rules):
            for code, lines in rule.lines.items():
                for line in lines:
                    found[code][line.rarest] = (*found[code].get(line.rarest, ()), (number, line))
        return found


@dataclass(frozen=True)
class Finding:
    """One place where a rule was met, or nearly: `reason` tells which check called it off."""

    flag: RedFlag
    words: str
    reason: str | None


def find(text: str) -> RedFlag | None:
    """The most serious red flag in a message, or None."""
    return next(Search(text).flags(), None)


def find_all(text: str) -> tuple[RedFlag, ...]:
    """Every rule that a message meets, the most serious first."""
    return tuple(Search(text).flags())


class Search:
    """One message, read in every language, with the rules it meets."""

    def __init__(self, text: str) -> None:
        self._library = rules()
        self._read: list[tuple[Language, Finder, Circumstances]] = []
        for language in self._library.languages:
            finder = Finder(read(text, language.grammar, language.speller), language.index)
            self._read.append((language, finder, Circumstances(finder, language.cues)))

    @property
    def steps(self) -> int:
        """How many steps it has taken so far."""
        return sum(finder.steps for _, finder, _ in self._read)

    def flags(self) -> Iterator[RedFlag]:
        """The rules that are met, the most serious first."""
        likely: dict[int, list[tuple[Line, int]]] = {}
        for place, (language, finder, _) in enumerate(self._read):
            lines = self._library.lines[language.code]
            for group in finder.groups & lines.keys():
                for number, line in lines[group]:
                    if line.needs <= finder.groups:
                        likely.setdefault(number, []).append((line, place))
        for number in sorted(likely):
            for line, place in likely[number]:
                language, finder, told = self._read[place]
                if _holds(line, finder, told):
                    rule = self._library.rules[number]
                    yield RedFlag(rule.id, rule.category, rule.reply, language.code)
                    break


def explain(text: str) -> tuple[Finding, ...]:
    """Every place where the words of a rule stand, with the check that called it off, if any. For rule writers."""
    findings: list[Finding] = []
    for language in rules().languages:
        reading = read(text, language.grammar, language.speller)
        finder = Finder(reading, language.index)
        told = Circumstances(finder, language.cues)
        for rule in rules().rules:
            flag = RedFlag(rule.id, rule.category, rule.reply, language.code)
            for line in rule.lines[language.code]:
                for span in finder.spans(line.sign, anywhere=line.across):
                    words = " ".join(reading.words[span.start : span.end])
                    findings.append(Finding(flag, words, _why_not(line, span, finder, told)))
    return tuple(findings)


def reply(flag: RedFlag, language: str, emergency_number: str = "911", crisis_number: str = "988") -> str:
    """The fixed words for a red flag, in the language asked for, or in English where that is not offered."""
    words = replies()[flag.reply_id]
    said = words.get(language) or words["en"]
    return said.format(emergency_number=emergency_number, crisis_number=crisis_number)


def _holds(line: Line, finder: Finder, told: Circumstances) -> bool:
    return any(_why_not(line, span, finder, told) is None for span in finder.spans(line.sign, anywhere=line.across))


def _why_not(line: Line, span: Span, finder: Finder, told: Circumstances) -> str | None:
    if not all(finder.spans(context, anywhere=True) for context in line.context):
        return "context"
    if line.without and finder.places(line.without):
        return "without"
    if line.unless:
        begin, end = finder.reading.chain(span.start, span.end)
        if any(begin <= start < end for start, _ in finder.places(line.unless)):
            return "unless"
    if line.alone and told.has_question:
        return "alone"
    if line.across:
        parts = (Span(*part, (part,)) for part in span.parts)
        return next((r for r in (told.why_not(p, named=False, even=line.even) for p in parts) if r), None)
    return told.why_not(span, named=line.named, even=line.even)


@cache
def replies() -> Mapping[str, Mapping[str, str]]:
    """The fixed words: reply id -> language -> text with {emergency_number} and {crisis_number}."""
    return {
        name: {language: " ".join(text.split()) for language, text in words.items()}
        for name, words in _load(HOME / "replies.yml").items()
    }


@cache
def rules() -> Library:
    """Every rule and language, read from the files once."""
    files = [(path, _load(path)) for path in sorted((HOME / "rules").glob("*.yml"))]
    common = frozenset(fold(_load(HOME / "words" / "common.yml")["words"]).split())
    languages: list[Language] = []
    lines: dict[str, dict[str, tuple[Line, ...]]] = {}
    for code in LANGUAGES:
        words = _load(HOME / "words" / f"{code}.yml")
        notation, grammar, cues = _notation(words, common)
        groups: list[Group] = list(cues.values())
        for path, content in files:
            for rule in content["rules"]:
                here = f"{path.name}: {rule['id']} ({code})"
                read_lines = tuple(_line(line, notation, here) for line in rule[code]["patterns"])
                lines.setdefault(rule["id"], {})[code] = read_lines
                for line in read_lines:
                    for pattern in (line.sign, *line.context):
                        groups.extend(pattern.groups)
                    groups += [line.unless, line.without]
        languages.append(Language(code, grammar, Speller(grammar, *vocabulary(groups)), Index(groups), cues))
    found = [_rule(path, content, rule, lines[rule["id"]]) for path, content in files for rule in content["rules"]]
    return Library(tuple(sorted(found, key=lambda rule: rule.rank)), tuple(languages))


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _notation(words: Mapping[str, Any], common: frozenset[str]) -> tuple[Notation, Grammar, dict[str, Group]]:
    spelling = {
        written: tuple(plain.split())
        for plain, variants in words["spelling"].items()
        for written in (fold(v.strip()) for v in variants.split(","))
    }
    joined: dict[tuple[str, str], tuple[str, ...]] = {}
    for plain, variants in words["joined"].items():
        for pair in variants.split(","):
            first, second = fold(pair).split()
            joined[first, second] = tuple(plain.split())
    sets = {name: frozenset(fold(text).replace(",", " ").split()) for name, text in words["grammar"].items()}
    grammar = Grammar(
        spelling=spelling,
        joined=joined,
        endings={fold(ending): plain for ending, plain in words["endings"].items()},
        common=common,
        breaks=sets["breaks"],
        links=sets["links"],
        starters=sets["starters"],
        subjects=sets["subjects"],
        alone=sets["alone"],
        owners=sets["owners"],
        verbs=sets["verbs"],
        modals=sets["modals"],
        subordinators=sets["subordinators"],
        questions=frozenset(tuple(q.split()) for q in fold(words["questions"]).split(",") if q.strip()),
        standalone=sets["standalone"],
    )
    plain_speller = Speller(grammar, (), ())
    notation = Notation(words["lists"], lambda item: _spelled(item, plain_speller, grammar))
    return notation, grammar, {cue: notation.phrases(words["cues"][cue]) for cue in CUES}


def _spelled(item: str, speller: Speller, grammar: Grammar) -> tuple[str, ...]:
    """A phrase of a rule, spelled the way messages are spelled once they are read."""
    words: list[str] = []
    for written in fold(item).split():
        if written.endswith("*") or ".." in written:
            words.append(written)
            continue
        for word in speller.plain(written):
            pair = grammar.joined.get((words[-1], word)) if words else None
            if pair is None:
                words.append(word)
            else:
                words.pop()
                words.extend(pair)
    return tuple(words)


def _line(line: Mapping[str, Any], notation: Notation, here: str) -> Line:
    unknown = set(line) - {"say", "name", "in_order", "within", "with", "without", "unless", "even", "across", "alone"}
    if unknown or ("say" in line) == ("name" in line):
        raise PatternError(
            f"{here}: a line has 'say' or 'name', and may have within, with, without, unless, even, across, alone: "
            f"{dict(line)}"
        )
    strange = set(line.get("even", ())) - CHECKS
    if strange:
        raise PatternError(f"{here}: 'even' may name {sorted(CHECKS)}, not {sorted(strange)}")
    try:
        return Line(
            sign=notation.pattern(_groups(line), line.get("within", DEFAULT_WITHIN)),
            named="name" in line,
            context=tuple(notation.pattern(context) for context in line.get("with", ())),
            unless=notation.phrases(line["unless"]) if "unless" in line else frozenset(),
            without=notation.phrases(line["without"]) if "without" in line else frozenset(),
            even=frozenset(line.get("even", ())),
            across=bool(line.get("across", False)),
            alone=bool(line.get("alone", False)),
        )
    except PatternError as error:
        raise PatternError(f"{here}: {error}") from error


def _groups(line: Mapping[str, Any]) -> str:
    """The groups of a line in one string; in a file they may also stand one below the other."""
    written = line.get("say") or line["name"]
    return written if isinstance(written, str) else (" >> " if line.get("in_order") else " + ").join(written)


def _rule(
    path: Path, content: Mapping[str, Any], rule: Mapping[str, Any], lines: Mapping[str, tuple[Line, ...]]
) -> Rule:
    return Rule(
        id=rule["id"],
        category=content["category"],
        reply=rule.get("reply", content.get("reply", "")),
        rank=int(rule.get("rank", content["rank"])),
        owner=rule["owner"],
        why=rule["why"],
        path=path,
        lines=lines,
        must_match={code: tuple(rule[code]["must_match"]) for code in LANGUAGES},
        must_not_match={code: tuple(rule[code]["must_not_match"]) for code in LANGUAGES},
    )
