from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from bot.nlu.encoder import encode
from bot.nlu.topic_index import TopicIndex
from bot.nlu.understanding import ContentIndex, build_index, masked
from content_db import repository
from content_db.repository import AliasView
from content_db.retrieval.questions import QuestionIndex
from tests.unit.content_db.shelf import add_draft, add_topic

NOTHING = QuestionIndex([], lambda _: [])


@pytest.mark.parametrize(
    ("topic", "line"),
    [
        ("leaf", ["leaf", "branch", "root"]),
        ("root", ["root"]),
        ("unknown", ["unknown"]),
        ("orphan", ["orphan", "not there"]),
        ("ring-a", ["ring-a", "ring-b"]),
    ],
)
def test_a_topic_and_those_above_it(topic: str, line: list[str]) -> None:
    parents = {
        "leaf": "branch",
        "branch": "root",
        "root": None,
        "orphan": "not there",
        "ring-a": "ring-b",
        "ring-b": "ring-a",
    }
    assert ContentIndex(TopicIndex([]), NOTHING, parents).line_of(topic) == line


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Does a knee MRI hurt?", "Does a scan hurt?"),
        ("Does the exam hurt?", "Does the exam hurt?"),
        ("Can a knee MRI show gallstones?", "Can a scan show disease?"),
    ],
)
def test_a_named_topic_is_replaced_by_a_plain_word(text: str, plain: str) -> None:
    index = TopicIndex(
        [AliasView("kneemr", "exam", "en", "knee MRI"), AliasView("gallstones", "condition", "en", "gallstones")]
    )
    assert masked(text, index.link(text)) == plain


def test_the_index_knows_what_is_in_the_database(content_engine: Engine) -> None:
    with content_engine.begin() as connection:
        add_topic(connection, "bodymr")
        add_topic(connection, "kneemr", parent="bodymr")
        repository.add_aliases(connection, "kneemr", "en", ["knee MRI"])
        add_draft(connection, "kneemr.faq-1.en", question="Can I wear deodorant for a knee MRI?")
        add_draft(connection, "kneemr.faq-2.en", question="May I bring my dog?")
        index = build_index(connection)
    assert [mention.topic_id for mention in index.topics.link("my knee mri").mentions] == ["kneemr"]
    assert index.line_of("kneemr") == ["kneemr", "bodymr"]
    best, other = index.questions.match("can i use deodorant", encode("can i use deodorant"), ["kneemr"])
    assert (best.passage_id, other.passage_id) == ("kneemr.faq-1.en", "kneemr.faq-2.en")
    assert best.score > other.score
