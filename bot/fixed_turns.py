"""Turns of fixed words that need nothing but themselves: the emergency, the apology, the greeting."""

from __future__ import annotations

from typing import Any

from bot.messages import Kind, Turn
from bot.notice import with_notice
from bot.safety import red_flags
from bot.settings import Settings
from bot.words import say


def emergency(flag: red_flags.RedFlag, settings: Settings, context: dict[str, Any]) -> Turn:
    """The fixed words for a red flag. Needs neither Rasa nor a database."""
    words = red_flags.reply(
        flag, flag.language, emergency_number=settings.emergency_number, crisis_number=settings.crisis_number
    )
    return Turn(Kind.EMERGENCY, flag.language, (words,), context=context)


def failure(language: str, settings: Settings, context: dict[str, Any] | None = None) -> Turn:
    """The apology for something inside that failed."""
    words = say("error", language, emergency_number=settings.emergency_number)
    return Turn(Kind.ERROR, language, (words,), context=context or {})


def greeting(language: str, settings: Settings) -> Turn:
    """The first turn of a conversation."""
    bubbles = with_notice((say("greeting", language),), language, site=settings.site)
    return Turn(Kind.CHITCHAT, language, bubbles, context={"language": language})
