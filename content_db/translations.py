"""Keeps a translation and what it was translated from together: the file of the translation names the text it follows.

`python -m content_db.translations FILE or FOLDER …` writes the mark of the present English text into its translations,
which says: somebody has compared the two.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from content_db.importers.library import topic_files
from content_db.importers.markdown import BadFile, ParsedTopic, Problem, parse_file

ORIGINAL: Final = "en"
_FIELD: Final = "translated_from"
_LENGTH: Final = 12


def fingerprint(topic: ParsedTopic) -> str:
    """The mark of a topic's text, 12 hex digits: it changes with any word of a section or a question."""
    digest = hashlib.sha256()
    for passage in topic.passages:
        digest.update(f"{passage.section}\n{passage.question or ''}\n{passage.text}\n".encode())
    return digest.hexdigest()[:_LENGTH]


def out_of_step(topics: Iterable[ParsedTopic]) -> Iterator[Problem]:
    """Translations whose English file, where it is among `topics`, has other sections or has changed since."""
    by_id: dict[str, dict[str, ParsedTopic]] = defaultdict(dict)
    for topic in topics:
        by_id[topic.id][topic.language] = topic
    for files in by_id.values():
        original = files.get(ORIGINAL)
        for language, translation in files.items():
            if original is None or language == ORIGINAL:
                continue
            if (here := _sections(translation)) != (there := _sections(original)):
                differ = sorted(set(here) ^ set(there)) or ["their order"]
                message = f"does not have the sections of {original.path.name} one for one: {', '.join(differ)}"
                yield Problem(translation.path, 1, message)
            if translation.translated_from != fingerprint(original):
                yield Problem(translation.path, 1, f"is older than {original.path}: compare them, then mark it")


def missing(topics: Iterable[ParsedTopic]) -> Iterator[Problem]:
    """English files without a file in a language that other topics have."""
    topics = list(topics)
    languages = {topic.language for topic in topics} - {ORIGINAL}
    there = {(topic.id, topic.language) for topic in topics}
    for topic in topics:
        if topic.language == ORIGINAL:
            for language in sorted(languages):
                if (topic.id, language) not in there:
                    yield Problem(topic.path, 1, f"has no file in '{language}'")


def _sections(topic: ParsedTopic) -> list[str]:
    return [passage.section for passage in topic.passages]


def mark(translation: ParsedTopic, original: ParsedTopic) -> bool:
    """Write the original's mark into the translation's front matter; False if it is there already."""
    wanted = fingerprint(original)
    if translation.translated_from == wanted:
        return False
    lines = translation.path.read_text(encoding="utf-8").split("\n")
    end = lines.index("---", 1)
    lines[1:end] = [line for line in lines[1:end] if not re.match(rf"{_FIELD}\s*:", line)] + [f"{_FIELD}: '{wanted}'"]
    translation.path.write_text("\n".join(lines), encoding="utf-8")
    return True


def main(arguments: list[str]) -> int:
    """Mark every translation among the files whose English file is among them too; 1 if a file cannot be read."""
    try:
        topics = [parse_file(path) for path in topic_files(Path(argument) for argument in arguments)]
    except (BadFile, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    originals = {topic.id: topic for topic in topics if topic.language == ORIGINAL}
    pairs = [(topic, originals[topic.id]) for topic in topics if topic.language != ORIGINAL and topic.id in originals]
    if not pairs:
        print(__doc__, file=sys.stderr)
        return 2
    print(f"{sum(mark(*pair) for pair in pairs)} of {len(pairs)} translations marked anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
