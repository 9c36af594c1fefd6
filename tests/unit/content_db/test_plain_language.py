"""The measures of how hard a text is: known texts in their order, and what a text message can carry."""

from __future__ import annotations

import pytest

from content_db.plain_language import fernandez_huerta, flesch_kincaid, gunning_fog, outside_gsm7

EASY = "You lie on a bed. The bed moves. The test does not hurt. You can go home."
HARD = (
    "Intravenous administration of iodinated radiographic contrast material necessitates preliminary laboratory "
    "evaluation of renal function in susceptible individuals."
)
FACIL = "Usted se acuesta en una cama. La cama se mueve. No duele. Luego se va a su casa."
DIFICIL = (
    "La administración intravenosa de medios de contraste radiográficos yodados necesita determinaciones analíticas "
    "preliminares de la funcionalidad renal en individuos particularmente susceptibles."
)


@pytest.mark.parametrize("measure", [flesch_kincaid, gunning_fog])
def test_an_english_grade_is_low_for_plain_words_and_high_for_hard_ones(measure: object) -> None:
    assert callable(measure)
    assert measure(EASY) < 4
    assert measure(HARD) > 14


def test_a_spanish_ease_is_high_for_plain_words_and_low_for_hard_ones() -> None:
    assert fernandez_huerta(FACIL) > 90
    assert fernandez_huerta(DIFICIL) < 30


def test_measuring_in_one_language_does_not_change_the_other() -> None:
    before = flesch_kincaid(EASY)
    fernandez_huerta(FACIL)
    assert flesch_kincaid(EASY) == before


@pytest.mark.parametrize("text", ["", "   ", "?", "A", "1 2 3"])
def test_a_text_that_is_hardly_one_can_be_measured(text: str) -> None:
    for measure in (flesch_kincaid, gunning_fog, fernandez_huerta):
        assert isinstance(measure(text), float)


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("Plain words, 50% of them: @home [yes] {no} ~ € 5\n", []),
        ("ñÑüÜàèéìòù¿¡", []),
        ("it\u2019s \u201cso\u201d", ["\u2019", "\u201c", "\u201d"]),
        ("1\u20132 \u2014 3\u2026", ["\u2013", "\u2014", "\u2026"]),
        ("áéíóú", ["á", "í", "ó", "ú"]),
        ("😀😀", ["😀"]),
        ("tab\t", ["\t"]),
    ],
)
def test_what_a_text_message_cannot_carry_cheaply_is_listed_once(text: str, outside: list[str]) -> None:
    assert outside_gsm7(text) == sorted(outside)
