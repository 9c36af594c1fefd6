"""What the tests of `bot` share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bot.rasa_server import without_tensorflow


@pytest.fixture(scope="session")
def transcripts_postgres_url(postgres_url: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database beside that of the content, as the default settings have it."""
    beside = make_url(postgres_url)
    name = f"{beside.database}_bot"
    server = create_engine(beside, future=True, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield str(beside.set(database=name))
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def rasa_without_tensorflow() -> Iterator[None]:
    """Lets a test import Rasa in a second, and takes back what that changes for the rest of the process."""
    finders, modules = list(sys.meta_path), set(sys.modules)
    without_tensorflow.leave_out()
    yield
    if sys.meta_path != finders:
        sys.meta_path[:] = finders
        for name in set(sys.modules) - modules:
            if isinstance(sys.modules[name], without_tensorflow._AbsentModule):
                del sys.modules[name]
