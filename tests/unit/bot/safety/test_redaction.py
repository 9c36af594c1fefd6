"""What is taken out of a text, and what imaging needs and so must stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety.redaction import redact

TAKEN_OUT = [
    ("write to jane.doe+mri@example.com", "write to [email]"),
    ("jane at gmail dot com", "[email]"),
    ("call me at 555-123-4567", "call me at [phone]"),
    ("call (555) 123-4567 now", "call [phone] now"),
    ("5551234567", "[phone]"),
    ("+1 555 123 4567", "[phone]"),
    ("+34 612 34 56 78", "[phone]"),
    ("55 1234 5678", "[phone]"),
    ("555-1234", "[phone]"),
    ("ssn 123-45-6789", "ssn [number]"),
    ("123-45-6789", "[number]"),
    ("MRN: 00123456", "MRN: [number]"),
    ("medical record number is A1234567", "medical record number is [number]"),
    ("accession # CT20231234", "accession # [number]"),
    ("account number 99881", "account number [number]"),
    ("policy ABC123456", "policy [number]"),
    ("número de expediente 445566", "número de expediente [number]"),
    ("4111 1111 1111 1111", "[number]"),
    ("dob 03/05/1970", "dob [date]"),
    ("I was born on March 5, 1970", "I was born on [date]"),
    ("nací el 5 de marzo", "nací el [date]"),
    ("fecha de nacimiento: 5 de marzo de 1970", "fecha de nacimiento: [date]"),
    ("my scan was 2023-04-05", "my scan was [date]"),
    ("March 5th, 2024 scan", "[date] scan"),
    ("on 3/5/24", "on [date]"),
    ("I live at 123 Main Street, Apt 4B", "I live at [address]"),
    ("123 N. Oak St., Springfield, IL 62704", "[address]"),
    ("45 elm road", "[address]"),
    ("vivo en calle Juárez 123", "vivo en [address]"),
    ("P.O. Box 12", "[address]"),
    ("see https://portal.example.org/view?id=123&tok=abc", "see [link]"),
    ("my name is Jane Doe and I need an MRI", "my name is [name] and I need an MRI"),
    ("my name is jane doe and i need an mri", "my name is [name] and i need an mri"),
    ("My name's Bob. Can I eat?", "My name's [name]. Can I eat?"),
    ("I am Dr. Smith", "I am Dr. [name]"),
    ("this is Jane Doe calling", "this is [name] calling"),
    ("me llamo Juan Pérez García y tengo una duda", "me llamo [name] y tengo una duda"),
    ("mi nombre es Ana de la Cruz", "mi nombre es [name]"),
    ("soy María López, tengo cita", "soy [name], tengo cita"),
    ("soy maria", "soy [name]"),
    ("patient: John Q. Public", "patient: [name]"),
    ("Dr. Garcia ordered it", "Dr. [name] ordered it"),
    ("my son Tommy is 5", "my son [name] is 5"),
    ("Regards, John Smith", "Regards, [name]"),
]

KEPT = [
    "T12-L1 and L4-L5",
    "C5-6",
    "5 mg",
    "300 lb",
    "3T",
    "2 weeks",
    "7.7 mSv",
    "1000-2000 mSv",
    "age 45",
    "I'm 45 years old and 5'4",
    "BI-RADS 4",
    "Gleason 3+4=7",
    "10 x 12 x 14 mm",
    "100 200 300 mg",
    "120/80",
    "10-15 minutes",
    "2010-2015",
    "I-131 therapy 30 mCi",
    "creatinine 1.2, GFR 45",
    "i am pregnant",
    "soy diabético",
    "I am Diabetic",
    "I am Very Worried",
    "I'm Claustrophobic",
    "this is urgent",
    "my name is not important",
    "Dr said no",
    "the dr ordered it",
    "my son has asthma",
    "my Mom needs a CT",
    "I had 2 ct scans",
    "5 contrast CT",
    "20 minutes down the road",
    "it is a 5 hour drive",
    "¿cómo se llama el estudio?",
    "call me back please",
    "see https://www.example.org/mri",
    "am i going to be ok",
    "group 2 nodules, case 3",
    "soy alérgica al yodo",
]


@pytest.mark.parametrize(("text", "expected"), TAKEN_OUT)
def test_taken_out(text: str, expected: str) -> None:
    assert redact(text) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize("text", KEPT)
def test_kept(text: str) -> None:
    assert redact(text) == text


PIECES = st.sampled_from([text for text, _ in TAKEN_OUT] + KEPT + ["-", "\n", "12", "Dr. ", "calle "])


@given(st.lists(PIECES, max_size=6).map(" ".join) | st.text(max_size=200))
def test_twice_is_the_same_as_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
