"""Keeps something that is built from the content database in step with it, within `EVERY_S` of a change."""

from __future__ import annotations

import ctypes
import gc
import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.failures import describe
from content_db import repository

EVERY_S: Final = 0.5
log = logging.getLogger(__name__)
T = TypeVar("T")


def _give_back_memory() -> None:
    """What building needed for a moment goes back to the system, where the C library can do that (glibc)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class ContentWatch(Generic[T]):
    """Holds what `build` makes of the database and makes it anew when the content's version has grown.

    While the database does not answer, the last good one stays in use; before the first, `empty`.
    """

    def __init__(self, engine: Engine, build: Callable[[Connection], T], empty: T) -> None:
        self._engine = engine
        self._build = build
        self._current = empty
        self._version: int | None = None
        self._stop = threading.Event()

    def start(self) -> None:
        """Build now, then look for changes in a thread of its own."""
        self.refresh()
        threading.Thread(target=self._run, name="content-watch", daemon=True).start()

    def current(self) -> T:
        """What was built last."""
        return self._current

    def refresh(self) -> None:
        """Look once, and build if the content has changed."""
        try:
            with self._engine.connect() as connection:
                version = repository.version(connection)
                if version == self._version:
                    return
                begun = time.perf_counter()
                self._current = self._build(connection)
                self._version = version
                _give_back_memory()
                log.info("content version %d taken over in %.2f s", version, time.perf_counter() - begun)
        except SQLAlchemyError as error:
            log.warning("the content database does not answer: %s", type(error).__name__)
        except Exception as error:
            # Content that cannot be built from must not end the watch: the next change may mend it.
            log.error("the content could not be taken over: %s", describe(error))

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self.refresh()
