"""A translation and its English file: which pairs are in step, and how one is marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from content_db.importers.markdown import ParsedTopic, parse_file
from content_db.translations import fingerprint, main, missing, out_of_step
from tests.unit.content_db.importers.files import topic_file

ENGLISH = "## overview\nShort.\n\n## faq: Why?\nSo.\n"
SPANISH = "## overview\nCorto.\n\n## faq: ¿Por qué?\nPorque.\n"


@pytest.fixture
def english(tmp_path: Path) -> ParsedTopic:
    return parse_file(topic_file(tmp_path, "knee", ENGLISH))


def spanish(folder: Path, text: str = SPANISH) -> ParsedTopic:
    return parse_file(topic_file(folder, "knee", text, language="es"))


def said(*topics: ParsedTopic) -> list[str]:
    return [problem.message.split(":")[0].split(" (")[0] for problem in out_of_step(topics)]


def test_a_marked_pair_is_in_step(english: ParsedTopic, tmp_path: Path) -> None:
    translation = replace(spanish(tmp_path), translated_from=fingerprint(english))
    assert said(english, translation) == []
    assert said(translation) == [], "without the English file there is nothing to compare with"


@pytest.mark.parametrize("text", [ENGLISH.replace("Short", "Shorter"), ENGLISH.replace("Why", "When")])
def test_a_change_of_the_english_text_makes_the_translation_old(
    english: ParsedTopic, tmp_path: Path, text: str
) -> None:
    translation = replace(spanish(tmp_path), translated_from=fingerprint(english))
    (old,) = said(parse_file(topic_file(tmp_path, "knee", text)), translation)
    assert old.startswith("is older than")


def test_names_and_sources_are_not_translated(english: ParsedTopic, tmp_path: Path) -> None:
    renamed = parse_file(topic_file(tmp_path, "knee", ENGLISH, title="Knee", aliases="knee scan"))
    assert fingerprint(renamed) == fingerprint(english)


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        ("## overview\nCorto.\n", "faq"),
        (f"{SPANISH}\n## risks\nPocos.\n", "risks"),
        ("## faq: ¿Por qué?\nPorque.\n\n## overview\nCorto.\n", "their order"),
    ],
)
def test_the_sections_stand_one_for_one(english: ParsedTopic, tmp_path: Path, text: str, differs: str) -> None:
    translation = replace(spanish(tmp_path, text), translated_from=fingerprint(english))
    (problem,) = out_of_step([english, translation])
    assert (problem.path, problem.message.split(": ")[-1]) == (translation.path, differs)


def test_a_topic_without_a_translation_is_missing_only_where_others_have_one(
    english: ParsedTopic, tmp_path: Path
) -> None:
    lonely = parse_file(topic_file(tmp_path, "hip", ENGLISH))
    assert list(missing([english, lonely])) == []
    (problem,) = missing([english, lonely, spanish(tmp_path)])
    assert (problem.path, problem.message) == (lonely.path, "has no file in 'es'")


def test_marking_is_done_once_and_changes_nothing_else(
    english: ParsedTopic, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = spanish(tmp_path)
    assert main([str(tmp_path)]) == 0
    marked = parse_file(before.path)
    assert marked == replace(before, translated_from=fingerprint(english), passages=marked.passages)
    assert [p.text for p in marked.passages] == [p.text for p in before.passages]
    assert said(english, marked) == []
    written = before.path.read_bytes()
    assert main([str(tmp_path)]) == 0
    assert before.path.read_bytes() == written
    assert capsys.readouterr().out.splitlines() == [
        "1 of 1 translations marked anew.",
        "0 of 1 translations marked anew.",
    ]


def test_marking_again_replaces_the_old_mark(english: ParsedTopic, tmp_path: Path) -> None:
    path = spanish(tmp_path).path
    main([str(tmp_path)])
    changed = parse_file(topic_file(tmp_path, "knee", ENGLISH.replace("Short", "Shorter")))
    main([str(tmp_path)])
    assert path.read_text(encoding="utf-8").count("translated_from") == 1
    assert said(changed, parse_file(path)) == []


def test_nothing_to_mark_shows_the_use(english: ParsedTopic, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(english.path)]) == 2
    assert "FILE or FOLDER" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.md").write_text("no front matter")
    assert main([str(tmp_path)]) == 1
    assert "bad.md:1:" in capsys.readouterr().err
