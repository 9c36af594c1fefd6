"""Answers a question about a topic, or asks back when the topic or the section is not clear."""

from __future__ import annotations

from typing import Final

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Turn

# Offered when no exam was named: the pages that speak for a whole kind of exam.
MOST_ASKED: Final = ("bodyct", "bodymr", "xray", "genus", "mammo")


class ActionAnswer(TurnAction):
    """For every intent that is a section, for follow-ups, choices and exams named without a question."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """Ask the content database and say what it found."""
        return answer(heard, services)


def answer(heard: Heard, services: Services) -> Turn:
    """The turn for a question about a topic."""
    question = heard.question()
    if question is None or not question.topics:
        return reply.which_topic(services.answers.topics(MOST_ASKED, heard.language), heard)
    return reply.for_outcome(
        services.answers.find(question),
        heard,
        emergency_number=services.settings.emergency_number,
        contact=services.settings.contact,
    )
