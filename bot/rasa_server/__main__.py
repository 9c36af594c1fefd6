"""`python -m bot.rasa_server …`: Rasa's own command line, without TensorFlow. The supervisor calls it with `run`."""

from __future__ import annotations

import os
import sys

from bot.rasa_server.without_tensorflow import leave_out


def main() -> None:
    """Start Rasa with the arguments given."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    # A dead turn must not hold its conversation for Rasa's default of a minute.
    os.environ.setdefault("TICKET_LOCK_LIFETIME", "15")
    leave_out()
    from rasa.__main__ import main as rasa_main

    sys.argv[0] = "rasa"
    rasa_main()


if __name__ == "__main__":
    main()
