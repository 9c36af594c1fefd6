"""The same assistant with both databases on PostgreSQL."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.journeys.client import assert_ends_with_notice, start

SERVER = os.environ.get("RADINFO_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
PORT = 18680


@pytest.fixture
def database() -> Iterator[str]:
    name = f"radinfo_{secrets.token_hex(6)}"
    server = create_engine(f"{SERVER}/postgres", isolation_level="AUTOCOMMIT", future=True)
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except Exception as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(f"no PostgreSQL: {type(error).__name__}")
    yield f"{SERVER}/{name}"
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.mark.services
def test_answers_from_postgres(model: Path, tmp_path: Path, database: str) -> None:
    assistant = start(tmp_path, PORT, content_url=database, transcripts_url=database)
    try:
        assistant.until_ready()
        patient = assistant.patient()
        first = patient.ask("can I eat before my abdominal CT?", "1")
        assert [p["id"] for p in first["answer"]["passages"]] == ["abdominct.preparation.en"]
        assert_ends_with_notice(first)
        assert patient.ask("and how long does it take?")["answer"]["topic"] == "abdominct"
        engine = create_engine(database, future=True)
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        engine.dispose()
        assert patient.ask("does it hurt?")["answer"]["topic"] == "abdominct", "cut connections are opened again"
        assert patient.ask("can I eat before my abdominal CT?", "1") == first
    finally:
        assistant.stop()
