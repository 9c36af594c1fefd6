"""`python -m benchmarks.accuracy [development|test]`: how much of the evaluation questions is understood.

A reply counts by its facts: kind, topic, section. The questions and what is right are in tests/evaluation.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from actions.services import services
from benchmarks.offline import Offline, trained_intents
from bot.messages import Turn
from bot.nlu.understanding import watch_content
from bot.settings import PROJECT

SETS = PROJECT / "tests" / "evaluation"


def read(path: Path) -> list[dict[str, Any]]:
    """The questions of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def judge(question: dict[str, Any], turn: Turn) -> str:
    """'right', or in one word what was wrong."""
    kind = turn.kind.value
    kinds, topics, sections = question["kinds"], question.get("topics") or [], question.get("sections") or []
    if kind not in kinds:
        # A text of a topic that is right, though a question back was expected, harms nobody.
        return "asked_back" if kind == "clarify" else f"kind_{kind}"
    if kind != "answer":
        return "right"
    if topics and turn.topic not in topics:
        return "wrong_topic"
    if sections and turn.section not in sections:
        return "wrong_section"
    return "right"


def main(split: str, show: bool) -> None:
    """Print a table of counts for each file of the split."""
    assistant = Offline(trained_intents(), watch_content(), services())
    for path in sorted((SETS / split).glob("*.jsonl")):
        if path.stem == "dialogues":
            continue
        counts: Counter[str] = Counter()
        styles: dict[str, Counter[str]] = defaultdict(Counter)
        for question in read(path):
            assistant.context = {}
            turn = assistant.say(question["text"])
            verdict = judge(question, turn)
            counts[verdict] += 1
            styles[question.get("style", "")][verdict] += 1
            if show and verdict != "right":
                print(
                    f"  {verdict}: {question['text']!r} -> {turn.kind.value} {turn.topic} {turn.section} "
                    f"{turn.confidence} wanted {question['kinds']} {question.get('topics')} {question.get('sections')}"
                )
        total = sum(counts.values())
        print(f"{path.stem}: {total} questions, {counts['right'] / total:.1%} right; {dict(counts.most_common())}")


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--show"]
    main(arguments[0] if arguments else "development", "--show" in sys.argv)
