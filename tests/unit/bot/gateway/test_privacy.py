"""What a patient wrote is in the store, redacted, and nowhere else: not in a log, not in an error, not at another's."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.messages import Kind, Turn
from tests.unit.bot.fake_rasa import hangs_up, says, sends
from tests.unit.bot.gateway.conftest import Serve, Talk, Web
from tests.unit.bot.phone import PHONE, tells_the_number

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CANARY = "canaryword"
Act = Callable[[Web, Talk], Awaitable[Any]]


async def good(web: Web, talk: Talk) -> None:
    await talk.say("m1", f"does {CANARY} hurt? call {PHONE}")


async def danger(web: Web, talk: Talk) -> None:
    await talk.say("m1", f"I can't breathe, {CANARY}, {PHONE}")


async def rasa_away(web: Web, talk: Talk) -> None:
    web.rasa.usual = hangs_up
    await talk.say("m1", CANARY)


async def rasa_broken(web: Web, talk: Talk) -> None:
    web.rasa.usual = sends(200, json.dumps([{"custom": {"kind": CANARY}}]))
    await talk.say("m1", CANARY)


async def rasa_says_error(web: Web, talk: Talk) -> None:
    web.rasa.usual = says(Turn(Kind.ERROR, "en", (CANARY,)))
    await talk.say("m1", CANARY)


async def too_long(web: Web, talk: Talk) -> None:
    assert (await talk.post(client_id="m1", text=CANARY * 10_000)).status == 413


async def no_json(web: Web, talk: Talk) -> None:
    assert (await web.client.post(talk.path, data=CANARY, headers=talk.headers)).status == 400


async def bad_client_id(web: Web, talk: Talk) -> None:
    assert (await talk.post(client_id=f"{CANARY}\n", text=CANARY)).status == 400


async def unknown_choice(web: Web, talk: Talk) -> None:
    assert (await talk.post(client_id="m1", choice=CANARY)).status == 400


async def wrong_token(web: Web, talk: Talk) -> None:
    headers = {"Authorization": f"Bearer {CANARY}"}
    body = {"client_id": "m1", "text": CANARY}
    assert (await web.client.post(talk.path, json=body, headers=headers)).status == 403


async def wrong_address(web: Web, talk: Talk) -> None:
    assert (await web.client.post(f"/{CANARY}?{CANARY}", json={"text": CANARY})).status == 404


async def store_away(web: Web, talk: Talk) -> None:
    web.lose_store()
    assert (await talk.post(client_id="m1", text=CANARY)).status == 503


async def store_breaks_on_the_way(web: Web, talk: Talk) -> None:
    async def breaks(request: Any, body: dict[str, Any]) -> Any:
        web.lose_store()
        return await says(Turn(Kind.ANSWER, "en", (CANARY,)))(request, body)

    web.rasa.usual = breaks
    assert (await talk.post(client_id="m1", text=CANARY)).status == 503


ACTS: list[Act] = [
    *(good, danger, rasa_away, rasa_broken, rasa_says_error, too_long, no_json, bad_client_id, unknown_choice),
    *(wrong_token, wrong_address, store_away, store_breaks_on_the_way),
]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
async def test_no_log_holds_what_was_written(serve: Serve, caplog: pytest.LogCaptureFixture, act: Act) -> None:
    caplog.set_level(logging.DEBUG)
    async with serve(turn_deadline_s=0.1) as web:
        await act(web, await web.begin())
    written = logging.Formatter("%(name)s %(message)s")
    logged = "\n".join(written.format(record) for record in caplog.records if record.name != "aiohttp.access")
    assert logged
    assert CANARY not in logged
    assert not tells_the_number(logged)


@pytest.mark.parametrize("act", [good, danger], ids=lambda act: act.__name__)
async def test_details_that_tell_who_it_is_are_kept_nowhere(web: Web, act: Act) -> None:
    await act(web, await web.begin())
    tables = ("messages", "conversations", "cases", "turn_log")
    assert not tells_the_number(str([web.rows(table) for table in tables]))
    assert not tells_the_number(str(web.rasa.asked))


async def test_the_log_of_turns_and_the_cases_hold_no_words(web: Web) -> None:
    await good(web, await web.begin())
    await danger(web, await web.begin())
    assert CANARY not in str([web.rows(table) for table in ("turn_log", "cases", "conversations")])


@pytest.mark.parametrize("act", [too_long, no_json, bad_client_id, unknown_choice, wrong_token, wrong_address])
async def test_what_is_refused_is_not_kept(web: Web, act: Act) -> None:
    await act(web, await web.begin())
    assert web.rows() == []


async def test_an_error_does_not_say_back_what_was_sent(web: Web) -> None:
    talk = await web.begin()
    for body in (CANARY.encode(), json.dumps({"client_id": CANARY * 9, "text": CANARY}).encode()):
        response = await web.client.post(talk.path, data=body, headers=talk.headers)
        assert CANARY not in await response.text()
    assert CANARY not in await (await web.client.get(f"/{CANARY}")).text()


async def test_a_token_is_not_kept_in_the_clear(web: Web) -> None:
    talk = await web.begin()
    assert talk.token not in str(web.rows("conversations"))
