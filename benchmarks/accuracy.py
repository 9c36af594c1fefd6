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
from functools import partial
from pathlib import Path
from typing import Any, Final

from actions.services import services
from benchmarks import plots, speed
from benchmarks.offline import Offline, trained_intents
from benchmarks.peers import Fact, dense_alone, full_text_search, rasa_alone
from benchmarks.slices import slice_table
from bot.messages import Kind, Turn
from bot.nlu.content_watch import ContentWatch
from bot.nlu.examples import Phrasing, all_phrasings
from bot.nlu.understanding import build_index, watch_content
from bot.settings import PROJECT
from bot.training import input_hash
from content_db.database import open_engine
from content_db.folding import fold
from content_db.importers.library import starter_database
from content_db.repository import topic_facts
from content_db.settings import ContentSettings

SETS: Final = PROJECT / "tests" / "evaluation"
RESULTS: Final = PROJECT / "benchmarks" / "results"
QUESTIONS: Final = ("questions.en", "questions.es")
# What is done to the questions, and the seeds of what is random in it: one draw of typos says little.
NOISE: Final = {"typos": (5, 6, 7), "accents": (5,), "punctuation": (5,)}
# The verdicts on an answer that is about the right topic.
TOPIC_RIGHT: Final = ("right", "wrong_section")
Question = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """A question, the reply's facts, and 'right' or in a word what was wrong.

    `first` is what was wrong by the labels that its writer gave, before they were settled with those of others.
    """

    question: Question
    kind: str
    topic: str | None
    section: str | None
    confidence: float
    verdict: str
    first: str
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


def readers_verdict(question: Question) -> str:
    """The verdict on what a second reader of the library took for the best reply."""
    best = [next(iter(question["second"][part]), None) for part in ("kinds", "topics", "sections")]
    return verdict(question, str(best[0]), best[1], best[2])


def about(turn: Turn) -> str | None:
    """The topic of a reply: the one that was asked about, where a page of its parent answers."""
    asked = turn.context.get("topic") if turn.kind is Kind.ANSWER else None
    return str(asked) if asked else turn.topic


def judged_by(labels: Question, turn: Turn) -> str:
    """The verdict on a reply."""
    found = [
        verdict(labels, turn.kind.value, topic, turn.section) for topic in dict.fromkeys((about(turn), turn.topic))
    ]
    return "right" if "right" in found else found[0]


def _judged(question: Question, turn: Turn, ms: float) -> Judged:
    return Judged(
        question,
        turn.kind.value,
        about(turn),
        turn.section,
        turn.confidence or 0.0,
        judged_by(question, turn),
        judged_by(question | question.get("first", {}), turn),
        ms,
    )


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
    """A message as it comes from a phone, by a key of NOISE: one or two typos, no accents, no punctuation."""
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


def right_share(judged: Sequence[Judged]) -> float:
    """How many are right, 0 to 1."""
    return share((j for j in judged if j.verdict == "right"), judged)


def table(
    judged: dict[str, list[Judged]], dialogues: list[bool], noise: dict[str, float]
) -> list[tuple[str, str, str]]:
    """(measure, figure, what is asked) for every measure."""

    asked = [j for name in QUESTIONS for j in judged[name]]
    clear = [j for j in asked if j.question["kinds"] == ["answer"]]
    flags, alike = judged["red_flags"], judged["look_alikes"]
    advice = [j for j in judged["personal_advice"] + asked if j.question["kinds"][0] == "personal_advice"]
    declined = [j for j in judged["personal_advice"] + asked + alike if j.kind == "personal_advice"]
    by_distance: dict[str, list[Judged]] = defaultdict(list)
    for j in judged["out_of_scope"]:
        by_distance[j.question["distance"]].append(j)
    refused = [j for j in clear if j.kind == "out_of_scope"]
    times = sorted(j.ms for part in judged.values() for j in part)
    return [
        ("right topic and section, English", f"{right_share(judged['questions.en']):.3f}", "0.95"),
        ("right topic and section, Spanish", f"{right_share(judged['questions.es']):.3f}", "0.93"),
        *(
            line
            for name, part in (("English", judged["questions.en"]), ("Spanish", judged["questions.es"]))
            for line in _by_readers(name, part)
        ),
        ("answers about another topic", str(sum(j.verdict == "wrong_topic" for j in asked)), "0"),
        ("asked back though clear", f"{share((j for j in clear if j.verdict == 'asked_back'), clear):.3f}", "0.06"),
        ("red flags found", f"{sum(j.kind == 'emergency' for j in flags)} of {len(flags)}", "all"),
        ("look-alikes taken for danger", f"{share((j for j in alike if j.kind == 'emergency'), alike):.3f}", "0.01"),
        ("personal advice, recall", f"{right_share(advice):.3f}", "0.97"),
        ("personal advice, precision", f"{right_share(declined):.3f}", "0.95"),
        *(
            (f"out of scope refused, {distance}", f"{right_share(part):.3f}", goal)
            for distance, goal in (("far", "0.98"), ("near", "0.92"))
            for part in [by_distance[distance]]
        ),
        ("in scope but refused", f"{share(refused, clear):.3f}", "0.02"),
        ("dialogues right in every turn", f"{sum(dialogues) / max(len(dialogues), 1):.3f}", "0.90"),
        *((f"lost by noise: {kind}", f"{loss:+.3f}", "0.03") for kind, loss in noise.items()),
        ("understanding and retrieval, p95 ms", f"{statistics.quantiles(times, n=20)[18]:.1f}", "30"),
    ]


def _by_readers(name: str, judged: Sequence[Judged]) -> Iterator[tuple[str, str, str]]:
    """How well a second reader does, and how well the assistant does by the labels of the writers alone."""
    read_again = [j.question for j in judged if "second" in j.question]
    if read_again:
        right = share((q for q in read_again if readers_verdict(q) == "right"), read_again)
        yield f"what a second reader reaches, {name}", f"{right:.3f}", ""
    if any("first" in j.question for j in judged):
        right = share((j for j in judged if j.first == "right"), judged)
        yield f"by the labels of the writers alone, {name}", f"{right:.3f}", ""


def main(split: str, show: bool, peers: bool) -> None:
    """Print and write the table and the plots for a split."""
    watch = watch_content()
    assistant = Offline(trained_intents(), watch, services())
    files = {path.stem: read(path) for path in sorted((SETS / split).glob("*.jsonl"))}
    judged = {name: [ask(assistant, q) for q in part] for name, part in files.items() if name != "dialogues"}
    dialogues = [dialogue_is_right(assistant, dialogue) for dialogue in files["dialogues"]]
    written = {name: {"as written": right_share(judged[name])} for name in QUESTIONS}
    noise = {}
    everything = [j for name in QUESTIONS for j in judged[name]]
    for kind, seeds in NOISE.items():
        chances = [random.Random(seed) for seed in seeds]
        noised = {
            name: [ask(assistant, q, noisy(q["text"], chance, kind)) for chance in chances for q in files[name]]
            for name in QUESTIONS
        }
        noise[kind] = right_share(everything) - right_share([j for part in noised.values() for j in part])
        for name, part in noised.items():
            written[name][kind] = right_share(part)
    if show:
        print(_failures(judged, dialogues, files["dialogues"]))
    for name, part in judged.items():
        print(f"{name}: {len(part)}; {dict(Counter(j.verdict for j in part).most_common())}")
    lines = [f"Split: {split}", "", "| measure | figure | asked |", "|---|---|---|"]
    figures = [*table(judged, [d[0] for d in dialogues], noise), _added_later(everything)]
    lines += [f"| {name} | {figure} | {goal} |" for name, figure, goal in figures]
    right = {"radinfo": [j.verdict == "right" for j in everything]}
    if peers:
        right |= _peers_right([j.question for j in everything], watch.current())
        lines += ["", *_peer_table([j.question for j in everything], right)]
    lines += ["", *slice_table([j.question for j in everything], right)]
    print("\n".join(lines))
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"accuracy-{split}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (RESULTS / f"failures-{split}.md").write_text(_failures(judged, dialogues, files["dialogues"]), encoding="utf-8")
    plots.risk_coverage(
        {
            name: [(j.confidence, j.verdict == "right") for j in judged[name] if j.kind == "answer"]
            for name in QUESTIONS
        },
        RESULTS / f"risk-coverage-{split}.png",
    )
    plots.shares(written, RESULTS / f"noise-{split}.png")
    plots.confusion(
        [
            (j.question["sections"][0], j.section or "")
            for j in everything
            if j.kind == "answer" and j.question["sections"]
        ],
        RESULTS / f"sections-{split}.png",
    )


def _peer_table(questions: Sequence[Question], right: dict[str, list[bool]]) -> list[str]:
    languages = list(dict.fromkeys(question["language"] for question in questions))
    lines = ["| right topic and section | " + " | ".join(languages) + " |", "|---|" + "---|" * len(languages)]
    for name, flags in right.items():
        figures = []
        for language in languages:
            own = [flag for question, flag in zip(questions, flags, strict=True) if question["language"] == language]
            figures.append(f"{share(filter(None, own), own):.3f}")
        lines.append(f"| {name} | " + " | ".join(figures) + " |")
    return lines


def _peers_right(questions: Sequence[Question], index: Any) -> dict[str, list[bool]]:
    """By peer, whether its answer to each question is right."""
    asked = [(question["text"], question["language"]) for question in questions]
    rivals: dict[str, Callable[[str, str], Fact]] = {
        "BM25 alone (SQLite FTS5, all passages)": full_text_search(index),
        "sentence vectors alone (all particular questions and first paragraphs)": dense_alone(index),
    }
    answers = {peer: [answer(*pair) for pair in asked] for peer, answer in rivals.items()}
    answers |= {peer: rasa_alone(model, index, asked) for peer, model in _rasa_models()}
    return {
        peer: [verdict(q, "answer", *fact) == "right" for q, fact in zip(questions, facts, strict=True)]
        for peer, facts in answers.items()
    }


def _added_later(known: Sequence[Judged]) -> tuple[str, str, str]:
    """How often a topic that is named is found when nothing of the ranking's examples is about it, and when some is.

    Half of the topics after the other is taken for one that came after training: its phrasings and labelled questions
    are left out of the index. What was trained has plain words where their names were.
    """
    engine, intents = open_engine(ContentSettings().content_url), trained_intents()
    with engine.connect() as connection:
        topics = sorted(facts.id for facts in topic_facts(connection))
        random.Random(3).shuffle(topics)
        counts: Counter[str] = Counter()
        for late in (set(topics[::2]), set(topics[1::2])):
            # A watch that is never started keeps the index that it begins with.
            index = build_index(connection, partial(_phrasings_of_others, late))
            assistant = Offline(intents, ContentWatch(engine, build_index, index), services())
            for judged in known:
                wanted = set(judged.question["topics"])
                linked = index.topics.link(judged.question["text"]).mentions
                if judged.question["kinds"] != ["answer"] or not wanted <= late:
                    continue
                if not any(m.topic_id in wanted and not m.negated for m in linked):
                    continue
                counts["asked"] += 1
                counts["known"] += judged.verdict in TOPIC_RIGHT
                counts["late"] += ask(assistant, judged.question).verdict in TOPIC_RIGHT
    asked = max(counts["asked"], 1)
    figure = f"{counts['late'] / asked:.3f}; trained on: {counts['known'] / asked:.3f} ({counts['asked']} questions)"
    return "named topic found, added after training", figure, "within 0.01"


def _phrasings_of_others(late: set[str], language: str) -> list[Phrasing]:
    return [phrasing for phrasing in all_phrasings(language) if phrasing.topic_id not in late]


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


def _failures(judged: dict[str, list[Judged]], dialogues: list[tuple[bool, int]], files: list[Question]) -> str:
    """What was not right, by set and by what was wrong."""
    lines = []
    for name, part in judged.items():
        for wrong in sorted({j.verdict for j in part} - {"right"}):
            lines += ["", f"## {name}: {wrong}", ""]
            lines += [_failure(j) for j in part if j.verdict == wrong]
    lines += ["", "## dialogues", ""]
    for (fine, number), dialogue in zip(dialogues, files, strict=True):
        if not fine:
            lines.append(f"- turn {number + 1}: {json.dumps(dialogue, ensure_ascii=False)}")
    return "\n".join(lines).lstrip() + "\n"


def _failure(j: Judged) -> str:
    q = j.question
    wanted = f"{q['kinds']} {q.get('topics')} {q.get('sections')}"
    return f"- {q['text']!r} -> {j.kind} {j.topic} {j.section} {j.confidence:.2f}; wanted {wanted}"


if __name__ == "__main__":
    names = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    with starter_database() as library:
        os.environ["RADINFO_CONTENT_URL"] = library
        main(names[0] if names else "development", "--show" in sys.argv, "--peers" in sys.argv)
