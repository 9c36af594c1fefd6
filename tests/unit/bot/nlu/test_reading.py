from __future__ import annotations

import pytest

from bot.nlu.encoder import encode
from bot.nlu.reading import asked, of_a_child, read, turns_to_a_child
from bot.nlu.topic_index import TopicIndex
from content_db.repository import AliasView

INDEX = TopicIndex(
    [
        AliasView("kneemr", "exam", "en", "knee MRI"),
        AliasView("kneexray", "exam", "en", "knee x-ray"),
        AliasView("stroke", "condition", "en", "stroke"),
    ]
)


def test_a_message_is_read_once_for_all() -> None:
    reading = read("Can u eat b4 a Knee MRI?", INDEX)
    assert reading.language == "en"
    assert [mention.topic_id for mention in reading.linked.mentions] == ["kneemr"]
    assert reading.plain == "Can you eat before a scan?"
    assert reading.words == ("can", "u", "eat", "before", "a", "knee", "mri")
    assert reading.vector @ encode("can you eat before a knee mri?") == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("text", ["?", "😀", "日本", "x" * 1500])
def test_whatever_is_written_is_read(text: str) -> None:
    assert read(text, INDEX).linked.mentions == ()


SHOULDER = TopicIndex(
    AliasView(topic_id, "exam", "en", alias)
    for topic_id, alias in [("kneemr", "knee mri"), ("shoulder-mri", "shoulder mri"), ("shoulderct", "shoulder ct")]
)


@pytest.mark.parametrize(
    ("text", "before", "named"),
    [
        ("and the shoulder? they ordered both", "kneemr", ["shoulder-mri"]),
        ("  and the shoulder? they ordered both", "kneemr", ["shoulder-mri"]),
        ("and the shoulder? they ordered both", None, []),
        ("they ordered both. and the shoulder?", "kneemr", []),
        ("and the shoulder? or a shoulder ct", "kneemr", ["shoulderct"]),
        ("does it hurt? my shoulder is stiff", "kneemr", []),
    ],
)
def test_the_first_sentence_may_turn_to_another_exam(text: str, before: str | None, named: list[str]) -> None:
    mentions = read(text, SHOULDER, topic=before).linked.mentions
    assert [mention.topic_id for mention in mentions] == named
    assert all(
        text[mention.start : mention.end] == "shoulder" for mention in mentions if mention.topic_id == "shoulder-mri"
    )


READING = read("a scan of my knee", INDEX)


@pytest.mark.parametrize(
    ("probabilities", "section", "sections"),
    [
        ({"risks": 0.6, "uses": 0.2, "overview": 0.2}, None, {"risks": 0.6, "uses": 0.2, "overview": 0.2}),
        pytest.param(
            {"risks": 0.3, "uses": 0.1, "handoff": 0.6}, None, {"risks": 0.75, "uses": 0.25, "overview": 0}, id="others"
        ),
        pytest.param(
            {"risks": 0.4, "overview": 0.1, "bare_topic": 0.5}, None, {"risks": 0.4, "overview": 0.6}, id="a name alone"
        ),
        pytest.param(
            {"risks": 0.2, "uses": 0.2, "follow_up": 0.6},
            "risks",
            {"risks": 0.8, "uses": 0.2},
            id="goes on with what was asked",
        ),
        pytest.param(
            {"uses": 0.4, "bare_topic": 0.6}, "risks", {"uses": 0.4, "risks": 0.6}, id="a name alone after an answer"
        ),
        pytest.param({"bare_topic": 1.0}, "faq", {"overview": 1.0}, id="a name alone after a faq"),
        pytest.param(
            {"risks": 0.25, "uses": 0.25, "follow_up": 0.5},
            None,
            {"risks": 0.5, "uses": 0.5, "overview": 0},
            id="goes on with nothing",
        ),
        pytest.param({"risks": 0.5, "follow_up": 0.5}, "faq", {"risks": 1.0, "overview": 0}, id="goes on with a faq"),
        pytest.param({"handoff": 1.0}, None, {}, id="no section at all"),
        pytest.param({}, None, {}, id="nothing"),
    ],
)
def test_how_likely_each_section_is(
    probabilities: dict[str, float], section: str | None, sections: dict[str, float]
) -> None:
    assert asked(READING, probabilities, section=section).sections == pytest.approx(sections)


@pytest.mark.parametrize(
    ("text", "probabilities", "sections"),
    [
        ("knee mri", {"bare_topic": 1.0}, {"risks": 1.0}),
        (
            "and for the knee please tell me more",
            {"follow_up": 0.5, "uses": 0.5, "risks": 0},
            {"risks": 0.5, "uses": 0.5},
        ),
        # A few words with a name say which topic was meant, whatever else they are taken for.
        ("a knee mri", {"uses": 1.0, "risks": 0.0}, {"risks": 0.9, "uses": 0.1}),
        ("no idea", {"uses": 1.0, "risks": 0.0}, {"uses": 1.0}),
        ("what is a knee mri good for in general", {"uses": 1.0, "risks": 0.0}, {"uses": 1.0}),
    ],
)
def test_a_name_after_the_question_back_asks_what_was_asked_before(
    text: str, probabilities: dict[str, float], sections: dict[str, float]
) -> None:
    found = asked(read(text, INDEX), probabilities, pending="risks").sections
    assert {section: share for section, share in found.items() if share} == pytest.approx(sections)


def test_what_was_found_and_what_went_before_is_passed_on() -> None:
    reading = read("does it hurt", INDEX)
    question = asked(reading, {"risks": 0.5, "follow_up": 0.25}, topic="stroke", section="uses")
    assert (question.words, question.candidates) == (reading.words, ())
    assert (question.topic, question.section, question.follows, question.foreign) == ("stroke", "uses", 0.25, False)
    assert (question.vector == reading.vector).all()


@pytest.mark.parametrize(("before", "topic"), [("stroke", None), ("kneemr", "kneemr")])
def test_a_scan_of_some_part_of_the_body_is_not_about_another_that_was_talked_about(before: str, topic: str) -> None:
    question = asked(READING, {"risks": 0.5}, topic=before)
    assert (set(question.candidates), question.topic) == ({"kneemr", "kneexray"}, topic)


@pytest.mark.parametrize(
    ("likely", "about"), [("uses", ("kneemr",)), ("symptoms", ("stroke",)), ("treatment", ("stroke",))]
)
def test_the_likeliest_section_says_which_topic_is_meant(likely: str, about: tuple[str, ...]) -> None:
    reading = read("a knee mri and a stroke", INDEX)
    assert asked(reading, {likely: 0.6, "risks": 0.4}).subject == about


def test_a_message_in_another_language_says_so() -> None:
    assert asked(read("Wie lange dauert eine MRT vom Knie?", INDEX), {}).foreign


def test_a_name_alone_asks_of_another_exam_what_was_asked_before() -> None:
    reading = read("knee mri", INDEX)
    assert reading.linked.mentions
    sections = asked(reading, {"overview": 1.0, "risks": 0.0}, section="risks").sections
    assert sections["risks"] == pytest.approx(0.9)
    longer = read("what exactly is a knee mri please", INDEX)
    assert asked(longer, {"overview": 1.0, "risks": 0.0}, section="risks").sections["risks"] == 0


@pytest.mark.parametrize(
    ("text", "probabilities", "turns"),
    [
        ("and for my son?", {"follow_up": 0.9}, True),
        ("what about a 5 year old", {"follow_up": 0.3, "children": 0.4}, True),
        ("can my son hug me after", {"aftercare": 0.9}, False),
        ("a knee mri for my son", {"follow_up": 0.9}, False),
        ("and for my wife?", {"follow_up": 0.9}, False),
    ],
)
def test_a_talk_turns_to_a_child(text: str, probabilities: dict[str, float], turns: bool) -> None:
    assert turns_to_a_child(read(text, INDEX), probabilities, "en") is turns


def test_what_was_asked_before_is_asked_of_a_child() -> None:
    question = asked(read("and for my son?", INDEX), {"children": 0.6, "uses": 0.4}, topic="kneemr", section="risks")
    put = of_a_child(question, "childmr", frozenset({"risks", "children"}))
    assert (put.only, dict(put.sections)) == ("childmr", pytest.approx({"uses": 0.4, "risks": 0.6}))
    silent = of_a_child(question, "childmr", frozenset({"children"}))
    assert (silent.only, silent.sections) == ("childmr", question.sections)
