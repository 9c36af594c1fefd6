"""Computes the vectors of everything that is shipped, before the first training and the first start, and keeps them.

Two or three minutes on two cores; without this they would be spent, on one core, while a server is waited for.
"""

from __future__ import annotations

import sys
from typing import Final

from tqdm import tqdm

from bot.nlu.encoder import encode_kept
from bot.nlu.examples import all_phrasings, questions
from bot.nlu.rank_training import sentences
from bot.nlu.section_classifier import extra_examples
from content_db.importers.library import shipped
from content_db.sections import languages

_AT_ONCE: Final = 2048


def shipped_texts() -> list[str]:
    """What is compared with messages: sentences as the classifier learns them, phrasings, particular questions."""
    learnt = [*sentences()[0], *extra_examples(questions())[0]]
    asked = [phrasing.text for language in languages() for phrasing in all_phrasings(language)]
    asked += [passage.question for topic in shipped() for passage in topic.passages if passage.question]
    return sorted({text.lower() for text in (*learnt, *asked)}, key=len)


def main() -> None:
    """Compute what is not kept yet, with a progress bar."""
    texts = shipped_texts()
    with tqdm(total=len(texts), desc="Sentences", unit=" texts", file=sys.stderr) as bar:
        for first in range(0, len(texts), _AT_ONCE):
            part = texts[first : first + _AT_ONCE]
            encode_kept(part)
            bar.update(len(part))


if __name__ == "__main__":
    main()
