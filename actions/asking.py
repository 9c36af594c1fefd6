"""Puts what was heard to the content database and makes the turn of the outcome. The one place where actions ask it."""

from __future__ import annotations

from typing import Final

from actions import reply
from actions.heard import Heard
from actions.services import Services
from bot.messages import Turn
from content_db.answers import MOST_CHOICES

# Offered when no exam was named: the pages that speak for a whole kind of exam.
MOST_ASKED: Final = ("bodyct", "bodymr", "xray", "genus", "mammo")


def answer(heard: Heard, services: Services) -> Turn:
    """The turn for a question about a topic."""
    question = heard.question()
    if question is None or not question.topics:
        likely = tuple(dict.fromkeys((*heard.candidates, *(() if len(heard.candidates) > 1 else MOST_ASKED))))
        topics = services.answers.topics(likely[:MOST_CHOICES], heard.language)
        return reply.which_topic(topics, heard, named=bool(heard.candidates))
    return reply.for_outcome(
        services.answers.find(question),
        heard,
        emergency_number=services.settings.emergency_number,
        contact=services.settings.contact,
    )
