"""Rasa component: names the topics of a message as entities, from the aliases that are in the database right now."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import encoder
from bot.nlu.content_watch import ContentWatch
from bot.nlu.understanding import ContentIndex, masked, watch_content

LINKED = "topics"
MATCHED = "questions"
# A message longer than this is cut before it is understood: nobody asks a question in more.
MOST_CHARACTERS = 1500


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class TopicLinker(GraphComponent, EntityExtractorMixin):
    """Adds entities `topic`, and to the parse result `topics` (all that is known of them) and `questions` (faq)."""

    def __init__(self, watch: ContentWatch[ContentIndex]) -> None:
        self._watch = watch

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicLinker:
        """Called by Rasa when training begins; nothing is linked then, so no database is needed."""
        return cls(watch_content())

    @classmethod
    def required_packages(cls) -> list[str]:
        """What Rasa checks for before it starts; it takes only names that a module and its distribution share."""
        return ["spacy", "symspellpy"]

    def process(self, messages: list[Message]) -> list[Message]:
        """Link each message in place."""
        index = self._watch.current()
        for message in messages:
            text = (message.get(TEXT) or "")[:MOST_CHARACTERS]
            if not text:
                continue
            linked = index.topics.link(text)
            entities = [
                {
                    "entity": "topic",
                    "value": mention.topic_id,
                    "start": mention.start,
                    "end": mention.end,
                    "kind": mention.kind,
                    "weight": mention.weight,
                    "negated": mention.negated,
                    "inside": mention.inside,
                    "extractor": "TopicLinker",
                }
                for mention in linked.mentions
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
            message.set(LINKED, {"candidates": list(linked.candidates)}, add_to_output=True)
            plain = masked(text, linked)
            vector = encoder.encode(plain.lower())
            named = {mention.topic_id for mention in linked.mentions}
            context = (message.get("metadata") or {}).get("context") or {}
            matches = {
                topic_id: [
                    [match.passage_id, round(match.score, 4)]
                    for match in index.questions.match(plain, vector, index.line_of(topic_id))
                ]
                for topic_id in named | ({context["topic"]} if context.get("topic") else set())
            }
            message.set(MATCHED, matches, add_to_output=True)
        return messages
