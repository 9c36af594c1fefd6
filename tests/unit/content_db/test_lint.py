"""Every rule of the lint: what it catches, and what passes beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_db.importers.library import CatalogueTopic
from content_db.importers.markdown import ParsedPassage, ParsedTopic
from content_db.lint import DETAIL_LIMIT, SHORT_LIMIT, check, check_library, dose_figures, linkable, lint, main
from tests.unit.content_db.importers.files import topic_file

SOURCE = "https://www.radiologyinfo.org/en/info/kneemr"
PLAIN = "You lie on a bed. It takes half an hour."
SENCILLO = "Usted se acuesta en una cama. Dura media hora."


def passage(text: str, section: str = "overview", question: str | None = None) -> ParsedPassage:
    return ParsedPassage(section, question, text, 13)


def topic(*passages: ParsedPassage, **fields: object) -> ParsedTopic:
    facts = {
        "path": Path("kneemr.md"),
        "id": "kneemr",
        "language": "en",
        "title": "MRI of the knee",
        "kind": "exam",
        "parent": "bodymr",
        "aliases": (),
        "source": SOURCE,
        "facts_checked": (),
    }
    return ParsedTopic(**{**facts, **fields}, passages=passages or (passage(PLAIN),))  # type: ignore[arg-type]


def said(*passages: ParsedPassage, **fields: object) -> list[str]:
    return [problem.message for problem in check(topic(*passages, **fields))]


def sentences(characters: int) -> str:
    """Plain text of exactly so many characters."""
    return (PLAIN + " ") * (characters // (len(PLAIN) + 1)) + "a" * (characters % (len(PLAIN) + 1) - 1) + "."


# (the language, a text that is caught, a text beside it that passes, what is said)
TEXTS = {
    "first paragraph too long": ("en", sentences(SHORT_LIMIT + 1), sentences(SHORT_LIMIT), "has 321 characters"),
    "detail too long": (
        "en",
        f"{PLAIN}\n\n{sentences(DETAIL_LIMIT + 1)}",
        f"{PLAIN}\n\n{sentences(DETAIL_LIMIT)}",
        "the detail has 1001 characters",
    ),
    "curly quotes in the first paragraph": ("en", "It\u2019s loud.", "It's loud.\n\nIt\u2019s loud.", "holds \u2019"),
    "a dash in the first paragraph": ("en", "You lie \u2014 still.", "You lie - still.", "holds \u2014"),
    "an emoji in the first paragraph": ("en", "You lie 😀.", "You lie.", "holds 😀"),
    "Spanish letters are no fault": ("es", "Él está ahí\u2026", "Él está ahí. Ñandú.", "holds \u2026"),
    "hard English": (
        "en",
        "Preliminary laboratory evaluation of renal function necessitates coordination.",
        PLAIN,
        "(Flesch-Kincaid), at most 8",
    ),
    "long English sentences with long words": (
        "en",
        "The examination is an easy examination, an ordinary examination, a very ordinary one.",
        PLAIN,
        "(Gunning fog), at most 9",
    ),
    "hard Spanish": (
        "es",
        "La determinación analítica preliminar de la funcionalidad renal resulta imprescindible.",
        SENCILLO,
        "(Fernández-Huerta), at least 70",
    ),
    "a promise": ("en", "It is perfectly safe.", "It is safe for most.", "says 'perfectly safe'"),
    "a promise over two lines": ("en", "It is Perfectly\n\nsafe.", "It is safe.", "says 'perfectly safe'"),
    "an order about medicine": ("en", "You should stop taking it.", "Ask before you stop.", "says 'you should stop"),
    "making light": ("en", "Don't worry.", "It is fine to ask.", "says 'don't worry'"),
    "making light with a curly apostrophe": (
        "en",
        f"{PLAIN}\n\nDon\u2019t worry.",
        f"{PLAIN}\n\nIt\u2019s fine.",
        "says 'don't worry'",
    ),
    "a phrase inside a longer word": ("en", "It is risk-free.", "It is not arisk-freeb.", "says 'risk-free'"),
    "a Spanish promise": ("es", "Es totalmente seguro.", "Es seguro.", "says 'totalmente seguro'"),
    "a Spanish order": ("es", "Deje de tomar su pastilla.", "Tome su pastilla.", "says 'deje de tomar su'"),
    "a dose that is not in the table": ("en", "It is 7.6 mSv.", "It is 7.7 mSv.", "the dose 7.6 mSv is not in"),
    "a dose in words": ("en", "It is 99 millisieverts.", "It is 99 minutes.", "the dose 99 mSv is not in"),
    "a Spanish dose": ("es", "Son 7,6 mSv.", "Son 7,7 mSv.", "the dose 7,6 mSv is not in"),
    "a dose with a sign": ("en", "It is <0.02 mSv.", "It is <0.1 mSv.", "the dose 0.02 mSv is not in"),
}


@pytest.mark.parametrize(("language", "bad", "good", "message"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_held_to_the_rule(language: str, bad: str, good: str, message: str) -> None:
    assert [fault for fault in said(passage(bad), language=language) if message in fault]
    assert said(passage(good), language=language) == []


def test_a_good_topic_has_no_fault() -> None:
    assert said() == []
    assert said(passage(SENCILLO), language="es") == []


@pytest.mark.parametrize(
    ("kind", "parent", "present", "missing"),
    [
        (
            "exam",
            None,
            "overview",
            ["uses", "preparation", "procedure", "experience", "results", "benefits", "risks", "limitations"],
        ),
        ("exam", "bodymr", "overview", []),
        ("exam", "bodymr", "uses", ["overview"]),
        (
            "treatment",
            None,
            "overview uses",
            ["preparation", "procedure", "experience", "aftercare", "benefits", "risks"],
        ),
        ("condition", None, "overview symptoms", ["diagnosis", "treatment"]),
        ("screening", None, "overview", ["screening_who"]),
        ("safety", None, "risks", ["overview"]),
        ("pediatric", None, "overview", []),
        ("report", None, "risks", ["overview"]),
        ("service", None, "cost", []),
        ("service", "bodymr", "cost", []),
    ],
)
def test_a_page_has_the_sections_of_its_kind(kind: str, parent: str | None, present: str, missing: list[str]) -> None:
    passages = [passage(PLAIN, section) for section in present.split()]
    assert said(*passages, kind=kind, parent=parent) == [
        f"section '{section}' is missing for kind '{kind}'" for section in missing
    ]


@pytest.mark.parametrize(
    ("source", "right"),
    [
        (SOURCE, True),
        ("https://www.radiologyinfo.org/en/info/guessed-page", False),
        (SOURCE + "/", False),
        ("https://www.example.org/kneemr", False),
    ],
)
def test_a_page_links_only_to_an_address_that_was_seen(source: str, right: bool) -> None:
    assert (said(source=source) == []) is right
    assert (source in linkable()) is right


def test_a_fault_names_the_line_and_the_question() -> None:
    asked = passage("It is perfectly safe.", "faq", "Is it safe?")
    (fault,) = check(topic(passage(PLAIN), asked))
    assert str(fault).startswith("kneemr.md:13: faq 'Is it safe?': says 'perfectly safe'")


def test_only_dose_figures_that_may_be_shown_may_be_given() -> None:
    # The table's two mammography rows and its PET/CT row are marked as not to be shown.
    assert {"7.7", "0.1", "3"} <= dose_figures()
    assert "22.7" not in dose_figures()


# --- across files ---


def known(topic_id: str, *aliases: str) -> dict[str, CatalogueTopic]:
    return {topic_id: CatalogueTopic(topic_id, "exam", None, {}, {}, {"en": aliases, "es": ()}, "", "")}


@pytest.mark.parametrize(
    ("others", "fields", "fault"),
    [
        ([], {"parent": "nowhere"}, "unknown parent 'nowhere'"),
        ([], {"parent": "bodyct"}, None),
        ([], {"parent": None}, None),
        ([topic(id="bodymr")], {"parent": "bodymr"}, None),
        ([topic(id="mammo", aliases=("knee mri",), parent=None)], {"aliases": ("Knee-MRI",)}, "'mammo'"),
        ([topic(id="mammo", aliases=("knee mri",), parent=None, language="es")], {"aliases": ("knee mri",)}, None),
        ([topic(aliases=("knee mri",), parent=None)], {"aliases": ("knee mri",)}, None),
        ([], {"aliases": ("body ct",)}, "'bodyct'"),
        ([], {"aliases": ("BODY-CT",)}, "'bodyct'"),
    ],
)
def test_topics_are_compared_with_each_other(
    others: list[ParsedTopic], fields: dict[str, object], fault: str | None
) -> None:
    tested = topic(**{"parent": None, **fields})
    messages = [problem.message for problem in check_library([*others, tested], known("bodyct", "Body  CT"))]
    assert len(messages) == (0 if fault is None else 1)
    assert all(fault is not None and fault in message for message in messages)


# --- the command ---


def test_every_fault_of_every_file_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    unreadable = topic_file(tmp_path, "elbow", "## movie\nText.\n")
    unlinked = topic_file(tmp_path, "wrist", f"## overview\n{PLAIN}\n", parent="xray")
    assert main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith(f"{unreadable}:10: '## movie' is not a section heading")
    assert f"{unlinked}:1: 'source' https://www.example.org/wrist is not a linkable" in "\n".join(printed)
    assert [str(problem) for problem in lint([tmp_path])] == printed


def test_a_folder_without_a_fault_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = topic_file(tmp_path, "elbow", f"## overview\n{PLAIN}\n", kind="safety")
    path.write_text(path.read_text().replace("https://www.example.org/elbow", SOURCE))
    assert main([str(path)]) == 0
    assert capsys.readouterr().out == ""
