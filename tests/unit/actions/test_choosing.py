from __future__ import annotations

import pytest

from actions.choosing import picked

OFFERED = [{"title": title} for title in ("CT of the head", "¿Qué es?", "MRI")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("#2", 2),
        ("3.", 3),
        ("  2) ", 2),
        ("two", 2),
        ("The first one", 1),
        ("number one please", 1),
        ("ok the 2nd", 2),
        ("No, I meant the third option", 3),
        ("the last one, thanks", 3),
        ("la primera", 1),
        ("Sí, la última por favor", 3),
        ("opción 2", 2),
        ("el número tres", 3),
        ("que es", 2),
        ("mri", 3),
        ("1. CT of the head", 1),
    ],
)
def test_a_choice_is_picked_by_its_place_or_its_words(text: str, number: int) -> None:
    assert picked(text, OFFERED) is OFFERED[number - 1]


@pytest.mark.parametrize(
    "text",
    [
        *("", "?", "0", "4", "11", "1 2", "1 or 2", "second opinion", "the fourth one", "2 MRI"),
        *("first time having this", "the first one but for a child", "una tomografía", "no", "the"),
    ],
)
def test_what_is_more_or_less_than_a_choice_is_none(text: str) -> None:
    assert picked(text, OFFERED) is None


@pytest.mark.parametrize("text", ["1", "the first one", "la última"])
def test_nothing_is_picked_where_nothing_was_offered(text: str) -> None:
    assert picked(text, []) is None
