"""Says what can be helped with when a message is about something else, or in a language that is not offered."""

from __future__ import annotations

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn
from bot.words import LANGUAGES, say


class ActionOutOfScope(TurnAction):
    """Whether a message is in scope has been decided before."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """One fixed line; in every language that is offered to a reader of another one."""
        turn = reply.plain(Kind.OUT_OF_SCOPE, "out_of_scope", heard)
        if heard.foreign:
            return turn.with_bubbles(tuple(say("out_of_scope", language) for language in LANGUAGES))
        return turn
