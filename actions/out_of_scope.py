"""Says what can be helped with when a message is about something else."""

from __future__ import annotations

from actions import reply
from actions.asking import answer
from actions.base import TurnAction
from actions.heard import SCOPE_SURE, Heard
from actions.services import Services
from bot.messages import Kind, Turn


class ActionOutOfScope(TurnAction):
    """An unsure guess gives way to an exam that is named."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """One fixed line, or a question back about the exam."""
        if heard.named and heard.confidence < SCOPE_SURE:
            return answer(heard, services)
        return reply.plain(Kind.OUT_OF_SCOPE, "out_of_scope", heard)
