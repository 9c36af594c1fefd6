"""The composition root of the actions: what actions work with is built here, once, on first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from bot.settings import Settings
from content_db.answers import Answers
from content_db.database import open_engine
from content_db.settings import ContentSettings


@dataclass(frozen=True)
class Services:
    """What an action may ask."""

    answers: Answers
    settings: Settings


@lru_cache(maxsize=1)
def services() -> Services:
    """The services of this process."""
    content = ContentSettings()
    return Services(
        answers=Answers(open_engine(content.content_url), unreviewed=content.shows_unreviewed), settings=Settings()
    )
