"""Whether a message means danger now: the circumstances around a sign, spelling, order, replies and effort."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.safety import red_flags
from bot.safety.red_flags import RedFlag, Search

HARMLESS = [
    "can MRI show a stroke?",
    "what does a heart attack look like on CT?",
    "is chest pain a reason for a CT?",
    "my grandfather died of a stroke, do I need a scan?",
    "I had a contrast reaction five years ago, can I have dye?",
    "what if I can't breathe in the scanner?",
    "can you bleed after a biopsy?",
    "the dye made me feel warm, is that normal",
    "Will I be numb?",
    "do they do x-rays for swallowed coins",
    "I had chest pain last year",
    "I'm scared to death of needles",
    "this is killing me waiting for results",
    "I could die of embarrassment",
    "can I overdose on radiation",
    "¿La resonancia puede mostrar un derrame?",
    "¿Qué pasa si no puedo respirar en el escáner?",
    "Tuve dolor de pecho el año pasado",
    "Me muero de miedo con las agujas",
    "",
    "?!",
    "🙂",
]

# One sign in many circumstances: which of them call it off.
CIRCUMSTANCES = [
    ("I have chest pain", True),
    ("I have no chest pain", False),
    ("I'm not sure if it matters but I have chest pain", True),
    ("it's probably nothing but I have chest pain", True),
    ("What if I get chest pain during the test?", False),
    ("What do I do if my arm is swelling up after the contrast?", True),
    ("Does contrast cause chest pain?", False),
    ("Can the dye cause chest pain? I have chest pain right now", True),
    ("can dye cause chest pain my chest is hurting right now", True),
    ("They ordered a CT for chest pain", False),
    ("I had chest pain in 2015. Can I have an MRI?", False),
    ("I've had chest pain for 3 days, can I have an MRI?", True),
    ("Tell me about chest pain", False),
    ("Some people get chest pain after contrast", False),
    ("I'm afraid I will have chest pain in there", False),
    ("I'm worried about my chest pain, it started an hour ago", True),
    ("My throat closed up the last time I had dye and I couldn't breathe. Can I have it again?", False),
    ("I had dye and my throat is closing up", True),
    ("No tengo dolor de pecho", False),
    ("No sé si es importante pero tengo dolor de pecho", True),
    ("¿El contraste da dolor de pecho?", False),
    ("¿El contraste da dolor de pecho? Me duele el pecho ahora mismo", True),
    ("Sí, me duele el pecho", True),
    ("si me duele el pecho en la máquina, ¿qué hago?", False),
    ("What would it feel like if my throat closed up after the dye?", False),
    ("I feel like if my throat is closing up after the dye", True),
    ("Nunca me he desmayado, ¿puedo ir solo?", False),
    ("Nunca me había dolido así el pecho", True),
]

SPELLINGS = [
    "i cant breath",
    "I CAN'T BREATHE",
    "i can not breathe",
    "cant brethe",
    "i caaaan't breeeathe",
    "i can’t breathe",
    "i саn't brеathe",
    "my mom can't breath",
    "no puedo respirar",
    "NO PUEDO RESPIRAR",
    "no puedo rrespirar",
    "no\u200b puedo respirar",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text: str) -> None:
    assert red_flags.find(text) is None


@pytest.mark.parametrize(("text", "counts"), CIRCUMSTANCES)
def test_circumstances(text: str, counts: bool) -> None:
    assert (red_flags.find(text) is not None) is counts


@pytest.mark.parametrize("text", SPELLINGS)
def test_spelling(text: str) -> None:
    flag = red_flags.find(text)
    assert flag is not None
    assert flag.rule_id == "breathing.trouble"


def test_a_flag_says_which_rule_and_language() -> None:
    assert red_flags.find("me duele el pecho") == RedFlag("chest_pain.now", "chest_pain", "emergency", "es")


def test_the_most_serious_comes_first() -> None:
    text = "my arm is swollen from the iv contrast and I want to kill myself and I can't breathe"
    found = [flag.rule_id for flag in red_flags.find_all(text)]
    assert found[0] == "self_harm.thoughts"
    assert {"breathing.trouble", "extravasation.arm"} <= set(found)
    assert red_flags.find(text) == red_flags.find_all(text)[0]


def test_a_sign_may_stand_anywhere_in_a_long_message() -> None:
    filler = "I would like to know how to get ready for my scan. " * 90
    for text in (f"I can't breathe. {filler}", f"{filler} I can't breathe", f"{filler} I can't breathe. {filler}"):
        assert red_flags.find(text[:5000] if text.startswith("I can't") else text) is not None


@pytest.mark.parametrize(
    ("reply_id", "numbers"),
    [("emergency", {"112"}), ("self_harm", {"112", "024"}), ("tell_staff", {"112"}), ("infection", {"112"})],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_replies_name_the_numbers(reply_id: str, numbers: set[str], language: str) -> None:
    said = red_flags.reply(RedFlag("x", "x", reply_id, "en"), language, emergency_number="112", crisis_number="024")
    assert all(number in said for number in numbers)
    assert "{" not in said


def test_the_usual_numbers_and_an_unknown_language() -> None:
    flag = RedFlag("x", "x", "self_harm", "en")
    assert red_flags.reply(flag, "fr") == red_flags.reply(flag, "en")
    assert "911" in red_flags.reply(flag, "en")
    assert "988" in red_flags.reply(flag, "en")


def test_explain_names_the_check_that_called_it_off() -> None:
    assert {finding.reason for finding in red_flags.explain("What if I can't breathe?")} == {"if"}


def test_without_looks_at_the_whole_message() -> None:
    swallows = "Me atraganto con el agua"
    study = f"Me toca el estudio de tragar porque {swallows.lower()}"
    assert red_flags.find(swallows) is not None
    assert "without" in {finding.reason for finding in red_flags.explain(study)}
    assert red_flags.find(study) is None
    assert red_flags.find(f"{study} y estoy morado, no puedo respirar") is not None


@given(st.text(max_size=400))
def test_never_fails(text: str) -> None:
    red_flags.find_all(text)


WORDS = ["if", "can", "my", "arm", "face", "swollen", "blood", "won't", "stop", "no", "throat", "and", "is", "now", "?"]


@pytest.mark.parametrize("pattern", [["a"], ["no"], ["if", "my", "face"], WORDS, ["blood", "won't", "stop"], ["12"]])
def test_effort_grows_with_length_only(pattern: list[str]) -> None:
    """Steps are counted, not seconds: a text twice as long may cost about twice as much, within a fixed limit."""

    def effort(length: int) -> int:
        search = Search((" ".join(pattern) + " ") * (length // (len(" ".join(pattern)) + 1)))
        list(search.flags())
        return search.steps

    short, long = effort(2500), effort(5000)
    assert long <= 2.5 * short + 100
    assert long <= 12 * 5000


@given(st.lists(st.sampled_from(WORDS), min_size=50, max_size=300))
def test_effort_is_bounded(words: list[str]) -> None:
    search = Search(" ".join(words))
    list(search.flags())
    assert search.steps <= 150 * len(words) + 500
