"""Rasa component: trains and applies the intent model on messages whose topics have been replaced by plain words."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.examples import LabelledQuestion, catalogue_index, phrasings, questions
from bot.nlu.intent_model import IntentModel, mask
from bot.nlu.parts import asking
from bot.nlu.topic_linker import READING
from bot.nlu.understanding import plain
from content_db.sections import FAQ, SECTIONS, languages

PROBABILITIES = "probabilities"
SEEN = "likeness_to_training"
# As PROBABILITIES, of the sentences that ask, where others only tell.
ASKING = "probabilities_of_what_asks"
CLASSIFY = "classify"
# Danger is told, not asked, and so is most of what is not our subject.
_ASKED_ALONE = {*SECTIONS, "personal_advice"}


def extra_examples(given: Sequence[LabelledQuestion]) -> tuple[list[str], list[str]]:
    """Sentences and their intents beside Rasa's own: labelled questions, and the phrasings of sections. Masked.

    Of a question that tells a story first, also what asks, where that alone has the intent.
    """
    pairs = [(question.text, question.intent) for question in given]
    pairs += [(p.text, p.section) for language in languages() for p in phrasings(language) if p.section != FAQ]
    index = catalogue_index()
    known = [(text, intent) for text, intent in pairs if intent is not None]
    masked = [(plain(text, index), intent) for text, intent in known]
    alone = [(asking(text), intent) for text, intent in masked if intent in _ASKED_ALONE]
    masked += [(text, intent) for text, intent in alone if text is not None]
    return [text for text, _ in masked], [intent for _, intent in masked]


@DefaultV1Recipe.register([DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER], is_trainable=True)
class SectionClassifier(GraphComponent, IntentClassifier):
    """Tells how likely each intent is; which one counts is decided by AnswerRanker.

    In training data a topic is annotated by its kind, `[knee mri](exam)`; at run time TopicLinker has named it.
    """

    def __init__(
        self, storage: ModelStorage | None, resource: Resource | None, model: IntentModel | None = None
    ) -> None:
        self._storage = storage
        self._resource = resource
        self._model = model

    @classmethod
    def of(cls, model: IntentModel) -> SectionClassifier:
        """One that applies a model without Rasa's storage."""
        return cls(None, None, model)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SectionClassifier:
        """Called by Rasa before training."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SectionClassifier:
        """Called by Rasa with a trained model. The file is one of our own making, so unpickling it is safe."""
        with model_storage.read_from(resource) as folder:
            model = pickle.loads((folder / "intent_model.pickle").read_bytes())
        # The encoder loads on first use: better now than under the first patient's question.
        model.probabilities("warm up")
        return cls(model_storage, resource, model)

    @classmethod
    def required_packages(cls) -> list[str]:
        """What Rasa checks for before it starts; it takes only names that a module and its distribution share."""
        return ["sklearn"]

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the model and store it."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        texts = [
            mask(
                example.get(TEXT),
                [(entity["start"], entity["end"], entity["entity"]) for entity in example.get(ENTITIES, [])],
            )
            for example in examples
        ]
        more_texts, more_intents = extra_examples(questions())
        assert self._storage is not None, "made for applying a model, not for training one"
        self._model = IntentModel.train(
            [*texts, *more_texts], [*(example.get(INTENT) for example in examples), *more_intents]
        )
        with self._storage.write_to(self._resource) as folder:
            (folder / "intent_model.pickle").write_bytes(pickle.dumps(self._model))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Give each message that was read its intents, in place."""
        for message in messages:
            reading = message.get(READING)
            if reading is None or self._model is None:
                continue
            probabilities, seen = self._model.probabilities(reading.plain)
            message.set(PROBABILITIES, probabilities)
            message.set(SEEN, seen)
            message.set(ASKING, self._model.probabilities(reading.asking)[0] if reading.asking else None)
            message.set(CLASSIFY, self._model.probabilities)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Policies learn from intents alone: nothing to add."""
        return training_data
