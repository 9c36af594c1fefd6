"""data/questions and data/phrasings: well formed, of known topics and sections, and apart from the evaluation.

The evaluation's questions are compared here by their words alone, and only the lines of data are shown.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.examples import PHRASINGS, QUESTIONS, phrasings, questions
from bot.settings import PROJECT
from bot.words import LANGUAGES
from content_db.importers.library import catalogue, shipped
from content_db.sections import FAQ, SECTIONS

KINDS = {
    *("answer", "clarify", "not_covered", "personal_advice", "out_of_scope", "handoff", "service", "chitchat"),
    "emergency",
}
# In files of their own that are read line by line.
FILES = sorted([*QUESTIONS.rglob("*.jsonl"), *PHRASINGS.rglob("*.jsonl")])
NLU = PROJECT / "data" / "nlu"
EVALUATION = PROJECT / "tests" / "evaluation"
_MARK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")


def comparable(text: str) -> str:
    """The words of a text without case, accents and signs, in any script."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain.replace("'", "").replace("\u2019", "")))


def label(path: Path) -> str:
    return str(path.relative_to(PROJECT / "data"))


@cache
def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


@cache
def known_topics() -> set[str]:
    return {*catalogue(), *(topic.id for topic in shipped())}


@cache
def sections_of() -> dict[str, set[str]]:
    """The sections of each topic's own page, in any language."""
    found: dict[str, set[str]] = defaultdict(set)
    for topic in shipped():
        found[topic.id] |= {passage.section for passage in topic.passages}
    return found


@cache
def particular_questions() -> set[tuple[str, str, str]]:
    return {
        (topic.language, topic.id, passage.question)
        for topic in shipped()
        for passage in topic.passages
        if passage.question
    }


@cache
def parents() -> dict[str, str | None]:
    return {entry.id: entry.parent for entry in catalogue().values()} | {topic.id: topic.parent for topic in shipped()}


def line_of(topic_id: str) -> Iterator[str]:
    seen: set[str] = set()
    member: str | None = topic_id
    while member and member not in seen:
        seen.add(member)
        yield member
        member = parents().get(member)


each_file = pytest.mark.parametrize("path", FILES, ids=label)
each_question_file = pytest.mark.parametrize("path", sorted(QUESTIONS.rglob("*.jsonl")), ids=label)
each_phrasing_file = pytest.mark.parametrize("path", sorted(PHRASINGS.rglob("*.jsonl")), ids=label)


@pytest.mark.parametrize("folder", [QUESTIONS, PHRASINGS], ids=label)
def test_every_language_has_its_folder_and_nothing_else_has(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == set(LANGUAGES)
    assert all(any(path.glob("*.jsonl")) for path in folder.iterdir())


@each_file
def test_every_text_is_one_line(path: Path) -> None:
    assert [line for line in lines(path) if not line["text"] or line["text"] != " ".join(line["text"].split())] == []


@each_question_file
def test_every_question_is_of_the_language_of_its_folder(path: Path) -> None:
    assert [line for line in lines(path) if line.get("language", path.parent.name) != path.parent.name] == []


@each_question_file
def test_every_question_has_kinds_topics_and_sections_that_are_known(path: Path) -> None:
    wrong = [
        line
        for line in lines(path)
        if not line["kinds"]
        or not set(line["kinds"]) <= KINDS
        or not set(line.get("topics") or ()) | {line.get("before")} - {None} <= known_topics()
        or not set(line.get("sections") or ()) <= set(SECTIONS)
    ]
    assert wrong == []


@each_question_file
def test_what_went_before_a_turn_of_a_conversation_is_a_topic_and_what_was_told_of_it(path: Path) -> None:
    wrong = [
        line
        for line in lines(path)
        if line.get("before_section", FAQ) not in SECTIONS
        or ("before_section" in line and "before" not in line)
        or (line.get("carries") and "before_section" not in line)
    ]
    assert wrong == []


@each_question_file
def test_a_question_that_a_text_answers_says_which(path: Path) -> None:
    unsaid = [line for line in lines(path) if line["kinds"][0] == "answer" and not line.get("sections")]
    assert unsaid == []


@each_question_file
def test_every_particular_question_that_a_line_names_is_in_the_library(path: Path) -> None:
    """After a question of a page is worded anew, the lines that name it have to be too."""
    wrong = [
        line
        for line in lines(path)
        for topic, asked in line.get("particular") or ()
        if (path.parent.name, topic, asked) not in particular_questions()
    ]
    assert wrong == []


@each_phrasing_file
def test_every_phrasing_is_of_a_section_that_stands_on_its_topics_page_or_its_parents(path: Path) -> None:
    wrong = [
        line
        for line in lines(path)
        if line["topic"] not in known_topics()
        or not any(line["section"] in sections_of()[member] for member in line_of(line["topic"]))
    ]
    assert wrong == []


@each_phrasing_file
def test_a_phrasing_of_a_particular_question_says_which(path: Path) -> None:
    wrong = [
        line
        for line in lines(path)
        if (line["section"] == FAQ) != ("particular" in line)
        or (
            "particular" in line and (path.parent.name, line["topic"], line["particular"]) not in particular_questions()
        )
    ]
    assert wrong == []


def test_what_the_files_hold_is_what_is_learnt_from() -> None:
    assert len(questions()) == sum(len(lines(path)) for path in FILES if path.is_relative_to(QUESTIONS))
    for language in LANGUAGES:
        assert len(phrasings(language)) == sum(map(len, map(lines, (PHRASINGS / language).glob("*.jsonl"))))


def test_danger_is_among_the_questions_of_every_language() -> None:
    for language in LANGUAGES:
        assert any(question.intent == "emergency" for question in questions() if question.language == language)


def learnt() -> Iterator[tuple[str, str]]:
    """Every text that something is learnt from, with the file it stands in."""
    for path in FILES:
        for line in lines(path):
            yield line["text"], label(path)
    for path in sorted(NLU.rglob("*.yml")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip().startswith("- ") and "intent:" not in line:
                yield _MARK.sub(r"\1", line.strip().removeprefix("- ")), label(path)


def texts_in(value: Any) -> Iterator[str]:
    """Every `text` in the lines of an evaluation file, in dialogues too."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


@cache
def evaluated() -> frozenset[str]:
    files = sorted(EVALUATION.rglob("*.jsonl"))
    # Signs without a word may stand in both.
    return frozenset(comparable(text) for path in files for text in texts_in(lines(path))) - {""}


def test_the_evaluation_is_found() -> None:
    assert len(evaluated()) > 500
    assert len(list(learnt())) > 5000


# A greeting or two words are what anyone would write.
FEWEST_WORDS = 4


def test_nothing_is_learnt_from_a_question_of_the_evaluation() -> None:
    both = {
        (text, where)
        for text, where in learnt()
        if len(comparable(text).split()) >= FEWEST_WORDS and comparable(text) in evaluated()
    }
    assert sorted(both) == []


def test_no_labelled_question_or_phrasing_is_a_question_of_the_evaluation() -> None:
    in_files = [(line["text"], label(path)) for path in FILES for line in lines(path)]
    assert [(text, where) for text, where in in_files if comparable(text) in evaluated()] == []
