"""What a person sees who starts the assistant: one clear line where it cannot run, and a clean end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from bot.settings import PROJECT
from tests.journeys.client import Assistant, start

PORT = 18580


def run(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "run"],
        cwd=PROJECT,
        env={**os.environ, **{f"RADINFO_{name.upper()}": value for name, value in settings.items()}},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def the_one_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result
    (line,) = result.stderr.strip().splitlines()
    return line


def test_a_busy_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", PORT))
        other.listen()
        line = the_one_line(run(port=str(PORT)))
    assert str(PORT) in line
    assert "RADINFO_PORT" in line


def test_a_bad_setting() -> None:
    assert "RADINFO_PORT" in the_one_line(run(port="eighty"))


def test_unreviewed_text_in_production() -> None:
    assert "unreviewed" in the_one_line(run(profile="production", serve_unreviewed="true"))


def test_a_database_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "content.db").write_text("this is no database")
    line = the_one_line(run(port=str(PORT), content_url=f"sqlite:///{tmp_path / 'content.db'}"))
    assert "database" in line


def test_ctrl_c_ends_everything(model: Path, tmp_path: Path) -> None:
    assistant = start(tmp_path, PORT, actions_port=str(PORT + 2))
    assistant.until_said("Ready: http://127.0.0.1:18580")
    pids = [assistant.pid(name) for name in ("rasa", "actions", "gateway")]
    assert assistant.stop() == 0
    assert not [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie"]


def test_the_inner_servers_listen_on_loopback_only(assistant: Assistant) -> None:
    for name in ("rasa", "gateway"):
        listening = [c for c in psutil.Process(assistant.pid(name)).net_connections("tcp") if c.status == "LISTEN"]
        assert listening
        assert {c.laddr.ip for c in listening} == {"127.0.0.1"}


def test_talk(assistant: Assistant) -> None:
    talking = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bot", "talk"],
        cwd=PROJECT,
        env=assistant.environment,
        input="scan of my foot, how do I prepare?\n1\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert talking.returncode == 0, talking.stderr
    assert talking.stdout.count("not a medical facility") == 3
    assert "how to prepare" in talking.stdout
