"""The only SQL over the transcript tables. Every call is one transaction; all are made from the gateway's threads."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from bot.messages import Incoming, Turn
from bot.transcripts.models import Case, Conversation, Message, TurnLog
from content_db.database import migrate, open_engine

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _hash(token: str) -> str:
    # The token is 256 random bits: a plain hash of it cannot be guessed back.
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class ConversationView:
    """What a turn needs to know of its conversation."""

    id: str
    channel: str
    language: str
    context: dict[str, Any]
    turns: int


@dataclass(frozen=True)
class Stored:
    """A message in the store. `turn` is the API form of its answer, once it has one."""

    id: int
    conversation_id: str
    client_id: str
    text: str
    choice: str | None
    received_at: datetime
    turn: dict[str, Any] | None

    def incoming(self) -> Incoming:
        """The message as the conversation takes it."""
        return Incoming(self.conversation_id, self.client_id, self.text, self.choice)


class Transcripts:
    """The transcript store on one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, url: str) -> Transcripts:
        """Open the store and bring its tables up to date."""
        engine = open_engine(url)
        migrate(engine, MIGRATIONS, "transcripts_version")
        return cls(engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def ping(self) -> None:
        """Raises SQLAlchemyError if the database does not answer."""
        with self._engine.connect() as connection:
            connection.execute(select(1))

    # --- conversations ---

    def new_conversation(self, channel: str, language: str) -> tuple[str, str]:
        """Begin a conversation; returns its id and its token, which is not stored."""
        conversation_id, token = secrets.token_hex(16), secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            connection.execute(
                insert(Conversation).values(
                    id=conversation_id,
                    token_hash=_hash(token),
                    channel=channel,
                    language=language,
                    context=json.dumps({"language": language}),
                    turns=0,
                    created_at=_now(),
                    last_at=_now(),
                )
            )
        return conversation_id, token

    def token_fits(self, conversation_id: str, token: str) -> bool | None:
        """Whether the token is the conversation's; None if there is no such conversation."""
        with self._engine.connect() as connection:
            known = connection.execute(_TOKEN, {"id": conversation_id}).scalar_one_or_none()
        return None if known is None else hmac.compare_digest(str(known), _hash(token))

    def conversation(self, conversation_id: str) -> ConversationView:
        """A conversation that exists."""
        with self._engine.connect() as connection:
            row = connection.execute(_CONVERSATION, {"id": conversation_id}).one()
        return ConversationView(row.id, row.channel, row.language, json.loads(row.context), row.turns)

    # --- messages and turns ---

    def take_in(self, incoming: Incoming) -> Stored:
        """Store a message before anything else happens to it. One of a known client id is given back as it is."""
        received_at = _now()
        try:
            with self._engine.begin() as connection:
                result = connection.execute(
                    insert(Message).values(
                        conversation_id=incoming.conversation,
                        client_id=incoming.client_id,
                        text=incoming.text,
                        choice=incoming.choice,
                        received_at=received_at,
                    )
                )
        except IntegrityError:
            # The same message again: the first one counts. Else the conversation has been forgotten meanwhile.
            found = self.message(incoming.conversation, incoming.client_id)
            if found is None:
                raise
            return found
        message_id = int(result.inserted_primary_key[0])
        return Stored(
            message_id, incoming.conversation, incoming.client_id, incoming.text, incoming.choice, received_at, None
        )

    def message(self, conversation_id: str, client_id: str) -> Stored | None:
        """The message of this client id."""
        with self._engine.connect() as connection:
            row = connection.execute(
                _MESSAGE.where(Message.conversation_id == conversation_id, Message.client_id == client_id)
            ).first()
        return _stored(row) if row else None

    def unanswered(self) -> list[Stored]:
        """Messages that were stored but not answered, oldest first: what a crash left behind."""
        with self._engine.connect() as connection:
            rows = connection.execute(_MESSAGE.where(Message.answered_at.is_(None)).order_by(Message.id)).all()
        return [_stored(row) for row in rows]

    def answered_after(self, conversation_id: str, message_id: int) -> list[Stored]:
        """Answered messages of a conversation with an id above `message_id`, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                _MESSAGE.where(
                    Message.conversation_id == conversation_id,
                    Message.id > message_id,
                    Message.answered_at.is_not(None),
                ).order_by(Message.id)
            ).all()
        return [_stored(row) for row in rows]

    def offered(self, conversation_id: str, value: str) -> bool:
        """Whether a button of this value was ever shown in the conversation."""
        with self._engine.connect() as connection:
            turns = connection.execute(
                select(Message.turn).where(Message.conversation_id == conversation_id, Message.turn.is_not(None))
            ).scalars()
            return any(choice["value"] == value for turn in turns for choice in json.loads(turn)["choices"])

    def answer(
        self, message: Stored, turn: Turn, *, channel: str, rasa_ms: float | None, case: str | None
    ) -> dict[str, Any]:
        """Store the turn of a message, the context it leaves, its log line and its case, all at once.

        A message that has been answered meanwhile keeps its first turn; a turn without a context (an apology, an
        emergency) leaves the one that is there. Returns the turn that counts, in API form.
        """
        api, now = turn.as_api(), _now()
        context = {"context": json.dumps(dict(turn.context), ensure_ascii=False)} if turn.context else {}
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(Message)
                .where(Message.id == message.id, Message.answered_at.is_(None))
                .values(turn=json.dumps(api, ensure_ascii=False), answered_at=now)
            ).rowcount
            if not changed:
                first = connection.execute(select(Message.turn).where(Message.id == message.id)).scalar_one()
                return dict(json.loads(first))
            connection.execute(
                update(Conversation)
                .where(Conversation.id == message.conversation_id)
                .values(turns=Conversation.turns + 1, last_at=now, **context)
            )
            connection.execute(
                insert(TurnLog).values(
                    at=now,
                    channel=channel,
                    language=turn.language,
                    kind=turn.kind.value,
                    topic=turn.topic,
                    section=turn.section,
                    passages=" ".join(_shown_in(turn)),
                    confidence=turn.confidence,
                    waited_ms=(now - message.received_at).total_seconds() * 1000,
                    rasa_ms=rasa_ms,
                )
            )
            if case is not None:
                connection.execute(
                    insert(Case).values(conversation_id=message.conversation_id, reason=case, opened_at=now)
                )
        return api

    def counts(self) -> dict[str, int]:
        """How many conversations, messages without an answer, and open cases there are."""
        with self._engine.connect() as connection:
            return {
                "conversations": connection.execute(select(func.count()).select_from(Conversation)).scalar_one(),
                "unanswered": connection.execute(
                    select(func.count()).select_from(Message).where(Message.answered_at.is_(None))
                ).scalar_one(),
                "open_cases": connection.execute(
                    select(func.count()).select_from(Case).where(Case.closed_at.is_(None))
                ).scalar_one(),
            }

    def forget_older_than(self, days: int) -> int:
        """Delete conversations, with all that was said in them, after `days` of silence. Returns how many."""
        limit = _now() - timedelta(days=days)
        with self._engine.begin() as connection:
            gone = select(Conversation.id).where(Conversation.last_at < limit)
            for table in (Message, Case):
                connection.execute(delete(table).where(table.conversation_id.in_(gone)))
            return int(connection.execute(delete(Conversation).where(Conversation.last_at < limit)).rowcount)


def _shown_in(turn: Turn) -> list[str]:
    shown = [dict(vars(passage)) for passage in turn.passages]
    shown += [passage for facts in turn.also for passage in facts["passages"]]
    return [f"{passage['id']}#{passage['revision']}" for passage in shown]


# Statements of every turn, built once.
_TOKEN = select(Conversation.token_hash).where(Conversation.id == bindparam("id"))
_CONVERSATION = select(
    Conversation.id, Conversation.channel, Conversation.language, Conversation.context, Conversation.turns
).where(Conversation.id == bindparam("id"))
_MESSAGE = select(
    Message.id,
    Message.conversation_id,
    Message.client_id,
    Message.text,
    Message.choice,
    Message.received_at,
    Message.turn,
)


def _stored(row: Any) -> Stored:
    return Stored(
        row.id,
        row.conversation_id,
        row.client_id,
        row.text,
        row.choice,
        row.received_at,
        json.loads(row.turn) if row.turn else None,
    )
