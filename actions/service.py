"""Answers about the site itself with the address of the right page, and what a word means from the glossary."""

from __future__ import annotations

from typing import Final

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn
from content_db.answers import Found, Question
from content_db.importers.library import HOME_URL

_ABOUT: Final = "about"
_GLOSSARY: Final = "glossary"


class ActionService(TurnAction):
    """Finds the word or the service page that was named, else the page that says who runs the site."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """The word's meaning, or the page's name and address."""
        if heard.term is not None:
            outcome = services.answers.find(Question((_GLOSSARY,), None, heard.language, heard.term))
            if isinstance(outcome, Found):
                return reply.term(outcome, heard)
        pages = services.answers.topics(heard.services[:1] or (_ABOUT,), heard.language)
        if not pages:
            return reply.plain(Kind.SERVICE, "not_covered", heard, url=HOME_URL)
        page = pages[0]
        turn = reply.plain(Kind.SERVICE, "service", heard, title=page.title, url=page.source_url)
        return turn.about(page.id)
