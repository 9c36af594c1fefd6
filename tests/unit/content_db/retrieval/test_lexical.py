"""Okapi BM25 against figures worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_db.retrieval.lexical import Bm25

# Two, three and one word: two on average, so that their lengths weigh 1.2, 1.56 and 0.84.
DOCUMENTS = ("knee mri", "knee knee ct", "stroke")
INDEX = Bm25(document.split() for document in DOCUMENTS)
# ln(1 + (3 - 2 + 0.5) / (2 + 0.5)) and ln(1 + (3 - 1 + 0.5) / (1 + 0.5))
IN_TWO, IN_ONE = 0.470004, 0.980829


def scores(query: str) -> list[float]:
    return INDEX.scores(query.split()).tolist()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # 1 * 2.2 / (1 + 1.2) = 1, and 2 * 2.2 / (2 + 1.56) = 1.235955
        ("knee", [IN_TWO * 1.0, IN_TWO * 1.235955, 0.0]),
        # 1 * 2.2 / (1 + 1.56) = 0.859375
        ("ct", [0.0, IN_ONE * 0.859375, 0.0]),
        # 1 * 2.2 / (1 + 0.84) = 1.195652
        ("stroke", [0.0, 0.0, IN_ONE * 1.195652]),
        ("knee mri", [IN_TWO + IN_ONE, IN_TWO * 1.235955, 0.0]),
        ("mri knee", [IN_TWO + IN_ONE, IN_TWO * 1.235955, 0.0]),
        ("knee knee", [IN_TWO * 1.0, IN_TWO * 1.235955, 0.0]),
        ("knee weather", [IN_TWO * 1.0, IN_TWO * 1.235955, 0.0]),
        ("weather", [0.0, 0.0, 0.0]),
        ("", [0.0, 0.0, 0.0]),
    ],
)
def test_the_scores_are_those_worked_out_by_hand(query: str, expected: list[float]) -> None:
    assert scores(query) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("word", "rarity"), [("knee", IN_TWO), ("mri", IN_ONE), ("stroke", IN_ONE), ("weather", 0.0)])
def test_a_word_of_fewer_documents_tells_more(word: str, rarity: float) -> None:
    assert INDEX.rarity(word) == pytest.approx(rarity, abs=1e-5)


def test_the_index_is_as_large_as_its_documents() -> None:
    assert (INDEX.size, len(INDEX.scores(["knee"]))) == (3, 3)


@pytest.mark.parametrize("documents", [[], [[]], [[], []]])
def test_an_index_without_words_scores_nothing(documents: list[list[str]]) -> None:
    index = Bm25(documents)
    assert index.scores(["knee"]).tolist() == [0.0] * len(documents)
    assert index.rarity("knee") == 0.0


def test_a_document_without_words_changes_no_others_place() -> None:
    assert np.flatnonzero(Bm25([[], ["knee"], []]).scores(["knee"])).tolist() == [1]


@given(
    st.lists(st.lists(st.sampled_from("abcde"), max_size=6), max_size=6),
    st.lists(st.sampled_from("abcdef"), max_size=6),
)
def test_a_document_scores_exactly_when_it_holds_a_word_of_the_query(
    documents: list[list[str]], query: list[str]
) -> None:
    found = Bm25(documents).scores(query)
    assert [score > 0 for score in found] == [bool(set(words) & set(query)) for words in documents]
