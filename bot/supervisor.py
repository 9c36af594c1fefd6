"""Starts the processes of the assistant, waits until a question is answered, restarts what dies, stops it all."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.settings import PROJECT, Settings
from bot.training import quiet_environment

LEAST_DISK_MB: Final = 500
READY_WITHIN_S: Final = 120.0
_STOP_WITHIN_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 10.0
_STEADY_AFTER_S: Final = 5.0
_PR_SET_PDEATHSIG: Final = 1


class CannotStart(Exception):
    """Why the assistant cannot run here, in one line for the person who started it."""


@dataclass(frozen=True)
class Service:
    """One process: its name, its command and its environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def services(settings: Settings, model: Path) -> list[Service]:
    """The processes of the assistant: Rasa, the gateway, and an action server where a port is set for one."""
    environment = {**quiet_environment(), "RADINFO_RASA_PORT": str(settings.rasa_port)}
    python = sys.executable
    action_server = Service(
        "actions",
        (python, "-m", "rasa_sdk", "--actions", "actions", "-p", str(settings.actions_port)),
        # Its default is to listen on every address.
        {**environment, "SANIC_HOST": "127.0.0.1"},
    )
    return [
        *([action_server] if settings.actions_port else []),
        Service(
            "rasa",
            (
                *(python, "-m", "bot.rasa_server", "run", "-i", "127.0.0.1", "-p", str(settings.rasa_port)),
                *("--model", str(model), "--endpoints", "endpoints.yml", "--credentials", "credentials.yml"),
            ),
            environment,
        ),
        Service("gateway", (python, "-m", "bot.gateway"), environment),
    ]


def check_machine(settings: Settings) -> Settings:
    """Settings with a port for Rasa that is free. Raises CannotStart for a busy outer port or a full disk."""
    free_mb = shutil.disk_usage(PROJECT).free // 2**20
    if free_mb < LEAST_DISK_MB:
        raise CannotStart(f"The disk is nearly full: {free_mb} MB free, {LEAST_DISK_MB} MB are needed.")
    if not _is_free(settings.host, settings.port):
        raise CannotStart(f"Port {settings.port} is in use. Stop what uses it, or set RADINFO_PORT to another one.")
    if settings.actions_port and not _is_free("127.0.0.1", settings.actions_port):
        raise CannotStart(f"Port {settings.actions_port} is in use. Set RADINFO_ACTIONS_PORT to another one.")
    if _is_free("127.0.0.1", settings.rasa_port):
        return settings
    return settings.model_copy(update={"rasa_port": _free_port()})


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Supervisor:
    """Runs services until it is told to stop."""

    def __init__(self, listed: list[Service], settings: Settings) -> None:
        self._services = listed
        self._address = f"http://{settings.host}:{settings.port}"
        self._state = settings.state_dir
        self._logs = settings.state_dir / "log"
        self._stopping = asyncio.Event()
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    @property
    def address(self) -> str:
        """Where the page is."""
        return self._address

    async def run(self) -> None:
        """Start everything, print the address once it answers, and keep it running. Raises CannotStart."""
        self._logs.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, self._stopping.set)
        keepers = [asyncio.create_task(self._keep(service)) for service in self._services]
        try:
            if await self._until_ready():
                self._write_state()
                print(f"Ready: {self._address}  (Ctrl-C stops it)", flush=True)
            await self._stopping.wait()
        finally:
            self._stopping.set()
            await self._stop_all()
            await asyncio.gather(*keepers, return_exceptions=True)

    async def _keep(self, service: Service) -> None:
        pause = _FIRST_PAUSE_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            with (self._logs / f"{service.name}.log").open("ab") as log:
                process = await asyncio.create_subprocess_exec(
                    *service.command,
                    cwd=PROJECT,
                    env=dict(service.environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=_die_with_parent,
                )
            self._processes[service.name] = process
            self._write_state()
            code = await process.wait()
            if self._stopping.is_set():
                return
            print(f"{service.name} stopped (exit code {code}); starting it again", file=sys.stderr, flush=True)
            steady = time.monotonic() - begun > _STEADY_AFTER_S
            pause = _FIRST_PAUSE_S if steady else min(pause * 2, _LONGEST_PAUSE_S)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except asyncio.TimeoutError:
                continue

    async def _until_ready(self) -> bool:
        """True once a test question is answered. Raises CannotStart when it takes too long."""
        begun = time.monotonic()
        while not self._stopping.is_set():
            missing = await asyncio.get_running_loop().run_in_executor(None, _missing, self._address)
            if not missing:
                return True
            if time.monotonic() - begun > READY_WITHIN_S:
                raise CannotStart(f"No answer after {READY_WITHIN_S:.0f} s ({missing}). See the files in {self._logs}")
            await asyncio.sleep(0.3)
        return False

    def _write_state(self) -> None:
        """Which process is which, for the tests and for an operator."""
        state = {"address": self._address, "pids": {name: p.pid for name, p in self._processes.items()}}
        path = self._state / "processes.json"
        path.with_suffix(".new").write_text(json.dumps(state))
        path.with_suffix(".new").replace(path)

    async def _stop_all(self) -> None:
        running = [process for process in self._processes.values() if process.returncode is None]
        for process in running:
            _signal(process, signal.SIGTERM)
        waits = [asyncio.ensure_future(process.wait()) for process in running]
        if waits:
            await asyncio.wait(waits, timeout=_STOP_WITHIN_S)
        for process in running:
            if process.returncode is None:
                _signal(process, signal.SIGKILL)


def _missing(address: str) -> str:
    """What is not ready, or an empty text."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=20):
            return ""
    except urllib.error.HTTPError as error:
        return error.read().decode("utf-8", "replace")[:200]
    except (OSError, ValueError) as error:
        return type(error).__name__


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _die_with_parent() -> None:
    """On Linux a child ends when the supervisor is killed; elsewhere it would go on alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
