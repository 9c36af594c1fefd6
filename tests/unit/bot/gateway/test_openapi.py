"""The description of the API is valid, complete, and true of real answers."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from typing import Any

import pytest
import yaml
from jsonschema import RefResolver
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import validate_spec

from bot.conversation import MOST_WAITING
from bot.gateway.app import OPENAPI, Gateway
from bot.gateway.requests import LONGEST_TEXT
from bot.messages import Choice, Kind, ShownPassage, Turn
from bot.settings import PROJECT, Settings
from bot.words import LANGUAGES
from tests.unit.bot.fake_rasa import hangs_up, says
from tests.unit.bot.gateway.conftest import Serve, Web, next_event

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    return loaded


def check(value: Any, schema: dict[str, Any]) -> None:
    """AssertionError with the place that does not fit."""
    resolver = RefResolver.from_schema(spec())
    validator = OAS30Validator(schema, resolver=resolver, format_checker=oas30_format_checker)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)] == []


def schema(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def described(method: str, path: str, status: int) -> dict[str, Any]:
    """The description of a response."""
    response: dict[str, Any] = spec()["paths"][path][method.lower()]["responses"][str(status)]
    if "$ref" in response:
        response = spec()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response


async def fits(response: Any, path: str) -> Any:
    """The body of a real answer, after it was compared with the description of `path`."""
    content = described(response.method, path, response.status)["content"]
    assert response.content_type in content
    body = await response.json()
    check(body, content[response.content_type]["schema"])
    return body


def test_it_is_valid() -> None:
    validate_spec(spec())


async def test_it_is_served(web: Web) -> None:
    response = await web.client.get("/openapi.yml")
    assert (response.status, response.content_type) == (200, "application/yaml")
    assert yaml.safe_load(await response.read()) == spec()


def test_every_route_is_described_and_nothing_else() -> None:
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in Gateway(Settings()).app().router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert routes == {
        (method, path) for path, item in spec()["paths"].items() for method in item if method != "parameters"
    }


def test_every_code_of_an_error_is_described_and_nothing_else() -> None:
    codes = set()
    for path in (PROJECT / "bot" / "gateway").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ApiError":
                codes.update([node.args[1].value] if isinstance(node.args[1], ast.Constant) else [])
            if isinstance(node, ast.Tuple) and len(node.elts) == 2 and path.name == "errors.py":
                first = node.elts[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    codes.add(first.value)
    named = {
        word
        for item in spec()["components"]["responses"].values()
        for word in re.findall(r"`(\w+)`", item["description"])
    }
    assert codes == set(spec()["components"]["schemas"]["Fault"]["properties"]["code"]["enum"])
    assert codes <= named


def test_the_kinds_languages_and_lengths_are_those_of_the_code() -> None:
    schemas = spec()["components"]["schemas"]
    assert schemas["Kind"]["enum"] == [kind.value for kind in Kind]
    assert schemas["Facts"]["properties"]["language"]["enum"] == list(LANGUAGES)
    assert schemas["Message"]["properties"]["text"]["maxLength"] == LONGEST_TEXT


def test_every_part_is_used() -> None:
    text = OPENAPI.read_text(encoding="utf-8")
    for kind, parts in spec()["components"].items():
        if kind != "securitySchemes":
            assert [name for name in parts if f"#/components/{kind}/{name}" not in text] == []


# --- real answers ---

ANSWER = Turn(
    Kind.ANSWER,
    "en",
    ("The text.", "The source."),
    topic="kneemr",
    section="risks",
    passages=(
        ShownPassage(
            "kneemr.risks.en", "kneemr", "risks", 3, "Risks", "https://example.org/", "committee", "2026-05-04"
        ),
        ShownPassage("kneemr.uses.en", "kneemr", "uses", 1, "Uses", "https://example.org/", "none", None),
    ),
    choices=(Choice("How to prepare", '/choose{"topic": "kneemr"}'),),
    confidence=0.93,
)
MESSAGES = "/api/conversations/{conversation}/messages"
EVENTS = "/api/conversations/{conversation}/events"


async def test_a_beginning_fits(web: Web) -> None:
    assert (await fits(await web.client.post("/api/conversations"), "/api/conversations"))["conversation"]


@pytest.mark.parametrize("kind", Kind)
async def test_a_turn_of_every_kind_fits(web: Web, kind: Kind) -> None:
    talk = await web.begin()
    web.rasa.script = [says(Turn.from_custom({**ANSWER.as_custom(), "kind": kind.value}))] * 1
    if kind is Kind.ERROR:
        web.rasa.usual = says(ANSWER)
    await fits(await talk.post(client_id="m1", text="risks of a knee mri"), MESSAGES)


async def test_an_emergency_and_an_apology_fit(serve: Serve) -> None:
    async with serve(turn_deadline_s=0.1) as web:
        talk = await web.begin()
        web.rasa.usual = hangs_up
        for client_id, text, kind in (("m1", "I can't breathe", "emergency"), ("m2", "hello", "error")):
            body = await fits(await talk.post(client_id=client_id, text=text), MESSAGES)
            assert body["turn"]["answer"]["kind"] == kind


ERRORS = [
    (400, {"client_id": "m1"}, {}),
    (400, {"client_id": "m1", "choice": "/choose{}"}, {}),
    (401, {"client_id": "m1", "text": "hello"}, {"Authorization": ""}),
    (403, {"client_id": "m1", "text": "hello"}, {"Authorization": "Bearer x"}),
    (413, {"client_id": "m1", "text": "x" * 9000}, {}),
    (413, {"client_id": "m1", "text": "x" * 90_000}, {}),
]


@pytest.mark.parametrize(("status", "body", "headers"), ERRORS)
async def test_an_error_fits(web: Web, status: int, body: dict[str, str], headers: dict[str, str]) -> None:
    talk = await web.begin()
    response = await web.client.post(talk.path, json=body, headers={**talk.headers, **headers})
    assert response.status == status
    await fits(response, MESSAGES)


@pytest.mark.parametrize("path", [MESSAGES, EVENTS])
async def test_a_conversation_that_is_not_there_fits(web: Web, path: str) -> None:
    talk = await web.begin()
    method = next(method for method in spec()["paths"][path] if method != "parameters")
    body = json.dumps({"client_id": "m1", "text": "hello"})
    address = path.format(conversation="0" * 32)
    response = await web.client.request(method, address, headers=talk.headers, data=body if method == "post" else None)
    assert response.status == 404
    await fits(response, path)


@pytest.mark.parametrize("path", spec()["paths"])
async def test_a_wrong_method_fits(web: Web, path: str) -> None:
    response = await web.client.request("DELETE", path.format(conversation="0" * 32, file="chat.js"))
    assert response.status == 405
    method = next(method for method in spec()["paths"][path] if method != "parameters")
    check(await response.json(), described(method, path, 405)["content"]["application/json"]["schema"])


async def test_too_many_waiting_fits(web: Web) -> None:
    talk = await web.begin()
    web.rasa.gate.clear()
    waiting = web.gateway._conversations._waiting
    waiting[talk.id] = MOST_WAITING
    response = await talk.post(client_id="m1", text="hello")
    del waiting[talk.id]
    web.rasa.gate.set()
    assert response.status == 429
    await fits(response, MESSAGES)


async def test_a_lost_store_fits(web: Web) -> None:
    talk = await web.begin()
    web.lose_store()
    assert "turn" in await fits(await talk.post(client_id="m1", text="hello"), MESSAGES)
    await fits(await web.client.post("/api/conversations"), "/api/conversations")
    await fits(await web.client.get(f"/api/conversations/{talk.id}/events", headers=talk.headers), EVENTS)


async def test_health_and_readiness_fit(web: Web) -> None:
    await fits(await web.client.get("/healthz"), "/healthz")
    web.rasa.script = [hangs_up]
    for status in (503, 200):
        response = await web.client.get("/readyz")
        assert response.status == status
        await fits(response, "/readyz")


async def test_a_missing_file_fits(web: Web) -> None:
    await fits(await web.client.get("/static/nothing.js"), "/static/{file}")


async def test_an_event_fits(web: Web) -> None:
    talk = await web.begin()
    await talk.say("m1", "hello")
    async with await talk.listen(**{"Last-Event-ID": "0"}) as stream:
        content = described("get", EVENTS, 200)["content"][stream.content_type]
        name, number, data = await next_event(stream)
    assert name == "turn"
    assert number.isdecimal()
    check(data, content["x-data"])


BAD_TURNS = [
    {},
    {"bubbles": [], "choices": [], "answer": ANSWER.facts()},
    {**ANSWER.as_api(), "context": {}},
    {**ANSWER.as_api(), "answer": {**ANSWER.facts(), "kind": "guess"}},
    {**ANSWER.as_api(), "answer": {**ANSWER.facts(), "passages": [{"id": "x"}]}},
    {**ANSWER.as_api(), "answer": {k: v for k, v in ANSWER.facts().items() if k != "confidence"}},
    {**ANSWER.as_api(), "answer": {**ANSWER.facts(), "confidence": 1.5}},
]


@pytest.mark.parametrize("turn", BAD_TURNS)
def test_what_is_no_turn_does_not_fit(turn: dict[str, Any]) -> None:
    check(ANSWER.as_api(), schema("Turn"))
    with pytest.raises(AssertionError):
        check(turn, schema("Turn"))
