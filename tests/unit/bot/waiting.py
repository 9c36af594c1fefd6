"""Waiting in tests, for something that will come and not for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any]) -> None:
    """Until the condition holds; after a long while that counts as a failure."""
    for _ in range(5000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come")
