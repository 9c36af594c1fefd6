from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("rasa_without_tensorflow")

EVENT = {"event": "slot", "name": "context", "value": {"topic": "kneemr"}}
ANSWERS: list[tuple[str, Any]] = [
    ("a turn", {"events": [EVENT], "responses": [{"text": "Hello."}]}),
    ("nothing", {"events": [], "responses": []}),
    ("an empty object", {}),
    ("a list", []),
    ("events that are none", {"events": [{"name": "context"}]}),
    ("a text", "hello"),
    ("responses that are a text", {"events": [], "responses": "hello"}),
]


@pytest.fixture
def original(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Rasa's own check; everything mended is set back afterwards."""
    import rasa.shared.utils.common
    from rasa.core.actions.action import RemoteAction
    from rasa.engine.runner.dask import DaskGraphRunner

    original = RemoteAction._validate_action_result
    monkeypatch.setattr(RemoteAction, "_validate_action_result", original)
    monkeypatch.setattr(rasa.shared.utils.common, "all_subclasses", rasa.shared.utils.common.all_subclasses)
    monkeypatch.setattr(DaskGraphRunner, "run", DaskGraphRunner.run)
    return original


def verdict(check: Any, action: Any, answer: Any) -> bool:
    from jsonschema import ValidationError

    try:
        return bool(check(action, answer))
    except ValidationError:
        return False


@pytest.mark.parametrize("answer", [row[1] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_an_actions_answer_is_judged_as_rasa_judges_it(original: Any, answer: Any) -> None:
    from rasa.core.actions.action import RemoteAction

    from bot.rasa_server import hot_spots

    action = RemoteAction("action_answer", None)
    expected = verdict(original, action, answer)
    hot_spots.mend()
    assert RemoteAction._validate_action_result is not original
    assert verdict(RemoteAction._validate_action_result, action, answer) == expected


def test_both_verdicts_occur(original: Any) -> None:
    from rasa.core.actions.action import RemoteAction

    action = RemoteAction("action_answer", None)
    assert {verdict(original, action, answer) for _, answer in ANSWERS} == {True, False}


def test_the_event_classes_are_the_same_and_listed_once(original: Any) -> None:
    import rasa.shared.utils.common
    from rasa.shared.core.events import Event, UserUttered

    from bot.rasa_server import hot_spots

    before = rasa.shared.utils.common.all_subclasses(Event)
    hot_spots.mend()
    once = rasa.shared.utils.common.all_subclasses
    hot_spots.mend()
    assert rasa.shared.utils.common.all_subclasses is once
    assert once(Event) == before
    assert once(Event) is once(Event)
    assert UserUttered in before


# What a model of two steps gives, by node: (what it needs, as argument -> node).
NODES = {
    "joined": {"left": "upper", "right": "twice"},
    "twice": {"text": "__message__"},
    "upper": {"text": "twice"},
    "not asked for": {"text": "__message__"},
}


def runner() -> Any:
    """A runner over NODES that notes which of them ran."""
    from types import SimpleNamespace

    from rasa.engine.graph import GraphSchema, SchemaNode
    from rasa.engine.runner.dask import DaskGraphRunner

    ran: list[str] = []

    def node(name: str, does: Any) -> Any:
        def run(*given: tuple[str, Any]) -> tuple[str, Any]:
            ran.append(name)
            return name, does(*[value for _, value in given])

        return run

    made = DaskGraphRunner.__new__(DaskGraphRunner)
    nodes = {
        name: SchemaNode(needs, None, "", "", {}, is_target=name == "joined")  # type: ignore[arg-type]
        for name, needs in NODES.items()
    }
    made._graph_schema = GraphSchema(nodes)
    made._instantiated_nodes = {
        "joined": node("joined", lambda left, right: left + right),
        "twice": node("twice", lambda text: text * 2),
        "upper": node("upper", str.upper),
        "not asked for": node("not asked for", str.lower),
    }
    made._execution_context = SimpleNamespace()
    return made, ran


@pytest.mark.parametrize("targets", [None, ["joined"], ["upper", "twice"], ["not asked for"]])
def test_a_model_gives_what_rasas_own_runner_gives(original: Any, targets: list[str] | None) -> None:
    from rasa.engine.runner.dask import DaskGraphRunner

    from bot.rasa_server import hot_spots

    given = {"__message__": "ab"}
    stock, _ = runner()
    expected = stock.run(given, targets)
    hot_spots.mend()
    assert DaskGraphRunner.run is hot_spots._run
    mended, ran = runner()
    assert mended.run(given, targets) == expected
    assert mended.run({"__message__": "xy"}, targets) != expected
    assert len(ran) == 2 * len(set(ran))
