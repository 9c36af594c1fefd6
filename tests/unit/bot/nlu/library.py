"""A library of a few made-up pages among many others, and messages about them, with meanings told by words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu import kinds
from bot.nlu.evidence import PASSAGE_FEATURES, TOPIC_FEATURES, Asked, Evidence
from bot.nlu.examples import Phrasing
from bot.nlu.kinds import KINDS, KindModel
from bot.nlu.ranker import NOTHING, ConditionalLogit, Ranker, Rankers
from bot.nlu.topic_index import Mention, plain_words
from content_db.repository import PassageText, TopicFacts

# More than the evidence ever proposes at once.
FILLERS = tuple(f"filler{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
FACTS = (
    TopicFacts("bodymr", "exam", None, "mri"),
    TopicFacts("kneemr", "exam", "bodymr", "mri"),
    TopicFacts("headct", "exam", None, "ct"),
    TopicFacts("childct", "pediatric", None, "ct"),
    TopicFacts("stroke", "condition", None, ""),
    TopicFacts("magnets", "safety", None, ""),
    TopicFacts("lungscreen", "screening", None, ""),
    TopicFacts("words", "report", None, ""),
    TopicFacts("contact", "service", None, ""),
    TopicFacts("silent", "exam", "bodymr", "mri"),
    *(TopicFacts(filler, "condition", None, "") for filler in FILLERS),
)
ALIASES = {
    "bodymr": ["MRI", "magnet tunnel"],
    "kneemr": ["knee MRI"],
    "headct": ["head CT"],
    "stroke": ["stroke"],
    "contact": ["write to us"],
    "silent": ["silent MRI"],
    **{filler: [filler] for filler in FILLERS},
}


def passage(topic: str, section: str, text: str, question: str | None = None) -> PassageText:
    name = f"faq-{fold_question(question)}" if question else section
    return PassageText(f"{topic}.{name}.en", topic, "en", section, question, text)


def fold_question(question: str) -> str:
    return "-".join(plain_words(question))


PASSAGES = (
    passage("bodymr", "overview", "Pictures made with a strong magnet."),
    passage("bodymr", "experience", "It knocks loudly; you get earplugs."),
    passage("bodymr", "implants_metal", "A pacemaker has to be named."),
    passage("bodymr", "faq", "Yes.", "Can I wear deodorant?"),
    passage("kneemr", "overview", "Pictures of the meniscus and ligaments."),
    passage("kneemr", "preparation", "Take off your trousers with zippers."),
    passage("kneemr", "faq", "No.", "May I eat breakfast?"),
    passage("headct", "overview", "Pictures of the skull."),
    passage("childct", "overview", "Pictures of a small patient."),
    passage("stroke", "symptoms", "A face that droops on one side."),
    passage("magnets", "pregnancy", "A magnet does no harm to the unborn."),
    passage("lungscreen", "screening_who", "People who smoked for decades."),
    passage("words", "results", "Unremarkable means normal."),
    *(passage(filler, "overview", f"Nothing but {filler}, which I can wear, may eat.") for filler in FILLERS),
)
PHRASINGS = (
    Phrasing("headct", "experience", "will they strap my forehead"),
    Phrasing("headct", "risks", "bang on the noggin, is it dangerous"),
    Phrasing("silent", "overview", "the hushed one"),
)
# What the encoder of these tests takes for the same meaning.
MEANINGS = ("deodorant antiperspirant", "breakfast eat toast", "strap forehead tied", "noggin cranium dangerous")


def encode(text: str) -> NDArray[np.float32]:
    """A vector of unit length with an axis a meaning, and one for a text without any."""
    words = text.lower().replace("?", "").split()
    vector = np.array([any(word in words for word in meaning.split()) for meaning in MEANINGS] + [False], np.float32)
    vector[-1] = not vector.any()
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


def encode_many(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([encode(text) for text in texts], np.float32).reshape(len(texts), len(MEANINGS) + 1)


def evidence(
    facts: Sequence[TopicFacts] = FACTS,
    aliases: Mapping[str, Sequence[str]] = ALIASES,
    passages: Sequence[PassageText] = PASSAGES,
    phrasings: Sequence[Phrasing] = PHRASINGS,
) -> Evidence:
    return Evidence("en", facts, aliases, passages, phrasings, encode_many, lambda text: text)


def asked(text: str, sections: Mapping[str, float] | None = None, **more: Any) -> Asked:
    return Asked(tuple(plain_words(text)), encode(text), sections or {}, **more)


def mention(topic: str, weight: int = 2, **more: bool) -> Mention:
    kind = next(facts.kind for facts in FACTS if facts.id == topic)
    return Mention(topic, kind, 0, 1, weight, **more)


def topics_of(known: Evidence, message: Asked) -> tuple[list[str], Any]:
    return known.topics(message, known.scores(message))


def passages_of(known: Evidence, topic: str, message: Asked) -> tuple[list[PassageText], Any]:
    return known.of_topic(topic, message, known.scores(message))


def topic_row(known: Evidence, topic: str, message: Asked) -> dict[str, float]:
    """The features of one topic by name. KeyError if it does not come into question."""
    ids, table = topics_of(known, message)
    rows = {name: dict(zip(TOPIC_FEATURES, row.tolist(), strict=True)) for name, row in zip(ids, table, strict=True)}
    return rows[topic]


def passage_rows(known: Evidence, topic: str, message: Asked) -> dict[str, dict[str, float]]:
    """The features of each passage that may answer for a topic, by its id."""
    passages, table = passages_of(known, topic, message)
    return {
        found.id: dict(zip(PASSAGE_FEATURES, row.tolist(), strict=True))
        for found, row in zip(passages, table, strict=True)
    }


def weights_for(names: tuple[str, ...], **given: float) -> list[float]:
    assert set(given) <= set(names)
    return [given.get(name, 0.0) for name in names]


def small_ranker() -> Ranker:
    """One that goes by names and sections alone; a turn is of the kind that the classifier thinks."""
    by_kind = np.zeros((len(kinds.FEATURES), len(KINDS)))
    for column, kind in enumerate(KINDS):
        by_kind[kinds.FEATURES.index(f"log_{kind}"), column] = 1.0
    return Ranker(
        ConditionalLogit(weights_for((*TOPIC_FEATURES, *NOTHING), named=4.0, is_none=2.0)),
        ConditionalLogit(weights_for(PASSAGE_FEATURES, section_log=1.0, is_own=0.5)),
        KindModel(by_kind),
    )


def small_rankers() -> Rankers:
    """Twice the same."""
    return Rankers(small_ranker(), small_ranker())
