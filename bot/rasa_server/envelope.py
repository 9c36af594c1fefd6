"""Sees every turn of Rasa from outside: adds the notice at the end, and a reply where Rasa would say nothing.

Wrapping `Agent.handle_message` is the one hook that sees all kinds of turn: actions that raise, an action server that
is down, no rule, empty text, /restart. Rasa loads this file because endpoints.yml names `EnvelopeNlg`.
"""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import Collection, Mapping, MutableMapping
from typing import Any

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.failures import describe
from bot.fixed_turns import emergency, failure
from bot.messages import FLAGS_CHECKED, Turn
from bot.notice import notice
from bot.rasa_server import action_calls, hot_spots
from bot.safety import red_flags
from bot.settings import Settings

log = logging.getLogger(__name__)

_COMMAND = re.compile(r"/(?P<intent>[a-z_]+)(?P<entities>\{.*\})?", re.DOTALL)
_RASA_COMMANDS = ("restart", "session_start")


class EnvelopeNlg(TemplatedNaturalLanguageGenerator):
    """Rasa's own response generator; making one puts the envelope on."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        put_on()


class _Listening:
    """Stands before an output channel and notes what was said through it."""

    def __init__(self, channel: OutputChannel) -> None:
        self._channel = channel
        self.said = False
        self.language = "en"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.said = self.said or bool(message.get("text"))
        custom = message.get("custom") or {}
        self.language = custom.get("language") or self.language
        await self._channel.send_response(recipient_id, message)


def put_on() -> None:
    """Wrap `Agent.handle_message`, once."""
    if getattr(Agent.handle_message, "is_enveloped", False):
        return
    original, settings = Agent.handle_message, Settings()
    hot_spots.mend()
    action_calls.connect()
    _take_words_only()
    _keep_text_out_of_logs()

    @functools.wraps(original)
    async def handle_message(self: Agent, message: UserMessage) -> list[dict[str, Any]] | None:
        return await _enveloped(self, message, original, settings)

    handle_message.is_enveloped = True  # type: ignore[attr-defined]
    Agent.handle_message = handle_message


async def _enveloped(
    agent: Agent, message: UserMessage, original: Any, settings: Settings
) -> list[dict[str, Any]] | None:
    channel = message.output_channel
    if channel is None:
        return await original(agent, message)  # type: ignore[no-any-return]
    listening = _Listening(channel)
    message.output_channel = listening
    result: list[dict[str, Any]] | None = None
    try:
        if message.text.startswith("/"):
            message.text = _as_words(message.text, agent.domain.intents if agent.domain else ())
        flag = None if (message.metadata or {}).get(FLAGS_CHECKED) else red_flags.find(message.text)
        if flag is not None:
            await _say(listening, message.sender_id, emergency(flag, settings, {}))
        else:
            result = await original(agent, message)
    except Exception as error:
        # Names only: the exception's words may hold the patient's.
        log.error("a turn failed: %s", describe(error))
    if not listening.said:
        await _say(listening, message.sender_id, failure(listening.language, settings))
    await channel.send_text_message(message.sender_id, notice(listening.language, site=settings.site))
    return result


async def _say(channel: Any, recipient: str, turn: Turn) -> None:
    for bubble in turn.bubbles:
        await channel.send_response(recipient, {"text": bubble})
    await channel.send_response(recipient, {"custom": turn.as_custom()})


def _take_words_only() -> None:
    """A message that is no text at all would fail before anything can be said to it: it counts as an empty one."""
    original = UserMessage.__init__

    @functools.wraps(original)
    def init(self: UserMessage, text: Any = None, *arguments: Any, **named: Any) -> None:
        original(self, text if isinstance(text, str) else "", *arguments, **named)

    UserMessage.__init__ = init


def _as_words(text: str, intents: Collection[str]) -> str:
    """A leading '/' is a command only when it names an intent with well-formed entities; else it is taken for words.

    Rasa would warn about a broken command, with the text in the warning.
    """
    command = _COMMAND.fullmatch(text)
    if command is None:
        return text.lstrip("/ ")
    try:
        json.loads(command["entities"] or "{}")
    except ValueError:
        return text.lstrip("/ ")
    return text if command["intent"] in {*intents, *_RASA_COMMANDS} else text.lstrip("/ ")


def _keep_text_out_of_logs() -> None:
    """Rasa's connectors log a failed message with its text; here the text never reaches a log line."""

    def drop_text(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {key: value for key, value in event.items() if key not in ("text", "message", "rasa_events")}

    structlog.configure(processors=[drop_text, *structlog.get_config()["processors"]])
