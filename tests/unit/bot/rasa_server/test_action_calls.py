from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from bot.settings import PROJECT

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")


@pytest.fixture
def remote_action(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Rasa's class for our actions; what is changed of it is set back."""
    from rasa.core.actions.action import RemoteAction

    monkeypatch.setattr(RemoteAction, "run", RemoteAction.run)
    monkeypatch.setattr(RemoteAction, "__init__", RemoteAction.__init__)
    monkeypatch.delenv("RADINFO_ACTIONS_PORT", raising=False)
    return RemoteAction


def tracker(text: str, intent: str) -> Any:
    from rasa.shared.core.events import UserUttered
    from rasa.shared.core.slots import AnySlot
    from rasa.shared.core.trackers import DialogueStateTracker

    slot = AnySlot("context", mappings=[{"type": "custom"}], influence_conversation=False)
    made = DialogueStateTracker("c1", [slot])
    parsed = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": [], "metadata": {"context": {}}}
    made.update(UserUttered(text, parsed["intent"], [], parsed))  # type: ignore[arg-type]
    return made


def test_every_action_of_the_domain_is_there(remote_action: Any) -> None:
    from bot.rasa_server import action_calls

    names = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))["actions"]
    assert set(action_calls._actions()) == set(names)


async def test_an_action_runs_in_this_process(remote_action: Any) -> None:
    from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import BotUttered, SlotSet

    from bot.rasa_server import action_calls

    action_calls.connect()
    nlg = TemplatedNaturalLanguageGenerator({})
    action = remote_action("action_chitchat", None)
    events = await action.run(
        SimpleNamespace(name=lambda: "rest"), nlg, tracker("hi", "chitchat_hello"), Domain.empty()
    )
    said = [event for event in events if isinstance(event, BotUttered)]
    assert said[0].text
    assert said[-1].data["custom"]["kind"] == "chitchat"
    assert [event.key for event in events if isinstance(event, SlotSet)] == ["context"]


async def test_an_action_that_is_not_ours_is_an_error(remote_action: Any) -> None:
    from rasa.shared.core.domain import Domain

    from bot.rasa_server import action_calls

    action_calls.connect()
    with pytest.raises(KeyError):
        await remote_action("action_of_another", None).run(None, None, tracker("hi", "chitchat_hello"), Domain.empty())


def test_with_a_port_an_action_server_is_asked(remote_action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.rasa_server import action_calls

    monkeypatch.setenv("RADINFO_ACTIONS_PORT", "5199")
    own_way = remote_action.run
    action_calls.connect()
    assert remote_action.run is own_way
    assert remote_action("action_answer", None).action_endpoint.url == "http://127.0.0.1:5199/webhook"
