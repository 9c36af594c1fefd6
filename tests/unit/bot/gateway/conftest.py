"""A real gateway on a real port, with a store of its own, before a server that plays Rasa."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientTimeout
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, AppRunner
from sqlalchemy import text

from bot.gateway.app import Gateway
from bot.settings import Settings
from bot.transcripts.store import Transcripts
from content_db.database import open_engine
from tests.unit.bot.fake_rasa import FakeRasa

WITHIN = ClientTimeout(total=30)


@dataclass(frozen=True)
class Talk:
    """One conversation, seen from the patient's browser."""

    web: Web
    id: str
    token: str
    greeting: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/api/conversations/{self.id}/messages"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def post(self, **body: Any) -> ClientResponse:
        return await self.web.client.post(self.path, json=body, headers=self.headers)

    async def say(self, client_id: str, words: str) -> dict[str, Any]:
        response = await self.post(client_id=client_id, text=words)
        assert response.status == 200, await response.text()
        turn: dict[str, Any] = (await response.json())["turn"]
        return turn

    async def listen(self, **headers: str) -> ClientResponse:
        return await self.web.client.get(
            f"/api/conversations/{self.id}/events", headers={**self.headers, **headers}, timeout=WITHIN
        )


@dataclass
class Web:
    """A running gateway and what stands around it."""

    client: TestClient[Any, Any]
    gateway: Gateway
    rasa: FakeRasa
    url: str

    async def begin(self, **body: Any) -> Talk:
        response = await self.client.post("/api/conversations", json=body)
        assert response.status == 201
        begun = await response.json()
        return Talk(self, begun["conversation"], begun["token"], begun["turn"])

    def rows(self, table: str = "messages") -> list[dict[str, Any]]:
        """What is stored, read past the gateway."""
        engine = open_engine(self.url)
        with engine.connect() as connection:
            found = [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
        engine.dispose()
        return found

    def lose_store(self) -> None:
        """From now on every question to the store fails."""
        engine = open_engine(self.url)
        with engine.begin() as connection:
            for table in ("messages", "cases", "conversations"):
                connection.execute(text(f"DROP TABLE {table}"))
        engine.dispose()


class Served(TestServer):
    """Serves as `python -m bot.gateway` does: no access log, and a handler goes on when its client goes away."""

    def __init__(self, app: Application, cancels: bool) -> None:
        super().__init__(app)
        self._cancels = cancels

    async def _make_runner(self, **options: Any) -> AppRunner:
        return AppRunner(self.app, **{**options, "access_log": None, "handler_cancellation": self._cancels})


async def next_event(response: ClientResponse) -> tuple[str, str, dict[str, Any]]:
    """(event, id, data) of the next server-sent event."""
    fields: dict[str, str] = {}
    while True:
        line = (await asyncio.wait_for(response.content.readline(), 20)).decode().rstrip("\r\n")
        if line.startswith(":"):
            continue
        if not line:
            if fields:
                return fields["event"], fields["id"], json.loads(fields["data"])
            continue
        name, _, value = line.partition(": ")
        fields[name] = value


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("transcripts") / "template.db"
    Transcripts.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store_url(empty_store: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_store, tmp_path / 'transcripts.db')}"


Serve = Callable[..., Any]


@pytest.fixture
def serve(store_url: str) -> Serve:
    """`async with serve(site="…") as web:` starts a gateway.

    With `cancels` a handler ends when its client goes away, as some servers and proxies have it.
    """

    @asynccontextmanager
    async def started(rasa: FakeRasa | None = None, cancels: bool = False, **settings: Any) -> AsyncIterator[Web]:
        played = rasa or FakeRasa()
        async with TestServer(played.app()) as rasa_server:
            given = {"transcripts_url": store_url, "turn_deadline_s": 20.0, "rasa_port": rasa_server.port, **settings}
            gateway = Gateway(Settings(**given))
            async with TestClient(Served(gateway.app(), cancels)) as client:
                yield Web(client, gateway, played, given["transcripts_url"])

    return started


@pytest.fixture
async def web(serve: Serve) -> AsyncIterator[Web]:
    async with serve() as running:
        yield running
