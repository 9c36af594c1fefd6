"""`python -m benchmarks.speed`: our whole assistant beside Rasa's default pipeline on the same data, in one run.

Both are started side by side and asked in turns by the same client, ours through the gateway with its database, the
peer through its own REST channel: what else the machine is doing falls on both alike. Each is trained once for the
present inputs and the model kept in var/bench with the time it took (the peer's training takes half an hour on two
cores); delete that folder to train anew. The result is printed and written to benchmarks/results/.
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

from bot.settings import PROJECT, Settings
from bot.supervisor import services
from bot.training import input_hash, quiet_environment

RESULTS: Final = PROJECT / "benchmarks" / "results"
KEPT: Final = PROJECT / "var" / "bench"
PEER_INPUTS: Final = ("benchmarks/peer/config.yml", "domain.yml", "data/nlu", "data/stories")
OUR_PORT: Final = 18080
PEER_PORT: Final = 18090
# (users at once, turns a round); a conversation is eight turns long, and each turn waits for the one before.
LOADS: Final = ((1, 96), (8, 240), (32, 480))
# Each side is asked this often for each load, in turns; the median of the rounds counts.
ROUNDS: Final = 3
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


Begin = Callable[[aiohttp.ClientSession], Awaitable[Any]]
Ask = Callable[[aiohttp.ClientSession, Any, str], Awaitable[Any]]


@contextmanager
def processes(commands: list[tuple[list[str], dict[str, str]]], folder: Path) -> Iterator[list[psutil.Process]]:
    """Run commands until the block ends; yields them."""
    running = []
    folder.mkdir(parents=True, exist_ok=True)
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


async def load(users: int, turns: int, begin: Begin, ask: Ask) -> dict[str, float]:
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


def trained(name: str, inputs: str, command: list[str], side: Side) -> Path:
    """The model of one side for inputs of this hash, trained now if it is not there; its times go into `side`."""
    model = KEPT / f"{name}-{inputs}.tar.gz"
    times = model.with_suffix(".json")
    if not (model.exists() and times.exists()):
        print(f"Training {side.name} ...", flush=True)
        KEPT.mkdir(parents=True, exist_ok=True)
        command = [*command, "--data", "data", "--force", "--out", str(KEPT), "--fixed-model-name", f"{name}-new"]
        wall, cpu = timed_training(command, quiet_environment(), KEPT / f"{name}.log")
        (KEPT / f"{name}-new.tar.gz").rename(model)
        times.write_text(json.dumps([wall, cpu]))
    side.training_wall_s, side.training_cpu_s = json.loads(times.read_text())
    return model


def serving_ours(folder: Path, model: Path, port: int) -> list[tuple[list[str], dict[str, str]]]:
    """The commands of our side: gateway on `port`, Rasa on the next."""
    environment = quiet_environment() | {
        "RADINFO_PORT": str(port),
        "RADINFO_RASA_PORT": str(port + 1),
        "RADINFO_CONTENT_URL": f"sqlite:///{folder / 'content.db'}",
        "RADINFO_TRANSCRIPTS_URL": f"sqlite:///{folder / 'transcripts.db'}",
    }
    settings = Settings(port=port, rasa_port=port + 1, state_dir=folder)
    return [(list(s.command), {**s.environment, **environment}) for s in services(settings, model)]


def serving_peer(folder: Path, model: Path, port: int) -> list[tuple[list[str], dict[str, str]]]:
    """The commands of the peer: stock `rasa run` on `port`, its action server on the next."""
    environment = quiet_environment() | {
        "RADINFO_CONTENT_URL": f"sqlite:///{folder / 'content.db'}",
        "SANIC_HOST": "127.0.0.1",
    }
    endpoints = folder / "endpoints.yml"
    endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{port + 1}/webhook\n")
    python = sys.executable
    return [
        ([python, "-m", "rasa_sdk", "--actions", "benchmarks.peer.actions", "-p", str(port + 1)], environment),
        (
            [
                *(python, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port), "--model", str(model)),
                *("--endpoints", str(endpoints), "--credentials", "credentials.yml"),
            ],
            environment,
        ),
    ]


def client_of_ours(port: int) -> tuple[Begin, Ask]:
    """How a user of ours begins a conversation and asks."""
    address = f"http://127.0.0.1:{port}"

    async def begin(session: aiohttp.ClientSession) -> dict[str, Any]:
        async with session.post(f"{address}/api/conversations", json={}) as response:
            return dict(await response.json())

    async def ask(session: aiohttp.ClientSession, conversation: dict[str, Any], text: str) -> None:
        async with session.post(
            f"{address}/api/conversations/{conversation['conversation']}/messages",
            json={"client_id": uuid.uuid4().hex, "text": text},
            headers={"Authorization": f"Bearer {conversation['token']}"},
        ) as response:
            if (await response.json())["turn"]["answer"]["kind"] == "error":
                raise RuntimeError("an error turn under load: the figures would be of errors")

    return begin, ask


def client_of_peer(port: int) -> tuple[Begin, Ask]:
    """How a user of the peer begins a conversation and asks."""

    async def begin(_session: aiohttp.ClientSession) -> str:
        return uuid.uuid4().hex

    async def ask(session: aiohttp.ClientSession, sender: str, text: str) -> None:
        message = {"sender": sender, "message": text}
        async with session.post(f"http://127.0.0.1:{port}/webhooks/rest/webhook", json=message) as response:
            if not await response.json():
                raise RuntimeError("the peer gave no reply: the figures would be of nothing")

    return begin, ask


async def growth(begin: Begin, ask: Ask) -> dict[str, float]:
    """Turn times early and late in one long conversation, in ms: medians of sixteen turns around turn 10 and 200."""
    times = []
    async with aiohttp.ClientSession() as session:
        conversation = await begin(session)
        for number in range(LONG_CONVERSATION):
            begun = time.perf_counter()
            await ask(session, conversation, MESSAGES[number % len(MESSAGES)])
            times.append((time.perf_counter() - begun) * 1000)
    return {"turn_10_ms": statistics.median(times[2:18]), "turn_200_ms": statistics.median(times[192:208])}


def measure(ours: Side, peer: Side, folder: Path) -> None:
    """Train, start and ask both sides; the figures go into them."""
    our_model = trained("ours", input_hash(), [sys.executable, "-m", "bot.rasa_server", "train"], ours)
    peer_train = [sys.executable, "-m", "rasa", "train", "--config", "benchmarks/peer/config.yml"]
    peer_model = trained("peer", input_hash(inputs=PEER_INPUTS), peer_train, peer)
    environment = quiet_environment() | {"RADINFO_CONTENT_URL": f"sqlite:///{folder / 'content.db'}"}
    subprocess.run([sys.executable, "-m", "content_db", "load"], cwd=PROJECT, env=environment, check=True)
    hello = json.dumps({"sender": "start", "message": "hello"}).encode()
    with processes(serving_ours(folder, our_model, OUR_PORT), folder / "ours") as our_processes:
        ours.start_s = wait_for(f"http://127.0.0.1:{OUR_PORT}/readyz", None)
        with processes(serving_peer(folder, peer_model, PEER_PORT), folder / "peer") as peer_processes:
            peer.start_s = wait_for(f"http://127.0.0.1:{PEER_PORT}/webhooks/rest/webhook", hello)
            clients = ((ours, *client_of_ours(OUR_PORT)), (peer, *client_of_peer(PEER_PORT)))
            for _side, begin, ask in clients:
                asyncio.run(load(1, 32, begin, ask))
            for users, turns in LOADS:
                rounds: dict[str, list[dict[str, float]]] = {ours.name: [], peer.name: []}
                for _ in range(ROUNDS):
                    for side, begin, ask in clients:
                        rounds[side.name].append(asyncio.run(load(users, turns, begin, ask)))
                for side, _begin, _ask in clients:
                    measures = rounds[side.name]
                    side.loads[users] = {key: statistics.median(m[key] for m in measures) for key in measures[0]}
            ours.extra = asyncio.run(growth(*client_of_ours(OUR_PORT)))
            ours.rss_mb, peer.rss_mb = memory_mb(our_processes), memory_mb(peer_processes)


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
    folder = Path(tempfile.mkdtemp(prefix="radinfo-bench-"))
    machine = f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(machine, flush=True)
    ours = Side("radinfo (gateway, Rasa with its actions, databases)")
    peer = Side("Rasa's default pipeline (DIET, TED; REST channel, action server)")
    try:
        measure(ours, peer, folder)
    except BaseException:
        print(f"The logs are in {folder}", file=sys.stderr)
        raise
    print(table(ours, peer))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "speed.md").write_text(f"{machine}\n\n{table(ours, peer)}\n", encoding="utf-8")
    (RESULTS / "speed.json").write_text(json.dumps([vars(ours), vars(peer)], indent=1), encoding="utf-8")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
