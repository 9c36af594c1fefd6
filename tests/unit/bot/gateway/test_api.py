from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot.messages import Choice, Kind, Turn
from bot.notice import is_notice, notice
from bot.rasa_client import AT_ONCE
from bot.words import say
from tests.unit.bot.fake_rasa import hangs_up, says
from tests.unit.bot.gateway.conftest import Serve, Web
from tests.unit.bot.waiting import until

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

DANGER = "I can't breathe and my lips are blue"


def words(turn: dict[str, Any]) -> list[str]:
    return [bubble["text"] for bubble in turn["bubbles"]]


def ends_with_one_notice(turn: dict[str, Any]) -> bool:
    return [is_notice(text) for text in words(turn)] == [False] * (len(turn["bubbles"]) - 1) + [True]


# --- conversations ---


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("", "en"),
        ("  ", "en"),
        ("{}", "en"),
        ('{"language": "en"}', "en"),
        ('{"language": "es"}', "es"),
        ('{"language": "fr"}', "en"),
    ],
)
async def test_a_conversation_begins_with_a_greeting(web: Web, body: str, language: str) -> None:
    response = await web.client.post("/api/conversations", data=body)
    begun = await response.json()
    assert response.status == 201
    assert set(begun) == {"conversation", "token", "turn"}
    assert words(begun["turn"]) == [say("greeting", language), notice(language)]
    assert (begun["turn"]["answer"]["kind"], begun["turn"]["answer"]["language"]) == ("chitchat", language)
    assert len(web.rows("conversations")) == 1


async def test_two_conversations_are_two(web: Web) -> None:
    one, two = await web.begin(), await web.begin()
    assert one.id != two.id
    assert one.token != two.token


# --- messages ---


async def test_a_message_gets_its_turn(web: Web) -> None:
    talk = await web.begin(language="es")
    turn = await talk.say("m1", "¿duele una resonancia?")
    assert words(turn) == ["You said: ¿duele una resonancia?", notice("es")]
    assert turn["answer"]["kind"] == "chitchat"
    assert [row["text"] for row in web.rows()] == ["¿duele una resonancia?"]


async def test_the_site_is_named_in_every_turn(serve: Serve) -> None:
    async with serve(site="Clínica Norte") as web:
        talk = await web.begin()
        for turn in (talk.greeting, await talk.say("m1", "hello"), await talk.say("m2", DANGER)):
            assert words(turn)[-1].startswith("Clínica Norte ")
            assert ends_with_one_notice(turn)


async def test_the_same_client_id_gets_the_same_turn(web: Web) -> None:
    talk = await web.begin()
    first = await talk.say("m1", "hello")
    assert await talk.say("m1", "hello") == first
    assert await talk.say("m1", "other words") == first
    assert web.rasa.messages == ["hello"]


async def test_twenty_at_once_are_twenty_turns_and_their_repeats_none(web: Web) -> None:
    talk = await web.begin()
    sent = [talk.say(f"m{number % 20}", f"message {number % 20}") for number in range(40)]
    turns = await asyncio.gather(*sent)
    assert [words(turn)[0] for turn in turns] == [f"You said: message {number % 20}" for number in range(40)]
    assert sorted(web.rasa.messages) == sorted(f"message {number}" for number in range(20))
    assert web.rasa.most_at_once == 1
    assert len(web.rows()) == 20


async def test_patients_do_not_wait_for_each_other(web: Web) -> None:
    talks = [await web.begin() for _ in range(20)]
    web.rasa.gate.clear()
    sent = [asyncio.create_task(talk.say("m1", f"I am {number}")) for number, talk in enumerate(talks)]
    await until(lambda: len(web.rasa.asked) == AT_ONCE)
    web.rasa.gate.set()
    turns = await asyncio.gather(*sent)
    assert [words(turn)[0] for turn in turns] == [f"You said: I am {number}" for number in range(20)]


async def test_a_button_that_was_shown_can_be_pressed(web: Web) -> None:
    talk, value = await web.begin(), '/choose{"topic": "kneemr", "section": "risks"}'
    web.rasa.script = [says(Turn(Kind.CLARIFY, "en", ("Which?",), choices=(Choice("Risks", value),)))]
    turn = await talk.say("m1", "knee mri")
    assert turn["choices"] == [{"title": "Risks", "value": value}] == turn["answer"]["choices"]
    response = await talk.post(client_id="m2", choice=value)
    assert response.status == 200
    assert web.rasa.messages == ["knee mri", value]


async def test_the_context_goes_from_turn_to_turn_and_never_to_the_browser(web: Web) -> None:
    talk = await web.begin()
    turns = [await talk.say(f"m{number}", "hello") for number in range(3)]
    assert [asked["metadata"]["context"].get("count", 0) for asked in web.rasa.asked] == [0, 1, 2]
    assert "context" not in json.dumps(turns)


@pytest.mark.parametrize("cancels", [False, True])
async def test_a_turn_goes_on_when_the_browser_goes_away(serve: Serve, cancels: bool) -> None:
    async with serve(cancels=cancels) as web:
        talk = await web.begin()
        web.rasa.gate.clear()
        waiting = asyncio.create_task(talk.say("m1", "hello"))
        await until(lambda: web.rasa.asked)
        waiting.cancel()
        await asyncio.wait([waiting])
        web.rasa.gate.set()
        assert words(await talk.say("m1", "hello"))[0] == "You said: hello"
        assert web.rasa.messages == ["hello"]


# --- failures behind ---


async def test_danger_needs_no_rasa(web: Web) -> None:
    talk = await web.begin()
    turn = await talk.say("m1", DANGER)
    assert turn["answer"]["kind"] == "emergency"
    assert "911" in words(turn)[0]
    assert ends_with_one_notice(turn)
    assert web.rasa.asked == []
    assert [row["reason"] for row in web.rows("cases")] == ["emergency"]


async def test_a_rasa_that_is_away_gives_an_apology_that_is_kept(serve: Serve) -> None:
    async with serve(turn_deadline_s=0.1, emergency_number="112") as web:
        talk = await web.begin()
        web.rasa.usual = hangs_up
        turn = await talk.say("m1", "hello")
        assert words(turn) == [say("error", "en", emergency_number="112"), notice("en")]
        assert turn["answer"]["kind"] == "error"
        asked = len(web.rasa.asked)
        assert await talk.say("m1", "hello") == turn
        assert len(web.rasa.asked) == asked


async def test_without_a_store_there_is_an_apology_with_the_notice(web: Web) -> None:
    talk = await web.begin()
    web.lose_store()
    response = await talk.post(client_id="m1", text="hello")
    body = await response.json()
    assert response.status == 503
    assert body["error"]["code"] == "unavailable"
    assert body["turn"]["answer"]["kind"] == "error"
    assert ends_with_one_notice(body["turn"])
    assert web.rasa.asked == []


async def test_without_a_store_danger_still_gets_its_turn(web: Web) -> None:
    talk = await web.begin()
    web.lose_store()
    turn = await talk.say("m1", DANGER)
    assert turn["answer"]["kind"] == "emergency"
    assert ends_with_one_notice(turn)


@pytest.mark.parametrize("path", ["/api/conversations", "/api/conversations/{id}/events"])
async def test_without_a_store_nothing_else_works_and_it_is_told_so(
    web: Web, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    talk = await web.begin()
    web.lose_store()
    method = "GET" if "events" in path else "POST"
    response = await web.client.request(method, path.format(id=talk.id), headers=talk.headers)
    assert response.status == 503
    assert (await response.json())["error"]["code"] == "unavailable"
    assert "OperationalError at" in caplog.text
    assert "SELECT" not in caplog.text


# --- health ---


async def test_health_is_that_the_process_is_there(web: Web) -> None:
    web.lose_store()
    response = await web.client.get("/healthz")
    assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_readiness_is_that_a_question_is_answered(web: Web) -> None:
    response = await web.client.get("/readyz")
    assert (response.status, await response.json()) == (200, {"missing": [], "parts": {"store": "ok", "answers": "ok"}})
    assert web.rasa.messages == ["What is an MRI?"]
    assert web.rows() == []


async def test_readiness_is_not_asked_of_rasa_each_time_but_a_failure_is(web: Web) -> None:
    for _ in range(3):
        await web.client.get("/readyz")
    assert len(web.rasa.asked) == 1


@pytest.mark.parametrize(
    ("reply", "state"), [(hangs_up, "no reply"), (says(Turn(Kind.ERROR, "en", ("Sorry.",))), "error")]
)
async def test_what_is_missing_is_named_until_it_is_back(web: Web, reply: Any, state: str) -> None:
    web.rasa.script = [reply]
    response = await web.client.get("/readyz")
    body = await response.json()
    assert (response.status, body) == (503, {"missing": ["answers"], "parts": {"store": "ok", "answers": state}})
    assert (await web.client.get("/readyz")).status == 200


async def test_a_lost_store_is_named(serve: Serve, tmp_path: Any) -> None:
    async with serve() as web:
        web.gateway._store.close()
        path = tmp_path / "transcripts.db"
        path.unlink()
        path.mkdir()
        body = await (await web.client.get("/readyz")).json()
        assert body["missing"] == ["store"]


async def test_every_probe_is_a_conversation_of_its_own(serve: Serve) -> None:
    # A Rasa session replays all of its turns: one session for all probes would grow until nothing else was done.
    async with serve() as web:
        web.rasa.script = [hangs_up] * 3
        for _ in range(4):
            await web.client.get("/readyz")
        senders = [asked["sender"] for asked in web.rasa.asked]
        assert len(set(senders)) == len(senders) == 4
