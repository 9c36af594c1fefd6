from __future__ import annotations

import pytest

from bot.nlu.glossary import Glossary

ENGLISH = Glossary(
    [
        ("hypodense", "What does hypodense mean?"),
        ("hu", "What does Hounsfield units (HU) mean?"),
        ("mass", "What does mass mean?"),
        ("mass-effect", "What does mass effect mean?"),
        ("no-term", "Can I eat before it?"),
        ("second", "What does hypodense mean?"),
    ],
    "en",
)
SPANISH = Glossary([("hipodenso", "¿Qué significa hipodenso?"), ("nodulo", "¿Qué significa nódulo?")], "es")


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("What does hypodense mean?", "hypodense"),
        ("what does HYPODENSE mean on my ct", "hypodense"),
        ("what does the word hypodense mean", "hypodense"),
        ("meaning of a hypodense", "hypodense"),
        ("hypodense meaning", "hypodense"),
        ("define hypodense", "hypodense"),
        ("what is a mass", "mass"),
        ("what does mass effect mean", "mass-effect"),
        ("what does mass mean", "mass"),
        ("what does hyperdense mean", None),
        ("can i eat before it", None),
        ("does it hurt", None),
        ("hypodense", None),
        ("", None),
    ],
)
def test_the_term_that_is_asked_for(text: str, term: str | None) -> None:
    assert ENGLISH.find(text, names_topic=False) == term


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("¿Qué significa hipodenso?", "hipodenso"),
        ("que quiere decir nodulo", "nodulo"),
        ("¿qué es un nódulo?", "nodulo"),
        ("¿qué es una resonancia?", None),
        ("un nódulo, ¿qué es?", "nodulo"),
        ("el nódulo que me vieron, ¿para qué es el examen?", None),
        ("nódulo en el cuello, ¿qué es mejor?", None),
    ],
)
def test_the_term_that_is_asked_for_in_spanish(text: str, term: str | None) -> None:
    assert SPANISH.find(text, names_topic=False) == term


@pytest.mark.parametrize(("text", "term"), [("what is a mass", None), ("what does mass mean", "mass")])
def test_what_something_is_counts_only_where_no_topic_is_named(text: str, term: str | None) -> None:
    assert ENGLISH.find(text, names_topic=True) == term
    assert ENGLISH.find(text, names_topic=False) == "mass"


def test_a_story_is_no_question_for_a_word() -> None:
    assert ENGLISH.find("what does mass mean " + "and so on " * 9, names_topic=False) is None


def test_a_glossary_may_be_empty() -> None:
    assert Glossary([], "en").find("what does mass mean", names_topic=False) is None
