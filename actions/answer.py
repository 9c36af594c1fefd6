"""Answers a question about a topic, or asks back when the topic or the section is not clear."""

from __future__ import annotations

from actions.asking import answer
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Turn


class ActionAnswer(TurnAction):
    """For every intent that is a section, for follow-ups, choices and exams named without a question."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """Ask the content database and say what it found."""
        return answer(heard, services)
