"""Rasa component: reads each message once and names its topics as entities, from the aliases in the database now."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.content_watch import ContentWatch
from bot.nlu.reading import read
from bot.nlu.understanding import ContentIndex, watch_content

READING = "reading"
INDEX = "index"
# A message longer than this is cut before it is understood: nobody asks a question in more.
MOST_CHARACTERS = 1500


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR], is_trainable=False)
class TopicLinker(GraphComponent, EntityExtractorMixin):
    """Adds entities `topic`, and for the components behind it the reading and the index that it was read with."""

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
        """Read each message in place."""
        index = self._watch.current()
        for message in messages:
            text = (message.get(TEXT) or "")[:MOST_CHARACTERS]
            if not text:
                continue
            context = (message.get("metadata") or {}).get("context") or {}
            reading = read(text, index.topics, topic=context.get("topic"), pending=context.get("pending_section"))
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
                for mention in reading.linked.mentions
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
            message.set(READING, reading)
            message.set(INDEX, index)
        return messages
