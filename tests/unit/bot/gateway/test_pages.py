from __future__ import annotations

import re

import pytest

from bot.gateway.app import STATIC
from tests.unit.bot.gateway.conftest import Serve, Web

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TYPES = {
    ".js": ("text/javascript", "application/javascript"),
    ".css": ("text/css",),
    ".svg": ("image/svg+xml",),
    ".html": ("text/html",),
}
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@pytest.mark.parametrize(
    ("site", "written"),
    [
        (None, "Radinfo"),
        ("Clínica Norte", "Clínica Norte"),
        ("A & B", "A &amp; B"),
        ('"><script>alert(1)</script>', "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("{{site}}", "{{site}}"),
    ],
)
async def test_the_page_names_the_site_and_nothing_in_it_is_code(serve: Serve, site: str | None, written: str) -> None:
    async with serve(site=site) as web:
        response = await web.client.get("/")
        page = await response.text()
    assert (response.status, response.content_type, response.charset) == (200, "text/html", "utf-8")
    assert f'<meta name="radinfo-site" content="{written}">' in page
    assert page.count("<script") == 1


async def test_the_page_loads_only_what_is_there(web: Web) -> None:
    page = await (await web.client.get("/")).text()
    linked = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert len(linked) >= 3
    for address in linked:
        assert (await web.client.get(f"/{address}")).status == 200


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
async def test_every_file_is_served_as_what_it_is(web: Web, path: object) -> None:
    name, suffix = path.name, path.suffix  # type: ignore[attr-defined]
    response = await web.client.get(f"/static/{name}")
    assert (response.status, await response.read()) == (200, path.read_bytes())  # type: ignore[attr-defined]
    assert response.content_type in TYPES[suffix]
    assert {header: response.headers[header] for header in SAFE} == SAFE


async def test_a_file_that_is_known_is_not_sent_again(web: Web) -> None:
    first = await web.client.get("/static/chat.js")
    again = await web.client.get("/static/chat.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


ANYTHING = [
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("GET", "/static/chat.css", 200),
    ("GET", "/openapi.yml", 200),
    ("GET", "/healthz", 200),
    ("POST", "/api/conversations", 201),
    ("GET", "/nothing", 404),
    ("GET", "/static/nothing.js", 404),
    ("DELETE", "/", 405),
    ("POST", "/api/conversations/x/messages", 401),
]


@pytest.mark.parametrize(("method", "path", "status"), ANYTHING)
async def test_every_answer_has_the_safe_headers(web: Web, method: str, path: str, status: int) -> None:
    response = await web.client.request(method, path)
    assert response.status == status
    assert {header: response.headers[header] for header in SAFE} == SAFE
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers.get("Cache-Control") == ("no-store" if path.startswith("/api/") else None)
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_events_have_the_safe_headers_too(web: Web) -> None:
    talk = await web.begin()
    async with await talk.listen() as stream:
        assert {header: stream.headers[header] for header in SAFE} == SAFE
        assert stream.headers["Cache-Control"] == "no-store"


async def test_only_the_pages_that_are_named_may_show_the_chat_in_a_frame(serve: Serve) -> None:
    async with serve(embed_origins="https://a.example  https://b.example") as web:
        policy = (await web.client.get("/")).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://a.example https://b.example")
