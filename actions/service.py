"""Answers about the site itself with the address of the right page."""

from __future__ import annotations

from typing import Final

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn
from content_db.importers.library import HOME_URL

_ABOUT: Final = "about"


class ActionService(TurnAction):
    """Finds the service page that was named, else the one that says who runs the site."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """The page's name and address."""
        named = tuple(named.topic_id for named in heard.named if named.kind == "service")
        pages = services.answers.topics(named[:1] or (_ABOUT,), heard.language)
        if not pages:
            return reply.plain(Kind.SERVICE, "not_covered", heard, url=HOME_URL)
        page = pages[0]
        turn = reply.plain(Kind.SERVICE, "service", heard, title=page.title, url=page.source_url)
        return turn.about(page.id)
