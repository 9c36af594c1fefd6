from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu import known_vectors
from bot.nlu.examples import Phrasing
from bot.nlu.known_vectors import main, shipped_texts
from content_db.importers.markdown import ParsedPassage, ParsedTopic
from content_db.sections import FAQ

TOPIC = ParsedTopic(
    *(Path("kneemr.md"), "kneemr", "en", "Knee MRI", "exam", None, (), "", ()),
    passages=(ParsedPassage("uses", None, "For the knee.", 1), ParsedPassage(FAQ, "May I eat?", "Yes.", 2)),
)


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of a text and a particular question, two sentences, a phrasing of each language."""
    monkeypatch.setattr(known_vectors, "shipped", lambda: [TOPIC])
    monkeypatch.setattr(known_vectors, "sentences", lambda: (["Does a scan hurt", "hello"], ["experience", "chitchat"]))
    monkeypatch.setattr(known_vectors, "questions", list)
    monkeypatch.setattr(known_vectors, "extra_examples", lambda given: (["does a scan hurt"], ["experience"]))
    monkeypatch.setattr(
        known_vectors, "all_phrasings", lambda language: (Phrasing("kneemr", "experience", f"{language} Drum"),)
    )


@pytest.mark.usefixtures("little")
def test_each_text_is_there_once_in_small_letters_the_shortest_first() -> None:
    texts = shipped_texts()
    assert sorted(texts) == ["does a scan hurt", "en drum", "es drum", "hello", "may i eat?"]
    lengths = [len(text) for text in texts]
    assert lengths == sorted(lengths)


@pytest.mark.usefixtures("little")
def test_all_of_them_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_vectors, "_AT_ONCE", 3)
    computed: list[list[str]] = []
    monkeypatch.setattr(known_vectors, "encode_kept", computed.append)
    main()
    assert [len(part) for part in computed] == [3, 2]
    assert sorted(text for part in computed for text in part) == sorted(shipped_texts())
