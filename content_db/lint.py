"""What a content file must keep to beyond its format: length, plain words, links, dose figures, forbidden phrases.

`python -m content_db.lint [FILE or FOLDER …]` prints each fault as file:line and exits 1 when there is one.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from content_db import plain_language, translations
from content_db.folding import fold
from content_db.importers.library import CatalogueTopic, catalogue, topic_files
from content_db.importers.markdown import BadFile, ParsedPassage, ParsedTopic, Problem, parse_file
from content_db.sections import REQUIRED_SECTIONS, REQUIRED_WITH_PARENT

STARTER: Final = Path(__file__).parent / "starter"
SHORT_LIMIT: Final = 320
DETAIL_LIMIT: Final = 1000
FLESCH_KINCAID_LIMIT: Final = 8.0
GUNNING_FOG_LIMIT: Final = 9.0
FERNANDEZ_HUERTA_LIMIT: Final = 70.0

# Promises, orders about medicines, and blame. English and Spanish; each is looked for as whole words.
FORBIDDEN: Final = {
    "en": (
        "you should stop taking",
        "stop taking your",
        "guaranteed",
        "we guarantee",
        "perfectly safe",
        "completely safe",
        "totally safe",
        "100% safe",
        "100 percent safe",
        "no risk at all",
        "risk-free",
        "never fails",
        "will cure",
        "you have cancer",
        "you do not have cancer",
        "don't worry",
        "do not worry",
    ),
    "es": (
        "debe dejar de tomar",
        "deje de tomar su",
        "garantizado",
        "garantizamos",
        "totalmente seguro",
        "completamente seguro",
        "sin ningún riesgo",
        "sin riesgo alguno",
        "nunca falla",
        "usted tiene cáncer",
        "no se preocupe",
    ),
}
_DOSE = re.compile(r"(?<![\d.,])(?:<\s*)?(\d+(?:[.,]\d+)?)\s*(?:mSv|millisieverts?|milisieverts?)\b", re.IGNORECASE)


@cache
def _column(file: str, column: str) -> frozenset[str]:
    with (STARTER / file).open(encoding="utf-8", newline="") as stream:
        return frozenset(row[column] for row in csv.DictReader(stream) if row[column])


def linkable() -> frozenset[str]:
    """The addresses that may be shown to a patient."""
    return _column("catalogue.csv", "url_en") | _column("catalogue.csv", "url_es")


@cache
def dose_figures() -> frozenset[str]:
    """Every dose figure that may be given, as written in the table, without '<'; 3 is a year of natural background."""
    with (STARTER / "radiation_dose.csv").open(encoding="utf-8", newline="") as stream:
        figures = {
            row["effective_dose_mSv"].lstrip("<") for row in csv.DictReader(stream) if row["may_be_shown"] == "yes"
        }
    return frozenset(figures | {figure.removesuffix(".0") for figure in figures} | {"3"})


def check(topic: ParsedTopic) -> Iterator[Problem]:
    """Faults of one parsed topic, each with its line."""
    required = REQUIRED_WITH_PARENT if topic.parent else REQUIRED_SECTIONS[topic.kind]
    present = {passage.section for passage in topic.passages}
    for section in required:
        if section not in present and topic.kind != "service":
            yield Problem(topic.path, 1, f"section '{section}' is missing for kind '{topic.kind}'")
    if topic.source not in linkable():
        yield Problem(topic.path, 1, f"'source' {topic.source} is not a linkable address of the catalogue")
    for passage in topic.passages:
        for message in _check_passage(passage, topic.language):
            name = f"faq '{passage.question}'" if passage.question else passage.section
            yield Problem(topic.path, passage.line, f"{name}: {message}")


def _check_passage(passage: ParsedPassage, language: str) -> Iterator[str]:
    if len(passage.short) > SHORT_LIMIT:
        yield f"the first paragraph has {len(passage.short)} characters, at most {SHORT_LIMIT} fit two text messages"
    if outside := plain_language.outside_gsm7(passage.short.translate(_SPANISH_TO_GSM7)):
        yield f"the first paragraph holds {' '.join(outside)}, which a text message cannot carry cheaply"
    if len(passage.detail) > DETAIL_LIMIT:
        yield f"the detail has {len(passage.detail)} characters, at most {DETAIL_LIMIT}"
    yield from _check_reading(passage.text, language)
    folded = " ".join(passage.text.casefold().replace("\u2019", "'").split())
    for phrase in FORBIDDEN.get(language, ()):
        if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", folded):
            yield f"says '{phrase}', which is a promise, an order or blame"
    for figure in _DOSE.findall(passage.text):
        if figure.replace(",", ".") not in dose_figures():
            yield f"the dose {figure} mSv is not in radiation_dose.csv"


# Accented capitals and vowels that Spanish needs and GSM-7 lacks are unavoidable, so they are not a fault.
_SPANISH_TO_GSM7: Final = str.maketrans("áíóúÁÍÓÚ", "aiouAIOU")


def _check_reading(text: str, language: str) -> Iterator[str]:
    if language == "en":
        if (grade := plain_language.flesch_kincaid(text)) > FLESCH_KINCAID_LIMIT:
            yield f"reads at grade {grade:.1f} (Flesch-Kincaid), at most {FLESCH_KINCAID_LIMIT:g}"
        if (grade := plain_language.gunning_fog(text)) > GUNNING_FOG_LIMIT:
            yield f"reads at grade {grade:.1f} (Gunning fog), at most {GUNNING_FOG_LIMIT:g}"
    elif language == "es" and (ease := plain_language.fernandez_huerta(text)) < FERNANDEZ_HUERTA_LIMIT:
        yield f"has a reading ease of {ease:.0f} (Fernández-Huerta), at least {FERNANDEZ_HUERTA_LIMIT:g}"


def check_library(topics: Iterable[ParsedTopic], known: Mapping[str, CatalogueTopic]) -> Iterator[Problem]:
    """Faults that only show across files: unknown parents, and aliases that two topics of one language claim.

    `known` holds the topics that exist without a file.
    """
    topics = list(topics)
    ids = known.keys() | {topic.id for topic in topics}
    owners = {
        (language, fold(alias)): topic.id
        for topic in known.values()
        for language, aliases in topic.aliases.items()
        for alias in aliases
    }
    for topic in topics:
        if topic.parent and topic.parent not in ids:
            yield Problem(topic.path, 1, f"unknown parent '{topic.parent}'")
        for alias in topic.aliases:
            owner = owners.setdefault((topic.language, fold(alias)), topic.id)
            if owner != topic.id:
                yield Problem(topic.path, 1, f"alias '{alias}' already belongs to topic '{owner}'")


def lint(paths: Iterable[Path]) -> list[Problem]:
    """Every fault in the files named and below the folders named."""
    paths = list(paths)
    problems: list[Problem] = []
    topics: list[ParsedTopic] = []
    for path in topic_files(paths):
        try:
            topics.append(parse_file(path))
        except BadFile as error:
            problems += error.problems
    for topic in topics:
        problems += check(topic)
    problems += check_library(topics, catalogue())
    problems += translations.out_of_step(topics)
    if any(path.is_dir() for path in paths):
        problems += translations.missing(topics)
    return problems


def main(arguments: list[str]) -> int:
    """Print the faults; the exit code is 1 when there are any."""
    problems = lint([Path(argument) for argument in arguments] or [STARTER])
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
