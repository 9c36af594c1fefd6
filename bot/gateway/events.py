"""Turns that come later, as server-sent events: who listens to which conversation."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Final

MOST_BEHIND: Final = 100


class Listeners:
    """Hands a later turn to everyone who listens to its conversation."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[tuple[int, dict[str, Any]]]]] = defaultdict(set)

    def join(self, conversation: str) -> asyncio.Queue[tuple[int, dict[str, Any]]]:
        """Begin to listen; each item is (message id, event)."""
        queue: asyncio.Queue[tuple[int, dict[str, Any]]] = asyncio.Queue(MOST_BEHIND)
        self._queues[conversation].add(queue)
        return queue

    def leave(self, conversation: str, queue: asyncio.Queue[tuple[int, dict[str, Any]]]) -> None:
        """Stop listening."""
        self._queues[conversation].discard(queue)
        if not self._queues[conversation]:
            del self._queues[conversation]

    def tell(self, conversation: str, message_id: int, event: dict[str, Any]) -> None:
        """Hand on an event. One who is too far behind misses it and finds it by `Last-Event-ID`."""
        for queue in self._queues.get(conversation, ()):
            if not queue.full():
                queue.put_nowait((message_id, event))
