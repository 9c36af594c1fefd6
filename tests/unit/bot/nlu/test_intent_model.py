from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.intent_model import MASKS, IntentModel, mask
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
    assert model.rank(text)[0].intent == intent


@pytest.mark.parametrize("text", ["does scan hurt", "", "?", "ñ 日本 😀", "x " * 500])
def test_every_intent_is_ranked_likeliest_first(model: IntentModel, text: str) -> None:
    ranking = model.rank(text)
    assert {guess.intent for guess in ranking} == {intent for _, intent in SENTENCES}
    confidences = [guess.confidence for guess in ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert 0 <= confidences[-1] <= sum(confidences) <= 1.000001


def test_what_is_like_nothing_known_is_less_sure(model: IntentModel) -> None:
    known = sum(guess.confidence for guess in model.rank("does the scan hurt"))
    strange = sum(guess.confidence for guess in model.rank("quarterly zinc futures"))
    assert strange < known / 2


def test_a_stored_model_gives_the_same(model: IntentModel) -> None:
    assert pickle.loads(pickle.dumps(model)).rank("does scan hurt") == model.rank("does scan hurt")


@pytest.mark.parametrize("other", ["preparation", "chitchat_hello"])
def test_two_intents_are_enough_and_not_mixed_up(other: str) -> None:
    known = [(text, intent) for text, intent in SENTENCES if intent in ("experience", other)]
    model = IntentModel.train([text for text, _ in known], [intent for _, intent in known])
    assert [model.rank(text)[0].intent for text, _ in known] == [intent for _, intent in known]


def test_one_intent_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two intents"):
        IntentModel.train(["one sentence", "another sentence"], ["uses", "uses"])
