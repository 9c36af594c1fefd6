"""Answers when the question was not understood: asks back, and the second time in a row calls a person."""

from __future__ import annotations

from dataclasses import replace

from actions import reply
from actions.asking import answer
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn


class ActionUnclear(TurnAction):
    """For messages under the threshold, and whenever no rule fits."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """What is known of the topic still helps: a particular question, or a choice of its sections."""
        if heard.named or heard.candidates:
            return answer(heard, services)
        if heard.context.get("unclear"):
            return reply.handoff(heard, "not_understood_twice", services.settings.contact)
        turn = reply.plain(Kind.CLARIFY, "not_understood", heard)
        return replace(turn, context={**turn.context, "unclear": True})
