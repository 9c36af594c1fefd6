from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import enable_socket

from bot.training import train_if_needed
from tests.journeys.client import Assistant, Patient, start

PORT = 18180


@pytest.fixture(autouse=True, scope="session")
def _loopback() -> None:
    """Journeys talk to servers on loopback."""
    enable_socket()


@pytest.fixture(autouse=True)
def _socket(socket_enabled: None) -> None:
    """pytest-socket closes the network before each test; journeys need loopback."""


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model; the first run trains it."""
    return train_if_needed()


@pytest.fixture(scope="session")
def assistant(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """One assistant for all journeys that leave it as they found it."""
    running = start(tmp_path_factory.mktemp("assistant"), PORT)
    try:
        running.until_ready()
        yield running
    finally:
        running.stop()


@pytest.fixture
def patient(assistant: Assistant) -> Patient:
    assistant.until_ready()
    return assistant.patient()
