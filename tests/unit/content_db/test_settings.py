"""What the settings allow: above all, no unreviewed text in production."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from content_db.settings import ContentSettings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ContentSettings.model_fields:
        monkeypatch.delenv(f"RADINFO_{name.upper()}", raising=False)


@pytest.mark.parametrize(
    ("profile", "serve_unreviewed", "shown"),
    [
        ("demo", None, True),
        ("demo", True, True),
        ("demo", False, False),
        ("production", None, False),
        ("production", False, False),
    ],
)
def test_unreviewed_text_is_on_for_the_demo_and_off_for_production(
    profile: str, serve_unreviewed: bool | None, shown: bool
) -> None:
    settings = ContentSettings(profile=profile, serve_unreviewed=serve_unreviewed)  # type: ignore[arg-type]
    assert settings.shows_unreviewed is shown


@pytest.mark.parametrize("on", ["1", "true", "on", "yes"])
def test_production_does_not_start_with_unreviewed_text(monkeypatch: pytest.MonkeyPatch, on: str) -> None:
    monkeypatch.setenv("RADINFO_PROFILE", "production")
    monkeypatch.setenv("RADINFO_SERVE_UNREVIEWED", on)
    with pytest.raises(ValidationError, match="RADINFO_SERVE_UNREVIEWED cannot be on in production"):
        ContentSettings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROFILE", "staging"),
        ("PROFILE", "Production"),
        ("SERVE_UNREVIEWED", "perhaps"),
        ("REVIEW_MONTHS", "0"),
        ("REVIEW_MONTHS", "61"),
        ("REVIEW_MONTHS", "a year"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"RADINFO_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        ContentSettings()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADINFO_CONTENT_URL", "postgresql://somewhere/content")
    monkeypatch.setenv("RADINFO_REVIEW_MONTHS", "6")
    monkeypatch.setenv("RADINFO_SOMETHING_ELSE", "is left to others")
    settings = ContentSettings()
    assert (settings.content_url, settings.review_months) == ("postgresql://somewhere/content", 6)


def test_without_any_setting_it_is_the_demo_on_a_file_and_a_review_lasts_a_year() -> None:
    settings = ContentSettings()
    assert (settings.profile, settings.shows_unreviewed, settings.review_months) == ("demo", True, 12)
    assert settings.content_url.startswith("sqlite:///")
    assert settings.content_url.endswith("/var/content.db")
