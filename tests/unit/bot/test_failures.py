from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from bot.failures import describe

CANARY = "canary-7421"


def raised(failure: Exception) -> Exception:
    try:
        raise failure
    except Exception as caught:
        return caught


def test_a_failure_is_its_type_and_its_place_and_none_of_its_words() -> None:
    for failure in (
        ValueError(CANARY),
        KeyError(CANARY),
        OperationalError(CANARY, {"text": CANARY}, Exception(CANARY)),
    ):
        assert describe(raised(failure)).startswith(f"{type(failure).__name__} at test_failures.py:")
        assert CANARY not in describe(raised(failure))


def test_the_place_is_the_innermost() -> None:
    def inner() -> None:
        int(CANARY)

    with pytest.raises(ValueError, match=CANARY) as failure:
        inner()
    line = inner.__code__.co_firstlineno + 1
    assert describe(failure.value) == f"ValueError at test_failures.py:{line}"


def test_a_failure_that_was_never_raised_has_no_place() -> None:
    assert describe(ValueError(CANARY)) == "ValueError"
