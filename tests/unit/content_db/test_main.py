"""`python -m content_db load`: what it prints and its exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_db.__main__ import main
from content_db.database import open_engine
from content_db.repository import newest_revision
from tests.unit.content_db.importers.files import topic_file


@pytest.fixture(autouse=True)
def content_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'var' / 'content.db'}"
    monkeypatch.setenv("RADINFO_CONTENT_URL", url)
    return url


def test_a_folder_is_loaded_into_new_tables(tmp_path: Path, content_url: str, capsys: pytest.CaptureFixture) -> None:
    topic_file(tmp_path, "elbow")
    assert main(["load", str(tmp_path)]) == 0
    assert "1 topic files: 1 new texts, 0 unchanged, 0 retired. New texts are drafts." in capsys.readouterr().out
    with open_engine(content_url).connect() as connection:
        assert newest_revision(connection, "elbow.overview.en") is not None


@pytest.mark.parametrize("arguments", [[], ["unload"], ["--help"]])
def test_anything_else_shows_how_it_is_used(arguments: list[str], capsys: pytest.CaptureFixture) -> None:
    assert main(arguments) == 2
    assert "python -m content_db load" in capsys.readouterr().err


def test_a_bad_file_is_named_and_nothing_is_loaded(
    tmp_path: Path, content_url: str, capsys: pytest.CaptureFixture
) -> None:
    good, bad = topic_file(tmp_path, "elbow"), topic_file(tmp_path, "wrist", "## movie\nText.\n")
    assert main(["load", str(good), str(bad)]) == 1
    said = capsys.readouterr().err
    assert f"{bad}:10: '## movie' is not a section heading" in said
    assert "Nothing was loaded." in said
    with open_engine(content_url).connect() as connection:
        assert newest_revision(connection, "elbow.overview.en") is None


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RADINFO_CONTENT_URL", "sqlite:////dev/null/content.db", "/dev/null"),
        ("RADINFO_CONTENT_URL", "sqlite:////", "The content database cannot be used: OperationalError"),
        ("RADINFO_CONTENT_URL", "nonsense", "The content database cannot be used: ArgumentError"),
        ("RADINFO_CONTENT_URL", "mysql+nothing://x/y", "The content database cannot be used: NoSuchModuleError"),
        ("RADINFO_PROFILE", "staging", "profile"),
    ],
)
def test_what_stands_in_the_way_is_told_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["load", str(topic_file(tmp_path, "elbow"))]) == 1
    assert said in capsys.readouterr().err


def test_a_path_that_does_not_exist_is_told(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["load", str(tmp_path / "nowhere")]) == 1
    assert "nowhere does not exist" in capsys.readouterr().err
