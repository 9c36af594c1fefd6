"""The notice ends every turn: through the gateway, on Rasa's own REST channel and in `rasa shell`, whatever fails."""

from __future__ import annotations

import random
import string
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.settings import PROJECT
from bot.training import model_path, quiet_environment
from content_db.database import open_engine
from tests.journeys.client import NOTICES, Assistant, Patient, assert_ends_with_notice, call, start, words_of

# One message for each kind of turn of the specification of answers.
KINDS = {
    "answer": "how do I prepare for a CT of the abdomen",
    "clarify": "can I eat before my scan?",
    "emergency": "I can't breathe and my throat is swelling since the dye",
    "personal_advice": "my report says 4 mm nodule, do I have cancer?",
    "handoff": "I want to talk to a real person please",
    "service": "who runs this website",
    "chitchat": "are you a robot",
    "out_of_scope": "what will the weather be tomorrow",
    "not_covered": "who should be screened with a knee MRI, and how often",
}
RANDOM_MESSAGES = 10_000
TALK = 10
GATEWAY_MESSAGES = 1_000
PORT = 18380


def said_by_rasa(rasa: str, message: Any, sender: str) -> list[dict[str, Any]]:
    status, parts = call(f"{rasa}/webhooks/rest/webhook", {"sender": sender, "message": message})
    assert status == 200
    return list(parts)


def assert_rasa_ends_with_notice(parts: list[dict[str, Any]], what: object) -> None:
    texts = [part["text"] for part in parts if part.get("text")]
    assert texts, f"nothing said to {what!r}"
    assert "text" in parts[-1], f"something after the notice to {what!r}"
    assert any(notice in texts[-1] for notice in NOTICES), (what, texts)
    assert sum(any(notice in words for notice in NOTICES) for words in texts) == 1, (what, texts)
    assert sum("custom" in part for part in parts) == 1, (what, parts)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_through_the_gateway(patient: Patient, kind: str) -> None:
    turn = patient.ask(KINDS[kind])
    assert turn["answer"]["kind"] == kind
    assert_ends_with_notice(turn)


def test_the_greeting(patient: Patient) -> None:
    assert_ends_with_notice(patient.greeting)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_on_rasas_own_channel(assistant: Assistant, kind: str) -> None:
    parts = said_by_rasa(assistant.rasa, KINDS[kind], f"kinds-{kind}")
    assert_rasa_ends_with_notice(parts, KINDS[kind])
    assert next(part["custom"]["kind"] for part in parts if "custom" in part) == kind


@pytest.mark.parametrize(
    "message",
    ["/restart", "/session_start", "", "   ", None, 7, "/no_such_intent", "/choose{broken", "\0", "x" * 100_000],
)
def test_odd_messages_on_rasas_own_channel(assistant: Assistant, message: object) -> None:
    assert_rasa_ends_with_notice(said_by_rasa(assistant.rasa, message, "odd"), message)


def _random_message(chance: random.Random) -> str:
    words = [
        "ct",
        "mri",
        "scan",
        "xray",
        "hurt",
        "eat",
        "before",
        "how long",
        "dye",
        "pregnant",
        "the",
        "my",
        "7",
        "/restart",
    ]
    words += ["{}", "?", "!", "ñ", "á", "😀", "<b>", "resonancia"]
    kind = chance.randrange(4)
    if kind == 0:
        return "".join(chance.choice(string.printable) for _ in range(chance.randrange(1, 60)))
    if kind == 1:
        return "".join(chr(chance.randrange(0x20, 0xD7FF)) for _ in range(chance.randrange(1, 30)))
    return " ".join(chance.choice(words) for _ in range(chance.randrange(1, 14)))


@pytest.mark.slow
def test_ten_thousand_random_messages_on_rasas_own_channel(assistant: Assistant) -> None:
    chance = random.Random(20260522)
    messages = [_random_message(chance) for _ in range(RANDOM_MESSAGES)]

    # One after the other within a conversation: Rasa holds the second of two for a second.
    def talk(first: int) -> None:
        for message in messages[first : first + TALK]:
            assert_rasa_ends_with_notice(said_by_rasa(assistant.rasa, message, f"random-{first}"), message)

    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(talk, range(0, RANDOM_MESSAGES, TALK)):
            pass


def test_a_thousand_random_messages_through_the_gateway(assistant: Assistant) -> None:
    chance = random.Random(1905)
    messages = [m for m in (_random_message(chance) for _ in range(2 * GATEWAY_MESSAGES)) if m.strip(string.whitespace)]

    def talk(part: list[str]) -> int:
        patient, answered = assistant.patient(), 0
        for number, message in enumerate(part):
            url = f"{patient.address}/api/conversations/{patient.conversation}/messages"
            status, reply = call(url, {"client_id": str(number), "text": message}, patient.token)
            if status == 400 and reply["error"]["code"] == "empty_text":
                continue  # nothing but control characters
            assert status == 200, reply
            assert_ends_with_notice(reply["turn"])
            answered += 1
        return answered

    parts = [messages[i : i + 50] for i in range(0, GATEWAY_MESSAGES, 50)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(talk, parts)) > GATEWAY_MESSAGES * 0.9


def test_what_fails_inside_is_an_error_turn(model: Path, tmp_path: Path) -> None:
    """An action server that is down, a content database that is gone, a transcript store that is gone."""
    assistant = start(tmp_path, PORT, actions_port=str(PORT + 2), turn_deadline_s="8")
    try:
        assistant.until_ready()
        patient = assistant.patient()
        assistant.kill("actions")
        assert_rasa_ends_with_notice(said_by_rasa(assistant.rasa, KINDS["answer"], "no-actions"), "no action server")
        assert_ends_with_notice(patient.ask(KINDS["answer"]))
        assistant.until_ready()

        engine = open_engine(assistant.environment["RADINFO_CONTENT_URL"])
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE revisions RENAME TO revisions_gone"))
        parts = said_by_rasa(assistant.rasa, KINDS["answer"], "no-content")
        assert_rasa_ends_with_notice(parts, "no content database")
        assert next(part["custom"]["kind"] for part in parts if "custom" in part) == "error"
        turn = patient.ask(KINDS["answer"])
        assert turn["answer"]["kind"] == "error"
        assert "911" in words_of(turn)[0]
        assert_ends_with_notice(turn)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE revisions_gone RENAME TO revisions"))
        assert patient.ask(KINDS["answer"])["answer"]["kind"] == "answer"
        engine.dispose()

        engine = open_engine(assistant.environment["RADINFO_TRANSCRIPTS_URL"])
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE messages RENAME TO messages_gone"))
        url = f"{patient.address}/api/conversations/{patient.conversation}/messages"
        status, reply = call(url, {"client_id": "x", "text": KINDS["answer"]}, patient.token)
        assert status == 503
        assert reply["error"]["code"] == "unavailable"
        assert_ends_with_notice(reply["turn"])
        status, reply = call(url, {"client_id": "y", "text": KINDS["emergency"]}, patient.token)
        assert status == 200
        assert reply["turn"]["answer"]["kind"] == "emergency"
        assert_ends_with_notice(reply["turn"])
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE messages_gone RENAME TO messages"))
        engine.dispose()
        assert patient.ask(KINDS["answer"])["answer"]["kind"] == "answer"
    finally:
        assistant.stop()


def test_rasa_shell(assistant: Assistant, model: Path) -> None:
    """The stock `rasa shell`, with TensorFlow and without our launcher."""
    shell = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "rasa", "shell", "--model", str(model_path())],
        cwd=PROJECT,
        env=quiet_environment() | assistant.environment | {"RASA_TELEMETRY_ENABLED": "false"},
        input="hello\nhow do I prepare for a CT of the abdomen\n/stop\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert shell.stdout.count("not a medical facility") == 2, shell.stdout[-2000:] + shell.stderr[-2000:]


def test_no_log_holds_what_a_patient_wrote(assistant: Assistant) -> None:
    canary = "xylophonequartz"
    patient = assistant.patient()
    for message in (f"my {canary} hurts, ct abdomen prep?", f"/{canary}", f"{canary} " * 200):
        patient.ask(message)
    said_by_rasa(assistant.rasa, f"/choose{{broken {canary}", canary[:3])
    said_by_rasa(assistant.rasa, f"{canary} mri", "logs")
    assert canary not in assistant.logs()
    assert canary not in assistant.output()
