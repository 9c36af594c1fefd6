"""Rasa is killed in mid-turn, again and again: every message is answered once in the end, with the notice."""

from __future__ import annotations

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from content_db.database import open_engine
from tests.journeys.client import Assistant, Patient, assert_ends_with_notice, start

KILLS = int(os.environ.get("RADINFO_TEST_KILLS", "50"))
PATIENTS = 4
PORT = 18280
QUESTIONS = (
    "can I eat before my abdominal CT?",
    "how long does a knee MRI take",
    "does a mammogram hurt",
    "what is a HIDA scan",
)


@pytest.mark.slow
def test_every_message_is_answered_once(model: Path, tmp_path: Path) -> None:
    assistant = start(tmp_path, PORT)
    try:
        assistant.until_ready()
        turns = _ask_while_killing(assistant)
    finally:
        assistant.stop()
    assert len(turns) >= KILLS
    for turn in turns.values():
        assert_ends_with_notice(turn)
        assert turn["answer"]["kind"] == "answer", turn["answer"]
    engine = open_engine(assistant.environment["RADINFO_TRANSCRIPTS_URL"])
    with engine.connect() as connection:
        counts = connection.execute(
            text("SELECT count(*), count(turn), count(DISTINCT conversation_id || client_id) FROM messages")
        ).one()
        logged = connection.execute(text("SELECT count(*) FROM turn_log")).scalar_one()
    engine.dispose()
    assert tuple(counts) == (len(turns),) * 3, "a message was lost, doubled or left without an answer"
    assert logged == len(turns), "a turn was shown twice or not at all"


def _ask_while_killing(assistant: Assistant) -> dict[str, dict[str, object]]:
    chance = random.Random(50)
    turns: dict[str, dict[str, object]] = {}
    over = threading.Event()
    asking = threading.Event()

    def ask(patient: Patient, name: int) -> None:
        number = 0
        while not over.is_set():
            client_id = f"{name}-{number}"
            asking.set()
            turn = patient.ask(QUESTIONS[number % len(QUESTIONS)], client_id)
            again = patient.ask(QUESTIONS[number % len(QUESTIONS)], client_id)
            assert again == turn
            turns[client_id] = turn
            number += 1

    with ThreadPoolExecutor(PATIENTS) as pool:
        asked = [pool.submit(ask, assistant.patient(), name) for name in range(PATIENTS)]
        try:
            for _ in range(KILLS):
                asking.clear()
                asking.wait(60)
                # Anywhere within a turn, which takes some hundredths of a second.
                time.sleep(chance.uniform(0.0, 0.3))
                killed = assistant.kill("rasa")
                _until_another(assistant, killed)
                assistant.until_ready()
        finally:
            over.set()
        for future in asked:
            future.result(120)
    return turns


def _until_another(assistant: Assistant, killed: int) -> None:
    for _ in range(200):
        if assistant.pid("rasa") != killed:
            return
        time.sleep(0.1)
    raise AssertionError("Rasa was not started again")
