"""Rasa's tracker store: what was said stays in memory, for the latest conversations only, and never on disk."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Final

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

MOST_CONVERSATIONS: Final = 2000


class ShortMemory(InMemoryTrackerStore):
    """Forgets the conversation that has been silent longest. What must outlast a restart is in the gateway's store."""

    def __init__(self, domain: Domain, event_broker: EventBroker | None = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)
        super().__init__(domain, event_broker, **kwargs)
        self.store: OrderedDict[str, str] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker, and drop the oldest beyond the limit."""
        await super().save(tracker)
        self.store.move_to_end(tracker.sender_id)
        while len(self.store) > MOST_CONVERSATIONS:
            self.store.popitem(last=False)
