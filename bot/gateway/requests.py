"""Reads what a client sent, strictly: what is returned is clean text, or an ApiError says what is wrong."""

from __future__ import annotations

import json
from typing import Any, Final

from aiohttp import web

from bot.gateway.errors import ApiError
from bot.words import LANGUAGES

LONGEST_TEXT: Final = 8000
LONGEST_BODY: Final = 64 * 1024
_LONGEST_ID: Final = 64
_LONGEST_CHOICE: Final = 500


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object in the body; an empty body is an empty object."""
    try:
        raw = await request.read()
    except web.RequestPayloadError as error:
        raise ApiError(400, "bad_request", "The request could not be understood.") from error
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ApiError(400, "not_utf8", "The body is not UTF-8 text.") from error
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "not_json", "The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ApiError(400, "not_an_object", "The body must be a JSON object.")
    return body


def language_of(body: dict[str, Any]) -> str:
    """The language asked for, or English."""
    language = body.get("language", "en")
    if not isinstance(language, str):
        raise ApiError(400, "bad_language", "'language' must be text, like \"en\".")
    return language if language in LANGUAGES else "en"


def client_id_of(body: dict[str, Any]) -> str:
    """The client's own id of a message."""
    client_id = body.get("client_id")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= _LONGEST_ID or not client_id.isprintable():
        raise ApiError(400, "bad_client_id", f"'client_id' must be text of 1 to {_LONGEST_ID} characters.")
    return client_id


def said_in(body: dict[str, Any]) -> tuple[str, str | None]:
    """(text, None) or ('', choice): exactly one of the two must be there."""
    text, choice = body.get("text"), body.get("choice")
    if (text is None) == (choice is None):
        raise ApiError(400, "text_or_choice", "Send either 'text' or 'choice'.")
    if choice is not None:
        if not isinstance(choice, str) or not 0 < len(choice) <= _LONGEST_CHOICE:
            raise ApiError(400, "bad_choice", "'choice' must be the value of a button.")
        return "", choice
    if not isinstance(text, str):
        raise ApiError(400, "bad_text", "'text' must be text.")
    if len(text) > LONGEST_TEXT:
        raise ApiError(413, "too_large", f"The message is too long: at most {LONGEST_TEXT} characters.")
    clean = cleaned(text)
    if not clean:
        raise ApiError(400, "empty_text", "The message is empty.")
    return clean, None


def cleaned(text: str) -> str:
    """Without control characters and halves of characters, which no keyboard types and no database stores."""
    whole = text.encode("utf-8", "ignore").decode("utf-8")
    return "".join(c for c in whole if c in "\n\t" or (ord(c) >= 32 and not 127 <= ord(c) < 160)).strip()


def token_of(request: web.Request) -> str:
    """The bearer token of the request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ApiError(401, "no_token", "An 'Authorization: Bearer …' header is needed.")
    # A header that is no UTF-8 comes with halves of characters, which cannot be hashed.
    return token.strip().encode("utf-8", "replace").decode("utf-8")
