from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.topic_index import (
    Linked,
    Mention,
    TopicIndex,
    modalities_in,
    only_named,
    plain_words,
    speaks_of_child,
    speaks_of_pregnancy,
    stem,
)
from content_db.repository import AliasView
from content_db.sections import PICTURED

ALIASES = {
    ("abdominct", "exam"): ["CT of the abdomen"],
    ("bodyct", "exam"): ["ct"],
    ("bodymr", "exam"): ["mri"],
    ("brain-tumor", "condition"): ["brain tumor"],
    ("chestrad", "exam"): ["chest x-ray"],
    ("contact", "service"): ["contact", "contact us"],
    ("contrast-metformin", "safety"): ["metformin and CT"],
    ("crohn", "condition"): ["Crohn's disease"],
    ("ebt", "treatment"): ["radiation therapy"],
    ("esophagram", "exam"): ["esophagram"],
    ("gallstones", "condition"): ["gallstones"],
    ("headct", "exam"): ["CT of the head", "head ct"],
    ("kneemr", "exam"): ["knee MRI"],
    ("kneexray", "exam"): ["knee x-ray"],
    ("mri-brain", "exam"): ["MRI of the head"],
    ("pet", "exam"): ["pet", "pet scan"],
    ("stroke", "condition"): ["stroke"],
    ("thyroidus", "exam"): ["thyroid ultrasound"],
    ("xray", "exam"): ["x-ray"],
}
SPANISH = {
    ("chestrad", "exam"): ["radiografía de tórax"],
    ("kneemr", "exam"): ["resonancia de rodilla"],
    ("kneexray", "exam"): ["radiografía de rodilla"],
    ("gallstones", "condition"): ["cálculos biliares"],
}


def _views() -> list[AliasView]:
    return [
        AliasView(topic, kind, language, text)
        for language, aliases in (("en", ALIASES), ("es", SPANISH))
        for (topic, kind), texts in aliases.items()
        for text in texts
    ]


INDEX = TopicIndex(_views())


def link(text: str) -> Linked:
    return INDEX.link(text)


def said(text: str) -> list[tuple[str, str]]:
    """What a message names: the topic and the words that named it."""
    return [(mention.topic_id, text[mention.start : mention.end]) for mention in link(text).mentions]


def topics(text: str) -> list[str]:
    return [mention.topic_id for mention in link(text).mentions]


@pytest.mark.parametrize(
    ("text", "topic", "words"),
    [
        pytest.param("What is a CT of the abdomen?", "abdominct", "CT of the abdomen", id="as written"),
        pytest.param("CHEST X-RAY", "chestrad", "CHEST X-RAY", id="capitals"),
        pytest.param("my chest xrays", "chestrad", "chest xrays", id="plural, and another way to write it"),
        pytest.param("chest x ray", "chestrad", "chest x ray", id="without the hyphen"),
        pytest.param("two strokes", "stroke", "strokes", id="plural"),
        pytest.param("brain tumors", "brain-tumor", "brain tumors", id="plural of a longer name"),
        pytest.param("radiografia de torax", "chestrad", "radiografia de torax", id="without accents"),
        pytest.param("¿Radiografía de TÓRAX?", "chestrad", "Radiografía de TÓRAX", id="with accents"),
        pytest.param("MRI de la rodilla", "kneemr", "MRI de la rodilla", id="two languages in one name"),
        pytest.param("Tórax", "chestrad", None, id="half a name is none"),
        pytest.param("crohns disease", "crohn", "crohns disease", id="without apostrophe"),
        pytest.param("Crohn\u2019s disease", "crohn", "Crohn\u2019s disease", id="curly apostrophe"),
        pytest.param("abdomen CT", "abdominct", "abdomen CT", id="another order"),
        pytest.param("x-ray of the chest", "chestrad", "x-ray of the chest", id="order and small words"),
        pytest.param("MRI of my very sore left knee", "kneemr", "MRI of my very sore left knee", id="words between"),
        pytest.param("an MRI since I fell hard and twisted my poor old knee", "bodymr", "MRI", id="too many between"),
        pytest.param("cat scan of the belly", "abdominct", "cat scan of the belly", id="everyday words for it"),
        pytest.param("rm de la rodilla", "kneemr", "rm de la rodilla", id="Spanish abbreviation"),
        pytest.param("ct of the abdmen", "abdominct", "ct of the abdmen", id="typo in the telling word"),
        pytest.param("thyriod ultrasond", "thyroidus", "thyriod ultrasond", id="two typos"),
        pytest.param("radiation therapie", "ebt", "radiation therapie", id="typo in a treatment"),
        pytest.param("brain tumour", "brain-tumor", "brain tumour", id="British spelling"),
        pytest.param("oesophagram", "esophagram", "oesophagram", id="British spelling of one word"),
        pytest.param("CT", "bodyct", "CT", id="the general exam"),
        pytest.param("pet scan", "pet", "pet scan", id="an everyday word beside an exam word"),
        pytest.param("what is the weather", None, None, id="nothing"),
        pytest.param("", None, None, id="empty"),
        pytest.param("日本 😀 \x00", None, None, id="no letters that are known"),
    ],
)
def test_one_topic_is_found(text: str, topic: str | None, words: str | None) -> None:
    assert said(text) == ([(topic, words)] if words else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("knee MRI and CT of the abdomen", ["kneemr", "abdominct"], id="two exams, in order"),
        pytest.param("CT of the abdomen or knee MRI", ["abdominct", "kneemr"], id="two exams, the other order"),
        pytest.param("can MRI show a stroke", ["bodymr", "stroke"], id="an exam and a condition"),
        pytest.param("CT of the head", ["headct"], id="the longer name hides the general one"),
        pytest.param("CT or MRI of the head", ["headct", "mri-brain"], id="a word that two exams share"),
        pytest.param("metformin and CT", ["contrast-metformin", "bodyct"], id="an exam inside a page that is none"),
        pytest.param("thyroid ultrasound then thyroid ultrasound", ["thyroidus", "thyroidus"], id="twice"),
        pytest.param("I have a pet", [], id="an everyday word alone"),
        pytest.param("may I contact my doctor", [], id="an everyday word of the site alone"),
        pytest.param("contact us", ["contact"], id="more than the everyday word"),
    ],
)
def test_which_topics_are_found(text: str, found: list[str]) -> None:
    assert topics(text) == found


@pytest.mark.parametrize(
    ("text", "turned_away", "kept"),
    [
        ("not the knee mri", ["kneemr"], []),
        ("no stroke", ["stroke"], []),
        ("it isnt a chest x-ray", ["chestrad"], []),
        ("not my knee but CT of the abdomen", [], ["abdominct"]),
        ("thyroid ultrasound instead of CT of the abdomen", ["abdominct"], ["thyroidus"]),
        ("I did not sleep because of the stroke", [], ["stroke"]),
    ],
)
def test_a_topic_that_is_turned_away_is_marked(text: str, turned_away: list[str], kept: list[str]) -> None:
    mentions = link(text).mentions
    assert [m.topic_id for m in mentions if m.negated] == turned_away
    assert [m.topic_id for m in mentions if not m.negated] == kept


def test_an_exam_inside_another_pages_name_is_marked() -> None:
    page, exam = link("metformin and CT").mentions
    assert (page.inside, exam.inside) == (False, True)
    assert page.start <= exam.start < exam.end <= page.end


def test_what_is_looked_at_tells_more_than_what_it_is_looked_at_with() -> None:
    weights = {text: link(text).mentions[0].weight for text in ("ct", "head ct", "stroke", "brain tumor")}
    assert weights["ct"] < weights["stroke"] < weights["head ct"] < weights["brain tumor"]


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("a scan of my knee", {"kneemr", "kneexray"}),
        ("head exam", {"headct", "mri-brain"}),
        ("examen de la rodilla", {"kneemr", "kneexray"}),
        ("a scan of my thyroid", set()),
        ("not the knee mri, another scan", {"kneemr", "kneexray"}),
        ("my knee hurts", set()),
        ("a scan", set()),
        ("knee mri scan", set()),
        ("a scan for gallstones", set()),
    ],
)
def test_a_part_of_the_body_beside_any_exam_word_gives_candidates(text: str, candidates: set[str]) -> None:
    assert set(link(text).candidates) == candidates


def test_an_exam_owns_words_that_a_page_also_has() -> None:
    index = TopicIndex(
        [
            AliasView("safety-mammogram", "safety", "en", "mammograms"),
            AliasView("mammo", "exam", "en", "mammogram"),
            AliasView("mammo-report", "report", "es", "mammogram"),
        ]
    )
    assert [mention.topic_id for mention in index.link("mammograms").mentions] == ["mammo"]


def test_an_index_without_aliases_finds_nothing() -> None:
    assert TopicIndex([]).link("a scan of my knee, mri") == Linked(())


def test_an_alias_without_words_does_no_harm() -> None:
    assert TopicIndex([AliasView("t", "exam", "en", "…")]).link("… ?") == Linked(())


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [
        ("xrays", "xray"),
        ("biopsies", "biopsie"),
        ("patches", "patch"),
        ("ecografias", "ecografia"),
        ("tumores", "tumor"),
        ("dose", "dose"),
        ("pelvis", "pelvis"),
        ("uterus", "uterus"),
        ("mass", "mass"),
        ("mrs", "mrs"),
        ("catheterisation", "catheterization"),
        ("paediatric", "pediatric"),
        ("haemorrhage", "hemorrhage"),
        ("anaesthesia", "anesthesia"),
        ("gynaecology", "gynecology"),
        ("oedema", "edema"),
    ],
)
def test_stems(word: str, stemmed: str) -> None:
    assert stem(word) == stemmed


# --- words of a message ---


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("can u eat b4 the scan", "can you eat before the scan"),
        ("appt tmrw, wat do i do", "appointment tomorrow, what do i do"),
        ("Is it ok 2day?", "Is it ok today?"),
        ("xq duele tmb", "porque duele tambien"),
        ("Pls, how many MINS?", "please, how many minutes?"),
        ("gonna hurt", "going to hurt"),
        ("thyriod of my abdmen", "thyroid of my abdomen"),
        ("My Knee: is it OK? (ÑANDÚ)", "My Knee: is it OK? (ÑANDÚ)"),
        ("2 hours, us", "2 hours, us"),
        ("", ""),
        ("?!", "?!"),
    ],
)
def test_shorthand_is_written_out_misspelt_words_are_repaired_and_the_rest_stays(text: str, spelled: str) -> None:
    assert INDEX.spelled(text) == spelled


@given(st.text(st.sampled_from("abc ñÑáÉ-'XYZ09 ?,"), max_size=30))
def test_what_is_spelled_once_is_not_spelled_otherwise_again(text: str) -> None:
    once = INDEX.spelled(text)
    assert INDEX.spelled(once) == once


def test_a_name_is_found_in_shorthand() -> None:
    index = TopicIndex([AliasView("breast-biopsy", "exam", "en", "breast biopsy")])
    assert [m.topic_id for m in index.link("hw long is the breast bx").mentions] == ["breast-biopsy"]


def test_a_word_of_shorthand_keeps_the_place_of_what_was_written() -> None:
    assert [(token.start, token.end, token.stem) for token in INDEX.tokens("am i gonna")][-2:] == [
        (5, 10, "going"),
        (5, 10, "to"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("X-rays of the Knees", ["xray", "of", "the", "knee"]),
        ("cat scan, tummy", ["ct", "abdomen"]),
        ("Resonancia magnética", ["mri"]),
        ("", []),
    ],
)
def test_the_plain_words_of_a_text_are_those_of_a_message(text: str, words: list[str]) -> None:
    assert plain_words(text) == words
    assert [token.stem for token in INDEX.tokens(text)] == words


@pytest.mark.parametrize(
    ("text", "modalities"),
    [
        ("an x-ray or a cat scan", {"xray", "ct"}),
        ("resonancia magnética", {"mri"}),
        ("sonogram", {"ultrasound"}),
        ("mammograms", {"mammography"}),
        ("pet scan", {"nuclear"}),
        ("radiation", {"radiation-therapy"}),
        ("a scan of my knee", set()),
        ("", set()),
    ],
)
def test_what_an_exam_is_made_with_is_told_from_the_words(text: str, modalities: set[str]) -> None:
    assert modalities_in(plain_words(text)) == modalities


@pytest.mark.parametrize(
    ("text", "child", "pregnant"),
    [
        ("my daughters scan", True, False),
        ("para mi niño", True, False),
        ("i am in the second trimester", False, True),
        ("estoy embarazada", False, True),
        ("is my baby safe, i am pregnant", False, True),
        ("i am pregnant and my toddler has a scan", True, True),
        ("my wife", False, False),
        ("what about for my 5 year old", True, False),
        ("y para uno de 3 años", True, False),
        ("she is 79 years old", False, False),
        ("10 years of smoking", False, False),
        ("hace 5 años", False, False),
        ("room 5", False, False),
        ("its for my 6 yo", True, False),
        ("ct for a 6yo", True, False),
        ("he's 4 y/o", True, False),
        ("a 9yr old", True, False),
        ("she is 6 months old", True, False),
        ("the wait is 12 weeks", False, False),
        ("i am 12 weeks pregnant", False, True),
        ("embarazada de 12 semanas", False, True),
        ("mi bebe tiene 3 meses", True, False),
        ("uno de 3 meses", True, False),
        ("the wait is 5 years", False, False),
        ("i am 45 years old", False, False),
        ("i am 34 years old and my son has a ct", True, False),
        ("tengo 34 años y mi hijo tiene tos", True, False),
        ("my daughter is 40", False, False),
        ("my 45 year old daughter", False, False),
        ("mi hija de 35 años", False, False),
        ("mi hijo tiene 30", False, False),
        ("es pa mi hija de 9", True, False),
        ("my mom is 81 years old and i am her daughter", False, False),
        ("i am 45 years old and my 5 year old fell", True, False),
        ("my son is 16 years old", True, False),
        ("my son's creatinine is 2", True, False),
        ("my creatinine is 2", False, False),
        ("my son had it 20 years ago", True, False),
    ],
)
def test_a_child_and_a_pregnancy_are_told_from_the_words(text: str, child: bool, pregnant: bool) -> None:
    words = plain_words(text)
    assert (speaks_of_child(words, "en"), speaks_of_pregnancy(set(words))) == (child, pregnant)


def test_a_word_of_the_other_language_is_no_child() -> None:
    assert speaks_of_child(plain_words("for my son"), "en")
    assert not speaks_of_child(plain_words("cuántas son"), "es")


@pytest.mark.parametrize(
    ("text", "awaited", "only"),
    [
        ("knee mri", False, "kneemr"),
        ("*knee MRI", False, "kneemr"),
        ("and what about a knee mri?", False, "kneemr"),
        ("no, i meant the mri of the knee", False, "kneemr"),
        ("its the knee mri", True, "kneemr"),
        ("what is a knee mri", False, None),
        ("what's a knee mri", False, None),
        ("does a knee mri hurt", False, None),
        ("knee mri or head ct", False, None),
        ("stroke", False, None),
        ("scan", False, None),
    ],
)
def test_a_message_that_does_no_more_than_name_an_exam(text: str, awaited: bool, only: str | None) -> None:
    tokens = INDEX.tokens(text)
    assert only_named(tokens, INDEX.link_tokens(tokens, awaited=awaited), awaited=awaited) == only


# --- whatever is written ---

ALIAS_WORDS = sorted(
    {word for texts in (*ALIASES.values(), *SPANISH.values()) for text in texts for word in text.split()}
)
MESSAGES = (
    st.text(max_size=60)
    | st.lists(st.sampled_from([*ALIAS_WORDS, "not", "scan", "my", "¿", "kneee", ",", "日本"]), max_size=14).map(
        " ".join
    )
    | st.lists(st.sampled_from(ALIAS_WORDS) | st.text(max_size=6), max_size=10).map("-".join)
)


def overlap(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


@given(MESSAGES)
def test_mentions_lie_on_words_of_the_message(text: str) -> None:
    for mention in link(text).mentions:
        words = text[mention.start : mention.end]
        assert 0 <= mention.start < mention.end <= len(text)
        assert words[0].isalnum()
        assert words[-1].isalnum()
        assert mention.weight >= 1


@given(MESSAGES)
def test_no_word_names_two_topics_unless_it_is_marked_or_shared_by_exams_that_tell_as_much(text: str) -> None:
    mentions = link(text).mentions
    for place, one in enumerate(mentions):
        for other in mentions[:place]:
            if one.start != other.start and one.end != other.end:
                continue
            both_exams = {one.kind, other.kind} <= set(PICTURED) and one.weight == other.weight
            assert one.inside != other.inside or both_exams


@given(MESSAGES)
def test_only_an_exam_within_a_page_is_marked_as_inside(text: str) -> None:
    mentions = link(text).mentions
    for mention in mentions:
        if mention.inside:
            assert mention.kind in PICTURED
            assert any(other.kind not in PICTURED and overlap(mention, other) for other in mentions)


@given(MESSAGES)
def test_what_is_named_leaves_no_candidates(text: str) -> None:
    linked = link(text)
    assert len(set(linked.candidates)) == len(linked.candidates)
    if any(mention.kind in PICTURED and not mention.negated for mention in linked.mentions):
        assert linked.candidates == ()


def turned_to(before: str, text: str) -> list[str]:
    linked = INDEX.link_tokens(INDEX.tokens(text), before=before)
    return [mention.topic_id for mention in linked.mentions]


@pytest.mark.parametrize(
    ("before", "text", "topic"),
    [
        ("kneemr", "no, I meant the head", "mri-brain"),
        ("kneemr", "what about the head?", "mri-brain"),
        ("abdominct", "head", "headct"),
        ("headct", "same question for MRI", "mri-brain"),
        ("mri-brain", "and with CT?", "headct"),
        ("chestrad", "perdón, de la rodilla", "kneexray"),
        ("kneexray", "the chest", "chestrad"),
    ],
)
def test_few_words_turn_to_the_exam_that_is_made_as_the_last_or_looks_at_the_same(
    before: str, text: str, topic: str
) -> None:
    assert turned_to(before, text) == [topic]


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ("kneemr", "does my head hurt after it"),
        ("kneemr", "what about the elbow"),
        ("kneemr", "the knee"),
        ("kneemr", "what about it"),
        ("stroke", "and the head"),
        ("nowhere", "the head"),
        ("kneemr", ""),
    ],
)
def test_anything_else_turns_to_nothing(before: str, text: str) -> None:
    assert turned_to(before, text) == []


def test_contrast_is_asked_of_the_exam_that_was_talked_about() -> None:
    index = TopicIndex([*_views(), AliasView("contrast", "safety", "en", "contrast")])
    named = [
        index.link_tokens(index.tokens("and with contrast?"), before=before).mentions for before in ("headct", None)
    ]
    assert [[mention.topic_id for mention in mentions] for mentions in named] == [[], ["contrast"]]


def test_what_was_talked_about_does_not_change_what_a_message_names() -> None:
    assert turned_to("kneemr", "how long is a CT of the head") == ["headct"]


@pytest.mark.parametrize(
    ("text", "awaited", "found"),
    [("my pet", True, ["pet"]), ("my pet", False, []), ("el pet", True, ["pet"]), ("el pet", False, ["pet"])],
)
def test_a_name_that_is_an_everyday_word_counts_alone_after_we_asked_for_one(
    text: str, awaited: bool, found: list[str]
) -> None:
    linked = INDEX.link_tokens(INDEX.tokens(text), awaited=awaited)
    assert [mention.topic_id for mention in linked.mentions] == found


def test_an_everyday_word_in_a_sentence_stays_one() -> None:
    assert INDEX.link_tokens(INDEX.tokens("my pet is lonely"), awaited=True).mentions == ()


def test_what_is_given_for_an_exam_tells_less_than_what_it_looks_at() -> None:
    index = TopicIndex(
        [*_views(), AliasView("bodyct", "exam", "en", "dye for CT"), AliasView("abdominct", "exam", "en", "belly ct")]
    )
    linked = index.link("do they use dye for a ct of the belly")
    assert [mention.topic_id for mention in linked.mentions] == ["abdominct"]


# --- radiation: what is asked, and what treats ---

DOSES = TopicIndex(
    [
        AliasView("headct", "exam", "en", "head ct"),
        AliasView("chestrad", "exam", "es", "radiografía de tórax"),
        AliasView("mammo", "exam", "en", "mammogram"),
        AliasView("ebt", "treatment", "es", "radiaciones"),
        AliasView("thera-brain", "treatment", "en", "radiation for the head"),
        AliasView("doses", "safety", "en", "how much radiation"),
        AliasView("safety-mammo", "safety", "en", "mammogram radiation"),
    ]
)


@pytest.mark.parametrize(
    ("text", "named", "inside"),
    [
        ("how much radiation in a head ct", {"headct", "doses"}, set()),
        ("radiación de una radiografía de tórax", {"chestrad"}, set()),
        ("how much radiation is in a mammogram", {"safety-mammo"}, {"mammo"}),
        ("how much radiation", {"doses"}, set()),
        ("radiation for the head with contrast", {"thera-brain"}, set()),
        ("side effects of radiation to the head", {"thera-brain"}, set()),
        ("las radiaciones", {"ebt"}, set()),
    ],
)
def test_radiation_beside_an_exam_is_asked_about_and_names_no_treatment(
    text: str, named: set[str], inside: set[str]
) -> None:
    mentions = DOSES.link(text).mentions
    assert {m.topic_id for m in mentions if m.inside} == inside
    assert {m.topic_id for m in mentions if not m.inside} == named


def test_a_name_within_a_longer_one_that_does_not_count_counts_by_itself() -> None:
    index = TopicIndex(
        [
            AliasView("mammo", "exam", "en", "mammogram"),
            AliasView("page", "safety", "en", "tissue mammogram"),
            AliasView("density", "screening", "en", "very dense tissue notice"),
        ]
    )
    found = index.link("very dense tissue notice after the mammogram").mentions
    assert [mention.topic_id for mention in found] == ["density", "mammo"]
