"""What may be shown, and what the tables themselves refuse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import insert, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from content_db import repository
from content_db.models import Passage, Revision, Topic
from content_db.repository import AliasView, PassageText, PassageView, TopicFacts, TopicRow, TopicTextRow
from content_db.sections import KINDS, SECTIONS
from content_db.statuses import Status
from tests.unit.content_db.shelf import TODAY, TOMORROW, YESTERDAY, add_draft, add_topic, put, shown, topics

PASSAGE = "kneemr.preparation.en"


@pytest.fixture
def connection(content_engine: Engine) -> Iterator[Connection]:
    with content_engine.connect() as open_connection:
        add_topic(open_connection, "kneemr", languages="en es")
        yield open_connection


def brief(views: Iterable[PassageView]) -> list[tuple[str, int, str]]:
    """(passage, revision, review) of what may be shown."""
    return [(view.id, view.revision, view.review) for view in views]


# --- what may be shown ---

# Every status with every end of the review; what is missing here is never shown, whatever the setting.
REVIEWED = {(Status.PUBLISHED, TOMORROW)}
ON_ITS_WAY = set(
    product(
        (Status.DRAFT, Status.PHYSICIAN_REVIEW, Status.COMMITTEE_REVIEW, Status.APPROVED),
        (TOMORROW, TODAY, YESTERDAY, None),
    )
)


@pytest.mark.parametrize("unreviewed", [False, True])
def test_what_may_be_shown_by_status_and_date(connection: Connection, unreviewed: bool) -> None:
    cases = {}
    for number, (status, expires_on) in enumerate(product(Status, (TOMORROW, TODAY, YESTERDAY, None))):
        add_topic(connection, f"topic-{number}")
        put(connection, f"topic-{number}.overview.en", status, expires_on=expires_on)
        cases[f"topic-{number}.overview.en"] = (status, expires_on)
    found = {cases[view.id]: view.review for view in shown(connection, unreviewed=unreviewed)}
    expected = dict.fromkeys(REVIEWED, "committee")
    if unreviewed:
        expected |= dict.fromkeys(ON_ITS_WAY, "none")
    assert found == expected


@pytest.mark.parametrize("later", [s for s in Status if s is not Status.PUBLISHED])
@pytest.mark.parametrize("unreviewed", [False, True])
def test_the_published_text_wins_over_a_newer_one(connection: Connection, later: Status, unreviewed: bool) -> None:
    put(connection, PASSAGE, Status.PUBLISHED)
    put(connection, PASSAGE, later)
    assert brief(shown(connection, unreviewed=unreviewed)) == [(PASSAGE, 1, "committee")]


# (statuses of the revisions, oldest first; the one that is shown when unreviewed text is on)
HISTORIES = (
    ("superseded draft", 2),
    ("published draft", 1),
    ("expired draft", 2),
    ("withdrawn draft", 2),
    ("draft withdrawn", None),
    ("draft superseded", None),
    ("draft returned", None),
    ("approved expired", None),
    ("draft draft", 2),
)


@pytest.mark.parametrize(("history", "revision"), HISTORIES)
def test_of_unreviewed_texts_only_the_newest_is_shown(
    connection: Connection, history: str, revision: int | None
) -> None:
    for status in history.split():
        put(connection, PASSAGE, Status(status))
    review = "committee" if "published" in history else "none"
    assert brief(shown(connection, unreviewed=True)) == ([(PASSAGE, revision, review)] if revision else [])


def test_a_published_text_past_its_date_gives_way_to_a_newer_draft_where_drafts_are_shown(
    connection: Connection,
) -> None:
    put(connection, PASSAGE, Status.PUBLISHED, expires_on=YESTERDAY)
    put(connection, PASSAGE, Status.DRAFT)
    assert brief(shown(connection, unreviewed=True)) == [(PASSAGE, 2, "none")]
    assert shown(connection, unreviewed=False) == []


def test_a_review_ends_on_its_day_without_anyone_doing_anything(connection: Connection) -> None:
    put(connection, PASSAGE, Status.PUBLISHED, expires_on=TOMORROW)
    days = [TOMORROW + timedelta(days=number) for number in (-1, 0, 1)]
    assert [bool(shown(connection, unreviewed=False, today=day)) for day in days] == [True, False, False]


def test_a_shown_text_says_where_it_comes_from(connection: Connection) -> None:
    put(connection, PASSAGE, Status.PUBLISHED, "Exactly  this.\n\n\u201cThat\u201d too: á€😀")
    (view,) = shown(connection, unreviewed=False)
    assert view == repository.PassageView(
        id=PASSAGE,
        topic_id="kneemr",
        section="preparation",
        question=None,
        language="en",
        revision=1,
        title=f"Title of {PASSAGE}",
        text="Exactly  this.\n\n\u201cThat\u201d too: á€😀",
        url="https://www.example.org/kneemr",
        review="committee",
        reviewed_on=YESTERDAY,
    )


def test_an_unreviewed_text_carries_no_date_of_review(connection: Connection) -> None:
    put(connection, PASSAGE, Status.APPROVED)
    (view,) = shown(connection, unreviewed=True)
    assert (view.review, view.reviewed_on) == ("none", None)


def test_only_the_topics_and_the_language_asked_for_are_shown(connection: Connection) -> None:
    for other in ("mammo", "headct"):
        add_topic(connection, other)
    for passage in ("kneemr.risks.en", "kneemr.risks.es", "kneemr.uses.en", "mammo.risks.en", "headct.risks.en"):
        put(connection, passage, Status.PUBLISHED)
    for topics_asked, language, found in (
        (["kneemr"], "en", {"kneemr.risks.en", "kneemr.uses.en"}),
        (["kneemr"], "es", {"kneemr.risks.es"}),
        (["kneemr", "mammo"], "en", {"kneemr.risks.en", "kneemr.uses.en", "mammo.risks.en"}),
        (["unknown"], "en", set()),
    ):
        views = shown(connection, unreviewed=False, of=topics_asked, language=language)
        assert {view.id for view in views} == found


def test_texts_come_in_the_order_of_their_page(connection: Connection) -> None:
    for position, (section, status) in enumerate(
        (("uses", Status.DRAFT), ("risks", Status.PUBLISHED), ("cost", Status.DRAFT), ("results", Status.PUBLISHED))
    ):
        for each in (Status.SUPERSEDED, status, *([Status.DRAFT] if section == "risks" else [])):
            put(connection, f"kneemr.{section}.en", each)
        connection.execute(update(Passage).where(Passage.section == section).values(position=position))
    views = shown(connection, unreviewed=True)
    assert [view.section for view in views] == ["uses", "risks", "cost", "results"]


@pytest.mark.parametrize(
    ("status", "expires_on", "lapsed"),
    [
        (Status.EXPIRED, TOMORROW, True),
        (Status.WITHDRAWN, TOMORROW, True),
        (Status.PUBLISHED, YESTERDAY, True),
        (Status.PUBLISHED, TODAY, True),
        (Status.PUBLISHED, TOMORROW, False),
        (Status.DRAFT, YESTERDAY, False),
        (Status.RETURNED, YESTERDAY, False),
        (Status.SUPERSEDED, YESTERDAY, False),
    ],
)
def test_a_text_has_lapsed_when_its_date_is_past_or_it_was_taken_back(
    connection: Connection, status: Status, expires_on: date, lapsed: bool
) -> None:
    put(connection, PASSAGE, status, expires_on=expires_on)
    place = {"topic_id": "kneemr", "section": "preparation", "language": "en"}
    assert repository.has_lapsed_text(connection, **place, today=TODAY) is lapsed
    for other in ({"topic_id": "mammo"}, {"section": "risks"}, {"language": "es"}):
        assert not repository.has_lapsed_text(connection, **place | other, today=TODAY)


# --- what the tables refuse ---


def test_the_database_refuses_a_second_published_text_of_a_passage(connection: Connection) -> None:
    put(connection, PASSAGE, Status.PUBLISHED)
    put(connection, "kneemr.preparation.es", Status.PUBLISHED)
    second = add_draft(connection, PASSAGE)
    with pytest.raises(IntegrityError):
        repository.set_status(connection, second, Status.PUBLISHED)


@pytest.mark.parametrize("column", ["kind", "section", "status"])
def test_the_database_refuses_a_word_that_is_not_in_its_list(connection: Connection, column: str) -> None:
    add_draft(connection, PASSAGE)
    table = {"kind": Topic, "section": Passage, "status": Revision}[column]
    with pytest.raises(IntegrityError, match=f"{column}_is_known"):
        connection.execute(update(table).values({column: "invented"}))


def test_the_database_takes_every_word_of_its_lists(connection: Connection) -> None:
    add_draft(connection, PASSAGE)
    for table, column, words in (
        (Topic, "kind", KINDS),
        (Passage, "section", SECTIONS),
        (Revision, "status", [status.value for status in Status]),
    ):
        for word in words:
            connection.execute(update(table).values({column: word}))


def test_the_database_refuses_a_text_without_its_passage_and_a_passage_without_its_topic(
    content_engine: Engine,
) -> None:
    orphans = (
        insert(Passage).values(id="x.risks.en", topic_id="x", language="en", section="risks", position=0),
        insert(Revision).values(
            passage_id="x.risks.en",
            number=1,
            title="",
            text="",
            text_hash="",
            source_url="",
            facts_checked="",
            status="draft",
            author_id="",
            created_at=repository.now(),
        ),
    )
    for orphan in orphans:
        with pytest.raises(IntegrityError), content_engine.begin() as connection:
            connection.execute(orphan)


# --- topics, wordings, questions ---


def test_topics_are_those_with_a_name_in_the_language(connection: Connection) -> None:
    add_topic(connection, "bodymr", languages="en")
    add_topic(connection, "kneemr", parent="bodymr", languages="")
    assert set(topics(connection)) == {"kneemr", "bodymr"}
    spanish = topics(connection, "es")
    assert set(spanish) == {"kneemr"}
    assert spanish["kneemr"] == repository.TopicView(
        "kneemr", "exam", "bodymr", "Title of kneemr", "https://www.example.org/es/kneemr"
    )
    assert repository.parents(connection) == {"kneemr": "bodymr", "bodymr": None}
    assert set(repository.topics(connection, "en", ["bodymr", "unknown"])) == {"bodymr"}


@pytest.mark.parametrize(
    ("language", "topic", "line"),
    [
        ("en", "kneemr", ["kneemr", "bodymr", "safety-mr"]),
        ("en", "safety-mr", ["safety-mr"]),
        # MRI has no Spanish name, so nobody can say "in general" of it.
        ("es", "kneemr", ["kneemr"]),
        ("en", "egg", ["egg", "hen"]),
    ],
)
def test_the_line_of_a_topic_is_its_parents(connection: Connection, language: str, topic: str, line: list[str]) -> None:
    add_topic(connection, "safety-mr", languages="en es")
    add_topic(connection, "bodymr", parent="safety-mr")
    add_topic(connection, "kneemr", parent="bodymr", languages="en es")
    add_topic(connection, "egg")
    add_topic(connection, "hen", parent="egg")
    add_topic(connection, "egg", parent="hen")
    start = topics(connection, language)[topic]
    assert [member.id for member in repository.line_of(connection, start, language)] == line


def test_saving_a_topic_again_changes_it(connection: Connection) -> None:
    topic = TopicRow("kneemr", "screening", None, "mri", "bone-joint")
    text = TopicTextRow("kneemr", "en", "New title", "https://www.example.org/new")
    for changed in (True, False):
        assert repository.save_topics(connection, [topic]) is changed
        assert repository.save_topic_texts(connection, [text]) is changed
    assert topics(connection) == {
        "kneemr": repository.TopicView("kneemr", "screening", None, "New title", "https://www.example.org/new")
    }


def test_a_wording_is_found_however_it_is_spelled(connection: Connection) -> None:
    repository.add_aliases(connection, "kneemr", "es", ["Resonancia  de la RODILLA", "rm-rodilla"])
    for spelled in ("resonancia de la rodilla", "Resonáncia de la rodilla", "RM rodilla"):
        assert repository.alias_owner(connection, "es", spelled) == "kneemr"
    assert repository.alias_owner(connection, "en", "rm rodilla") is None
    assert repository.alias_owner(connection, "es", "rodilla") is None


def test_wordings_are_kept_once_and_as_written(connection: Connection) -> None:
    repository.add_aliases(connection, "kneemr", "en", ["Knee MRI", "knee-mri", "", "..."])
    repository.add_aliases(connection, "kneemr", "en", ["KNEE MRI", "mri of the knee"])
    assert repository.aliases(connection) == [
        AliasView("kneemr", "exam", "en", "Knee MRI"),
        AliasView("kneemr", "exam", "en", "mri of the knee"),
    ]


def test_a_wording_belongs_to_one_topic_in_a_language(connection: Connection) -> None:
    add_topic(connection, "mammo")
    repository.add_aliases(connection, "kneemr", "en", ["knee mri"])
    repository.add_aliases(connection, "mammo", "es", ["knee mri"])
    with pytest.raises(IntegrityError):
        repository.add_aliases(connection, "mammo", "en", ["Knee-MRI"])


def test_the_facts_of_every_topic_with_and_without_a_name(connection: Connection) -> None:
    knee, magnets = TopicRow("kneemr", "exam", "bodymr", "mri", ""), TopicRow("bodymr", "exam", None, "mri;ct", "")
    repository.save_topics(connection, [knee, magnets])
    assert repository.topic_facts(connection) == [
        TopicFacts("bodymr", "exam", None, "mri;ct"),
        TopicFacts("kneemr", "exam", "bodymr", "mri"),
    ]


# --- texts, for finding them ---


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.WITHDRAWN])
def test_a_text_can_be_found_whatever_its_status(connection: Connection, status: Status) -> None:
    put(connection, PASSAGE, status, "Take off your rings.", expires_on=YESTERDAY)
    put(connection, "kneemr.faq-can-i-eat.es", status, "Sí.", question="¿Puedo comer?")
    assert sorted(repository.passage_texts(connection), key=lambda passage: passage.id) == [
        PassageText("kneemr.faq-can-i-eat.es", "kneemr", "es", "faq", "¿Puedo comer?", "Sí."),
        PassageText(PASSAGE, "kneemr", "en", "preparation", None, "Take off your rings."),
    ]


@pytest.mark.parametrize(
    ("history", "found"),
    [
        ("published draft", ["text 2"]),
        ("superseded published", ["text 2"]),
        ("published withdrawn", ["text 1"]),
        ("withdrawn draft", ["text 2"]),
        ("withdrawn", []),
        ("withdrawn withdrawn", []),
    ],
)
def test_of_a_passage_the_newest_text_that_was_not_withdrawn_is_found(
    connection: Connection, history: str, found: list[str]
) -> None:
    for number, status in enumerate(history.split(), start=1):
        put(connection, PASSAGE, Status(status), f"text {number}")
    assert [passage.text for passage in repository.passage_texts(connection)] == found


def test_texts_are_found_in_the_order_of_the_pages(connection: Connection) -> None:
    add_topic(connection, "headct")
    for position, section in enumerate(("uses", "risks", "cost")):
        for topic in ("kneemr", "headct"):
            put(connection, f"{topic}.{section}.en", Status.PUBLISHED)
        connection.execute(update(Passage).where(Passage.section == section).values(position=9 - position))
    assert [passage.id for passage in repository.passage_texts(connection)] == [
        f"{topic}.{section}.en" for topic in ("headct", "kneemr") for section in ("cost", "risks", "uses")
    ]


# --- revisions ---


def test_a_new_revision_is_a_draft_with_the_next_number_and_the_hash_of_its_words(connection: Connection) -> None:
    first, second = add_draft(connection, PASSAGE, "One."), add_draft(connection, PASSAGE, "Two.")
    add_draft(connection, "kneemr.risks.en")
    newest = repository.newest_revision(connection, PASSAGE)
    assert newest == repository.revision(connection, second)
    assert (newest.number, newest.status, newest.text) == (2, Status.DRAFT, "Two.")
    assert newest.text_hash == repository.hash_text(f"Title of {PASSAGE}", "Two.")
    assert repository.revision(connection, first).number == 1
    assert repository.newest_revision(connection, "kneemr.uses.en") is None


@pytest.mark.parametrize(("title", "text"), [("Knee", "Text!"), ("Knee!", "Text"), ("Knee\nText", ""), ("", "Text")])
def test_the_hash_changes_with_the_title_and_with_the_text(title: str, text: str) -> None:
    assert repository.hash_text("Knee", "Text") == repository.hash_text("Knee", "Text")
    assert repository.hash_text(title, text) != repository.hash_text("Knee", "Text")


def test_a_revision_is_held_only_in_the_status_it_was_seen_in(connection: Connection) -> None:
    revision_id = put(connection, PASSAGE, Status.APPROVED)
    assert repository.hold(connection, revision_id, Status.APPROVED)
    assert not repository.hold(connection, revision_id, Status.DRAFT)
    assert repository.revision(connection, revision_id).status is Status.APPROVED


def test_the_published_revision_of_a_passage(connection: Connection) -> None:
    put(connection, PASSAGE, Status.SUPERSEDED)
    assert repository.published_revision_id(connection, PASSAGE) is None
    published = put(connection, PASSAGE, Status.PUBLISHED)
    put(connection, PASSAGE, Status.DRAFT)
    assert repository.published_revision_id(connection, PASSAGE) == published


def test_the_version_grows_by_each_change(connection: Connection) -> None:
    assert repository.version(connection) == 0
    repository.raise_version(connection)
    repository.raise_version(connection)
    assert repository.version(connection) == 2
