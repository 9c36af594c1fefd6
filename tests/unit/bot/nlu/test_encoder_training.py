from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_encoder_is_learnt_as_written_with_tensorflow() -> None:
    """In a process of its own: other tests use Rasa without TensorFlow, and a process has either."""
    tests = Path(__file__).with_name("with_tensorflow.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
