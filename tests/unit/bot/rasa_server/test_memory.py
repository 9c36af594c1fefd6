from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Any:
    from rasa.shared.core.domain import Domain

    from bot.rasa_server import memory

    monkeypatch.setattr(memory, "MOST_CONVERSATIONS", 3)
    return memory.ShortMemory(Domain.empty(), host="passed on by Rasa")


async def say(store: Any, sender: str, text: str = "hello") -> None:
    from rasa.shared.core.events import UserUttered

    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update(UserUttered(text))
    await store.save(tracker)


async def said(store: Any, sender: str) -> list[str]:
    tracker = await store.retrieve(sender)
    return [event.text for event in tracker.events] if tracker else []


async def test_a_conversation_is_remembered(store: Any) -> None:
    await say(store, "one", "first")
    await say(store, "one", "second")
    assert await said(store, "one") == ["first", "second"]
    assert await said(store, "two") == []


async def test_the_one_that_was_silent_longest_is_forgotten(store: Any) -> None:
    for sender in ("one", "two", "three"):
        await say(store, sender)
    await say(store, "one")
    await say(store, "four")
    assert [sender for sender in ("one", "two", "three", "four") if await said(store, sender)] == [
        "one",
        "three",
        "four",
    ]


async def test_it_never_grows_beyond_its_bound(store: Any) -> None:
    for number in range(50):
        await say(store, f"sender {number}")
    assert list(store.store) == ["sender 47", "sender 48", "sender 49"]


def test_rasa_makes_one_by_the_name_in_endpoints() -> None:
    import yaml
    from rasa.core.tracker_store import TrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.utils.endpoints import EndpointConfig

    from bot.rasa_server.memory import MOST_CONVERSATIONS, ShortMemory
    from bot.settings import PROJECT

    endpoints = yaml.safe_load((PROJECT / "endpoints.yml").read_text(encoding="utf-8"))
    made = TrackerStore.create(EndpointConfig(**endpoints["tracker_store"]), Domain.empty())
    assert isinstance(getattr(made, "_tracker_store", made), ShortMemory)
    assert MOST_CONVERSATIONS >= 1000
