from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.errors import ApiError
from bot.gateway.requests import LONGEST_TEXT, cleaned, client_id_of, language_of, said_in
from bot.words import LANGUAGES

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(("text", "choice", "client_id", "language"), ANYTHING))
# Halves of characters too, which JSON can carry.
ANY_TEXT = st.text(st.characters(blacklist_categories=[]))


def refusal(read: Callable[[dict[str, Any]], Any], body: dict[str, Any]) -> int | None:
    """The status with which a body is refused."""
    try:
        read(body)
    except ApiError as error:
        return error.status
    return None


@given(BODIES)
def test_whatever_is_in_a_body_it_is_read_or_refused(body: dict[str, Any]) -> None:
    assert {refusal(read, body) for read in (language_of, client_id_of, said_in)} <= {None, 400}


@pytest.mark.parametrize("language", [*LANGUAGES, "fr", "", "EN", "x" * 1000])
def test_a_language_is_one_that_is_offered(language: str) -> None:
    assert language_of({"language": language}) == (language if language in LANGUAGES else "en")


@given(ANY_TEXT)
def test_a_clean_text_can_be_stored_anywhere(text: str) -> None:
    clean = cleaned(text)
    assert clean == clean.strip() == cleaned(clean)
    assert "\x00" not in clean
    assert json.loads(json.dumps(clean)) == clean
    clean.encode("utf-8")


@given(st.text(st.characters(whitelist_categories=["L", "N", "P", "S"])))
def test_what_a_keyboard_types_stays(text: str) -> None:
    assert cleaned(text) == text


@given(ANY_TEXT)
def test_a_client_id_can_be_stored_anywhere(text: str) -> None:
    try:
        client_id = client_id_of({"client_id": text})
    except ApiError:
        return
    assert client_id == text
    assert 0 < len(client_id.encode("utf-8")) <= 4 * 64


def test_the_longest_text_is_taken_whole() -> None:
    assert said_in({"text": "x" * LONGEST_TEXT}) == ("x" * LONGEST_TEXT, None)
    with pytest.raises(ApiError, match="too_large"):
        said_in({"text": "x" * (LONGEST_TEXT + 1)})
