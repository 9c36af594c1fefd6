from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Any:
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.slots import AnySlot

    from bot.rasa_server import memory

    monkeypatch.setattr(memory, "MOST_CONVERSATIONS", 3)
    slot = AnySlot("context", mappings=[{"type": "custom"}], influence_conversation=False)
    domain = Domain(intents=[], entities=[], slots=[slot], responses={}, action_names=[], forms={}, data={})
    return memory.ShortMemory(domain, host="passed on by Rasa")


async def say(store: Any, sender: str, **context: Any) -> None:
    """One turn, as Rasa plays it: the message, and the context that the action leaves."""
    from rasa.shared.core.events import SlotSet, UserUttered

    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update(UserUttered("my secret"))
    if context:
        tracker.update(SlotSet("context", context))
    await store.save(tracker)


async def known(store: Any, *senders: str) -> list[str]:
    return [sender for sender in senders if await store.retrieve(sender) is not None]


async def test_the_context_is_remembered_and_the_words_are_not(store: Any) -> None:
    await say(store, "one", topic="kneemr")
    await say(store, "one")
    tracker = await store.retrieve("one")
    assert tracker.get_slot("context") == {"topic": "kneemr"}
    assert tracker.latest_message is None or not tracker.latest_message.text
    assert "secret" not in repr(vars(store))
    assert await store.retrieve("two") is None


async def test_a_turn_that_breaks_off_leaves_the_context_as_it_was(store: Any) -> None:
    await say(store, "one", topic="kneemr")
    tracker = await store.retrieve("one")
    tracker.get_slot("context")["topic"] = "headct"
    assert (await store.retrieve("one")).get_slot("context") == {"topic": "kneemr"}


async def test_a_long_conversation_is_no_longer_than_a_short_one(store: Any) -> None:
    await say(store, "one", topic="kneemr")
    short = len((await store.retrieve("one")).events)
    for _ in range(20):
        await say(store, "one", topic="kneemr")
    assert len((await store.retrieve("one")).events) == short


async def test_the_one_that_was_silent_longest_is_forgotten(store: Any) -> None:
    for sender in ("one", "two", "three", "one", "four"):
        await say(store, sender)
    assert await known(store, "one", "two", "three", "four") == ["one", "three", "four"]


async def test_it_never_grows_beyond_its_bound(store: Any) -> None:
    for number in range(50):
        await say(store, f"sender {number}")
    assert await store.keys() == ["sender 47", "sender 48", "sender 49"]


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
