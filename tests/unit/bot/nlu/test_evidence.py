"""What speaks for each topic and each passage: which are proposed, and the numbers by their names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bot.nlu.evidence import PASSAGE_FEATURES, TOPIC_FEATURES, Evidence, aliases_by_topic
from bot.nlu.examples import Phrasing
from content_db.repository import AliasView, TopicFacts
from tests.unit.bot.nlu.library import (
    FACTS,
    FILLERS,
    PASSAGES,
    PHRASINGS,
    asked,
    encode_many,
    evidence,
    mention,
    passage,
    passage_rows,
    passages_of,
    topic_row,
    topics_of,
)

KNOWN = evidence()


@pytest.mark.parametrize("names", [TOPIC_FEATURES, PASSAGE_FEATURES])
def test_every_feature_has_a_name_of_its_own(names: tuple[str, ...]) -> None:
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("text", ["how loud is a knee mri", "weather", ""])
def test_every_topic_and_every_passage_has_a_number_for_each_feature(text: str) -> None:
    message = asked(text, {"experience": 1.0})
    ids, table = topics_of(KNOWN, message)
    assert table.shape == (len(ids), len(TOPIC_FEATURES))
    passages, rows = passages_of(KNOWN, "kneemr", message)
    assert rows.shape == (len(passages), len(PASSAGE_FEATURES))
    assert np.isfinite(table).all()
    assert np.isfinite(rows).all()


# --- which topics come into question ---


@pytest.mark.parametrize(
    ("text", "topic", "by"),
    [
        pytest.param("the knee is next", "kneemr", "alias_score", id="a word of its name"),
        pytest.param("will they tie my noggin", "headct", "phrasing_score", id="words of a phrasing"),
        pytest.param("does it show the meniscus", "kneemr", "text_score", id="words of its text"),
        pytest.param("with antiperspirant", "bodymr", "likeness", id="the meaning of a question on its page"),
        pytest.param("is my cranium tied down", "headct", "likeness", id="the meaning of a phrasing"),
        pytest.param("write to somebody", "contact", "alias_score", id="the name of a page of the site"),
    ],
)
def test_a_topic_is_proposed_by_what_speaks_for_it(text: str, topic: str, by: str) -> None:
    ids, table = topics_of(KNOWN, asked(text))
    scores = dict(zip(ids, table[:, TOPIC_FEATURES.index(by)].tolist(), strict=True))
    assert scores[topic] > 0
    assert scores[topic] == max(scores.values())
    assert all(score < scores[topic] for other, score in scores.items() if other in FILLERS)


@pytest.mark.parametrize(
    ("more", "topic"),
    [
        ({"mentions": (mention("stroke"),)}, "stroke"),
        ({"mentions": (mention("stroke", negated=True),)}, "stroke"),
        ({"subject": ("stroke",)}, "stroke"),
        ({"candidates": ("headct",)}, "headct"),
        ({"topic": "words"}, "words"),
    ],
)
def test_what_is_named_meant_or_talked_about_is_proposed(more: dict[str, Any], topic: str) -> None:
    assert topics_of(KNOWN, asked("hello there", **more))[0] == [topic]


def test_not_every_topic_is_proposed() -> None:
    ids, _ = topics_of(KNOWN, asked("my knee"))
    assert len(ids) == len(set(ids)) < len(FILLERS)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"mentions": (mention("silent"),)},
        {"candidates": ("silent",)},
        {"topic": "silent"},
        {"subject": ("silent",)},
    ],
)
def test_a_topic_without_a_text_is_not_proposed(more: dict[str, Any]) -> None:
    assert "silent" not in topics_of(KNOWN, asked("the hushed silent mri", **more))[0]


@pytest.mark.parametrize("more", [{"topic": "unknown"}, {"candidates": ("unknown",)}, {"subject": ("unknown",)}])
def test_a_topic_that_is_not_known_is_not_proposed(more: dict[str, Any]) -> None:
    assert topics_of(KNOWN, asked("", **more))[0] == []


@pytest.mark.parametrize(
    ("text", "more", "there"),
    [
        ("a ct of that", {"topic": "kneemr"}, False),
        ("an mri of that", {"topic": "kneemr"}, True),
        ("an x-ray of that", {"topic": "kneemr"}, True),
        ("a ct or an mri of that", {"topic": "kneemr"}, True),
        ("a ct of that", {"mentions": (mention("kneemr"),)}, True),
        ("a ct of that", {"mentions": (mention("kneemr", negated=True),)}, False),
        ("a ct of that", {"topic": "stroke"}, True),
    ],
)
def test_an_exam_made_with_something_else_comes_into_question_only_if_it_is_named(
    text: str, more: dict[str, Any], there: bool
) -> None:
    (topic,) = [*([more["topic"]] if "topic" in more else []), *(m.topic_id for m in more.get("mentions", ()))]
    assert (topic in topics_of(KNOWN, asked(text, **more))[0]) == there


@pytest.mark.parametrize(
    ("text", "topic", "there"),
    [
        ("unremarkable", "words", True),
        ("smoked for decades", "lungscreen", True),
        ("a face that droops", "stroke", True),
        ("earplugs", "bodymr", False),
        ("a small patient", "childct", False),
        ("a small patient, my child", "childct", True),
    ],
)
def test_beside_an_exam_that_is_named_comes_no_other_exam_but_what_is_none(text: str, topic: str, there: bool) -> None:
    assert topic in topics_of(KNOWN, asked(text))[0]
    assert (topic in topics_of(KNOWN, asked(text, mentions=(mention("headct", 3),)))[0]) == there


def test_a_library_without_texts_proposes_nothing() -> None:
    empty = evidence([], {}, [], [])
    ids, table = topics_of(empty, asked("knee mri", {"uses": 1.0}))
    assert (ids, table.shape) == ([], (0, len(TOPIC_FEATURES)))
    passages, rows = passages_of(empty, "kneemr", asked("knee mri"))
    assert (passages, rows.shape) == ([], (0, len(PASSAGE_FEATURES)))


# --- the numbers of a topic ---

KNEE, MRI, HEAD = mention("kneemr", 3), mention("bodymr", 1), mention("headct", 3)

TOPIC_ROWS: list[tuple[str, str, dict[str, Any], dict[str, float]]] = [
    (
        "a name",
        "kneemr",
        {"mentions": (KNEE,)},
        {"named": 1, "named_weight": 3, "named_heaviest": 1, "named_first": 1, "named_negated": 0, "named_inside": 0},
    ),
    (
        "a name that is turned away",
        "kneemr",
        {"mentions": (mention("kneemr", 3, negated=True),)},
        {"named": 0, "named_weight": 0, "named_heaviest": 0, "named_first": 0, "named_negated": 1},
    ),
    (
        "a name beside one that is turned away",
        "headct",
        {"mentions": (mention("kneemr", 5, negated=True), HEAD)},
        {"named": 1, "named_heaviest": 1, "named_first": 1, "named_negated": 0},
    ),
    (
        "the second and lighter name",
        "bodymr",
        {"mentions": (HEAD, MRI)},
        {"named": 1, "named_weight": 1, "named_heaviest": 0, "named_first": 0},
    ),
    ("a name inside another", "bodymr", {"mentions": (mention("bodymr", inside=True),)}, {"named_inside": 1}),
    ("the only subject", "kneemr", {"subject": ("kneemr",)}, {"subject": 1}),
    ("one of two subjects", "kneemr", {"subject": ("headct", "kneemr")}, {"subject": 0.5}),
    ("its parent is named", "kneemr", {"mentions": (MRI,), "topic": "kneemr"}, {"parent_named": 1, "child_named": 0}),
    (
        "its child is named",
        "bodymr",
        {"mentions": (mention("kneemr", 1),), "topic": "bodymr"},
        {"parent_named": 0, "child_named": 1},
    ),
    (
        "its parent is turned away",
        "kneemr",
        {"mentions": (mention("bodymr", negated=True),), "topic": "kneemr"},
        {"parent_named": 0},
    ),
    ("a candidate", "kneemr", {"candidates": ("kneemr",)}, {"candidate": 1}),
    ("what was talked about", "kneemr", {"topic": "kneemr"}, {"talked_about": 1, "talked_about_unnamed": 1}),
    (
        "what was talked about before another was named",
        "kneemr",
        {"topic": "kneemr", "mentions": (mention("headct", 1),)},
        {"talked_about": 1, "talked_about_unnamed": 0},
    ),
    (
        "what was talked about and another is turned away",
        "kneemr",
        {"topic": "kneemr", "mentions": (mention("headct", negated=True),)},
        {"talked_about": 1, "talked_about_unnamed": 1},
    ),
    (
        "sections of its page",
        "kneemr",
        {"topic": "kneemr", "sections": {"preparation": 0.5, "overview": 0.25, "risks": 0.25}},
        {"has_section": 0.75},
    ),
    (
        "what an exam is made with",
        "kneemr",
        {"topic": "kneemr", "text": "an mri"},
        {"same_modality": 1, "other_modality": 0, "is_exam": 1, "is_condition": 0},
    ),
    (
        "what another exam is made with",
        "kneemr",
        {"mentions": (KNEE,), "text": "a ct"},
        {"same_modality": 0, "other_modality": 1},
    ),
    (
        "an x-ray may be said of what is akin to it",
        "kneemr",
        {"topic": "kneemr", "text": "x-ray"},
        {"other_modality": 1},
    ),
    ("a few words", "kneemr", {"topic": "kneemr", "text": "and how long"}, {"talked_about_in_few_words": 1}),
    (
        "many words",
        "kneemr",
        {"topic": "kneemr", "text": "so tell me about how long it may be"},
        {"talked_about_in_few_words": 0, "talked_about_unnamed": 1},
    ),
    (
        "a follow-up to what was talked about",
        "kneemr",
        {"topic": "kneemr", "follows": 0.25},
        {"talked_about_and_follows": 0.25},
    ),
    (
        "a follow-up to something else",
        "headct",
        {"topic": "kneemr", "mentions": (HEAD,), "follows": 0.25},
        {"talked_about_and_follows": 0},
    ),
    ("an exam that is named closely", "headct", {"mentions": (HEAD,)}, {"only_exam_named_closely": 1}),
    ("an exam that is named by its kind", "bodymr", {"mentions": (MRI,)}, {"only_exam_named_closely": 0}),
    (
        "a section of its parents page",
        "kneemr",
        {"topic": "kneemr", "sections": {"experience": 0.5, "preparation": 0.25, "cost": 0.25}},
        {"has_section": 0.25, "line_has_section": 0.75},
    ),
    (
        "an implant",
        "kneemr",
        {"topic": "kneemr", "sections": {"implants_metal": 0.5}},
        {"implants_and_exam": 0.5, "implants_and_treatment": 0},
    ),
    (
        "made with the same as what was talked about",
        "bodymr",
        {"topic": "kneemr", "mentions": (MRI,)},
        {"made_as_before": 1},
    ),
    (
        "made with something else",
        "headct",
        {"topic": "kneemr", "mentions": (mention("headct", 1),)},
        {"made_as_before": 0},
    ),
    ("what was talked about itself", "kneemr", {"topic": "kneemr"}, {"made_as_before": 0}),
    (
        "a childs exam made with the same as what was talked about",
        "childct",
        {"topic": "headct", "text": "for my daughter", "mentions": (mention("childct"),)},
        {"made_as_before": 1, "pediatric_as_before": 1},
    ),
    ("not made with anything", "stroke", {"topic": "stroke", "text": "a ct"}, {"other_modality": 0, "is_condition": 1}),
    ("the page above another", "bodymr", {"topic": "bodymr"}, {"is_general": 1}),
    ("a page above none", "kneemr", {"topic": "kneemr"}, {"is_general": 0}),
    (
        "a condition",
        "stroke",
        {"mentions": (mention("stroke"),), "sections": {"symptoms": 0.5, "treatment": 0.25, "uses": 0.25}},
        {"condition_asked": 0.75, "condition_beside_exam": 0},
    ),
    ("a condition with an exam", "stroke", {"mentions": (HEAD, mention("stroke"))}, {"condition_beside_exam": 1}),
    (
        "a condition with an exam that is turned away",
        "stroke",
        {"mentions": (mention("headct", negated=True), mention("stroke"))},
        {"condition_beside_exam": 0},
    ),
    (
        "a page on screening",
        "lungscreen",
        {"topic": "lungscreen", "sections": {"screening_who": 0.5}},
        {"screening_asked": 0.5},
    ),
    ("a page on reports", "words", {"topic": "words", "sections": {"results": 0.5}}, {"results_asked": 0.5}),
    (
        "a page on safety",
        "magnets",
        {"mentions": (HEAD, mention("magnets")), "sections": {"pregnancy": 0.5, "risks": 0.25, "uses": 0.25}},
        {"safety_asked": 0.75, "safety_beside_exam": 1},
    ),
    (
        "a child and its page",
        "childct",
        {"topic": "childct", "text": "for my daughter"},
        {"child_and_pediatric": 1, "child_and_adult_named": 0},
    ),
    (
        "a child and the page for adults",
        "headct",
        {"mentions": (HEAD,), "text": "for my daughter"},
        {"child_and_pediatric": 0, "child_and_adult_named": 1},
    ),
    ("no child", "childct", {"topic": "childct", "text": "for my wife"}, {"child_and_pediatric": 0}),
    ("a pregnancy", "magnets", {"topic": "magnets", "text": "i am pregnant"}, {"pregnant_and_safety": 1}),
    ("the only exam", "headct", {"mentions": (HEAD, mention("stroke"))}, {"only_exam_named": 1}),
    ("one of two exams", "headct", {"mentions": (HEAD, KNEE)}, {"only_exam_named": 0}),
]


@pytest.mark.parametrize(
    ("topic", "given", "features"), [row[1:] for row in TOPIC_ROWS], ids=[row[0] for row in TOPIC_ROWS]
)
def test_what_speaks_for_a_topic(topic: str, given: dict[str, Any], features: dict[str, float]) -> None:
    text = given.get("text", "tell me")
    row = topic_row(KNOWN, topic, asked(text, **{name: value for name, value in given.items() if name != "text"}))
    assert {name: row[name] for name in features} == pytest.approx(features)


def test_a_whole_name_covers_and_half_a_name_covers_by_what_it_tells() -> None:
    whole, half = (topic_row(KNOWN, "kneemr", asked(text))["alias_cover"] for text in ("mri of the knee", "the knee"))
    rarity = {word: KNOWN._names.rarity(word) for word in ("knee", "mri")}
    assert whole == pytest.approx(1.0)
    assert half == pytest.approx(rarity["knee"] / sum(rarity.values()))
    assert rarity["knee"] > rarity["mri"] > 0


def test_shares_are_measured_against_the_best() -> None:
    message = asked("knee stroke droops meniscus")
    ids, table = topics_of(KNOWN, message)
    for name in ("alias_share", "text_share", "said_share", "told_share"):
        assert table[:, TOPIC_FEATURES.index(name)].max() == pytest.approx(1.0), name
    for name in ("said_below_best", "likeness_below_best"):
        assert table[:, TOPIC_FEATURES.index(name)].max() == pytest.approx(0.0), name
    assert len(ids) > 1


def test_a_text_counts_as_far_as_its_section_is_asked_for() -> None:
    joint = [topic_row(KNOWN, "kneemr", asked("zippers", {"preparation": share}))["joint"] for share in (1.0, 0.5, 0.0)]
    assert joint == pytest.approx([1.0, 0.5, 0.0])


# --- the passages of a topic ---


def test_a_topics_own_texts_come_first_and_its_parent_answers_where_it_is_silent() -> None:
    rows = passage_rows(KNOWN, "kneemr", asked("tell me"))
    assert {name: row["is_own"] for name, row in rows.items()} == {
        "kneemr.overview.en": 1,
        "kneemr.preparation.en": 1,
        "kneemr.faq-may-i-eat-breakfast.en": 1,
        "bodymr.experience.en": 0,
        "bodymr.implants_metal.en": 0,
        # Particular questions add to each other.
        "bodymr.faq-can-i-wear-deodorant.en": 0,
    }


def test_a_parent_does_not_answer_from_its_childs_page() -> None:
    assert {found.topic_id for found in passages_of(KNOWN, "bodymr", asked("tell me"))[0]} == {"bodymr"}


def test_the_nearest_page_of_the_line_answers() -> None:
    facts = [TopicFacts(name, "exam", parent, "") for name, parent in (("a", "b"), ("b", "c"), ("c", None))]
    texts = [
        passage("a", "uses", "x"),
        passage("b", "risks", "x"),
        passage("c", "risks", "x"),
        passage("c", "cost", "x"),
    ]
    found, _ = passages_of(evidence(facts, {}, texts, []), "a", asked("x"))
    assert [found.id for found in found] == ["a.uses.en", "b.risks.en", "c.cost.en"]


@pytest.mark.parametrize(
    ("topic", "line"),
    [
        ("kneemr", ["kneemr", "bodymr"]),
        ("bodymr", ["bodymr"]),
        ("silent", ["bodymr"]),
        ("unknown", []),
        ("egg", ["egg", "hen"]),
        ("orphan", ["orphan"]),
    ],
)
def test_a_topic_and_those_above_it_that_have_texts(topic: str, line: list[str]) -> None:
    facts = [
        *FACTS,
        TopicFacts("egg", "exam", "hen", ""),
        TopicFacts("hen", "exam", "egg", ""),
        TopicFacts("orphan", "exam", "not there", ""),
    ]
    texts = [*PASSAGES, *(passage(name, "uses", "x") for name in ("egg", "hen", "orphan"))]
    assert evidence(facts, {}, texts, []).line_of(topic) == line


def test_a_section_counts_as_far_as_it_is_asked_for() -> None:
    rows = passage_rows(KNOWN, "kneemr", asked("x", {"preparation": 0.75, "overview": 0.25}))
    prepare, overview = rows["kneemr.preparation.en"], rows["kneemr.overview.en"]
    assert (prepare["section_probability"], overview["section_probability"]) == pytest.approx((0.75, 0.25))
    assert prepare["section_log"] == pytest.approx(np.log(0.751), abs=1e-5)
    assert rows["bodymr.experience.en"]["section_log"] == pytest.approx(np.log(0.001), abs=1e-5)
    assert (prepare["is_preparation"], prepare["is_overview"], prepare["is_faq"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("text", "question", "meaning", "telling"),
    [
        ("with antiperspirant", "bodymr.faq-can-i-wear-deodorant.en", 1.0, 0.0),
        ("deodorant", "bodymr.faq-can-i-wear-deodorant.en", 1.0, 1.0),
        ("with antiperspirant", "kneemr.faq-may-i-eat-breakfast.en", 0.0, 0.0),
        ("toast", "kneemr.faq-may-i-eat-breakfast.en", 1.0, 0.0),
    ],
)
def test_a_particular_question_is_compared_by_meaning_and_by_words(
    text: str, question: str, meaning: float, telling: float
) -> None:
    row = passage_rows(KNOWN, "kneemr", asked(text))[question]
    assert (row["is_faq"], row["faq_meaning"], row["faq_telling_word"]) == pytest.approx((1, meaning, telling))


def test_the_words_of_a_particular_question_are_all_in_common_or_some_or_none() -> None:
    name = "kneemr.faq-may-i-eat-breakfast.en"
    whole, part, none = (
        passage_rows(KNOWN, "kneemr", asked(text))[name]["faq_wording"]
        for text in ("May I eat breakfast", "some breakfast", "weather")
    )
    assert (whole, none) == pytest.approx((1.0, 0.0))
    assert 0 < part < 1


def test_a_phrasing_speaks_for_its_section() -> None:
    # The page on the head has an overview alone, so only what is there can be spoken for.
    known = evidence(
        passages=[*PASSAGES, passage("headct", "experience", "Still."), passage("headct", "risks", "Few.")]
    )
    rows = passage_rows(known, "headct", asked("am i tied"))
    experience, risks = rows["headct.experience.en"], rows["headct.risks.en"]
    assert (experience["phrasing_meaning"], risks["phrasing_meaning"]) == pytest.approx((1.0, 0.0))
    worded = passage_rows(known, "headct", asked("noggin"))
    assert worded["headct.risks.en"]["phrasing_wording"] > worded["headct.experience.en"]["phrasing_wording"] == 0


def test_the_text_with_the_words_of_the_message_is_the_best() -> None:
    rows = passage_rows(KNOWN, "kneemr", asked("zippers"))
    assert {name for name, row in rows.items() if row["text_best"]} == {"kneemr.preparation.en"}
    assert rows["kneemr.preparation.en"]["text_share"] == pytest.approx(1.0)
    assert rows["kneemr.overview.en"]["text_score"] == 0
    # Words that no text of the page has make none the best.
    assert not any(row["text_best"] for row in passage_rows(KNOWN, "kneemr", asked("weather")).values())


@pytest.mark.parametrize(("follows", "section", "counts"), [(0.5, "preparation", 0.5), (0.5, "uses", 0), (0, None, 0)])
def test_a_follow_up_asks_for_the_section_before(follows: float, section: str | None, counts: float) -> None:
    row = passage_rows(KNOWN, "kneemr", asked("x", section=section, follows=follows))["kneemr.preparation.en"]
    assert row["section_of_before"] == pytest.approx(counts)


@pytest.mark.parametrize(
    ("topic", "section", "elsewhere", "just_now"),
    [
        ("headct", "preparation", 1, 0),
        ("kneemr", "preparation", 0, 1),
        ("headct", "uses", 0, 0),
        ("kneemr", "faq", 0, 0),
        (None, None, 0, 0),
    ],
)
def test_what_was_told_last_counts_for_another_topic_and_for_the_same(
    topic: str | None, section: str | None, elsewhere: int, just_now: int
) -> None:
    rows = passage_rows(KNOWN, "kneemr", asked("x", topic=topic, section=section))
    row = rows["kneemr.preparation.en"]
    assert (row["section_of_before_elsewhere"], row["told_just_now"]) == (elsewhere, just_now)
    others = [other for name, other in rows.items() if name != "kneemr.preparation.en"]
    assert not any(other["section_of_before_elsewhere"] or other["told_just_now"] for other in others)


def test_wordings_are_listed_by_topic_and_language() -> None:
    rows = [
        AliasView("a", "exam", "en", "one"),
        AliasView("b", "exam", "en", "two"),
        AliasView("a", "exam", "es", "uno"),
        AliasView("a", "exam", "en", "three"),
    ]
    assert aliases_by_topic(rows, "en") == {"a": ["one", "three"], "b": ["two"]}
    assert aliases_by_topic(rows, "fr") == {}


def test_questions_are_compared_in_meaning_as_they_stand_and_in_words_with_plain_words_for_the_topics() -> None:
    seen: list[str] = []

    def masked(text: str) -> str:
        seen.append(text)
        return text.replace("deodorant", "breakfast")

    known = Evidence("en", FACTS, {}, PASSAGES, (), encode_many, masked)
    assert seen == ["Can I wear deodorant?", "May I eat breakfast?"]
    row = passage_rows(known, "bodymr", asked("breakfast"))["bodymr.faq-can-i-wear-deodorant.en"]
    assert row["faq_meaning"] == 0.0
    assert row["faq_wording"] > 0.0


CHILD_PAGES = (
    TopicFacts("headct", "exam", None, "ct", "head"),
    TopicFacts("petct", "exam", None, "nuclear;ct", "whole-body"),
    TopicFacts("thyroidus", "exam", None, "ultrasound", "neck"),
    TopicFacts("ablation", "treatment", None, "ct", "kidney"),
    TopicFacts("childct", "pediatric", None, "ct", "whole-body"),
    TopicFacts("childnuclear", "pediatric", None, "nuclear", "whole-body"),
    TopicFacts("childbelly", "pediatric", None, "ultrasound", "abdomen"),
)


@pytest.mark.parametrize(
    ("topic", "page"),
    [
        ("headct", "childct"),
        ("petct", "childnuclear"),
        pytest.param("thyroidus", None, id="another part of the body"),
        pytest.param("ablation", None, id="a treatment"),
        pytest.param("childct", None, id="already for children"),
        pytest.param("unknown", None, id="unknown"),
    ],
)
def test_the_page_for_children_is_of_the_same_kind_of_exam_and_of_no_one_part(topic: str, page: str | None) -> None:
    texts = [passage(facts.id, "risks", "x") for facts in CHILD_PAGES]
    assert evidence(CHILD_PAGES, {}, texts, []).for_a_child(topic) == page


def test_a_named_topic_that_nobody_has_written_questions_for_is_not_behind_for_that() -> None:
    text = "will they strap my forehead for the knee mri"
    named = topic_row(KNOWN, "kneemr", asked(text, mentions=(mention("kneemr"),)))
    assert (named["phrasing_share"], named["likeness_below_best"]) == (1.0, 0.0)
    unnamed = topic_row(KNOWN, "kneemr", asked(text))
    assert unnamed["phrasing_share"] == 0.0
    assert unnamed["likeness_below_best"] < 0.0


def test_a_childs_exam_of_no_one_part_is_not_guessed_where_nothing_says_what_it_is_made_with() -> None:
    pages = (*CHILD_PAGES, TopicFacts("kneemr", "exam", None, "mri", "leg"))
    texts = [passage(facts.id, "risks", f"stop eating before sedation {facts.id}") for facts in pages]
    known = evidence(pages, {"childct": ["ct for a child"]}, texts, [])
    text = "when must my child stop eating before sedation"
    assert "childct" not in topics_of(known, asked(text))[0]
    assert "childct" in topics_of(known, asked(f"{text} for a ct"))[0]
    assert "childct" in topics_of(known, asked(text, topic="headct"))[0]
    assert "childct" not in topics_of(known, asked(text, topic="kneemr"))[0]
    assert "childbelly" in topics_of(known, asked(text))[0]


# --- what asks the same, and what the texts tell ---


def test_another_wording_of_a_particular_question_stands_for_it() -> None:
    message = asked("is my cranium in danger")
    faq = "bodymr.faq-can-i-wear-deodorant.en"
    assert passage_rows(KNOWN, "bodymr", message)[faq]["faq_meaning"] == 0.0
    wordings = [
        Phrasing("bodymr", "faq", "bang on the noggin", "Can I wear deodorant?"),
        Phrasing("bodymr", "faq", "bang on the noggin", "A question that was taken away?"),
    ]
    known = evidence(phrasings=wordings)
    assert passage_rows(known, "bodymr", message)[faq]["faq_meaning"] == pytest.approx(1.0)
    assert topic_row(known, "bodymr", message)["particular"] == pytest.approx(1.0)
    assert topic_row(known, "bodymr", message)["particular_below_best"] == 0.0


def test_the_phrasings_nearest_in_meaning_vote_on_the_topic() -> None:
    far = [Phrasing("stroke", "symptoms", f"nothing of that sort {number}") for number in range(3)]
    known = evidence(phrasings=[*PHRASINGS, Phrasing("headct", "risks", "hit on the cranium"), *far])
    message = asked("my noggin", mentions=(mention("stroke"),))
    head, stroke = (topic_row(known, topic, message) for topic in ("headct", "stroke"))
    # Two lie at 1, four at 0, and one of headct's among those: exp(14) to 1.
    assert head["votes"] == pytest.approx(1.0, abs=1e-4)
    assert (head["votes_best"], stroke["votes_best"]) == (1.0, 0.0)
    assert head["votes_log"] == pytest.approx(np.log(1.01), abs=1e-3)
    assert stroke["votes_log"] == pytest.approx(np.log(0.01), abs=1e-3)
    # Of the knee nobody has written yet how patients ask for it: it is not behind for that.
    knee = topic_row(known, "kneemr", asked("my noggin", mentions=(mention("kneemr"),)))
    assert knee["votes"] == pytest.approx(head["votes"])


def test_without_phrasings_nobody_votes() -> None:
    row = topic_row(evidence(phrasings=()), "stroke", asked("", mentions=(mention("stroke"),)))
    assert (row["votes"], row["votes_best"]) == (0.0, 0.0)


def test_how_much_alike_a_particular_question_is_and_whether_it_asks_for_the_section_asked_for() -> None:
    questions = (
        passage("kneemr", "faq", "No.", "May I eat breakfast?"),
        passage("kneemr", "faq", "Yes.", "Do they strap me?"),
    )
    known = evidence(passages=questions, phrasings=[Phrasing("kneemr", "experience", "will they tie me")])
    message = asked("am I tied", {"experience": 0.9, "risks": 0.1})
    rows = passage_rows(known, "kneemr", message)
    strap, eat = rows["kneemr.faq-do-they-strap-me.en"], rows["kneemr.faq-may-i-eat-breakfast.en"]
    assert [strap[name] for name in _ALIKE] == pytest.approx([1.0, 1.0, 0.0, 0.3, 0.9])
    assert [eat[name] for name in _ALIKE] == pytest.approx([0.0, 0.0, -1.0, 0.0, 0.9])
    assert passage_rows(KNOWN, "kneemr", message)["kneemr.overview.en"]["faq_as_asked"] == 0.0


_ALIKE = ("faq_meaning", "faq_meaning_itself", "faq_meaning_below_best", "faq_meaning_high", "faq_as_asked")


@pytest.mark.parametrize(("experience", "logarithm"), [(0.9, np.log(0.91)), (0.0, np.log(0.01))])
def test_a_particular_question_that_asks_for_another_section_loses_much(experience: float, logarithm: float) -> None:
    known = evidence(
        passages=[passage("kneemr", "faq", "Yes.", "Do they strap me?")],
        phrasings=[Phrasing("kneemr", "experience", "will I be tied")],
    )
    message = asked("am I tied", {"experience": experience, "risks": 1 - experience})
    row = passage_rows(known, "kneemr", message)["kneemr.faq-do-they-strap-me.en"]
    assert (row["faq_as_asked_log"], row["faq_as_asking_log"]) == pytest.approx((logarithm, logarithm))
    # The one phrasing there is asks for what the question asks.
    assert row["faq_as_voted_log"] == pytest.approx(np.log(1.01))


def test_what_asks_is_compared_beside_the_whole_message() -> None:
    texts = (
        passage("kneemr", "experience", "They strap you."),
        passage("kneemr", "risks", "Nothing is dangerous."),
        passage("kneemr", "faq", "No.", "May I eat breakfast?"),
        passage("kneemr", "faq", "Yes.", "Is my noggin in danger?"),
    )
    known = evidence(passages=texts, phrasings=())
    story = replace(
        asked("my noggin hurts. do they strap me", {"risks": 1.0}),
        asking_vector=encode_many(["do they strap me"])[0],
        asking={"experience": 0.5, "handoff": 0.5},
    )
    rows = passage_rows(known, "kneemr", story)
    experience, risks = rows["kneemr.experience.en"], rows["kneemr.risks.en"]
    assert (experience["told_asking"], risks["told_asking"]) == pytest.approx((1.0, 0.0))
    # Of the sections alone, whatever else may have been asked.
    assert (experience["asking_probability"], risks["asking_probability"]) == pytest.approx((1.0, 0.0))
    assert (experience["section_probability"], risks["section_probability"]) == pytest.approx((0.0, 1.0))
    danger = rows["kneemr.faq-is-my-noggin-in-danger.en"]
    assert danger["faq_meaning"] > danger["faq_asking"] == 0.0


def test_a_particular_question_has_the_words_of_its_other_wordings_too() -> None:
    wording = Phrasing("bodymr", "faq", "roll-on under the arms", "Can I wear deodorant?")
    faq, message = "bodymr.faq-can-i-wear-deodorant.en", asked("is roll-on fine")
    assert passage_rows(KNOWN, "bodymr", message)[faq]["faq_words"] == 0.0
    assert passage_rows(evidence(phrasings=[wording]), "bodymr", message)[faq]["faq_words"] > 0.1


@pytest.mark.parametrize(
    ("facts", "general"),
    [
        (TopicFacts("safety-mr", "safety", None, "mri", "whole-body"), True),
        (TopicFacts("mri-preparation", "safety", "bodymr", "mri", "whole-body"), True),
        (TopicFacts("safety-ultrasound", "safety", None, "ultrasound", "whole-body"), False),
        (TopicFacts("safety-mr-pregnancy", "safety", None, "mri", "whole-body;female-pelvis"), False),
        (TopicFacts("whole-body-mri", "exam", "bodymr", "mri", "whole-body"), False),
        (TopicFacts("pediatric-mri", "pediatric", None, "mri", "whole-body"), False),
    ],
)
def test_pages_on_one_kind_of_exam_as_a_whole_can_answer_for_one_another(facts: TopicFacts, general: bool) -> None:
    mri = TopicFacts("bodymr", "exam", None, "mri", "whole-body")
    texts = [passage(topic.id, "overview", "Something.") for topic in (mri, facts)]
    known = evidence(facts=[mri, facts], passages=texts, phrasings=())
    assert known.are_general("bodymr", facts.id) is known.are_general(facts.id, "bodymr") is general


def test_the_first_paragraph_of_a_text_is_compared_in_meaning() -> None:
    texts = (
        passage("kneemr", "experience", "They strap you.\n\nNothing is dangerous."),
        passage("kneemr", "risks", "Nothing is dangerous.\n\nThey strap you."),
    )
    rows = passage_rows(evidence(passages=texts, phrasings=()), "kneemr", asked("will I be tied"))
    told = {name: (row["told_meaning"], row["told_asking"]) for name, row in rows.items()}
    assert told == {"kneemr.experience.en": (1.0, 1.0), "kneemr.risks.en": (0.0, 0.0)}
