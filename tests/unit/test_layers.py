"""Who may know whom, read from the import statements; and that importing a module opens nothing."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("actions", "bot", "content_db")


def module_name(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((PROJECT / package).rglob("*.py"))}


def imported(module: str, path: Path, source: str | None = None) -> Iterator[str]:
    """Every name that a module imports, inside its functions too: 'a.b' for `import a.b` and for `from a import b`."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source or path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, node.module or ""]).rstrip(".")
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize(
    ("layer", "must_not_know"),
    [
        ("content_db", ("actions", "bot", "benchmarks", "rasa", "rasa_sdk", "aiohttp")),
        ("actions", ("bot.gateway", "bot.transcripts", "bot.rasa_server", "benchmarks", "rasa")),
        ("bot", ("actions", "benchmarks")),
        ("bot.gateway", ("rasa", "rasa_sdk", "bot.nlu", "bot.rasa_server")),
        ("bot.safety", ("content_db", "bot.gateway", "bot.nlu", "bot.rasa_client")),
    ],
)
def test_a_layer_does_not_know_what_stands_above_or_beside_it(layer: str, must_not_know: tuple[str, ...]) -> None:
    members = {name: path for name, path in MODULES.items() if is_in(name, layer)}
    assert len(members) > 1, f"there is no {layer} any more"
    known = [
        f"{name} imports {other}"
        for name, path in members.items()
        for other in imported(name, path)
        if any(is_in(other, package) for package in must_not_know)
    ]
    assert known == []


def test_the_rules_of_danger_need_nothing_but_python_and_their_files() -> None:
    allowed = {*sys.stdlib_module_names, "yaml", "regex"}
    strangers = [
        f"{name} imports {other}"
        for name, path in MODULES.items()
        if is_in(name, "bot.safety")
        for other in imported(name, path)
        if other.split(".")[0] not in allowed and not is_in(other, "bot.safety")
    ]
    assert strangers == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a.b, c", ["a.b", "c"]),
        ("import a.b as c", ["a.b"]),
        ("from a import b, c as d", ["a.b", "a.c"]),
        ("from . import b", ["bot.gateway.b"]),
        ("from .x import b", ["bot.gateway.x.b"]),
        ("from ..x import b", ["bot.x.b"]),
        ("def f():\n    if 1:\n        from a import b", ["a.b"]),
    ],
)
def test_no_way_of_importing_is_overlooked(source: str, names: list[str]) -> None:
    assert list(imported("bot.gateway.app", Path("app.py"), source)) == names


# --- importing opens nothing ---

# What is a part of Rasa runs inside it and brings Rasa with it. A migration is left out too: it runs when it is read.
RASAS = ("section_classifier", "topic_linker", "answer_ranker", "rank_training")
NOT_IMPORTED = ("bot.rasa_server", *(f"bot.nlu.{name}" for name in RASAS))

# Imports the modules named in its arguments and prints which of them opened something.
GUARD = """
import json, sys
import psycopg2

opened = []

def is_opening(event, arguments):
    if event == "open":
        return isinstance(arguments[1], str) and bool(set(arguments[1]) & set("wax+"))
    if event == "socket.bind":
        # urllib3 asks the machine whether it speaks IPv6 by taking port 0 for a moment.
        return arguments[1][1] != 0
    return event in ("socket.connect", "socket.getaddrinfo", "sqlite3.connect")

def watch(event, arguments):
    if is_opening(event, arguments):
        opened.append(event)
        raise RuntimeError("an import opened something: " + event)

def no_connection(*_, **__):
    opened.append("psycopg2.connect")
    raise RuntimeError("an import opened something: psycopg2")

psycopg2.connect = no_connection
sys.addaudithook(watch)
found = {}
for name in sys.argv[1:]:
    try:
        __import__(name)
    except Exception as error:
        found[name] = repr(error)
    if opened:
        found.setdefault(name, "opened " + ", ".join(opened))
        opened.clear()
print(json.dumps(found))
"""


def opened_by(*modules: str, path: Path = PROJECT) -> dict[str, str]:
    """The modules that did not import, or opened something, each with what happened."""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GUARD, *modules],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{path}:{PROJECT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: dict[str, str] = json.loads(run.stdout.splitlines()[-1])
    return found


def test_importing_any_module_opens_nothing() -> None:
    modules = [
        name
        for name in MODULES
        if "migrations" not in name.split(".") and not any(is_in(name, skipped) for skipped in NOT_IMPORTED)
    ]
    assert len(modules) > 40
    assert opened_by(*modules) == {}


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a_file", "open('/tmp/radinfo-test', 'w')"),
        ("a_database", "import sqlite3; sqlite3.connect(':memory:')"),
        ("a_server", "import psycopg2; psycopg2.connect('postgresql://127.0.0.1:1/x')"),
        ("a_port", "import socket; socket.socket().bind(('127.0.0.1', 8080))"),
        ("an_address", "import socket; socket.socket().connect(('127.0.0.1', 1))"),
        ("quietly", "import sqlite3\ntry: sqlite3.connect(':memory:')\nexcept Exception: pass"),
    ],
)
def test_a_module_that_opens_something_is_found_out(tmp_path: Path, name: str, source: str) -> None:
    (tmp_path / f"{name}.py").write_text(source)
    assert list(opened_by("json", name, path=tmp_path)) == [name]
