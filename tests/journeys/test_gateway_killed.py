"""The gateway dies with messages in hand: after it is back they are answered, and nobody is answered twice."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from pathlib import Path

from tests.journeys.client import Patient, assert_ends_with_notice, call, start

PORT = 18480


def test_messages_in_hand_are_answered_after_a_restart(model: Path, tmp_path: Path) -> None:
    assistant = start(tmp_path, PORT)
    try:
        assistant.until_ready()
        patients = [assistant.patient() for _ in range(6)]
        assistant.kill("rasa")  # nothing can be answered for some seconds
        sent = [threading.Thread(target=_send_and_be_cut_off, args=(patient,)) for patient in patients]
        for thread in sent:
            thread.start()
        time.sleep(1.5)
        assistant.kill("gateway")
        for thread in sent:
            thread.join(60)
        assistant.until_ready()
        for patient in patients:
            turn = _later_turn(patient)
            assert turn["answer"]["kind"] == "answer"
            assert turn["answer"]["topic"] == "abdominct"
            assert_ends_with_notice(turn)
            assert patient.ask("can I eat before my abdominal CT?", "cut-off") == turn
    finally:
        assistant.stop()


def _send_and_be_cut_off(patient: Patient) -> None:
    url = f"{patient.address}/api/conversations/{patient.conversation}/messages"
    try:
        call(url, {"client_id": "cut-off", "text": "can I eat before my abdominal CT?"}, patient.token)
    except OSError:
        return
    raise AssertionError("the message was answered before the gateway was killed: nothing was tested")


def _later_turn(patient: Patient) -> dict[str, dict[str, str]]:
    """The turn that comes as an event."""
    request = urllib.request.Request(
        f"{patient.address}/api/conversations/{patient.conversation}/events",
        headers={"Authorization": f"Bearer {patient.token}", "Last-Event-ID": "0"},
    )
    with urllib.request.urlopen(request, timeout=60) as stream:
        for line in stream:
            if line.startswith(b"data:"):
                event = json.loads(line[len(b"data:") :])
                assert event["client_id"] == "cut-off"
                turn: dict[str, dict[str, str]] = event["turn"]
                return turn
    raise AssertionError("the stream ended without the turn")
