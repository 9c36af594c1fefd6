"""docs/settings.md lists every setting with its default and meaning, as the code has them."""

from __future__ import annotations

from bot.settings import PROJECT, Settings
from content_db.settings import ContentSettings

DOC = PROJECT / "docs" / "settings.md"


def table() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for settings in (ContentSettings, Settings):
        for name, field in settings.model_fields.items():
            default = "" if field.default is None else str(field.default).replace(str(PROJECT), "…")
            rows.append(f"| `RADINFO_{name.upper()}` | {f'`{default}`' if default else ''} | {field.description} |")
    return "\n".join(rows) + "\n"


def test_the_document_is_the_code() -> None:
    assert DOC.read_text(encoding="utf-8").endswith(table()), f"the table should be:\n{table()}"
