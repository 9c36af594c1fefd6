"""`python -m content_db load [FILE or FOLDER …]`: bring the tables up to date and load topic files."""

from __future__ import annotations

import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from content_db.database import migrate, open_engine
from content_db.importers import library
from content_db.importers.markdown import BadFile
from content_db.settings import ContentSettings


def main(arguments: list[str]) -> int:
    """Load the named files, or the starter library; the exit code is 1 when nothing could be loaded."""
    if arguments[:1] != ["load"]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        files = library.topic_files([Path(argument) for argument in arguments[1:]] or [library.STARTER])
        is_starter = len(arguments) == 1
        engine = open_engine(ContentSettings().content_url)
        migrate(engine)
        with tqdm(total=len(files), desc="Loading topics", unit="file", disable=not sys.stderr.isatty()) as bar:

            def step(_topic: str) -> None:
                bar.update()

            if is_starter:
                report = library.load_starter(engine, progress=step)
            else:
                report = library.load(engine, files, progress=step)
    except BadFile as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        print("Nothing was loaded. Mend the lines above and load again.", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"The content database cannot be used: {type(error).__name__}", file=sys.stderr)
        return 1
    if report is None:
        print("The starter library is loaded already.")
        return 0
    print(
        f"{report.topics} topic files: {report.new_revisions} new texts, {report.unchanged} unchanged, "
        f"{report.retired} retired. New texts are drafts."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
