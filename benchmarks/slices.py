"""Who is served how well: shares of right answers by group and style of the questions, beside the peers'."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

Question = dict[str, Any]
FIELDS: Final = ("language", "group", "style")
# A slice of fewer questions says nothing.
FEWEST: Final = 5


def slices(questions: Sequence[Question]) -> dict[str, list[int]]:
    """The places of the questions of each slice that is large enough, by its name ("group: child")."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, question in enumerate(questions):
        for field in FIELDS:
            if question.get(field):
                places[f"{field}: {question[field]}"].append(place)
    return {name: found for name, found in places.items() if len(found) >= FEWEST}


def slice_table(questions: Sequence[Question], right: Mapping[str, Sequence[bool]]) -> list[str]:
    """A Markdown table of the slices, the first column's worst first; `right` is, by column, one flag a question.

    Where a later column beats the first, its figure is set in bold.
    """
    ours, *others = right

    def share(column: str, found: Sequence[int]) -> float:
        return sum(right[column][place] for place in found) / len(found)

    lines = ["| slice | questions | " + " | ".join(right) + " |", "|---|---|" + "---|" * len(right)]
    for name, found in sorted(slices(questions).items(), key=lambda item: share(ours, item[1])):
        best = share(ours, found)
        figures = [f"{best:.3f}"]
        for other in others:
            figure = share(other, found)
            figures.append(f"**{figure:.3f}**" if figure > best else f"{figure:.3f}")
        lines.append(f"| {name} | {len(found)} | " + " | ".join(figures) + " |")
    return lines
