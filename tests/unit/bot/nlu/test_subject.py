from __future__ import annotations

import pytest

from bot.nlu.subject import subject
from bot.nlu.topic_index import Mention


def named(topic: str, kind: str = "exam", weight: int = 3, **more: bool) -> Mention:
    return Mention(topic, kind, 0, 1, weight, **more)


KNEE, HEAD, MRI = named("kneemr"), named("headct"), named("bodymr", weight=1)
STROKE = named("stroke", "condition")


@pytest.mark.parametrize(
    ("mentions", "section", "about"),
    [
        pytest.param((), "risks", (), id="nothing"),
        pytest.param((KNEE,), "risks", ("kneemr",), id="one exam"),
        pytest.param((KNEE, HEAD), "risks", ("kneemr", "headct"), id="two exams named alike"),
        pytest.param((KNEE, KNEE), "risks", ("kneemr",), id="an exam named twice"),
        pytest.param((MRI, HEAD), "risks", ("headct",), id="the exam that tells more"),
        pytest.param((STROKE, MRI), "uses", ("bodymr",), id="an exam for a condition"),
        pytest.param((MRI, STROKE), "symptoms", ("stroke",), id="a question that only a condition has"),
        pytest.param((MRI, STROKE), "treatment", ("stroke",), id="another question that only a condition has"),
        pytest.param((MRI, STROKE), None, ("bodymr",), id="no section"),
        pytest.param((STROKE,), "uses", ("stroke",), id="a condition alone"),
        pytest.param((named("rt", "treatment"), STROKE), "risks", ("rt",), id="a treatment of a condition"),
        pytest.param((named("contact", "service"),), "risks", (), id="a page of the site is no subject"),
        pytest.param((named("contact", "service"), KNEE), "risks", ("kneemr",), id="an exam beside a page of the site"),
        pytest.param((named("kneemr", negated=True), HEAD), "risks", ("headct",), id="an exam that is turned away"),
        pytest.param((named("kneemr", negated=True),), "risks", (), id="nothing but what is turned away"),
        pytest.param(
            (named("metformin", "safety"), named("bodyct", weight=1, inside=True)),
            "preparation",
            ("metformin",),
            id="a page whose name holds only the kind of exam",
        ),
        pytest.param(
            (named("report-knee", "condition"), named("kneemr", weight=3, inside=True)),
            "uses",
            ("kneemr",),
            id="a page whose name holds a whole exam",
        ),
        pytest.param(
            (named("metformin", "safety"), named("bodyct", weight=1, inside=True), HEAD),
            "preparation",
            ("headct",),
            id="such a page beside an exam",
        ),
        pytest.param(
            (named("kneemr", inside=True),), "uses", (), id="an exam inside a name that does not count any more"
        ),
    ],
)
def test_which_topic_a_message_is_about(
    mentions: tuple[Mention, ...], section: str | None, about: tuple[str, ...]
) -> None:
    assert subject(mentions, section) == about
