"""The shipped library: its texts, its catalogue of topics and its table of doses."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import pytest

from bot.nlu.examples import catalogue_index
from bot.nlu.topic_index import plain_words
from content_db.folding import fold
from content_db.importers.library import LANGUAGES, STARTER, catalogue, passage_id, shipped
from content_db.importers.markdown import ParsedTopic
from content_db.lint import lint
from content_db.sections import FAQ, KINDS, REQUIRED_SECTIONS


@cache
def written() -> list[ParsedTopic]:
    return shipped()


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (STARTER / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def line_of_parents(topic_id: str) -> Iterator[str]:
    parents = {entry.id: entry.parent for entry in catalogue().values()} | {t.id: t.parent for t in written()}
    while topic_id:
        yield topic_id
        topic_id = parents.get(topic_id) or ""


# --- the texts ---


def test_the_library_passes_the_lint() -> None:
    assert [str(problem) for problem in lint([STARTER])] == []


def test_enough_topics_have_four_questions_and_the_sections_of_their_kind() -> None:
    sections: dict[str, set[str]] = defaultdict(set)
    for topic in written():
        if topic.language == "en":
            sections[topic.id] = {passage.section for passage in topic.passages}
    questions = {t.id: sum(p.section == FAQ for p in t.passages) for t in written() if t.language == "en"}
    whole = [
        topic.id
        for topic in written()
        if topic.language == "en"
        and questions[topic.id] >= 4
        and set(REQUIRED_SECTIONS[topic.kind]) <= {s for member in line_of_parents(topic.id) for s in sections[member]}
    ]
    assert len(whole) >= 45


def test_every_file_is_named_after_its_topic_in_the_folder_of_its_language() -> None:
    assert [str(topic.path) for topic in written() if topic.path != STARTER / topic.language / f"{topic.id}.md"] == []


def test_every_passage_has_an_id_of_its_own() -> None:
    ids = Counter(passage_id(topic.id, passage, topic.language) for topic in written() for passage in topic.passages)
    assert [name for name, count in ids.items() if count > 1] == []
    assert max(map(len, ids)) <= 160


def test_the_kind_of_a_topic_is_the_same_in_its_file_and_in_the_catalogue() -> None:
    assert [
        (topic.id, topic.kind, catalogue()[topic.id].kind)
        for topic in written()
        if topic.id in catalogue() and catalogue()[topic.id].kind != topic.kind
    ] == []


# --- parents and wordings, files and catalogue together ---


def test_every_parent_exists_and_no_line_of_parents_is_a_circle() -> None:
    ids = catalogue().keys() | {topic.id for topic in written()}
    named = {entry.parent for entry in catalogue().values()} | {topic.parent for topic in written()}
    assert named - {None} - ids == set()
    for topic_id in ids:
        seen: set[str] = set()
        for member in line_of_parents(topic_id):
            assert member not in seen, f"the parents of {topic_id} go round in a circle"
            seen.add(member)


def test_a_wording_means_one_topic() -> None:
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in catalogue().values():
        for language in LANGUAGES:
            for wording in (*entry.aliases[language], entry.titles[language]):
                owners[language, fold(wording)].add(entry.id)
    for topic in written():
        for wording in (*topic.aliases, topic.title):
            owners[topic.language, fold(wording)].add(topic.id)
    assert {wording: topics for wording, topics in owners.items() if len(topics) > 1} == {}


# --- catalogue.csv ---

CATALOGUE_COLUMNS = (
    "id kind parent title_en title_es modality body_region url_en url_es aliases_en aliases_es pediatric screening"
)


def test_the_catalogue_is_well_formed() -> None:
    listed = rows("catalogue.csv")
    assert list(listed[0]) == CATALOGUE_COLUMNS.split()
    assert len(listed) == len(catalogue()) >= 400
    assert [name for name, count in Counter(row["id"] for row in listed).items() if count > 1] == []


# (what a row must be, for each column)
FIT = {
    "id": lambda value: re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value) and len(value) <= 64,
    "kind": lambda value: value in KINDS,
    "parent": lambda value: re.fullmatch(r"[a-z0-9-]*", value),
    "title_en": lambda value: value == value.strip() != "" and len(value) <= 120,
    "title_es": lambda value: value == value.strip() != "" and len(value) <= 120,
    "modality": lambda value: re.fullmatch(r"[a-z0-9-]+(;[a-z0-9-]+)*", value) and len(value) <= 120,
    "body_region": lambda value: re.fullmatch(r"[a-z0-9-]+(;[a-z0-9-]+)*", value) and len(value) <= 120,
    "url_en": lambda value: re.fullmatch(r"(https://\S+)?", value),
    "url_es": lambda value: re.fullmatch(r"(https://\S+)?", value),
    "aliases_en": lambda value: all(map(_is_alias, value.split(";"))),
    "aliases_es": lambda value: all(map(_is_alias, value.split(";"))),
    "pediatric": lambda value: value in ("yes", "no"),
    "screening": lambda value: value in ("yes", "no"),
}


def _is_alias(wording: str) -> bool:
    return wording == wording.strip().lower() and fold(wording) != "" and len(wording) <= 120


@pytest.mark.parametrize("column", CATALOGUE_COLUMNS.split())
def test_every_topic_of_the_catalogue_is_filled_in_rightly(column: str) -> None:
    assert [(row["id"], row[column]) for row in rows("catalogue.csv") if not FIT[column](row[column] or "")] == []


def test_only_a_page_about_the_service_may_be_on_another_site() -> None:
    own = ("", "www.radiologyinfo.org", "radiologyinfo.org")
    assert [
        (row["id"], row[column])
        for row in rows("catalogue.csv")
        for column in ("url_en", "url_es")
        if row["kind"] != "service" and urlsplit(row[column]).netloc not in own
    ] == []


def test_no_row_of_a_table_has_too_many_or_too_few_cells() -> None:
    for name in ("catalogue.csv", "radiation_dose.csv"):
        assert [row for row in rows(name) if None in row or None in row.values()] == []


# --- radiation_dose.csv ---

DAYS = {"hour": 1 / 24, "day": 1, "month": 365 / 12, "year": 365}
BACKGROUND_MSV_A_YEAR = 3


def shown_doses() -> list[dict[str, str]]:
    return [row for row in rows("radiation_dose.csv") if row["may_be_shown"] == "yes"]


def test_the_table_of_doses_is_well_formed() -> None:
    listed = rows("radiation_dose.csv")
    assert " ".join(listed[0]) == "exam topic_id effective_dose_mSv comparable_background_time may_be_shown source"
    for row in listed:
        assert re.fullmatch(r"<?\d+(\.\d+)?", row["effective_dose_mSv"]), row
        assert re.fullmatch(r"(<?\d+(\.\d+)? (hour|day|month|year)s?)?", row["comparable_background_time"]), row
        assert row["may_be_shown"] in ("yes", "no"), row
        assert row["exam"].strip(), row
        assert row["source"].strip(), row


def test_every_dose_belongs_to_a_topic() -> None:
    known = catalogue().keys() | {topic.id for topic in written()}
    assert [row["exam"] for row in rows("radiation_dose.csv") if row["topic_id"] not in known] == []


def test_every_exam_has_one_dose() -> None:
    exams = Counter(row["exam"].casefold() for row in rows("radiation_dose.csv"))
    assert [exam for exam, count in exams.items() if count > 1] == []


def test_a_dose_that_may_be_shown_fits_the_time_beside_it() -> None:
    for row in shown_doses():
        if row["comparable_background_time"]:
            number, unit = row["comparable_background_time"].lstrip("<").split()
            days = float(number) * DAYS[unit.rstrip("s")]
            expected = float(row["effective_dose_mSv"].lstrip("<")) / BACKGROUND_MSV_A_YEAR * 365
            assert 0.5 < days / expected < 2, row


@pytest.mark.parametrize("topic_id", ["mammo", "tomosynthesis", "pet"])
def test_doses_whose_sources_differ_are_not_shown(topic_id: str) -> None:
    assert topic_id in {row["topic_id"] for row in rows("radiation_dose.csv")}
    assert topic_id not in {row["topic_id"] for row in shown_doses()}


# --- names and the words of messages ---


def test_a_name_is_read_alike_in_the_catalogue_and_in_a_message() -> None:
    index = catalogue_index()
    names = sorted(
        {name for topic in catalogue().values() for language in LANGUAGES for name in topic.aliases[language]}
    )
    read_otherwise = [name for name in names if [token.stem for token in index.tokens(name)] != plain_words(name)]
    assert read_otherwise == []
