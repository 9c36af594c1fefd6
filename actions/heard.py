"""What Rasa understood of the last message, as plain data; and which question that makes, given what went before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from actions.choosing import picked
from bot.words import LANGUAGES
from content_db.answers import SERVICE_PAGE_FOR, Question
from content_db.sections import FAQ, PICTURED, SECTIONS

# Below these a text is not given: the reader is asked which exam, or which section, is meant.
TOPIC_SURE: Final = 0.45
SECTION_SURE: Final = 0.2
FAQ_SURE: Final = 0.3
# "A scan of my foot" may be made with an X-ray or a magnet: only what is as good as named is not asked back.
BEYOND_DOUBT: Final = 0.9
# A topic or section that is less likely than this is not offered as a choice.
WORTH_OFFERING: Final = 0.06
# A language that is not offered is answered in all that are.
OTHER: Final = "other"


@dataclass(frozen=True)
class RankedPassage:
    """A text that may answer, with its share of the probability among those of the likeliest topic."""

    id: str
    topic_id: str
    section: str
    probability: float


@dataclass(frozen=True)
class Heard:
    """One message as understood. `topics` are (id, probability), likeliest first; `passages` are of the first.

    `exam` is the exam or treatment that was named, if any: a page about its safety may be what answers.
    """

    text: str
    intent: str
    confidence: float
    language: str = "en"
    foreign: bool = False
    topics: tuple[tuple[str, float], ...] = ()
    passages: tuple[RankedPassage, ...] = ()
    missing: str | None = None
    candidates: tuple[str, ...] = ()
    names_topic: bool = False
    exam: str | None = None
    services: tuple[str, ...] = ()
    term: str | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    second: Heard | None = None

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
        named = [entity for entity in linked if not entity.get("negated")]
        chosen = {entity["entity"]: str(entity["value"]) for entity in entities if entity not in linked}
        ranking = message.get("ranking") or {}
        second = message.get("second")
        spoken = context.get("language") or metadata.get("language") or "en"
        language = chosen.get("language") or ranking.get("language") or spoken
        return cls(
            text=message.get("text") or "",
            intent=intent.get("name") or "nlu_fallback",
            confidence=float(intent.get("confidence") or 0.0),
            language=next((known for known in (language, spoken) if known in LANGUAGES), "en"),
            foreign=language == OTHER,
            topics=tuple((str(topic), float(share)) for topic, share in ranking.get("topics") or ()),
            passages=tuple(
                RankedPassage(str(passage), str(topic), str(section), float(share))
                for passage, topic, section, share in ranking.get("passages") or ()
            ),
            missing=ranking.get("missing"),
            candidates=() if named else tuple(message.get("candidates") or ()),
            names_topic=bool(named),
            exam=next((entity["value"] for entity in reversed(named) if entity["kind"] in PICTURED), None),
            services=tuple(entity["value"] for entity in named if entity["kind"] == "service"),
            term=message.get("term"),
            chosen=chosen if intent.get("name") == "choose" else _chosen_by_words(message.get("text") or "", context),
            context=context,
            second=cls.from_tracker({**message, "ranking": second, "second": None}, context) if second else None,
        )

    @property
    def section(self) -> str | None:
        """The section that was asked for, if the intent is one."""
        return self.intent if self.intent in SECTIONS else None

    def question(self) -> Question | None:
        """What to ask the content database, or None when nothing says which topic."""
        if self.chosen:
            return self._question_of_choice()
        if not self.topics or self.topics[0][1] < (BEYOND_DOUBT if len(self.candidates) > 1 else TOPIC_SURE):
            # What one page tells for every exam needs no question back.
            page = SERVICE_PAGE_FOR.get(self.section or "")
            return Question((page,), self.section, self.language) if page else None
        topic = self.topics[0][0]
        # What is missing was not found to be told by a particular question either.
        likeliest = self.passages[:1] if self.missing is None else ()
        passage = next((p.id for p in likeliest if p.section == FAQ and p.probability >= FAQ_SURE), None)
        return Question((topic,), self._section(), self.language, passage)

    def likely_topics(self) -> tuple[str, ...]:
        """Topics worth asking about when none is sure; those that look at the part of the body named come first."""
        ranked = tuple(topic for topic, share in self.topics if share >= WORTH_OFFERING)
        if not self.candidates:
            return ranked
        return tuple(sorted(self.candidates, key=lambda topic: topic not in ranked))

    def likely_passages(self) -> tuple[RankedPassage, ...]:
        """Texts worth asking about when none is sure, likeliest first."""
        return tuple(p for p in self.passages if p.probability >= WORTH_OFFERING)

    def confidence_in(self, passage_id: str) -> float:
        """How likely it is that a passage is what was asked for."""
        share = next((p.probability for p in self.passages if p.id == passage_id), self.passages[0].probability)
        return self.topics[0][1] * share

    def _section(self) -> str | None:
        if self.missing is not None:
            return self.missing
        shares: dict[str, float] = {}
        for passage in self.passages:
            if passage.section != FAQ:
                shares[passage.section] = shares.get(passage.section, 0.0) + passage.probability
        pending = self.context.get("pending_section")
        if pending and self.intent in ("bare_topic", "follow_up", "overview"):
            return str(pending)
        best = max(shares, key=shares.__getitem__, default=None)
        return best if best is not None and shares[best] >= SECTION_SURE else None

    def _question_of_choice(self) -> Question:
        topic = self.chosen.get("topic") or str(self.context.get("topic") or "")
        section = self.chosen.get("section") or self.context.get("pending_section")
        return Question(
            (topic,) if topic else (), section or "overview", self.language, self.chosen.get("passage") or None
        )


def _chosen_by_words(text: str, context: Mapping[str, Any]) -> dict[str, str]:
    """A choice that was typed instead of clicked."""
    choice = picked(text, context.get("offered") or [])
    return {name: str(value) for name, value in choice["entities"].items()} if choice else {}
