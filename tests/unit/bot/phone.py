"""A number that must be found nowhere, and the look for what may be left of it."""

from __future__ import annotations

import re

PHONE = "415-555-2671"

# Times and random ids hold any four digits now and then; there they stand within longer runs of digits and letters.
_LEFT_OF_IT = re.compile(r"555\W?2671|(?<![0-9a-z.])2671(?![0-9a-z])", re.IGNORECASE)


def tells_the_number(text: str) -> bool:
    """Whether the text still holds the number or its last part."""
    return _LEFT_OF_IT.search(text) is not None
