"""Puts what was heard to the content database and makes the turn of the outcome. The one place where actions ask it."""

from __future__ import annotations

from typing import Final

from actions import reply
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn
from content_db.answers import MOST_CHOICES

# Offered when no exam was named: the pages that speak for a whole kind of exam.
MOST_ASKED: Final = ("bodyct", "bodymr", "xray", "genus", "mammo")


def answer(heard: Heard, services: Services) -> Turn:
    """The turn for a question about a topic."""
    question = heard.question()
    if question is None or not question.topics:
        likely = heard.likely_topics()
        offered = tuple(dict.fromkeys((*likely, *(() if len(likely) > 1 else MOST_ASKED))))
        topics = services.answers.topics(offered[:MOST_CHOICES], heard.language)
        guessed = not heard.names_topic and not heard.candidates
        return reply.which_topic(topics, heard, named=len(likely) > 1, guessed=guessed)
    turn = reply.for_outcome(
        services.answers.find(question),
        heard,
        emergency_number=services.settings.emergency_number,
        contact=services.settings.contact,
    )
    second = answer(heard.second, services) if heard.second is not None and turn.kind is Kind.ANSWER else None
    return reply.both(turn, second) if second is not None else turn
