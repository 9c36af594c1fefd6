"""tests/evaluation: well formed, and its labels name topics, sections and kinds that exist. No question is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from content_db.sections import SECTIONS
from tests.data.test_questions import EVALUATION, KINDS, known_topics, lines

FILES = sorted(EVALUATION.rglob("*.jsonl"))
LABELS = ("kinds", "topics", "sections")


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def labelled(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The id and the labels of every message, with those of its writer and of a second reader."""
    for line in lines(path):
        for step in line.get("turns", [line]):
            yield line["id"], step
            yield from ((line["id"], step[reader]) for reader in ("first", "second") if reader in step)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_ids_are_unique(path: Path) -> None:
    ids = [line["id"] for line in lines(path)]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_label_is_known(path: Path) -> None:
    wrong = [
        number
        for number, labels in labelled(path)
        if not set(labels["kinds"]) <= KINDS
        or not labels["kinds"]
        or not set(labels.get("topics") or ()) <= known_topics()
        or not set(labels.get("sections") or ()) <= set(SECTIONS)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_labels_before_they_were_settled_are_whole_and_differ(path: Path) -> None:
    for line in lines(path):
        for step in line.get("turns", [line]):
            if "first" in step:
                assert set(step["first"]) == set(LABELS), line["id"]
                assert step["first"] != {key: step[key] for key in LABELS}, line["id"]
