"""Where Rasa runs our actions: in its own process, or on an action server where a port is set for one.

A call over HTTP costs as much as the action itself; in the same process it is a function in a thread, so that a slow
database holds up the message that needs it and no other (docs/adr/0004).
"""

from __future__ import annotations

import asyncio
import importlib
import os
import pkgutil
from functools import cache
from typing import Any, Final

from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

PACKAGE: Final = "actions"
PORT_VARIABLE: Final = "RADINFO_ACTIONS_PORT"


def connect() -> None:
    """Set how `RemoteAction` is run from now on."""
    if port := os.environ.get(PORT_VARIABLE):
        _ask_server(EndpointConfig(f"http://127.0.0.1:{port}/webhook", enable_selective_domain=True))
    else:
        _actions()
        RemoteAction.run = _run_here


def _ask_server(endpoint: EndpointConfig) -> None:
    original = RemoteAction.__init__

    def init(self: RemoteAction, name: str, action_endpoint: EndpointConfig | None) -> None:
        original(self, name, action_endpoint or endpoint)

    RemoteAction.__init__ = init


@cache
def _actions() -> dict[str, Action]:
    """Every action of the package by its name. Made by name, because nothing in `bot` knows `actions`."""
    package = importlib.import_module(PACKAGE)
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{PACKAGE}.{module.name}")
    made = [kind() for kind in _subclasses(Action) if kind.__module__.startswith(f"{PACKAGE}.") and not _abstract(kind)]
    return {action.name(): action for action in made}


def _subclasses(kind: type) -> list[Any]:
    children: list[Any] = kind.__subclasses__()
    return [found for child in children for found in (child, *_subclasses(child))]


def _abstract(kind: type) -> bool:
    return bool(getattr(kind, "__abstractmethods__", None))


async def _run_here(
    self: RemoteAction,
    output_channel: OutputChannel,
    nlg: NaturalLanguageGenerator,
    tracker: DialogueStateTracker,
    domain: Domain,
) -> list[Event]:
    """As Rasa's own: the action's messages are said, its events returned. KeyError for an action that is not ours."""
    action, dispatcher = _actions()[self.name()], CollectingDispatcher()
    made: Any = await asyncio.to_thread(action.run, dispatcher, _as_sent(tracker), {})
    said = await self._utter_responses(dispatcher.messages, output_channel, nlg, tracker)
    return [*said, *deserialise_events(list(made or []))]


def _as_sent(tracker: DialogueStateTracker) -> Tracker:
    """What an action server would get, without the turns before: our actions read the message and the slots."""
    message = tracker.latest_message
    return Tracker(
        tracker.sender_id,
        tracker.current_slot_values(),
        dict(message.parse_data) if message else {},
        [],
        False,
        None,
        {},
        tracker.latest_action_name,
    )
