"""A good topic file, and ways to spoil it."""

from __future__ import annotations

from pathlib import Path

GOOD = """---
id: kneemr
language: en
title: MRI of the knee
kind: exam
parent: bodymr
aliases: [mri of my knee, 'knee, mri']
source: https://www.example.org/kneemr
facts_checked: [https://www.example.org/facts]
modality: [mri]
body_region: [bone-joint]
---
## overview
A test that shows the knee.

It takes pictures
of bones.

## preparation
Leave metal at home.

## faq: Can I eat?
Yes, you can.
"""


def topic_file(
    folder: Path,
    topic_id: str,
    body: str = "## overview\nA short text.\n",
    *,
    language: str = "en",
    title: str = "",
    kind: str = "exam",
    parent: str = "",
    aliases: str = "",
) -> Path:
    """Write a topic file `<topic_id>.<language>.md` and return its path."""
    fields = {
        "id": topic_id,
        "language": language,
        "title": title or f"Title of {topic_id}",
        "kind": kind,
        "parent": parent,
        "aliases": f"[{aliases}]",
        "source": f"https://www.example.org/{topic_id}",
        "facts_checked": "[https://www.example.org/facts]",
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items() if value)
    path = folder / f"{topic_id}.{language}.md"
    path.write_text(f"---\n{head}---\n{body}", encoding="utf-8")
    return path
