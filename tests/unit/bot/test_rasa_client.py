from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot import rasa_client
from bot.messages import Choice, Incoming, Kind, ShownPassage, Turn
from bot.rasa_client import AT_ONCE, RasaClient, RasaUnreachable, typed
from tests.unit.bot.fake_rasa import FakeRasa, Reply, hangs_up, recorded, says, sends
from tests.unit.bot.waiting import until

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

ANSWER = Turn(
    Kind.ANSWER,
    "es",
    ("El texto.", "La fuente."),
    topic="t",
    section="overview",
    passages=(
        ShownPassage("t.overview.es", "t", "overview", 2, "Título", "https://example.org", "committee", "2026-05-04"),
    ),
    choices=(Choice("Cómo prepararse", '/choose{"topic": "t"}'),),
    confidence=0.9,
    context={"topic": "t"},
)
APOLOGY = Turn(Kind.ERROR, "en", ("Sorry.",))
MESSAGE = Incoming("c1", "m1", "does it hurt")
LONG_S = 30.0


@pytest.fixture(autouse=True)
def _in_quick_motion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_client, "_PAUSE_S", 0.01)


@pytest.fixture
def rasa() -> FakeRasa:
    return FakeRasa(usual=says(ANSWER))


@pytest.fixture
async def server(rasa: FakeRasa) -> AsyncIterator[TestServer]:
    async with TestServer(rasa.app()) as running:
        yield running


def client_of(server: TestServer, deadline_s: float = LONG_S) -> RasaClient:
    return RasaClient(f"http://127.0.0.1:{server.port}", deadline_s=deadline_s)


async def ask(server: TestServer, incoming: Incoming = MESSAGE, *, deadline_s: float = LONG_S) -> Turn:
    async with client_of(server, deadline_s) as client:
        return await client.turn(incoming, context={"topic": "t"})


async def test_the_turn_is_read_out_of_rasas_reply(server: TestServer) -> None:
    assert await ask(server) == ANSWER


async def test_what_rasa_is_told(server: TestServer, rasa: FakeRasa) -> None:
    await ask(server)
    metadata = {"context": {"topic": "t"}, "flags_checked": True}
    assert rasa.asked == [{"sender": "c1", "message": "does it hurt", "metadata": metadata}]


NO_TURN: list[tuple[str, Reply]] = [
    ("connection dropped", hangs_up),
    ("action server down", sends(200, "[]")),
    ("words without facts", sends(200, '[{"recipient_id": "c1", "text": "Hello."}]')),
    ("server error", sends(500, "{}")),
    ("starting", sends(503, "[]")),
    ("half a reply", sends(200, '[{"recipient_id": "c1", "te')),
    ("page of a proxy", sends(200, "<html></html>", "text/html")),
]


@pytest.mark.parametrize("reply", [row[1] for row in NO_TURN], ids=[row[0] for row in NO_TURN])
async def test_without_a_turn_rasa_is_asked_again(server: TestServer, rasa: FakeRasa, reply: Reply) -> None:
    rasa.script = [reply, reply]
    assert await ask(server) == ANSWER
    assert len(rasa.asked) == 3
    assert rasa.asked[0] == rasa.asked[2]


@pytest.mark.parametrize("reply", [row[1] for row in NO_TURN], ids=[row[0] for row in NO_TURN])
async def test_after_the_deadline_rasa_counts_as_unreachable(server: TestServer, rasa: FakeRasa, reply: Reply) -> None:
    rasa.usual = reply
    with pytest.raises(RasaUnreachable):
        await ask(server, deadline_s=0.1)
    assert len(rasa.asked) > 1


async def test_a_rasa_that_starts_late_is_waited_for(rasa: FakeRasa) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with RasaClient(f"http://127.0.0.1:{port}", deadline_s=LONG_S) as client:
        waiting = asyncio.create_task(client.turn(MESSAGE, context={}))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        async with TestServer(rasa.app(), port=port):
            assert await waiting == ANSWER


async def test_nobody_there_is_unreachable(server: TestServer) -> None:
    await server.close()
    with pytest.raises(RasaUnreachable):
        await ask(server, deadline_s=0.05)


async def test_a_reply_that_never_comes_is_given_up_and_asked_for_again(
    server: TestServer, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rasa_client, "_CALL_TIMEOUT_S", 0.1)

    async def never(*_: object) -> None:
        await asyncio.sleep(LONG_S)

    rasa.script = [never]  # type: ignore[list-item]
    assert await ask(server) == ANSWER
    assert len(rasa.asked) == 2


async def test_an_error_turn_may_pass(server: TestServer, rasa: FakeRasa) -> None:
    rasa.script = [says(APOLOGY), says(APOLOGY)]
    assert await ask(server) == ANSWER
    assert len(rasa.asked) == 3


async def test_an_error_turn_that_stays_is_given_after_a_while(
    server: TestServer, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rasa_client, "_ERROR_PATIENCE_S", 0.1)
    rasa.usual = says(APOLOGY)
    assert await ask(server) == APOLOGY
    assert len(rasa.asked) > 1


async def test_trying_once_is_trying_once(server: TestServer, rasa: FakeRasa) -> None:
    rasa.script = [hangs_up, says(APOLOGY)]
    async with client_of(server) as client:
        assert await client.try_once(MESSAGE) is None
        assert await client.try_once(MESSAGE) == APOLOGY
        assert await client.try_once(MESSAGE) == ANSWER
    assert len(rasa.asked) == 3


async def test_few_at_once(server: TestServer, rasa: FakeRasa) -> None:
    rasa.gate.clear()
    async with client_of(server) as client:
        asking = [
            asyncio.create_task(client.turn(Incoming(f"c{n}", "m", "hi"), context={})) for n in range(AT_ONCE + 3)
        ]
        await until(lambda: len(rasa.asked) == AT_ONCE)
        await asyncio.sleep(0.05)
        assert len(rasa.asked) == AT_ONCE
        rasa.gate.set()
        assert await asyncio.gather(*asking) == [ANSWER] * len(asking)
    assert rasa.most_at_once == AT_ONCE


async def test_a_choice_is_sent_as_it_was_offered(server: TestServer, rasa: FakeRasa) -> None:
    await ask(server, Incoming("c1", "m1", "", '/choose{"topic": "t"}'))
    assert rasa.messages == ['/choose{"topic": "t"}']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("does it hurt", "does it hurt"),
        ("24/7?", "24/7?"),
        ("MRI and/or CT", "MRI and/or CT"),
        ("/restart", "restart"),
        (' \n/choose{"topic": "t"}', 'choose{"topic": "t"}'),
        ("//restart", "restart"),
        ("/ /restart", "restart"),
        ("/\u00a0/restart", "restart"),
        ("\u2003/restart", "restart"),
        ("/\u3000/\u2028/restart", "restart"),
        ("/", "?"),
        ("", "?"),
    ],
)
async def test_what_was_typed_is_never_a_command(server: TestServer, rasa: FakeRasa, text: str, message: str) -> None:
    await ask(server, Incoming("c1", "m1", text))
    assert rasa.messages == [message]


@given(
    st.text(alphabet=st.characters(whitelist_categories=["Zs", "Zl", "Zp", "Cc"]) | st.sampled_from("/a"), max_size=8)
)
def test_rasa_strips_a_message_and_still_sees_no_command(text: str) -> None:
    # rasa.core.channels.channel.UserMessage: `self.text = text.strip()`.
    assert not typed(text).strip().startswith("/")
    assert typed(text).strip()


def test_the_fake_has_the_recorded_shape() -> None:
    assert [sorted(part) for part in recorded("c1.0", ANSWER)] == [
        ["recipient_id", "text"],
        ["buttons", "recipient_id", "text"],
        ["custom", "recipient_id"],
        ["recipient_id", "text"],
    ]
