"""Run by test_encoder_training.py."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import encoder_training
from bot.nlu.encoder_file import save
from bot.nlu.encoder_training import (
    BATCH,
    Learner,
    Partners,
    Sentence,
    as_from_a_phone,
    batches,
    centred,
    labelled,
    learn,
    rate_at,
    table,
    targets,
    told,
)
from bot.nlu.examples import kept_from_encoder, phrasings, questions
from bot.nlu.transformer import PADDING, UNKNOWN, Transformer
from bot.nlu.word_pieces import WordPieces
from tests.unit.bot.nlu.test_transformer import PIECES, SCORES, weights

QUESTION = "¿Cuánto dura la resonancia de rodilla, por favor?"


def test_a_quarter_of_the_questions_is_kept_back_and_all_turns_of_conversations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_training, "phrasings", lambda language: ())
    monkeypatch.setattr(encoder_training, "sentences", lambda: ([], []))
    alone = [question for question in questions() if question.before_section is None]
    kept = {question.text for question in alone if kept_from_encoder(question)}
    assert 0.22 < len(kept) / len(alone) < 0.28
    learnt = {one.text for one in labelled()}
    assert learnt.isdisjoint(kept)
    assert learnt | kept == {question.text for question in alone}
    assert all(kept_from_encoder(question) for question in questions() if question.before_section is not None)


def test_another_wording_has_the_place_of_the_particular_question_in_both_languages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encoder_training, "sentences", lambda: ([], []))
    told_at = {(one.language, one.topic, one.text): one.place for one in told() if one.number is not None}
    wordings = {q.text: (q.language, *q.particular[0]) for q in questions() if q.particular}
    wordings |= {
        p.text: (code, p.topic_id, p.particular) for code in ("en", "es") for p in phrasings(code) if p.particular
    }
    placed = [(one.place, told_at[wordings[one.text]]) for one in labelled() if one.text in wordings]
    assert len(placed) > 5000
    assert all(own == library for own, library in placed)


def test_a_text_from_a_phone_keeps_its_words_in_number_and_is_often_as_it_was() -> None:
    made = [as_from_a_phone(QUESTION, random.Random(seed)) for seed in range(300)]
    assert {len(text.split()) for text in made} == {len(QUESTION.split())}
    assert 60 < Counter(made)[QUESTION] < 200
    assert any("Cuanto" in text for text in made)
    assert any("?" not in text for text in made)
    assert as_from_a_phone("", random.Random(1)) == ""


def test_the_rate_goes_up_then_down_and_never_to_nothing() -> None:
    rates = [float(rate_at(step, 1000, 1.0)) for step in (0, 99, 500, 999)]
    assert rates[0] < rates[1] > rates[2] > rates[3] > 0


def test_a_batch_holds_texts_of_like_length_and_in_time_all() -> None:
    lengths = [place % 50 for place in range(32 * BATCH)]
    drawn = list(islice(batches(random.Random(2), lengths), 32))
    assert sorted(place for batch in drawn for place in batch) == list(range(32 * BATCH))
    assert all(max(lengths[p] for p in batch) - min(lengths[p] for p in batch) < 10 for batch in drawn)


def test_vectors_without_their_common_part_are_of_unit_length_about_nothing() -> None:
    given = np.random.default_rng(1).standard_normal((50, 384)).astype(np.float32) + 5
    made = centred(given)
    assert np.linalg.norm(made, axis=1) == pytest.approx(np.ones(50), abs=1e-5)
    assert np.abs(made.mean(axis=0)).max() < 0.05


def test_the_best_intent_has_most_of_the_target_and_the_others_the_rest() -> None:
    place_of = {"risks": 0, "uses": 1, "results": 2, "cost": 3}
    one = Sentence("t", "t", "en", ("risks",))
    both = Sentence("t", "t", "en", ("uses", "results", "not known here"))
    shares = targets([one, both], place_of)
    assert shares.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert shares[0].argmax() == 0
    assert shares[1][1] > shares[1][2] > shares[1][0]


PASSAGE = Sentence("may I eat", "may I eat", "en", (), "knee", "faq", "You may eat.", 3)
TRANSLATED = Sentence("puedo comer", "puedo comer", "es", (), "knee", "faq", "Puede comer.", 3)
TEXT = Sentence("It takes an hour.", "It takes an hour.", "en", (), "knee", "procedure", "It takes an hour.")
ASKED = Sentence("how long", "how long", "en", ("procedure",), "knee", "procedure")
PARTICULAR = Sentence("is food ok", "is food ok", "en", (), "knee", "faq")
ALONE = Sentence("how loud", "how loud", "en", ("experience",), "ear", "experience")
KNOWN = [PASSAGE, TRANSLATED, TEXT, ASKED, PARTICULAR, ALONE]


def test_the_other_half_of_a_pair_is_what_answers_it_or_a_question_about_the_same_in_either_language() -> None:
    partners = Partners(KNOWN, random.Random(4))
    assert {partners.of(PASSAGE) for _ in range(100)} == {"You may eat.", "puedo comer", "Puede comer."}
    assert {partners.of(ASKED) for _ in range(200)} == {"It takes an hour.", "may I eat", "is food ok", "puedo comer"}
    assert {partners.of(ASKED, same_topic_will_do=False) for _ in range(100)} == {"It takes an hour.", None}
    assert partners.of(ALONE) is None


def test_pairs_are_as_many_as_wanted_and_some_ask_other_things_of_the_same_topic() -> None:
    pairs = Partners(KNOWN, random.Random(4)).drawn(40)
    assert len(pairs) == 40
    assert {left for left, _ in pairs} == {PASSAGE, TRANSLATED, ASKED, PARTICULAR}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (ASKED, TEXT, True),
        (PASSAGE, TRANSLATED, True),
        (PASSAGE, PARTICULAR, True),
        (PASSAGE, replace(PASSAGE, number=4), False),
        (PASSAGE, ASKED, False),
        (ASKED, replace(ASKED, topic="ear"), False),
    ],
)
def test_two_that_the_same_text_may_answer_are_not_pushed_apart(one: Sentence, other: Sentence, alike: bool) -> None:
    assert one.may_be_alike(other) == other.may_be_alike(one) == alike


def test_tensorflow_and_onnxruntime_reckon_alike(tmp_path: Path) -> None:
    learner, path = Learner(weights()), tmp_path / "encoder.onnx"
    save(path, learner.numbers(), PIECES, SCORES)
    ids = [[0, 4, 9, 6, 2], [0, 5, 2]]
    pooled = learner.pooled(table(ids)).numpy()
    ours = Transformer(path).vectors(["a f c", "b"])
    assert (ours * pooled).sum(axis=1) / np.linalg.norm(pooled, axis=1) == pytest.approx(np.ones(2), abs=1e-3)
    assert table(ids).numpy()[1, 3:].tolist() == [PADDING] * 13


def test_learning_brings_what_is_asked_alike_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a toy: two ways to ask, told by one letter each, of two topics."""
    chance = random.Random(5)
    known = []
    for number in range(4 * BATCH):
        intent, letter = (("uses", "a"), ("risks", "b"))[number % 2]
        topic, name = (("knee", "c"), ("ear", "d"))[number // 2 % 2]
        noise = [chance.choice("efghij") for _ in range(3)]
        text = " ".join([letter, name, *noise])
        known.append(Sentence(text, text, "en", (intent,), topic, intent))
    known.append(Sentence("a c", "a c", "en", (), "knee", "faq", "a c e", 0))
    for name, value in {"_LENGTHS": (8,), "_PAIR_LENGTH": 8}.items():
        monkeypatch.setattr(encoder_training, name, value)
    pieces, learner = WordPieces(PIECES, SCORES, UNKNOWN), Learner(weights(layers=1))

    def nearness() -> float:
        ids = [[0, *pieces.ids(text), 2] for text in ("a c e f", "a c h i", "b c e f", "b d h j")]
        x = learner.pooled(table(ids)).numpy()
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        return float(x[0] @ x[1] - max(x[0] @ x[2], x[0] @ x[3]))

    before = nearness()
    learn(learner, pieces, known, {}, 10, 1e-3)
    assert nearness() > before + 0.3
