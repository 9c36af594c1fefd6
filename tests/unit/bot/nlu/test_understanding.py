from __future__ import annotations

import pytest
from sqlalchemy.engine import Connection, Engine

from bot.nlu.encoder import encode
from bot.nlu.evidence import Asked
from bot.nlu.examples import Phrasing
from bot.nlu.topic_index import TopicIndex, plain_words
from bot.nlu.understanding import ContentIndex, build_index, masked
from content_db import repository
from content_db.repository import AliasView
from content_db.sections import languages
from content_db.statuses import Status
from tests.unit.bot.nlu.library import passage_rows, topics_of
from tests.unit.content_db.shelf import add_topic, put

DEODORANT = "kneemr.faq-1.en"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Does a knee MRI hurt?", "Does a scan hurt?"),
        ("Does the exam hurt?", "Does the exam hurt?"),
        ("Can a knee MRI show gallstones?", "Can a scan show disease?"),
    ],
)
def test_a_named_topic_is_replaced_by_a_plain_word(text: str, plain: str) -> None:
    index = TopicIndex(
        [AliasView("kneemr", "exam", "en", "knee MRI"), AliasView("gallstones", "condition", "en", "gallstones")]
    )
    assert masked(text, index.link(text)) == plain


def fill(connection: Connection) -> None:
    add_topic(connection, "bodymr")
    add_topic(connection, "kneemr", parent="bodymr", languages="en es")
    add_topic(connection, "bare")
    repository.add_aliases(connection, "kneemr", "en", ["knee MRI"])
    repository.add_aliases(connection, "kneemr", "es", ["resonancia de rodilla"])
    put(connection, DEODORANT, Status.DRAFT, "Yes.", question="Can I wear deodorant for a knee MRI?")
    put(connection, "kneemr.faq-2.en", Status.DRAFT, "No.", question="May I bring my dog?")
    put(connection, "bodymr.experience.en", Status.PUBLISHED, "It knocks; fluoroscopy is silent.")
    put(connection, "kneemr.overview.es", Status.PUBLISHED, "Una resonancia.")
    put(connection, "bodymr.uses.en", Status.WITHDRAWN, "Gone.")


def phrasings(language: str) -> tuple[Phrasing, ...]:
    return (Phrasing("kneemr", "experience", "is a knee mri like a drum"),) if language == "en" else ()


def asked(text: str) -> Asked:
    return Asked(tuple(plain_words(text)), encode(text), {})


def test_the_index_knows_what_is_in_the_database(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        fill(connection)
        index = build_index(connection, phrasings)
    assert set(index.evidence) == set(languages())
    assert [mention.topic_id for mention in index.topics.link("my knee mri").mentions] == ["kneemr"]
    english, spanish = index.evidence["en"], index.evidence["es"]
    assert {passage.id for passage in english.passages} == {DEODORANT, "kneemr.faq-2.en", "bodymr.experience.en"}
    assert {passage.id for passage in spanish.passages} == {"kneemr.overview.es"}
    assert english.line_of("kneemr") == ["kneemr", "bodymr"]
    rows = passage_rows(english, "kneemr", asked("can i use deodorant for a knee mri"))
    assert rows[DEODORANT]["faq_meaning"] > rows["kneemr.faq-2.en"]["faq_meaning"] + 0.1
    exact = passage_rows(english, "kneemr", asked("can i wear deodorant for a knee mri?"))
    assert exact[DEODORANT]["faq_meaning"] == pytest.approx(1.0, abs=1e-2)
    phrased = passage_rows(english, "kneemr", asked("is a knee mri like a drum"))
    assert phrased["bodymr.experience.en"]["phrasing_meaning"] == pytest.approx(1.0, abs=1e-2)


def test_words_of_the_texts_are_known_to_the_speller(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        fill(connection)
        index = build_index(connection, phrasings)
    assert index.topics.spelled("is flouroscopy silent") == "is fluoroscopy silent"


def test_an_empty_database_gives_an_index_that_finds_nothing(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        index = build_index(connection, phrasings)
    assert index.topics.link("knee mri").mentions == ()
    assert topics_of(index.evidence["en"], asked("knee mri"))[0] == []


def test_evidence_is_made_anew_only_for_the_language_that_changed(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        fill(connection)
        first = build_index(connection, phrasings).evidence
        again = build_index(connection, phrasings).evidence
        put(connection, "kneemr.risks.es", Status.DRAFT, "Pocos.")
        changed = build_index(connection, phrasings).evidence
    assert again["en"] is first["en"]
    assert again["es"] is first["es"]
    assert changed["en"] is first["en"]
    assert changed["es"] is not first["es"]
    assert {passage.id for passage in changed["es"].passages} == {"kneemr.overview.es", "kneemr.risks.es"}


def test_a_new_parent_or_wording_makes_the_evidence_anew(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        fill(connection)
        first = build_index(connection, phrasings).evidence
        add_topic(connection, "kneemr", languages="en es")
        moved = build_index(connection, phrasings).evidence
        repository.add_aliases(connection, "kneemr", "en", ["meniscus pictures"])
        named = build_index(connection, phrasings).evidence
    assert (first["en"].line_of("kneemr"), moved["en"].line_of("kneemr")) == (["kneemr", "bodymr"], ["kneemr"])
    assert named["en"] is not moved["en"]
    assert named["es"] is moved["es"]


def test_without_content_there_is_no_evidence() -> None:
    assert ContentIndex(TopicIndex([])).evidence == {}
