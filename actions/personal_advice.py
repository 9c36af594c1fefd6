"""Declines to read a result, to diagnose or to decide, and offers general text instead."""

from __future__ import annotations

from dataclasses import replace

from actions import reply
from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.messages import Kind, Turn
from content_db.answers import NeedsChoice, Question


class ActionPersonalAdvice(TurnAction):
    """Says kindly that only the patient's own doctor can tell."""

    def turn(self, heard: Heard, services: Services) -> Turn:
        """The fixed words, with general texts as buttons where the topic is known."""
        turn = reply.plain(Kind.PERSONAL_ADVICE, "personal_advice", heard)
        question = heard.question()
        if question is None or not question.topics:
            return turn
        topic = question.topics[0]
        outcome = services.answers.find(Question((topic,), None, heard.language))
        if not isinstance(outcome, NeedsChoice):
            return turn
        choices, offered = reply.offer(reply.general_texts(outcome, heard))
        context = {"language": heard.language, "topic": topic, "offered": offered}
        return replace(turn, choices=choices, context=context, topic=topic)
