"""`python -m benchmarks.accuracy [development|test] [--show] [--peers]`: how many evaluation questions are understood.

A reply counts by its facts: kind, topic, section. The questions and what is right are in tests/evaluation, and the
answers come from the shipped library, whatever an operator's own database holds. The table is printed and written, with
plots, to benchmarks/results/.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from actions.services import services
from benchmarks import plots, speed
from benchmarks.offline import Offline, trained_intents
from benchmarks.peers import Fact, dense_alone, full_text_search, rasa_alone
from bot.messages import Turn
from bot.nlu.understanding import watch_content
from bot.settings import PROJECT
from bot.training import input_hash
from content_db.folding import fold
from content_db.importers.library import starter_database

SETS: Final = PROJECT / "tests" / "evaluation"
RESULTS: Final = PROJECT / "benchmarks" / "results"
QUESTIONS: Final = ("questions.en", "questions.es")
Question = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """A question, the reply's facts, and 'right' or in a word what was wrong."""

    question: Question
    kind: str
    topic: str | None
    section: str | None
    confidence: float
    verdict: str
    ms: float


def read(path: Path) -> list[Question]:
    """The questions of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def verdict(question: Question, kind: str, topic: str | None, section: str | None) -> str:
    """'right', or in one word what was wrong."""
    kinds, topics, sections = question["kinds"], question.get("topics") or [], question.get("sections") or []
    if kind not in kinds:
        return "asked_back" if kind == "clarify" else f"kind_{kind}"
    if kind != "answer":
        return "right"
    if topics and topic not in topics:
        return "wrong_topic"
    if sections and section not in sections:
        return "wrong_section"
    return "right"


def ask(assistant: Offline, question: Question, text: str | None = None) -> Judged:
    """Put one question to the assistant, in a conversation of its own."""
    assistant.context = {}
    begun = time.perf_counter()
    turn = assistant.say(text or question["text"])
    return _judged(question, turn, (time.perf_counter() - begun) * 1000)


def _judged(question: Question, turn: Turn, ms: float) -> Judged:
    kind = turn.kind.value
    # A page of the parent answers for the topic that was asked about.
    topic = str(turn.context.get("topic") or turn.topic or "") or None if kind == "answer" else turn.topic
    right = [verdict(question, kind, about, turn.section) for about in dict.fromkeys((topic, turn.topic))]
    best = "right" if "right" in right else right[0]
    return Judged(question, kind, topic, turn.section, turn.confidence or 0.0, best, ms)


def dialogue_is_right(assistant: Offline, dialogue: Question) -> tuple[bool, int]:
    """Whether every turn of a dialogue is right, and which turn was the first that was not."""
    assistant.context = {}
    turn: Turn | None = None
    for number, step in enumerate(dialogue["turns"]):
        if "choice_number" in step:
            if turn is None or len(turn.choices) < step["choice_number"]:
                return False, number
            turn = assistant.choose(step["choice_number"], turn)
        else:
            turn = assistant.say(step["text"])
        if _judged(step, turn, 0.0).verdict != "right":
            return False, number
    return True, -1


def noisy(text: str, chance: random.Random, kind: str) -> str:
    """A message as it comes from a phone: 'typos' (one or two), 'accents' (none), 'punctuation' (none)."""
    if kind == "accents":
        return fold(text) if not text.isascii() else text
    if kind == "punctuation":
        return "".join(character for character in text if character.isalnum() or character.isspace())
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for place in chance.sample(long, min(len(long), chance.choice((1, 2)))):
        words[place] = _mistyped(words[place], chance)
    return " ".join(words)


def _mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )


def share(part: Iterable[Any], whole: Sequence[Any]) -> float:
    """How many of `whole` are in `part`, 0 to 1."""
    return sum(1 for _ in part) / len(whole) if whole else 0.0


def table(
    judged: dict[str, list[Judged]], dialogues: list[bool], noise: dict[str, float]
) -> list[tuple[str, str, str]]:
    """(measure, figure, what is asked) for every measure."""

    def right(name: str) -> float:
        return share((j for j in judged[name] if j.verdict == "right"), judged[name])

    asked = [j for name in QUESTIONS for j in judged[name]]
    clear = [j for j in asked if j.question["kinds"] == ["answer"]]
    flags, alike = judged["red_flags"], judged["look_alikes"]
    advice = judged["personal_advice"]
    given = [j for j in asked + alike if j.kind == "personal_advice" and "personal_advice" not in j.question["kinds"]]
    taken = [j for j in advice if j.kind == "personal_advice"]
    by_distance: dict[str, list[Judged]] = defaultdict(list)
    for j in judged["out_of_scope"]:
        by_distance[j.question["distance"]].append(j)
    refused = [j for j in clear if j.kind == "out_of_scope"]
    times = sorted(j.ms for part in judged.values() for j in part)
    return [
        ("right topic and section, English", f"{right('questions.en'):.3f}", "0.95"),
        ("right topic and section, Spanish", f"{right('questions.es'):.3f}", "0.93"),
        ("answers about another topic", str(sum(j.verdict == "wrong_topic" for j in asked)), "0"),
        ("asked back though clear", f"{share((j for j in clear if j.verdict == 'asked_back'), clear):.3f}", "0.06"),
        ("red flags found", f"{sum(j.kind == 'emergency' for j in flags)} of {len(flags)}", "all"),
        ("look-alikes taken for danger", f"{share((j for j in alike if j.kind == 'emergency'), alike):.3f}", "0.01"),
        ("personal advice, recall", f"{right('personal_advice'):.3f}", "0.97"),
        ("personal advice, precision", f"{len(taken) / max(len(taken) + len(given), 1):.3f}", "0.95"),
        *(
            (f"out of scope refused, {distance}", f"{share((j for j in part if j.verdict == 'right'), part):.3f}", goal)
            for distance, goal in (("far", "0.98"), ("near", "0.92"))
            for part in [by_distance[distance]]
        ),
        ("in scope but refused", f"{share(refused, clear):.3f}", "0.02"),
        ("dialogues right in every turn", f"{sum(dialogues) / max(len(dialogues), 1):.3f}", "0.90"),
        *((f"lost by noise: {kind}", f"{loss:+.3f}", "0.03") for kind, loss in noise.items()),
        ("understanding and retrieval, p95 ms", f"{statistics.quantiles(times, n=20)[18]:.1f}", "30"),
    ]


def main(split: str, show: bool, peers: bool) -> None:
    """Print and write the table and the plots for a split."""
    watch = watch_content()
    assistant = Offline(trained_intents(), watch, services())
    files = {path.stem: read(path) for path in sorted((SETS / split).glob("*.jsonl"))}
    judged = {name: [ask(assistant, q) for q in part] for name, part in files.items() if name != "dialogues"}
    dialogues = [dialogue_is_right(assistant, dialogue) for dialogue in files["dialogues"]]
    plain = {name: share((j for j in judged[name] if j.verdict == "right"), judged[name]) for name in QUESTIONS}
    noise = {}
    for kind in ("typos", "accents", "punctuation"):
        chance = random.Random(5)
        noised = [ask(assistant, q, noisy(q["text"], chance, kind)) for name in QUESTIONS for q in files[name]]
        total = sum(plain[name] * len(files[name]) for name in QUESTIONS) / len(noised)
        noise[kind] = total - share((j for j in noised if j.verdict == "right"), noised)
    if show:
        _show(judged, dialogues, files["dialogues"])
    for name, part in judged.items():
        print(f"{name}: {len(part)}; {dict(Counter(j.verdict for j in part).most_common())}")
    lines = [f"Split: {split}", "", "| measure | figure | asked |", "|---|---|---|"]
    lines += [
        f"| {name} | {figure} | {goal} |" for name, figure, goal in table(judged, [d[0] for d in dialogues], noise)
    ]
    if peers:
        lines += ["", *_peer_table({name: files[name] for name in QUESTIONS}, judged, watch.current())]
    print("\n".join(lines))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"accuracy-{split}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    everything = [j for name in QUESTIONS for j in judged[name]]
    plots.risk_coverage(
        {
            name: [(j.confidence, j.verdict == "right") for j in judged[name] if j.kind == "answer"]
            for name in QUESTIONS
        },
        RESULTS / f"risk-coverage-{split}.png",
    )
    plots.confusion(
        [
            (j.question["sections"][0], j.section or "")
            for j in everything
            if j.kind == "answer" and j.question["sections"]
        ],
        RESULTS / f"sections-{split}.png",
    )


def _peer_table(files: dict[str, list[Question]], judged: dict[str, list[Judged]], index: Any) -> list[str]:
    lines = ["| right topic and section | " + " | ".join(files) + " |", "|---|" + "---|" * len(files)]
    ours = [f"{share((j for j in judged[name] if j.verdict == 'right'), judged[name]):.3f}" for name in files]
    lines.append("| radinfo | " + " | ".join(ours) + " |")
    rivals: dict[str, Callable[[str, str], Fact]] = {
        "BM25 alone (SQLite FTS5, all passages)": full_text_search(index),
        "sentence vectors alone (all particular questions and first paragraphs)": dense_alone(index),
    }
    answers = {
        peer: {name: [answer(q["text"], q["language"]) for q in part] for name, part in files.items()}
        for peer, answer in rivals.items()
    }
    for peer, model in _rasa_models():
        answers[peer] = {
            name: rasa_alone(model, index, [(q["text"], q["language"]) for q in part]) for name, part in files.items()
        }
    for peer, facts in answers.items():
        figures = []
        for name, questions in files.items():
            verdicts = [verdict(q, "answer", *fact) for q, fact in zip(questions, facts[name], strict=True)]
            figures.append(f"{share((v for v in verdicts if v == 'right'), questions):.3f}")
        lines.append(f"| {peer} | " + " | ".join(figures) + " |")
    return lines


def _rasa_models() -> Iterator[tuple[str, Path]]:
    """Stock Rasa on the same sentences. The light one is trained here; the default one takes a bench half an hour."""
    command = [sys.executable, "-m", "rasa", "train", "--config", "benchmarks/peer/light.yml"]
    inputs = ("benchmarks/peer/light.yml", *speed.PEER_INPUTS[1:])
    yield (
        "Rasa light (CountVectors, LogisticRegression, CRF)",
        speed.trained("light", input_hash(inputs=inputs), command, speed.Side("Rasa light")),
    )
    default = speed.KEPT / f"peer-{input_hash(inputs=speed.PEER_INPUTS)}.tar.gz"
    if default.exists():
        yield "Rasa default (DIET)", default
    else:
        print("Rasa's default pipeline is left out: `make bench` trains it.", file=sys.stderr)


def _show(judged: dict[str, list[Judged]], dialogues: list[tuple[bool, int]], files: list[Question]) -> None:
    for name, part in judged.items():
        for j in part:
            if j.verdict != "right":
                q = j.question
                print(
                    f"{name} {j.verdict}: {q['text']!r} -> {j.kind} {j.topic} {j.section} {j.confidence:.2f}; "
                    f"wanted {q['kinds']} {q.get('topics')} {q.get('sections')}"
                )
    for (fine, number), dialogue in zip(dialogues, files, strict=True):
        if not fine:
            print(f"dialogue, turn {number + 1}: {json.dumps(dialogue, ensure_ascii=False)}")


if __name__ == "__main__":
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    with starter_database() as library:
        os.environ["RADINFO_CONTENT_URL"] = library
        main(names[0] if names else "development", "--show" in sys.argv, "--peers" in sys.argv)
