"""Training sentences, domain and rules: each intent in each language, one rule an intent, one action a rule."""

from __future__ import annotations

import importlib
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.base import TurnAction
from bot.settings import PROJECT
from bot.words import LANGUAGES
from content_db.folding import fold
from content_db.sections import FAQ, SECTIONS

NLU = PROJECT / "data" / "nlu"
FILES = sorted(NLU.rglob("*.yml"))
# Set by a button, and by the fallback: nobody types them.
NEVER_TYPED = {"choose", "nlu_fallback"}
# Learnt from data/questions alone.
LEARNT_ELSEWHERE = {"emergency"}
MARKED_KINDS = {"exam", "treatment", "condition"}
FEWEST_SENTENCES = 20
_MARK = re.compile(r"\[([^\[\]]*)\]\(([^()]*)\)")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def domain() -> Any:
    return read(PROJECT / "domain.yml")


def intents() -> list[str]:
    return [next(iter(intent)) for intent in domain()["intents"]]


def rules() -> list[Any]:
    return list(read(PROJECT / "data" / "stories" / "rules.yml")["rules"])


@cache
def sentences(path: Path) -> list[str]:
    lines = [line for block in read(path)["nlu"] for line in block["examples"].splitlines()]
    return [line.removeprefix("- ") for line in lines]


def label(path: Path) -> str:
    return str(path.relative_to(NLU))


each_file = pytest.mark.parametrize("path", FILES, ids=label)


def test_every_intent_has_a_file_in_every_language_and_no_file_is_without_an_intent() -> None:
    here = set(intents()) - NEVER_TYPED - LEARNT_ELSEWHERE
    expected = {f"{language}/{intent}.yml" for language in LANGUAGES for intent in here}
    assert {label(path) for path in FILES} == expected


@each_file
def test_a_file_holds_the_sentences_of_the_intent_it_is_named_for(path: Path) -> None:
    content = read(path)
    assert content["version"] == "3.1"
    assert [(set(block), block["intent"]) for block in content["nlu"]] == [({"intent", "examples"}, path.stem)]


@each_file
def test_every_line_is_one_sentence(path: Path) -> None:
    lines = read(path)["nlu"][0]["examples"].splitlines()
    assert [line for line in lines if not re.fullmatch(r"- \S(.*\S)?", line)] == []
    assert len(lines) >= FEWEST_SENTENCES


@each_file
def test_topics_are_marked_well_and_by_kind(path: Path) -> None:
    wrong = []
    for sentence in sentences(path):
        marks = _MARK.findall(sentence)
        bad_mark = any(kind not in MARKED_KINDS or words != words.strip() or not fold(words) for words, kind in marks)
        if bad_mark or set("[]{}") & set(_MARK.sub("", sentence)):
            wrong.append(sentence)
    assert wrong == []


@each_file
def test_no_sentence_is_a_command(path: Path) -> None:
    assert [sentence for sentence in sentences(path) if sentence.startswith("/")] == []


def test_no_sentence_stands_under_two_intents() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for path in FILES:
        for sentence in sentences(path):
            owners[fold(_MARK.sub(r"\1", sentence))].add(path.stem)
    assert {sentence: sorted(under) for sentence, under in owners.items() if len(under) > 1} == {}


def test_every_intent_has_exactly_one_rule() -> None:
    assert Counter(rule["steps"][0]["intent"] for rule in rules()) == Counter(intents())


def test_a_rule_is_an_intent_and_its_action() -> None:
    for rule in rules():
        assert [list(step) for step in rule["steps"]] == [["intent"], ["action"]]
        assert rule["rule"] == rule["steps"][0]["intent"]


def test_every_action_of_the_domain_is_used_and_every_used_one_is_there() -> None:
    fallback = next(p for p in read(PROJECT / "config.yml")["policies"] if p["name"] == "RulePolicy")
    used = {rule["steps"][1]["action"] for rule in rules()} | {fallback["core_fallback_action_name"]}
    assert used == set(domain()["actions"])


@pytest.mark.parametrize("name", domain()["actions"])
def test_an_action_is_found_by_its_name(name: str) -> None:
    module = importlib.import_module(f"actions.{name.removeprefix('action_')}")
    action = getattr(module, "".join(part.capitalize() for part in name.split("_")))()
    assert isinstance(action, TurnAction)
    assert action.name() == name


def test_every_section_but_the_particular_questions_can_be_asked_for() -> None:
    assert set(SECTIONS) - {FAQ} <= set(intents())


def test_no_word_for_the_patient_is_in_the_domain() -> None:
    assert list(domain()["responses"]) == ["utter_default"]
