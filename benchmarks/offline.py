"""The assistant without its servers: the same model, rules and actions as `make run`, called one after the other.

For measuring and for conversation tests: a message takes milliseconds. What only servers do (locks, storing, restarts)
is tested on the running system in tests/journeys.
"""

from __future__ import annotations

import importlib
import pickle
import tarfile
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.nlu.training_data.message import Message

from actions.base import TurnAction
from actions.heard import Heard
from actions.services import Services
from bot.fixed_turns import emergency
from bot.messages import Turn
from bot.nlu.answer_ranker import AnswerRanker
from bot.nlu.content_watch import ContentWatch
from bot.nlu.intent_model import IntentModel
from bot.nlu.ranker import rankers
from bot.nlu.section_classifier import SectionClassifier
from bot.nlu.topic_linker import TopicLinker
from bot.safety import red_flags
from bot.settings import PROJECT, Settings
from bot.training import train_if_needed


def trained_intents(model: Path | None = None) -> IntentModel:
    """The intent model out of a trained Rasa model; the present one by default, trained if needed."""
    with tarfile.open(model or train_if_needed()) as archive:
        name = next(name for name in archive.getnames() if name.endswith("intent_model.pickle"))
        member = archive.extractfile(name)
        assert member is not None
        intents: IntentModel = pickle.load(member)
    return intents


class Offline:
    """One conversation at a time; `context` is what the gateway would keep."""

    def __init__(self, intents: IntentModel, watch: ContentWatch[Any], services: Services) -> None:
        self._linker = TopicLinker(watch)
        self._classifier = SectionClassifier.of(intents)
        self._services = services
        self._ranker = AnswerRanker(rankers())
        self._actions = _actions_by_intent()
        self.context: dict[str, Any] = {}

    def parse(self, text: str) -> dict[str, Any]:
        """What Rasa's pipeline makes of a message, as its `latest_message`."""
        message = Message(data={"text": text, "metadata": {"context": self.context}})
        self._ranker.process(self._classifier.process(self._linker.process([message])))
        return dict(message.data)

    def say(self, text: str) -> Turn:
        """The turn for a typed message, red flags first, as the gateway does."""
        flag = red_flags.find(text)
        if flag is not None:
            turn = emergency(flag, Settings(), self.context)
        else:
            turn = self._act(self.parse(text))
        self.context = dict(turn.context)
        return turn

    def choose(self, number: int, turn: Turn) -> Turn:
        """The turn for pressing a button of `turn`, counted from 1."""
        value = turn.choices[number - 1].value
        intent, _, entities = value.lstrip("/").partition("{")
        values = yaml.safe_load("{" + entities) if entities else {}
        parsed = {
            "text": value,
            "intent": {"name": intent, "confidence": 1.0},
            "entities": [{"entity": name, "value": entity} for name, entity in values.items()],
            "metadata": {"context": self.context},
        }
        turn = self._act(parsed)
        self.context = dict(turn.context)
        return turn

    def _act(self, parsed: dict[str, Any]) -> Turn:
        heard = Heard.from_tracker(parsed, None)
        return self._actions[heard.intent].turn_for(heard, self._services)


def _actions_by_intent() -> dict[str, TurnAction]:
    rules = yaml.safe_load((PROJECT / "data" / "stories" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    names = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules}
    actions: dict[str, TurnAction] = {}
    for name in set(names.values()):
        module = importlib.import_module(f"actions.{name.removeprefix('action_')}")
        actions[name] = getattr(module, "".join(part.capitalize() for part in name.split("_")))()
    return {intent: actions[name] for intent, name in names.items()}
