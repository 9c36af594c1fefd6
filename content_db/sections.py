"""The ids of what a passage tells about its topic, and which kinds of topic carry which."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

EXAM_SECTIONS: Final = (
    "overview",
    "uses",
    "preparation",
    "equipment",
    "how_it_works",
    "procedure",
    "experience",
    "aftercare",
    "results",
    "benefits",
    "risks",
    "limitations",
    "radiation",
    "contrast",
    "pregnancy",
    "children",
    "implants_metal",
    "alternatives",
    "cost",
)
CONDITION_SECTIONS: Final = ("symptoms", "diagnosis", "treatment")
SCREENING_SECTIONS: Final = ("screening_who",)
FAQ: Final = "faq"
SECTIONS: Final = (*EXAM_SECTIONS, *CONDITION_SECTIONS, *SCREENING_SECTIONS, FAQ)

# Kinds of topic that something is done for: an exam or a treatment.
PICTURED: Final = ("exam", "treatment", "pediatric")
KINDS: Final = ("exam", "treatment", "condition", "safety", "screening", "pediatric", "report", "service")

# What a page of this kind must say itself when it has no parent to lean on.
REQUIRED_SECTIONS: Final[dict[str, tuple[str, ...]]] = {
    "exam": (
        "overview",
        "uses",
        "preparation",
        "procedure",
        "experience",
        "results",
        "benefits",
        "risks",
        "limitations",
    ),
    "treatment": ("overview", "uses", "preparation", "procedure", "experience", "aftercare", "benefits", "risks"),
    "condition": ("overview", "symptoms", "diagnosis", "treatment"),
    "safety": ("overview",),
    "screening": ("overview", "screening_who"),
    "pediatric": ("overview",),
    "report": ("overview",),
    "service": (),
}
REQUIRED_WITH_PARENT: Final = ("overview",)


# Where a page of this kind tells what another kind has a section for: what an MRI can show of a disease stands under
# the disease's diagnosis, what a knee MRI diagnoses under its uses.
_TOLD_UNDER: Final[dict[str, dict[str, str]]] = {
    "exam": {"diagnosis": "uses"},
    "treatment": {"diagnosis": "uses", "treatment": "uses"},
    "pediatric": {"diagnosis": "uses"},
    "condition": {"uses": "diagnosis", "limitations": "diagnosis", "procedure": "treatment", "experience": "symptoms"},
}


def told_under(section: str, kind: str, there: Collection[str]) -> str:
    """The section, of those that are there, that tells on a page of this kind what is asked for; else `section`."""
    other = _TOLD_UNDER.get(kind, {}).get(section, section)
    return other if other in there and section not in there else section


@lru_cache(maxsize=1)
def _titles() -> dict[str, dict[str, str]]:
    titles: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("section_titles.yml").read_text(encoding="utf-8")
    )
    return titles


def languages() -> tuple[str, ...]:
    """The languages that topics can be written in: those in which the sections have names."""
    return tuple(_titles())


def section_title(section: str, language: str) -> str:
    """How a section is named to a patient: ('preparation', 'en') -> 'how to prepare'. KeyError if unknown."""
    return _titles()[language][section]
