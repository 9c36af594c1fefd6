"""Two places where Rasa 3.6 computes the same again on every turn (measured: docs/adr/0004), computed once here."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa.shared.utils.common
from jsonschema import Draft202012Validator
from rasa.core.actions.action import RemoteAction


@lru_cache(maxsize=1)
def _validator() -> Any:
    return Draft202012Validator(RemoteAction.action_response_format_spec())


def mend() -> None:
    """Compile the schema of action answers once, and list the event classes once."""

    def validate(_self: RemoteAction, result: dict[str, Any]) -> bool:
        _validator().validate(result)
        return True

    RemoteAction._validate_action_result = validate
    slow = rasa.shared.utils.common.all_subclasses
    if not hasattr(slow, "cache_info"):
        rasa.shared.utils.common.all_subclasses = lru_cache(maxsize=None)(slow)
