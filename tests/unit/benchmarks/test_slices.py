"""The slices of an evaluation: who is served how well, worst first, and where a peer does better."""

from __future__ import annotations

from benchmarks.slices import FEWEST, slice_table, slices

CHILDREN = [{"language": "en", "group": "child", "style": "plain"}] * 5
ADULTS = [{"language": "es", "group": "adult", "style": "plain"}] * 5
FEW = [{"language": "fr", "group": "adult"}] * (FEWEST - 1)


def test_every_field_makes_slices_and_small_ones_are_left_out() -> None:
    found = slices([*CHILDREN, *ADULTS, *FEW])
    assert {name: len(places) for name, places in found.items()} == {
        "language: en": 5,
        "language: es": 5,
        "group: child": 5,
        "group: adult": 5 + len(FEW),
        "style: plain": 10,
    }


def test_the_worst_comes_first_and_a_peer_that_is_better_stands_out() -> None:
    ours = [True] * 5 + [True, False, False, False, False]
    peer = [False] * 5 + [True, True, False, False, False]
    rows = slice_table([*CHILDREN, *ADULTS], {"ours": ours, "peer": peer})[2:]
    assert rows[0] == "| language: es | 5 | 0.200 | **0.400** |"
    assert rows[-1] == "| group: child | 5 | 1.000 | 0.000 |"
    assert "| style: plain | 10 | 0.600 | 0.200 |" in rows
