"""Short ways to say what Rasa understood, and a content database that answers as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from actions.heard import Heard
from actions.services import Services
from bot.settings import Settings
from content_db.answers import NotCovered, Outcome, Question
from content_db.repository import PassageView, TopicView
from content_db.sections import SECTIONS

KNEE = TopicView("kneemr", "exam", "bodymr", "MRI of the knee", "https://www.example.org/en/kneemr")
BODY = TopicView("bodymr", "exam", None, "MRI", "https://www.example.org/en/bodymr")
ABOUT = TopicView("about", "service", None, "About us", "https://www.example.org/en/about")
PRIVACY = TopicView("privacy", "service", None, "Privacy", "https://www.example.org/en/privacy")
SETTINGS = Settings(emergency_number="112", contact="555-0100")


def passage(
    text: str = "Lie still.\n\nIt is loud.",
    topic: TopicView = KNEE,
    section: str = "experience",
    *,
    question: str | None = None,
    reviewed_on: date | None = date(2026, 5, 4),
) -> PassageView:
    return PassageView(
        id=f"{topic.id}.{section}.en",
        topic_id=topic.id,
        section=section,
        question=question,
        language="en",
        revision=3,
        title=f"{topic.title}: {section}",
        text=text,
        url=f"{topic.source_url}#{section}",
        review="committee" if reviewed_on else "none",
        reviewed_on=reviewed_on,
    )


def link(topic: str, kind: str = "exam", weight: int = 3, **more: bool) -> dict[str, Any]:
    """A topic as TopicLinker names it."""
    return {
        "entity": "topic",
        "value": topic,
        "start": 0,
        "end": 1,
        "kind": kind,
        "weight": weight,
        "negated": False,
        "inside": False,
        "extractor": "TopicLinker",
        **more,
    }


def parsed(
    intent: str = "risks",
    topics: str | dict[str, float] | None = None,
    *links: dict[str, Any],
    sections: dict[str, float] | None = None,
    passages: tuple[tuple[str, str, str, float], ...] = (),
    language: str | None = None,
    text: str = "what a patient typed",
    confidence: float = 0.8,
    context: dict[str, Any] | None = None,
    **chosen: str,
) -> dict[str, Any]:
    """Rasa's `latest_message`. `topics` are probabilities, or the one that is sure; `chosen` are a button's entities.

    `sections` makes a passage each of the likeliest topic; without them the intent is the section that is sure.
    """
    ranked = {topics: 0.9} if isinstance(topics, str) else topics or {}
    first = next(iter(ranked), None)
    if first and sections is None and intent in SECTIONS:
        sections = {intent: 0.9}
    of_sections = ((f"{first}.{section}.en", first, section, share) for section, share in (sections or {}).items())
    buttons = [{"entity": name, "value": value, "extractor": "RegexMessageHandler"} for name, value in chosen.items()]
    ranking = {
        "language": language,
        "topics": [list(pair) for pair in ranked.items()],
        "passages": [list(row) for row in (*passages, *of_sections)],
    }
    return {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "entities": [*links, *buttons],
        "ranking": ranking,
        "metadata": {"context": context or {}},
    }


def heard(
    intent: str = "risks", topics: str | dict[str, float] | None = None, *links: dict[str, Any], **more: Any
) -> Heard:
    return Heard.from_tracker(parsed(intent, topics, *links, **more), None)


@dataclass
class FakeAnswers:
    """Gives one outcome to every question, and notes what it was asked."""

    outcome: Outcome | Exception = field(default_factory=lambda: NotCovered(None, None))
    known: tuple[TopicView, ...] = (KNEE, BODY, ABOUT, PRIVACY)
    asked: list[Question] = field(default_factory=list)

    def find(self, question: Question) -> Outcome:
        self.asked.append(question)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def topics(self, ids: tuple[str, ...], language: str) -> tuple[TopicView, ...]:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return tuple(topic for wanted in ids for topic in self.known if topic.id == wanted)


def services(answers: FakeAnswers, settings: Settings = SETTINGS) -> Services:
    return Services(answers, settings)  # type: ignore[arg-type]
