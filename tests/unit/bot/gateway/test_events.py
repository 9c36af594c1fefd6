from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
from aiohttp import ClientPayloadError

from bot.gateway import app as gateway_app
from bot.gateway.events import MOST_BEHIND, Listeners
from bot.messages import Incoming
from bot.notice import is_notice
from bot.transcripts.store import Transcripts
from tests.unit.bot.fake_rasa import FakeRasa
from tests.unit.bot.gateway.conftest import Serve, Talk, Web, next_event
from tests.unit.bot.waiting import until

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

DANGER = "I can't breathe and my lips are blue"


def left_behind(url: str, *texts: str) -> tuple[str, str]:
    """A conversation whose messages were stored and not answered, as a crash leaves it; its id and token."""
    store = Transcripts.open(url)
    conversation, token = store.new_conversation("web", "en")
    for number, text in enumerate(texts, start=1):
        store.take_in(Incoming(conversation, f"m{number}", text))
    store.close()
    return conversation, token


def said(event: tuple[str, str, dict[str, Any]]) -> tuple[str, str]:
    """The client id of an event's message and the first words of its turn."""
    return event[2]["client_id"], event[2]["turn"]["bubbles"][0]["text"]


async def test_what_a_crash_left_behind_is_answered_and_told(serve: Serve, store_url: str) -> None:
    rasa = FakeRasa()
    rasa.gate.clear()
    conversation, token = left_behind(store_url, "does it hurt?", "and how long?")
    async with serve(rasa) as web:
        talk = Talk(web, conversation, token, {})
        async with await talk.listen() as stream:
            assert (stream.status, stream.content_type) == (200, "text/event-stream")
            rasa.gate.set()
            one, two = await next_event(stream), await next_event(stream)
        assert [said(one), said(two)] == [("m1", "You said: does it hurt?"), ("m2", "You said: and how long?")]
        assert one[0] == "turn"
        assert set(one[2]) == {"client_id", "turn"}
        assert is_notice(one[2]["turn"]["bubbles"][-1]["text"])
        # And under its client id, should the browser send it again.
        assert await talk.say("m1", "does it hurt?") == one[2]["turn"]
        assert rasa.messages == ["does it hurt?", "and how long?"]


async def test_danger_that_a_crash_left_behind_is_still_danger(serve: Serve, store_url: str) -> None:
    conversation, token = left_behind(store_url, DANGER)
    async with serve() as web:
        turn = await Talk(web, conversation, token, {}).say("m1", DANGER)
        assert turn["answer"]["kind"] == "emergency"
        assert web.rasa.asked == []


async def test_one_that_cannot_be_answered_does_not_keep_the_others_waiting(
    serve: Serve, store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    for text in ("canary one", "canary two"):
        left_behind(store_url, text)
    async with serve(turn_deadline_s=0.1) as web:
        await until(lambda: all(row["turn"] for row in web.rows()))
    assert "canary" not in caplog.text


async def test_turns_after_the_last_one_seen_come_first(web: Web) -> None:
    talk = await web.begin()
    for number in range(1, 4):
        await talk.say(f"m{number}", f"message {number}")
    ids = [row["id"] for row in web.rows()]
    async with await talk.listen(**{"Last-Event-ID": str(ids[0])}) as stream:
        events = [await next_event(stream), await next_event(stream)]
    assert [said(event) for event in events] == [("m2", "You said: message 2"), ("m3", "You said: message 3")]
    assert [int(event[1]) for event in events] == ids[1:]


@pytest.mark.parametrize("last", ["", "x", "-1", "1.5", "²", "9" * 16, "9" * 5000, "1; DROP TABLE messages"])
async def test_a_last_event_that_is_none_is_passed_over(web: Web, last: str) -> None:
    talk = await web.begin()
    await talk.say("m1", "hello")
    async with await talk.listen(**{"Last-Event-ID": last}) as stream:
        assert stream.status == 200
        web.gateway._listeners.tell(talk.id, 7, {"client_id": "later", "turn": {}})
        assert (await next_event(stream))[1] == "7"


async def test_events_go_to_their_own_conversation_and_to_all_who_listen(web: Web) -> None:
    mine, theirs = await web.begin(), await web.begin()
    async with await mine.listen() as one, await mine.listen() as two, await theirs.listen() as other:
        for number, talk in enumerate((mine, theirs)):
            web.gateway._listeners.tell(talk.id, number, {"client_id": talk.id, "turn": {}})
        for stream, talk in ((one, mine), (two, mine), (other, theirs)):
            assert (await next_event(stream))[2]["client_id"] == talk.id


async def test_a_line_end_in_a_turn_does_not_end_the_event(web: Web) -> None:
    talk, words = await web.begin(), "one\n\ntwo\r\nthree\u2028four ñ"
    async with await talk.listen() as stream:
        web.gateway._listeners.tell(talk.id, 1, {"client_id": "m", "turn": {"bubbles": [{"text": words}]}})
        assert said(await next_event(stream)) == ("m", words)


async def test_a_browser_that_goes_away_is_forgotten(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_app, "_LOOK_EVERY_S", 0.05)
    talk = await web.begin()
    streams = [await talk.listen() for _ in range(3)]
    assert len(web.gateway._listeners._queues[talk.id]) == 3
    for stream in streams:
        stream.close()
    await until(lambda: not web.gateway._listeners._queues)
    assert web.gateway._streams == set()


async def test_a_stop_does_not_wait_for_open_pages(serve: Serve) -> None:
    async with serve() as web:
        stream = await (await web.begin()).listen()
        await web.client.app.shutdown()
        with contextlib.suppress(ClientPayloadError):
            assert await asyncio.wait_for(stream.content.read(), 20) == b""


# --- who listens ---


def test_nobody_listens() -> None:
    Listeners().tell("c", 1, {})


async def test_who_leaves_hears_no_more() -> None:
    listeners = Listeners()
    stays, leaves = listeners.join("c"), listeners.join("c")
    listeners.leave("c", leaves)
    listeners.tell("c", 1, {"turn": {}})
    assert (stays.qsize(), leaves.qsize()) == (1, 0)
    listeners.leave("c", stays)
    assert not listeners._queues


async def test_who_is_far_behind_misses_the_newest_and_keeps_nobody_waiting() -> None:
    listeners = Listeners()
    queue = listeners.join("c")
    for number in range(MOST_BEHIND + 5):
        listeners.tell("c", number, {})
    assert [queue.get_nowait()[0] for _ in range(queue.qsize())] == list(range(MOST_BEHIND))
