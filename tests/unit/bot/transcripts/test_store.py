"""The store's own promise is what is kept and for how long. Taking names out of a text is its caller's duty."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.messages import Choice, Incoming, Kind, ShownPassage, Turn
from bot.transcripts.models import Base, Case, Conversation, Message, TurnLog
from bot.transcripts.store import MIGRATIONS, Stored, Transcripts
from content_db import repository
from content_db.database import migrate, open_engine
from tests.conftest import ON_POSTGRES

PASSAGE = ShownPassage("t.overview.en", "t", "overview", 3, "Title", "https://example.org", "none", None)
TURN = Turn(
    Kind.ANSWER,
    "en",
    ("The text with ñ and 日本.", "The notice."),
    topic="t",
    section="overview",
    passages=(PASSAGE,),
    choices=(Choice("How to prepare", '/choose{"section": "preparation"}'),),
    confidence=0.5,
    context={"language": "en", "topic": "t", "offered": [{"title": "ñ", "entities": {"section": "preparation"}}]},
)
APOLOGY = Turn(Kind.ERROR, "en", ("Sorry.",))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("transcripts") / "template.db"
    Transcripts.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", ON_POSTGRES])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a transcript store with nothing in it."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "transcripts.db")
        return f"sqlite:///{path}"
    address = str(request.getfixturevalue("transcripts_postgres_url"))
    engine = open_engine(address)
    migrate(engine, MIGRATIONS, "transcripts_version")
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))
    engine.dispose()
    return address


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_engine(url)
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine) -> Transcripts:
    return Transcripts(engine)


def begin(store: Transcripts, language: str = "en") -> str:
    return store.new_conversation("web", language)[0]


def take_in(store: Transcripts, conversation: str, client_id: str = "one", text: str = "Does it hurt?") -> Stored:
    return store.take_in(Incoming(conversation, client_id, text))


def answer(store: Transcripts, message: Stored, turn: Turn = TURN, case: str | None = None) -> dict[str, object]:
    return store.answer(message, turn, channel="web", rasa_ms=12.5, case=case)


def count(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def age(engine: Engine, conversation: str, days: float) -> None:
    """As if nothing had been said in a conversation for so long."""
    then = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(days=days)
    with engine.begin() as connection:
        connection.execute(update(Conversation).where(Conversation.id == conversation).values(last_at=then))


# --- conversations ---


def test_a_conversation_is_known_by_its_id_and_token(store: Transcripts, engine: Engine) -> None:
    conversation, token = store.new_conversation("web", "es")
    view = store.conversation(conversation)
    assert (view.id, view.channel, view.language, view.context, view.turns) == (
        conversation,
        "web",
        "es",
        {"language": "es"},
        0,
    )
    with engine.connect() as connection:
        assert token not in str(connection.execute(select(Conversation.__table__)).one())


def test_tokens(store: Transcripts) -> None:
    (one, token_of_one), (_, token_of_two) = store.new_conversation("web", "en"), store.new_conversation("web", "en")
    assert [store.token_fits(one, token) for token in (token_of_one, token_of_two, "", token_of_one + "x", "ñ")] == [
        True,
        False,
        False,
        False,
        False,
    ]
    assert store.token_fits("no such conversation", token_of_one) is None


def test_ids_and_tokens_never_repeat(store: Transcripts) -> None:
    made = [store.new_conversation("web", "en") for _ in range(20)]
    assert len({part for pair in made for part in pair}) == 40
    assert all(len(token) >= 43 for _, token in made)


# --- messages ---


def test_a_message_is_stored_as_it_came(store: Transcripts) -> None:
    conversation = begin(store)
    incoming = Incoming(conversation, "one", "¿Duele?\n😀 '; DROP TABLE messages; --", None)
    stored = store.take_in(incoming)
    assert stored.incoming() == incoming
    assert stored.turn is None
    assert store.message(conversation, "one") == stored


def test_a_choice_is_stored_as_one(store: Transcripts) -> None:
    incoming = Incoming(begin(store), "one", "", '/choose{"section": "risks"}')
    assert store.take_in(incoming).incoming() == incoming


def test_the_same_client_id_again_is_the_same_message(store: Transcripts, engine: Engine) -> None:
    conversation = begin(store)
    first = take_in(store, conversation, "one", "the first words")
    again = take_in(store, conversation, "one", "other words")
    assert again == first
    assert count(engine, Message) == 1


def test_a_client_id_counts_within_its_conversation(store: Transcripts) -> None:
    one, two = (take_in(store, begin(store), "same id", text) for text in ("first", "second"))
    assert (one.text, two.text) == ("first", "second")
    assert one.id != two.id


def test_the_same_message_from_many_threads_is_stored_once(store: Transcripts, engine: Engine) -> None:
    conversation, together = begin(store), Barrier(8)

    def take(number: int) -> Stored:
        together.wait()
        return take_in(store, conversation, "one", f"words {number}")

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(take, range(8)))
    assert len({(stored.id, stored.text) for stored in taken}) == 1
    assert count(engine, Message) == 1


def test_different_messages_from_many_threads_are_all_stored(store: Transcripts) -> None:
    conversation, together = begin(store), Barrier(8)

    def take(number: int) -> Stored:
        together.wait()
        return take_in(store, conversation, f"id {number}", f"words {number}")

    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(take, range(8)))
    assert [stored.text for stored in taken] == [f"words {number}" for number in range(8)]
    assert store.counts()["unanswered"] == 8


def test_a_message_to_a_conversation_that_is_gone_is_not_stored(store: Transcripts, engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError):
        take_in(store, "no such conversation")
    assert count(engine, Message) == 0


# --- answers ---


def test_an_answer_is_kept_with_its_message_and_leaves_its_context(store: Transcripts) -> None:
    message = take_in(store, begin(store))
    assert answer(store, message) == TURN.as_api()
    again = store.message(message.conversation_id, message.client_id)
    assert again is not None
    assert again.turn == TURN.as_api()
    view = store.conversation(message.conversation_id)
    assert (view.context, view.turns) == (TURN.context, 1)


def test_an_apology_leaves_the_context_of_the_turn_before(store: Transcripts) -> None:
    conversation = begin(store)
    answer(store, take_in(store, conversation, "one"), TURN)
    answer(store, take_in(store, conversation, "two"), APOLOGY)
    view = store.conversation(conversation)
    assert (view.context, view.turns) == (TURN.context, 2)


def test_the_log_of_turns_has_ids_and_figures_and_no_words(store: Transcripts, engine: Engine) -> None:
    answer(store, take_in(store, begin(store), text="my canary words"))
    with engine.connect() as connection:
        row = dict(connection.execute(select(TurnLog.__table__)).mappings().one())
    assert row.pop("at") is not None
    assert row.pop("waited_ms") >= 0
    assert row == {
        "id": row["id"],
        "channel": "web",
        "language": "en",
        "kind": "answer",
        "topic": "t",
        "section": "overview",
        "passages": "t.overview.en#3",
        "confidence": 0.5,
        "rasa_ms": 12.5,
    }


def test_the_first_answer_counts(store: Transcripts, engine: Engine) -> None:
    message = take_in(store, begin(store))
    answer(store, message, APOLOGY, case="handoff")
    assert answer(store, message, TURN, case="handoff") == APOLOGY.as_api()
    view = store.conversation(message.conversation_id)
    assert (view.context, view.turns) == ({"language": "en"}, 1)
    assert (count(engine, TurnLog), count(engine, Case)) == (1, 1)


def test_answers_from_many_threads_are_one(store: Transcripts, engine: Engine) -> None:
    message, together = take_in(store, begin(store)), Barrier(6)

    def reply(number: int) -> str:
        together.wait()
        return json.dumps(answer(store, message, Turn(Kind.CHITCHAT, "en", (f"Words {number}.",)), case="handoff"))

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(reply, range(6)))) == 1
    assert (count(engine, TurnLog), count(engine, Case)) == (1, 1)
    assert store.conversation(message.conversation_id).turns == 1


def test_an_answer_is_stored_whole_or_not_at_all(store: Transcripts, engine: Engine) -> None:
    message = take_in(store, begin(store))
    too_wide = Turn(Kind.ANSWER, "en", ("Words.",), context={"not": object()})
    with pytest.raises(TypeError):
        answer(store, message, too_wide)
    assert store.unanswered() == [message]
    assert count(engine, TurnLog) == 0


def test_what_a_crash_left_behind_is_found_oldest_first(store: Transcripts, url: str) -> None:
    conversation, other = begin(store), begin(store)
    left = [
        take_in(store, conversation, "one"),
        take_in(store, other, "one"),
        take_in(store, conversation, "two"),
    ]
    answer(store, take_in(store, conversation, "three"))
    after_the_crash = Transcripts.open(url)
    assert after_the_crash.unanswered() == left
    answer(after_the_crash, left[0])
    assert after_the_crash.unanswered() == left[1:]
    after_the_crash.close()


def test_turns_after_one_that_was_seen(store: Transcripts) -> None:
    conversation = begin(store)
    one, two, three = (take_in(store, conversation, name) for name in ("one", "two", "three"))
    other = take_in(store, begin(store))
    for message in (one, three, other):
        answer(store, message)
    assert [stored.client_id for stored in store.answered_after(conversation, 0)] == ["one", "three"]
    assert [stored.client_id for stored in store.answered_after(conversation, one.id)] == ["three"]
    answer(store, two)
    assert [stored.client_id for stored in store.answered_after(conversation, one.id)] == ["two", "three"]
    assert store.answered_after(conversation, three.id) == []
    assert store.answered_after(conversation, 10**15) == []


def test_only_a_button_that_was_shown_in_the_conversation_was_offered(store: Transcripts) -> None:
    conversation, other, value = begin(store), begin(store), TURN.choices[0].value
    assert not store.offered(conversation, value)
    message = take_in(store, conversation)
    assert not store.offered(conversation, value)
    answer(store, message)
    answer(store, take_in(store, conversation, "two"), APOLOGY)
    assert store.offered(conversation, value)
    assert not store.offered(conversation, value.upper())
    assert not store.offered(conversation, TURN.choices[0].title)
    assert not store.offered(other, value)


def test_counts(store: Transcripts) -> None:
    assert store.counts() == {"conversations": 0, "unanswered": 0, "open_cases": 0}
    conversation = begin(store)
    answer(store, take_in(store, conversation, "one"), case="emergency")
    take_in(store, conversation, "two")
    assert store.counts() == {"conversations": 1, "unanswered": 1, "open_cases": 1}


# --- forgetting ---


def test_old_conversations_are_forgotten_whole_and_nothing_younger(store: Transcripts, engine: Engine) -> None:
    old, young = begin(store), begin(store)
    for conversation in (old, young):
        answer(store, take_in(store, conversation, "one"), case="handoff")
        take_in(store, conversation, "two")
    age(engine, old, 30.01)
    age(engine, young, 29.99)
    assert store.forget_older_than(30) == 1
    assert store.token_fits(old, "any") is None
    assert store.message(old, "one") is None
    assert [stored.conversation_id for stored in store.unanswered()] == [young]
    assert store.message(young, "one") is not None
    assert store.counts() == {"conversations": 1, "unanswered": 1, "open_cases": 1}
    assert (count(engine, Message), count(engine, TurnLog)) == (2, 2)
    assert store.forget_older_than(30) == 0


def test_a_conversation_lives_on_while_it_is_answered(store: Transcripts, engine: Engine) -> None:
    conversation = begin(store)
    age(engine, conversation, 40)
    answer(store, take_in(store, conversation))
    assert store.forget_older_than(30) == 0


# --- the database ---


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    own = set(Base.metadata.tables)

    def is_own(_object: object, name: str, kind: str, *_: object) -> bool:
        return kind != "table" or name in own

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_own})
        assert compare_metadata(context, Base.metadata) == []


def test_the_content_may_live_in_the_same_database(url: str, store: Transcripts) -> None:
    both = open_engine(url)
    migrate(both)
    Transcripts.open(url).close()
    tables = set(inspect(both).get_table_names())
    assert {"content_version", "transcripts_version", "topics", "conversations"} <= tables
    with both.begin() as connection:
        before = repository.version(connection)
        repository.raise_version(connection)
        assert repository.version(connection) == before + 1
    answer(store, take_in(store, begin(store)))
    assert store.counts()["conversations"] == 1
    both.dispose()


def test_two_gateways_on_one_database_see_the_same(url: str, store: Transcripts) -> None:
    other = Transcripts.open(url)
    message = take_in(store, begin(store))
    assert take_in(other, message.conversation_id, "one", "other words") == message
    answer(other, message)
    assert answer(store, message, APOLOGY) == TURN.as_api()
    other.close()


def test_opening_again_keeps_everything(url: str, store: Transcripts) -> None:
    message = take_in(store, begin(store))
    again = Transcripts.open(url)
    assert again.message(message.conversation_id, "one") == message
    again.close()


def test_a_database_that_does_not_answer_is_told_as_such(store: Transcripts, tmp_path: Path) -> None:
    store.ping()
    a_folder_is_no_database = Transcripts(open_engine(f"sqlite:///{tmp_path}"))
    with pytest.raises(SQLAlchemyError):
        a_folder_is_no_database.ping()
