"""Trains the model, unless one of the same inputs is there already. A model is named by the hash of its inputs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tqdm import tqdm

from bot.settings import PROJECT

MODELS: Final = PROJECT / "var" / "models"
_KEPT: Final = 3
_INPUTS: Final = (
    "config.yml",
    "domain.yml",
    "data/nlu",
    "data/phrasings",
    "data/questions",
    "data/stories",
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
)
_SUFFIXES: Final = (".yml", ".jsonl")
_PACKAGES: Final = ("rasa", "scikit-learn", "numpy", "onnxruntime")
# What Rasa prints when a step is done, in order: the steps of the progress bar.
_STEPS: Final = (
    "Starting to train component",
    "Finished training component 'R",
    "Finished training component 'S",
    "saved at",
)


class TrainingFailed(Exception):
    """Rasa could not train; the message says where the full output is."""


def input_hash(project: Path = PROJECT, inputs: tuple[str, ...] = _INPUTS) -> str:
    """The hash of what shapes the model: files by path and content, and package versions."""
    digest = hashlib.sha256()
    for name in inputs:
        path = project / name
        files = sorted(file for file in path.rglob("*") if file.suffix in _SUFFIXES) if path.is_dir() else [path]
        for file in files:
            digest.update(f"{file.relative_to(project)}\n".encode())
            digest.update(file.read_bytes())
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.hexdigest()[:16]


def model_path() -> Path:
    """Where the model of the present inputs is, or will be."""
    return MODELS / f"{input_hash()}.tar.gz"


def train_if_needed() -> Path:
    """The model of the present inputs, trained now if it is not there. Raises TrainingFailed."""
    model = model_path()
    if model.exists():
        return model
    MODELS.mkdir(parents=True, exist_ok=True)
    _compute_known_vectors()
    log_path = MODELS / "training.log"
    command = [
        # Rasa's cache knows nothing of data/questions and of our code, and would give an old classifier back.
        *(sys.executable, "-m", "bot.rasa_server", "train", "--force", "--data", "data"),
        *("--out", str(MODELS), "--fixed-model-name", f"new-{model.stem.removesuffix('.tar')}"),
    ]
    with (
        log_path.open("w", encoding="utf-8") as log,
        tqdm(total=len(_STEPS), desc="Training", unit="step", disable=not sys.stderr.isatty()) as bar,
        subprocess.Popen(
            command,
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=quiet_environment("INFO"),
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            if bar.n < len(_STEPS) and _STEPS[bar.n] in line:
                bar.update()
    made = MODELS / f"new-{model.name}"
    if process.returncode or not made.exists():
        raise TrainingFailed(f"Training failed. The whole output is in {log_path}")
    # Under its own name only once it is whole: a broken-off training leaves no model behind.
    made.rename(model)
    for old in sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-_KEPT]:
        old.unlink()
    return model


def _compute_known_vectors() -> None:
    """Fill the file of vectors that training and the first start read, on every core, with a bar of its own."""
    command = (sys.executable, "-W", "ignore", "-m", "bot.nlu.known_vectors")
    done = subprocess.run(command, cwd=PROJECT, env={**quiet_environment(), "TF_CPP_MIN_LOG_LEVEL": "3"})
    if done.returncode:
        raise TrainingFailed("The vectors of the sentences could not be computed; the reason stands above.")


def quiet_environment(level: str = "WARNING") -> dict[str, str]:
    """The environment for a Rasa process: no telemetry, no debug lines (they hold messages), one thread for BLAS."""
    return {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "LOG_LEVEL": level,
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
    }
