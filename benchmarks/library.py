"""`python -m benchmarks.library`: what the whole library costs beside a small one, in memory and in the time of a turn.

Two assistants with the same model run side by side, with their servers: one with every topic, one with the topics that
the development questions ask for most. Both are asked the questions on those topics in turns, so that what else the
machine is doing falls on both alike. The table is printed and written to benchmarks/results/.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.accuracy import QUESTIONS, SETS, Question, noisy, read
from benchmarks.speed import RESULTS, Ask, Begin, client_of_ours, memory_mb, processes, serving_ours, wait_for
from bot.training import train_if_needed
from content_db.database import migrate, open_engine
from content_db.importers.library import STARTER, load, shipped, topic_files

# As many topics as the library had at first.
SMALL: Final = 45
PORTS: Final = (18080, 18090)
# Every round asks in other words: typos anew. What was asked before would be remembered.
ROUNDS: Final = 3


def most_asked(questions: Sequence[Question], fewest: int = SMALL) -> set[str]:
    """The ids of the topics that most questions ask for, with those above them: `fewest`, or what the last adds."""
    counts = Counter(topic for question in questions for topic in question["topics"][:1])
    parents = {topic.id: topic.parent for topic in shipped()}
    chosen: set[str] = set()
    for topic in sorted(counts, key=lambda topic: (-counts[topic], topic)):
        above: str | None = topic
        while above is not None:
            chosen.add(above)
            above = parents.get(above)
        if len(chosen) >= fewest:
            break
    return chosen


def with_topics(folder: Path, files: Sequence[Path]) -> None:
    """A content database in a folder with the texts of these files; of the others it knows the names."""
    folder.mkdir()
    engine = open_engine(f"sqlite:///{folder / 'content.db'}")
    migrate(engine)
    load(engine, files)
    engine.dispose()


async def in_turns(clients: Sequence[tuple[Begin, Ask]], texts: Sequence[str]) -> list[list[float]]:
    """The milliseconds that each client's turn took for each text, as the first of a conversation."""
    times: list[list[float]] = [[] for _ in clients]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as session:
        for number, text in enumerate(texts):
            # Neither is always the first to be asked.
            for side in range(len(clients)) if number % 2 else reversed(range(len(clients))):
                begin, ask = clients[side]
                conversation = await begin(session)
                begun = time.perf_counter()
                await ask(session, conversation, text)
                times[side].append((time.perf_counter() - begun) * 1000)
    return times


def main() -> None:
    """Measure, print and write the table."""
    questions = [question for name in QUESTIONS for question in read(SETS / "development" / f"{name}.jsonl")]
    chosen = most_asked(questions)
    texts = [question["text"] for question in questions if chosen.intersection(question["topics"][:1])]
    model = train_if_needed()
    files = topic_files([STARTER])
    with tempfile.TemporaryDirectory(prefix="radinfo-bench-") as name:
        folders = [Path(name) / part for part in ("small", "whole")]
        with_topics(folders[0], [file for file in files if file.stem in chosen])
        with_topics(folders[1], files)
        commands = [serving_ours(folder, model, port) for folder, port in zip(folders, PORTS, strict=True)]
        with processes(commands[0], folders[0]) as small, processes(commands[1], folders[1]) as whole:
            for port in PORTS:
                wait_for(f"http://127.0.0.1:{port}/readyz", None)
            clients = [client_of_ours(port) for port in PORTS]
            asyncio.run(in_turns(clients, [noisy(text, random.Random(0), "typos") for text in texts[:40]]))
            chances = [random.Random(seed) for seed in range(1, ROUNDS)]
            rounds = [texts, *([noisy(text, chance, "typos") for text in texts] for chance in chances)]
            times = [asyncio.run(in_turns(clients, part)) for part in rounds]
            memory = [memory_mb(small), memory_mb(whole)]
    lines = [
        f"{len(texts)} development questions on {len(chosen)} topics, {ROUNDS} rounds.",
        "",
        "| measure | small | whole | |",
        "|---|---|---|---|",
        f"| memory MB | {memory[0]:.0f} | {memory[1]:.0f} | {memory[1] - memory[0]:+.0f} (at most +150) |",
    ]
    for label, cut in (("p50", 49), ("p95", 94)):
        for number, both in enumerate(times, 1):
            small_ms, whole_ms = (statistics.quantiles(side, n=100)[cut] for side in both)
            goal = " (at most 1.2)" if label == "p95" else ""
            lines.append(
                f"| {label} ms of a turn, round {number} | {small_ms:.1f} | {whole_ms:.1f} "
                f"| {whole_ms / small_ms:.2f}{goal} |"
            )
    print("\n".join(lines))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "library.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
