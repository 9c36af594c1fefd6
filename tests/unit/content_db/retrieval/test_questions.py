"""Which particular question was asked: half meaning, half rare words, among the topics that are talked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_db.retrieval.questions import FaqQuestion, Match, QuestionIndex

# What the fake encoder takes for the same meaning.
MEANINGS = ("wear deodorant antiperspirant", "eat food breakfast drink", "hurt pain painful", "long minutes time")


def encode(text: str) -> np.ndarray:
    """A unit vector with one axis a meaning, and one for a text without any."""
    vector = np.array([float(any(word in text.lower() for word in meaning.split())) for meaning in MEANINGS] + [0.0])
    if not vector.any():
        vector[-1] = 1.0
    return vector / np.linalg.norm(vector)


def encode_many(texts: Sequence[str]) -> np.ndarray:
    return np.array([encode(text) for text in texts])


QUESTIONS = [
    FaqQuestion(f"{topic}.{name}", topic, "en", question)
    for topic, name, question in (
        ("mammo", "deodorant", "Can I wear deodorant?"),
        ("mammo", "jewelry", "Can I wear jewelry?"),
        ("mammo", "hurt", "Does it hurt?"),
        ("mri", "eat", "Can I eat before the scan?"),
        ("mri", "hurt", "Does the MRI hurt?"),
    )
]
INDEX = QuestionIndex(QUESTIONS, encode_many)


def match(text: str, *topics: str, most: int = 3) -> list[Match]:
    return INDEX.match(text, encode(text), topics, most)


@pytest.mark.parametrize(
    ("text", "topic", "passage"),
    [
        ("can i wear deodorant", "mammo", "mammo.deodorant"),
        ("CAN I WEAR DEODORANT???", "mammo", "mammo.deodorant"),
        ("is antiperspirant ok", "mammo", "mammo.deodorant"),
        ("may I keep my jewelry on", "mammo", "mammo.jewelry"),
        ("is it painful", "mammo", "mammo.hurt"),
        ("is it painful", "mri", "mri.hurt"),
        ("breakfast?", "mri", "mri.eat"),
    ],
)
def test_the_question_that_is_most_alike_comes_first(text: str, topic: str, passage: str) -> None:
    assert match(text, topic)[0].passage_id == passage


def test_only_questions_of_the_topics_asked_about_are_compared() -> None:
    assert {found.passage_id for found in match("does it hurt", "mri")} == {"mri.eat", "mri.hurt"}
    assert [found.passage_id for found in match("does it hurt", "mri", "mammo")][:2] == ["mammo.hurt", "mri.hurt"]
    assert match("does it hurt") == match("does it hurt", "unknown") == []


def test_the_best_come_first_and_not_more_than_asked_for() -> None:
    for most in (1, 2, 3):
        scores = [found.score for found in match("does it hurt to wear jewelry", "mammo", most=most)]
        assert len(scores) == most
        assert scores == sorted(scores, reverse=True)


def test_the_same_words_with_the_same_meaning_score_highest() -> None:
    assert match("Does the MRI hurt?", "mri")[0].score == pytest.approx(1.0)


def test_the_same_meaning_in_other_words_scores_half() -> None:
    assert match("painful", "mammo")[0] == Match("mammo.hurt", pytest.approx(0.5))


def test_without_meaning_or_words_in_common_the_score_is_nothing() -> None:
    assert match("breakfast", "mammo")[0].score == pytest.approx(0.0)


def test_words_that_every_question_has_do_not_count() -> None:
    plain = QuestionIndex([FaqQuestion("a", "mri", "en", "Can I have the test?")], encode_many)
    (found,) = plain.match("can I have the scan", np.zeros(5), ["mri"])
    assert found.score == 0.0


def test_a_plural_is_the_same_word() -> None:
    index = QuestionIndex([FaqQuestion("a", "mri", "en", "Are earrings a problem?")], encode_many)
    (found,) = index.match("an earring, a problem", np.zeros(5), ["mri"])
    assert found.score == pytest.approx(0.5)


def test_a_rare_word_in_common_counts_more_than_a_frequent_one() -> None:
    texts = {"a": "metal deodorant", "b": "metal jewelry", "c": "metal piercing", "d": "pacemaker jewelry"}
    index = QuestionIndex([FaqQuestion(name, "mri", "en", text) for name, text in texts.items()], encode_many)
    scores = {found.passage_id: found.score for found in index.match("metal piercing", np.zeros(5), ["mri"], most=4)}
    assert scores["c"] > scores["a"] > scores["d"] == 0.0
    rare = index.match("pacemaker metal", np.zeros(5), ["mri"], most=1)
    assert rare[0].passage_id == "d"


def test_without_its_most_telling_word_a_question_is_another_one_unless_it_means_the_same() -> None:
    asked = ("What does hypodense mean?", "What does unremarkable mean?")
    index = QuestionIndex([FaqQuestion(text, "report", "en", text) for text in asked], lambda _: np.ones((2, 1)))

    def scores(meaning: float) -> list[float]:
        found = {match.passage_id: match.score for match in index.match(asked[0], np.array([meaning]), ["report"])}
        return [found[text] for text in asked]

    (right, other), (right_too, same) = scores(0.89), scores(0.91)
    assert right == pytest.approx(0.5 * 0.89 + 0.5)
    assert right_too == pytest.approx(0.5 * 0.91 + 0.5)
    # Both differ from the message by as many words; only the first is halved for it.
    assert other * 2 - 0.5 * 0.89 == pytest.approx(same - 0.5 * 0.91)


def test_an_opposite_meaning_takes_nothing_away_from_the_words() -> None:
    (found, *_) = INDEX.match("Does the MRI hurt?", -encode("hurt"), ["mri"])
    assert found == Match("mri.hurt", pytest.approx(0.5))


def test_an_index_may_be_empty() -> None:
    assert QuestionIndex([], encode_many).match("can I eat", encode("eat"), ["mri"]) == []


def test_spanish_words_are_compared_without_accents_and_little_words() -> None:
    index = QuestionIndex([FaqQuestion("a", "mri", "es", "¿Puedo usar el mármol?")], encode_many)
    (found,) = index.match("usar marmol", np.zeros(5), ["mri"])
    assert found.score == pytest.approx(0.5)


@given(st.text())
def test_whatever_is_asked_scores_between_nothing_and_one(text: str) -> None:
    for found in match(text, "mri", "mammo", most=9):
        assert -1e-9 <= found.score <= 1 + 1e-9
