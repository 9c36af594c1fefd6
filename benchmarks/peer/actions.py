"""Our actions for the peer: the topic is the alias that DIET marked, as it stands in the same database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.engine import Engine

from actions.answer import ActionAnswer
from actions.base import TurnAction
from actions.chitchat import ActionChitchat
from actions.handoff import ActionHandoff
from actions.out_of_scope import ActionOutOfScope
from actions.personal_advice import ActionPersonalAdvice
from actions.service import ActionService
from actions.unclear import ActionUnclear
from benchmarks.peers import MARKED
from content_db import repository
from content_db.database import open_engine
from content_db.sections import SECTIONS
from content_db.settings import ContentSettings


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return open_engine(ContentSettings().content_url)


def _link(message: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """The message as our actions read it: the first marked topic, or the one that was talked about, and the intent."""
    with _engine().connect() as connection:
        owners = [
            repository.alias_owner(connection, "en", str(entity["value"]))
            for entity in message.get("entities") or []
            if entity["entity"] in MARKED
        ]
    topic = next((owner for owner in owners if owner is not None), context.get("topic"))
    section = message["intent"]["name"]
    ranking: dict[str, Any] = {"language": "en", "topics": [], "passages": []}
    if topic is not None:
        ranking["topics"] = [[topic, 1.0]]
        ranking["passages"] = [["", topic, section if section in SECTIONS else "overview", 1.0]]
    return {**message, "entities": [], "ranking": ranking}


def _of_peer(action: type[TurnAction]) -> type[TurnAction]:
    class Linked(action):  # type: ignore[valid-type,misc]
        """The action, after linking."""

        def name(self) -> str:
            """The name of the action that this one stands for."""
            return action().name()

        def run(
            self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
        ) -> list[dict[str, Any]]:
            """Called by Rasa."""
            tracker.latest_message = _link(tracker.latest_message, tracker.slots.get("context") or {})
            return super().run(dispatcher, tracker, domain)  # type: ignore[no-any-return]

    return Linked


PEERS = [
    _of_peer(action)
    for action in (
        ActionAnswer,
        ActionChitchat,
        ActionHandoff,
        ActionOutOfScope,
        ActionPersonalAdvice,
        ActionService,
        ActionUnclear,
    )
]
