from __future__ import annotations

import pytest

from bot.nlu.parts import asking, questions_in


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("Does it hurt much? Can I eat before?", ["Does it hurt much?", "Can I eat before?"]),
        ("does it hurt much and can i eat before", ["does it hurt much", "can i eat before"]),
        ("¿Duele mucho el examen? ¿Puedo comer antes?", ["¿Duele mucho el examen?", "¿Puedo comer antes?"]),
        ("I am scared. How long is it? Can I eat before?", ["How long is it?", "Can I eat before?"]),
        ("How long is it?\nCan I eat before?", ["How long is it?", "Can I eat before?"]),
        # One question, or more than two, is taken as a whole.
        ("does it hurt much", []),
        ("CT and MRI of the head", []),
        ("Does it hurt much? How long is it? Can I eat before?", []),
        ("Really? Does it hurt much?", []),
        ("", []),
        ("?", []),
    ],
)
def test_a_message_of_two_questions_is_cut_into_them(text: str, questions: list[str]) -> None:
    assert questions_in(text) == questions


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("My mother broke her hip. How long is the CT?", "How long is the CT?"),
        ("how long is the CT? my mother broke her hip", "how long is the CT?"),
        ("Me caí el lunes. ¿Duele mucho la placa?", "¿Duele mucho la placa?"),
        ("Tengo bronquitis y toso mucho, ¿debo aguantar la respiración?", "¿debo aguantar la respiración?"),
        # Without a question mark, what begins as a question asks.
        ("they x-rayed my belly. what does it mean for the baby", "what does it mean for the baby"),
        ("me caí el lunes. cuanto dura la placa", "cuanto dura la placa"),
        ("First. How long is it? It is late. Can I eat before?", "How long is it? Can I eat before?"),
        # So short a question says nothing without what stands before it.
        ("I am scared. My arm is swollen. Is that normal?", "My arm is swollen. Is that normal?"),
        ("It itches. Why?", None),
        # Everything asks, or nothing does.
        ("How long is the CT?", None),
        ("How long is it? Can I eat before?", None),
        ("I have a CT tomorrow. I am scared.", None),
        ("tengo miedo. me duele", None),
        ("knee mri", None),
        ("", None),
    ],
)
def test_what_asks_is_found_in_a_message_that_tells_a_story(text: str, asks: str | None) -> None:
    assert asking(text) == asks
