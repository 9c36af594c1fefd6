"""Reads one topic file (front matter and `## section` texts) into plain data; what is stored is decided by the loader.

Format: see docs/how-to/add-a-topic.md. Every error names the file and the line to mend.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from content_db.folding import fold
from content_db.sections import FAQ, KINDS, SECTIONS, languages

_TOPIC_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Neither shown nor stored: control characters but those that divide lines and words, and halves of characters.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
# So that all fits the tables, and a title with its question too.
_LONGEST = {"id": 64, "title": 120, "source": 500, "aliases": 120, "modality": 60, "body_region": 60}
_LONGEST_QUESTION = 170
_FRONT_MATTER_FIELDS = frozenset(
    {
        *("id", "language", "title", "kind", "parent", "aliases", "source", "facts_checked"),
        *("modality", "body_region", "translated_from"),
    }
)
# libyaml's reader is ten times as fast, and there on every usual platform.
_SAFE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# It has no guard against deep nesting but the length of what it is given.
_LONGEST_FRONT_MATTER = 10_000
_REQUIRED_FIELDS = ("id", "language", "title", "kind", "source", "facts_checked")


def first_paragraph(text: str) -> str:
    """The part of a passage's text that answers by itself."""
    return text.partition("\n\n")[0]


@dataclass(frozen=True)
class Problem:
    """One thing to mend in a content file."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class BadFile(Exception):
    """A content file that cannot be read; `problems` names each fault by file and line."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class ParsedPassage:
    """A section as written. `text` is its paragraphs joined by one blank line; `question` is set for `faq` only."""

    section: str
    question: str | None
    text: str
    line: int

    @property
    def short(self) -> str:
        """The first paragraph: whole by itself."""
        return first_paragraph(self.text)

    @property
    def detail(self) -> str:
        """What follows the first paragraph, or an empty string."""
        _, _, rest = self.text.partition("\n\n")
        return rest


@dataclass(frozen=True)
class ParsedTopic:
    """A topic file as written."""

    path: Path
    id: str
    language: str
    title: str
    kind: str
    parent: str | None
    aliases: tuple[str, ...]
    source: str
    facts_checked: tuple[str, ...]
    modality: tuple[str, ...] = ()
    body_region: tuple[str, ...] = ()
    translated_from: str | None = None
    passages: tuple[ParsedPassage, ...] = field(default=())


def parse_file(path: Path) -> ParsedTopic:
    """Read a topic file. Raises BadFile for anything that is not UTF-8, well-formed and complete."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise BadFile([Problem(path, line, "not UTF-8 text")]) from error
    return parse(text, path)


def parse(text: str, path: Path) -> ParsedTopic:
    """Parse the text of a topic file; `path` is used in messages only. Raises BadFile."""
    lines = text.lstrip("\ufeff").splitlines()
    for number, line in enumerate(lines, start=1):
        if found := _CONTROL.search(line):
            name = "NUL byte" if found[0] == "\0" else f"control character (U+{ord(found[0]):04X})"
            raise BadFile([Problem(path, number, f"holds a {name}")])
    if not lines or lines[0].strip() != "---":
        raise BadFile([Problem(path, 1, "must begin with a front matter block: a line '---'")])
    try:
        end = next(i for i, line in enumerate(lines[1:], start=1) if line.strip() == "---")
    except StopIteration:
        raise BadFile([Problem(path, 1, "the front matter is not closed by a line '---'")]) from None
    problems: list[Problem] = []
    fields = _front_matter(lines[1:end], path, problems)
    passages = _passages(lines[end + 1 :], end + 2, path, problems)
    if problems:
        raise BadFile(problems)
    return ParsedTopic(path=path, passages=tuple(passages), **fields)


def _front_matter(lines: list[str], path: Path, problems: list[Problem]) -> dict[str, Any]:
    def line_of(name: str) -> int:
        return next((i for i, line in enumerate(lines, start=2) if line.startswith(f"{name}:")), 2)

    written = "\n".join(lines)
    if len(written) > _LONGEST_FRONT_MATTER:
        problems.append(Problem(path, 2, f"the front matter has more than {_LONGEST_FRONT_MATTER} characters"))
        return {}
    try:
        raw = yaml.load(written, Loader=_SAFE)
    except Exception as error:  # PyYAML lets its own ValueError, KeyError, RecursionError, … for odd values through.
        mark = getattr(error, "problem_mark", None)
        problems.append(Problem(path, (mark.line if mark else 0) + 2, "the front matter is not valid YAML"))
        return {}
    if not isinstance(raw, dict):
        problems.append(Problem(path, 2, "the front matter must be 'name: value' lines"))
        return {}
    for name in raw:
        if name not in _FRONT_MATTER_FIELDS:
            known = ", ".join(sorted(_FRONT_MATTER_FIELDS))
            problems.append(Problem(path, line_of(str(name)), f"unknown field '{name}' (known: {known})"))
    for name in _REQUIRED_FIELDS:
        value = raw.get(name)
        if value in (None, []) or (isinstance(value, str) and not value.strip()):
            problems.append(Problem(path, line_of(name), f"'{name}' is missing"))
    for name in ("id", "language", "title", "kind", "parent", "source", "translated_from"):
        if raw.get(name) is not None and not isinstance(raw[name], str):
            problems.append(Problem(path, line_of(name), f"'{name}' must be text"))
    for name in ("aliases", "facts_checked", "modality", "body_region"):
        value = raw.get(name)
        if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            problems.append(Problem(path, line_of(name), f"'{name}' must be a list of texts, like [one, two]"))
    if problems:
        return {}
    for name, value in raw.items():
        for item in value if isinstance(value, list) else [value or ""]:
            if len(item) > _LONGEST.get(name, len(item)):
                problems.append(Problem(path, line_of(name), f"'{name}' has more than {_LONGEST[name]} characters"))
            if _CONTROL.search(item) or item.splitlines() not in ([], [item]):
                problems.append(Problem(path, line_of(name), f"'{name}' holds a line break or a control character"))
    if not _TOPIC_ID.fullmatch(raw["id"]):
        problems.append(Problem(path, line_of("id"), "'id' must be lower-case letters, digits and single hyphens"))
    if raw["language"] not in languages():
        known = ", ".join(languages())
        problems.append(Problem(path, line_of("language"), f"unknown language '{raw['language']}' (known: {known})"))
    if raw["kind"] not in KINDS:
        problems.append(Problem(path, line_of("kind"), f"unknown kind '{raw['kind']}' (known: {', '.join(KINDS)})"))
    if raw.get("parent") == raw["id"]:
        problems.append(Problem(path, line_of("parent"), "a topic cannot be its own parent"))
    for name, addresses in (("source", [raw["source"]]), ("facts_checked", raw["facts_checked"])):
        for address in addresses:
            if not address.startswith("https://"):
                problems.append(Problem(path, line_of(name), f"'{address}' is not an https address"))
    return {
        "id": raw["id"],
        "language": raw["language"],
        "title": raw["title"].strip(),
        "kind": raw["kind"],
        "parent": raw.get("parent"),
        "aliases": tuple(alias.strip() for alias in raw.get("aliases") or ()),
        "source": raw["source"],
        "facts_checked": tuple(raw["facts_checked"]),
        "modality": tuple(raw.get("modality") or ()),
        "body_region": tuple(raw.get("body_region") or ()),
        "translated_from": raw.get("translated_from"),
    }


def _passages(lines: list[str], first_line: int, path: Path, problems: list[Problem]) -> list[ParsedPassage]:
    passages: list[ParsedPassage] = []
    seen: dict[tuple[str, str | None], int] = {}
    heading: tuple[str, str | None, int] | None = None
    body: list[str] = []

    def close() -> None:
        if heading is None:
            if any(line.strip() for line in body):
                problems.append(Problem(path, first_line, "text before the first '## section' heading"))
            return
        section, question, line = heading
        paragraphs = [" ".join(p.split()) for p in re.split(r"\n\s*\n", "\n".join(body)) if p.strip()]
        if not paragraphs:
            problems.append(Problem(path, line, f"section '{section}' has no text"))
            return
        passages.append(ParsedPassage(section, question, "\n\n".join(paragraphs), line))

    for number, line in enumerate(lines, start=first_line):
        if not line.startswith("#"):
            body.append(line)
            continue
        close()
        heading, body = _heading(line, number, path, problems), []
        if heading is None:
            heading = (FAQ, line, number)
        key = (heading[0], slug(heading[1]) if heading[1] else None)
        if key in seen:
            problems.append(Problem(path, number, f"section '{heading[0]}' stands twice (first in line {seen[key]})"))
        seen[key] = number
    close()
    if not passages and not problems:
        problems.append(Problem(path, first_line, "the file has no '## section'"))
    return passages


def slug(question: str) -> str:
    """The part of a particular question's passage id that comes from its words: 'can-i-drink-water'."""
    return fold(question)[:80].strip().replace(" ", "-")


def _heading(line: str, number: int, path: Path, problems: list[Problem]) -> tuple[str, str | None, int] | None:
    title = line[2:].strip() if line.startswith("## ") else ""
    name, colon, question = title.partition(":")
    name, question = name.strip(), question.strip()
    if name == FAQ:
        if not question:
            problems.append(Problem(path, number, "a faq heading needs its question: '## faq: Can I …?'"))
            return None
        if len(question) > _LONGEST_QUESTION or not slug(question):
            problems.append(Problem(path, number, f"a question has 1 to {_LONGEST_QUESTION} characters, some a to z"))
            return None
        return name, question, number
    if name not in SECTIONS or colon:
        known = ", ".join(SECTIONS)
        problems.append(Problem(path, number, f"'{line.strip()}' is not a section heading '## name' (known: {known})"))
        return None
    return name, None, number
