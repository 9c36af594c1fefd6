"""What the tests of `bot` share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from bot.rasa_server import without_tensorflow


@pytest.fixture(scope="session")
def rasa_without_tensorflow() -> Iterator[None]:
    """Lets a test import Rasa in a second, and takes back what that changes for the rest of the process."""
    finders, modules = list(sys.meta_path), set(sys.modules)
    without_tensorflow.leave_out()
    yield
    if sys.meta_path != finders:
        sys.meta_path[:] = finders
        for name in set(sys.modules) - modules:
            if isinstance(sys.modules[name], without_tensorflow._AbsentModule):
                del sys.modules[name]
