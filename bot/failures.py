"""How a failure is written to a log: its type and place, never its words, which may be the patient's."""

from __future__ import annotations

import traceback
from pathlib import Path


def describe(failure: BaseException) -> str:
    """'KeyError at envelope.py:72' for the innermost frame."""
    frames = traceback.extract_tb(failure.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(failure).__name__}{place}"
