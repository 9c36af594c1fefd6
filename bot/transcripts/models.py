"""The tables of the transcript store. Apart from the content, because its privacy and its life are other ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, DateTime, Float, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import declarative_base

Base: Any = declarative_base()


class Conversation(Base):
    """One visit. The token is kept as a hash; `context` is what the next message needs to know (JSON)."""

    __tablename__ = "conversations"

    id = Column(String(32), primary_key=True)
    token_hash = Column(String(64), nullable=False)
    channel = Column(String(20), nullable=False)
    language = Column(String(2), nullable=False)
    context = Column(Text, nullable=False, default="{}")
    turns = Column(Integer, nullable=False, default=0)
    created_at = Column(DateTime, nullable=False)
    last_at = Column(DateTime, nullable=False, index=True)


class Message(Base):
    """A patient's message, redacted, stored before it is answered. `turn` (JSON) is empty until then."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "client_id"),)

    id = Column(Integer, primary_key=True)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    client_id = Column(String(64), nullable=False)
    text = Column(Text, nullable=False)
    choice = Column(Text, nullable=True)
    received_at = Column(DateTime, nullable=False)
    turn = Column(Text, nullable=True)
    answered_at = Column(DateTime, nullable=True, index=True)


class TurnLog(Base):
    """What was shown in a turn: ids and figures only. Outlives the transcript, so it names no conversation."""

    __tablename__ = "turn_log"

    id = Column(Integer, primary_key=True)
    at = Column(DateTime, nullable=False, index=True)
    channel = Column(String(20), nullable=False)
    language = Column(String(2), nullable=False)
    kind = Column(String(20), nullable=False)
    topic = Column(String(64), nullable=True)
    section = Column(String(20), nullable=True)
    passages = Column(Text, nullable=False, default="")
    confidence = Column(Float, nullable=True)
    waited_ms = Column(Float, nullable=False)
    rasa_ms = Column(Float, nullable=True)


class Case(Base):
    """A conversation that a person should look at."""

    __tablename__ = "cases"

    id = Column(Integer, primary_key=True)
    conversation_id = Column(String(32), ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True)
    reason = Column(String(40), nullable=False)
    opened_at = Column(DateTime, nullable=False)
    closed_at = Column(DateTime, nullable=True)
