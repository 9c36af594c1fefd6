"""Rasa component: the last word on what a message asks for, from what the linker and the classifier found.

Sets the intent (a section or a kind of turn) and, for the actions, `ranking`: language, topics and passages with their
probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.evidence import Asked, Evidence
from bot.nlu.kinds import KINDS, group_of
from bot.nlu.parts import MOST, questions_in
from bot.nlu.ranker import Rankers, Ranking, rankers
from bot.nlu.reading import ONLY_A_NAME, Reading, asked, of_a_child, read, turns_to_a_child
from bot.nlu.section_classifier import ASKING, CLASSIFY, PROBABILITIES, SEEN
from bot.nlu.topic_linker import INDEX, READING
from content_db.sections import FAQ

RANKING: Final = "ranking"
NOTHING_READ: Final = "nlu_fallback"
TERM: Final = "term"
CANDIDATES: Final = "candidates"
SECOND: Final = "second"
# Two questions are answered one by one only when each is this clear.
PART_SURE: Final = 0.45
# What the name of an exam is taken for when nothing else is said.
_NEVER_A_NAME: Final = ("personal_advice", "out_of_scope")
_TOPICS: Final = 6
_PASSAGES: Final = 6
# Danger is only ever added to what the rules find. Missing it is worse than frightening: one in five is enough. At
# this share the model alone finds 153 of 170 new emergencies and takes 4 of 170 look-alikes for one; at one half, 130
# and 2.
EMERGENCY_SURE: Final = 0.2
# Hardly any of what the weights are learnt from are questions about the site: the classifier tells them by itself.
SERVICE_SURE: Final = 0.5
# A section that is asked for beyond doubt, and that neither the page nor its parents have, is not answered by another.
MISSING_SURE: Final = 0.6
# Unless a particular question is this likely to be the one that was asked. Where the section is missing, the others
# share its part of the probability: one in three says little.
PARTICULAR_SURE: Final = 0.5
# A kind that ends the search for an answer must be likelier than this.
KIND_SURE: Final = 0.5
# The first words of a talk that may well be about something else are not answered as if they were about an exam.
# Within a talk short words lean on what went before, and look strange by themselves.
OUT_OF_SCOPE_SURE: Final = 0.25
# Few words that name no exam ("how long?") look strange to what weighs the topics. Where the classifier gives this
# little to another subject, 7 of 20 such refusals were right (4,633 questions, by weights that had not seen them).
HARDLY: Final = 0.05
# A question that may well ask what only one's own doctor can say is not answered as if it were a general one.
ADVICE_SURE: Final = 0.4


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=False)
class AnswerRanker(GraphComponent, IntentClassifier):
    """Ranks with the shipped weights."""

    def __init__(self, rankers: Rankers) -> None:
        self._rankers = rankers

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AnswerRanker:
        """Called by Rasa."""
        return cls(rankers())

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank each message that was read, in place. A command ("/choose{…}") was not."""
        for message in messages:
            reading, index = message.get(READING), message.get(INDEX)
            probabilities = message.get(PROBABILITIES)
            if reading is None or probabilities is None:
                if message.get("intent") is None:
                    # Without an intent no rule would end the turn.
                    message.set("intent", {"name": NOTHING_READ, "confidence": 0.0}, add_to_output=True)
                continue
            context = (message.get("metadata") or {}).get("context") or {}
            spoken = str(context.get("language") or "en")
            language = reading.language if reading.language in index.evidence else spoken
            evidence = index.evidence.get(language)
            if evidence is None:
                continue
            question = asked(
                reading,
                probabilities,
                topic=context.get("topic"),
                section=context.get("section"),
                pending=context.get("pending_section"),
                asking=message.get(ASKING),
            )
            if question.topic and turns_to_a_child(reading, probabilities, language):
                page = evidence.for_a_child(question.topic)
                question = of_a_child(question, page, evidence.sections_of(page)) if page else question
            ranking, missing = self._ranked(message, evidence, question, context.get("exam"))
            name, confidence = decided(ranking, probabilities, in_talk=context.get("topic") is not None)
            pending = str(context.get("pending_section"))
            if group_of(name) in _NEVER_A_NAME:
                if pending in probabilities and _is_a_name(reading):
                    name, confidence = pending, 1.0
                elif question.only is not None:
                    name, confidence = max(question.sections, key=question.sections.__getitem__), 1.0
            if group_of(name) == "answer":
                ranking, second = self._parts(message, ranking, spoken)
                if second is not None:
                    missing = None
                    message.set(SECOND, _as_data(second, reading.language or spoken), add_to_output=True)
            term = evidence.glossary.find(message.get(TEXT), names_topic=bool(reading.linked.mentions))
            if term is not None and name not in ("emergency", "personal_advice"):
                name, confidence = "service", 1.0
                message.set(TERM, term, add_to_output=True)
            message.set("intent", {"name": name, "confidence": confidence}, add_to_output=True)
            message.set(RANKING, _as_data(ranking, reading.language or spoken, missing), add_to_output=True)
            message.set(CANDIDATES, list(reading.linked.candidates), add_to_output=True)
        return messages

    def _ranked(
        self, message: Message, evidence: Evidence, question: Asked, exam: str | None
    ) -> tuple[Ranking, str | None]:
        """The ranking, and the section that is asked for and missing.

        Where a page about the safety of an `exam` has answered and does not tell this, it is asked of the exam.
        """
        probabilities, seen = message.get(PROBABILITIES), message.get(SEEN)
        ranking = self._rankers.rank(evidence, question, probabilities, seen)
        missing = _missing(evidence, ranking, question.sections)
        if missing and exam and ranking.topics[0][0] == question.topic != exam:
            ranking = self._rankers.rank(evidence, replace(question, only=exam), probabilities, seen)
            missing = _missing(evidence, ranking, question.sections)
        return ranking, missing

    def _parts(self, message: Message, whole: Ranking, spoken: str) -> tuple[Ranking, Ranking | None]:
        """The rankings of the two questions of a message if each is clear by itself; else that of the whole."""
        index, classify = message.get(INDEX), message.get(CLASSIFY)
        topic = whole.topics[0][0] if whole.topics and whole.topics[0][1] >= PART_SURE else None
        rankings: list[Ranking] = []
        for part in questions_in(message.get(TEXT)):
            reading = read(part, index.topics, part=True)
            probabilities, seen = classify(reading.plain)
            evidence = index.evidence[reading.language if reading.language in index.evidence else spoken]
            ranking = self._rankers.rank(evidence, asked(reading, probabilities, topic=topic), probabilities, seen)
            sure = ranking.topics and ranking.passages and ranking.passages[0].probability >= PART_SURE
            if not sure or ranking.topics[0][1] < PART_SURE or decided(ranking, probabilities)[0] in KINDS:
                return whole, None
            rankings.append(ranking)
        if len(rankings) < MOST or rankings[0].passages[0] == rankings[1].passages[0]:
            return whole, None
        return rankings[0], rankings[1]


def _is_a_name(reading: Reading) -> bool:
    """Whether a message does no more than name a topic, as we had asked."""
    return bool(reading.linked.mentions) and len(reading.words) <= ONLY_A_NAME


def decided(ranking: Ranking, probabilities: Mapping[str, float], *, in_talk: bool = False) -> tuple[str, float]:
    """The intent and how sure it is: the likeliest of the kind of turn that was decided on."""
    kinds = ranking.kinds
    # Such questions look like nothing that the kinds were learnt from: what they say of them is chance.
    if probabilities.get("service", 0.0) >= SERVICE_SURE:
        return "service", probabilities["service"]
    if kinds["emergency"] >= EMERGENCY_SURE:
        return "emergency", kinds["emergency"]
    kind = max((k for k in kinds if k != "emergency"), key=kinds.__getitem__)
    if kind == "answer" and kinds["personal_advice"] >= ADVICE_SURE:
        kind = "personal_advice"
    elif kind in ("answer", "out_of_scope"):
        sure = KIND_SURE if in_talk else OUT_OF_SCOPE_SURE
        refused = kinds["out_of_scope"] >= sure and probabilities.get("out_of_scope", 0.0) >= HARDLY
        kind = "out_of_scope" if refused else "answer"
    elif kind != "personal_advice" and kinds[kind] < KIND_SURE:
        kind = "answer"
    own = {intent: share for intent, share in probabilities.items() if group_of(intent) == kind}
    return max(own, key=own.__getitem__), kinds[kind]


def _missing(evidence: Evidence, ranking: Ranking, sections: Mapping[str, float]) -> str | None:
    """The section that is plainly asked for and that the likeliest topic does not have."""
    asked_for = max(sections, key=sections.__getitem__, default=None)
    if asked_for is None or not ranking.topics or sections[asked_for] < MISSING_SURE:
        return None
    has = {passage.section for passage in ranking.passages}
    best = ranking.passages[0] if ranking.passages else None
    particular = best is not None and best.section == FAQ and best.probability >= PARTICULAR_SURE
    told = evidence.told_under(ranking.topics[0][0], asked_for)
    return None if told in has or particular else asked_for


def _as_data(ranking: Ranking, language: str, missing: str | None = None) -> dict[str, Any]:
    return {
        "language": language,
        "missing": missing,
        "kinds": {kind: round(share, 4) for kind, share in ranking.kinds.items()},
        "topics": [[topic_id, round(share, 4)] for topic_id, share in ranking.topics[:_TOPICS]],
        "passages": [
            [p.passage_id, p.topic_id, p.section, round(p.probability, 4)] for p in ranking.passages[:_PASSAGES]
        ],
    }
