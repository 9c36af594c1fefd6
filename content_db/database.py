"""Opens the content database and brings its tables up to date. Nothing is opened on import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.pool import QueuePool

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_WAIT_S = 10


def open_engine(url: str) -> Engine:
    """An engine for SQLite or PostgreSQL; the folder of a SQLite file is made when it is missing."""
    address = make_url(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, future=True, pool_pre_ping=True)
    if _is_file(address.database):
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        address,
        future=True,
        # SQLAlchemy 1.4 would open the file anew for every transaction. A database in memory is its one connection.
        **({"poolclass": QueuePool} if _is_file(address.database) else {}),
        connect_args={"timeout": _LOCK_WAIT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _set_sqlite_up)
    return engine


def _is_file(database: str | None) -> bool:
    return bool(database) and database != ":memory:"


def _set_sqlite_up(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # With a write-ahead log nothing is lost when a process dies; a power cut may take the last moment, never the file.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def migrate(engine: Engine, migrations: Path = MIGRATIONS, version_table: str = "content_version") -> None:
    """Bring the tables of a `migrations` folder to the newest version. Safe to call at every start.

    Folders keep their place in a `version_table` each, so that they can share one database.
    """
    # Only a start migrates: the processes that answer do without Alembic.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["version_table"] = version_table
        command.upgrade(config, "head")
