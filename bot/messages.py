"""What crosses borders between the parts: plain frozen data. `Turn` is the contract that the web API and Rasa share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final

# In a message's metadata for Rasa: the gateway has looked for red flags already.
FLAGS_CHECKED: Final = "flags_checked"


class Kind(str, Enum):
    """What a turn is."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    EMERGENCY = "emergency"
    PERSONAL_ADVICE = "personal_advice"
    HANDOFF = "handoff"
    SERVICE = "service"
    CHITCHAT = "chitchat"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_COVERED = "not_covered"
    ERROR = "error"


@dataclass(frozen=True)
class Choice:
    """A button: what the patient reads and what is sent back."""

    title: str
    value: str


@dataclass(frozen=True)
class ShownPassage:
    """An approved text that was shown, without the text. `reviewed_on` is an ISO date."""

    id: str
    topic: str
    section: str
    revision: int
    title: str
    url: str
    review: str
    reviewed_on: str | None


@dataclass(frozen=True)
class Turn:
    """One reply: what is read, and the facts beside it. `context` is what the next message needs to know.

    `also` are the facts of a second answer, where a message held two questions.
    """

    kind: Kind
    language: str
    bubbles: tuple[str, ...]
    topic: str | None = None
    section: str | None = None
    passages: tuple[ShownPassage, ...] = ()
    choices: tuple[Choice, ...] = ()
    confidence: float | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Mapping[str, Any], ...] = ()

    def facts(self) -> dict[str, Any]:
        """The machine-readable facts, as the specification of answers has them."""
        return {
            "kind": self.kind.value,
            "language": self.language,
            "topic": self.topic,
            "section": self.section,
            "passages": [dict(vars(passage)) for passage in self.passages],
            "choices": [dict(vars(choice)) for choice in self.choices],
            "confidence": self.confidence,
        }

    def as_api(self) -> dict[str, Any]:
        """The turn as the web API sends it."""
        return {
            "bubbles": [{"text": bubble} for bubble in self.bubbles],
            "choices": [dict(vars(choice)) for choice in self.choices],
            "answer": self.facts(),
            **({"answers": [self.facts(), *map(dict, self.also)]} if self.also else {}),
        }

    def as_custom(self) -> dict[str, Any]:
        """The turn as Rasa's `custom` payload carries it."""
        return {**self.facts(), "bubbles": list(self.bubbles), "context": dict(self.context), "also": list(self.also)}

    @classmethod
    def from_custom(cls, custom: Mapping[str, Any]) -> Turn:
        """Read `as_custom` back. KeyError, TypeError or ValueError if it is none."""
        return cls(
            kind=Kind(custom["kind"]),
            language=str(custom["language"]),
            bubbles=tuple(str(bubble) for bubble in custom["bubbles"]),
            topic=custom["topic"],
            section=custom["section"],
            passages=tuple(ShownPassage(**passage) for passage in custom["passages"]),
            choices=tuple(Choice(**choice) for choice in custom["choices"]),
            confidence=custom["confidence"],
            context=dict(custom["context"]),
            also=tuple(custom["also"]),
        )

    def about(self, topic: str) -> Turn:
        """The same turn, naming its topic."""
        return replace(self, topic=topic)

    def with_bubbles(self, bubbles: tuple[str, ...]) -> Turn:
        """The same turn with other words."""
        return replace(self, bubbles=bubbles)


@dataclass(frozen=True)
class Incoming:
    """A patient's message on its way in: typed `text`, or the `choice` value of a button that was offered."""

    conversation: str
    client_id: str
    text: str
    choice: str | None = None
