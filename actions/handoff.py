"""Notes that a person is wanted and says what happens next."""

from __future__ import annotations

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Turn


class ActionHandoff(TurnAction):
    """The gateway opens the case when it sees the turn's kind."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """The fixed words, with how to reach a person where that is set."""
        return reply.handoff(heard, "handoff", services.settings.contact)
