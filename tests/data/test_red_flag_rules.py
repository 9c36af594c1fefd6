"""Every rule file: its shape, and that each sentence is found by its rule, or by none. Errors name file and rule."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.safety import red_flags

FOLDER = Path(red_flags.__file__).parent / "rules"
FILES = sorted(FOLDER.glob("*.yml"))
LEAST = 12
CATEGORY_KEYS = {"category", "rank", "reply", "rules"}
RULE_KEYS = {"id", "owner", "why", "en", "es"}
LANGUAGE_KEYS = {"patterns", "must_match", "must_not_match"}
CATEGORIES = {
    *("contrast_reaction", "breathing", "chest_pain", "stroke", "headache", "bleeding", "limb", "extravasation"),
    *("fainting", "seizure", "overdose", "swallowed", "pregnancy", "self_harm", "infection", "mri_metal"),
    *("child_danger", "abuse", "cry_for_help"),
}


def contents(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


RULES = [(path.name, rule) for path in FILES for rule in contents(path)["rules"]]
IN_EACH_LANGUAGE = [(name, rule, language) for name, rule in RULES for language in red_flags.LANGUAGES]


def in_words(value: object) -> str | None:
    """How a test is named: file, rule and language."""
    return value["id"] if isinstance(value, dict) else str(value)


def test_every_category_has_its_file() -> None:
    assert {path.stem for path in FILES} == CATEGORIES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file(path: Path) -> None:
    content = contents(path)
    assert set(content) == CATEGORY_KEYS, path.name
    assert content["category"] == path.stem, path.name
    assert content["reply"] in red_flags.replies(), f"{path.name}: no reply named {content['reply']}"
    for rule in content["rules"]:
        assert set(rule) == RULE_KEYS, f"{path.name}: {rule.get('id')}"
        assert rule["id"].startswith(f"{path.stem}."), f"{path.name}: {rule['id']}"
        assert rule["owner"].endswith("to be named"), f"{path.name}: {rule['id']}: an owner is a role"
        assert rule["why"].endswith("."), f"{path.name}: {rule['id']}: why is one sentence"


def test_ids_are_unique() -> None:
    twice = [rule_id for rule_id, n in Counter(rule["id"] for _, rule in RULES).items() if n > 1]
    assert not twice


@pytest.mark.parametrize(("name", "rule", "language"), IN_EACH_LANGUAGE, ids=in_words)
def test_sentences(name: str, rule: dict[str, Any], language: str) -> None:
    here = f"{name}: {rule['id']} ({language})"
    said = rule[language]
    assert set(said) == LANGUAGE_KEYS, here
    for kind in ("must_match", "must_not_match"):
        assert len(said[kind]) >= LEAST, f"{here}: {kind} has fewer than {LEAST} sentences"
        assert len(set(said[kind])) == len(said[kind]), f"{here}: {kind} says something twice"
    missed = [
        sentence
        for sentence in said["must_match"]
        if rule["id"] not in {flag.rule_id for flag in red_flags.find_all(sentence)}
    ]
    assert not missed, f"{here}: not found: {missed}"
    wrong = {
        sentence: [flag.rule_id for flag in red_flags.find_all(sentence)]
        for sentence in said["must_not_match"]
        if red_flags.find_all(sentence)
    }
    assert not wrong, f"{here}: found although harmless: {wrong}"


def test_every_reply_is_used_short_and_in_both_languages() -> None:
    used = {contents(path)["reply"] for path in FILES}
    assert used == set(red_flags.replies())
    for reply_id, words in red_flags.replies().items():
        assert set(words) == set(red_flags.LANGUAGES), reply_id
        for language, text in words.items():
            sentences = [s for s in re.split(r"(?<=[.!?])\s+", text) if s]
            assert 1 <= len(sentences) <= 3, f"{reply_id} ({language}): {len(sentences)} sentences"
            assert "{emergency_number}" in text, f"{reply_id} ({language})"
    assert all("{crisis_number}" in text for text in red_flags.replies()["self_harm"].values())


def test_all_named_lists_are_used() -> None:
    for language in red_flags.LANGUAGES:
        words = contents(FOLDER.parent / "words" / f"{language}.yml")
        rules = "".join(path.read_text(encoding="utf-8") for path in FILES)
        text = rules + str(words["lists"]) + str(words["cues"])
        unused = [name for name in words["lists"] if f"<{name}>" not in text]
        assert not unused, f"{language}.yml: lists that no rule uses: {unused}"
