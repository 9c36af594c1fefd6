"""The only caller of Rasa: one message in, one turn out, with patience while Rasa is being restarted."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any, Final

import aiohttp

from bot.messages import FLAGS_CHECKED, Incoming, Kind, Turn

# More turns at once only make each wait for the others: Rasa computes on one core (docs/adr/0004).
AT_ONCE: Final = 2
_CALL_TIMEOUT_S: Final = 15.0
_PAUSE_S: Final = 0.25
# An error turn may only mean that the action server is being restarted.
_ERROR_PATIENCE_S: Final = 6.0
_LEADING: Final = re.compile(r"\A[\s/]+")


class RasaUnreachable(Exception):
    """Rasa gave no turn before the deadline."""


class RasaClient:
    """Talks to Rasa's REST channel on loopback."""

    def __init__(self, url: str, *, deadline_s: float) -> None:
        self._url = f"{url}/webhooks/rest/webhook"
        self._deadline_s = deadline_s
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> RasaClient:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_CALL_TIMEOUT_S))
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def turn(self, incoming: Incoming, *, context: dict[str, Any]) -> Turn:
        """The turn for a message. Asking again is safe: actions change nothing. Raises RasaUnreachable."""
        message = _message(incoming, context)
        begun = time.monotonic()
        while True:
            turn = await self._ask(message)
            waited = time.monotonic() - begun
            if turn is not None and (turn.kind is not Kind.ERROR or waited > _ERROR_PATIENCE_S):
                return turn
            if waited > self._deadline_s:
                raise RasaUnreachable
            await asyncio.sleep(_PAUSE_S)

    async def try_once(self, incoming: Incoming) -> Turn | None:
        """The turn if Rasa gives one right now."""
        return await self._ask(_message(incoming, {}))

    async def _ask(self, message: dict[str, Any]) -> Turn | None:
        assert self._session is not None, "used outside 'async with'"
        async with self._at_once:
            try:
                async with self._session.post(self._url, json=message) as response:
                    said = await response.json() if response.status == 200 else []
            except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
                return None
        for part in said:
            if "custom" in part:
                return Turn.from_custom(part["custom"])
        return None


def _message(incoming: Incoming, context: dict[str, Any]) -> dict[str, Any]:
    return {
        "sender": incoming.conversation,
        "message": incoming.choice or typed(incoming.text),
        # What must be remembered travels with each message; red flags were looked for in the words as they came.
        "metadata": {"context": context, FLAGS_CHECKED: True},
    }


def typed(text: str) -> str:
    """What was typed, so that Rasa takes it for words: Rasa strips any kind of space, and then a '/' is a command."""
    return _LEADING.sub("", text) or "?"
