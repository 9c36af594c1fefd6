"""Which of the topics that a message names it is about, by the kinds and places of their names alone.

Only evidence: the ranker weighs it against everything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.nlu.topic_index import Mention
from content_db.sections import CONDITION_SECTIONS, PICTURED

# Which kind of topic a message is about when it names several ("can MRI show a stroke": the MRI).
_ORDER: Final = ("exam", "treatment", "pediatric", "report", "screening", "service", "condition", "safety")
_CONDITION_FIRST: Final = ("condition", *(kind for kind in _ORDER if kind != "condition"))
# The weight of a mention that says no more than what an exam is made with ("CT").
_KIND_OF_EXAM: Final = 1


def subject(mentions: Sequence[Mention], section: str | None) -> tuple[str, ...]:
    """The ids of the topics that are meant; several when two are named alike."""
    # A page about the site is meant only by a question about the site.
    there = [m for m in mentions if not m.negated]
    named = [m for m in there if not m.inside and m.kind != "service"]
    if not named:
        return ()
    order = _CONDITION_FIRST if section in CONDITION_SECTIONS else _ORDER
    # A page whose name holds only the kind of exam ("is ultrasound safe for my baby") is about just that.
    pages = {m.topic_id for m in named if m.kind not in PICTURED} if _only_a_kind_inside(there) else set()

    def rank(mention: Mention) -> int:
        return -1 if mention.topic_id in pages else order.index(mention.kind)

    best = min(map(rank, named))
    first = [m for m in named if rank(m) == best]
    exams = tuple(m.topic_id for m in there if m.inside and m.weight > _KIND_OF_EXAM)
    if best > 0 and exams and not any(m.kind in PICTURED for m in first):
        return exams[:1]
    heaviest = max(m.weight for m in first)
    # "CT" beside "CT of the abdomen" says nothing new, but two exams named alike do.
    return tuple(dict.fromkeys(m.topic_id for m in first if m.weight == heaviest))


def _only_a_kind_inside(mentions: Sequence[Mention]) -> bool:
    inside = [m for m in mentions if m.inside]
    outside = any(m.kind in PICTURED and not m.inside for m in mentions)
    return bool(inside) and not outside and all(m.weight <= _KIND_OF_EXAM for m in inside)
