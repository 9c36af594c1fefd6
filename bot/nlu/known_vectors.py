"""Computes the vectors of everything that is shipped, before the first training and the first start, and keeps them.

Some minutes on two cores; without this they would be spent, on one core, while a server is waited for.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Final

import numpy as np
from tqdm import tqdm

from bot.nlu.encoder import Vectors, encode_kept, encode_many
from bot.nlu.examples import all_phrasings, questions
from content_db.importers.library import shipped
from content_db.sections import languages

_AT_ONCE: Final = 2048
# Each process holds the encoder, and there is nothing to gain from more than a few.
_MOST_PROCESSES: Final = 8


def shipped_texts() -> list[str]:
    """What is compared with messages: sentences as the classifier learns them, phrasings, and of the library particular
    questions and first paragraphs."""
    # Here, because the processes read this module anew and need no Rasa: it would cost half a gigabyte in each.
    from bot.nlu.rank_training import sentences
    from bot.nlu.section_classifier import extra_examples

    learnt = [*sentences()[0], *extra_examples(questions())[0]]
    asked = [phrasing.text for language in languages() for phrasing in all_phrasings(language)]
    told = [passage.short for topic in shipped() for passage in topic.passages]
    asked += [passage.question for topic in shipped() for passage in topic.passages if passage.question]
    return sorted({text.lower() for text in (*learnt, *asked, *told)}, key=len)


def by(pool: Executor, processes: int) -> Callable[[Sequence[str]], Vectors]:
    """As encode_many, by the processes of a pool."""

    def encode(texts: Sequence[str]) -> Vectors:
        ends = [len(texts) * number // processes for number in range(processes + 1)]
        parts = [texts[start:end] for start, end in itertools.pairwise(ends)]
        return np.concatenate(list(pool.map(encode_many, filter(None, parts))))

    return encode


def main() -> None:
    """Compute what is not kept yet, with a progress bar."""
    texts, processes = shipped_texts(), min(os.cpu_count() or 1, _MOST_PROCESSES)
    # Matrices of one text are too small to be shared: a process a core is nearly twice as fast as threads. The setting
    # is for the processes that are started here; this one has read it already.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    started = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))
    with started as pool, tqdm(total=len(texts), desc="Sentences", unit=" texts", file=sys.stderr) as bar:
        for first in range(0, len(texts), _AT_ONCE):
            part = texts[first : first + _AT_ONCE]
            encode_kept(part, by(pool, processes))
            bar.update(len(part))


if __name__ == "__main__":
    main()
