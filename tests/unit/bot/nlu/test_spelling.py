from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.spelling import Speller, everyday_words

# As they stand in aliases: folded.
VOCABULARY = (
    "abdomen",
    "angiogram",
    "ecografia",
    "kidney",
    "kidneys",
    "mammogram",
    "mri",
    "perfusion",
    "renal",
    "rectal",
    "ultrasound",
    "68",
    "ga68",
)


@pytest.fixture(scope="module")
def speller() -> Speller:
    return Speller(VOCABULARY)


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("abdmen", "abdomen"),
        ("abdomenn", "abdomen"),
        ("badomen", "abdomen"),
        ("mamogram", "mammogram"),
        ("ultrsound", "ultrasound"),
        ("ultrasuond", "ultrasound"),
        ("angigram", "angiogram"),
        ("ecogrfia", "ecografia"),
        ("kidny", "kidney"),
    ],
)
def test_a_misspelt_word_is_repaired(speller: Speller, typo: str, meant: str) -> None:
    assert speller.repair(typo) == meant


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("abdomen", id="known"),
        pytest.param("infusion", id="a real English word near a known one"),
        pytest.param("penal", id="a real word near a known short one"),
        pytest.param("kidding", id="a real word two letters away"),
        pytest.param("renales", id="a real Spanish word near a known one"),
        pytest.param("casa", id="a real Spanish word"),
        pytest.param("riñones", id="not folded"),
        pytest.param("mir", id="too short to judge"),
        pytest.param("ga67", id="with a number"),
        pytest.param("69", id="a number"),
        pytest.param("reneal2", id="not a word"),
        pytest.param("qwertyuiop", id="near nothing"),
        pytest.param("abdzzzz", id="too far"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_word_stays(speller: Speller, word: str) -> None:
    assert speller.repair(word) == word


def test_a_word_near_two_unlike_ones_stays() -> None:
    assert Speller(["chest", "crest"]).repair("cxest") == "cxest"
    assert Speller(["chest"]).repair("cxest") == "chest"


def test_singular_and_plural_are_not_two_guesses() -> None:
    assert Speller(["venogram", "venograms"]).repair("venogramm") in ("venogram", "venograms")
    assert Speller(["venogram", "vonogram"]).repair("vxnogram") == "vxnogram"


def test_a_short_word_has_one_slip_and_a_long_one_two() -> None:
    speller = Speller(["biopsy", "angiogram"])
    assert speller.repair("bipsy") == "biopsy"
    assert speller.repair("bpsyy") == "bpsyy"
    assert speller.repair("anjiogrm") == "angiogram"
    assert speller.repair("anjiogrmzz") == "anjiogrmzz"


@pytest.mark.parametrize(
    "word",
    [
        *("head", "knee", "hurts", "scanned", "pregnant"),
        *("duele", "embarazada", "rinones"),
        # Words that are their own lemma.
        *("cabeza", "madre", "tomar", "instruccion", "pelicula"),
    ],
)
def test_everyday_words_of_both_languages_are_known(word: str) -> None:
    assert word in everyday_words()


@given(word=st.text(max_size=15) | st.text("abdomenruls", max_size=12))
def test_a_word_becomes_a_known_one_or_stays(word: str) -> None:
    assert Speller(VOCABULARY).repair(word) in {word, *VOCABULARY}


def test_an_empty_vocabulary_repairs_nothing() -> None:
    assert Speller(["", ""]).repair("abdmen") == "abdmen"
