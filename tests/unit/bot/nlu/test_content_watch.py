from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from bot.nlu import content_watch
from bot.nlu.content_watch import ContentWatch
from content_db import repository
from content_db.database import open_engine

Ids = list[str]


def topic_ids(connection: Connection) -> Ids:
    return sorted(repository.parents(connection))


def change(engine: Engine, topic_id: str) -> None:
    with engine.begin() as connection:
        repository.save_topics(connection, [repository.TopicRow(topic_id, "exam", None, "", "")])
        repository.raise_version(connection)


@contextmanager
def away(engine: Engine) -> Iterator[None]:
    """The database answers nothing but errors."""
    rename = "ALTER TABLE {} RENAME TO {}"
    with engine.begin() as connection:
        connection.execute(text(rename.format("content_state", "gone")))
    yield
    with engine.begin() as connection:
        connection.execute(text(rename.format("gone", "content_state")))


def test_before_the_first_look_there_is_nothing(content_engine: Engine) -> None:
    assert ContentWatch(content_engine, topic_ids, ["empty"]).current() == ["empty"]


def test_a_change_is_seen(content_engine: Engine) -> None:
    watch: ContentWatch[Ids] = ContentWatch(content_engine, topic_ids, [])
    change(content_engine, "one")
    watch.refresh()
    assert watch.current() == ["one"]
    change(content_engine, "two")
    assert watch.current() == ["one"]
    watch.refresh()
    assert watch.current() == ["one", "two"]


def test_without_a_change_nothing_is_built_again(content_engine: Engine) -> None:
    watch: ContentWatch[object] = ContentWatch(content_engine, lambda _: object(), None)
    watch.refresh()
    first = watch.current()
    watch.refresh()
    assert watch.current() is first
    change(content_engine, "one")
    watch.refresh()
    assert watch.current() is not first


def test_while_the_database_is_away_the_last_stays(content_engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    watch: ContentWatch[Ids] = ContentWatch(content_engine, topic_ids, [])
    change(content_engine, "one")
    watch.refresh()
    with away(content_engine):
        watch.refresh()
        assert watch.current() == ["one"]
    assert "does not answer" in caplog.text
    change(content_engine, "two")
    watch.refresh()
    assert watch.current() == ["one", "two"]


def test_a_database_that_is_away_at_the_start_is_taken_over_when_it_comes(content_engine: Engine) -> None:
    watch: ContentWatch[Ids] = ContentWatch(content_engine, topic_ids, ["empty"])
    change(content_engine, "one")
    with away(content_engine):
        watch.refresh()
        assert watch.current() == ["empty"]
    watch.refresh()
    assert watch.current() == ["one"]


def test_no_database_at_all(tmp_path: Path) -> None:
    watch: ContentWatch[Ids] = ContentWatch(open_engine(f"sqlite:///{tmp_path}"), topic_ids, ["empty"])
    watch.refresh()
    assert watch.current() == ["empty"]


def test_content_that_cannot_be_built_from_leaves_the_last(
    content_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    def build(connection: Connection) -> Ids:
        ids = topic_ids(connection)
        if "broken" in ids:
            raise ValueError("my canary words")
        return ids

    watch: ContentWatch[Ids] = ContentWatch(content_engine, build, [])
    change(content_engine, "one")
    watch.refresh()
    change(content_engine, "broken")
    watch.refresh()
    assert watch.current() == ["one"]
    assert "ValueError" in caplog.text
    assert "canary" not in caplog.text


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[ContentWatch[Ids]], None]]:
    monkeypatch.setattr(content_watch, "EVERY_S", 0.02)
    started: list[ContentWatch[Ids]] = []

    def start(watch: ContentWatch[Ids]) -> None:
        started.append(watch)
        watch.start()

    yield start
    for watch in started:
        watch._stop.set()
    for thread in threading.enumerate():
        if thread.name == "content-watch":
            thread.join(timeout=10)


def test_once_started_it_looks_by_itself_even_after_a_failure(
    content_engine: Engine, quick: Callable[[ContentWatch[Ids]], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    seen, failed = threading.Event(), threading.Event()

    def build(connection: Connection) -> Ids:
        ids = topic_ids(connection)
        if ids == ["broken"]:
            failed.set()
            raise KeyError("broken")
        if "two" in ids:
            seen.set()
        return ids

    watch: ContentWatch[Ids] = ContentWatch(content_engine, build, ["empty"])
    quick(watch)
    assert watch.current() == []
    change(content_engine, "broken")
    assert failed.wait(10)
    change(content_engine, "two")
    assert seen.wait(10)
