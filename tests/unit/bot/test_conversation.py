from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import MOST_WAITING, Conversations, TooManyWaiting
from bot.messages import Choice, Incoming, Kind, Turn
from bot.notice import is_notice, notice
from bot.rasa_client import RasaUnreachable
from bot.safety import red_flags
from bot.settings import Settings
from bot.transcripts.store import Transcripts
from bot.words import say
from content_db.database import open_engine
from tests.unit.bot.phone import PHONE, tells_the_number
from tests.unit.bot.waiting import until

SETTINGS = Settings(site="Clinic", emergency_number="112")
CANARY = "canary-7421"
DANGER = "I can't breathe and my lips are blue"


class FakeRasa:
    """Says back what it is asked, in the language of the context, which it passes on with a count of the turns."""

    def __init__(self) -> None:
        self.asked: list[tuple[Incoming, dict[str, Any], int]] = []
        self.replies: list[Turn | Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def texts(self) -> list[str]:
        return [incoming.text for incoming, _ in self.asked]

    async def turn(self, incoming: Incoming, *, context: dict[str, Any]) -> Turn:
        self.asked.append((incoming, context))
        await self.gate.wait()
        reply = self.replies.pop(0) if self.replies else None
        if isinstance(reply, Exception):
            raise reply
        context = {**context, "count": context.get("count", 0) + 1}
        return reply or Turn(Kind.ANSWER, str(context["language"]), (f"You said: {incoming.text}",), context=context)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("transcripts") / "template.db"
    Transcripts.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def engine(template: Path, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{shutil.copy(template, tmp_path / 'transcripts.db')}")
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Transcripts:
    return Transcripts(engine)


@pytest.fixture
async def rasa() -> FakeRasa:
    return FakeRasa()


@pytest.fixture
async def talk(store: Transcripts, rasa: FakeRasa) -> AsyncIterator[Conversations]:
    with ThreadPoolExecutor(4) as threads:
        yield Conversations(store, rasa, SETTINGS, threads)  # type: ignore[arg-type]


@pytest.fixture
def conversation(store: Transcripts) -> str:
    return store.new_conversation("web", "en")[0]


def words(turn: dict[str, Any]) -> list[str]:
    return [bubble["text"] for bubble in turn["bubbles"]]


def kind(turn: dict[str, Any]) -> str:
    return str(turn["answer"]["kind"])


async def send(talk: Conversations, conversation: str, client_id: str, text: str = "hello") -> dict[str, Any]:
    return await talk.turn(Incoming(conversation, client_id, text))


# --- one message ---


async def test_a_message_is_answered_stored_and_ends_with_the_notice(
    talk: Conversations, store: Transcripts, conversation: str
) -> None:
    turn = await send(talk, conversation, "one", "does it hurt?")
    assert words(turn) == ["You said: does it hurt?", notice("en", site="Clinic")]
    stored = store.message(conversation, "one")
    assert stored is not None
    assert stored.turn == turn


async def test_rasas_own_notice_does_not_make_two(talk: Conversations, rasa: FakeRasa, conversation: str) -> None:
    rasa.replies = [Turn(Kind.ANSWER, "es", (notice("en"), "El texto.", notice("es", short=True)))]
    assert words(await send(talk, conversation, "one")) == ["El texto.", notice("es", site="Clinic")]


async def test_a_button_is_passed_on_as_it_is(talk: Conversations, rasa: FakeRasa, conversation: str) -> None:
    incoming = Incoming(conversation, "one", "", '/choose{"topic": "kneemr"}')
    await talk.turn(incoming)
    assert rasa.asked[0][0] == incoming


@pytest.mark.parametrize(
    ("answer", "cases"),
    [(Kind.HANDOFF, 1), (Kind.EMERGENCY, 1), (Kind.ANSWER, 0), (Kind.PERSONAL_ADVICE, 0), (Kind.ERROR, 0)],
)
async def test_a_person_is_told_when_one_is_needed(
    talk: Conversations, rasa: FakeRasa, store: Transcripts, conversation: str, answer: Kind, cases: int
) -> None:
    rasa.replies = [Turn(answer, "en", ("Words.",))]
    await send(talk, conversation, "one")
    assert store.counts()["open_cases"] == cases


# --- danger ---


@pytest.mark.parametrize(
    ("text", "language"),
    [(DANGER, "en"), ("I want to kill myself", "en"), ("no puedo respirar", "es"), ("quiero matarme", "es")],
)
async def test_danger_is_answered_without_rasa_and_a_person_is_told(
    talk: Conversations, rasa: FakeRasa, store: Transcripts, conversation: str, text: str, language: str
) -> None:
    turn = await send(talk, conversation, "one", text)
    flag = red_flags.find(text)
    assert flag is not None
    assert rasa.asked == []
    assert (kind(turn), turn["answer"]["language"], turn["choices"]) == ("emergency", language, [])
    assert words(turn) == [
        red_flags.reply(flag, language, emergency_number="112", crisis_number="988"),
        notice(language, site="Clinic"),
    ]
    assert store.counts() == {"conversations": 1, "unanswered": 0, "open_cases": 1}


async def test_danger_does_not_wait_behind_other_messages(
    talk: Conversations, rasa: FakeRasa, conversation: str
) -> None:
    rasa.gate.clear()
    before = asyncio.create_task(send(talk, conversation, "one"))
    await until(lambda: rasa.asked)
    assert kind(await send(talk, conversation, "two", DANGER)) == "emergency"
    assert not before.done()
    rasa.gate.set()
    assert kind(await before) == "answer"


async def test_danger_is_answered_however_many_wait(talk: Conversations, rasa: FakeRasa, conversation: str) -> None:
    rasa.gate.clear()
    waiting = [asyncio.create_task(send(talk, conversation, str(number))) for number in range(MOST_WAITING)]
    await until(lambda: talk._waiting.get(conversation) == MOST_WAITING)
    assert kind(await send(talk, conversation, "danger", DANGER)) == "emergency"
    rasa.gate.set()
    await asyncio.gather(*waiting)


async def test_after_an_emergency_the_talk_goes_on_where_it_was(
    talk: Conversations, rasa: FakeRasa, conversation: str
) -> None:
    await send(talk, conversation, "one")
    await send(talk, conversation, "two", DANGER)
    await send(talk, conversation, "three")
    assert [context for _, context in rasa.asked] == [{"language": "en"}, {"language": "en", "count": 1}]


# --- what tells who somebody is ---


async def test_personal_details_are_taken_out_before_storing_and_before_rasa(
    talk: Conversations, rasa: FakeRasa, store: Transcripts, engine: Engine, conversation: str
) -> None:
    await send(talk, conversation, "one", f"My number is {PHONE}, does an MRI hurt?")
    stored = store.message(conversation, "one")
    assert stored is not None
    assert rasa.texts == [stored.text]
    assert "does an MRI hurt?" in stored.text
    with engine.connect() as connection:
        everything = " ".join(str(tuple(row)) for row in connection.execute(text("SELECT * FROM messages")))
    assert not tells_the_number(everything)


async def test_details_are_taken_out_of_a_cry_for_help_too(
    talk: Conversations, store: Transcripts, conversation: str
) -> None:
    turn = await send(talk, conversation, "one", f"I want to kill myself. Call me at {PHONE}")
    stored = store.message(conversation, "one")
    assert kind(turn) == "emergency"
    assert stored is not None
    assert not tells_the_number(stored.text)


# --- the same message again ---


async def test_the_same_message_twice_at_once_is_one_turn(
    talk: Conversations, rasa: FakeRasa, conversation: str
) -> None:
    rasa.gate.clear()
    twice = [asyncio.create_task(send(talk, conversation, "one", said)) for said in ("hello", "hello")]
    await until(lambda: talk._waiting.get(conversation) == 2)
    rasa.gate.set()
    first, second = await asyncio.gather(*twice)
    assert first == second
    assert rasa.texts == ["hello"]


async def test_the_same_message_later_gets_the_same_turn(
    talk: Conversations, rasa: FakeRasa, conversation: str
) -> None:
    first = await send(talk, conversation, "one", "hello")
    await send(talk, conversation, "two", "and now?")
    assert await send(talk, conversation, "one", "hello") == first
    assert rasa.texts == ["hello", "and now?"]


async def test_the_same_danger_twice_is_one_case(talk: Conversations, store: Transcripts, conversation: str) -> None:
    first, second = await asyncio.gather(*(send(talk, conversation, "one", DANGER) for _ in range(2)))
    assert first == second
    assert store.counts()["open_cases"] == 1


# --- order ---


async def test_one_turn_at_a_time_and_in_order(talk: Conversations, rasa: FakeRasa, conversation: str) -> None:
    rasa.gate.clear()
    sent = []
    for number in range(5):
        sent.append(asyncio.create_task(send(talk, conversation, str(number), f"message {number}")))
        await until(lambda waiting=number + 1: talk._waiting.get(conversation) == waiting)
    await until(lambda: rasa.asked)
    assert rasa.texts == ["message 0"]
    rasa.gate.set()
    turns = await asyncio.gather(*sent)
    assert rasa.texts == [f"message {number}" for number in range(5)]
    assert [words(turn)[0] for turn in turns] == [f"You said: message {number}" for number in range(5)]
    assert [context.get("count", 0) for _, context in rasa.asked] == [0, 1, 2, 3, 4]


async def test_conversations_do_not_wait_for_each_other(
    talk: Conversations, rasa: FakeRasa, store: Transcripts
) -> None:
    rasa.gate.clear()
    conversations = [store.new_conversation("web", "en")[0] for _ in range(4)]
    sent = [asyncio.create_task(send(talk, each, "one", each)) for each in conversations]
    await until(lambda: len(rasa.asked) == 4)
    rasa.gate.set()
    assert [words(turn)[0] for turn in await asyncio.gather(*sent)] == [f"You said: {each}" for each in conversations]


async def test_too_many_waiting_are_refused_and_can_be_sent_again(
    talk: Conversations, rasa: FakeRasa, store: Transcripts, conversation: str
) -> None:
    rasa.gate.clear()
    waiting = [asyncio.create_task(send(talk, conversation, str(number))) for number in range(MOST_WAITING)]
    await until(lambda: talk._waiting.get(conversation) == MOST_WAITING)
    with pytest.raises(TooManyWaiting):
        await send(talk, conversation, "one too many")
    rasa.gate.set()
    assert len(await asyncio.gather(*waiting)) == MOST_WAITING
    assert kind(await send(talk, conversation, "one too many")) == "answer"
    assert store.counts()["unanswered"] == 0


async def test_nothing_is_kept_of_a_conversation_that_is_silent(
    talk: Conversations, rasa: FakeRasa, conversation: str
) -> None:
    rasa.replies = [RasaUnreachable()]
    await asyncio.gather(*(send(talk, conversation, str(number)) for number in range(3)))
    assert (talk._locks, talk._waiting) == ({}, {})


# --- context ---


async def test_the_context_is_carried_from_turn_to_turn(
    talk: Conversations, rasa: FakeRasa, store: Transcripts
) -> None:
    conversation = store.new_conversation("web", "es")[0]
    turns = [await send(talk, conversation, str(number)) for number in range(3)]
    assert [context for _, context in rasa.asked] == [
        {"language": "es"},
        {"language": "es", "count": 1},
        {"language": "es", "count": 2},
    ]
    assert {turn["answer"]["language"] for turn in turns} == {"es"}


# --- failures ---

APOLOGIES: list[Turn | Exception] = [
    RasaUnreachable(),
    KeyError(CANARY),
    ValueError(f"about {CANARY}"),
    Turn(Kind.ERROR, "en", ("Rasa's own apology.",), choices=(Choice("x", "y"),)),
]


@pytest.mark.parametrize("failing", APOLOGIES, ids=lambda failing: type(failing).__name__)
async def test_when_rasa_fails_an_apology_in_the_right_language_is_stored(
    talk: Conversations,
    rasa: FakeRasa,
    store: Transcripts,
    caplog: pytest.LogCaptureFixture,
    failing: Turn | Exception,
) -> None:
    caplog.set_level(logging.DEBUG)
    conversation = store.new_conversation("web", "es")[0]
    await send(talk, conversation, "one")
    rasa.replies = [failing]
    turn = await send(talk, conversation, "two", CANARY)
    assert kind(turn) == "error"
    assert words(turn) == [say("error", "es", emergency_number="112"), notice("es", site="Clinic")]
    assert store.counts()["unanswered"] == 0
    assert await send(talk, conversation, "two", CANARY) == turn
    assert CANARY not in caplog.text
    await send(talk, conversation, "three")
    assert rasa.asked[-1][1] == {"language": "es", "count": 1}


async def test_an_apology_follows_a_change_of_language(talk: Conversations, rasa: FakeRasa, conversation: str) -> None:
    rasa.replies = [Turn(Kind.ANSWER, "es", ("Hola.",), context={"language": "es"}), RasaUnreachable()]
    await send(talk, conversation, "one")
    assert (await send(talk, conversation, "two"))["answer"]["language"] == "es"


async def test_a_store_that_is_down_is_told_and_rasa_is_not_asked(
    talk: Conversations, rasa: FakeRasa, engine: Engine, conversation: str
) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE messages"))
    with pytest.raises(SQLAlchemyError):
        await send(talk, conversation, "one")
    assert rasa.asked == []


async def test_a_message_that_a_crash_left_behind_is_answered_once(
    talk: Conversations, rasa: FakeRasa, store: Transcripts, conversation: str
) -> None:
    stored = store.take_in(Incoming(conversation, "one", "does it hurt?"))
    turn, again = await asyncio.gather(talk.answer(stored, None), send(talk, conversation, "one", "does it hurt?"))
    assert turn == again
    assert not any(is_notice(text) for text in words(turn)[:-1])
    assert rasa.texts == ["does it hurt?"]
