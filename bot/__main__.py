"""`python -m bot run | train | talk`: what `make` calls."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.supervisor import CannotStart, Supervisor, check_machine, services
from bot.talk import talk
from bot.training import TrainingFailed, train_if_needed
from content_db.__main__ import main as content
from content_db.settings import ContentSettings


def main() -> int:
    """Run one command; a foreseeable hindrance is one line and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="The radinfo assistant.")
    parser.add_argument("command", choices=("run", "train", "talk"))
    command = parser.parse_args().command
    try:
        settings = Settings()
        ContentSettings()
        if command == "talk":
            return talk(settings)
        model = None
        if command == "run":
            settings = check_machine(settings)
            if content(["load"]):
                return 1
        model = train_if_needed()
        if command == "run":
            asyncio.run(Supervisor(services(settings, model), settings).run())
    except (CannotStart, TrainingFailed) as error:
        print(error, file=sys.stderr)
        return 1
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            print(f"Setting RADINFO_{name}: {fault['msg']}" if name else fault["msg"], file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"A database cannot be used: {type(error).__name__}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.strerror}: {error.filename}" if error.filename else str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
