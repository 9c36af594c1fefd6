"""Topic files: what a good one becomes, and that every bad one is refused by file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_db.importers.markdown import BadFile, ParsedPassage, ParsedTopic, Problem, parse, parse_file, slug
from content_db.sections import SECTIONS
from tests.unit.content_db.importers.files import GOOD

PATH = Path("kneemr.md")
PARSED = ParsedTopic(
    path=PATH,
    id="kneemr",
    language="en",
    title="MRI of the knee",
    kind="exam",
    parent="bodymr",
    aliases=("mri of my knee", "knee, mri"),
    source="https://www.example.org/kneemr",
    facts_checked=("https://www.example.org/facts",),
    modality=("mri",),
    body_region=("bone-joint",),
    passages=(
        ParsedPassage("overview", None, "A test that shows the knee.\n\nIt takes pictures of bones.", 13),
        ParsedPassage("preparation", None, "Leave metal at home.", 19),
        ParsedPassage("faq", "Can I eat?", "Yes, you can.", 22),
    ),
)


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadFile) as bad:
        parse(text, PATH)
    assert {problem.path for problem in bad.value.problems} == {PATH}
    return [(problem.line, problem.message) for problem in bad.value.problems]


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"'{old}' must stand once in the good file"
    return GOOD.replace(old, new)


# --- good files ---


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("\n", "\r"),
        GOOD.rstrip("\n"),
        GOOD.replace("\n\n", "\n \t\n"),
        GOOD.replace("\n", "  \n"),
        changed("title: MRI of the knee", "title: '  MRI of the knee '"),
    ],
    ids=[
        "plain",
        "BOM",
        "CRLF",
        "CR",
        "no last line end",
        "blank lines of spaces",
        "spaces at line ends",
        "padded title",
    ],
)
def test_a_good_file_is_read_as_written(tmp_path: Path, text: str) -> None:
    assert parse(text, PATH) == PARSED
    path = tmp_path / "kneemr.md"
    path.write_bytes(text.encode())
    assert parse_file(path).passages == PARSED.passages


def test_fields_that_may_be_left_out_are_empty() -> None:
    kept = [
        line for line in GOOD.splitlines() if not line.startswith(("parent:", "aliases:", "modality:", "body_region:"))
    ]
    topic = parse("\n".join(kept), PATH)
    assert (topic.parent, topic.aliases, topic.modality, topic.body_region) == (None, (), (), ())


def test_a_short_answer_is_the_first_paragraph_and_the_detail_is_the_rest() -> None:
    passage = ParsedPassage("uses", None, "Short.\n\nMore.\n\nStill more.", 1)
    assert (passage.short, passage.detail) == ("Short.", "More.\n\nStill more.")
    assert ParsedPassage("uses", None, "Short.", 1).detail == ""


def test_a_question_may_hold_a_colon() -> None:
    topic = parse(changed("## faq: Can I eat?", "## faq: One thing: can I eat?"), PATH)
    assert topic.passages[-1].question == "One thing: can I eat?"


words = st.text(st.characters(whitelist_categories=["L", "N"], max_codepoint=0x2FF), min_size=1, max_size=12)
paragraphs = st.lists(st.lists(words, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=3)
sections = st.dictionaries(st.sampled_from([s for s in SECTIONS if s != "faq"]), paragraphs, min_size=1, max_size=5)


@given(sections)
def test_every_text_comes_back_paragraph_by_paragraph(texts: dict[str, list[str]]) -> None:
    head = GOOD[: GOOD.index("## overview")]
    body = "\n\n".join(f"## {section}\n" + "\n\n".join(written) for section, written in texts.items())
    read = {passage.section: passage.text for passage in parse(head + body, PATH).passages}
    assert read == {section: "\n\n".join(written) for section, written in texts.items()}


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Can I eat?", "can-i-eat"),
        ("¿Puedo comer  o beber?", "puedo-comer-o-beber"),
        ("x" * 79 + " yy", "x" * 79),
        ("What's a “CT”?", "whats-a-ct"),
    ],
)
def test_a_question_gives_its_passage_a_name(question: str, name: str) -> None:
    assert slug(question) == name


# --- bad files: (what is spoiled, the line that is named, what is said) ---

FRONT_MATTER = [
    ("", 1, "must begin with a front matter block"),
    ("\n" + GOOD, 1, "must begin with a front matter block"),
    ("# Title\n" + GOOD, 1, "must begin with a front matter block"),
    ("---\nid: kneemr\n## overview\nText.\n", 1, "not closed"),
    (changed("kind: exam", "kind: [exam"), 6, "not valid YAML"),
    (changed("kind: exam", "\tkind: exam"), 5, "not valid YAML"),
    (changed("kind: exam", "kind: exam\nkind: *nowhere"), 6, "not valid YAML"),
    (changed("kind: exam", "kind: 2026-13-45"), 2, "not valid YAML"),
    (changed("kind: exam", "kind: !!int exam"), 2, "not valid YAML"),
    (changed("kind: exam", "kind: !!bool exam"), 2, "not valid YAML"),
    (changed("kind: exam", "kind: !!timestamp exam"), 2, "not valid YAML"),
    (changed("kind: exam", "kind: !!python/object/apply:os.getcwd []"), 5, "not valid YAML"),
    (changed("kind: exam", "kind: " + "[" * 1000), 7, "not valid YAML"),
    ("---\n- kneemr\n---\n## overview\nText.\n", 2, "must be 'name: value' lines"),
    ("---\n---\n## overview\nText.\n", 2, "must be 'name: value' lines"),
    (changed("kind: exam", "kind: exam\nstatus: approved"), 6, "unknown field 'status'"),
    (changed("kind: exam", "kind: exam\nreviewed_on: 2026-05-04"), 6, "unknown field 'reviewed_on'"),
    (changed("kind: exam", "Kind: exam"), 5, "unknown field 'Kind'"),
    (changed("kind: exam", "kind: exam\n7: x"), 6, "unknown field '7'"),
    (changed("id: kneemr", "id: 7"), 2, "'id' must be text"),
    (changed("title: MRI of the knee", "title: [MRI]"), 4, "'title' must be text"),
    (changed("language: en", "language: no"), 3, "'language' must be text"),
    (changed("aliases: [mri of my knee, 'knee, mri']", "aliases: mri of my knee"), 7, "must be a list of texts"),
    (changed("aliases: [mri of my knee, 'knee, mri']", "aliases: [1, 2]"), 7, "must be a list of texts"),
    (changed("modality: [mri]", "modality: {mri: yes}"), 10, "must be a list of texts"),
    (changed("id: kneemr", "id: Knee MR"), 2, "lower-case letters"),
    (changed("id: kneemr", "id: ../kneemr"), 2, "lower-case letters"),
    (changed("id: kneemr", "id: -kneemr"), 2, "lower-case letters"),
    (changed("id: kneemr", f"id: {'k' * 65}"), 2, "more than 64 characters"),
    (changed("language: en", "language: english"), 3, "unknown language 'english'"),
    (changed("language: en", "language: xx"), 3, "unknown language 'xx'"),
    (changed("kind: exam", "kind: movie"), 5, "unknown kind 'movie'"),
    (changed("parent: bodymr", "parent: kneemr"), 6, "its own parent"),
    (changed("title: MRI of the knee", f"title: {'M' * 121}"), 4, "more than 120 characters"),
    (changed("kind: exam", "kind: " + "[" * 200_000), 2, "more than 10000 characters"),
    (changed("title: MRI of the knee", 'title: "MRI of\\nthe knee"'), 4, "a line break or a control character"),
    (changed("title: MRI of the knee", 'title: "MRI\\0"'), 4, "a line break or a control character"),
    (changed("title: MRI of the knee", 'title: "\\uD800"'), 4, "not valid YAML"),
    (changed("aliases: [mri of my knee", f"aliases: [{'m' * 121}"), 7, "more than 120 characters"),
    (changed("https://www.example.org/kneemr", "http://www.example.org/kneemr"), 8, "is not an https address"),
    (changed("https://www.example.org/kneemr", "javascript:alert(1)"), 8, "is not an https address"),
    (changed("https://www.example.org/kneemr", f"https://{'x' * 500}"), 8, "more than 500 characters"),
    (changed("[https://www.example.org/facts]", "[the web]"), 9, "is not an https address"),
]
MISSING = [
    (changed(line, empty), 2 if empty == "" else number, f"'{name}' is missing")
    for number, name, line in (
        (2, "id", "id: kneemr\n"),
        (3, "language", "language: en\n"),
        (4, "title", "title: MRI of the knee\n"),
        (5, "kind", "kind: exam\n"),
        (8, "source", "source: https://www.example.org/kneemr\n"),
        (9, "facts_checked", "facts_checked: [https://www.example.org/facts]\n"),
    )
    for empty in ("", f"{name}:\n", f"{name}: '  '\n")
]
SECTION_TEXTS = [
    (GOOD[: GOOD.index("## overview")], 13, "the file has no '## section'"),
    (changed("---\n## overview", "---\nText.\n## overview"), 13, "text before the first"),
    (changed("## preparation", "## Preparation"), 19, "'## Preparation' is not a section heading"),
    (changed("## preparation", "## preperation"), 19, "'## preperation' is not a section heading"),
    (changed("## preparation", "### preparation"), 19, "'### preparation' is not a section heading"),
    (changed("## preparation", "##preparation"), 19, "'##preparation' is not a section heading"),
    (changed("## preparation", "## preparation: food"), 19, "is not a section heading"),
    (changed("## preparation", "# preparation"), 19, "is not a section heading"),
    (changed("Leave metal", "#1: Leave metal"), 20, "is not a section heading"),
    (changed("## preparation", "## overview"), 19, "section 'overview' stands twice (first in line 13)"),
    (changed("Leave metal at home.\n", "\n"), 19, "section 'preparation' has no text"),
    (changed("Yes, you can.\n", ""), 22, "section 'faq' has no text"),
    (changed("## faq: Can I eat?", "## faq"), 22, "a faq heading needs its question"),
    (changed("## faq: Can I eat?", "## faq:  "), 22, "a faq heading needs its question"),
    (changed("## faq: Can I eat?", "## faq: ???"), 22, "a question has 1 to 170 characters"),
    (changed("## faq: Can I eat?", f"## faq: {'x' * 171}"), 22, "a question has 1 to 170 characters"),
    (GOOD + "## faq: Can I eat?\nNo.\n", 24, "section 'faq' stands twice (first in line 22)"),
    # These would get the same passage id.
    (GOOD + "## faq: can i EAT\nNo.\n", 24, "section 'faq' stands twice (first in line 22)"),
    (GOOD + "## faq: ¿Can I eat?!\nNo.\n", 24, "section 'faq' stands twice (first in line 22)"),
    (changed("at home", "at\0home"), 20, "holds a NUL byte"),
    (changed("at home", "at\x1bhome"), 20, "holds a control character (U+001B)"),
    (changed("MRI of the knee", "MRI\0"), 4, "holds a NUL byte"),
    (changed("at home", "at \ud800 home"), 20, "holds a control character (U+D800)"),
]


@pytest.mark.parametrize(("text", "line", "said"), [*FRONT_MATTER, *MISSING, *SECTION_TEXTS])
def test_a_bad_file_is_refused_by_line(text: str, line: int, said: str) -> None:
    found = faults(text)
    assert [at for at, message in found if said in message] == [line], found


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = changed("kind: exam", "kind: movie").replace("## preparation", "## overview").replace("Yes, you can.\n", "")
    assert [line for line, _ in faults(text)] == [5, 19, 22]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (GOOD.replace("home", "caf\xe9").encode("latin-1"), 20),
        (b"\xff\xfe" + GOOD.encode("utf-16-le"), 1),
        (GOOD.encode() + b"\xc3", 24),
        (GOOD.replace("home", "h\ud800me").encode("utf-8", "surrogatepass"), 20),
    ],
    ids=["Latin-1", "UTF-16", "cut in a character", "half a character"],
)
def test_a_file_that_is_not_utf8_is_refused_by_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = tmp_path / "kneemr.md"
    path.write_bytes(content)
    with pytest.raises(BadFile) as bad:
        parse_file(path)
    assert bad.value.problems == [Problem(path, line, "not UTF-8 text")]
    assert str(bad.value) == f"{path}:{line}: not UTF-8 text"


# --- whatever is written, the only exception is BadFile ---


def reads_or_refuses(text: str) -> None:
    problems: list[Problem] = []
    passages: tuple[ParsedPassage, ...] = ()
    try:
        passages = parse(text, PATH).passages
    except BadFile as bad:
        problems = bad.problems
    assert bool(passages) != bool(problems)
    assert all(passage.text for passage in passages)
    assert all(1 <= problem.line <= len(text.splitlines()) + 1 for problem in problems)


@given(st.text())
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    reads_or_refuses(text)


@given(st.text(), st.text())
def test_arbitrary_front_matter_and_body_are_read_or_refused(head: str, body: str) -> None:
    reads_or_refuses(f"---\n{head}\n---\n{body}")


@given(st.sampled_from(GOOD.splitlines()), st.text())
def test_a_good_file_with_one_arbitrary_line_is_read_or_refused(line: str, other: str) -> None:
    reads_or_refuses(GOOD.replace(line, other))


yaml_bits = st.sampled_from([*"[]{}&*!|>%@`'\"-:?,# \n0129_.e~<=", "!!int ", "!!float ", "!!set ", "id", "- ", ": "])


@given(st.lists(yaml_bits, max_size=12).map("".join))
def test_a_field_of_odd_yaml_is_read_or_refused(value: str) -> None:
    reads_or_refuses(changed("title: MRI of the knee", f"title: {value}"))


@given(st.binary())
def test_arbitrary_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "arbitrary.md"
    path.write_bytes(content)
    with pytest.raises(BadFile):
        parse_file(path)
