"""The settings of the gateway and of the processes behind it, read from `RADINFO_…` environment variables."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Addresses, names and limits of the patient's side."""

    model_config = SettingsConfigDict(env_prefix="RADINFO_", extra="ignore")

    site: str | None = Field(None, description="Name of the service in the notice. Default: This service.")
    host: str = Field("127.0.0.1", description="Address that the gateway listens on.")
    port: int = Field(8080, ge=1, le=65535, description="Port that the gateway listens on.")
    rasa_port: int = Field(5105, ge=1, le=65535, description="Loopback port of Rasa; only the gateway talks to it.")
    actions_port: int | None = Field(
        None,
        ge=1,
        le=65535,
        description="Loopback port of an action server of its own. Default: the actions run in Rasa's process.",
    )
    transcripts_url: str = Field(
        f"sqlite:///{PROJECT / 'var' / 'transcripts.db'}", description="SQLAlchemy address of conversations and turns."
    )
    state_dir: Path = Field(PROJECT / "var", description="Folder for logs and the list of running processes.")
    retention_days: int = Field(30, ge=1, le=3650, description="After how many days a conversation is deleted.")
    emergency_number: str = Field("911", description="The number named in an emergency.")
    crisis_number: str = Field("988", description="The number named for thoughts of self-harm.")
    contact: str | None = Field(None, description="How a patient reaches a person: a phone number or an address.")
    embed_origins: str = Field("", description="Origins that may show the chat in a frame, divided by spaces.")
    turn_deadline_s: float = Field(90.0, gt=0, description="How long a message may wait for its answer, in seconds.")
