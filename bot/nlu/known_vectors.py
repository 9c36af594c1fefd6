"""Computes the vectors of everything that is shipped, before the first training and the first start, and keeps them.

Some minutes on two cores; without this they would be spent, on one core, while a server is waited for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

import numpy as np
from tqdm import tqdm

from bot.nlu.encoder import Vectors, encode_kept, encode_many
from bot.nlu.examples import all_phrasings, questions
from content_db.importers.library import shipped
from content_db.sections import languages

_AT_ONCE: Final = 2048
_MOST_THREADS: Final = 8


def shipped_texts() -> list[str]:
    """What is compared with messages: sentences as the classifier learns them, phrasings, and of the library particular
    questions and first paragraphs."""
    # Here, because Rasa takes seconds to import.
    from bot.nlu.rank_training import sentences
    from bot.nlu.section_classifier import extra_examples

    learnt = [*sentences()[0], *extra_examples(questions())[0]]
    asked = [phrasing.text for language in languages() for phrasing in all_phrasings(language)]
    told = [passage.short for topic in shipped() for passage in topic.passages]
    asked += [passage.question for topic in shipped() for passage in topic.passages if passage.question]
    return sorted({text.lower() for text in (*learnt, *asked, *told)}, key=len)


def by(pool: Executor) -> Callable[[Sequence[str]], Vectors]:
    """As encode_many, by the threads of a pool."""

    def encode(texts: Sequence[str]) -> Vectors:
        return np.concatenate(list(pool.map(encode_many, ([text] for text in texts))))

    return encode


def main() -> None:
    """Compute what is not kept yet, with a progress bar."""
    texts = shipped_texts()
    threads = ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_THREADS))
    with threads as pool, tqdm(total=len(texts), desc="Sentences", unit=" texts", file=sys.stderr) as bar:
        for first in range(0, len(texts), _AT_ONCE):
            part = texts[first : first + _AT_ONCE]
            encode_kept(part, by(pool))
            bar.update(len(part))


if __name__ == "__main__":
    main()
