"""The look for what is left of a number finds each way it may be left, and no time of day."""

from __future__ import annotations

import pytest

from tests.unit.bot.phone import PHONE, tells_the_number


@pytest.mark.parametrize("text", [PHONE, "+14155552671", "[phone]-2671", "555 2671", "at 2671.", "('2671',)"])
def test_a_rest_of_the_number_is_found(text: str) -> None:
    assert tells_the_number(text)


@pytest.mark.parametrize("text", ["21:29:33.382671", "id 7ab62671f", "waited 0.2671", "[phone]"])
def test_a_time_or_an_id_is_none(text: str) -> None:
    assert not tells_the_number(text)
