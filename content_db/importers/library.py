"""Loads a folder of topic files, and the catalogue of topics without a file, into the database: all of it or nothing.

What is loaded is a draft. Loading the same files again changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from content_db import repository
from content_db.database import migrate, open_engine
from content_db.folding import fold
from content_db.importers.markdown import BadFile, ParsedPassage, ParsedTopic, Problem, parse_file, slug
from content_db.models import Passage
from content_db.repository import DraftRow, PassageRow, StoredPassage, TopicRow, TopicTextRow
from content_db.sections import section_title
from content_db.statuses import UNREVIEWED, Status, Step

STARTER: Final = Path(__file__).parent.parent / "starter"
HOME_URL: Final = "https://www.radiologyinfo.org"
STARTER_AUTHOR: Final = "starter"
_STARTER_LOADED: Final = "load_starter"
LANGUAGES: Final = ("en", "es")


@dataclass(frozen=True)
class CatalogueTopic:
    """A topic that patients ask for, known by name before anyone has written about it."""

    id: str
    kind: str
    parent: str | None
    titles: dict[str, str]
    urls: dict[str, str]
    aliases: dict[str, tuple[str, ...]]
    modality: str
    body_region: str


@dataclass
class LoadReport:
    """What a load did. `retired` counts drafts whose section is no longer in its file."""

    topics: int = 0
    new_revisions: int = 0
    unchanged: int = 0
    retired: int = 0


@lru_cache(maxsize=1)
def catalogue() -> dict[str, CatalogueTopic]:
    """The topics of `starter/catalogue.csv` by id."""
    with (STARTER / "catalogue.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        row["id"]: CatalogueTopic(
            id=row["id"],
            kind=row["kind"],
            parent=row["parent"] or None,
            titles={language: row[f"title_{language}"] for language in LANGUAGES},
            urls={language: row[f"url_{language}"] or HOME_URL for language in LANGUAGES},
            aliases={
                language: tuple(alias.strip() for alias in row[f"aliases_{language}"].split(";") if alias.strip())
                for language in LANGUAGES
            },
            modality=row["modality"],
            body_region=row["body_region"],
        )
        for row in rows
    }


def topic_files(folders: Iterable[Path]) -> list[Path]:
    """The Markdown files among and below `folders`, sorted. FileNotFoundError for a path that does not exist."""
    found: set[Path] = set()
    for folder in folders:
        if not folder.exists():
            raise FileNotFoundError(f"{folder} does not exist")
        found.update(folder.rglob("*.md") if folder.is_dir() else [folder])
    return sorted(found)


def read(files: Iterable[Path]) -> list[ParsedTopic]:
    """Parse every file. Raises BadFile with the faults of all of them."""
    topics: list[ParsedTopic] = []
    problems: list[Problem] = []
    owners: dict[tuple[str, str], Path] = {}
    for path in files:
        try:
            topic = parse_file(path)
        except BadFile as error:
            problems += error.problems
            continue
        key = _key(topic)
        if key in owners:
            problems.append(Problem(path, 1, f"topic '{topic.id}' ({topic.language}) also stands in {owners[key]}"))
        owners[key] = path
        topics.append(topic)
    if problems:
        raise BadFile(problems)
    return topics


def shipped() -> list[ParsedTopic]:
    """The files of the shipped library, as written."""
    return read(topic_files([STARTER]))


def load_starter(engine: Engine, *, progress: Callable[[str], None] = lambda _: None) -> LoadReport | None:
    """Load the shipped library, or return None when it is the one that was loaded last.

    So a restart costs nothing, and a topic that an operator has loaded in another version stays.
    """
    files = topic_files([STARTER])
    digest = hashlib.sha256()
    for file in [*files, *sorted(STARTER.glob("*.csv"))]:
        digest.update(f"{file.relative_to(STARTER)}\n".encode() + file.read_bytes())
    with engine.connect() as connection:
        if repository.last_audit_detail(connection, _STARTER_LOADED).get("sha256") == digest.hexdigest():
            return None
    report = load(engine, files, progress=progress)
    with engine.begin() as connection:
        repository.add_audit(connection, STARTER_AUTHOR, _STARTER_LOADED, "library", sha256=digest.hexdigest())
    return report


@contextmanager
def starter_database() -> Iterator[str]:
    """A database with nothing but the shipped library in it, gone when the block ends; yields its address."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'content.db'}"
        engine = open_engine(url)
        migrate(engine)
        load_starter(engine)
        engine.dispose()
        yield url


def load(
    engine: Engine,
    files: Sequence[Path],
    *,
    known: dict[str, CatalogueTopic] | None = None,
    author_id: str = STARTER_AUTHOR,
    progress: Callable[[str], None] = lambda _: None,
) -> LoadReport:
    """Load topic files in one transaction. Raises BadFile (each fault by file and line) having changed nothing.

    `known` are the topics that exist without a file: the catalogue's, if not given.
    """
    parsed = read(files)
    report = LoadReport()
    known = catalogue() if known is None else known
    with engine.begin() as connection:
        # What an earlier load wrote about stays as its file has it: the catalogue only names what nobody wrote about.
        written = _written(connection)
        changed = _save_topics(connection, parsed, known, written)
        changed |= _save_aliases(connection, parsed, known, written)
        changed |= _save_passages(connection, parsed, author_id, report, progress)
        if report.new_revisions or report.retired:
            repository.add_audit(connection, author_id, "load", "library", **vars(report))
        if changed:
            repository.raise_version(connection)
    return report


def _written(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(select(Passage.topic_id, Passage.language).distinct())
    return {(row.topic_id, row.language) for row in rows}


def _save_topics(
    connection: Connection,
    parsed: Sequence[ParsedTopic],
    known: dict[str, CatalogueTopic],
    written: set[tuple[str, str]],
) -> bool:
    """Topics and their names; true if anything had to be changed. Raises BadFile for a parent that cannot be."""
    written_ids = {topic_id for topic_id, _ in written}
    unwritten = [topic for topic in known.values() if topic.id not in written_ids]
    parents = repository.parents(connection)
    parents.update({topic.id: topic.parent for topic in unwritten})
    parents.update({topic.id: topic.parent for topic in parsed})
    problems = [
        Problem(topic.path, 1, problem)
        for topic in parsed
        if (problem := _parent_problem(topic.id, parents)) is not None
    ]
    if problems:
        raise BadFile(problems)
    kinds = {topic.id: topic.kind for topic in unwritten} | {topic.id: topic.kind for topic in parsed}
    modality = {topic.id: topic.modality for topic in known.values()}
    region = {topic.id: topic.body_region for topic in known.values()}
    modality.update({topic.id: ";".join(topic.modality) for topic in parsed if topic.modality})
    region.update({topic.id: ";".join(topic.body_region) for topic in parsed if topic.body_region})
    # A catalogue topic may name a parent that nobody has written yet: then it has none.
    there = {topic_id: parent if parent in parents else None for topic_id, parent in parents.items()}
    topics_changed = repository.save_topics(
        connection,
        (
            TopicRow(topic_id, kind, there[topic_id], modality.get(topic_id, ""), region.get(topic_id, ""))
            for topic_id, kind in kinds.items()
        ),
    )
    named = {
        (entry.id, language): TopicTextRow(entry.id, language, entry.titles[language], entry.urls[language])
        for entry in known.values()
        for language in LANGUAGES
        if (entry.id, language) not in written
    }
    named.update((key, TopicTextRow(*key, topic.title, topic.source)) for topic in parsed for key in [_key(topic)])
    return repository.save_topic_texts(connection, named.values()) or topics_changed


def _key(topic: ParsedTopic) -> tuple[str, str]:
    return topic.id, topic.language


def _parent_problem(topic_id: str, parents: dict[str, str | None]) -> str | None:
    seen = [topic_id]
    while (parent := parents.get(seen[-1])) is not None:
        if parent in seen:
            return f"the parents go round in a circle: {' -> '.join([*seen, parent])}"
        if parent not in parents:
            return f"unknown parent '{parent}'" if seen[-1] == topic_id else None
        seen.append(parent)
    return None


def _save_aliases(
    connection: Connection,
    parsed: Sequence[ParsedTopic],
    known: dict[str, CatalogueTopic],
    written: set[tuple[str, str]],
) -> bool:
    """The wordings of topics; true if anything had to be changed. Raises BadFile for one that two topics claim."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for entry in known.values():
        for language in LANGUAGES:
            if (entry.id, language) not in written:
                wanted[entry.id, language] = [*entry.aliases[language], entry.titles[language]]
    files: dict[tuple[str, str], ParsedTopic] = {}
    for topic in parsed:
        files[_key(topic)] = topic
        base = known.get(topic.id)
        listed = [*base.aliases.get(topic.language, ()), base.titles.get(topic.language, "")] if base else []
        wanted[_key(topic)] = [*topic.aliases, topic.title, *listed]
    stored: dict[tuple[str, str], list[str]] = defaultdict(list)
    for alias in repository.aliases(connection):
        stored[alias.topic_id, alias.language].append(alias.text)
    owners = {
        (language, fold(text)): topic_id
        for (topic_id, language), texts in stored.items()
        for text in texts
        if (topic_id, language) not in wanted
    }
    problems: list[Problem] = []
    changed: dict[tuple[str, str], list[str]] = {}
    # Written topics first: their wordings are checked by an editor, the catalogue's give way.
    for key, texts in sorted(wanted.items(), key=lambda item: item[0] not in files):
        topic_id, language = key
        file = files.get(key)
        own: dict[str, str] = {}
        for text in texts:
            owner = owners.setdefault((language, fold(text)), topic_id)
            if owner == topic_id:
                own.setdefault(fold(text), text)
            elif file is not None and text in file.aliases:
                problems.append(Problem(file.path, 1, f"alias '{text}' already belongs to topic '{owner}'"))
        own.pop("", None)
        if sorted(own.values()) != sorted(stored[key]):
            changed[key] = list(own.values())
    if problems:
        raise BadFile(problems)
    repository.remove_aliases(connection, (key for key in changed if stored[key]))
    repository.insert_aliases(connection, changed)
    return bool(changed)


def passage_id(topic_id: str, passage: ParsedPassage, language: str) -> str:
    """'abdominct.preparation.en', or 'abdominct.faq-can-i-drink-water.en' for a particular question."""
    name = passage.section if passage.question is None else f"faq-{slug(passage.question)}"
    return f"{topic_id}.{name}.{language}"


def _title(topic: ParsedTopic, passage: ParsedPassage) -> str:
    return f"{topic.title}: {passage.question or section_title(passage.section, topic.language)}"


def _save_passages(
    connection: Connection,
    parsed: Sequence[ParsedTopic],
    author_id: str,
    report: LoadReport,
    progress: Callable[[str], None],
) -> bool:
    """The texts of all topics; true if anything had to be changed."""
    stored = repository.stored_passages(connection, {topic.id for topic in parsed})
    loaded = {_key(topic) for topic in parsed}
    left = {key: passage for key, passage in stored.items() if (passage.topic_id, passage.language) in loaded}
    new: list[PassageRow] = []
    drafts: list[DraftRow] = []
    moved = False
    for topic in parsed:
        for position, passage in enumerate(topic.passages):
            key = passage_id(topic.id, passage, topic.language)
            left.pop(key, None)
            before = stored.get(key)
            if before is None:
                new.append(PassageRow(key, *_key(topic), passage.section, passage.question, position))
            elif (before.question, before.position) != (passage.question, position):
                repository.move_passage(connection, key, question=passage.question, position=position)
                moved = True
            title = _title(topic, passage)
            if before and before.text_hash == repository.hash_text(title, passage.text) and not _is_superseded(before):
                report.unchanged += 1
                continue
            if before is not None:
                _supersede(connection, before, author_id)
            number = 1 + ((before and before.number) or 0)
            drafts.append(DraftRow(key, number, title, passage.text, topic.source, topic.facts_checked, author_id))
        report.topics += 1
        progress(topic.id)
    repository.add_passages(connection, new)
    repository.add_drafts(connection, drafts)
    report.new_revisions = len(drafts)
    report.retired = sum(_supersede(connection, passage, author_id) for passage in left.values())
    return bool(moved or drafts or report.retired)


def _is_superseded(passage: StoredPassage) -> bool:
    return passage.status == Status.SUPERSEDED.value


def _supersede(connection: Connection, passage: StoredPassage, author_id: str) -> bool:
    """Take a text that is on its way out of the review. One that is published, or was decided on, stays as it is."""
    if passage.revision_id is None or passage.status not in {status.value for status in UNREVIEWED}:
        return False
    status = Status(passage.status)
    if not repository.hold(connection, passage.revision_id, status):
        return False
    repository.set_status(connection, passage.revision_id, Status.SUPERSEDED)
    repository.add_audit(
        connection,
        author_id,
        Step.SUPERSEDE.value,
        f"{passage.id}#{passage.number}",
        **{"from": status.value, "to": Status.SUPERSEDED.value, "hash": passage.text_hash},
    )
    return True
