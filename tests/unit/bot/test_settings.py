from __future__ import annotations

import os

import pytest
from pydantic import ValidationError

from bot.settings import Settings
from content_db.settings import ContentSettings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("RADINFO_")]:
        monkeypatch.delenv(name)


def test_without_settings_everything_stays_on_this_machine() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.site) == ("127.0.0.1", 8080, None)
    assert (settings.emergency_number, settings.crisis_number) == ("911", "988")
    assert settings.transcripts_url.startswith("sqlite:////")
    assert settings.transcripts_url != ContentSettings().content_url


@pytest.mark.parametrize(
    ("variable", "value", "field", "read"),
    [
        ("RADINFO_SITE", "Clínica Norte", "site", "Clínica Norte"),
        ("RADINFO_PORT", "9000", "port", 9000),
        ("radinfo_port", "9000", "port", 9000),
        ("RADINFO_RETENTION_DAYS", "7", "retention_days", 7),
        ("RADINFO_TURN_DEADLINE_S", "2.5", "turn_deadline_s", 2.5),
        ("RADINFO_EMERGENCY_NUMBER", "112", "emergency_number", "112"),
        (
            "RADINFO_EMBED_ORIGINS",
            "https://a.example https://b.example",
            "embed_origins",
            "https://a.example https://b.example",
        ),
    ],
)
def test_a_setting_is_read_from_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, read: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), field) == read


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RADINFO_PORT", "0"),
        ("RADINFO_PORT", "65536"),
        ("RADINFO_PORT", "http"),
        ("RADINFO_RASA_PORT", ""),
        ("RADINFO_RETENTION_DAYS", "0"),
        ("RADINFO_RETENTION_DAYS", "1.5"),
        ("RADINFO_TURN_DEADLINE_S", "0"),
        ("RADINFO_TURN_DEADLINE_S", "-1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ValidationError) as refusal:
        Settings()
    assert [f"RADINFO_{error['loc'][0]}".upper() for error in refusal.value.errors()] == [variable]


def test_another_programs_variable_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("RADINFO_PROFILE", "production")
    assert Settings().port == 8080


@pytest.mark.parametrize("settings", [Settings, ContentSettings])
def test_every_setting_says_what_it_is_for(settings: type[Settings] | type[ContentSettings]) -> None:
    assert [name for name, field in settings.model_fields.items() if not field.description] == []
