"""The composition root of the gateway: what it is made of, its addresses, and what happens at start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from aiohttp_sse import EventSourceResponse, sse_response
from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import Conversations
from bot.failures import describe
from bot.fixed_turns import emergency, failure, greeting
from bot.gateway import errors, requests
from bot.gateway.errors import ApiError
from bot.gateway.events import Listeners
from bot.messages import Incoming, Kind, Turn
from bot.notice import with_notice
from bot.rasa_client import RasaClient
from bot.safety import red_flags
from bot.settings import Settings
from bot.transcripts.store import Stored, Transcripts

log = logging.getLogger(__name__)

STATIC: Final = Path(__file__).parent / "static"
OPENAPI: Final = Path(__file__).parent / "openapi.yml"
READINESS_QUESTION: Final = "What is an MRI?"
_READY_FOR_S: Final = 5.0
_PURGE_EVERY_S: Final = 3600.0
# A browser that went away is noticed when nothing is sent to it.
_LOOK_EVERY_S: Final = 5.0
_CHANNEL: Final = "web"


class Gateway:
    """Serves one assistant."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="store")
        self._listeners = Listeners()
        self._ready: tuple[float, dict[str, str]] = (0.0, {})
        self._tasks: set[asyncio.Task[Any]] = set()
        self._streams: set[asyncio.Task[Any] | None] = set()
        self._index = ""

    def app(self) -> web.Application:
        """The aiohttp application."""
        app = web.Application(middlewares=[errors.as_json], client_max_size=requests.LONGEST_BODY)
        app.on_response_prepare.append(_safe_headers(self._settings))
        app.on_shutdown.append(self._end_streams)
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/openapi.yml", self.openapi),
                web.get("/static/{file}", self.static),
                web.post("/api/conversations", self.begin),
                web.post("/api/conversations/{conversation}/messages", self.message),
                web.get("/api/conversations/{conversation}/events", self.events),
                web.get("/healthz", self.health),
                web.get("/readyz", self.readiness),
            ]
        )
        app.cleanup_ctx.append(self._running)
        return app

    async def _running(self, _app: web.Application) -> AsyncIterator[None]:
        settings = self._settings
        self._index = (
            (STATIC / "index.html")
            .read_text(encoding="utf-8")
            .replace("{{site}}", html.escape(settings.site or "Radinfo", quote=True))
        )
        loop = asyncio.get_running_loop()
        # The rules take a second or two to read: better now than while a patient's first message waits to be stored.
        await loop.run_in_executor(self._threads, red_flags.rules)
        self._store = await loop.run_in_executor(self._threads, Transcripts.open, settings.transcripts_url)
        async with RasaClient(f"http://127.0.0.1:{settings.rasa_port}", deadline_s=settings.turn_deadline_s) as rasa:
            self._rasa = rasa
            self._conversations = Conversations(self._store, rasa, settings, self._threads)
            self._spawn(self._answer_what_was_left())
            self._spawn(self._forget())
            yield
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._store.close()
        self._threads.shutdown(wait=False)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- pages ---

    async def page(self, _request: web.Request) -> web.Response:
        """The chat page."""
        return web.Response(text=self._index, content_type="text/html")

    async def static(self, request: web.Request) -> web.FileResponse:
        """A file of the page."""
        path = STATIC / request.match_info["file"]
        if path not in STATIC.iterdir():
            raise web.HTTPNotFound
        return web.FileResponse(path)

    async def openapi(self, _request: web.Request) -> web.FileResponse:
        """The description of the API."""
        return web.FileResponse(OPENAPI, headers={"Content-Type": "application/yaml"})

    # --- the API ---

    async def begin(self, request: web.Request) -> web.Response:
        """Begin a conversation."""
        language = requests.language_of(await requests.body_of(request))
        conversation, token = await self._in_thread(self._store.new_conversation, _CHANNEL, language)
        turn = greeting(language, self._settings).as_api()
        return web.json_response({"conversation": conversation, "token": token, "turn": turn}, status=201)

    async def message(self, request: web.Request) -> web.Response:
        """Take a message and answer it."""
        token = requests.token_of(request)
        body = await requests.body_of(request)
        client_id = requests.client_id_of(body)
        text, choice = requests.said_in(body)
        incoming = Incoming(request.match_info["conversation"], client_id, text, choice)
        try:
            await self._check_token(incoming.conversation, token)
            if choice is not None and not await self._in_thread(self._store.offered, incoming.conversation, choice):
                raise ApiError(400, "unknown_choice", "This choice was not offered in this conversation.")
            # The turn goes on when the client goes away: its answer is then found by client id or as an event.
            turn = await asyncio.shield(self._spawn(self._conversations.turn(incoming)))
        except SQLAlchemyError as error:
            log.error("the transcript store does not answer: %s", describe(error))
            return self._without_store(incoming)
        return web.json_response({"turn": turn})

    def _without_store(self, incoming: Incoming) -> web.Response:
        """An emergency is answered even when nothing can be stored; anything else gets an apology, and a 503."""
        flag = red_flags.find(incoming.text)
        if flag is not None:
            return web.json_response({"turn": self._finished(emergency(flag, self._settings, {}))})
        turn = self._finished(failure("en", self._settings))
        return ApiError(
            503, "unavailable", "Something failed here. Please try again in a minute.", turn=turn
        ).response()

    def _finished(self, turn: Turn) -> dict[str, Any]:
        return turn.with_bubbles(with_notice(turn.bubbles, turn.language, site=self._settings.site)).as_api()

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Turns that come later, from now on, or from `Last-Event-ID` on."""
        conversation = request.match_info["conversation"]
        await self._check_token(conversation, requests.token_of(request))
        last_seen = request.headers.get("Last-Event-ID", "")
        queue = self._listeners.join(conversation)
        task = asyncio.current_task()
        self._streams.add(task)
        try:
            async with sse_response(request) as stream:
                with contextlib.suppress(ConnectionResetError):
                    if last_seen.isdecimal() and len(last_seen) < 16:
                        for stored in await self._in_thread(self._store.answered_after, conversation, int(last_seen)):
                            await _send(stream, stored.id, _event(stored, stored.turn or {}))
                    while stream.is_connected() and request.transport is not None:
                        with contextlib.suppress(asyncio.TimeoutError):
                            await _send(stream, *await asyncio.wait_for(queue.get(), _LOOK_EVERY_S))
                return stream
        finally:
            self._listeners.leave(conversation, queue)
            self._streams.discard(task)

    async def _end_streams(self, _app: web.Application) -> None:
        """A stop does not wait for the pages that are open."""
        for task in self._streams:
            if task is not None:
                task.cancel()

    async def _check_token(self, conversation: str, token: str) -> None:
        # PostgreSQL takes no NUL in a text, and no id has one.
        known = conversation.isalnum()
        fits = await self._in_thread(self._store.token_fits, conversation, token) if known else None
        if fits is None:
            raise ApiError(404, "unknown_conversation", "There is no such conversation.")
        if not fits:
            raise ApiError(403, "wrong_token", "The token is not the one of this conversation.")

    # --- health ---

    async def health(self, _request: web.Request) -> web.Response:
        """The process is there."""
        return web.json_response({"status": "ok"})

    async def readiness(self, _request: web.Request) -> web.Response:
        """A question is really answered: Rasa, the action server, the content and the store all work."""
        checked_at, parts = self._ready
        if time.monotonic() - checked_at > _READY_FOR_S or any(state != "ok" for state in parts.values()):
            parts = {"store": await self._store_state(), "answers": await self._answer_state()}
            self._ready = (time.monotonic(), parts)
        missing = [name for name, state in parts.items() if state != "ok"]
        return web.json_response({"missing": missing, "parts": parts}, status=503 if missing else 200)

    async def _store_state(self) -> str:
        try:
            await self._in_thread(self._store.ping)
        except SQLAlchemyError as error:
            return describe(error)
        return "ok"

    async def _answer_state(self) -> str:
        # A new conversation each time: a session of Rasa replays all of its turns, and this one would never end.
        probe = Incoming(f"readiness-{secrets.token_hex(8)}", "readiness", READINESS_QUESTION)
        turn = await self._rasa.try_once(probe)
        if turn is None:
            return "no reply"
        return "ok" if turn.kind is not Kind.ERROR else "error"

    # --- in the background ---

    async def _answer_what_was_left(self) -> None:
        """Messages that were stored before a crash are answered now, and told to whoever listens."""
        for stored in await self._in_thread(self._store.unanswered):
            self._spawn(self._answer_late(stored))

    async def _answer_late(self, stored: Stored) -> None:
        try:
            turn = await self._conversations.answer(stored, red_flags.find(stored.text))
            self._listeners.tell(stored.conversation_id, stored.id, _event(stored, turn))
        except Exception as error:
            log.error("a message from before the start could not be answered: %s", describe(error))

    async def _forget(self) -> None:
        while True:
            try:
                gone = await self._in_thread(self._store.forget_older_than, self._settings.retention_days)
                if gone:
                    log.info("%d conversations deleted after %d days", gone, self._settings.retention_days)
            except SQLAlchemyError as error:
                log.error("old conversations could not be deleted: %s", describe(error))
            await asyncio.sleep(_PURGE_EVERY_S)

    async def _in_thread(self, call: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)


def _event(stored: Stored, turn: dict[str, Any]) -> dict[str, Any]:
    return {"client_id": stored.client_id, "turn": turn}


async def _send(stream: EventSourceResponse, message_id: int, event: dict[str, Any]) -> None:
    await stream.send(json.dumps(event, ensure_ascii=False), event="turn", id=str(message_id))


def _safe_headers(settings: Settings) -> Any:
    framing = " ".join(["'self'", *settings.embed_origins.split()])
    headers = {
        "Content-Security-Policy": (
            f"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors {framing}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)
        if request.path.startswith("/api/"):
            response.headers["Cache-Control"] = "no-store"

    return add
