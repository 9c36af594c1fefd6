"""Sixty questions of our own to the running system: the right topic and section, and never a wrong exam."""

from __future__ import annotations

from pathlib import Path

import yaml

from content_db.importers.library import catalogue
from tests.journeys.client import Assistant, Patient, assert_ends_with_notice

QUESTIONS = yaml.safe_load(Path(__file__).with_name("questions.yml").read_text(encoding="utf-8"))
LEAST_RIGHT = 54


def _fitting(topics: list[str]) -> set[str]:
    """The topics and the general pages above them, which may answer for them and say that they do."""
    fitting = set(topics)
    for topic_id in topics:
        while (known := catalogue().get(topic_id)) and known.parent:
            topic_id = known.parent
            fitting.add(topic_id)
    return fitting


def test_sixty_questions(assistant: Assistant) -> None:
    right, lines, wrong_exam = 0, [], []
    for question in QUESTIONS:
        turn = Patient(assistant.address).ask(question["ask"])
        assert_ends_with_notice(turn)
        facts = turn["answer"]
        good = (
            facts["kind"] == "answer"
            and facts["topic"] in question["topics"]
            and facts["section"] in question["sections"]
        )
        right += good
        if facts["kind"] == "answer" and facts["topic"] not in _fitting(question["topics"]):
            wrong_exam.append((question["ask"], facts["topic"]))
        shown = facts["passages"][0]["id"] if facts["passages"] else "-"
        lines.append(f"{'ok ' if good else 'NOT'} {question['ask']} -> {facts['kind']} {shown}")
    (assistant.state / "sixty-questions.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    assert len(QUESTIONS) == 60
    assert not wrong_exam, wrong_exam
    assert right >= LEAST_RIGHT, f"{right} of {len(QUESTIONS)} right\n" + "\n".join(
        line for line in lines if line.startswith("NOT")
    )
