"""What understanding takes from the content, kept in step with the database: topics and particular questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Connection

from bot.nlu import encoder
from bot.nlu.content_watch import ContentWatch
from bot.nlu.encoder import Vectors
from bot.nlu.intent_model import mask
from bot.nlu.topic_index import Linked, TopicIndex
from content_db import repository
from content_db.database import open_engine
from content_db.retrieval.questions import FaqQuestion, QuestionIndex
from content_db.settings import ContentSettings


@dataclass(frozen=True)
class ContentIndex:
    """What is known of topics and questions at one version of the content."""

    topics: TopicIndex
    questions: QuestionIndex
    parents: dict[str, str | None]

    def line_of(self, topic_id: str) -> list[str]:
        """The topic and those above it."""
        line = [topic_id]
        while (parent := self.parents.get(line[-1])) is not None and parent not in line:
            line.append(parent)
        return line


class _QuestionVectors:
    """Vectors of questions, each computed once however often the index is built."""

    def __init__(self) -> None:
        self._known: dict[str, Vectors] = {}

    def __call__(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, encoder.encode_many(new), strict=True))
        return np.stack([self._known[text] for text in texts]) if texts else encoder.encode_many([])


_vectors = _QuestionVectors()


def build_index(connection: Connection) -> ContentIndex:
    """Read the aliases and questions of the database into an index."""
    topics = TopicIndex(repository.aliases(connection))
    questions = [
        FaqQuestion(row.passage_id, row.topic_id, row.language, masked(row.question, topics.link(row.question)))
        for row in repository.faq_questions(connection)
    ]
    return ContentIndex(topics, QuestionIndex(questions, _vectors), repository.parents(connection))


def masked(text: str, linked: Linked) -> str:
    """The text with every named topic replaced by the plain word for its kind."""
    return mask(text, [(mention.start, mention.end, mention.kind) for mention in linked.mentions])


def watch_content() -> ContentWatch[ContentIndex]:
    """A started watch on the database of the settings."""
    watch = ContentWatch(
        open_engine(ContentSettings().content_url),
        build_index,
        ContentIndex(TopicIndex([]), QuestionIndex([], _vectors), {}),
    )
    watch.start()
    return watch
