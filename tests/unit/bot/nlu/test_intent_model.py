from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.nlu.encoder import encode, encode_many
from bot.nlu.intent_model import LETTERS, MASKS, Grams, IntentModel, mask
from content_db.sections import KINDS
from tests.unit.bot.nlu.sentences import SENTENCES

Spans = list[tuple[int, int, str]]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return IntentModel.train([text for text, _ in SENTENCES], [intent for _, intent in SENTENCES])


@pytest.mark.parametrize(
    ("text", "spans", "masked"),
    [
        ("what is a knee mri", [(10, 18, "exam")], "what is a scan"),
        ("what is a knee mri", [], "what is a knee mri"),
        ("knee mri", [(0, 8, "exam")], "scan"),
        ("mri or ct?", [(7, 9, "exam"), (0, 3, "exam")], "scan or scan?"),
        ("can mri show a stroke", [(4, 7, "exam"), (15, 21, "condition")], "can scan show a disease"),
        ("radiation therapy hurts", [(0, 17, "treatment")], "treatment hurts"),
        ("dye and kidneys", [(0, 3, "safety")], "dye and kidneys"),
        ("metformin and CT", [(0, 16, "safety"), (14, 16, "exam")], "metformin and scan"),
        ("CT or MRI of the head", [(0, 21, "exam"), (6, 21, "exam")], "scan"),
        ("ecografía de mama", [(0, 17, "exam")], "scan"),
        ("", [], ""),
    ],
)
def test_a_named_topic_becomes_the_plain_word_of_its_kind(text: str, spans: Spans, masked: str) -> None:
    assert mask(text, spans) == masked


def test_the_kinds_with_a_plain_word_are_kinds() -> None:
    assert set(MASKS) <= set(KINDS)


@given(
    text=st.text(max_size=30),
    spans=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(KINDS)).map(
            lambda s: (min(s[0], s[1]), max(s[0], s[1]), s[2])
        ),
        max_size=5,
    ),
)
def test_what_is_not_masked_stays_in_its_order(text: str, spans: Spans) -> None:
    rest = mask(text, spans)
    outside = [c for place, c in enumerate(text) if not any(start <= place < end for start, end, _ in spans)]
    for character in outside:
        found = rest.find(character)
        assert found >= 0
        rest = rest[found + 1 :]


def likeliest(model: IntentModel, text: str) -> str:
    probabilities, _ = model.probabilities(text)
    return max(probabilities, key=probabilities.__getitem__)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("does the scan hurt?", "experience"),
        ("is scan painful", "experience"),
        ("can i eat before the scan", "preparation"),
        ("¿Puedo comer antes de scan?", "preparation"),
        ("hello", "chitchat_hello"),
    ],
)
def test_a_question_is_told_apart(model: IntentModel, text: str, intent: str) -> None:
    assert likeliest(model, text) == intent


@pytest.mark.parametrize("text", ["does scan hurt", "", "?", "ñ 日本 😀", "x " * 500])
def test_every_intent_has_its_probability(model: IntentModel, text: str) -> None:
    probabilities, _ = model.probabilities(text)
    assert set(probabilities) == {intent for _, intent in SENTENCES}
    assert min(probabilities.values()) >= 0
    assert sum(probabilities.values()) == pytest.approx(1.0, abs=1e-5)


def test_how_like_a_message_is_to_what_was_learnt(model: IntentModel) -> None:
    (_, known), (_, strange) = model.probabilities("does the scan hurt"), model.probabilities("quarterly zinc futures")
    assert strange < known / 2 < known <= 1.001


def test_the_likeness_is_that_of_the_nearest_three(model: IntentModel) -> None:
    vectors = encode_many([text.lower() for text, _ in SENTENCES])
    nearest = sorted(vectors @ encode("is a scan painful"))[-3:]
    assert model.probabilities("is a scan painful")[1] == pytest.approx(sum(nearest) / 3, abs=1e-2)


def test_a_stored_model_gives_the_same(model: IntentModel) -> None:
    stored = pickle.loads(pickle.dumps(model))
    assert stored.probabilities("does scan hurt") == model.probabilities("does scan hurt")


@pytest.mark.parametrize("other", ["preparation", "chitchat_hello"])
def test_two_intents_are_enough_and_not_mixed_up(other: str) -> None:
    known = [(text, intent) for text, intent in SENTENCES if intent in ("experience", other)]
    model = IntentModel.train([text for text, _ in known], [intent for _, intent in known])
    assert [likeliest(model, text) for text, _ in known] == [intent for _, intent in known]


def test_an_intent_with_many_sentences_does_not_crowd_out_one_with_few() -> None:
    few = [("hello", "chitchat_hello")]
    many = [(text, intent) for text, intent in SENTENCES if intent == "experience"] * 20
    model = IntentModel.train([text for text, _ in few + many], [intent for _, intent in few + many])
    assert likeliest(model, "hello") == "chitchat_hello"


@pytest.mark.parametrize("text", ["does the scan hurt", "scan scan scan hurt", "never seen", "", "ñandú"])
@pytest.mark.parametrize(
    "options",
    [
        {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"\S+"},
        {"analyzer": "char_wb", "ngram_range": LETTERS},
    ],
)
def test_the_features_of_one_text_are_those_of_scikit_learn(text: str, options: dict[str, Any]) -> None:
    vectorizer = TfidfVectorizer(sublinear_tf=True, **options).fit([sentence for sentence, _ in SENTENCES])
    places, values = Grams(vectorizer, 100)(text)
    row = np.zeros(len(vectorizer.vocabulary_), dtype=np.float32)
    row[places - 100] = values
    assert row == pytest.approx(vectorizer.transform([text]).toarray()[0], abs=1e-6)


def test_one_intent_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two intents"):
        IntentModel.train(["one sentence", "another sentence"], ["uses", "uses"])
