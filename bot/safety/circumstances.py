"""Decides whether a sign that was found is happening to somebody now; what the signs are is left to the rule files.

"Can MRI show a stroke?", "what if I can't breathe in there?" and "my throat closed up in 2015" hold the words of
an emergency without being one. The checks below are asked in the order of `ORDER`; the first that is sure decides.
The cues they look for are lists in `words/<language>.yml`, under `cues`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from functools import cached_property

from bot.safety.patterns import Finder, Group, Span

CUES = (
    "negation",
    "not_negation",
    "now",
    "recent",
    "if",
    "not_if",
    "what_to_do",
    "past",
    "weeks",
    "past_verbs",
    "had",
    "present_verbs",
    "asks",
    "asks_for_help",
    "fillers",
    "worry",
    "topic",
    "purpose",
    "habit",
    "maybe",
    "not_maybe",
    "people",
    "generic",
    "owners",
    "having",
    "exam",
    "begins",
    "since_exam",
    "asks_when_marked",
    "lasting",
)
"""Every list that a language has to bring."""

NEAR_NOW = 4
NEAR_RECENT = 7
COUNTS = "counts"


class Circumstances:
    """What one message says about time and certainty around a sign."""

    def __init__(self, finder: Finder, cues: Mapping[str, Group]) -> None:
        self._finder = finder
        self._reading = finder.reading
        self._words = finder.reading.words
        self._cues = cues
        self._starts: dict[str, list[int]] = {}

    def why_not(self, span: Span, *, named: bool, even: frozenset[str]) -> str | None:
        """None when the sign counts, else the name of the check that says it isn't happening now."""
        seen = _Scene(self, span, named)
        for reason, check in ORDER:
            if reason not in even and check(seen):
                return None if reason == COUNTS else reason
        return None

    def hits(self, cue: str, start: int, end: int) -> list[tuple[int, int]]:
        """The places of a cue that begin between two words."""
        places = self._finder.places(self._cues[cue])
        starts = self._starts.get(cue)
        if starts is None:
            starts = self._starts[cue] = [s for s, _ in places]
        found = places[bisect_left(starts, start) : bisect_left(starts, end)]
        self._finder.steps += 1 + len(found)
        return found

    def begins_with(self, cue: str, position: int) -> int | None:
        """The end of the longest phrase of the cue that begins at this word."""
        found = self.hits(cue, position, position + 1)
        return found[0][1] if found else None

    def is_question(self, position: int, cue: str = "asks") -> bool:
        """True when a general question begins here, once greetings are skipped."""
        position = self._after_fillers(position)
        helped = self.begins_with("asks_for_help", position)
        asked = self.begins_with(cue, position)
        return asked is not None and (helped is None or asked > helped)

    @cached_property
    def has_question(self) -> bool:
        """True when any part of the message is a general question."""
        starts = [clause.start for clause in self._reading.clauses] + self._reading.openings
        if any(self.is_question(start) for start in starts):
            return True
        last_of = {clause.sentence: clause for clause in self._reading.clauses}
        ends = [clause.start for sentence, clause in last_of.items() if sentence in self._reading.asked]
        return any(self.begins_with("asks_for_help", self._after_fillers(end)) is None for end in ends)

    def _after_fillers(self, position: int) -> int:
        for _ in range(6):
            after = self.begins_with("fillers", position)
            if after is None:
                break
            position = after
        return position


class _Scene:
    """One sign with the words around it that speak about it."""

    def __init__(self, told: Circumstances, span: Span, named: bool) -> None:
        reading = told._reading
        self.told, self.span, self.named = told, span, named
        self.words = reading.words
        self.number = reading.clause_of[span.start]
        self.clause = reading.clauses[self.number]
        self.first = self.number
        while reading.clauses[self.first].linked and self.first > 0:
            self.first -= 1
        openings = reading.openings
        position = bisect_left(openings, span.start + 1)
        before = openings[position - 1] if position else 0
        self.start = max(self.clause.start, before)
        after = bisect_left(openings, span.end)
        self.end = min(self.clause.end, openings[after]) if after < len(openings) else self.clause.end
        inside = {i for part in span.parts for i in range(*part)}
        self.gaps = [i for i in range(span.start, span.end) if i not in inside]

    def before(self, cue: str) -> list[tuple[int, int]]:
        """The places of a cue before the sign, in the words that speak about it."""
        return [hit for hit in self.told.hits(cue, self.start, self.span.start) if hit[1] <= self.span.start]

    def around(self, cue: str) -> list[tuple[int, int]]:
        """The places of a cue in the words that speak about the sign."""
        return self.told.hits(cue, self.start, self.end)

    def near(self, cue: str, distance: int) -> bool:
        """True when the cue stands within some words of the sign."""
        low, high = self.span.start - distance, self.span.end + distance
        return any(
            low <= end and start < high
            for start, end in self.around(cue)
            if not any(part[0] <= start and end <= part[1] for part in self.span.parts)
        )

    def overlaps(self, cue: str, hit: tuple[int, int]) -> bool:
        """True when a longer phrase of another cue covers the place."""
        found = self.told.hits(cue, max(self.clause.start, hit[0] - 4), hit[1])
        return any(start <= hit[0] and hit[1] <= end for start, end in found)

    @cached_property
    def tense(self) -> str | None:
        """The nearest verb before or in the sign: "past", "present" or unknown."""
        low = self.start
        past = self.told.hits("past_verbs", low, self.span.end)
        present = self.told.hits("present_verbs", low, self.span.end)
        latest_past = past[-1][0] if past else -1
        latest_present = present[-1][0] if present else -1
        if latest_past == latest_present:
            return None
        return "past" if latest_past > latest_present else "present"

    def last_word_before(self, position: int) -> str:
        return self.words[position - 1] if position > self.start else ""

    # The checks. Each answers one question about the sign.

    def is_negated(self) -> bool:
        """ "No chest pain"; but "not only chest pain" counts."""
        pauses = self.told._reading.pauses
        for hit in self.told.hits("negation", max(self.start, self.span.start - 5), self.span.end):
            close = hit[1] <= self.span.start and self.span.start - hit[1] <= 2
            if not close and (hit[0] not in self.gaps or self._is_said_with_no()):
                continue
            if self.overlaps("not_negation", hit) or any(hit[1] <= p <= self.span.start for p in pauses):
                continue
            return True
        return False

    def _is_said_with_no(self) -> bool:
        """ "No puedo mover ninguna pierna": the "no" is part of the sign, so that a second one changes nothing."""
        return any(self.told.hits("negation", *part) for part in self.span.parts)

    def is_right_now(self) -> bool:
        """ "Can dye close your throat? Mine is closing right now" counts, whatever stands around it."""
        return self.near("now", NEAR_NOW)

    def is_supposed(self) -> bool:
        """ "What if I can't breathe in there?" """
        start = self.start if self.first == self.number else self.told._reading.clauses[self.first].start
        for hit in self.told.hits("if", start, self.span.start):
            if hit[1] in self.told._reading.pauses and hit[1] - hit[0] == 1:
                continue
            if not self.overlaps("not_if", hit) and not self._is_done(hit):
                return True
        return False

    def _is_done(self, supposed: tuple[int, int]) -> bool:
        """ "What do I do if he swallowed it", "if my arm is swelling": asked because it has happened."""
        if not self.told.hits("what_to_do", max(self.clause.start, supposed[0] - 6), supposed[1]):
            return False
        words = self.words[supposed[1] : self.span.end]
        if self.told.hits("begins", supposed[1], self.span.end):
            return False
        progressive = any(len(w) > 4 and w.endswith(("ing", "ando", "iendo")) for w in words)
        return progressive or self.tense == "past"

    def is_long_past(self) -> bool:
        """ "My throat closed up in 2015", and what is told on in the past tense after that."""
        for hit in self.told.hits("past", self.clause.start, self.clause.end):
            if not (self.tense == "present" and self._dates_an_exam(hit)):
                return True
        if self.tense != "past":
            return False
        earlier = self.told.hits("past", 0, self.clause.start)
        if not earlier:
            return False
        since = earlier[-1][1]
        return not (self.told.hits("recent", since, self.end) or self.told.hits("now", since, self.end))

    def is_weeks_past(self) -> bool:
        """ "I fainted last week"; but "fever since my biopsy last week" counts."""
        hits = self.told.hits("weeks", self.clause.start, self.clause.end)
        return any(not (self.tense == "present" and self._dates_an_exam(hit)) for hit in hits)

    def _dates_an_exam(self, hit: tuple[int, int]) -> bool:
        """ "Fever since my biopsy last month": the time belongs to the exam, not to the fever."""
        return bool(self.told.hits("exam", max(self.clause.start, hit[0] - 4), hit[0]))

    def was_had_once(self) -> bool:
        """ "I had a stroke. Can I have an MRI?" """
        if self.tense != "past" or not self.told.hits("had", self.start, self.span.end):
            return False
        begin, end = self.clause.start, self.clause.end
        if self.told.hits("recent", begin, end) or self.told.hits("lasting", begin, end):
            return False
        return self.told.has_question

    def is_a_topic(self) -> bool:
        """ "Tell me about chest pain." """
        return bool(self.before("topic"))

    def is_reason_for_exam(self) -> bool:
        """ "They ordered a CT for chest pain." """
        for hit in self.before("purpose"):
            between = self.words[hit[1] : self.span.start]
            far = len(between) > 3 or any(w[0].isdigit() or w in ("and", "y") for w in between)
            if not far and self.told.hits("exam", self.start, hit[1]):
                return True
        return False

    def is_recent(self) -> bool:
        """ "Is it normal to bleed this much?" counts although it is a question."""
        return self.near("recent", NEAR_RECENT)

    def is_general_question(self) -> bool:
        """ "Can you bleed after a biopsy?" """
        if self.told.is_question(self.start):
            return True
        reading = self.told._reading
        if self.clause.sentence not in reading.asked:
            return False
        opening = reading.clauses[self.first].start
        if self.clause.linked and any(self.told.is_question(opening, cue) for cue in ("asks", "asks_when_marked")):
            return True
        following = reading.clauses[self.number + 1] if self.number + 1 < len(reading.clauses) else None
        if following is not None and following.sentence == self.clause.sentence:
            return False
        if self.told.is_question(self.start, "asks_when_marked"):
            return True
        return any(start > self.start for start, _ in self.told.hits("if", self.span.end, self.clause.end))

    def is_impersonal_question(self) -> bool:
        """ "Bleeding after biopsy normal?" """
        if self.clause.sentence not in self.told._reading.asked:
            return False
        return bool(self.around("exam")) and not self.around("people")

    def is_a_worry(self) -> bool:
        """ "Afraid I won't be able to breathe"; but "worried about my chest pain" is a pain that is there."""
        for hit in self.before("worry"):
            owned = self.told.hits("owners", max(self.start, self.span.start - 1), self.span.start + 1)
            if not owned or self.told.hits("maybe", hit[1], self.span.end):
                return True
        return False

    def is_only_possible(self) -> bool:
        """ "Contrast can close the throat." """
        for hit in self.before("maybe"):
            said_of_somebody = self.told.hits("people", max(self.start, hit[0] - 1), hit[0])
            if not said_of_somebody and not self.overlaps("not_maybe", hit):
                return True
        return False

    def is_about_anyone(self) -> bool:
        """ "Some people faint." """
        for hit in self.told.hits("generic", self.start, self.span.end):
            if not self.told.hits("people", hit[1], self.span.end):
                return True
        return False

    def is_a_habit(self) -> bool:
        """ "I always faint when I see needles." """
        return bool(self.told.hits("habit", self.clause.start, self.clause.end))

    def is_only_named(self) -> bool:
        """A condition that is named without anybody having it."""
        if not self.named:
            return False
        if self.told.hits("having", max(self.start, self.span.start - 6), self.span.start):
            return False
        if self.around("exam"):
            return not self.around("since_exam")
        return not self.around("people") and self.clause.end - self.clause.start > 6


ORDER: tuple[tuple[str, Callable[[_Scene], bool]], ...] = (
    ("negated", _Scene.is_negated),
    (COUNTS, _Scene.is_right_now),
    ("if", _Scene.is_supposed),
    ("past", _Scene.is_long_past),
    ("weeks", _Scene.is_weeks_past),
    ("topic", _Scene.is_a_topic),
    ("reason", _Scene.is_reason_for_exam),
    ("had", _Scene.was_had_once),
    (COUNTS, _Scene.is_recent),
    ("question", _Scene.is_general_question),
    ("impersonal", _Scene.is_impersonal_question),
    ("worry", _Scene.is_a_worry),
    ("maybe", _Scene.is_only_possible),
    ("anyone", _Scene.is_about_anyone),
    ("habit", _Scene.is_a_habit),
    ("named", _Scene.is_only_named),
)
"""Earlier checks outweigh later ones. A rule can name checks that don't hold for it (`even: [past]`)."""
