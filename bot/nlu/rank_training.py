"""`make rank`: learns the weights of ranking_weights.json from data/questions, on the starter library.

Run it after a change of the features, of data/questions or of data/nlu; the file is kept with the code, so that a first
start does not have to. The section classifier that the features lean on is fitted on other questions than those whose
features it gives (in folds), or it would seem surer than it is.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from rasa.shared.nlu.training_data.loading import load_data
from tqdm import tqdm

from bot.nlu.evidence import Asked, Evidence
from bot.nlu.examples import LabelledQuestion, Phrasing, as_phrasings, kept_from_encoder, phrasings, questions
from bot.nlu.intent_model import IntentModel, mask
from bot.nlu.kinds import KindModel
from bot.nlu.ranker import ConditionalLogit, Ranker, Rankers, kind_row, with_nothing
from bot.nlu.reading import asked, read
from bot.nlu.section_classifier import extra_examples
from bot.nlu.understanding import ContentIndex, build_index
from content_db.database import open_engine
from content_db.importers.library import catalogue, starter_database
from content_db.repository import PassageText
from content_db.sections import FAQ, PICTURED
from content_db.settings import PROJECT

FOLDS: Final = 4
TOPIC_STRENGTH: Final = 2.0
PASSAGE_STRENGTH: Final = 2.0
KIND_STRENGTH: Final = 1.0
# Where nobody has looked for the particular question that asks the same, it has to be this much like the message.
FAQ_ALIKE: Final = 0.65
# What the text of a section that is asked for is worth where a particular question asks the same: of 161 replies that
# this changed, blind readers called 63 better and 40 worse; with a quarter, of 79 more 19 and 30.
BESIDE_PARTICULAR: Final = 0.5
# How many of the questions are also played in the middle of a talk.
IN_TALK: Final = 0.4
# What may have been told in it.
_TOLD_BEFORE: Final = ("overview", "uses", "preparation", "procedure", "experience", "aftercare", "results", "risks")


@dataclass(frozen=True)
class Example:
    """A question with what the models make of it; `evidence` knows nothing of it."""

    question: LabelledQuestion
    evidence: Evidence
    probabilities: Mapping[str, float]
    seen: float
    asked: Asked


def indexes(splits: Sequence[Sequence[LabelledQuestion]]) -> Iterator[ContentIndex]:
    """For each set of questions an index over the shipped library in which those questions are phrasings."""
    with starter_database() as url:
        engine = open_engine(url)
        for known in splits:
            with engine.connect() as connection:
                yield build_index(connection, partial(_known_phrasings, known))
        engine.dispose()


def _known_phrasings(known: Sequence[LabelledQuestion], language: str) -> tuple[Phrasing, ...]:
    return (*phrasings(language), *as_phrasings(known, language))


def sentences() -> tuple[list[str], list[str]]:
    """The masked sentences of data/nlu and their intents."""
    examples = [example for example in load_data(str(PROJECT / "data" / "nlu")).intent_examples if example.get("text")]
    texts = [
        mask(example.get("text"), [(e["start"], e["end"], e["entity"]) for e in example.get("entities", [])])
        for example in examples
    ]
    return texts, [example.get("intent") for example in examples]


def in_talk(given: Sequence[LabelledQuestion]) -> list[LabelledQuestion]:
    """The questions again, in the middle of a talk about something.

    One that names no topic is about what was talked about; one that an answer needs nothing else for is not, nor is
    what calls for no answer.
    """
    chance = random.Random(11)

    def after(question: LabelledQuestion, topic: str, **changed: Any) -> LabelledQuestion:
        return replace(question, before=topic, before_section=chance.choice(_TOLD_BEFORE), **changed)

    exams = sorted(t.id for t in catalogue().values() if t.kind in PICTURED)
    again: list[LabelledQuestion] = []
    for question in given:
        if question.before is not None:
            again += [question] * 2
        elif question.kinds == ("clarify",) and question.sections:
            for topic in chance.sample(exams, 3):
                again.append(after(question, topic, kinds=("answer",), topics=(topic,)))
        elif question.kinds[0] not in ("clarify", "not_covered") and chance.random() < IN_TALK:
            same = question.kinds == ("answer",) and question.topics and chance.random() < 0.5
            again.append(after(question, question.topics[0] if same else chance.choice(exams)))
    return again


def examples(given: Sequence[LabelledQuestion]) -> list[Example]:
    """The questions that the encoder was not learnt from, by a classifier and an index that have not seen them.

    Some of them in the middle of a talk too.
    """
    taught = [question for question in given if not kept_from_encoder(question)]
    kept = [question for question in given if kept_from_encoder(question)]
    random.Random(7).shuffle(kept)
    held = [kept[fold::FOLDS] for fold in range(FOLDS)]
    splits = [
        [*taught, *(q for other, part in enumerate(held) if other != fold for q in part)] for fold in range(FOLDS)
    ]
    texts, intents = sentences()
    made: list[Example] = []
    for fold, index in enumerate(tqdm(indexes(splits), total=FOLDS, desc="Folds", disable=not sys.stderr.isatty())):
        more_texts, more_intents = extra_examples(splits[fold])
        model = IntentModel.train([*texts, *more_texts], [*intents, *more_intents])
        made += [example(index, model, question) for question in (*held[fold], *in_talk(held[fold]))]
    return made


def example(index: ContentIndex, model: IntentModel, question: LabelledQuestion) -> Example:
    """One question as the models see it."""
    reading = read(question.text, index.topics, topic=question.before)
    probabilities, seen = model.probabilities(reading.plain)
    evidence = index.evidence.get(question.language) or index.evidence["en"]
    asking = model.probabilities(reading.asking)[0] if reading.asking else None
    heard = asked(reading, probabilities, topic=question.before, section=question.before_section, asking=asking)
    return Example(question, evidence, probabilities, seen, heard)


def topic_group(one: Example) -> tuple[Any, list[bool]]:
    """The features of the topics of one question, and which are right; "none of them" is the last."""
    ids, table = one.evidence.topics(one.asked, one.evidence.scores(one.asked))
    right = [topic_id in one.question.topics for topic_id in ids]
    return with_nothing(table, one.asked), [*right, not one.question.topics]


def passage_group(one: Example, topic_id: str) -> tuple[Any, list[float]]:
    """The features of a topic's passages for one question, and what each is worth as its answer, 0 to 1."""
    passages, table = one.evidence.of_topic(topic_id, one.asked, one.evidence.scores(one.asked))
    meaning = table[:, one.evidence.column_of("faq_meaning")]
    the_same = [
        passage.section == FAQ and _asks_the_same(one.question, passage, float(meaning[place]))
        for place, passage in enumerate(passages)
    ]
    section = BESIDE_PARTICULAR if any(the_same) else 1.0
    worth = [
        1.0 if same else section * (passage.section != FAQ and passage.section in one.question.sections)
        for same, passage in zip(the_same, passages, strict=True)
    ]
    return table, worth


def _asks_the_same(question: LabelledQuestion, passage: PassageText, meaning: float) -> bool:
    """Whether a particular question is the one that is asked; where nobody has looked, whether it is much alike."""
    if question.particular is None:
        return FAQ in question.sections and meaning >= FAQ_ALIKE
    return (passage.topic_id, passage.question) in question.particular


def learn(made: Sequence[Example]) -> Rankers:
    """Fit the models on examples."""
    opening = [one for one in made if one.asked.topic is None]
    return Rankers(_learn(opening), _learn([one for one in made if one.asked.topic is not None]))


def _learn(made: Sequence[Example]) -> Ranker:
    answered = [one for one in made if set(one.question.kinds) & {"answer", "clarify"}]
    topics = ConditionalLogit.fit([topic_group(one) for one in answered], TOPIC_STRENGTH)
    about = [one for one in answered if one.question.topics and one.evidence.line_of(one.question.topics[0])]
    passages = ConditionalLogit.fit([passage_group(one, one.question.topics[0]) for one in about], PASSAGE_STRENGTH)
    rows, right = [], []
    for one in made:
        ids, table = one.evidence.topics(one.asked, one.evidence.scores(one.asked))
        shares = topics.probabilities(with_nothing(table, one.asked))
        rows.append(kind_row(ids, table, shares, one.asked, one.probabilities, one.seen))
        right.append(["answer" if kind in ("clarify", "not_covered") else kind for kind in one.question.kinds])
    return Ranker(topics, passages, KindModel.fit(rows, right, KIND_STRENGTH))


def main() -> None:
    """Learn from every question and write the weights."""
    made = examples(questions())
    learn(made).save()
    print(f"Weights learnt from {len(made)} questions.")


if __name__ == "__main__":
    main()
