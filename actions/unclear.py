"""Answers when nothing was understood: offers what is asked most."""

from __future__ import annotations

from actions.asking import answer
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Turn


class ActionUnclear(TurnAction):
    """For a message without a word, and whenever no rule fits."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """A question back, with choices."""
        return answer(heard, services)
