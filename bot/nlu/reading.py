"""One message read once: its language, the topics it names, its words and its vector, ready for the models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.nlu import encoder
from bot.nlu.encoder import Vectors
from bot.nlu.evidence import Asked
from bot.nlu.language import OTHER, language_of
from bot.nlu.parts import asking, sentences
from bot.nlu.subject import subject
from bot.nlu.topic_index import Linked, TopicIndex, only_named, speaks_of_child
from bot.nlu.understanding import masked
from content_db.sections import FAQ, PICTURED, SECTIONS

# A message of so few words that names a topic says no more than that, when we have asked for one; and when we have not.
ONLY_A_NAME: Final = 5
_BARE_NAME: Final = 2
# How much what was asked before outweighs what the words of a bare name may seem to ask.
_AS_BEFORE: Final = 9.0
# So few words about a child, and no exam, ask of the child what was asked before.
_FEW_ABOUT_A_CHILD: Final = 10
_MOSTLY: Final = 0.5
# A message of more words has one vector, not one with the names of topics and one without.
_SHORT: Final = 20


@dataclass(frozen=True)
class Reading:
    """What a message says about topics; `plain` is its text, spelled right, with plain words for the topics.

    `vector` is that of the text spelled right, with the names of topics unless it is long.

    `only` is the exam that the message does no more than name; `asking` are those sentences of it that ask, as `plain`
    is, where others only tell.
    """

    language: str | None
    linked: Linked
    words: tuple[str, ...]
    plain: str
    vector: Vectors
    only: str | None = None
    asking: str | None = None
    asking_vector: Vectors | None = None


def read(
    text: str, topics: TopicIndex, *, topic: str | None = None, pending: str | None = None, part: bool = False
) -> Reading:
    """Read a message of at least one character. `topic` was talked about; `pending` waits for the name of one.

    A `part` of a message is read as a long message is.
    """
    tokens = topics.tokens(text)
    linked = topics.link_tokens(tokens, before=topic, awaited=pending is not None)
    if topic is not None and not any(m.kind in PICTURED for m in linked.mentions):
        linked = _turned_at_once(text, topics, topic) or linked
    plain = topics.spelled(masked(text, linked))
    # In a long message a name is little of what is said, and a second vector costs most.
    whole = plain if part or len(tokens) > _SHORT else topics.spelled(text)
    asks = None if part else asking(plain)
    return Reading(
        language_of(text),
        linked,
        tuple(token.stem for token in tokens),
        plain,
        encoder.encode(whole.lower()),
        only_named(tokens, linked, awaited=pending is not None),
        asks,
        None if asks is None else encoder.encode(asks.lower()),
    )


def _turned_at_once(text: str, topics: TopicIndex, topic: str) -> Linked | None:
    """The exam that the first of several sentences turns to ("and the shoulder? they ordered both"), if it does."""
    first, *more = sentences(text)
    turned = topics.link_tokens(topics.tokens(first), before=topic) if more else Linked(())
    return turned if any(m.kind in PICTURED for m in turned.mentions) else None


def asked(
    reading: Reading,
    probabilities: Mapping[str, float],
    *,
    topic: str | None = None,
    section: str | None = None,
    pending: str | None = None,
    asking: Mapping[str, float] | None = None,
) -> Asked:
    """The message as the ranker takes it. `probabilities` are those of the intents; the rest is what went before.

    `asking` are the probabilities of the sentences that ask, where others only tell. `section` was answered last;
    `pending` was asked for without saying of which topic, and waits for its name.
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
        and (reading.only or len(reading.words) <= (ONLY_A_NAME if pending else _BARE_NAME))
    ):
        sections[before] += _AS_BEFORE
    elif reading.only:
        sections["overview"] = sections.get("overview", 0.0) + _AS_BEFORE
    # A scan of some part of the body that could be several exams is not the one that was talked about.
    candidates = reading.linked.candidates
    topic = topic if not candidates or topic in candidates else None
    likeliest = max(sections, key=sections.__getitem__) if sections else None
    total = sum(sections.values())
    return Asked(
        words=reading.words,
        vector=reading.vector,
        sections={name: p / total for name, p in sections.items()} if total else {},
        asking_vector=reading.asking_vector,
        asking=asking,
        mentions=reading.linked.mentions,
        candidates=candidates,
        subject=subject(reading.linked.mentions, likeliest),
        topic=topic,
        section=section,
        follows=probabilities.get("follow_up", 0.0),
        foreign=reading.language == OTHER,
        only=reading.only,
    )


def turns_to_a_child(reading: Reading, probabilities: Mapping[str, float], language: str) -> bool:
    """Whether a message says no more than that the talk is now about a child ("and for my 5 year old?")."""
    if len(reading.words) > _FEW_ABOUT_A_CHILD or any(m.kind in PICTURED for m in reading.linked.mentions):
        return False
    asks_nothing_else = probabilities.get("follow_up", 0.0) + probabilities.get("children", 0.0) >= _MOSTLY
    return asks_nothing_else and speaks_of_child(reading.words, language)


def of_a_child(question: Asked, page: str, sections: Collection[str]) -> Asked:
    """The question put to the `page` for children that has these `sections`: what was asked before, of a child now."""
    shares = dict(question.sections)
    before = question.section
    if before is not None and before in sections:
        shares[before] = shares.get(before, 0.0) + shares.pop("children", 0.0)
    return replace(question, only=page, sections=shares)
