from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import training
from bot.settings import PROJECT
from bot.training import input_hash, quiet_environment

# Whatever shapes the model. A file missing here or there is a stale model after an update.
FILES = (
    "config.yml",
    "domain.yml",
    "bot/nlu/encoder.onnx",
    "bot/nlu/encoder.py",
    "bot/nlu/examples.py",
    "bot/nlu/intent_model.py",
    "bot/nlu/language_words.yml",
    "bot/nlu/parts.py",
    "bot/nlu/section_classifier.py",
    "bot/nlu/spelling.py",
    "bot/nlu/topic_index.py",
    "bot/nlu/topic_linker.py",
    "bot/nlu/topic_words.yml",
    "bot/nlu/transformer.py",
    "bot/nlu/understanding.py",
    "bot/nlu/word_pieces.py",
    "content_db/folding.py",
    "content_db/starter/catalogue.csv",
    "data/nlu/en/overview.yml",
    "data/nlu/es/overview.yml",
    "data/stories/rules.yml",
)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("inputs")
    shutil.copytree(PROJECT / "data", project / "data")
    for name in (name for name in FILES if not name.startswith("data/")):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, project / name)
    return project


@pytest.fixture
def project(inputs: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(inputs, tmp_path / "project"))


def append(name: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        path = project / name
        path.write_bytes(path.read_bytes() + b"\n# changed\n")

    return change


def write(name: str, text: str) -> Callable[[Path], None]:
    def change(project: Path) -> None:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")

    return change


def move(old: str, new: str) -> Callable[[Path], None]:
    return lambda project: (project / old).rename(project / new) and None


CHANGES = [
    *(pytest.param(append(name), id=name) for name in FILES),
    pytest.param(write("data/nlu/fr/overview.yml", "nlu: []"), id="a new file"),
    pytest.param(lambda project: (project / "data/nlu/en/uses.yml").unlink(), id="a file less"),
    pytest.param(move("data/nlu/en/uses.yml", "data/nlu/en/used.yml"), id="another name"),
]
NO_CHANGES = [
    pytest.param(lambda project: os.utime(project / "domain.yml", (0, 0)), id="another time"),
    pytest.param(write("README.md", "words"), id="a file that is no input"),
    pytest.param(write("data/nlu/en/notes.txt", "words"), id="a note beside the sentences"),
    pytest.param(write("bot/nlu/evidence.py", "# code"), id="code that works at run time only"),
    pytest.param(write("content_db/starter/en/new.md", "# topic"), id="content"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_any_input_asks_for_a_new_model(project: Path, change: Callable[[Path], None]) -> None:
    before = input_hash(project)
    change(project)
    assert input_hash(project) != before


@pytest.mark.parametrize("change", NO_CHANGES)
def test_anything_else_keeps_the_model(project: Path, change: Callable[[Path], None]) -> None:
    before = input_hash(project)
    change(project)
    assert input_hash(project) == before


@pytest.mark.parametrize("package", ["rasa", "scikit-learn", "numpy"])
def test_another_version_of_a_package_asks_for_a_new_model(
    inputs: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    before = input_hash(inputs)
    installed = training.version
    monkeypatch.setattr(training, "version", lambda name: "0" if name == package else installed(name))
    assert input_hash(inputs) != before


def test_the_place_of_the_project_does_not_matter(project: Path, inputs: Path) -> None:
    assert input_hash(project) == input_hash(inputs)
    assert re.fullmatch("[0-9a-f]{16}", input_hash(project))


def test_a_rasa_process_tells_nobody_and_logs_no_messages() -> None:
    environment = quiet_environment()
    assert (environment["RASA_TELEMETRY_ENABLED"], environment["LOG_LEVEL"]) == ("false", "WARNING")
    assert environment["PATH"] == os.environ["PATH"]


def test_a_model_is_not_trained_when_the_vectors_cannot_be_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MODELS", tmp_path / "models")
    monkeypatch.setattr(training.subprocess, "run", lambda *args, **more: subprocess.CompletedProcess(args, 1))
    with pytest.raises(training.TrainingFailed, match="vectors"):
        training.train_if_needed()
    assert list((tmp_path / "models").iterdir()) == []
