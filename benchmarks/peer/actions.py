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
from content_db import repository
from content_db.database import open_engine
from content_db.settings import ContentSettings

_MARKED = ("exam", "treatment", "condition")


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return open_engine(ContentSettings().content_url)


def _link(message: dict[str, Any]) -> dict[str, Any]:
    linked = []
    with _engine().connect() as connection:
        for entity in message.get("entities") or []:
            if entity["entity"] in _MARKED:
                owner = repository.alias_owner(connection, "en", str(entity["value"]))
                if owner is not None:
                    known = {"extractor": "TopicLinker", "value": owner, "kind": entity["entity"], "weight": 1}
                    linked.append({**entity, **known})
    return {**message, "entities": linked}


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
            tracker.latest_message = _link(tracker.latest_message)
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
