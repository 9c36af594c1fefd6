"""Places where Rasa 3.6 computes the same again on every turn (measured: docs/adr/0004), computed once here."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa.shared.utils.common
from jsonschema import Draft202012Validator
from rasa.core.actions.action import RemoteAction
from rasa.engine.runner.dask import DaskGraphRunner


def mend() -> None:
    """Compile the schema of action answers once, list the event classes once, put a model's steps in order once."""
    RemoteAction._validate_action_result = _validate
    slow = rasa.shared.utils.common.all_subclasses
    if not hasattr(slow, "cache_info"):
        rasa.shared.utils.common.all_subclasses = lru_cache(maxsize=None)(slow)
    DaskGraphRunner.run = _run


@lru_cache(maxsize=1)
def _validator() -> Any:
    return Draft202012Validator(RemoteAction.action_response_format_spec())


def _validate(_self: RemoteAction, result: dict[str, Any]) -> bool:
    _validator().validate(result)
    return True


def _run(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """Run the nodes that `targets` need, one after the other; returns the output of each target by its name."""
    wanted = targets or self._graph_schema.target_names
    if not hasattr(self, "_orders"):
        self._orders = {}
    if (key := tuple(wanted)) not in self._orders:
        self._orders[key] = _in_order(self._graph_schema.minimal_graph_schema(list(wanted)))
    # A node takes (name, output) pairs; for one that gave none it takes the bare name, and says what is missing.
    done: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
    for name, needs in self._orders[key]:
        done[name] = self._instantiated_nodes[name](*(done.get(need, need) for need in needs))
    return dict(done[name] for name in wanted)


def _in_order(schema: Any) -> list[tuple[str, list[str]]]:
    """Each node with what it needs, after all that it needs."""
    ordered: dict[str, list[str]] = {}

    def put(name: str) -> None:
        if name in ordered or name not in schema.nodes:
            return
        needs = list(schema.nodes[name].needs.values())
        for need in needs:
            put(need)
        ordered[name] = needs

    for name in schema.nodes:
        put(name)
    return list(ordered.items())
