"""The settings of the content database, read from `RADINFO_…` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class ContentSettings(BaseSettings):
    """Where the content is and what of it may be shown."""

    model_config = SettingsConfigDict(env_prefix="RADINFO_", extra="ignore")

    profile: Literal["demo", "production"] = Field(
        "demo", description="`demo` shows starter text that nobody reviewed."
    )
    content_url: str = Field(
        f"sqlite:///{PROJECT / 'var' / 'content.db'}", description="SQLAlchemy address of the content database."
    )
    serve_unreviewed: bool | None = Field(
        None, description="Show text that has not been reviewed, and say so. Default: on in demo, off in production."
    )
    review_months: int = Field(12, ge=1, le=60, description="After how many months a review expires.")

    @model_validator(mode="after")
    def _refuse_unreviewed_in_production(self) -> ContentSettings:
        if self.profile == "production" and self.serve_unreviewed:
            raise ValueError("RADINFO_SERVE_UNREVIEWED cannot be on in production: patients would read unreviewed text")
        return self

    @property
    def shows_unreviewed(self) -> bool:
        """Whether drafts may be shown, with the profile's default applied."""
        return self.profile == "demo" if self.serve_unreviewed is None else self.serve_unreviewed
