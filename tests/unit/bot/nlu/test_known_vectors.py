from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.engine import Engine

from bot.nlu import known_vectors
from bot.nlu.examples import Phrasing
from bot.nlu.known_vectors import main, shipped_texts


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch, content_engine: Engine) -> None:
    """A library without a text, two sentences, a phrasing of each language."""

    @contextmanager
    def database() -> Iterator[str]:
        yield content_engine.url.render_as_string(hide_password=False)

    monkeypatch.setattr(known_vectors, "starter_database", database)
    monkeypatch.setattr(known_vectors, "sentences", lambda: (["Does a scan hurt", "hello"], ["experience", "chitchat"]))
    monkeypatch.setattr(known_vectors, "questions", list)
    monkeypatch.setattr(known_vectors, "extra_examples", lambda given: (["does a scan hurt"], ["experience"]))
    monkeypatch.setattr(
        known_vectors, "all_phrasings", lambda language: (Phrasing("kneemr", "experience", f"{language} Drum"),)
    )


@pytest.mark.usefixtures("little")
def test_each_text_is_there_once_in_small_letters_the_shortest_first() -> None:
    texts = shipped_texts()
    assert sorted(texts) == ["does a scan hurt", "en drum", "es drum", "hello"]
    lengths = [len(text) for text in texts]
    assert lengths == sorted(lengths)


@pytest.mark.usefixtures("little")
def test_all_of_them_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_vectors, "_AT_ONCE", 3)
    computed: list[list[str]] = []
    monkeypatch.setattr(known_vectors, "encode_kept", computed.append)
    main()
    assert [len(part) for part in computed] == [3, 1]
    assert sorted(text for part in computed for text in part) == sorted(shipped_texts())
