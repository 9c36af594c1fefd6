"""The comparable form of words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_db.folding import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("CT scan", "ct scan"),
        ("Rayos-X  del TÓRAX", "rayos x del torax"),
        ("x-ray", "x ray"),
        ("x\u2011ray\u2014film", "x ray film"),
        ("Crohn's", "crohns"),
        ("Crohn\u2019s", "crohns"),
        ("¿Qué es?", "que es"),
        ("niño, niña", "nino nina"),
        ("nin\u0303o", "nino"),
        ("Straße", "strasse"),
        ("ﬁlm", "film"),
        ("CT\n\tscan ", "ct scan"),
        ("T1/T2 (MRI)", "t1 t2 mri"),
        ("Ⅳ", "iv"),
        ("", ""),
        ("?!", ""),
        ("磁共振", ""),
        ("😀 knee", "knee"),
    ],
)
def test_words_are_compared_without_case_accents_and_signs(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")
    assert once == " ".join(once.split())


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fold_alike_beside_others(text: str) -> None:
    # What is of plain letters alone takes a shorter way.
    assert fold(f"ñ {text}") == f"n {fold(text)}".strip()


@given(st.text(st.sampled_from("abc ñÑáÉüÇ-'XYZ09")))
def test_capital_and_small_letters_fold_alike(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)
