"""What Rasa understood of the last message, as plain data; and which question that makes, given what went before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.words import LANGUAGES
from content_db.answers import Question
from content_db.folding import fold
from content_db.sections import CONDITION_SECTIONS, PICTURED, SECTIONS

# A particular question must be this much like the message to be given as its answer.
FAQ_SURE: Final = 0.54
# Above this an out-of-scope guess stands even though an exam is named.
SCOPE_SURE: Final = 0.6
# Which kind of topic a message is about when it names several ("can MRI show a stroke": the MRI).
_SUBJECT_ORDER: Final = ("exam", "treatment", "pediatric", "report", "screening", "service", "condition", "safety")
# The weight of a mention that says no more than what an exam is made with ("CT").
_KIND_OF_EXAM: Final = 1
_CONDITION_FIRST: Final = ("condition", *(kind for kind in _SUBJECT_ORDER if kind != "condition"))


@dataclass(frozen=True)
class Named:
    """A topic that the message names."""

    topic_id: str
    kind: str
    weight: int
    inside: bool = False


@dataclass(frozen=True)
class Heard:
    """One message as understood. `matches` are (passage id, score) of particular questions, by topic id."""

    text: str
    intent: str
    confidence: float
    language: str = "en"
    named: tuple[Named, ...] = ()
    candidates: tuple[str, ...] = ()
    matches: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_tracker(cls, message: Mapping[str, Any], slot_context: Mapping[str, Any] | None) -> Heard:
        """Read Rasa's `latest_message`; the gateway's context goes before the slot's."""
        metadata = message.get("metadata") or {}
        context = metadata.get("context")
        if context is None:
            context = slot_context or {}
        intent = message.get("intent") or {}
        entities = message.get("entities") or []
        linked = [entity for entity in entities if entity.get("extractor") == "TopicLinker"]
        chosen = {entity["entity"]: str(entity["value"]) for entity in entities if entity not in linked}
        language = chosen.get("language") or context.get("language") or metadata.get("language") or "en"
        matches = message.get("questions") or {}
        return cls(
            text=message.get("text") or "",
            intent=intent.get("name") or "nlu_fallback",
            confidence=float(intent.get("confidence") or 0.0),
            language=language if language in LANGUAGES else "en",
            named=tuple(
                Named(e["value"], e["kind"], e["weight"], bool(e.get("inside"))) for e in linked if not e.get("negated")
            ),
            candidates=tuple((message.get("topics") or {}).get("candidates") or ()),
            matches={topic: [(str(p), float(s)) for p, s in found] for topic, found in matches.items()},
            chosen=chosen if intent.get("name") == "choose" else _chosen_by_words(message.get("text") or "", context),
            context=context,
        )

    @property
    def section(self) -> str | None:
        """The section that was asked for, if the intent is one."""
        return self.intent if self.intent in SECTIONS else None

    def question(self) -> Question | None:
        """What to ask the content database, or None when nothing says which topic."""
        if self.chosen:
            return self._question_of_choice()
        topics = self.topics()
        if not topics:
            return None
        passage = self._particular(topics[0]) if len(topics) == 1 else None
        return Question(topics, self._section(), self.language, passage, self._instead(topics))

    def topics(self) -> tuple[str, ...]:
        """The topic of this message: named in it, else the one that was talked about. Several when it is not clear.

        A scan of some part of the body that could be several exams is none of them, and not the last one either.
        """
        subject = self._subject()
        if subject or self.candidates:
            return subject
        topic = self.context.get("topic")
        return (topic,) if topic else ()

    def _subject(self) -> tuple[str, ...]:
        # A page about the site is meant only by a question about the site.
        named = [named for named in self.named if not named.inside and named.kind != "service"]
        if not named:
            return ()
        order = _CONDITION_FIRST if self.section in CONDITION_SECTIONS else _SUBJECT_ORDER
        # A page whose name holds only the kind of exam ("is ultrasound safe for my baby") is about just that.
        pages = {n.topic_id for n in named if n.kind not in PICTURED} if self._only_a_kind_inside() else set()
        best = min(order.index(n.kind) if n.topic_id not in pages else -1 for n in named)
        first = [n for n in named if (order.index(n.kind) if n.topic_id not in pages else -1) == best]
        exams = tuple(n.topic_id for n in self.named if n.inside and n.weight > _KIND_OF_EXAM)
        if best > 0 and exams and not any(n.kind in PICTURED for n in first):
            return exams[:1]
        heaviest = max(n.weight for n in first)
        # "CT" beside "CT of the abdomen" says nothing new, but two exams named alike do.
        return tuple(dict.fromkeys(n.topic_id for n in first if n.weight == heaviest))

    def _only_a_kind_inside(self) -> bool:
        inside = [n for n in self.named if n.inside]
        outside = any(n.kind in PICTURED and not n.inside for n in self.named)
        return bool(inside) and not outside and all(n.weight <= _KIND_OF_EXAM for n in inside)

    def _instead(self, topics: tuple[str, ...]) -> tuple[str, ...]:
        """Other topics of the message that may answer where the first has no text: an exam, never a different one."""
        if any(n.topic_id in topics and n.kind in PICTURED for n in self.named):
            return ()
        return tuple(dict.fromkeys(n.topic_id for n in self.named if n.kind in PICTURED))[:1]

    def _section(self) -> str | None:
        if self.section is not None:
            return self.section
        pending = self.context.get("pending_section")
        if pending is not None:
            return str(pending)
        if self.intent == "follow_up":
            section = self.context.get("section")
            return str(section) if section else None
        return "overview" if self.intent == "bare_topic" else None

    def _particular(self, topic_id: str) -> str | None:
        found = [(passage, score) for passage, score in self.matches.get(topic_id, ()) if score >= FAQ_SURE]
        return found[0][0] if found else None

    def _question_of_choice(self) -> Question:
        topic = self.chosen.get("topic") or str(self.context.get("topic") or "")
        section = self.chosen.get("section") or self.context.get("pending_section")
        return Question(
            (topic,) if topic else (), section or "overview", self.language, self.chosen.get("passage") or None
        )


def _chosen_by_words(text: str, context: Mapping[str, Any]) -> dict[str, str]:
    """A choice that was typed instead of clicked: its number, or its words."""
    offered = context.get("offered") or []
    said = fold(text)
    for number, choice in enumerate(offered, start=1):
        if said and said in (str(number), fold(str(choice["title"]))):
            return {name: str(value) for name, value in choice["entities"].items()}
    return {}
