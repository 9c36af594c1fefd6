"""Loading topic files: all or nothing, twice is once, drafts only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.engine import Engine

from content_db import repository
from content_db.importers import library
from content_db.importers.library import HOME_URL, LANGUAGES, CatalogueTopic, LoadReport, catalogue
from content_db.importers.markdown import BadFile, ParsedPassage
from content_db.models import Alias, Audit, Base, ContentState, Revision
from content_db.statuses import Status
from tests.unit.content_db.importers.files import GOOD, topic_file
from tests.unit.content_db.shelf import TOMORROW, shown, topics

KNEE = "knee.overview.en"


def load(engine: Engine, *files: Path, known: Mapping[str, CatalogueTopic] = MappingProxyType({})) -> LoadReport:
    return library.load(engine, files, known=dict(known))


def everything(engine: Engine) -> dict[str, list[Any]]:
    """All rows of all tables, without the numbers that rows of aliases get."""
    rows: dict[str, list[Any]] = {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if not (table is Alias.__table__ and column.name == "id")]
            rows[table.name] = sorted(map(tuple, connection.execute(select(*columns))), key=repr)
    return rows


def history(engine: Engine, passage: str = KNEE) -> list[tuple[str, str]]:
    """(status, text) of the revisions of a passage, oldest first."""
    query = select(Revision.status, Revision.text).where(Revision.passage_id == passage).order_by(Revision.number)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def set_status(engine: Engine, status: Status, passage: str = KNEE) -> None:
    with engine.begin() as connection:
        newest = repository.newest_revision(connection, passage)
        assert newest is not None
        repository.set_status(connection, newest.id, status, expires_on=TOMORROW)


def audited(engine: Engine, subject: str) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return repository.audit_rows(connection, subject)


def names(engine: Engine, language: str = "en") -> dict[str, str]:
    """The owner of every wording."""
    with engine.connect() as connection:
        return {alias.text: alias.topic_id for alias in repository.aliases(connection) if alias.language == language}


# --- what a load makes ---


def test_a_file_becomes_a_topic_with_names_and_drafts(content_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "knee.md"
    path.write_text(GOOD.replace("parent: bodymr\n", "").replace("id: kneemr", "id: knee"), encoding="utf-8")
    assert load(content_engine, path) == LoadReport(topics=1, new_revisions=3)
    with content_engine.connect() as connection:
        assert topics(connection) == {
            "knee": repository.TopicView("knee", "exam", None, "MRI of the knee", "https://www.example.org/kneemr")
        }
        views = shown(connection, unreviewed=True)
        rows = connection.execute(select(Revision.author_id, Revision.status, Revision.facts_checked).distinct()).all()
    assert [(view.id, view.section, view.title, view.text) for view in views] == [
        (
            "knee.overview.en",
            "overview",
            "MRI of the knee: what it is",
            "A test that shows the knee.\n\nIt takes pictures of bones.",
        ),
        ("knee.preparation.en", "preparation", "MRI of the knee: how to prepare", "Leave metal at home."),
        ("knee.faq-can-i-eat.en", "faq", "MRI of the knee: Can I eat?", "Yes, you can."),
    ]
    assert [view.question for view in views] == [None, None, "Can I eat?"]
    assert rows == [("starter", "draft", "https://www.example.org/facts")]
    assert names(content_engine) == dict.fromkeys(("mri of my knee", "knee, mri", "MRI of the knee"), "knee")
    assert audited(content_engine, "library") == [("starter", "load")]


def test_a_topic_may_be_written_in_several_languages(content_engine: Engine, tmp_path: Path) -> None:
    english = topic_file(tmp_path, "knee", aliases="knee mri")
    spanish = topic_file(tmp_path, "knee", language="es", title="Resonancia de la rodilla", aliases="knee mri")
    load(content_engine, english, spanish)
    with content_engine.connect() as connection:
        titles = {language: topics(connection, language)["knee"].title for language in LANGUAGES}
    assert titles == {"en": "Title of knee", "es": "Resonancia de la rodilla"}
    assert [len(history(content_engine, f"knee.overview.{language}")) for language in LANGUAGES] == [1, 1]
    assert names(content_engine, "es")["knee mri"] == "knee"


def test_the_author_and_the_progress_are_the_callers(content_engine: Engine, tmp_path: Path) -> None:
    seen: list[str] = []
    files = [topic_file(tmp_path, "knee"), topic_file(tmp_path, "breast")]
    library.load(content_engine, files, known={}, author_id="author-1", progress=seen.append)
    assert seen == ["knee", "breast"]
    with content_engine.connect() as connection:
        assert connection.execute(select(Revision.author_id).distinct()).scalars().all() == ["author-1"]


def test_the_longest_words_that_a_file_may_hold_fit_the_tables(content_engine: Engine, tmp_path: Path) -> None:
    path = topic_file(
        tmp_path, "k" * 64, f"## faq: {'q' * 170}\nYes.\n", title="M" * 120, aliases="a" * 120 + ", " + "ﬃ" * 60
    )
    path.write_text(path.read_text().replace("source: https://", f"source: https://{'x' * 400}"))
    load(content_engine, path)
    with content_engine.connect() as connection:
        assert connection.execute(select(func.length(Revision.title))).scalar_one() == 120 + len(": ") + 170


def test_a_files_path_names_its_files_in_order_and_below_folders(tmp_path: Path) -> None:
    (tmp_path / "es").mkdir()
    expected = [topic_file(tmp_path / "es", "abc", language="es"), topic_file(tmp_path, "xyz")]
    (tmp_path / "notes.txt").write_text("not a topic")
    assert library.topic_files([tmp_path, expected[1]]) == sorted(expected)
    assert library.topic_files([tmp_path / "notes.txt"]) == [tmp_path / "notes.txt"]
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        library.topic_files([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("section", "question", "name"),
    [("uses", None, "knee.uses.en"), ("faq", "Can I eat?", "knee.faq-can-i-eat.en")],
)
def test_a_passage_id_tells_topic_place_and_language(section: str, question: str | None, name: str) -> None:
    assert library.passage_id("knee", ParsedPassage(section, question, "Text.", 1), "en") == name


# --- twice is once ---


def test_loading_the_same_files_again_changes_nothing(content_engine: Engine, tmp_path: Path) -> None:
    files = [topic_file(tmp_path, "magnets", aliases="mri"), topic_file(tmp_path, "knee", parent="magnets")]
    load(content_engine, *files, known=KNOWN)
    before = everything(content_engine)
    assert load(content_engine, *files, known=KNOWN) == LoadReport(topics=2, unchanged=2)
    after = everything(content_engine)
    # Readers may be told to look again.
    assert after.pop(ContentState.__tablename__) >= before.pop(ContentState.__tablename__)
    assert after == before


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.SUPERSEDED])
def test_an_unchanged_text_keeps_its_status(content_engine: Engine, tmp_path: Path, status: Status) -> None:
    path = topic_file(tmp_path, "knee")
    load(content_engine, path)
    set_status(content_engine, status)
    assert load(content_engine, path).unchanged == 1
    assert history(content_engine) == [(status.value, "A short text.")]


# --- changed, removed and restored texts ---


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        (Status.DRAFT, Status.SUPERSEDED),
        (Status.PHYSICIAN_REVIEW, Status.SUPERSEDED),
        (Status.COMMITTEE_REVIEW, Status.SUPERSEDED),
        (Status.APPROVED, Status.SUPERSEDED),
        (Status.PUBLISHED, Status.PUBLISHED),
        (Status.RETURNED, Status.RETURNED),
        (Status.WITHDRAWN, Status.WITHDRAWN),
        (Status.EXPIRED, Status.EXPIRED),
    ],
)
def test_a_changed_text_is_a_new_draft_and_replaces_only_one_on_its_way(
    content_engine: Engine, tmp_path: Path, status: Status, becomes: Status
) -> None:
    load(content_engine, topic_file(tmp_path, "knee"))
    set_status(content_engine, status)
    report = load(content_engine, topic_file(tmp_path, "knee", "## overview\nA better text.\n"))
    assert (report.new_revisions, report.unchanged, report.retired) == (1, 0, 0)
    assert history(content_engine) == [(becomes.value, "A short text."), ("draft", "A better text.")]
    # A text that leaves its review is a step like any other.
    steps = [("starter", "supersede")] if becomes is Status.SUPERSEDED else []
    assert audited(content_engine, f"{KNEE}#1") == steps


def test_a_changed_title_is_a_new_draft_too(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "knee"))
    load(content_engine, topic_file(tmp_path, "knee", title="MRI of both knees"))
    assert [status for status, _ in history(content_engine)] == ["superseded", "draft"]
    with content_engine.connect() as connection:
        assert topics(connection)["knee"].title == "MRI of both knees"


TWO_SECTIONS = "## overview\nA short text.\n## uses\nFor much.\n"


@pytest.mark.parametrize(
    ("status", "becomes", "retired"),
    [
        (Status.DRAFT, Status.SUPERSEDED, 1),
        (Status.COMMITTEE_REVIEW, Status.SUPERSEDED, 1),
        (Status.PUBLISHED, Status.PUBLISHED, 0),
        (Status.WITHDRAWN, Status.WITHDRAWN, 0),
    ],
)
def test_a_section_that_left_the_file_is_retired_unless_it_is_published(
    content_engine: Engine, tmp_path: Path, status: Status, becomes: Status, retired: int
) -> None:
    uses = "knee.uses.en"
    load(content_engine, topic_file(tmp_path, "knee", TWO_SECTIONS))
    set_status(content_engine, status, uses)
    assert load(content_engine, topic_file(tmp_path, "knee")) == LoadReport(topics=1, unchanged=1, retired=retired)
    assert history(content_engine, uses) == [(becomes.value, "For much.")]
    assert audited(content_engine, f"{uses}#1") == [("starter", "supersede")] * retired
    with content_engine.connect() as connection:
        found = {view.id for view in shown(connection, unreviewed=True)}
    assert found == ({KNEE, uses} if becomes is Status.PUBLISHED else {KNEE})


def test_a_section_that_comes_back_is_a_new_draft(content_engine: Engine, tmp_path: Path) -> None:
    for body in (TWO_SECTIONS, "## overview\nA short text.\n", TWO_SECTIONS):
        load(content_engine, topic_file(tmp_path, "knee", body))
    assert history(content_engine, "knee.uses.en") == [("superseded", "For much."), ("draft", "For much.")]


def test_a_load_retires_nothing_of_other_topics_and_languages(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "knee"), topic_file(tmp_path, "knee", language="es"))
    load(content_engine, topic_file(tmp_path, "breast"))
    load(content_engine, topic_file(tmp_path, "knee"))
    statuses = {history(content_engine, f"{name}")[-1][0] for name in (KNEE, "knee.overview.es", "breast.overview.en")}
    assert statuses == {"draft"}


def test_a_load_that_changed_something_tells_the_readers(content_engine: Engine, tmp_path: Path) -> None:
    versions = []
    for body in ("## overview\nOne.\n", "## overview\nTwo.\n"):
        load(content_engine, topic_file(tmp_path, "knee", body))
        with content_engine.connect() as connection:
            versions.append(repository.version(connection))
    assert 0 < versions[0] < versions[1]


# --- a file can never make an approved text ---


@pytest.mark.parametrize("field", ["status: approved", "status: published", "reviewed_on: '2026-05-04'", "review: [x]"])
def test_a_file_that_claims_a_review_is_refused(content_engine: Engine, tmp_path: Path, field: str) -> None:
    path = topic_file(tmp_path, "knee")
    path.write_text(path.read_text().replace("kind: exam", f"kind: exam\n{field}"))
    with pytest.raises(BadFile, match=f"unknown field '{field.split(':')[0]}'"):
        load(content_engine, path)


def test_whatever_stood_before_a_loaded_text_is_a_draft_without_a_review(
    content_engine: Engine, tmp_path: Path
) -> None:
    for number, status in enumerate(Status):
        load(content_engine, topic_file(tmp_path, "knee", f"## overview\nText {number}.\n"))
        with content_engine.connect() as connection:
            last = select(Revision.status, Revision.reviewed_on, Revision.expires_on).order_by(Revision.id.desc())
            assert tuple(connection.execute(last.limit(1)).one()) == ("draft", None, None)
        set_status(content_engine, status)


# --- all or nothing ---


def bad_format(folder: Path) -> list[Path]:
    return [topic_file(folder, "breast", "## movie\nText.\n")]


def unknown_parent(folder: Path) -> list[Path]:
    return [topic_file(folder, "breast", parent="nowhere")]


def circle_of_parents(folder: Path) -> list[Path]:
    return [topic_file(folder, "breast", parent="bones"), topic_file(folder, "bones", parent="breast")]


def circle_through_the_database(folder: Path) -> list[Path]:
    return [topic_file(folder, "magnets", "## overview\nNew.\n", parent="knee")]


def alias_of_another_file(folder: Path) -> list[Path]:
    return [topic_file(folder, "bones", aliases="bone density"), topic_file(folder, "breast", aliases="Bone-Density")]


def alias_of_a_loaded_topic(folder: Path) -> list[Path]:
    return [topic_file(folder, "breast", aliases="KNEE  mri")]


def same_topic_twice(folder: Path) -> list[Path]:
    (folder / "copy").mkdir()
    return [topic_file(folder / "copy", "breast"), topic_file(folder, "breast")]


def latin_1(folder: Path) -> list[Path]:
    path = topic_file(folder, "breast")
    path.write_bytes(path.read_bytes() + b"\xe9")
    return [path]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (bad_format, "breast.en.md:10: '## movie' is not a section heading"),
        (unknown_parent, "breast.en.md:1: unknown parent 'nowhere'"),
        (circle_of_parents, "breast.en.md:1: the parents go round in a circle: breast -> bones -> breast"),
        (circle_through_the_database, "magnets.en.md:1: the parents go round in a circle: magnets -> knee -> magnets"),
        (alias_of_another_file, "breast.en.md:1: alias 'Bone-Density' already belongs to topic 'bones'"),
        (alias_of_a_loaded_topic, "breast.en.md:1: alias 'KNEE  mri' already belongs to topic 'knee'"),
        (same_topic_twice, "breast.en.md:1: topic 'breast' (en) also stands in"),
        (latin_1, "breast.en.md:12: not UTF-8 text"),
    ],
)
def test_one_bad_file_leaves_the_database_untouched(
    content_engine: Engine, tmp_path: Path, spoil: Callable[[Path], list[Path]], said: str
) -> None:
    good = [topic_file(tmp_path, "magnets"), topic_file(tmp_path, "knee", parent="magnets", aliases="knee mri")]
    load(content_engine, *good)
    before = everything(content_engine)
    (tmp_path / "new").mkdir()
    changed = topic_file(tmp_path / "new", "knee", "## overview\nA new text.\n", parent="magnets", aliases="knee mri")
    with pytest.raises(BadFile) as bad:
        load(content_engine, changed, *spoil(tmp_path / "new"))
    assert said in str(bad.value)
    assert everything(content_engine) == before


def test_the_faults_of_all_files_are_told_at_once(content_engine: Engine, tmp_path: Path) -> None:
    files = [topic_file(tmp_path, name, "## movie\nText.\n") for name in ("bones", "breast")]
    with pytest.raises(BadFile) as bad:
        load(content_engine, *files)
    assert [problem.path for problem in bad.value.problems] == files


def test_a_stop_half_way_leaves_the_database_untouched(content_engine: Engine, tmp_path: Path) -> None:
    before = everything(content_engine)

    def fail(_: str) -> None:
        raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError):
        library.load(content_engine, [topic_file(tmp_path, "knee")], known={}, progress=fail)
    assert everything(content_engine) == before


@pytest.mark.parametrize("parents_first", [True, False])
def test_parents_may_come_before_or_after_their_children(
    content_engine: Engine, tmp_path: Path, parents_first: bool
) -> None:
    files = [topic_file(tmp_path, "magnets"), topic_file(tmp_path, "knee", parent="magnets")]
    load(content_engine, *(files if parents_first else reversed(files)))
    with content_engine.connect() as connection:
        assert repository.parents(connection) == {"magnets": None, "knee": "magnets"}


def test_a_parent_may_be_loaded_earlier(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "magnets"))
    load(content_engine, topic_file(tmp_path, "knee", parent="magnets"))
    with content_engine.connect() as connection:
        assert repository.parents(connection)["knee"] == "magnets"


def test_a_text_published_while_it_is_being_replaced_stays(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "knee"))
    with content_engine.connect() as connection:
        seen = repository.stored_passages(connection, ["knee"])[KNEE]
    set_status(content_engine, Status.PUBLISHED)
    with content_engine.begin() as connection:
        assert not library._supersede(connection, seen, "starter")
        assert connection.execute(select(Audit.id).where(Audit.action == "supersede")).first() is None
    assert history(content_engine) == [("published", "A short text.")]


def test_the_order_of_a_page_follows_its_file(content_engine: Engine, tmp_path: Path) -> None:
    for order in (("overview", "uses"), ("uses", "overview")):
        load(content_engine, topic_file(tmp_path, "knee", "".join(f"## {name}\nText.\n" for name in order)))
        with content_engine.connect() as connection:
            views = shown(connection, unreviewed=True)
        assert [view.section for view in views] == list(order)


def test_a_changed_list_of_wordings_replaces_the_old_one(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "knee", aliases="old words, knee"))
    load(content_engine, topic_file(tmp_path, "knee", aliases="new words, knee"))
    assert set(names(content_engine)) == {"new words", "knee", "Title of knee"}


def test_a_changed_question_keeps_its_wording_up_to_date(content_engine: Engine, tmp_path: Path) -> None:
    for question in ("Can I eat?", "Can I EAT"):
        load(content_engine, topic_file(tmp_path, "knee", f"## faq: {question}\nYes.\n"))
    with content_engine.connect() as connection:
        (passage,) = repository.passage_texts(connection)
    assert (passage.id, passage.question) == ("knee.faq-can-i-eat.en", "Can I EAT")
    assert len(history(content_engine, passage.id)) == 2


def test_a_tampered_draft_does_not_stop_a_load(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "knee"))
    with content_engine.begin() as connection:
        connection.execute(update(Revision).values(text_hash="0" * 64))
    load(content_engine, topic_file(tmp_path, "knee"))
    assert [status for status, _ in history(content_engine)] == ["superseded", "draft"]


# --- the catalogue of topics that nobody has written about ---


def entry(topic_id: str, *aliases: str, parent: str | None = None) -> CatalogueTopic:
    return CatalogueTopic(
        id=topic_id,
        kind="exam",
        parent=parent,
        titles={"en": f"Name of {topic_id}", "es": f"Nombre de {topic_id}"},
        urls={"en": f"https://www.example.org/{topic_id}", "es": HOME_URL},
        aliases={"en": aliases, "es": ()},
        modality="xray",
        body_region="chest",
    )


KNOWN = {
    listed.id: listed
    for listed in (
        entry("chestrad", "cxr", "lung x-ray", parent="xray"),
        entry("bonerad", "bone x-ray", "LUNG X-RAY"),
    )
}


def test_every_topic_of_the_catalogue_is_known_by_name(content_engine: Engine) -> None:
    load(content_engine, known=KNOWN)
    with content_engine.connect() as connection:
        assert topics(connection, "es") == {
            "chestrad": repository.TopicView("chestrad", "exam", None, "Nombre de chestrad", HOME_URL),
            "bonerad": repository.TopicView("bonerad", "exam", None, "Nombre de bonerad", HOME_URL),
        }
        assert shown(connection, unreviewed=True) == []


def test_of_two_topics_of_the_catalogue_the_first_gets_a_wording(content_engine: Engine) -> None:
    load(content_engine, known=KNOWN)
    assert names(content_engine) == {
        "cxr": "chestrad",
        "lung x-ray": "chestrad",
        "Name of chestrad": "chestrad",
        "bone x-ray": "bonerad",
        "Name of bonerad": "bonerad",
    }


def test_a_topic_of_the_catalogue_leans_on_its_parent_once_that_is_written(
    content_engine: Engine, tmp_path: Path
) -> None:
    for files, parent in (([], None), ([topic_file(tmp_path, "xray")], "xray")):
        load(content_engine, *files, known=KNOWN)
        with content_engine.connect() as connection:
            assert repository.parents(connection)["chestrad"] == parent


def test_a_file_may_lean_on_a_topic_of_the_catalogue(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "ribs", parent="chestrad"), known=KNOWN)
    with content_engine.connect() as connection:
        assert repository.parents(connection)["ribs"] == "chestrad"


def test_a_wording_of_the_catalogue_gives_way_to_a_written_topic(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, known=KNOWN)
    load(content_engine, topic_file(tmp_path, "lungs", aliases="CXR"), known=KNOWN)
    owners = names(content_engine)
    assert owners["CXR"] == "lungs"
    assert "cxr" not in owners
    assert owners["lung x-ray"] == "chestrad"


def test_a_written_topic_keeps_the_wordings_of_the_catalogue(content_engine: Engine, tmp_path: Path) -> None:
    written = topic_file(tmp_path, "chestrad", title="Chest pictures", aliases="picture of my chest")
    load(content_engine, written, known=KNOWN)
    owners = names(content_engine)
    wordings = ("cxr", "lung x-ray", "Name of chestrad", "Chest pictures", "picture of my chest")
    assert [owners[wording] for wording in wordings] == ["chestrad"] * 5


def test_a_later_load_of_other_files_leaves_a_written_topic_as_its_file_has_it(
    content_engine: Engine, tmp_path: Path
) -> None:
    written = topic_file(
        tmp_path, "chestrad", title="Chest pictures", kind="screening", aliases="picture of my chest", parent="house"
    )
    load(content_engine, topic_file(tmp_path, "house"), written, known=KNOWN)
    before = everything(content_engine)
    load(content_engine, topic_file(tmp_path, "mine"), known=KNOWN)
    after = everything(content_engine)
    for table in ("topics", "topic_texts", "aliases"):
        assert [row for row in after[table] if "mine" not in row] == before[table]


def test_a_translation_may_be_loaded_later(content_engine: Engine, tmp_path: Path) -> None:
    load(content_engine, topic_file(tmp_path, "chestrad", title="Chest pictures", aliases="chests"), known=KNOWN)
    english = names(content_engine)
    load(content_engine, topic_file(tmp_path, "chestrad", language="es", title="Mi tórax"), known=KNOWN)
    with content_engine.connect() as connection:
        titles = [topics(connection, language)["chestrad"].title for language in LANGUAGES]
    assert titles == ["Chest pictures", "Mi tórax"]
    assert names(content_engine) == english
    assert set(names(content_engine, "es")) == {"Mi tórax", "Nombre de chestrad", "Nombre de bonerad"}


# --- the shipped library ---


def test_a_topic_of_the_shipped_catalogue_without_a_page_links_to_the_site() -> None:
    assert {entry.urls["es"] for entry in catalogue().values() if entry.id == "chestrad"} == {HOME_URL}
    assert all(url.startswith("https://") for entry in catalogue().values() for url in entry.urls.values())


# One database will do: that the longest words fit both is tested above, and the library is long.
@pytest.mark.parametrize("content_engine", ["sqlite"], indirect=True)
def test_the_starter_library_loads_whole_and_only_as_drafts(content_engine: Engine) -> None:
    files = library.topic_files([library.STARTER])
    report = library.load(content_engine, files)
    assert (report.topics, report.unchanged, report.retired) == (len(files), 0, 0)
    with content_engine.connect() as connection:
        rows = connection.execute(
            select(Revision.status, Revision.number, func.count()).group_by(Revision.status, Revision.number)
        )
        assert [tuple(row) for row in rows] == [("draft", 1, report.new_revisions)]
        assert shown(connection, unreviewed=False) == []
        for language in LANGUAGES:
            assert topics(connection, language).keys() >= catalogue().keys()


def test_the_starter_library_is_loaded_once(
    content_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "STARTER", tmp_path)
    monkeypatch.setattr(library, "catalogue", dict)
    topic_file(tmp_path, "elbow")
    first = library.load_starter(content_engine)
    assert first is not None
    assert first.topics == 1
    assert library.load_starter(content_engine) is None
    topic_file(tmp_path, "wrist")
    again = library.load_starter(content_engine)
    assert again is not None
    assert again.topics == 2
