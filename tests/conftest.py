"""Databases for tests: what asks for `content_engine` runs on SQLite and on PostgreSQL.

Each run makes a PostgreSQL database of its own and drops it. Without a PostgreSQL on this machine those tests are
skipped, or fail when REQUIRE_SERVICES=1.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, delete, text, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from content_db.database import migrate, open_engine
from content_db.models import Base, ContentState

# A machine that is busy with other tests is no fault of the code.
settings.register_profile("unhurried", settings(deadline=None))
settings.load_profile("unhurried")

POSTGRES = "postgresql://postgres@127.0.0.1:5432"
# The row of a database fixture that needs the service.
ON_POSTGRES = pytest.param("postgresql", marks=[pytest.mark.services, pytest.mark.allow_hosts(["127.0.0.1"])])


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of an empty PostgreSQL database that lives as long as the test run."""
    server = create_engine(
        f"{POSTGRES}/postgres", future=True, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    name = f"radinfo_test_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError as error:
        reason = f"no PostgreSQL at 127.0.0.1:5432 ({type(error.orig).__name__})"
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    yield f"{POSTGRES}/{name}"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def _postgres_content(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def _sqlite_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all tables and no content, to be copied."""
    path = tmp_path_factory.mktemp("content") / "template.db"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


def _empty(engine: Engine) -> None:
    with engine.begin() as connection:
        # The audit log cannot be emptied with its triggers on.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Base.metadata.sorted_tables:
            if table is not ContentState.__table__:
                connection.execute(delete(table))
        connection.execute(update(ContentState).values(version=0))


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def content_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A content database with all its tables and nothing in them."""
    if request.param == "postgresql":
        engine = request.getfixturevalue("_postgres_content")
        _empty(engine)
        yield engine
        return
    path = shutil.copy(request.getfixturevalue("_sqlite_content"), tmp_path / "content.db")
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
