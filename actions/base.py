"""The frame of every action: read what was heard, make one turn, and end in a reply even when something fails."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import reply
from actions.asking import answer
from actions.heard import Heard
from actions.services import Services, services
from bot.failures import describe
from bot.messages import Choice, Kind, Turn
from bot.settings import Settings

log = logging.getLogger(__name__)


class TurnAction(Action, ABC):
    """An action that says one turn. Subclasses give `turn`; a class name ActionXyz makes the name `action_xyz`."""

    def name(self) -> str:
        """The name in domain.yml, from the class name."""
        plain = type(self).__name__
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in plain).lstrip("_")

    def turn_for(self, heard: Heard, services: Services) -> Turn:
        """The reply to a message: a choice typed out instead of pressed counts before what Rasa took the words for.

        After two turns in a row that could not answer, a person is asked to.
        """
        turn = answer(heard, services) if heard.chosen else self.turn(heard, services)
        unanswered = turn.kind in (Kind.NOT_COVERED, Kind.OUT_OF_SCOPE) or (
            turn.kind is Kind.CLARIFY and bool(turn.context.get(reply.UNANSWERED))
        )
        if not unanswered:
            return turn
        if heard.context.get(reply.UNANSWERED):
            return reply.handoff(heard, "not_understood_twice", services.settings.contact)
        return replace(turn, context={**turn.context, reply.UNANSWERED: True})

    @abstractmethod
    def turn(self, heard: Heard, services: Services) -> Turn:
        """The reply to what this action is for."""

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Called by Rasa. Whatever happens, a turn is said; the log gets the kind of failure, never the message."""
        context: dict[str, Any] = tracker.slots.get("context") or {}
        try:
            heard = Heard.from_tracker(tracker.latest_message, context)
            turn = self.turn_for(heard, services())
        except Exception as failure:
            log.error("%s failed: %s", self.name(), describe(failure))
            turn = reply.error(context.get("language", "en"), context, emergency_number=Settings().emergency_number)
        say(dispatcher, turn)
        return [SlotSet("context", dict(turn.context))]


def say(dispatcher: CollectingDispatcher, turn: Turn) -> None:
    """Send a turn through Rasa: its words as messages, the buttons under the last, the facts beside them."""
    *first, last = turn.bubbles
    for bubble in first:
        dispatcher.utter_message(text=bubble)
    dispatcher.utter_message(text=last, buttons=[_button(choice) for choice in turn.choices] or None)
    dispatcher.utter_message(json_message=turn.as_custom())


def _button(choice: Choice) -> dict[str, str]:
    return {"title": choice.title, "payload": choice.value}
