"""Every outcome of a question, and when the parent's page answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.engine import Engine

from content_db import repository
from content_db.answers import (
    MOST_CHOICES,
    NEXT_SECTIONS,
    Answers,
    Expired,
    Found,
    NeedsChoice,
    NotCovered,
    Outcome,
    Question,
    ServicePage,
    Unavailable,
)
from content_db.database import open_engine
from content_db.models import TopicText
from content_db.sections import FAQ, SECTIONS
from content_db.statuses import Status, Step
from tests.unit.content_db.shelf import TODAY, YESTERDAY, add_topic, put, step

DEODORANT = "mri.faq-can-i-wear-deodorant.en"


@pytest.fixture
def engine(content_engine: Engine) -> Engine:
    """The knee's page leans on MRI's, and that on a page about pictures; Spanish has the knee and MRI only."""
    with content_engine.begin() as connection:
        add_topic(connection, "pictures", kind="safety")
        add_topic(connection, "mri", parent="pictures", languages="en es")
        add_topic(connection, "kneemr", parent="mri", languages="en es")
        add_topic(connection, "headct")
        add_topic(connection, "contact", kind="service")
        for passage, text in (
            ("kneemr.overview.en", "An MRI of the knee."),
            ("kneemr.procedure.en", "You lie down."),
            ("kneemr.overview.es", "Una resonancia de la rodilla."),
            ("mri.overview.en", "MRI in general."),
            ("mri.experience.en", "It is loud."),
            ("mri.experience.es", "Hace ruido."),
            ("pictures.pregnancy.en", "Tell the staff."),
        ):
            put(connection, passage, Status.PUBLISHED, text)
        put(connection, "mri.faq-can-i-eat.en", Status.PUBLISHED, "Most often.", question="Can I eat?")
        put(connection, DEODORANT, Status.PUBLISHED, "Yes, you can.", question="Can I wear deodorant?")
    return content_engine


def ask(
    engine: Engine,
    topics: str,
    section: str | None = None,
    language: str = "en",
    *,
    passage: str | None = None,
    unreviewed: bool = False,
) -> Outcome:
    answers = Answers(engine, unreviewed=unreviewed, today=lambda: TODAY)
    return answers.find(Question(tuple(topics.split()), section, language, passage))


def found(outcome: Outcome) -> Found:
    assert isinstance(outcome, Found), outcome
    return outcome


def change(engine: Engine, passage: str, status: Status, **options: object) -> None:
    with engine.begin() as connection:
        newest = repository.newest_revision(connection, passage)
        assert newest is not None
        repository.set_status(connection, newest.id, status, **options)


# --- Found ---


def test_the_topic_itself_answers(engine: Engine) -> None:
    outcome = found(ask(engine, "kneemr", "overview"))
    assert (outcome.passage.id, outcome.topic.id, outcome.general) == ("kneemr.overview.en", "kneemr", None)
    assert (outcome.passage.review, outcome.passage.reviewed_on) == ("committee", YESTERDAY)


@pytest.mark.parametrize(
    ("section", "language", "passage"),
    [
        ("experience", "en", "mri.experience.en"),
        ("experience", "es", "mri.experience.es"),
        ("pregnancy", "en", "pictures.pregnancy.en"),
    ],
)
def test_where_the_topic_is_silent_its_parent_answers_and_says_so(
    engine: Engine, section: str, language: str, passage: str
) -> None:
    outcome = found(ask(engine, "kneemr", section, language))
    assert outcome.passage.id == passage
    assert outcome.topic.id == "kneemr"
    assert outcome.general is not None
    assert outcome.general.id == outcome.passage.topic_id == passage.split(".")[0]


def test_the_nearest_page_of_the_line_answers(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "pictures.experience.en", Status.PUBLISHED)
    assert found(ask(engine, "kneemr", "experience")).passage.id == "mri.experience.en"


@pytest.mark.parametrize(
    "text", ["Line one.\n\nLine two.", "  spaces  kept  ", "Ñandú \u201cx\u201d 😀 {title} %s <b>"]
)
def test_the_text_is_the_stored_one_character_for_character(engine: Engine, text: str) -> None:
    with engine.begin() as connection:
        put(connection, "kneemr.risks.en", Status.PUBLISHED, text)
    assert found(ask(engine, "kneemr", "risks")).passage.text == text


@pytest.mark.parametrize(("topic", "general"), [("mri", None), ("kneemr", "mri")])
def test_a_particular_question_is_answered_by_its_id_also_from_the_parents_page(
    engine: Engine, topic: str, general: str | None
) -> None:
    outcome = found(ask(engine, topic, "preparation", passage=DEODORANT))
    assert (outcome.passage.id, outcome.passage.question) == (DEODORANT, "Can I wear deodorant?")
    assert outcome.general == (None if general is None else found(ask(engine, general, "overview")).topic)


@pytest.mark.parametrize(
    ("topic", "passage"),
    [
        pytest.param("kneemr", "kneemr.faq-not-there.en", id="it does not exist"),
        pytest.param("headct", DEODORANT, id="it is of a page that is no parent"),
        pytest.param("kneemr", "kneemr.faq-old.en", id="it may not be shown any more"),
    ],
)
def test_where_the_particular_question_has_no_text_the_section_answers(
    engine: Engine, topic: str, passage: str
) -> None:
    with engine.begin() as connection:
        put(connection, "kneemr.faq-old.en", Status.WITHDRAWN, question="May I smoke?")
        put(connection, "headct.overview.en", Status.PUBLISHED)
    assert found(ask(engine, topic, "overview", passage=passage)).passage.id == f"{topic}.overview.en"
    assert isinstance(ask(engine, topic, "cost", passage=passage), NotCovered)


def test_a_particular_question_goes_before_the_section_of_the_topic_itself(engine: Engine) -> None:
    assert found(ask(engine, "kneemr", "overview", passage=DEODORANT)).passage.id == DEODORANT


def test_a_particular_question_of_a_page_that_is_no_parent_is_not_answered(engine: Engine) -> None:
    assert isinstance(ask(engine, "headct", passage=DEODORANT), NotCovered)


def test_the_next_questions_are_those_that_have_an_answer_most_asked_first(engine: Engine) -> None:
    assert found(ask(engine, "kneemr", "overview")).next_sections == ("procedure", "experience", "pregnancy")
    assert found(ask(engine, "kneemr", "experience")).next_sections == ("procedure", "pregnancy", "overview")


def test_particular_questions_that_have_an_answer_may_be_offered(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "kneemr.faq-ring.en", Status.PUBLISHED, question="Can I wear a ring?")
        put(connection, "kneemr.faq-old.en", Status.WITHDRAWN, question="May I smoke?")
        put(connection, "headct.faq-other.en", Status.PUBLISHED, question="Is it loud?")
    ring = {"kneemr.faq-ring.en": "Can I wear a ring?"}
    of_parent = {DEODORANT: "Can I wear deodorant?", "mri.faq-can-i-eat.en": "Can I eat?"}
    assert found(ask(engine, "kneemr", "overview")).questions == of_parent | ring
    assert found(ask(engine, "kneemr", passage="kneemr.faq-ring.en")).questions == of_parent
    unclear = ask(engine, "kneemr")
    assert isinstance(unclear, NeedsChoice)
    assert unclear.questions == of_parent | ring


def test_a_draft_answers_only_where_unreviewed_text_is_shown(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "kneemr.risks.en", Status.DRAFT)
    assert isinstance(ask(engine, "kneemr", "risks"), NotCovered)
    assert found(ask(engine, "kneemr", "risks", unreviewed=True)).passage.review == "none"


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_answer_is_in_the_language_of_the_question(engine: Engine, language: str) -> None:
    assert found(ask(engine, "kneemr", "overview", language)).passage.language == language


# --- NeedsChoice ---


def test_several_topics_need_a_choice(engine: Engine) -> None:
    outcome = ask(engine, "kneemr headct", "overview")
    assert isinstance(outcome, NeedsChoice)
    assert [topic.id for topic in outcome.topics] == ["kneemr", "headct"]
    assert outcome.sections == ()


def test_not_more_topics_are_offered_than_fit(engine: Engine) -> None:
    names = [f"topic-{number}" for number in range(MOST_CHOICES + 2)]
    with engine.begin() as connection:
        for name in names:
            add_topic(connection, name)
    outcome = ask(engine, " ".join(names), "overview")
    assert isinstance(outcome, NeedsChoice)
    assert [topic.id for topic in outcome.topics] == names[:MOST_CHOICES]


def test_a_topic_without_a_section_needs_a_choice_among_what_can_be_answered(engine: Engine) -> None:
    outcome = ask(engine, "kneemr")
    assert isinstance(outcome, NeedsChoice)
    assert [topic.id for topic in outcome.topics] == ["kneemr"]
    assert outcome.sections == ("procedure", "experience", "pregnancy", "overview")


def test_not_more_sections_are_offered_than_fit_and_never_the_particular_questions(engine: Engine) -> None:
    with engine.begin() as connection:
        for section in SECTIONS:
            if section != FAQ:
                put(connection, f"headct.{section}.en", Status.PUBLISHED)
    outcome = ask(engine, "headct")
    assert isinstance(outcome, NeedsChoice)
    assert outcome.sections == NEXT_SECTIONS[:MOST_CHOICES]
    assert FAQ not in NEXT_SECTIONS


def test_all_sections_that_can_be_answered_are_known_the_parents_too(engine: Engine) -> None:
    with engine.begin() as connection:
        put(connection, "pictures.radiation.en", Status.PUBLISHED)
        put(connection, "mri.risks.en", Status.PUBLISHED)
        put(connection, "kneemr.uses.en", Status.WITHDRAWN)
    outcome = ask(engine, "kneemr")
    assert isinstance(outcome, NeedsChoice)
    assert set(outcome.known) == {"procedure", "experience", "risks", "radiation", "pregnancy", "overview"}
    assert outcome.sections == ("procedure", "experience", "risks", "radiation", "pregnancy")


# --- ServicePage ---


@pytest.mark.parametrize("section", [None, "overview", "cost"])
def test_a_page_about_the_site_is_its_own_answer(engine: Engine, section: str | None) -> None:
    outcome = ask(engine, "contact", section)
    assert isinstance(outcome, ServicePage)
    assert outcome.topic.source_url == "https://www.example.org/en/contact"


def test_what_an_exam_costs_is_told_by_the_page_on_costs_where_its_own_does_not(engine: Engine) -> None:
    assert isinstance(ask(engine, "kneemr", "cost"), NotCovered)
    with engine.begin() as connection:
        add_topic(connection, "costs-insurance", kind="service")
    outcome = ask(engine, "kneemr", "cost")
    assert isinstance(outcome, ServicePage)
    assert outcome.topic.id == "costs-insurance"
    with engine.begin() as connection:
        put(connection, "kneemr.cost.en", Status.PUBLISHED)
    assert found(ask(engine, "kneemr", "cost")).passage.topic_id == "kneemr"


# --- NotCovered ---


@pytest.mark.parametrize(
    ("topics", "section", "language", "topic"),
    [
        ("", "overview", "en", None),
        ("unknown", "overview", "en", None),
        ("headct", "overview", "es", None),
        ("headct", "overview", "en", "headct"),
        ("headct", None, "en", "headct"),
        ("kneemr", "radiation", "en", "kneemr"),
        ("kneemr", "procedure", "es", "kneemr"),
        ("mri", "procedure", "en", "mri"),
    ],
)
def test_without_a_text_the_question_is_not_covered(
    engine: Engine, topics: str, section: str | None, language: str, topic: str | None
) -> None:
    outcome = ask(engine, topics, section, language)
    assert isinstance(outcome, NotCovered), outcome
    assert (outcome.topic and outcome.topic.id, outcome.section) == (topic, section)


def test_a_page_never_answers_for_its_sibling_or_its_parent(engine: Engine) -> None:
    with engine.begin() as connection:
        add_topic(connection, "shouldermr", parent="mri")
        put(connection, "shouldermr.radiation.en", Status.PUBLISHED)
    for other in ("kneemr", "mri", "pictures"):
        assert isinstance(ask(engine, other, "radiation"), NotCovered)


def test_asking_for_some_particular_question_without_naming_it_gets_none(engine: Engine) -> None:
    for topic in ("mri", "kneemr"):
        assert isinstance(ask(engine, topic, FAQ), NotCovered)


def test_a_parent_without_a_name_in_the_language_ends_the_line(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(TopicText).where(TopicText.topic_id == "mri", TopicText.language == "es"))
    assert isinstance(ask(engine, "kneemr", "experience", "es"), NotCovered)


def test_parents_that_go_round_in_a_circle_end_too(engine: Engine) -> None:
    with engine.begin() as connection:
        add_topic(connection, "pictures", kind="safety", parent="kneemr")
    assert isinstance(ask(engine, "kneemr", "radiation"), NotCovered)


# --- Expired ---


def test_a_text_past_its_date_is_not_shown_but_known_to_have_been_there(engine: Engine) -> None:
    change(engine, "kneemr.procedure.en", Status.PUBLISHED, expires_on=TODAY)
    outcome = ask(engine, "kneemr", "procedure")
    assert isinstance(outcome, Expired)
    assert (outcome.topic.id, outcome.section) == ("kneemr", "procedure")


@pytest.mark.parametrize("status", [Status.WITHDRAWN, Status.EXPIRED])
@pytest.mark.parametrize("unreviewed", [False, True])
def test_a_text_taken_back_is_not_shown_but_known_to_have_been_there(
    engine: Engine, status: Status, unreviewed: bool
) -> None:
    change(engine, "kneemr.procedure.en", status)
    assert isinstance(ask(engine, "kneemr", "procedure", unreviewed=unreviewed), Expired)


def test_withdrawing_is_seen_by_the_very_next_question(engine: Engine) -> None:
    answers = Answers(engine, unreviewed=False, today=lambda: TODAY)
    question = Question(("kneemr",), "procedure", "en")
    before = found(answers.find(question)).passage
    with engine.begin() as connection:
        published = repository.published_revision_id(connection, before.id)
        assert published is not None
        step(connection, Step.WITHDRAW, published)
    assert isinstance(answers.find(question), Expired)


# --- Unavailable ---

AWAY = {
    "no tables": lambda folder: f"sqlite:///{folder / 'empty.db'}",
    "a folder in its place": lambda folder: f"sqlite:///{folder}",
    "not a database": lambda folder: f"sqlite:///{folder / 'garbage.db'}",
    "nobody listens": lambda folder: "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2",
}


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize("why", AWAY)
def test_a_database_that_does_not_answer_is_an_outcome_and_not_an_exception(tmp_path: Path, why: str) -> None:
    (tmp_path / "garbage.db").write_bytes(b"not a database" * 100)
    engine = open_engine(AWAY[why](tmp_path))
    assert ask(engine, "kneemr", "overview") == Unavailable()
    assert Answers(engine, unreviewed=False).topics(("kneemr",), "en") == ()
    engine.dispose()


def test_topics_by_id_come_in_the_order_asked_and_only_those_with_a_name(engine: Engine) -> None:
    answers = Answers(engine, unreviewed=False)
    assert [topic.id for topic in answers.topics(("kneemr", "unknown", "headct", "mri"), "es")] == ["kneemr", "mri"]
