from __future__ import annotations

import pytest

from bot.nlu.parts import questions_in


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
