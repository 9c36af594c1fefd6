from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.word_pieces import WordPieces, plain

# The first four are marks; the longer piece is likelier than its parts together.
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁knee", "▁", "k", "n", "e", "▁scan", "s", "▁kn", "ee"]
SCORES = [0.0, 0.0, 0.0, 0.0, -5.0, -3.0, -6.0, -6.0, -5.0, -5.0, -4.0, -9.0, -9.0]
UNKNOWN = 3


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return WordPieces(PIECES, SCORES, UNKNOWN)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("knee", ["▁knee"]),
        ("Knee  SCAN", ["▁knee", "▁scan"]),
        ("scans", ["▁scan", "s"]),
        ("ken", ["▁", "k", "e", "n"]),
        ("ｋｎｅｅ", ["▁knee"]),
        ("knee?", ["▁knee", "<unk>"]),
        ("日本", ["▁", "<unk>", "<unk>"]),
        ("", []),
        (" \n\t ", []),
    ],
)
def test_a_text_is_cut_in_the_likeliest_way(pieces: WordPieces, text: str, cut: list[str]) -> None:
    assert [PIECES[place] for place in pieces.ids(text)] == cut


@given(st.text(max_size=60))
def test_any_text_is_cut_into_pieces_that_make_it_up(text: str) -> None:
    made = "".join(PIECES[place] if place > UNKNOWN else "?" for place in WordPieces(PIECES, SCORES, UNKNOWN).ids(text))
    assert len(made) == sum(len(word) + 1 for word in plain(text).split())


def test_a_word_without_end_is_read_from_its_beginning(pieces: WordPieces) -> None:
    assert len(pieces.ids("s" * 5000)) < 70
