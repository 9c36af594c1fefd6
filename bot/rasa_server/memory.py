"""What Rasa remembers of a conversation: its context alone, in memory, for the conversations that spoke last."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any, Final

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

MOST_CONVERSATIONS: Final = 2000
CONTEXT: Final = "context"


class ShortMemory(TrackerStore):
    """Keeps the slot `context` and forgets the turns, so that turn 200 costs what turn 2 costs (docs/adr/0003).

    No word of a patient outlasts its turn here. The conversation that has been silent longest goes first.
    """

    def __init__(self, domain: Domain, event_broker: EventBroker | None = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)
        super().__init__(domain, event_broker, **kwargs)
        self._contexts: OrderedDict[str, Any] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the context, and drop the oldest beyond the limit."""
        await self.stream_events(tracker)
        self._contexts[tracker.sender_id] = copy.deepcopy(tracker.get_slot(CONTEXT))
        self._contexts.move_to_end(tracker.sender_id)
        while len(self._contexts) > MOST_CONVERSATIONS:
            self._contexts.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A conversation at the beginning of a turn, with its context; None for one that is not known."""
        if sender_id not in self._contexts:
            return None
        context = copy.deepcopy(self._contexts[sender_id])
        events: list[Event] = [
            ActionExecuted(ACTION_SESSION_START_NAME),
            SessionStarted(),
            ActionExecuted(ACTION_LISTEN_NAME),
            *([SlotSet(CONTEXT, context)] if context is not None else []),
        ]
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots, domain=self.domain)

    async def retrieve_full_tracker(self, sender_id: str) -> DialogueStateTracker | None:
        """The same: there is no more."""
        return await self.retrieve(sender_id)

    async def keys(self) -> list[str]:
        """The conversations that are known."""
        return list(self._contexts)
