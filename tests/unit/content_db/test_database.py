"""Opening a database and bringing its tables up to date."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from content_db import repository
from content_db.database import MIGRATIONS, migrate, open_engine
from content_db.models import Base
from tests.unit.content_db.shelf import add_draft, add_topic, publish

PASSAGE = "kneemr.preparation.en"


def test_migrating_again_is_harmless(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        add_topic(connection, "kneemr")
        publish(connection, add_draft(connection, PASSAGE))
        version, audit = repository.version(connection), repository.audit_rows(connection, f"{PASSAGE}#1")
    for _ in range(2):
        migrate(content_engine)
    with content_engine.connect() as connection:
        assert repository.published_revision_id(connection, PASSAGE) is not None
        assert repository.version(connection) == version
        assert repository.audit_rows(connection, f"{PASSAGE}#1") == audit


def test_the_migrations_make_the_tables_of_the_models(content_engine: Engine) -> None:
    with content_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": "content_version"}
        )
        assert compare_metadata(context, Base.metadata) == []
    assert set(inspect(content_engine).get_table_names()) == {*Base.metadata.tables, "content_version"}


def test_other_tables_can_share_the_database(content_engine: Engine, tmp_path: Path) -> None:
    # The folder has a sign that a settings file would read as its own.
    other = tmp_path / "100% other"
    shutil.copytree(MIGRATIONS, other, ignore=shutil.ignore_patterns("__pycache__", "0001*"))
    (other / "versions").mkdir(exist_ok=True)
    (other / "versions" / "0001_other.py").write_text(
        "from alembic import op\n"
        "revision, down_revision = '0001', None\n"
        "def upgrade():\n    op.execute('CREATE TABLE other (id INTEGER)')\n"
    )
    try:
        for _ in range(2):
            migrate(content_engine, other, "other_version")
        assert {"other", "other_version", "content_version", "topics"} <= set(inspect(content_engine).get_table_names())
    finally:
        with content_engine.begin() as connection:
            for table in ("other", "other_version"):
                connection.execute(text(f"DROP TABLE IF EXISTS {table}"))


def test_a_failed_migration_is_told(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'content.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE audit (id INTEGER)"))
    with pytest.raises(DBAPIError, match="table audit already exists"):
        migrate(engine)
    engine.dispose()


def test_the_folder_of_a_file_is_made(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'deep' / 'er' / 'content.db'}")
    migrate(engine)
    assert (tmp_path / "deep" / "er" / "content.db").exists()
    engine.dispose()


def test_opening_does_not_connect(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'content.db'}").dispose()
    open_engine("postgresql://nobody@127.0.0.1:1/nothing").dispose()
    assert not (tmp_path / "content.db").exists()


def test_in_sqlite_readers_and_a_writer_do_not_wait_for_each_other(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'content.db'}")
    migrate(engine)
    with engine.connect() as reader:
        reader.execute(text("BEGIN"))
        assert repository.version(reader) == 0
        with engine.begin() as writer:
            repository.raise_version(writer)
        assert repository.version(reader) == 0
    with engine.connect() as reader:
        assert repository.version(reader) == 1
    engine.dispose()


def test_a_database_in_memory_can_be_used() -> None:
    engine = open_engine("sqlite:///:memory:")
    with engine.begin() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    engine.dispose()
