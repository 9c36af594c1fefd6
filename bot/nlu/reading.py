"""One message read once: its language, the topics it names, its words and its vector, ready for the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.nlu import encoder
from bot.nlu.encoder import Vectors
from bot.nlu.evidence import Asked
from bot.nlu.language import OTHER, language_of
from bot.nlu.subject import subject
from bot.nlu.topic_index import Linked, TopicIndex
from bot.nlu.understanding import masked
from content_db.sections import FAQ, SECTIONS

# A message of so few words that names a topic says no more than that, when we have asked for one; and when we have not.
ONLY_A_NAME: Final = 5
_BARE_NAME: Final = 2


@dataclass(frozen=True)
class Reading:
    """What a message says about topics; `plain` is its text, spelled right, with plain words for the topics."""

    language: str | None
    linked: Linked
    words: tuple[str, ...]
    plain: str
    vector: Vectors


def read(text: str, topics: TopicIndex, *, topic: str | None = None, pending: str | None = None) -> Reading:
    """Read a message of at least one character. `topic` was talked about; `pending` waits for the name of one."""
    tokens = topics.tokens(text)
    linked = topics.link_tokens(tokens, before=topic, awaited=pending is not None)
    plain = topics.spelled(masked(text, linked))
    return Reading(
        language_of(text),
        linked,
        tuple(token.stem for token in tokens),
        plain,
        encoder.encode(plain.lower()),
    )


def asked(
    reading: Reading,
    probabilities: Mapping[str, float],
    *,
    topic: str | None = None,
    section: str | None = None,
    pending: str | None = None,
) -> Asked:
    """The message as the ranker takes it. `probabilities` are those of the intents; the rest is what went before.

    `section` was answered last; `pending` was asked for without saying of which topic, and waits for its name.
    """
    sections = {name: p for name, p in probabilities.items() if name in SECTIONS}
    # A name alone asks what it is, or answers our question back, or asks of another what was asked before.
    bare = pending or (section if section in SECTIONS and section != FAQ else "overview")
    sections[bare] = sections.get(bare, 0.0) + probabilities.get("bare_topic", 0.0)
    before = pending or section
    if before in sections:
        sections[before] += probabilities.get("follow_up", 0.0)
    if (
        before in sections
        and reading.linked.mentions
        and len(reading.words) <= (ONLY_A_NAME if pending else _BARE_NAME)
    ):
        sections[before] += 2.0
    # A scan of some part of the body that could be several exams is not the one that was talked about.
    candidates = reading.linked.candidates
    topic = topic if not candidates or topic in candidates else None
    total = sum(sections.values())
    likeliest = max(sections, key=sections.__getitem__) if sections else None
    return Asked(
        words=reading.words,
        vector=reading.vector,
        sections={name: p / total for name, p in sections.items()} if total else {},
        mentions=reading.linked.mentions,
        candidates=candidates,
        subject=subject(reading.linked.mentions, likeliest),
        topic=topic,
        section=section,
        follows=probabilities.get("follow_up", 0.0),
        foreign=reading.language == OTHER,
    )
