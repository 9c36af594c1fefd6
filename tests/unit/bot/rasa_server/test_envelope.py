"""What leaves Rasa, whatever happened inside: Rasa's own channel collects it, and what is inside is played."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from bot.messages import Kind, Turn
from bot.notice import is_notice, notice
from bot.safety import red_flags
from bot.words import say

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")

CANARY = "canary-7421"
DANGER = "I can't breathe and my lips are blue"
Inside = Callable[[Any, Any], Awaitable[Any]]
ANSWER = Turn(Kind.ANSWER, "es", ("Primero.\n\nSegundo.", "La fuente."), context={"topic": "kneemr"})


class Agent:
    """Stands for Rasa's agent, of which the envelope needs the names of the intents."""

    domain = SimpleNamespace(intents=["choose", "handoff"])


@pytest.fixture
def put_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Inside], None]]:
    """Puts the envelope around what is given, and takes everything back afterwards."""
    import rasa.core.agent
    import rasa.shared.utils.common
    import structlog
    from rasa.core.actions.action import RemoteAction
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.runner.dask import DaskGraphRunner

    from bot.rasa_server import envelope

    configured = structlog.get_config()
    # Set to what they are, so that they are set back.
    monkeypatch.setattr(UserMessage, "__init__", UserMessage.__init__)
    monkeypatch.setattr(RemoteAction, "_validate_action_result", RemoteAction._validate_action_result)
    monkeypatch.setattr(RemoteAction, "run", RemoteAction.run)
    monkeypatch.setattr(DaskGraphRunner, "run", DaskGraphRunner.run)
    monkeypatch.setattr(rasa.shared.utils.common, "all_subclasses", rasa.shared.utils.common.all_subclasses)

    def put(inside: Inside) -> None:
        monkeypatch.setattr(rasa.core.agent.Agent, "handle_message", inside)
        envelope.put_on()

    yield put
    structlog.configure(**configured)


def message(text: Any, channel: Any = "collecting", sender: str = "c1") -> Any:
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    return UserMessage(text, CollectingOutputChannel() if channel == "collecting" else channel, sender)


async def handle(sent: Any) -> Any:
    from rasa.core.agent import Agent as RasaAgent

    return await RasaAgent.handle_message(Agent(), sent)


async def heard(text: Any) -> list[dict[str, Any]]:
    """What Rasa's REST channel gives back for a message."""
    sent = message(text)
    channel = sent.output_channel
    await handle(sent)
    assert {part["recipient_id"] for part in channel.messages} == {"c1"}
    return [{name: value for name, value in part.items() if name != "recipient_id"} for part in channel.messages]


def texts(parts: list[dict[str, Any]]) -> list[str]:
    return [part["text"] for part in parts if "text" in part]


def says(*responses: dict[str, Any]) -> Inside:
    """An inside that says these through the message's channel, as Rasa does with what an action dispatched."""

    async def inside(_agent: Any, sent: Any) -> Any:
        for response in responses:
            await sent.output_channel.send_response(sent.sender_id, dict(response))
        return [{"the": "result"}]

    return inside


async def raises(_agent: Any, sent: Any) -> Any:
    raise ValueError(f"about {sent.text}")


async def says_half(_agent: Any, sent: Any) -> Any:
    await sent.output_channel.send_response(sent.sender_id, {"text": "Half."})
    raise KeyError(sent.text)


SPANISH = {"custom": ANSWER.as_custom()}
APOLOGY = {language: say("error", language, emergency_number="911") for language in ("en", "es")}

ROWS: list[tuple[str, Inside, list[str]]] = [
    ("one text", says({"text": "Hello."}), ["Hello.", notice("en")]),
    ("two texts", says({"text": "One."}, {"text": "Two."}), ["One.", "Two.", notice("en")]),
    (
        "a text with buttons",
        says({"text": "Which?", "buttons": [{"title": "a", "payload": "/b"}]}),
        ["Which?", notice("en")],
    ),
    ("a turn in Spanish", says({"text": "Primero."}, SPANISH), ["Primero.", notice("es")]),
    ("paragraphs", says({"text": "One.\n\nTwo."}), ["One.", "Two.", notice("en")]),
    ("nothing", says(), [APOLOGY["en"], notice("en")]),
    ("facts without words", says(SPANISH), [APOLOGY["es"], notice("es")]),
    ("an empty text", says({"text": ""}), [APOLOGY["en"], notice("en")]),
    ("facts that are none", says({"text": "Hello.", "custom": None}), ["Hello.", notice("en")]),
    ("an exception", raises, [APOLOGY["en"], notice("en")]),
    ("an exception after a text", says_half, ["Half.", notice("en")]),
]


@pytest.mark.parametrize(("inside", "said"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_every_turn_has_words_and_ends_with_one_notice(
    put_on: Callable[[Inside], None], caplog: pytest.LogCaptureFixture, inside: Inside, said: list[str]
) -> None:
    put_on(inside)
    parts = await heard(CANARY)
    assert [text for text in texts(parts) if text] == said
    assert [is_notice(text) for text in texts(parts)][-1:] == [True]
    assert sum(is_notice(text) for text in texts(parts)) == 1
    assert CANARY not in caplog.text


@pytest.mark.parametrize("inside", [says(), raises, says(SPANISH)])
async def test_an_apology_carries_its_facts(put_on: Callable[[Inside], None], inside: Inside) -> None:
    put_on(inside)
    facts = [part["custom"] for part in await heard("hello") if "custom" in part]
    assert Turn.from_custom(facts[-1]).kind is Kind.ERROR


@pytest.mark.parametrize("text", [None, "", "/", "/restart", '/choose{"topic": "kneemr"}', 5, ["hello"], {}, "😀"])
async def test_whatever_is_sent_is_answered(put_on: Callable[[Inside], None], text: Any) -> None:
    put_on(says())
    assert texts(await heard(text)) == [APOLOGY["en"], notice("en")]


@pytest.mark.parametrize(
    ("text", "passed_on"),
    [
        ("hello", "hello"),
        ("/restart", "/restart"),
        ("/session_start", "/session_start"),
        ("/handoff", "/handoff"),
        ('/choose{"topic": "kneemr"}', '/choose{"topic": "kneemr"}'),
        ('/choose{"topic":', 'choose{"topic":'),
        ("/choose{topic}", "choose{topic}"),
        ("/ask_price", "ask_price"),
        ("/does it hurt", "does it hurt"),
        ("//restart", "restart"),
        ("and/or", "and/or"),
        (5, ""),
        (None, ""),
    ],
)
async def test_a_slash_is_a_command_only_before_an_intent(
    put_on: Callable[[Inside], None], text: Any, passed_on: str
) -> None:
    seen = []

    async def inside(_agent: Any, sent: Any) -> None:
        seen.append(sent.text)

    put_on(inside)
    await heard(text)
    assert seen == [passed_on]


@pytest.mark.parametrize(
    ("text", "language"), [(DANGER, "en"), ("no puedo respirar", "es"), (f"/{DANGER}", "en"), (f"/ {DANGER}", "en")]
)
async def test_danger_is_answered_before_rasa_looks_at_it(
    put_on: Callable[[Inside], None], text: str, language: str
) -> None:
    async def never(_agent: Any, _sent: Any) -> Any:
        raise AssertionError("Rasa was asked")

    put_on(never)
    parts = await heard(text)
    flag = red_flags.find(text)
    assert flag is not None
    assert "".join(texts(parts)) == "".join([*red_flags.reply(flag, language).split("\n\n"), notice(language)])
    assert [part["custom"]["kind"] for part in parts if "custom" in part] == ["emergency"]


async def test_the_settings_are_those_of_the_process(
    put_on: Callable[[Inside], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RADINFO_SITE", "Clinic")
    monkeypatch.setenv("RADINFO_EMERGENCY_NUMBER", "112")
    put_on(says())
    assert texts(await heard("hello")) == [say("error", "en", emergency_number="112"), notice("en", site="Clinic")]


async def test_the_turn_can_be_read_by_the_gateway(put_on: Callable[[Inside], None]) -> None:
    put_on(says(*({"text": bubble} for bubble in ANSWER.bubbles), SPANISH))
    (facts,) = [part["custom"] for part in await heard("hello") if "custom" in part]
    assert Turn.from_custom(facts) == ANSWER


async def test_buttons_and_results_pass_through(put_on: Callable[[Inside], None]) -> None:
    buttons = [{"title": "Risks", "payload": "/choose{}"}]
    put_on(says({"text": "Which?", "buttons": buttons}))
    assert (await heard("hello"))[0] == {"text": "Which?", "buttons": buttons}
    assert await handle(message("hello")) == [{"the": "result"}]


async def test_without_a_channel_nothing_is_added(put_on: Callable[[Inside], None]) -> None:
    async def inside(_agent: Any, _sent: Any) -> Any:
        return ["as it was"]

    put_on(inside)
    sent = message("hello")
    sent.output_channel = None
    assert await handle(sent) == ["as it was"]


async def test_what_else_a_channel_can_do_is_still_there(put_on: Callable[[Inside], None]) -> None:
    seen = []

    async def inside(_agent: Any, sent: Any) -> None:
        seen.append((sent.output_channel.name(), sent.output_channel.latest_output()))
        await sent.output_channel.send_response(sent.sender_id, {"text": "Hello."})

    put_on(inside)
    await heard("hello")
    assert seen == [("collector", None)]


async def test_turns_at_the_same_time_do_not_mix(put_on: Callable[[Inside], None]) -> None:
    async def inside(_agent: Any, sent: Any) -> None:
        await asyncio.sleep(0.01 if sent.text == "slow" else 0)
        custom = Turn(Kind.ANSWER, "es" if sent.text == "slow" else "en", ()).as_custom()
        await sent.output_channel.send_response(sent.sender_id, {"text": sent.text, "custom": custom})

    put_on(inside)
    slow, quick = await asyncio.gather(heard("slow"), heard("quick"))
    assert (texts(slow), texts(quick)) == (["slow", notice("es")], ["quick", notice("en")])


async def test_it_is_put_on_once(put_on: Callable[[Inside], None]) -> None:
    from bot.rasa_server import envelope

    put_on(says({"text": "Hello."}))
    envelope.put_on()
    assert texts(await heard("hello")) == ["Hello.", notice("en")]


def test_rasas_logs_lose_the_patients_words(
    put_on: Callable[[Inside], None], capsys: pytest.CaptureFixture[str]
) -> None:
    import structlog

    put_on(says())
    structlog.get_logger().error("rest.message.failed", text=CANARY, message=CANARY, rasa_events=[CANARY], kept="kept")
    written = "".join(capsys.readouterr())
    assert "rest.message.failed" in written
    assert "kept" in written
    assert CANARY not in written


def test_rasa_puts_it_on_by_the_name_in_endpoints(put_on: Callable[[Inside], None]) -> None:
    import yaml
    from rasa.core.agent import Agent as RasaAgent
    from rasa.core.nlg.generator import NaturalLanguageGenerator
    from rasa.shared.core.domain import Domain
    from rasa.utils.endpoints import EndpointConfig

    from bot.rasa_server.envelope import EnvelopeNlg
    from bot.settings import PROJECT

    put_on(says())
    endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text(encoding="utf-8"))
    domain = Domain.from_dict({"responses": {"utter_default": [{"text": "What?"}]}})
    made = NaturalLanguageGenerator.create(EndpointConfig(**endpoints["nlg"]), domain)
    assert isinstance(made, EnvelopeNlg)
    assert made.responses == domain.responses
    assert RasaAgent.handle_message.is_enveloped


def test_the_log_of_a_failure_names_its_kind_and_place(
    put_on: Callable[[Inside], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    put_on(raises)
    asyncio.run(heard("hello"))
    assert "a turn failed: ValueError at test_envelope.py:" in caplog.text
