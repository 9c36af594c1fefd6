"""A topic that nobody trained for is answered within seconds of being published."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from bot.settings import PROJECT
from content_db import repository, workflow
from content_db.database import open_engine
from content_db.permissions import Actor, Role
from content_db.statuses import Status, Step
from tests.journeys.client import Assistant, Patient, words_of

WITHIN_S = 5.0
TOPIC = """---
id: zeppelin-scan
language: en
title: Zeppelin scan
kind: exam
aliases: [zeppelin scan, zeppelinography, floating balloon scan]
source: https://www.radiologyinfo.org
facts_checked: [https://www.radiologyinfo.org]
---
## overview
A zeppelin scan is an exam that exists only in this test.

## preparation
Bring a light coat to a zeppelin scan, for it is cold up there.
"""
AUTHOR = Actor("author", "Test Author", Role.AUTHOR)
PHYSICIAN = Actor("physician", "Test Physician", Role.PHYSICIAN)
COMMITTEE = Actor("committee", "Test Committee Member", Role.COMMITTEE)
EDITOR = Actor("editor", "Test Editor", Role.EDITOR)


def answered_within(assistant: Assistant, question: str, passage: str, seconds: float = WITHIN_S) -> dict[str, object]:
    """Ask until the passage is shown; fails when that takes longer than `seconds`."""
    begun = time.monotonic()
    while True:
        asked_at = time.monotonic() - begun
        turn = Patient(assistant.address).ask(question)
        shown = [p["id"] for p in turn["answer"]["passages"]]
        if passage in shown:
            return turn
        assert asked_at <= seconds, f"not answered after {seconds} s: {turn['answer']}"
        time.sleep(0.2)


def test_a_new_topic_needs_no_training(assistant: Assistant, tmp_path: Path) -> None:
    before = Patient(assistant.address).ask("how do I prepare for a zeppelinography")
    assert before["answer"]["kind"] != "answer"
    (tmp_path / "zeppelin-scan.md").write_text(TOPIC, encoding="utf-8")
    loading = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "content_db", "load", str(tmp_path)],
        cwd=PROJECT,
        env=assistant.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert loading.returncode == 0, loading.stderr
    turn = answered_within(assistant, "how do I prepare for a zeppelinography", "zeppelin-scan.preparation.en")
    assert turn["answer"]["passages"][0]["review"] == "none"
    assert any("Starter text, not yet reviewed by a physician." in text for text in words_of(turn))

    engine = open_engine(assistant.environment["RADINFO_CONTENT_URL"])
    with engine.begin() as connection:
        draft = repository.newest_revision(connection, "zeppelin-scan.preparation.en")
        assert draft is not None
        for step, actor in (
            (Step.SUBMIT, AUTHOR),
            (Step.APPROVE_AS_PHYSICIAN, PHYSICIAN),
            (Step.APPROVE_AS_COMMITTEE, COMMITTEE),
            (Step.PUBLISH, EDITOR),
        ):
            workflow.take(connection, step, draft.id, actor, seen_hash=draft.text_hash)
    turn = Patient(assistant.address).ask("how do i get ready for the floating baloon scan")
    assert turn["answer"]["passages"][0]["review"] == "committee"
    assert draft.text in words_of(turn)

    with engine.begin() as connection:
        assert workflow.take(connection, Step.WITHDRAW, draft.id, EDITOR, comment="test") is Status.WITHDRAWN
    turn = Patient(assistant.address).ask("how do I prepare for a zeppelinography")
    assert turn["answer"]["kind"] == "not_covered"
    assert not turn["answer"]["passages"]
    engine.dispose()
