"""The content report: what it counts, measures and lists."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_db.importers.markdown import ParsedTopic, parse_file
from content_db.report import main, measured, near_copies
from tests.unit.content_db.importers.files import topic_file

SAID = "You lie on a bed that slides into a big ring. The bed moves a little and you hold still for ten minutes."
HARD = "Radiopharmaceutical administration necessitates considerable interdisciplinary institutional coordination."


def a_topic(folder: Path, name: str, text: str, **fields: str) -> ParsedTopic:
    return parse_file(topic_file(folder, name, f"## overview\n{text}\n", **fields))


def test_texts_of_two_topics_that_are_nearly_the_same_are_paired(tmp_path: Path) -> None:
    topics = [
        a_topic(tmp_path, "knee", SAID),
        a_topic(tmp_path, "hip", SAID.replace("ten", "twenty")),
        a_topic(tmp_path, "head", "The nurse gives you a warm cover and you can talk to her all the time."),
        a_topic(tmp_path, "knie", SAID, language="es"),
    ]
    ((share, one, other),) = near_copies(topics)
    assert (one, other) == ("hip (en) overview", "knee (en) overview")
    assert 0.5 < share < 1


def test_a_text_that_a_topic_says_twice_is_no_pair(tmp_path: Path) -> None:
    both = parse_file(topic_file(tmp_path, "knee", f"## overview\n{SAID}\n\n## uses\n{SAID}\n"))
    assert near_copies([both]) == []


def test_the_harder_text_has_the_larger_number_in_both_languages(tmp_path: Path) -> None:
    for language in ("en", "es"):
        easy, hard = measured(
            [a_topic(tmp_path, "knee", SAID, language=language), a_topic(tmp_path, "hip", HARD, language=language)]
        )
        assert easy.harder < hard.harder


def test_the_report_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_topic(tmp_path, "kneemr", SAID)
    a_topic(tmp_path, "own-page", HARD)
    a_topic(tmp_path, "own-page", SAID, language="es")
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "| overview | 2 | 1 |" in printed
    assert "| all | 2 | 1 |" in printed
    without = next(line for line in printed.splitlines() if line.startswith("Without a text in 'es'"))
    assert "kneemr" in without
    assert "own-page" not in without
    hardest = printed[printed.index("The hardest") :].splitlines()
    assert hardest[4].startswith("| own-page (en) overview |")
    assert "0 pairs of passages" in printed
