"""Turns an outcome of the content database into the turn that the patient reads. One function an outcome."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from actions.heard import Heard
from bot.messages import Choice, Kind, ShownPassage, Turn
from bot.words import say
from content_db.answers import MOST_CHOICES, Expired, Found, NeedsChoice, NotCovered, Outcome, ServicePage, Unavailable
from content_db.importers.library import HOME_URL
from content_db.repository import PassageView, TopicView
from content_db.sections import FAQ, section_title

# In the context: the last turn had no answer, and no choice that fits the question.
UNANSWERED: Final = "unanswered"
MOST_NEXT: Final = 4
LONGEST_TEXT: Final = 1400
# The title of a button, and what it stands for.
Titled = tuple[str, Mapping[str, str]]


def payload(**entities: str) -> str:
    """The value of a button: what Rasa reads as the intent `choose` with these entities."""
    return f"/choose{json.dumps(entities, ensure_ascii=False)}"


def offer(titled: Iterable[Titled]) -> tuple[tuple[Choice, ...], list[dict[str, Any]]]:
    """Buttons from (title, entities), and the same for the context, so that a typed choice is known again."""
    listed = list(titled)
    choices = tuple(Choice(title, payload(**entities)) for title, entities in listed)
    return choices, [{"title": title, "entities": dict(entities)} for title, entities in listed]


def section_choices(topic: str, sections: Iterable[str], language: str) -> list[Titled]:
    """Buttons for sections of a topic."""
    return [
        (section_title(section, language).capitalize(), {"topic": topic, "section": section}) for section in sections
    ]


def texts(
    topic: str,
    heard: Heard,
    usual: Sequence[str],
    *,
    known: Collection[str],
    questions: Mapping[str, str],
    most: int,
) -> list[Titled]:
    """Buttons for texts of a topic: what may have been meant comes first, likeliest first, then the `usual` sections.

    `known` are the sections that it has, `questions` the particular questions, by the id of the passage.
    """
    titled: list[Titled] = []
    for passage in heard.likely_passages():
        if passage.id in questions:
            titled.append((questions[passage.id], {"topic": topic, "passage": passage.id}))
        elif passage.section in known:
            titled += section_choices(topic, (passage.section,), heard.language)
    titled += section_choices(topic, usual, heard.language)
    return list({title: (title, entities) for title, entities in titled}.values())[:most]


def general_texts(needed: NeedsChoice, heard: Heard) -> list[Titled]:
    """Buttons for what the one topic of `needed` tells."""
    return texts(
        needed.topics[0].id,
        heard,
        needed.sections,
        known=needed.known,
        questions=needed.questions,
        most=MOST_CHOICES,
    )


def for_outcome(outcome: Outcome, heard: Heard, *, emergency_number: str, contact: str | None) -> Turn:
    """The turn for an outcome."""
    if isinstance(outcome, Found):
        return _answer(outcome, heard)
    if isinstance(outcome, NeedsChoice):
        return _clarify(outcome, heard)
    if isinstance(outcome, ServicePage):
        return service(outcome.topic, heard)
    if isinstance(outcome, NotCovered):
        return _not_covered(outcome, heard)
    if isinstance(outcome, Expired):
        text = say("lapsed", heard.language, url=outcome.topic.source_url)
        return _plain(Kind.NOT_COVERED, text, heard, topic=outcome.topic.id, section=outcome.section, with_person=True)
    assert isinstance(outcome, Unavailable)
    return error(heard.language, heard.context, emergency_number=emergency_number)


def _answer(found: Found, heard: Heard) -> Turn:
    passage, language = found.passage, heard.language
    bubbles = [*_shown_text(passage, language), _source(passage, language)]
    if found.general is not None:
        bubbles.insert(0, say("general", language, title=found.general.title))
    # What else may have been meant is one press away when the text that was chosen is not it.
    usual = found.next_sections
    choices, offered = offer(
        texts(found.topic.id, heard, usual, known=usual, questions=found.questions, most=MOST_NEXT)
    )
    return Turn(
        kind=Kind.ANSWER,
        language=language,
        bubbles=tuple(bubbles),
        topic=passage.topic_id,
        section=passage.section,
        passages=(_facts(passage),),
        choices=choices,
        confidence=round(_confidence(found, heard), 3),
        context={
            "language": language,
            "topic": found.topic.id,
            "exam": heard.exam or (heard.context.get("exam") if _goes_on(found, heard) else None),
            "section": _asked_for(found, heard),
            "offered": offered,
        },
    )


def _asked_for(found: Found, heard: Heard) -> str:
    """What may be asked of the next exam too ("and for a CT?"): of a particular question, the section that it asks."""
    section = found.passage.section
    return heard.section or section if section == FAQ else section


def _goes_on(found: Found, heard: Heard) -> bool:
    """Whether the talk is still about the same page."""
    return found.topic.id == heard.context.get("topic")


def both(first: Turn, second: Turn) -> Turn:
    """Two answers in one turn, in the order of the questions; the talk goes on from the second."""
    if second.kind is not Kind.ANSWER or second.passages == first.passages:
        return first
    return replace(second, **_heading(first), bubbles=(*first.bubbles, *second.bubbles), also=(second.facts(),))


def _heading(turn: Turn) -> dict[str, Any]:
    return {name: getattr(turn, name) for name in ("topic", "section", "passages", "confidence")}


def term(found: Found, heard: Heard) -> Turn:
    """What a word means; what was talked about stays."""
    passage = found.passage
    return Turn(
        kind=Kind.SERVICE,
        language=heard.language,
        bubbles=(*_shown_text(passage, heard.language), _source(passage, heard.language)),
        topic=passage.topic_id,
        section=passage.section,
        passages=(_facts(passage),),
        confidence=1.0,
        context=kept(heard),
    )


def _confidence(found: Found, heard: Heard) -> float:
    return 1.0 if heard.chosen or not heard.passages else heard.confidence_in(found.passage.id)


def _shown_text(passage: PassageView, language: str) -> list[str]:
    """The stored text, whole, or up to the last paragraph that fits (one at least), with a link to the rest."""
    if len(passage.text) <= LONGEST_TEXT:
        return [passage.text]
    cut = passage.text.rfind("\n\n", 0, LONGEST_TEXT)
    if cut <= 0:
        cut = passage.text.find("\n\n", LONGEST_TEXT - 1)
    return [passage.text] if cut < 0 else [passage.text[:cut], say("more", language, url=passage.url)]


def _source(passage: PassageView, language: str) -> str:
    review = say("unreviewed", language)
    if passage.reviewed_on is not None:
        review = say("reviewed", language, date=passage.reviewed_on.isoformat())
    return say("source", language, title=passage.title, url=passage.url, review=review)


def _facts(passage: PassageView) -> ShownPassage:
    return ShownPassage(
        id=passage.id,
        topic=passage.topic_id,
        section=passage.section,
        revision=passage.revision,
        title=passage.title,
        url=passage.url,
        review=passage.review,
        reviewed_on=passage.reviewed_on.isoformat() if passage.reviewed_on else None,
    )


def _clarify(needed: NeedsChoice, heard: Heard) -> Turn:
    language = heard.language
    if len(needed.topics) == 1:
        topic = needed.topics[0]
        choices, offered = offer(general_texts(needed, heard))
        text = say("which_section", language, title=topic.title)
        context: dict[str, Any] = {"language": language, "topic": topic.id, "offered": offered}
        return Turn(
            Kind.CLARIFY,
            language,
            (text,),
            topic=topic.id,
            choices=choices,
            confidence=heard.confidence,
            context=context,
        )
    return which_topic(needed.topics, heard, named=True)


def which_topic(topics: Iterable[TopicView], heard: Heard, *, named: bool = False, guessed: bool = False) -> Turn:
    """Ask which exam is meant; the answer is then given to the question that was asked.

    `named`: the topics are likely ones; `guessed`: but nothing in the message names any.
    """
    language = heard.language
    choices, offered = offer((topic.title, {"topic": topic.id}) for topic in topics)
    section = heard.section or heard.context.get("pending_section")
    return Turn(
        Kind.CLARIFY,
        language,
        (say("which_topic_of" if named else "which_topic", language),),
        section=section,
        choices=choices,
        confidence=round(heard.confidence, 3),
        context={
            "language": language,
            "pending_section": section,
            "offered": offered,
            **({UNANSWERED: True} if guessed or not named else {}),
        },
    )


def _not_covered(missing: NotCovered, heard: Heard) -> Turn:
    if missing.topic is None:
        text = say("not_covered", heard.language, url=HOME_URL)
        return _plain(Kind.NOT_COVERED, text, heard, section=missing.section, with_person=True)
    text = say("not_covered_topic", heard.language, title=missing.topic.title, url=missing.topic.source_url)
    return _plain(Kind.NOT_COVERED, text, heard, topic=missing.topic.id, section=missing.section, with_person=True)


def service(topic: TopicView, heard: Heard) -> Turn:
    """A page about the site itself: its name and address."""
    text = say("service", heard.language, title=topic.title, url=topic.source_url)
    return _plain(Kind.SERVICE, text, heard, topic=topic.id)


def error(language: str, context: Mapping[str, Any], *, emergency_number: str) -> Turn:
    """Something inside failed: say so, keep the context."""
    text = say("error", language, emergency_number=emergency_number)
    return Turn(Kind.ERROR, language, (text,), context=dict(context))


def _plain(
    kind: Kind,
    text: str,
    heard: Heard,
    *,
    topic: str | None = None,
    section: str | None = None,
    with_person: bool = False,
) -> Turn:
    context = {"language": heard.language, "topic": topic or heard.context.get("topic"), "section": section}
    choices: tuple[Choice, ...] = ()
    if with_person:
        choices = (Choice(say("ask_person", heard.language), "/handoff"),)
    return Turn(
        kind,
        heard.language,
        (text,),
        topic=topic,
        section=section,
        choices=choices,
        confidence=round(heard.confidence, 3),
        context=context,
    )


def kept(heard: Heard) -> dict[str, Any]:
    """What is being talked about, for a turn that says nothing of it."""
    held = {name: heard.context.get(name) for name in ("topic", "section")} | {"language": heard.language}
    return held | ({"exam": heard.context["exam"]} if heard.context.get("exam") else {})


def plain(kind: Kind, key: str, heard: Heard, **values: Any) -> Turn:
    """A turn of one fixed sentence that keeps what is being talked about."""
    return Turn(
        kind,
        heard.language,
        (say(key, heard.language, **values),),
        confidence=round(heard.confidence, 3),
        context=kept(heard),
    )


def handoff(heard: Heard, key: str, contact: str | None) -> Turn:
    """A person is asked to take over."""
    turn = plain(Kind.HANDOFF, key, heard)
    if contact:
        turn = turn.with_bubbles((*turn.bubbles, say("handoff_contact", heard.language, contact=contact)))
    return turn
