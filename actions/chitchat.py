"""Greets, thanks, says goodbye, and says that it is a program when asked."""

from __future__ import annotations

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn


class ActionChitchat(TurnAction):
    """The intents are named chitchat_<key of the words>."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """One fixed line."""
        return reply.plain(Kind.CHITCHAT, heard.intent.removeprefix("chitchat_"), heard)
