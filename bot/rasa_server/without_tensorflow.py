"""Lets Rasa start without loading TensorFlow and others that nothing of ours uses but Rasa imports.

Start and memory fall to less than half (docs/adr/0004). Only for serving our own model: a pipeline with DIET or
TED fails at once, with this module's name in the message.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Collection, MutableSequence
from typing import Any, Final

_ABSENT_PACKAGES: Final = frozenset(
    {
        *("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras", "jax", "transformers"),
        # Plots, model files of neural networks, and stores that we do not use.
        *("matplotlib", "h5py", "pymongo", "boto3", "botocore"),
    }
)

_LEFT_OUT: Final = "TensorFlow and others were left out by bot.rasa_server.without_tensorflow"


class _AbsentMeta(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class Absent(metaclass=_AbsentMeta):
    """Stands for any class or function of a package that was left out: it can be named and subclassed, not used."""

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Only itself is made, as when it decorates: a class built on it is in use. RuntimeError."""
        # Without this DIET seems to train, and learns nothing.
        if cls is not Absent:
            raise RuntimeError(_LEFT_OUT)
        return super().__new__(cls)

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent

    def __call__(self, *args: Any, **_: Any) -> Any:
        """As a decorator it leaves the function alone; anything else is a use. RuntimeError."""
        if len(args) == 1 and callable(args[0]):
            return args[0]
        raise RuntimeError(_LEFT_OUT)

    def __class_getitem__(cls, _: Any) -> Any:
        return cls


class _AbsentModule(types.ModuleType):
    __path__: MutableSequence[str] = []  # noqa: RUF012 - what makes it a package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, absent: frozenset[str]) -> None:
        self._absent = absent

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname.split(".")[0] in self._absent:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _AbsentModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


def leave_out(*, but: Collection[str] = ()) -> None:
    """Make imports of what is left out give empty modules, `but` these. Call before anything imports Rasa."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(_ABSENT_PACKAGES.difference(but)))
