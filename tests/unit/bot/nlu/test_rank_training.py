"""How questions become what the ranker learns from, on the small library. `make rank` itself takes minutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.nlu.examples import LabelledQuestion
from tests.unit.bot.nlu.library import asked, evidence, mention

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")

KNOWN = evidence()


def question(kind: str = "answer", topics: tuple[str, ...] = (), sections: tuple[str, ...] = ()) -> LabelledQuestion:
    return LabelledQuestion("en", "words", (kind,), topics, sections)


def example(given: LabelledQuestion, text: str = "the knee", intent: str = "experience", *named: str) -> Any:
    from bot.nlu.rank_training import Example

    message = asked(text, {intent: 1.0}, mentions=tuple(mention(topic) for topic in named))
    return Example(given, KNOWN, {intent: 1.0}, 0.9, message)


@pytest.mark.parametrize(("topics", "right"), [(("kneemr",), "kneemr"), ((), None), (("silent",), "nothing at all")])
def test_the_right_topic_is_marked_or_none_of_them(topics: tuple[str, ...], right: str | None) -> None:
    from bot.nlu.rank_training import topic_group

    one = example(question(topics=topics))
    ids = KNOWN.topics(one.asked, KNOWN.scores(one.asked))[0]
    table, marks = topic_group(one)
    assert len(table) == len(marks) == len(ids) + 1
    marked = [topic for topic, mark in zip([*ids, None], marks, strict=True) if mark]
    assert marked == ([] if right == "nothing at all" else [right])


@pytest.mark.parametrize(
    ("text", "sections", "right"),
    [
        ("is it loud", ("experience",), ["bodymr.experience.en"]),
        ("is it loud", ("experience", "overview"), ["kneemr.overview.en", "bodymr.experience.en"]),
        ("with deodorant", ("faq",), ["bodymr.faq-can-i-wear-deodorant.en"]),
        ("is it loud", ("faq",), []),
    ],
)
def test_the_right_texts_are_marked_and_a_particular_question_only_if_it_is_meant(
    text: str, sections: tuple[str, ...], right: list[str]
) -> None:
    from bot.nlu.rank_training import passage_group

    one = example(question(topics=("kneemr",), sections=sections), text)
    passages = KNOWN.of_topic("kneemr", one.asked, KNOWN.scores(one.asked))[0]
    _, marks = passage_group(one, "kneemr")
    assert [passage.id for passage, mark in zip(passages, marks, strict=True) if mark] == right


@pytest.mark.parametrize(
    ("particular", "right"),
    [
        ((("bodymr", "Can I wear deodorant?"),), ["bodymr.faq-can-i-wear-deodorant.en"]),
        ((("kneemr", "Can I wear deodorant?"),), []),
        ((), []),
    ],
)
def test_a_particular_question_that_someone_has_looked_for_is_right_however_unlike_its_words(
    particular: tuple[tuple[str, str], ...], right: list[str]
) -> None:
    from bot.nlu.rank_training import passage_group

    given = replace(question(topics=("kneemr",), sections=("faq",)), particular=particular)
    for text in ("something else", "with deodorant"):
        one = example(given, text)
        passages = KNOWN.of_topic("kneemr", one.asked, KNOWN.scores(one.asked))[0]
        _, marks = passage_group(one, "kneemr")
        assert [passage.id for passage, mark in zip(passages, marks, strict=True) if mark] == right


def test_a_section_is_worth_less_beside_a_particular_question_that_asks_the_same() -> None:
    from bot.nlu.rank_training import BESIDE_PARTICULAR, passage_group

    known = (("bodymr", "Can I wear deodorant?"),)
    for particular, section in ((known, BESIDE_PARTICULAR), ((), 1.0)):
        one = example(replace(question(topics=("kneemr",), sections=("experience", "faq")), particular=particular))
        passages = KNOWN.of_topic("kneemr", one.asked, KNOWN.scores(one.asked))[0]
        _, worth = passage_group(one, "kneemr")
        assert {passage.id: mark for passage, mark in zip(passages, worth, strict=True) if mark} == {
            "bodymr.experience.en": section,
            **({"bodymr.faq-can-i-wear-deodorant.en": 1.0} if particular else {}),
        }


def in_talk_too(made: list[Any]) -> list[Any]:
    return [*made, *(replace(one, asked=replace(one.asked, topic="headct")) for one in made)]


def test_a_ranker_learns_topics_texts_and_kinds() -> None:
    from bot.nlu.rank_training import learn

    made = [
        *(
            example(question("answer", (topic,), (section,)), "tell me", section, topic)
            for topic, section in (("kneemr", "experience"), ("kneemr", "preparation"), ("bodymr", "overview"))
            for _ in range(5)
        ),
        *(example(question("handoff"), "a person", "handoff") for _ in range(5)),
    ]
    ranker = learn(in_talk_too(made))
    message = asked("tell me", {"overview": 1.0}, mentions=(mention("kneemr"),))
    ranking = ranker.rank(KNOWN, message, {"overview": 1.0}, 0.9)
    assert (ranking.topics[0][0], ranking.passages[0].passage_id) == ("kneemr", "kneemr.overview.en")
    assert max(ranking.kinds, key=ranking.kinds.__getitem__) == "answer"
    other = ranker.rank(KNOWN, asked("a person"), {"handoff": 1.0}, 0.9)
    assert max(other.kinds, key=other.kinds.__getitem__) == "handoff"


def test_the_first_words_of_a_talk_are_learnt_from_apart() -> None:
    from bot.nlu.rank_training import learn

    alone = example(question("answer", ("kneemr",), ("experience",)), "tell me", "uses", "kneemr")
    later = example(question("answer", ("kneemr",), ("preparation",)), "tell me", "uses", "kneemr")
    ranker = learn([*[alone] * 20, *[replace(later, asked=replace(later.asked, topic="headct"))] * 20])
    for topic, passage in ((None, "bodymr.experience.en"), ("headct", "kneemr.preparation.en")):
        ranking = ranker.rank(KNOWN, replace(alone.asked, topic=topic), {"uses": 1.0}, 0.9)
        assert ranking.passages[0].passage_id == passage


def test_questions_are_also_played_in_the_middle_of_a_talk() -> None:
    from bot.nlu.rank_training import in_talk

    follow_up = replace(question(topics=("kneemr",), sections=("uses",)), before="bodymr")
    unclear = question("clarify", sections=("uses",))
    clear = question(topics=("kneemr",), sections=("uses",))
    other = question("handoff")
    vague = question("clarify")
    assert in_talk([follow_up]) == [follow_up] * 2
    for again in in_talk([unclear]):
        # It names no topic, so it is about what was talked about.
        assert (again.kinds, again.topics, again.sections) == (("answer",), (again.before,), ("uses",))
    assert len(in_talk([unclear])) == 3
    many = in_talk([clear] * 100)
    assert 20 < len(many) < 60
    assert {again.topics for again in many} == {("kneemr",)}
    assert 0 < sum(again.before == "kneemr" for again in many) < len(many)
    assert all(again.before and again.before_section for again in many)
    # What calls for no answer is about something else, whatever was talked about; what says nothing may be about it.
    assert {(again.kinds, again.topics) for again in in_talk([other] * 100)} == {(("handoff",), ())}
    assert in_talk([vague]) == []


def test_what_has_no_answer_teaches_that_an_answer_was_asked_for() -> None:
    from bot.nlu.rank_training import learn

    base = [example(question("answer", ("kneemr",), ("experience",)), "tell me", "experience", "kneemr")] * 5
    asks = [
        example(replace(question(kind), kinds=(kind,)), "the weather", "uses") for kind in ("clarify", "not_covered")
    ]
    kinds = learn(in_talk_too([*base, *asks * 5])).rank(KNOWN, asked("the weather"), {"uses": 1.0}, 0.9).kinds
    assert max(kinds, key=kinds.__getitem__) == "answer"
