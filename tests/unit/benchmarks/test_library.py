"""Which topics the small library of the benchmark has."""

from __future__ import annotations

import pytest

from benchmarks.library import most_asked


@pytest.mark.parametrize(
    ("fewest", "chosen"),
    [
        (1, {"chestct", "bodyct"}),
        (2, {"chestct", "bodyct"}),
        (3, {"chestct", "bodyct", "kneemr", "bodymr"}),
        (9, {"chestct", "bodyct", "kneemr", "bodymr", "costs-insurance"}),
    ],
)
def test_the_topics_most_asked_for_come_with_those_above_them(fewest: int, chosen: set[str]) -> None:
    asked = ["kneemr", "chestct", "costs-insurance", "chestct", "kneemr", "chestct"]
    questions = [{"topics": [topic, "mammo"]} for topic in asked]
    assert most_asked([*questions, {"topics": []}], fewest) == chosen
