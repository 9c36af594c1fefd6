"""A patient's side of the web API, and the processes behind it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import PROJECT

NOTICES = ("not a medical facility", "no es un centro médico")


def call(url: str, body: Any = None, token: str = "", timeout: float = 150) -> tuple[int, Any]:
    """(status, JSON) of a POST when there is a body, else of a GET."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=timeout) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


class Patient:
    """One conversation."""

    def __init__(self, address: str, language: str = "en") -> None:
        self.address = address
        status, begun = call(f"{address}/api/conversations", {"language": language})
        assert status == 201, begun
        self.conversation, self.token, self.greeting = begun["conversation"], begun["token"], begun["turn"]

    def send(self, message: dict[str, str]) -> dict[str, Any]:
        """The turn for a message; what goes wrong is raised."""
        url = f"{self.address}/api/conversations/{self.conversation}/messages"
        status, reply = call(url, message, self.token)
        assert status == 200, reply
        turn: dict[str, Any] = reply["turn"]
        return turn

    def ask(self, text: str, client_id: str | None = None) -> dict[str, Any]:
        """Type a message."""
        return self.send({"client_id": client_id or uuid.uuid4().hex, "text": text})

    def press(self, choice: dict[str, str]) -> dict[str, Any]:
        """Press a button."""
        return self.send({"client_id": uuid.uuid4().hex, "choice": choice["value"]})


@dataclass
class Assistant:
    """A running assistant: `make run` on ports and folders of its own."""

    address: str
    rasa: str
    state: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def patient(self, language: str = "en") -> Patient:
        """A new conversation."""
        return Patient(self.address, language)

    def pid(self, name: str) -> int:
        """The process id of a service now."""
        return int(json.loads((self.state / "processes.json").read_text())["pids"][name])

    def kill(self, name: str) -> int:
        """kill -9 one service; returns the process id it had."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def until_ready(self, within_s: float = 180) -> None:
        """Wait until questions are answered."""
        begun = time.monotonic()
        while time.monotonic() - begun < within_s:
            assert self.process.poll() is None, self.output()
            try:
                if call(f"{self.address}/readyz", timeout=30)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.3)
        raise AssertionError(f"not ready after {within_s} s: {self.output()}")

    def until_said(self, words: str, within_s: float = 180) -> None:
        """Wait until the supervisor has said something; its own test question ends a little after the first others."""
        begun = time.monotonic()
        while words not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() - begun < within_s, f"{words!r} was not said: {self.output()}"
            time.sleep(0.1)

    def logs(self) -> str:
        """Everything that the processes logged."""
        return "\n".join(path.read_text(errors="replace") for path in sorted((self.state / "log").glob("*.log")))

    def output(self) -> str:
        """What the supervisor said."""
        return (self.state / "output.txt").read_text(errors="replace")

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def start(state: Path, port: int, **settings: str) -> Assistant:
    """Start `python -m bot run` with a database of its own in `state`; `settings` are RADINFO_… by lower-case name."""
    state.mkdir(parents=True, exist_ok=True)
    own = {
        "port": str(port),
        "rasa_port": str(port + 1),
        "state_dir": str(state),
        "content_url": f"sqlite:///{state / 'content.db'}",
        "transcripts_url": f"sqlite:///{state / 'transcripts.db'}",
    } | settings
    environment = {**os.environ, **{f"RADINFO_{name.upper()}": value for name, value in own.items()}}
    with (state / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "bot", "run"],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Assistant(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", state, environment, process)


def words_of(turn: dict[str, Any]) -> list[str]:
    """The texts of a turn's bubbles."""
    return [bubble["text"] for bubble in turn["bubbles"]]


def assert_ends_with_notice(turn: dict[str, Any]) -> None:
    """The notice is the last bubble, and the only one."""
    texts = words_of(turn)
    assert any(notice in texts[-1] for notice in NOTICES), texts
    assert sum(any(notice in text for notice in NOTICES) for text in texts) == 1, texts
