from __future__ import annotations

import pytest

from bot.nlu.language import OTHER, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long does a knee MRI take?", "en"),
        ("will it hurt", "en"),
        ("HOW LONG", "en"),
        ("knee mri pain", "en"),
        ("do i need to fast before the ultrasound of my belly tomorrow", "en"),
        ("¿Cuánto dura una resonancia de rodilla?", "es"),
        ("cuanto dura", "es"),
        ("me duele la rodilla y tengo miedo", "es"),
        ("puedo comer antes de la ecografia", "es"),
        ("ayuno tomografia", "es"),
        ("rodilla", "es"),
        ("tattoos n mri", "en"),
        ("Echo vs cardiac MRI", "en"),
        ("Combien de temps dure une IRM du genou ?", OTHER),
        ("Est-ce que je peux manger avant mon scanner demain ?", OTHER),
        ("Wie lange dauert eine MRT vom Knie?", OTHER),
        ("Quanto tempo demora uma ressonância do joelho?", OTHER),
        ("膝盖核磁共振需要多长时间", OTHER),
        ("磁共振", OTHER),
        ("Сколько длится МРТ колена", OTHER),
        ("كم يستغرق", OTHER),
        # Too little to tell: the talk goes on in its language.
        ("mri", None),
        ("pet scan", "en"),
        ("ct abdomen", None),
        ("IRM", None),
        ("12", None),
        ("?", None),
        ("😀", None),
        ("", None),
    ],
)
def test_the_language_of_a_message(text: str, language: str | None) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "les rayons sont dangereux pour mon bebe",
        "la mia ecografia fa male al bambino",
        "para que serve a ressonância do joelho",
    ],
)
def test_words_that_other_languages_share_do_not_make_a_sentence_spanish(text: str) -> None:
    assert language_of(text) != "es"


@pytest.mark.parametrize("text", ["does the MRI see a glioblastoma", "is a choledochojejunostomy seen on CT"])
def test_medical_words_do_not_make_a_sentence_foreign(text: str) -> None:
    assert language_of(text) == "en"
