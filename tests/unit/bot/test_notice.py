from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notice import DEFAULT_SITE, is_notice, notice, with_notice
from bot.words import LANGUAGES

ALWAYS = {"en": "is not a medical facility", "es": "no es un centro médico"}
NOTICES = st.builds(
    notice, st.sampled_from(LANGUAGES), site=st.none() | st.text(min_size=1, max_size=20), short=st.booleans()
)
BUBBLES = st.lists(st.text(min_size=1, max_size=60) | NOTICES, max_size=6)
SITES = st.none() | st.text(min_size=1, max_size=20)


def test_every_language_has_the_words_that_are_always_there() -> None:
    assert set(ALWAYS) == set(LANGUAGES) == set(DEFAULT_SITE)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("site", [None, "Clínica Norte", "{brackets}", "A & B <b>"])
def test_every_length_names_the_site_before_the_words(language: str, short: bool, site: str | None) -> None:
    words = notice(language, site=site, short=short)
    assert words.startswith(f"{site or DEFAULT_SITE[language]} {ALWAYS[language]}. ")
    assert "\n" not in words
    assert is_notice(words)


def test_the_words_of_the_specification() -> None:
    assert notice("en") == (
        "This service is not a medical facility. Please contact your physician with specific medical questions or "
        "for a referral to a radiologist or other physician."
    )
    assert notice("en", site="Radinfo", short=True) == "Radinfo is not a medical facility. Ask your doctor."


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_short_form_is_the_shorter(language: str) -> None:
    assert len(notice(language, short=True)) < len(notice(language)) / 2


@pytest.mark.parametrize("language", ["fr", "", "EN", "en-US"])
def test_a_language_that_is_not_offered_gets_english(language: str) -> None:
    assert notice(language) == notice("en")


@pytest.mark.parametrize("site", [None, ""])
def test_without_a_name_the_site_is_called_by_its_default(site: str | None) -> None:
    assert notice("es", site=site).startswith("Este servicio no es")


@given(bubbles=BUBBLES, language=st.sampled_from([*LANGUAGES, "fr"]), site=SITES)
def test_the_notice_is_last_and_only_there_and_doing_it_twice_changes_nothing(
    bubbles: list[str], language: str, site: str | None
) -> None:
    once = with_notice(bubbles, language, site=site)
    assert once[-1] == notice(language, site=site)
    assert [is_notice(bubble) for bubble in once] == [False] * (len(once) - 1) + [True]
    assert list(once[:-1]) == [bubble for bubble in bubbles if not is_notice(bubble)]
    assert with_notice(once, language, site=site) == once


def test_a_change_of_language_or_site_leaves_one_notice() -> None:
    english = with_notice(("Hello.",), "en", site="One")
    assert with_notice(english, "es", site="Two") == ("Hello.", notice("es", site="Two"))


@pytest.mark.parametrize(
    "text",
    [
        "The association that runs this page is not a medical facility.\n\nIts address is below.",
        "An imaging van is not a medical facility, but it is run by one.",
        "La farmacia no es un centro médico.",
    ],
)
def test_a_text_that_only_speaks_of_such_a_place_is_kept(text: str) -> None:
    assert with_notice((text,), "en") == (text, notice("en"))
