"""`make content-report`: what the topic files cover, how plain they are, and which texts are nearly the same.

`python -m content_db.report [FILE or FOLDER …]` prints Markdown; the starter library if nothing is named.
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from tqdm import tqdm

from content_db.folding import fold
from content_db.importers.library import STARTER, CatalogueTopic, catalogue, read, topic_files
from content_db.importers.markdown import ParsedPassage, ParsedTopic
from content_db.plain_language import fernandez_huerta, flesch_kincaid, gunning_fog
from content_db.sections import KINDS, SECTIONS

WORST: Final = 20
# Two texts are nearly the same when they share this part of their runs of so many words.
RUN: Final = 6
ALIKE: Final = 0.5
_BAR: Final = 40


@dataclass(frozen=True)
class Measured:
    """One passage with its reading measures by name; of the first measure, `harder` texts have the larger number."""

    topic: ParsedTopic
    passage: ParsedPassage
    measures: dict[str, float]
    harder: float

    @property
    def name(self) -> str:
        """Topic, language and section, or the question."""
        return f"{self.topic.id} ({self.topic.language}) {self.passage.question or self.passage.section}"


# By language: the measures, and what makes a text harder by the first of them.
MEASURES: Final[dict[str, tuple[dict[str, Callable[[str], float]], int]]] = {
    "en": ({"Flesch-Kincaid grade": flesch_kincaid, "Gunning fog grade": gunning_fog}, 1),
    "es": ({"Fernández-Huerta ease": fernandez_huerta}, -1),
}


def measured(topics: Iterable[ParsedTopic]) -> Iterator[Measured]:
    """Every passage of the languages that have a measure."""
    for topic in topics:
        if topic.language in MEASURES:
            measures, sign = MEASURES[topic.language]
            for passage in topic.passages:
                found = {name: measure(passage.text) for name, measure in measures.items()}
                yield Measured(topic, passage, found, sign * next(iter(found.values())))


def near_copies(topics: Iterable[ParsedTopic]) -> list[tuple[float, str, str]]:
    """Pairs of passages of different topics and one language that share most of their words: (share, one, other)."""
    runs: dict[str, frozenset[str]] = {}
    holders: dict[str, list[str]] = defaultdict(list)
    topic_of: dict[str, str] = {}
    for topic in topics:
        for passage in topic.passages:
            name = f"{topic.id} ({topic.language}) {passage.question or passage.section}"
            words = fold(passage.text).split()
            runs[name] = frozenset(" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
            topic_of[name] = f"{topic.language} {topic.id}"
            for run in runs[name]:
                holders[f"{topic.language} {run}"].append(name)
    shared = Counter(
        pair
        for names in holders.values()
        # What very many texts say is a set phrase ("call 911 or your local emergency number").
        if 1 < len(names) <= WORST
        for pair in combinations(sorted(names), 2)
        if topic_of[pair[0]] != topic_of[pair[1]]
    )
    found = [
        (share, *pair)
        for pair, count in shared.items()
        if (share := count / len(runs[pair[0]] | runs[pair[1]])) >= ALIKE
    ]
    return sorted(found, reverse=True)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows)])


def _coverage(topics: Sequence[ParsedTopic], known: dict[str, CatalogueTopic]) -> Iterator[str]:
    languages = sorted({topic.language for topic in topics})
    there = {(topic.id, topic.language): topic for topic in topics}
    kind_of = {entry.id: entry.kind for entry in known.values()} | {topic.id: topic.kind for topic in topics}
    yield "## Topics by kind\n"
    yield _table(
        ["kind", "topics", *languages],
        (
            [kind, len(ids), *(sum((topic_id, language) in there for topic_id in ids) for language in languages)]
            for kind in KINDS
            for ids in [[topic_id for topic_id, its in kind_of.items() if its == kind]]
        ),
    )
    for language in languages:
        # Service pages answer with their link: they need no text.
        without = [t for t, kind in kind_of.items() if kind != "service" and (t, language) not in there]
        yield f"\nWithout a text in '{language}': {', '.join(sorted(without)) or 'none'}."
    yield "\n## Passages by section\n"
    counts = Counter((topic.language, passage.section) for topic in topics for passage in topic.passages)
    rows = [(section, [counts[language, section] for language in languages]) for section in SECTIONS]
    rows.append(("all", [sum(counts[language, section] for section in SECTIONS) for language in languages]))
    yield _table(["section", *languages], ([name, *numbers] for name, numbers in rows))


def _reading(passages: Sequence[Measured]) -> Iterator[str]:
    for language, (names, _) in MEASURES.items():
        of_language = [one for one in passages if one.topic.language == language]
        if not of_language:
            continue
        yield f"\n## How plain the texts are ({language})\n"
        for name in names:
            values = [one.measures[name] for one in of_language]
            yield f"{name}: mean {statistics.mean(values):.1f}, from {min(values):.1f} to {max(values):.1f}.\n"
        first = next(iter(names))
        step = 1 if language == "en" else 5
        bins = Counter(int(one.measures[first] // step) * step for one in of_language)
        longest = max(bins.values())
        yield "```"
        for low in range(min(bins), max(bins) + step, step):
            yield f"{low:4d} {'#' * round(_BAR * bins[low] / longest)} {bins[low]}"
        yield "```\n"
        yield f"The hardest {WORST}:\n"
        worst = sorted(of_language, key=lambda one: one.harder, reverse=True)[:WORST]
        yield _table(["passage", *names], ([one.name, *(f"{v:.1f}" for v in one.measures.values())] for one in worst))


def report(topics: Sequence[ParsedTopic], known: dict[str, CatalogueTopic], passages: Sequence[Measured]) -> str:
    """The whole report as Markdown; `passages` are the measured ones of the topics."""
    copies = near_copies(topics)
    parts = [
        "# The topic files",
        "",
        *_coverage(topics, known),
        *_reading(passages),
        "\n## Nearly the same\n",
        f"{len(copies)} pairs of passages of different topics share half of their words or more.\n",
        *(f"- {share:.0%}: {one}; {other}" for share, one, other in copies),
    ]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Print the report."""
    topics = read(topic_files([Path(argument) for argument in arguments] or [STARTER]))
    total = sum(len(topic.passages) for topic in topics)
    hidden = not sys.stderr.isatty()
    passages = list(tqdm(measured(topics), total=total, desc="Measuring", unit="passage", disable=hidden))
    print(report(topics, catalogue(), passages))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
