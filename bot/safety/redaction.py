"""Takes personal details out of a text before it is kept; which texts are kept, and where, is left to the caller.

Each detail becomes a marker such as `[phone]`. What imaging needs stays: levels of the spine, doses, sizes, ages.
Every pattern is bounded, so that no text can make it slow. Redacting twice gives the same as redacting once.
The words it goes by are in `words/redaction.yml`, read at the first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

Rule = Callable[[str], str]

_WORDS = Path(__file__).parent / "words" / "redaction.yml"
_MOST_ROUNDS = 50

_DAY = r"(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)[0-9]{2}"
_LETTER = r"[^\W\d_]"
_NAME_WORD = rf"{_LETTER}(?:{_LETTER}|['’\-](?={_LETTER})){{0,24}}\.?"
_NAME = rf"(?P<name>{_NAME_WORD}(?:[ \t]+{_NAME_WORD}){{0,5}})"
_STREET_WORDS = r"(?:[\w'’.\-]{1,20}[ \t]{1,2}){1,4}?"
_ADJECTIVES = (
    *("ic", "ed", "ing", "ous", "ive", "able", "ible", "less", "ful", "ant"),
    *("ico", "ica", "ado", "ada", "oso", "osa"),
)


def redact(text: str) -> str:
    """The text with every personal detail that was recognised replaced by a marker such as `[phone]`."""
    for _ in range(_MOST_ROUNDS):
        before = text
        for rule in _rules():
            text = rule(text)
        if text == before:
            break
    return text


@dataclass(frozen=True)
class _Lists:
    """The word lists, ready for use: sets to look words up in, and patterns of which any one matches."""

    given: frozenset[str]
    given_with_capital: frozenset[str]
    not_names: frozenset[str]
    particles: frozenset[str]
    not_streets: frozenset[str]
    streets_also_words: frozenset[str]
    months: str
    units: str
    birth: str
    identifiers: str
    streets: str
    calles: str
    titles: str
    family: str


@cache
def _lists() -> _Lists:
    content: dict[str, str] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))

    def words(key: str) -> frozenset[str]:
        return frozenset(content[key].split())

    def any_of(key: str) -> str:
        items = content[key].split(", ") if "," in content[key] else content[key].split()
        return "(?:" + "|".join(re.escape(item) for item in sorted(items, key=len, reverse=True)) + ")"

    return _Lists(
        given=words("given"),
        given_with_capital=words("given_with_capital"),
        not_names=words("not_names"),
        particles=words("particles"),
        not_streets=words("not_streets"),
        streets_also_words=words("streets_also_words"),
        months=any_of("months"),
        units=any_of("units"),
        birth=any_of("birth"),
        identifiers=any_of("identifiers"),
        streets=any_of("streets"),
        calles=any_of("calles"),
        titles=any_of("titles"),
        family=any_of("family"),
    )


@cache
def _rules() -> tuple[Rule, ...]:
    """What has a sure shape first, what needs a cue after."""
    return (*_addresses_online(), *_dates(), *_numbers(), *_addresses(), *_names())


def _replacing(pattern: str, marker: str, flags: int = re.IGNORECASE) -> Rule:
    compiled = re.compile(pattern, flags)
    return lambda text: compiled.sub(marker, text)


def _deciding(pattern: str, decide: Callable[[re.Match[str]], str]) -> Rule:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.sub(decide, text)


def _addresses_online() -> tuple[Rule, ...]:
    at, dot = r"(?:\(at\)|\[at\]| at | arroba )", r"(?:\(dot\)|\[dot\]| dot | punto |\.)"
    return (
        _replacing(r"\b(?:https?://|www\.)[^\s?\[\]]{1,300}\?[^\s\[\]]{0,600}", "[link]"),
        _replacing(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,24}){1,4}", "[email]"),
        _replacing(rf"\b[\w.+-]{{2,40}} ?{at} ?[\w-]{{2,30}} ?{dot} ?(?:com|net|org|edu|mx|es)\b", "[email]"),
    )


def _dates() -> tuple[Rule, ...]:
    lists = _lists()
    month = rf"{lists.months}\.?"
    of = r"(?:of |de |del )?"
    after_birth = (
        r"(?:[0-9]{1,4}[/.\- ][0-9]{1,2}(?:[/.\- ][0-9]{2,4})?|[0-9]{6,8}"
        rf"|{month}\s{{0,2}}{_DAY}(?:,?\s{{0,2}}[0-9]{{2,4}})?"
        rf"|{_DAY}\s{{1,2}}{of}{month}(?:\s{{0,2}},?(?: de| del)?\s{{0,2}}[0-9]{{2,4}})?|{_YEAR})\b"
    )
    link = r"\s{0,3}(?:is|es|:|-|=|el|on|was|fue)?\s{0,3}(?:el |on )?"
    return (
        _replacing(rf"\b({lists.birth}\.?{link}){after_birth}", r"\1[date]"),
        _replacing(rf"\b{_YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.]{_DAY}\b(?!\.[0-9])", "[date]"),
        _replacing(rf"(?<![\w./-]){_DAY}([/\-.]){_DAY}\1{_YEAR}\b", "[date]"),
        _replacing(rf"(?<![\w./-]){_DAY}([/-]){_DAY}\1[0-9]{{2}}(?![\w/-])(?!\s?{lists.units}\b)", "[date]"),
        _replacing(rf"\b{month}\s{{0,2}}{_DAY},?\s{{1,2}}{of}{_YEAR}\b", "[date]"),
        _replacing(rf"\b{_DAY}\s{{1,2}}{of}{month},?\s{{1,2}}{of}{_YEAR}\b", "[date]"),
    )


def _numbers() -> tuple[Rule, ...]:
    lists = _lists()
    kind = r"(?:\s(?:number|no|num|nr|id|code|n[uú]mero|de cuenta|de expediente|de p[oó]liza))?"
    link = r"\.?\s{0,3}(?:#|:|=|is|es|ends? in|n[uú]mero)?\s{0,3}#?\s{0,2}"
    short = r"(?:[a-z]{0,2}[0-9]{1,3})\b(?![-/][0-9])"
    value = rf"(?=[a-z\-]{{0,8}}[0-9])(?!{short})[a-z0-9][a-z0-9\-/]{{3,30}}(?: [0-9]{{3,6}}){{0,4}}\b"
    group = r"(?:\([0-9]{1,4}\)|[0-9]{2,4})"
    phone = (
        r"(?<![\w.,/\[-])(?:\+[0-9]{1,3}[ .\-]?)?(?:\([0-9]{1,4}\)|[0-9]{1,4})"
        rf"(?:[ .\-]{{1,3}}{group}|(?<=\))[0-9]{{2,4}}){{1,5}}(?![\w%])(?![.,/][0-9])(?!\s?{lists.units}\b)"
    )
    return (
        _replacing(rf"\b({lists.identifiers}{kind}{link}){value}", r"\1[number]"),
        _replacing(r"(?<![\w-])[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}(?![\w-])", "[number]"),
        _replacing(r"(?<![\w.-])[0-9]{4}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}(?![\w-])", "[number]"),
        _replacing(r"(?<![\w.-])[0-9]{4}[ -][0-9]{6}[ -][0-9]{5}(?![\w-])", "[number]"),
        _deciding(phone, _phone),
        _replacing(r"(?<![\w.])\+[0-9]{7,15}(?!\w)", "[phone]"),
        _deciding(r"(?<![\w.,\[])[0-9]{7,19}(?![\w]|[.,][0-9])", _digits),
    )


def _addresses() -> tuple[Rule, ...]:
    lists = _lists()
    unit = r"(?:,?[ \t]{0,2}(?:apt|apartment|unit|suite|ste|#)\.?[ \t]{0,2}#?[\w-]{1,6})?"
    postcode = r"[A-Z]{2}[ \t]{1,2}[0-9]{5}(?:-[0-9]{4})?\b"
    town = r"[, \t]{1,3}(?:[A-Z][\w'’.\-]{1,20}[ \t]?){1,3},?[ \t]{1,2}"
    house = r"(?:#|no\.?|n[uú]m\.?|n[uú]mero)?[ \t]{0,2}[0-9]{1,6}\b"
    return (
        _replacing(r"\bp\.?\s?o\.?\s?box\s{0,2}[0-9]{1,8}\b|\bapartado postal\s{0,2}[0-9]{1,8}\b", "[address]"),
        _deciding(
            rf"(?<![\w.,/-])(?P<number>[0-9]{{1,6}})[a-z]?[ \t]{{1,2}}(?P<words>{_STREET_WORDS})"
            rf"(?P<street>{lists.streets})\b\.?{unit}",
            _address,
        ),
        _replacing(
            rf"\b{lists.calles}[ \t]{{1,2}}(?:[\w'’.\-]{{1,20}}[ \t,]{{1,2}}){{1,4}}?{house}",
            "[address]",
        ),
        _replacing(rf"\[address\](?:{town}{postcode}){{1,40}}", "[address]", 0),
        _replacing(rf"\b{postcode}", "[address]", 0),
        _replacing(
            r"\b((?:zip(?: ?code)?|c[oó]digo postal|c\.?p\.)\s{0,2}(?:is|es|:)?\s{0,2})[0-9]{5}(?:-[0-9]{4})?\b",
            r"\1[address]",
        ),
    )


def _names() -> tuple[Rule, ...]:
    lists = _lists()
    whose = r"(?:my|her|his|their|the patient'?s|patient'?s|full|real|legal)"
    sure = (
        rf"\b{whose} (?:full |legal |real )?name(?:'s|’s| is| was)[ \t]+|\bmi nombre (?:completo )?es[ \t]+"
        r"|\bme llamo[ \t]+|\b(?:name|nombre|(?:patient|paciente|pt|pac)[ \t]?(?:name)?)[ \t]?[:=][ \t]*"
    )
    called = (
        r"\b(?:se llama|llamada|llamado|is named|is called|named|call me|they call me|signed,?|sincerely,?|regards,?|"
        r"atentamente,?|saludos,?|att?e\.?:?)[ \t]*\n?[ \t]*|(?:--|—)[ \t]*\n?[ \t]*"
    )
    perhaps = r"\b(?:i am|i['’]?m|this is|it['’]?s|soy|habla|aqu[ií]|le habla|yo soy|am)[ \t]{1,2}(?:el |la )?"
    return (
        _deciding(rf"(?P<cue>{sure}){_NAME}", _take_name),
        _deciding(rf"(?P<cue>{called}){_NAME}", _after_family),
        _deciding(rf"(?P<cue>\b{lists.titles}\b\.?[ \t]{{1,2}}){_NAME}", _after_title),
        _deciding(rf"(?P<cue>{perhaps}){_NAME}", _after_perhaps),
        _deciding(rf"(?P<cue>\b(?:my|our|mi|nuestro|nuestra)[ \t]{lists.family},?[ \t]{{1,2}}){_NAME}", _after_family),
    )


def _phone(match: re.Match[str]) -> str:
    """A run of digit groups is a phone number when its groups are cut the way phone numbers are."""
    found = match.group(0)
    groups = [len(group) for group in re.findall(r"[0-9]+", found)]
    if not 7 <= sum(groups) <= 15:
        return found
    if "+" in found or "(" in found:
        return "[phone]"
    if len(groups) == 2:
        return "[phone]" if groups == [3, 4] else found
    too_loose = sum(groups) < 8 or max(groups) < 3
    three_doses = sum(groups) < 10 and all(group == 3 for group in groups) and " " in found
    return found if too_loose or three_doses else "[phone]"


def _digits(match: re.Match[str]) -> str:
    return "[phone]" if len(match.group(0)) == 10 else "[number]"


def _address(match: re.Match[str]) -> str:
    """ "45 elm road" is an address; "20 minutes down the road" and "2 contrast ct" are not."""
    lists = _lists()
    words, street = match.group("words").split(), match.group("street").lower().rstrip(".")
    if any(word.strip(".").lower() in lists.not_streets for word in words):
        return match.group(0)
    if street in lists.streets_also_words and not all(word[:1].isupper() or word[:1].isdigit() for word in words):
        sure = len(street) > 3 and len(match.group("number")) >= 2 and len(words) <= 3
        return "[address]" if sure else match.group(0)
    if street == "ct" and len(match.group("number")) == 1:
        return match.group(0)
    return "[address]"


def _take_name(match: re.Match[str], *, needs_capital: bool = False, most: int = 4) -> str:
    """Replace the words that read as a name after a cue, and keep the words that don't."""
    lists = _lists()
    rest = match.group("name")
    taken = end = 0
    for word in re.finditer(r"\S+", rest):
        plain = word.group(0).strip(".,").lower()
        is_particle = taken > 0 and plain in lists.particles
        if is_particle:
            if not _name_follows(rest[word.end() :]):
                break
        elif taken >= most or plain in lists.not_names or (needs_capital and not word.group(0)[:1].isupper()):
            break
        taken += not is_particle
        end = word.end()
        if word.group(0).endswith(".") and len(plain) > 2:
            break
    if not taken:
        return match.group(0)
    ends_sentence = rest[:end].endswith(".") and len(rest[:end].split()[-1]) > 3
    return f"{match.group('cue')}[name]{'.' if ends_sentence else ''}{rest[end:]}"


def _name_follows(rest: str) -> bool:
    following = [word for word in rest.split() if word.lower() not in _lists().particles]
    return bool(following) and following[0][:1].isupper()


def _after_title(match: re.Match[str]) -> str:
    """ "Dr. Garcia ordered it" and "dr smith" are names; "dr said" and "my doctor ordered it" are not."""
    first = match.group("name").split()[0]
    if first[:1].isupper():
        return _take_name(match, needs_capital=True, most=3)
    # A whole word like "doctor" is mostly followed by what the doctor did, and "MR" by "machine".
    title = match.group("cue").strip(" \t.")
    short_title = len(title) <= 4 and title.lower() != "miss" and title != "MR"
    return _take_name(match, most=1) if short_title and len(first) > 2 else match.group(0)


def _after_perhaps(match: re.Match[str]) -> str:
    """ "I am Jane" and "I am Jane Doe" are names; "I am Diabetic" and "I am Very Worried" are not."""
    lists = _lists()
    words = match.group("name").split()
    capital = words[0][:1].isupper()
    if _is_given(words[0]) or (capital and _folded(words[0]) in lists.given_with_capital):
        surname = 1 < len(words) <= 3 and words[1].strip(".,").lower() not in lists.not_names
        return _take_name(match, needs_capital=capital, most=3 if capital or surname else 1)
    pair = words[:2]
    looks_like_two = len(pair) == 2 and all(word[:1].isupper() and not word.isupper() for word in pair)
    plain = any(word.strip(".").lower() in lists.not_names or _is_adjective(word) for word in pair)
    if looks_like_two and not plain and not _is_title_case(match.string):
        return _take_name(match, needs_capital=True)
    return match.group(0)


def _after_family(match: re.Match[str]) -> str:
    """ "My son Tommy is 5" holds a name; "my son has asthma" does not."""
    first = match.group("name").split()[0].strip(".,")
    capital = first[:1].isupper()
    if _is_given(first):
        return _take_name(match, needs_capital=capital, most=3 if capital else 1)
    plain = first.isupper() or first.lower() in _lists().not_names or _is_adjective(first)
    if not capital or plain or _is_title_case(match.string):
        return match.group(0)
    return _take_name(match, needs_capital=True, most=3)


def _is_given(word: str) -> bool:
    folded = _folded(word)
    return folded in _lists().given and folded not in _lists().given_with_capital


def _folded(word: str) -> str:
    return word.strip(".,'’").lower().translate(str.maketrans("áéíóúüñ", "aeiouun"))


def _is_adjective(word: str) -> bool:
    return word.lower().strip(".").endswith(_ADJECTIVES)


def _is_title_case(text: str) -> bool:
    words = re.findall(rf"\b{_LETTER}{{2,}}", text[:2000])
    return len(words) > 5 and sum(word[0].isupper() for word in words) > 0.7 * len(words)
