"""A row for each thing that a client can get wrong: the right status, an error of the API, nothing stored."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import Any

import pytest

from bot.gateway.requests import LONGEST_BODY, LONGEST_TEXT
from tests.unit.bot.gateway.conftest import Serve, Talk, Web

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def message(**body: Any) -> bytes:
    return json.dumps({"client_id": "m1", "text": "hello", **body}).encode()


def without(key: str) -> bytes:
    return json.dumps({k: v for k, v in {"client_id": "m1", "text": "hello"}.items() if k != key}).encode()


BODIES: list[tuple[str, bytes, int, str]] = [
    ("nothing", b"", 400, "bad_client_id"),
    ("empty text", message(text=""), 400, "empty_text"),
    ("only spaces", message(text=" \t\n\u00a0\u3000 "), 400, "empty_text"),
    ("only NUL bytes", message(text="\x00\x00"), 400, "empty_text"),
    ("only halves of characters", b'{"client_id": "m1", "text": "\\ud83d\\ud83d"}', 400, "empty_text"),
    ("no text", without("text"), 400, "text_or_choice"),
    ("text that is null", message(text=None), 400, "text_or_choice"),
    ("text that is a number", message(text=5), 400, "bad_text"),
    ("text that is a list", message(text=["hello"]), 400, "bad_text"),
    ("text and choice", message(choice="/choose{}"), 400, "text_or_choice"),
    ("too long a text", message(text="x" * (LONGEST_TEXT + 1)), 413, "too_large"),
    ("too long a body", message(text="x" * LONGEST_BODY), 413, "too_large"),
    ("a megabyte", message(text="x" * 2**20), 413, "too_large"),
    ("a choice nobody offered", message(text=None, choice="/choose{}"), 400, "unknown_choice"),
    ("a command as a choice", message(text=None, choice="/restart"), 400, "unknown_choice"),
    ("a choice with a NUL byte", message(text=None, choice="\x00"), 400, "unknown_choice"),
    ("a choice that is half a character", b'{"client_id": "m1", "choice": "\\ud83d"}', 400, "unknown_choice"),
    ("an empty choice", message(text=None, choice=""), 400, "bad_choice"),
    ("a choice that is a number", message(text=None, choice=1), 400, "bad_choice"),
    ("too long a choice", message(text=None, choice="x" * 501), 400, "bad_choice"),
    ("no client id", without("client_id"), 400, "bad_client_id"),
    ("an empty client id", message(client_id=""), 400, "bad_client_id"),
    ("too long a client id", message(client_id="x" * 65), 400, "bad_client_id"),
    ("a client id that is a number", message(client_id=7), 400, "bad_client_id"),
    ("a client id with a line end", message(client_id="a\nb"), 400, "bad_client_id"),
    ("a client id with a NUL byte", message(client_id="a\x00"), 400, "bad_client_id"),
    ("a client id that is half a character", b'{"client_id": "\\ud83d", "text": "hello"}', 400, "bad_client_id"),
    ("no JSON", b"hello", 400, "not_json"),
    ("a form", b"client_id=m1&text=hello", 400, "not_json"),
    ("half of JSON", b'{"client_id": "m1", "te', 400, "not_json"),
    ("a JSON list", b'[{"client_id": "m1"}]', 400, "not_an_object"),
    ("a JSON text", b'"hello"', 400, "not_an_object"),
    ("JSON null", b"null", 400, "not_an_object"),
    ("very deep JSON", b"[" * 50_000, 400, "not_json"),
    ("very deep JSON that ends", b'{"client_id": ' + b"[" * 20_000 + b"]" * 20_000 + b"}", 400, "not_json"),
    ("a number of 5000 digits", b'{"client_id": ' + b"1" * 5000 + b"}", 400, "not_json"),
    ("broken UTF-8", b'{"client_id": "m1", "text": "\xff\xfe"}', 400, "not_utf8"),
    ("UTF-16", '{"client_id": "m1", "text": "hello"}'.encode("utf-16"), 400, "not_utf8"),
]


async def expect_error(response: Any, status: int, code: str) -> None:
    body = await response.json()
    assert (response.status, body["error"]["code"]) == (status, code)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
async def test_a_bad_message_is_refused_and_not_stored(web: Web, body: bytes, status: int, code: str) -> None:
    talk = await web.begin()
    await expect_error(await web.client.post(talk.path, data=body, headers=talk.headers), status, code)
    assert web.rows() == []
    assert web.rasa.asked == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"language": 5}', 400, "bad_language"),
        (b'{"language": null}', 400, "bad_language"),
        (b'{"language": ["en"]}', 400, "bad_language"),
        (b"[]", 400, "not_an_object"),
        (b"\xff", 400, "not_utf8"),
        (b"{", 400, "not_json"),
        (b" " * (LONGEST_BODY + 1), 413, "too_large"),
    ],
)
async def test_a_bad_beginning_is_refused(web: Web, body: bytes, status: int, code: str) -> None:
    await expect_error(await web.client.post("/api/conversations", data=body), status, code)
    assert web.rows("conversations") == []


async def test_a_body_that_is_not_what_it_says_is_refused(web: Web) -> None:
    talk = await web.begin()
    headers = {**talk.headers, "Content-Encoding": "gzip"}
    response = await web.client.post(talk.path, data=b"this is no gzip", headers=headers)
    assert response.status == 400
    assert web.rows() == []


async def test_a_body_that_unpacks_to_very_much_is_refused(web: Web) -> None:
    talk = await web.begin()
    headers = {**talk.headers, "Content-Encoding": "gzip"}
    response = await web.client.post(talk.path, data=gzip.compress(message(text="x" * 2**22)), headers=headers)
    assert response.status in (400, 413)
    assert web.rows() == []


# --- tokens ---


@dataclass(frozen=True)
class Two:
    """Somebody's conversation and somebody else's."""

    mine: Talk
    theirs: Talk


TOKENS: list[tuple[str, str | None, int, str]] = [
    ("none", None, 401, "no_token"),
    ("empty", "", 401, "no_token"),
    ("only the scheme", "Bearer", 401, "no_token"),
    ("another scheme", "Basic {mine}", 401, "no_token"),
    ("without the scheme", "{mine}", 401, "no_token"),
    ("somebody else's", "Bearer {theirs}", 403, "wrong_token"),
    ("made up", "Bearer 0123456789", 403, "wrong_token"),
    ("longer", "Bearer {mine}x", 403, "wrong_token"),
    ("another letter case", "Bearer {swapped}", 403, "wrong_token"),
    ("letters of another alphabet", "Bearer ñ日本", 403, "wrong_token"),
]


@pytest.mark.parametrize("what", ["messages", "events"])
@pytest.mark.parametrize(("header", "status", "code"), [row[1:] for row in TOKENS], ids=[row[0] for row in TOKENS])
async def test_without_the_right_token_nothing_is_done(
    web: Web, what: str, header: str | None, status: int, code: str
) -> None:
    two = Two(await web.begin(), await web.begin())
    headers = {}
    if header is not None:
        tokens = {"mine": two.mine.token, "theirs": two.theirs.token, "swapped": two.mine.token.swapcase()}
        headers["Authorization"] = header.format(**tokens)
    path = f"/api/conversations/{two.mine.id}/{what}"
    method, data = ("POST", message()) if what == "messages" else ("GET", None)
    await expect_error(await web.client.request(method, path, data=data, headers=headers), status, code)
    assert web.rows() == []


async def raw(web: Web, request: bytes) -> tuple[int, bytes]:
    """Status and body for a request that no well-behaved client would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", web.client.port)
    writer.write(request)
    head, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


@pytest.mark.parametrize("token", [b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\xbd", "ñ".encode("latin-1")])
async def test_a_token_that_is_no_text_is_a_wrong_one(web: Web, token: bytes) -> None:
    talk = await web.begin()
    headers = b"Host: localhost\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: Bearer " + token
    status, body = await raw(
        web, f"GET /api/conversations/{talk.id}/events HTTP/1.1\r\n".encode() + headers + b"\r\n\r\n"
    )
    assert (status, json.loads(body)["error"]["code"]) == (403, "wrong_token")


@pytest.mark.parametrize(
    "request_line", [b"GET / HTTP/9", b"\x00\x01\x02", b"GET /\xff HTTP/1.1", b"G" * 100_000, b"GET http://[ HTTP/1.1"]
)
async def test_what_is_no_request_at_all_does_no_harm(web: Web, request_line: bytes) -> None:
    status, _ = await raw(web, request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert 400 <= status < 500
    assert (await web.client.get("/healthz")).status == 200


async def test_the_scheme_may_be_written_in_any_case(web: Web) -> None:
    talk = await web.begin()
    response = await web.client.post(talk.path, data=message(), headers={"Authorization": f"bearer  {talk.token} "})
    assert response.status == 200


@pytest.mark.parametrize("what", ["messages", "events"])
@pytest.mark.parametrize(
    "conversation", ["0" * 32, "x", "a" * 5000, "%00", "%F0%9F%98%80", "%ff", "..%2f..%2fetc", "' OR 1=1 --", "..;"]
)
async def test_an_unknown_conversation_is_not_found(web: Web, what: str, conversation: str) -> None:
    talk = await web.begin()
    path = f"/api/conversations/{conversation}/{what}"
    method, data = ("POST", message()) if what == "messages" else ("GET", None)
    response = await web.client.request(method, path, data=data, headers=talk.headers)
    assert (response.status, (await response.json())["error"]["code"]) in [
        (404, "unknown_conversation"),
        (404, "not_found"),
    ]
    assert web.rows() == []


@pytest.mark.services
@pytest.mark.parametrize("conversation", ["%00", "0" * 32, "%F0%9F%98%80"])
async def test_an_unknown_conversation_is_not_found_in_postgresql_either(
    serve: Serve, transcripts_postgres_url: str, conversation: str
) -> None:
    async with serve(transcripts_url=transcripts_postgres_url) as web:
        talk = await web.begin()
        path = f"/api/conversations/{conversation}/messages"
        response = await web.client.post(path, data=message(), headers=talk.headers)
        await expect_error(response, 404, "unknown_conversation")
        strange = await talk.say("m1", "does\x00 it \ud83d hurt? 😀 '; --")
        assert strange["bubbles"][0]["text"].startswith("You said: does it  hurt? 😀")


# --- addresses and methods ---


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/conversations", "POST"),
        ("DELETE", "/api/conversations", "POST"),
        ("PUT", "/api/conversations/x/messages", "POST"),
        ("GET", "/api/conversations/x/messages", "POST"),
        ("POST", "/api/conversations/x/events", "GET"),
        ("POST", "/", "GET"),
        ("PATCH", "/healthz", "GET"),
        ("POST", "/static/chat.js", "GET"),
    ],
)
async def test_a_wrong_method_is_refused_and_told_the_right_one(web: Web, method: str, path: str, allowed: str) -> None:
    response = await web.client.request(method, path)
    await expect_error(response, 405, "method_not_allowed")
    assert allowed in response.headers["Allow"].split(",")


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/api", "/api/", "/api/conversations/", "/api/conversations/x", "/index.html"),
        *("/static/nothing.js", "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%00"),
        *("/static//etc/passwd", "/webhooks/rest/webhook", "/conversations/x/tracker", "/model", "/.env"),
    ],
)
async def test_an_unknown_address_is_not_found(web: Web, path: str) -> None:
    for method in ("GET", "POST"):
        response = await web.client.request(method, path)
        assert response.status in (404, 405) if method == "POST" else response.status == 404
        assert set(await response.json()) == {"error"}


async def test_a_folder_is_not_listed(web: Web) -> None:
    for path in ("/static", "/static/"):
        response = await web.client.get(path)
        assert response.status in (403, 404)
        assert "chat" not in await response.text()


# --- strange, but to be answered ---

STRANGE: list[tuple[str, Any, str]] = [
    ("a leading slash", "/restart", "/restart"),
    ("a command with slots", '/choose{"topic": "kneemr"}', '/choose{"topic": "kneemr"}'),
    ("slashes behind odd spaces", "\u2003/\u00a0/restart", "/\u00a0/restart"),
    ("HTML", "<b onclick='x()'>does</b> it & hurt?", "<b onclick='x()'>does</b> it & hurt?"),
    ("a script", "<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("places of a template", "{site} {0} %s ${x} {{y}}", "{site} {0} %s ${x} {{y}}"),
    ("SQL", "'; DROP TABLE messages; --", "'; DROP TABLE messages; --"),
    ("NUL bytes within", "does\x00 it\x00 hurt", "does it hurt"),
    ("control characters", "does\x1b[31m it\x07 hurt\x7f\x85", "does[31m it hurt"),
    ("half of a character within", "does \ud83d it hurt", "does  it hurt"),
    ("emoji", "😀🏥👩🏽‍⚕️", "😀🏥👩🏽‍⚕️"),
    ("other alphabets", "هل يؤلم؟ 痛いですか", "هل يؤلم؟ 痛いですか"),
    ("lines", " one\ntwo\r\nthree\n ", "one\ntwo\nthree"),
    ("the longest", "x" * LONGEST_TEXT, "x" * LONGEST_TEXT),
    ("the longest in six bytes a character", "ñ" * LONGEST_TEXT, "ñ" * LONGEST_TEXT),
]


@pytest.mark.parametrize(("text", "stored"), [row[1:] for row in STRANGE], ids=[row[0] for row in STRANGE])
async def test_strange_text_is_text(web: Web, text: str, stored: str) -> None:
    talk = await web.begin()
    turn = await talk.say("m1", text)
    assert [row["text"] for row in web.rows()] == [stored]
    (asked,) = web.rasa.messages
    assert asked.strip() == stored.lstrip("/\u00a0 ").strip()
    assert not asked.strip().startswith("/")
    assert turn["bubbles"][0]["text"] == f"You said: {asked}"


async def test_what_else_a_message_holds_is_passed_over(web: Web) -> None:
    talk = await web.begin()
    response = await talk.post(client_id="m1", text="hello", sender="other", metadata={"context": {"topic": "x"}})
    assert response.status == 200
    assert web.rasa.asked[0]["metadata"] == {"context": {"language": "en"}, "flags_checked": True}
    assert web.rasa.asked[0]["sender"] == talk.id


async def test_a_missing_content_type_does_not_matter(web: Web) -> None:
    talk = await web.begin()
    response = await web.client.post(talk.path, data=message(), headers={**talk.headers, "Content-Type": "text/plain"})
    assert response.status == 200
