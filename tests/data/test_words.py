"""The fixed words: the same keys and places in every language, each used, and each turn has what it says."""

from __future__ import annotations

import ast
import string
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot import words
from bot.messages import Kind
from bot.settings import PROJECT
from bot.words import LANGUAGES, say

HOME = Path(words.__file__).parent
# Calls that take a key, and which argument it is; what else they are given by name fills the places.
CALLS = {"say": 0, "plain": 1, "handoff": 1}
# What each kind of turn is made of. An emergency's words are in bot/safety.
WORDS_OF: dict[Kind, tuple[str, ...]] = {
    Kind.ANSWER: ("source", "reviewed", "unreviewed", "general", "more"),
    Kind.CLARIFY: ("which_topic", "which_topic_of", "which_section"),
    Kind.EMERGENCY: (),
    Kind.PERSONAL_ADVICE: ("personal_advice",),
    Kind.HANDOFF: ("handoff", "handoff_contact", "not_understood_twice"),
    Kind.SERVICE: ("service",),
    Kind.CHITCHAT: ("greeting", "hello", "thanks", "bye", "robot"),
    Kind.OUT_OF_SCOPE: ("out_of_scope",),
    Kind.NOT_COVERED: ("not_covered", "not_covered_topic", "lapsed", "ask_person"),
    Kind.ERROR: ("error",),
}


@cache
def entries(language: str) -> dict[str, str]:
    loaded: dict[str, str] = yaml.safe_load((HOME / f"{language}.yml").read_text(encoding="utf-8"))
    return loaded


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


@cache
def used() -> dict[str, list[set[str]]]:
    """Every key in the code, with the places that each of its calls fills."""
    found: dict[str, list[set[str]]] = defaultdict(list)
    for path in [*(PROJECT / "actions").rglob("*.py"), *(PROJECT / "bot").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if len(node.args) > CALLS.get(name, 99):
                filled = {keyword.arg for keyword in node.keywords if keyword.arg}
                for key in constants(node.args[CALLS[name]]):
                    found[key].append(filled)
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    for intent in domain["intents"]:
        name = next(iter(intent))
        if name.startswith("chitchat_"):
            found[name.removeprefix("chitchat_")].append(set())
    return found


def test_there_is_one_file_a_language() -> None:
    assert {path.stem for path in HOME.glob("*.yml")} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key_with_the_same_places(language: str) -> None:
    assert {key: places(text) for key, text in entries(language).items()} == {
        key: places(text) for key, text in entries("en").items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_is_used_and_every_used_key_is_there(language: str) -> None:
    assert set(entries(language)) == set(used())


@pytest.mark.parametrize("key", sorted(entries("en")))
def test_every_call_fills_the_places_of_its_words(key: str) -> None:
    assert [filled for filled in used()[key] if filled != places(entries("en")[key])] == []


def test_every_key_belongs_to_a_kind_of_turn() -> None:
    assert set(WORDS_OF) == set(Kind)
    assert sorted(key for keys in WORDS_OF.values() for key in keys) == sorted(entries("en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(entries("en")))
def test_the_words_are_whole(key: str, language: str) -> None:
    text = entries(language)[key]
    said = say(key, language, **{place: f"<{place}>" for place in places(text)})
    assert said == said.strip() != ""
    assert all(f"<{place}>" in said for place in places(text))
    assert "{" not in said
    # A blank line would cut the words into two messages on Rasa's own channels.
    assert "\n\n" not in said


@pytest.mark.parametrize("key", sorted(entries("en")))
def test_another_language_has_words_of_its_own(key: str) -> None:
    english, spanish = entries("en")[key], entries("es")[key]
    has_words = any(letter.isalpha() for text, *_ in string.Formatter().parse(english) for letter in text)
    assert (spanish != english) == has_words


@pytest.mark.parametrize("language", ["fr", "", "EN"])
def test_a_language_that_is_not_offered_gets_english(language: str) -> None:
    assert say("thanks", language) == entries("en")["thanks"]


def test_an_unknown_key_or_an_empty_place_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("no_such_key", "en")
    with pytest.raises(KeyError):
        say("error", "en")
