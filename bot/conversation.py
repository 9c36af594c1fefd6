"""One message, one turn: the order in which a message is looked at, and who answers it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final, TypeVar

from bot.failures import describe
from bot.fixed_turns import emergency, failure
from bot.messages import Incoming, Kind
from bot.notice import with_notice
from bot.rasa_client import RasaClient, RasaUnreachable
from bot.safety import red_flags
from bot.safety.redaction import redact
from bot.settings import Settings
from bot.transcripts.store import Stored, Transcripts

log = logging.getLogger(__name__)
T = TypeVar("T")

# Turns after which a person should look at the conversation.
_CASES: Final = {Kind.EMERGENCY: "emergency", Kind.HANDOFF: "handoff"}
MOST_WAITING: Final = 50


class TooManyWaiting(Exception):
    """The conversation has more unanswered messages than a person would write."""


class Conversations:
    """Answers messages, one at a time per conversation. The store's calls run in `threads`."""

    def __init__(self, store: Transcripts, rasa: RasaClient, settings: Settings, threads: Executor) -> None:
        self._store = store
        self._rasa = rasa
        self._settings = settings
        self._threads = threads
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    async def turn(self, incoming: Incoming) -> dict[str, Any]:
        """The turn for a message, in API form, stored. The same client id again gives the same turn.

        Raises TooManyWaiting, and SQLAlchemyError when the store does not answer.
        """
        flag = red_flags.find(incoming.text)
        kept = Incoming(incoming.conversation, incoming.client_id, redact(incoming.text), incoming.choice)
        stored = await self.in_thread(self._store.take_in, kept)
        return stored.turn or await self.answer(stored, flag)

    async def answer(self, stored: Stored, flag: red_flags.RedFlag | None) -> dict[str, Any]:
        """Answer a message that is in the store, once those before it in its conversation are answered."""
        if flag is not None:
            # Danger waits for nobody: neither for a slow Rasa nor behind other messages.
            return await self._answer_now(stored, flag)
        key = stored.conversation_id
        if self._waiting.get(key, 0) >= MOST_WAITING:
            raise TooManyWaiting
        self._waiting[key] = self._waiting.get(key, 0) + 1
        try:
            async with self._locks.setdefault(key, asyncio.Lock()):
                # The same message may have been sent twice, and answered between its storing and now.
                again = await self.in_thread(self._store.message, key, stored.client_id)
                if again is not None and again.turn is not None:
                    return again.turn
                return await self._answer_now(stored, flag)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]

    async def _answer_now(self, stored: Stored, flag: red_flags.RedFlag | None) -> dict[str, Any]:
        conversation = await self.in_thread(self._store.conversation, stored.conversation_id)
        language = str(conversation.context.get("language") or conversation.language)
        rasa_ms: float | None = None
        if flag is not None:
            turn = emergency(flag, self._settings, {})
        else:
            begun = time.perf_counter()
            try:
                turn = await self._rasa.turn(stored.incoming(), context=conversation.context)
            except RasaUnreachable:
                turn = failure(language, self._settings)
            except Exception as error:
                log.error("a turn failed: %s", describe(error))
                turn = failure(language, self._settings)
            if turn.kind is Kind.ERROR:
                # Rasa's own apology knows neither the language nor the context when its actions are down.
                turn = failure(language, self._settings)
            rasa_ms = (time.perf_counter() - begun) * 1000
        turn = turn.with_bubbles(with_notice(turn.bubbles, turn.language, site=self._settings.site))
        return await self.in_thread(
            lambda: self._store.answer(
                stored, turn, channel=conversation.channel, rasa_ms=rasa_ms, case=_CASES.get(turn.kind)
            )
        )

    async def in_thread(self, call: Callable[..., T], *arguments: Any) -> T:
        """Run a call of the store without holding up the others."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)
