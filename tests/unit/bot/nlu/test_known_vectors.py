from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.nlu import encoder, known_vectors
from bot.nlu.encoder import Vectors
from bot.nlu.examples import Phrasing
from bot.nlu.known_vectors import main, shipped_texts
from content_db.importers.markdown import ParsedPassage, ParsedTopic
from content_db.sections import FAQ

TOPIC = ParsedTopic(
    *(Path("kneemr.md"), "kneemr", "en", "Knee MRI", "exam", None, (), "", ()),
    passages=(ParsedPassage("uses", None, "For the knee.", 1), ParsedPassage(FAQ, "May I eat?", "Yes.", 2)),
)


@pytest.fixture
def little(rasa_without_tensorflow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of a text and a particular question, two sentences, a phrasing of each language."""
    from bot.nlu import rank_training, section_classifier

    monkeypatch.setattr(known_vectors, "shipped", lambda: [TOPIC])
    monkeypatch.setattr(rank_training, "sentences", lambda: (["Does a scan hurt", "hello"], ["experience", "chitchat"]))
    monkeypatch.setattr(known_vectors, "questions", list)
    monkeypatch.setattr(section_classifier, "extra_examples", lambda given: (["does a scan hurt"], ["experience"]))
    monkeypatch.setattr(
        known_vectors, "all_phrasings", lambda language: (Phrasing("kneemr", "experience", f"{language} Drum"),)
    )


@pytest.mark.usefixtures("little")
def test_each_text_is_there_once_in_small_letters_the_shortest_first() -> None:
    texts = shipped_texts()
    assert sorted(texts) == ["does a scan hurt", "en drum", "es drum", "for the knee.", "hello", "may i eat?", "yes."]
    lengths = [len(text) for text in texts]
    assert lengths == sorted(lengths)


@pytest.mark.usefixtures("little")
def test_all_of_them_are_computed_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(known_vectors, "_AT_ONCE", 3)
    kept = encoder._KeptVectors(tmp_path / "vectors.npy")
    monkeypatch.setattr(encoder, "_of_these_weights", lambda: kept)
    main()

    def never(texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"not kept: {texts}")

    texts = shipped_texts()
    assert kept(texts, never) == pytest.approx(encoder.encode_many(texts), abs=2e-3)
