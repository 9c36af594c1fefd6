"""`python -m benchmarks.speed`: our whole assistant beside Rasa's default pipeline on the same data, in one run.

Both are trained, started and loaded one after the other on this machine, by the same client. Ours is asked through the
gateway, with its database; the peer through its own REST channel. Takes long: the peer's training alone can take half
an hour. The result is printed and written to benchmarks/results/.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import platform
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
import psutil

from bot.settings import PROJECT
from bot.training import quiet_environment

RESULTS: Final = PROJECT / "benchmarks" / "results"
# (users at once, turns in all); a conversation is eight turns long, and each turn waits for the one before.
LOADS: Final = ((1, 160), (8, 480), (32, 960))
TURNS_A_CONVERSATION: Final = 8
LONG_CONVERSATION: Final = 210
MESSAGES: Final = (
    "can i eat before my abdominal ct",
    "how long does a knee mri take",
    "does a mammogram hurt",
    "how much radiation is in a chest x-ray",
    "when do i get the results",
    "what is a hida scan",
    "is there any risk",
    "i have a pacemaker, can i have an mri",
    "what about for a ct scan",
    "hello",
    "how is a biopsy done",
    "can i drive home after it",
    "do i need contrast for a head ct",
    "what does a bone density scan show",
    "thank you",
    "how do i prepare for an ultrasound of the abdomen",
)


@dataclass
class Side:
    """What was measured of one side."""

    name: str
    training_wall_s: float = 0.0
    training_cpu_s: float = 0.0
    start_s: float = 0.0
    rss_mb: float = 0.0
    loads: dict[int, dict[str, float]] = field(default_factory=dict)
    extra: dict[str, float] = field(default_factory=dict)


Ask = Callable[[aiohttp.ClientSession, Any, str], Awaitable[Any]]


@contextmanager
def processes(commands: list[tuple[list[str], dict[str, str]]], folder: Path) -> Iterator[list[psutil.Process]]:
    """Run commands until the block ends; yields them."""
    running = []
    try:
        for number, (command, environment) in enumerate(commands):
            log = (folder / f"process-{number}.log").open("wb")
            running.append(
                subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True)
            )
        yield [psutil.Process(process.pid) for process in running]
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def memory_mb(running: list[psutil.Process]) -> float:
    """Resident memory of the processes and their children, in MB."""
    tree = [p for process in running for p in [process, *process.children(recursive=True)]]
    return float(sum(p.memory_info().rss for p in tree)) / 2**20


def timed_training(command: list[str], environment: dict[str, str], log: Path) -> tuple[float, float]:
    """(wall, CPU) seconds of a training."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with log.open("wb") as output:
        subprocess.run(command, cwd=PROJECT, env=environment, stdout=output, stderr=output, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - begun, cpu


def wait_for(url: str, body: bytes | None, within_s: float = 240.0) -> float:
    """Seconds until the address answers with something."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < within_s:
        try:
            request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
            with urllib.request.urlopen(request, timeout=30) as response:
                if len(response.read()) > 2:
                    return time.perf_counter() - begun
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {within_s:.0f} s")


async def load(
    users: int, turns: int, begin: Callable[[aiohttp.ClientSession], Awaitable[Any]], ask: Ask
) -> dict[str, float]:
    """Closed loop: every user asks, waits for the answer, asks again. Returns figures of the turns, in ms."""
    times: list[float] = []
    messages = itertools.cycle(MESSAGES)

    async def user(session: aiohttp.ClientSession) -> None:
        conversation: Any = None
        for turn in range(turns // users):
            if turn % TURNS_A_CONVERSATION == 0:
                conversation = await begin(session)
            begun = time.perf_counter()
            await ask(session, conversation, next(messages))
            times.append((time.perf_counter() - begun) * 1000)

    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        begun = time.perf_counter()
        await asyncio.gather(*(user(session) for _ in range(users)))
        took = time.perf_counter() - begun
    cuts = statistics.quantiles(times, n=100)
    return {"turns_per_s": len(times) / took, "p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}


# --- ours ---


def measure_ours(folder: Path, port: int) -> Side:
    """Train from nothing, run the gateway, action server and Rasa, and load them through the web API."""
    side = Side("radinfo (gateway + Rasa + action server + database)")
    environment = quiet_environment()
    for name in ("content", "transcripts"):
        environment[f"RADINFO_{name.upper()}_URL"] = f"sqlite:///{folder / name}.db"
    subprocess.run([sys.executable, "-m", "content_db", "load"], cwd=PROJECT, env=environment, check=True)
    train = [sys.executable, "-m", "bot.rasa_server", "train", "--data", "data", "--force"]
    train += ["--out", str(folder), "--fixed-model-name", "ours"]
    side.training_wall_s, side.training_cpu_s = timed_training(train, environment, folder / "train-ours.log")
    environment |= {
        "RADINFO_PORT": str(port),
        "RADINFO_RASA_PORT": str(port + 1),
        "RADINFO_ACTIONS_PORT": str(port + 2),
    }
    commands = [
        (
            [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "-p", str(port + 2)],
            environment | {"SANIC_HOST": "127.0.0.1"},
        ),
        (
            [
                *(sys.executable, "-m", "bot.rasa_server", "run", "-i", "127.0.0.1", "-p", str(port + 1)),
                *("--model", str(folder / "ours.tar.gz"), "--endpoints", "endpoints.yml"),
                *("--credentials", "credentials.yml"),
            ],
            environment,
        ),
        ([sys.executable, "-m", "bot.gateway"], environment),
    ]
    address = f"http://127.0.0.1:{port}"

    async def begin(session: aiohttp.ClientSession) -> dict[str, Any]:
        async with session.post(f"{address}/api/conversations", json={}) as response:
            return dict(await response.json())

    async def ask(session: aiohttp.ClientSession, conversation: dict[str, Any], text: str) -> dict[str, Any]:
        async with session.post(
            f"{address}/api/conversations/{conversation['conversation']}/messages",
            json={"client_id": uuid.uuid4().hex, "text": text},
            headers={"Authorization": f"Bearer {conversation['token']}"},
        ) as response:
            turn = dict((await response.json())["turn"])
            if turn["answer"]["kind"] == "error":
                raise RuntimeError("an error turn under load: the figures would be of errors")
            return turn

    with processes(commands, folder) as running:
        side.start_s = wait_for(f"{address}/readyz", None)
        asyncio.run(load(1, 32, begin, ask))
        for users, turns in LOADS:
            side.loads[users] = asyncio.run(load(users, turns, begin, ask))
        side.extra = asyncio.run(_growth(begin, ask))
        side.rss_mb = memory_mb(running)
    return side


async def _growth(begin: Callable[[aiohttp.ClientSession], Awaitable[Any]], ask: Ask) -> dict[str, float]:
    """Turn times early and late in one long conversation, in ms: medians of the ten turns around turn 10 and 200."""
    times = []
    async with aiohttp.ClientSession() as session:
        conversation = await begin(session)
        for number in range(LONG_CONVERSATION):
            begun = time.perf_counter()
            await ask(session, conversation, MESSAGES[number % len(MESSAGES)])
            times.append((time.perf_counter() - begun) * 1000)
    return {"turn_10_ms": statistics.median(times[2:18]), "turn_200_ms": statistics.median(times[192:208])}


# --- the peer ---


def measure_peer(folder: Path, port: int) -> Side:
    """Rasa's default pipeline through its REST channel, with its stock server, and the same actions."""
    side = Side("Rasa default pipeline (DIET + TED, REST channel) + action server")
    environment = quiet_environment()
    environment["RADINFO_CONTENT_URL"] = f"sqlite:///{folder / 'content'}.db"
    (folder / "endpoints.yml").write_text(f"action_endpoint:\n  url: http://127.0.0.1:{port + 1}/webhook\n")
    train = [
        sys.executable,
        "-m",
        "rasa",
        "train",
        "--config",
        "benchmarks/peer/config.yml",
        "--data",
        "data",
        "--force",
    ]
    train += ["--out", str(folder), "--fixed-model-name", "peer"]
    side.training_wall_s, side.training_cpu_s = timed_training(train, environment, folder / "train-peer.log")
    commands = [
        (
            [sys.executable, "-m", "rasa_sdk", "--actions", "benchmarks.peer.actions", "-p", str(port + 1)],
            environment | {"SANIC_HOST": "127.0.0.1"},
        ),
        (
            [
                *(sys.executable, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port)),
                *("--model", str(folder / "peer.tar.gz"), "--endpoints", str(folder / "endpoints.yml")),
                *("--credentials", "credentials.yml"),
            ],
            environment,
        ),
    ]
    webhook = f"http://127.0.0.1:{port}/webhooks/rest/webhook"

    async def begin(_session: aiohttp.ClientSession) -> str:
        return uuid.uuid4().hex

    async def ask(session: aiohttp.ClientSession, sender: str, text: str) -> list[Any]:
        async with session.post(webhook, json={"sender": sender, "message": text}) as response:
            said = list(await response.json())
            if not said:
                raise RuntimeError("the peer gave no reply: the figures would be of nothing")
            return said

    with processes(commands, folder) as running:
        side.start_s = wait_for(webhook, json.dumps({"sender": "start", "message": "hello"}).encode())
        asyncio.run(load(1, 32, begin, ask))
        for users, turns in LOADS:
            side.loads[users] = asyncio.run(load(users, turns, begin, ask))
        side.rss_mb = memory_mb(running)
    return side


def table(ours: Side, peer: Side) -> str:
    """The figures as a Markdown table, with what ours is held to."""
    rows = ["| measure | ours | peer | ratio | held to |", "|---|---|---|---|---|"]

    def row(name: str, a: float, b: float, target: str = "", digits: int = 0) -> None:
        rows.append(f"| {name} | {a:.{digits}f} | {b:.{digits}f} | {a / b:.2f} | {target} |")

    for users, _ in LOADS:
        mine, theirs = ours.loads[users], peer.loads[users]
        row(
            f"turns/s, {users} users",
            mine["turns_per_s"],
            theirs["turns_per_s"],
            "at least 2.5" if users == 32 else "",
            1,
        )
        row(f"p50 ms, {users} users", mine["p50_ms"], theirs["p50_ms"])
        row(f"p95 ms, {users} users", mine["p95_ms"], theirs["p95_ms"], "at most 0.5" if users == 1 else "")
    row("memory MB", ours.rss_mb, peer.rss_mb, "at most 0.5")
    row("training s (wall)", ours.training_wall_s, peer.training_wall_s, "at most 0.33", 1)
    row("training s (CPU)", ours.training_cpu_s, peer.training_cpu_s, "", 1)
    row("start to first answer s", ours.start_s, peer.start_s, "", 1)
    rows.append("")
    late, early = ours.extra["turn_200_ms"], ours.extra["turn_10_ms"]
    rows.append(
        f"Turn 200 of one conversation: {late:.1f} ms, turn 10: {early:.1f} ms, ratio {late / early:.2f} (at most 1.5)."
    )
    return "\n".join(rows)


def main() -> None:
    """Measure both sides, print and write the table."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="radinfo-bench-"))
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}", flush=True)
    try:
        print("Ours: training, starting, asking ...", flush=True)
        ours = measure_ours(folder, 18080)
        print(json.dumps(vars(ours), indent=1), flush=True)
        print("The peer: training (this is the long part), starting, asking ...", flush=True)
        peer = measure_peer(folder, 18090)
        print(json.dumps(vars(peer), indent=1), flush=True)
    except BaseException:
        print(f"The logs are in {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder)
    print(table(ours, peer))
    (RESULTS / "speed.md").write_text(table(ours, peer) + "\n", encoding="utf-8")
    (RESULTS / "speed.json").write_text(json.dumps([vars(ours), vars(peer)], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
