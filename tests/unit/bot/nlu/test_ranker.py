"""The models that weigh the evidence: they learn, their shares add up to one, and what they learnt is kept by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu import kinds
from bot.nlu.evidence import PASSAGE_FEATURES, TOPIC_FEATURES
from bot.nlu.examples import Phrasing
from bot.nlu.kinds import KINDS, KindModel
from bot.nlu.ranker import (
    BEYOND_DOUBT,
    NOTHING,
    WEIGHTS,
    ConditionalLogit,
    Ranker,
    Rankers,
    Ranking,
    _together,
    kind_row,
    with_nothing,
)
from content_db.repository import TopicFacts
from tests.unit.bot.nlu.library import (
    FILLERS,
    PHRASINGS,
    asked,
    evidence,
    mention,
    passage,
    passages_of,
    small_ranker,
    topics_of,
)

KNOWN = evidence()
CERTAIN = {"experience": 1.0}


# --- conditional logit ---


@given(st.lists(st.lists(st.floats(-50, 50), min_size=2, max_size=2), min_size=1, max_size=6))
def test_the_shares_of_the_alternatives_add_up_to_one(features: list[list[float]]) -> None:
    shares = ConditionalLogit([3.0, -2.0]).probabilities(features)
    assert shares.shape == (len(features),)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()


def test_a_share_is_that_of_the_weighted_sum() -> None:
    # exp(1), exp(2), exp(0) of their sum.
    shares = ConditionalLogit([1.0, 2.0]).probabilities([[1, 0], [0, 1], [0, 0]])
    assert shares.tolist() == pytest.approx([0.244728, 0.665241, 0.090031], abs=1e-5)


def toy_groups() -> list[tuple[np.ndarray, list[bool]]]:
    """What is right has the higher first feature; the second is noise."""
    chance = np.random.default_rng(3)
    groups = []
    for number in range(40):
        right = [row == number % 4 for row in range(4)]
        groups.append((np.column_stack([np.where(right, 1.0, 0.0), chance.normal(size=4)]), right))
    return groups


def test_what_tells_right_from_wrong_is_learnt() -> None:
    groups = toy_groups()
    model = ConditionalLogit.fit(groups, strength=0.1)
    assert [int(model.probabilities(f).argmax()) for f, _ in groups] == [right.index(True) for _, right in groups]
    assert model.weights[0] > 10 * abs(model.weights[1])


def test_a_stronger_hold_keeps_the_weights_smaller() -> None:
    loose, tight = (np.abs(ConditionalLogit.fit(toy_groups(), strength).weights).sum() for strength in (0.1, 100.0))
    assert 0 < tight < loose / 2


def test_any_of_several_right_alternatives_will_do() -> None:
    groups = [([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [True, True, False])] * 5
    shares = ConditionalLogit.fit(groups, strength=0.01).probabilities(groups[0][0])
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert shares[2] < 0.05


@pytest.mark.parametrize(("second", "first_goes_before"), [(1.0, False), (0.5, True), (0.0, True)])
def test_what_is_worth_more_goes_before_what_is_worth_less(second: float, first_goes_before: bool) -> None:
    features = [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
    shares = ConditionalLogit.fit([(features, [1.0, second, 0.0])] * 5, strength=0.01).probabilities(features)
    assert (shares[0] > 2 * shares[1]) == first_goes_before


def test_what_has_no_right_or_no_wrong_alternative_teaches_nothing() -> None:
    useful = ([[1.0], [0.0]], [True, False])
    useless = [([[9.0], [-9.0]], [False, False]), ([[9.0], [-9.0]], [True, True])]
    assert ConditionalLogit.fit([useful, *useless], 1.0).weights == pytest.approx(
        ConditionalLogit.fit([useful], 1.0).weights
    )
    with pytest.raises(ValueError, match="nothing to learn"):
        ConditionalLogit.fit(useless, 1.0)


# --- "none of them" ---


def test_beside_the_topics_stands_none_of_them_with_columns_of_its_own() -> None:
    message = asked("the knee mri", mentions=(mention("kneemr"),), follows=0.25)
    _, features = topics_of(KNOWN, message)
    table = with_nothing(features, message)
    assert table.shape == (len(features) + 1, len(TOPIC_FEATURES) + len(NOTHING))
    assert (table[:-1, : len(TOPIC_FEATURES)] == features).all()
    assert not table[:-1, len(TOPIC_FEATURES) :].any()
    assert not table[-1, : len(TOPIC_FEATURES)].any()
    last = dict(zip(NOTHING, table[-1, len(TOPIC_FEATURES) :].tolist(), strict=True))
    assert (last["is_none"], last["none_named"], last["none_follows"]) == (1.0, 1.0, 0.25)
    assert last["none_best_cover"] == pytest.approx(1.0)


def test_where_no_topic_comes_into_question_none_of_them_is_left() -> None:
    message = asked("")
    _, features = topics_of(evidence([], {}, [], []), message)
    assert with_nothing(features, message)[0].tolist() == [0.0] * len(TOPIC_FEATURES) + [
        1.0,
        *[0.0] * (len(NOTHING) - 1),
    ]


# --- the three together ---


def test_topics_come_likeliest_first_and_the_rest_is_none_of_them() -> None:
    message = asked("the knee", CERTAIN, mentions=(mention("kneemr"),))
    ranking = small_ranker().rank(KNOWN, message, CERTAIN, 1.0)
    shares = [share for _, share in ranking.topics]
    assert ranking.topics[0][0] == "kneemr"
    assert shares == sorted(shares, reverse=True)
    # exp(4) against exp(2) for none of them and 1 for each other topic.
    assert shares[0] == pytest.approx(np.exp(4) / (np.exp(4) + np.exp(2) + len(shares) - 1), abs=1e-6)
    assert sum(ranking.kinds.values()) == pytest.approx(1.0)


def test_the_passages_are_those_of_the_likeliest_topic_and_its_parents() -> None:
    message = asked("the knee", {"experience": 0.9, "overview": 0.1}, mentions=(mention("kneemr"),))
    ranking = small_ranker().rank(KNOWN, message, CERTAIN, 1.0)
    assert {p.passage_id for p in ranking.passages} == {p.id for p in passages_of(KNOWN, "kneemr", message)[0]}
    assert sum(p.probability for p in ranking.passages) == pytest.approx(1.0)
    shares = {p.section: p.probability for p in ranking.passages if p.section != "faq"}
    assert shares["experience"] > shares["overview"] > shares["implants_metal"]


def test_a_topic_without_passages_and_no_topic_at_all_have_none() -> None:
    message = asked("write to us", CERTAIN, mentions=(mention("contact"),))
    ranking = small_ranker().rank(KNOWN, message, CERTAIN, 1.0)
    assert (ranking.topics[0][0], ranking.passages) == ("contact", ())
    nothing = small_ranker().rank(evidence([], {}, [], []), asked("knee", CERTAIN), CERTAIN, 1.0)
    assert (nothing.topics, nothing.passages) == ((), ())
    assert max(nothing.kinds, key=nothing.kinds.__getitem__) == "answer"


def test_the_kind_is_decided_from_how_well_the_topics_fit() -> None:
    message = asked("the knee mri", mentions=(mention("kneemr"),), foreign=True)
    ids, table = topics_of(KNOWN, message)
    shares = np.array([*([0.6] + [0.0] * (len(ids) - 1)), 0.4])
    row = dict(zip(kinds.FEATURES, kind_row(ids, table, shares, message, {"risks": 1.0}, 0.75), strict=True))
    told = {name: row[name] for name in ("topic", "no_topic", "names_exam", "names_any", "cover", "seen_before")}
    assert told == pytest.approx(
        {"topic": 0.6, "no_topic": 0.4, "names_exam": 1, "names_any": 1, "cover": 1, "seen_before": 0.75}
    )
    assert (row["foreign"], row["share_answer"]) == (1.0, 1.0)


def test_an_exam_that_is_turned_away_is_named_but_no_exam() -> None:
    message = asked("not the knee mri", mentions=(mention("kneemr", negated=True),))
    ids, table = topics_of(KNOWN, message)
    row = kind_row(ids, table, np.zeros(len(ids) + 1), message, {}, 0.0)
    assert [row[kinds.FEATURES.index(name)] for name in ("names_exam", "names_any")] == [0.0, 1.0]


# --- kept in a file ---


def rank_of(ranker: Ranker | Rankers, topic: str | None = None) -> Ranking:
    message = asked("the knee mri is loud", CERTAIN, mentions=(mention("kneemr"),), topic=topic)
    return ranker.rank(KNOWN, message, {"experience": 0.7, "handoff": 0.3}, 0.8)


def random_ranker() -> Ranker:
    chance = np.random.default_rng(5)
    return Ranker(
        ConditionalLogit(chance.normal(size=len(TOPIC_FEATURES) + len(NOTHING)).round(4).tolist()),
        ConditionalLogit(chance.normal(size=len(PASSAGE_FEATURES)).round(4).tolist()),
        KindModel(chance.normal(size=(len(kinds.FEATURES), len(KINDS))).round(4)),
    )


def test_stored_rankers_rank_the_same(tmp_path: Path) -> None:
    Rankers(random_ranker(), small_ranker()).save(tmp_path / "weights.json")
    stored = Rankers.load(tmp_path / "weights.json")
    assert rank_of(stored.opening) == rank_of(random_ranker())
    assert rank_of(stored.in_talk) == rank_of(small_ranker()) != rank_of(random_ranker())


def test_the_first_words_of_a_talk_have_weights_of_their_own() -> None:
    both = Rankers(random_ranker(), small_ranker())
    assert rank_of(both) == rank_of(random_ranker())
    assert rank_of(both, "headct") == rank_of(small_ranker(), "headct") != rank_of(random_ranker(), "headct")


@pytest.mark.parametrize("table", ["topics", "passages", "kinds"])
def test_weights_of_other_features_are_not_loaded(tmp_path: Path, table: str) -> None:
    path = tmp_path / "weights.json"
    Rankers(random_ranker(), random_ranker()).save(path)
    tables = json.loads(path.read_text(encoding="utf-8"))
    tables["in_talk"][table].popitem()
    path.write_text(json.dumps(tables), encoding="utf-8")
    with pytest.raises(KeyError):
        Rankers.load(path)


@pytest.mark.parametrize("turn", ["opening", "in_talk"])
def test_every_feature_has_a_shipped_weight_and_every_weight_a_feature(turn: str) -> None:
    shipped = json.loads(WEIGHTS.read_text(encoding="utf-8"))[turn]
    assert set(shipped) == {"topics", "passages", "kinds"}
    assert list(shipped["topics"]) == [*TOPIC_FEATURES, *NOTHING]
    assert list(shipped["passages"]) == list(PASSAGE_FEATURES)
    assert list(shipped["kinds"]) == list(KINDS)
    assert {tuple(weights) for weights in shipped["kinds"].values()} == {kinds.FEATURES}
    assert len({*TOPIC_FEATURES, *NOTHING}) == len(TOPIC_FEATURES) + len(NOTHING)
    numbers = [*shipped["topics"].values(), *shipped["passages"].values()]
    numbers += [weight for weights in shipped["kinds"].values() for weight in weights.values()]
    assert np.isfinite(numbers).all()
    assert np.any(numbers)


def test_the_shipped_weights_prefer_the_exam_that_is_named() -> None:
    message = asked("the knee mri", CERTAIN, mentions=(mention("kneemr", 3),), subject=("kneemr",))
    assert Rankers.load().rank(KNOWN, message, CERTAIN, 1.0).topics[0][0] == "kneemr"


def test_a_topic_that_is_meant_beyond_doubt_comes_first_whatever_the_weights() -> None:
    ranking = random_ranker().rank(KNOWN, replace(asked("and then"), only="headct"), {"risks": 1.0}, 0.5)
    assert ranking.topics[0][0] == "headct"
    assert ranking.topics[0][1] == pytest.approx(1.0, abs=1 - BEYOND_DOUBT)
    assert {passage.topic_id for passage in ranking.passages} == {"headct"}


# --- an exam that is named and a page on safety ---


@pytest.mark.parametrize(
    ("named", "safety_weight", "first"),
    [
        pytest.param("kneemr", 0.5, "kneemr", id="hardly likelier"),
        pytest.param("kneemr", 3.0, "magnets", id="far likelier"),
        pytest.param("stroke", 0.5, "magnets", id="no exam is named"),
    ],
)
def test_an_exam_that_is_named_stands_before_a_page_on_safety_unless_that_is_far_likelier(
    named: str, safety_weight: float, first: str
) -> None:
    ranker = small_ranker()
    weights = dict(zip((*TOPIC_FEATURES, *NOTHING), ranker._topics.weights, strict=True))
    given = Ranker(
        ConditionalLogit([*(weights | {"is_safety": safety_weight}).values()]), ranker._passages, ranker._kind
    )
    message = asked("is a magnet safe", mentions=(mention("magnets"), mention(named, weight=3)))
    ranking = given.rank(KNOWN, message, {"pregnancy": 1.0}, 0.9)
    assert ranking.topics[0][0] == first
    assert sum(share for _, share in ranking.topics) <= 1.0 + 1e-9


@pytest.mark.parametrize(
    ("modality", "pooled"),
    [pytest.param("mri", True, id="made with the same"), pytest.param("ct", False, id="made with something else")],
)
def test_a_page_on_an_exam_in_general_is_as_likely_as_the_pages_it_can_answer_for(modality: str, pooled: bool) -> None:
    facts = [
        TopicFacts("bodymr", "exam", None, "mri", "whole-body"),
        TopicFacts("magnets", "safety", None, modality, "whole-body"),
    ]
    texts = [passage(topic.id, "overview", "Something about it.") for topic in facts]
    known = evidence(facts=facts, passages=texts, phrasings=())
    message = asked("a tattoo", mentions=(mention("bodymr"), mention("magnets")))
    (_, first), (_, second) = small_ranker().rank(known, message, CERTAIN, 1.0).topics
    assert first == pytest.approx(2 * second if pooled else second)


@pytest.mark.parametrize(
    ("named", "pooled"),
    [
        pytest.param(("bodymr",), True, id="the general one is named"),
        pytest.param(("bodymr", "kneemr"), False, id="both are"),
        pytest.param((), False, id="none is"),
    ],
)
def test_an_exam_that_is_named_in_general_is_meant_in_general(named: tuple[str, ...], pooled: bool) -> None:
    topics = _together(KNOWN, [("bodymr", 0.5), ("kneemr", 0.3), ("headct", 0.1)], named)
    assert topics[0] == ("bodymr", 0.8 if pooled else 0.5)
    assert topics[1:] == (("kneemr", 0.3), ("headct", 0.1))
    assert _together(KNOWN, [("kneemr", 0.5), ("bodymr", 0.3)], named)[0] == ("kneemr", 0.5)


@pytest.mark.parametrize(
    ("text", "asked_for", "first"),
    [
        pytest.param("may I have some toast", 0.9, "kneemr.preparation.en", id="without its telling words"),
        pytest.param("may I have breakfast", 0.9, "kneemr.faq-may-i-eat-breakfast.en", id="with one of them"),
        pytest.param("may I have some toast", 0.4, "kneemr.faq-may-i-eat-breakfast.en", id="no section is sure"),
        pytest.param("may I have some toast", 0.0, "kneemr.faq-may-i-eat-breakfast.en", id="another section"),
    ],
)
def test_a_particular_question_that_may_be_a_near_miss_gives_way_to_the_section_asked_for(
    text: str, asked_for: float, first: str
) -> None:
    weights = {"faq_meaning": 3.0, "section_probability": 1.5}
    given = Ranker(
        small_ranker()._topics,
        ConditionalLogit([weights.get(name, 0.0) for name in PASSAGE_FEATURES]),
        small_ranker()._kind,
    )
    message = asked(text, {"preparation": asked_for, "risks": 1 - asked_for})
    # Patients ask "may I" of everything, so it tells nothing.
    common = [Phrasing(filler, "preparation", f"may I hold a {filler}") for filler in FILLERS]
    known = evidence(phrasings=[*PHRASINGS, *common])
    passages = given.passages(known, message, known.scores(message), "kneemr")
    assert passages[0].passage_id == first
    assert sum(passage.probability for passage in passages) == pytest.approx(1.0)
