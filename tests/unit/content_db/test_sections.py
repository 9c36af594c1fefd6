"""The sections and their names."""

from __future__ import annotations

import pytest

from content_db.sections import FAQ, KINDS, PICTURED, REQUIRED_SECTIONS, SECTIONS, languages, section_title, told_under

# The table of answers.md.
FIXED = (
    "overview uses preparation equipment how_it_works procedure experience aftercare results benefits risks "
    "limitations radiation contrast pregnancy children implants_metal alternatives cost "
    "symptoms diagnosis treatment screening_who faq"
)


def test_the_ids_are_those_that_were_agreed() -> None:
    assert list(SECTIONS) == FIXED.split()


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_section_has_a_name_of_its_own_in_every_language(language: str) -> None:
    assert language in languages()
    names = [section_title(section, language) for section in SECTIONS if section != FAQ]
    assert all(name.strip() for name in names)
    assert len(set(names)) == len(names)


def test_the_names_are_the_languages_own() -> None:
    assert section_title("preparation", "en") == "how to prepare"
    assert section_title("preparation", "es") == "cómo prepararse"
    for unknown in (("preparation", "fr"), (FAQ, "en"), ("movie", "en")):
        with pytest.raises(KeyError):
            section_title(*unknown)


def test_every_kind_of_topic_says_what_it_must_tell() -> None:
    assert set(REQUIRED_SECTIONS) == set(KINDS)
    assert {section for required in REQUIRED_SECTIONS.values() for section in required} <= set(SECTIONS)
    assert set(PICTURED) <= set(KINDS)


@pytest.mark.parametrize(
    ("section", "kind", "there", "told"),
    [
        ("diagnosis", "exam", {"uses", "overview"}, "uses"),
        ("uses", "condition", {"diagnosis"}, "diagnosis"),
        ("uses", "condition", {"diagnosis", "uses"}, "uses"),
        ("uses", "condition", {"overview"}, "uses"),
        ("risks", "condition", {"diagnosis"}, "risks"),
        ("uses", "exam", {"diagnosis"}, "uses"),
    ],
)
def test_a_page_of_another_kind_tells_it_under_another_section(
    section: str, kind: str, there: set[str], told: str
) -> None:
    assert told_under(section, kind, there) == told
