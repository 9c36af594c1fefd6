"""Says what to do when the words of a message may mean danger though no rule was met: it only adds to the rules."""

from __future__ import annotations

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.fixed_turns import emergency
from bot.messages import Turn
from bot.safety.red_flags import RedFlag


class ActionEmergency(TurnAction):
    """The gateway opens the case when it sees the turn's kind."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """The general words for an emergency; which one it is, is not told apart here."""
        flag = RedFlag("likely_danger", "likely_danger", "emergency", heard.language)
        return emergency(flag, services.settings, reply.kept(heard))
