"""The plots of the accuracy report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def risk_coverage(answers: Mapping[str, Sequence[tuple[float, bool]]], path: Path) -> None:
    """For each set of (confidence, is right): the share of wrong answers when only the surest are given."""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(6, 4))
    for name, pairs in answers.items():
        if pairs:
            wrong = np.array([not right for _, right in sorted(pairs, reverse=True)], dtype=float)
            given = np.arange(1, len(wrong) + 1)
            axes.plot(given / len(wrong), np.cumsum(wrong) / given, label=name)
    axes.set(xlabel="share of answers given, surest first", ylabel="share of them wrong", title="Risk and coverage")
    axes.legend()
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)


def confusion(pairs: Sequence[tuple[str, str]], path: Path) -> None:
    """How often each section was answered (across) where another was the best (down)."""
    plt = _pyplot()
    names = sorted({name for pair in pairs for name in pair})
    counts = np.zeros((len(names), len(names)))
    for wanted, given in pairs:
        counts[names.index(wanted), names.index(given)] += 1
    figure, axes = plt.subplots(figsize=(9, 8))
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="answered", ylabel="best", title="Sections")
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)


def shares(by_set: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Bars of shares, 0 to 1: a group of bars for each set, a bar for each way its questions were written."""
    plt = _pyplot()
    ways = list(dict.fromkeys(way for found in by_set.values() for way in found))
    figure, axes = plt.subplots(figsize=(7, 4))
    width = 0.8 / len(ways)
    for number, way in enumerate(ways):
        places = np.arange(len(by_set)) + number * width
        axes.bar(places, [found.get(way, 0.0) for found in by_set.values()], width, label=way)
    axes.set_xticks(np.arange(len(by_set)) + 0.4 - width / 2, list(by_set))
    axes.set(ylim=(0, 1), ylabel="right topic and section", title="By language and noise")
    axes.legend()
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot
