"""A server that plays Rasa: answers on its REST channel in the shape that was recorded from the real one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.messages import Kind, Turn
from bot.notice import notice

Reply = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


def recorded(sender: str, turn: Turn) -> list[dict[str, Any]]:
    """Rasa's reply for a turn: each bubble, the buttons under the last, the facts, the notice."""
    parts: list[dict[str, Any]] = [{"recipient_id": sender, "text": bubble} for bubble in turn.bubbles]
    if turn.choices:
        parts[-1]["buttons"] = [{"title": choice.title, "payload": choice.value} for choice in turn.choices]
    custom = {"recipient_id": sender, "custom": turn.as_custom()}
    return [*parts, custom, {"recipient_id": sender, "text": notice(turn.language)}]


def says(turn: Turn) -> Reply:
    """Answers with this turn."""

    async def reply(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(recorded(body["sender"], turn))

    return reply


def sends(status: int, body: str, content_type: str = "application/json") -> Reply:
    """Answers with this, whatever was asked."""

    async def reply(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=status, text=body, content_type=content_type)

    return reply


async def hangs_up(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    """Drops the connection in the middle of a turn, as a Rasa that is killed does."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def echoes(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Says the message back, and counts the turns of the conversation in the context."""
    context = body["metadata"]["context"]
    turn = Turn(
        Kind.CHITCHAT,
        context.get("language", "en"),
        (f"You said: {body['message']}",),
        context={**context, "count": context.get("count", 0) + 1},
    )
    return web.json_response(recorded(body["sender"], turn))


class FakeRasa:
    """Plays `script` once, reply by reply, then goes on with `usual`. Notes what it was asked."""

    def __init__(self, usual: Reply = echoes) -> None:
        self.usual = usual
        self.script: list[Reply] = []
        self.asked: list[dict[str, Any]] = []
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self._now = 0

    @property
    def messages(self) -> list[str]:
        """What was said to it, in order."""
        return [body["message"] for body in self.asked]

    def app(self) -> web.Application:
        app = web.Application(client_max_size=2**22)
        app.add_routes([web.post("/webhooks/rest/webhook", self._handle)])
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        reply = self.script.pop(0) if self.script else self.usual
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        try:
            await self.gate.wait()
            return await reply(request, body)
        finally:
            self._now -= 1
