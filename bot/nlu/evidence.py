"""What speaks for each topic, and for each passage of a topic, as the answer to a message: numbers, no decision.

The decision is `ranker`'s. Pure: built from rows of the content and an encoder, once for each language, and asked with
what the linker and the section classifier found in a message.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bot.nlu.encoder import Vectors
from bot.nlu.examples import Phrasing
from bot.nlu.glossary import TOPIC as GLOSSARY
from bot.nlu.glossary import Glossary
from bot.nlu.topic_index import Mention, modalities_in, plain_words, speaks_of_child, speaks_of_pregnancy
from content_db.importers.markdown import first_paragraph
from content_db.repository import PassageText, TopicFacts
from content_db.retrieval.lexical import Bm25
from content_db.sections import CONDITION_SECTIONS, FAQ, PICTURED, SECTIONS, told_under

Floats = NDArray[np.float32]

# How many topics each kind of evidence may propose beside those that are named.
_PROPOSED: Final = 6
_KINDS: Final = ("exam", "treatment", "condition", "safety", "report", "screening", "pediatric")
_MODALITIES: Final = ("xray", "ct", "mri", "ultrasound", "nuclear", "mammography", "radiation-therapy")
# Who names one of these means it; "X-ray" and "radiation" are also said of what is only akin to them.
_NEVER_MIXED_UP: Final = frozenset({"ct", "mri", "ultrasound"})
_SAFETY_SECTIONS: Final = ("radiation", "implants_metal", "pregnancy", "contrast", "risks")
_WHOLE_BODY: Final = "whole-body"
_LEAST: Final = 1e-6
# How many phrasings vote on the section and on the topic, how much nearer ones count for more, and what no vote at all
# is worth.
_VOTERS: Final = 30
_VOTE_SHARPNESS: Final = 8.0
_TOPIC_VOTERS: Final = 60
_TOPIC_SHARPNESS: Final = 14.0
_LEAST_VOTE: Final = 0.01
# From this likeness on, a particular question counts for more.
_MUCH_ALIKE: Final = 0.7
# A word of a question that tells this share of what its most telling word does is one of its telling words.
_TELLING: Final = 0.75
# How many questions are compared with all phrasings at once: more take more memory.
_AT_ONCE: Final = 256
_FROM_MENTIONS: Final = 14
# The weight of a name that says more than what an exam is made with; and of one that says what is looked at too.
_NAMED: Final = 2
_CLOSELY: Final = 3
# A message of so few words leans on what was said before.
_FEW_WORDS: Final = 6

TOPIC_FEATURES: Final = (
    "named",
    "named_weight",
    "named_heaviest",
    "named_first",
    "named_inside",
    "named_negated",
    "subject",
    "parent_named",
    "child_named",
    "candidate",
    "talked_about",
    "talked_about_unnamed",
    "talked_about_in_few_words",
    "talked_about_and_follows",
    "alias_score",
    "alias_share",
    "alias_cover",
    "text_score",
    "text_share",
    "text_best_share",
    "phrasing_score",
    "phrasing_share",
    "said_score",
    "said_share",
    "said_below_best",
    "told_score",
    "told_share",
    "likeness",
    "likeness_below_best",
    "votes",
    "votes_log",
    "votes_best",
    "particular",
    "particular_below_best",
    "joint",
    "joint_share",
    "has_section",
    "same_modality",
    "other_modality",
    *(f"is_{kind}" for kind in _KINDS),
    "is_general",
    "condition_asked",
    "condition_beside_exam",
    "screening_asked",
    "results_asked",
    "safety_asked",
    "safety_beside_exam",
    "child_and_pediatric",
    "child_and_adult_named",
    "pregnant_and_safety",
    "only_exam_named",
    "only_exam_named_closely",
    "line_has_section",
    "implants_and_exam",
    "implants_and_treatment",
    "made_as_before",
    "made_as_before_and_covered",
    "pediatric_as_before",
)
PASSAGE_FEATURES: Final = (
    "section_log",
    "section_probability",
    "asking_log",
    "asking_probability",
    "section_votes",
    "section_votes_log",
    "is_own",
    "is_faq",
    "faq_meaning",
    "faq_meaning_itself",
    "faq_meaning_below_best",
    "faq_meaning_high",
    "faq_as_asked",
    "faq_as_asked_log",
    "faq_as_asking_log",
    "faq_as_voted_log",
    "faq_words",
    "faq_asking",
    "faq_asking_below_best",
    "faq_wording",
    "faq_telling_word",
    "phrasing_meaning",
    "phrasing_wording",
    "text_score",
    "text_share",
    "text_best",
    "told_meaning",
    "told_asking",
    "section_of_before",
    "section_of_before_elsewhere",
    "told_just_now",
    *(f"is_{section}" for section in SECTIONS if section != FAQ),
)


@dataclass(frozen=True)
class Asked:
    """A message as the linker and the classifier left it. `sections` are probabilities of sections by id.

    `words` are the message's stems; `vector` is of unit length; `topic` and `section` are what was talked about before;
    `only` is the topic that is meant beyond doubt; `asking` are the probabilities of the intents, and `asking_vector`
    the vector, of the sentences that ask, where others only tell.
    """

    words: tuple[str, ...]
    vector: Vectors
    sections: Mapping[str, float]
    mentions: tuple[Mention, ...] = ()
    candidates: tuple[str, ...] = ()
    subject: tuple[str, ...] = ()
    topic: str | None = None
    section: str | None = None
    follows: float = 0.0
    foreign: bool = False
    only: str | None = None
    asking_vector: Vectors | None = None
    asking: Mapping[str, float] | None = None

    @property
    def asking_sections(self) -> Mapping[str, float]:
        """As `sections`, of the sentences that ask."""
        if self.asking is None:
            return self.sections
        shares = {name: p for name, p in self.asking.items() if name in SECTIONS}
        total = sum(shares.values())
        return {name: p / total for name, p in shares.items()} if total else {}


@dataclass(frozen=True)
class Scores:
    """A message against every passage and every phrasing: in words, and in meaning (`near_`); questions are passages'.

    `questions` and `near_questions` also know the other wordings of a particular question, `near_as_written` does not.
    `votes` are shares of sections and `topic_votes` of topics, given by the
    phrasings nearest in meaning, whatever else they are about.
    """

    texts: Floats
    phrasings: Floats
    near_as_written: Floats
    near_questions: Floats
    near_phrasings: Floats
    votes: Mapping[str, float]
    topic_votes: Floats
    questions: Floats


@dataclass(frozen=True)
class _Wanted:
    """The shares of SECTIONS that a message asks for: by the classifier, by it of what asks, and by votes."""

    asked: Floats
    asking: Floats
    voted: Floats


@dataclass(frozen=True)
class _Beside:
    """What the passages of a topic are compared with.

    `wanted` is as the message has it, `told` as the page tells it. `asking_questions` and `asking_texts` are, by place
    of the passage, how much its question and its first paragraph are like the sentences that ask, `texts` how much the
    paragraph is like the message. `before` is the section told last, and whether of this topic. `words` of the message
    tell so much; `phrased` and `worded` are by section. The rest are the best scores of any passage: of its
    words, of its question.
    """

    wanted: _Wanted
    told: _Wanted
    asking_questions: Mapping[int, float]
    asking_texts: Mapping[int, float]
    texts: Mapping[int, float]
    before: tuple[str, bool] | None
    words: Mapping[str, float]
    phrased: Mapping[str, float]
    worded: Mapping[str, float]
    text: float
    alike: float
    alike_asking: float


_NOT_PARTICULAR: Final = (0.0,) * 11


class _Owners:
    """Which topic each row of a table belongs to, ready for the best row of each."""

    def __init__(self, owner: NDArray[np.int64]) -> None:
        self.order = np.argsort(owner, kind="stable")
        self.topics, self.starts = np.unique(owner[self.order], return_index=True)


@dataclass
class _Topic:
    facts: TopicFacts
    aliases: list[tuple[frozenset[str], float]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    sections: frozenset[str] = frozenset()
    line_sections: frozenset[str] = frozenset()
    phrasings: list[int] = field(default_factory=list)


class Evidence:
    """The passages and aliases of one language, ready to be compared with messages."""

    def __init__(
        self,
        language: str,
        topics: Sequence[TopicFacts],
        aliases: Mapping[str, Sequence[str]],
        passages: Sequence[PassageText],
        phrasings: Sequence[Phrasing],
        encode_many: Callable[[Sequence[str]], Any],
        masked: Callable[[str], str],
    ) -> None:
        """`aliases` are wordings by topic id; `masked` puts plain words for topics in questions."""
        self._aliases = aliases
        self._language = language
        self.glossary = Glossary(
            ((p.id, p.question) for p in passages if p.topic_id == GLOSSARY and p.question), language
        )
        # The glossary is asked for a word, not for an answer to a question.
        passages = [passage for passage in passages if passage.topic_id != GLOSSARY]
        covered = {passage.topic_id for passage in passages}
        self._topics = {t.id: _Topic(t) for t in topics if t.id in covered or t.kind == "service"}
        self._parents = {t.id: t.parent_id for t in topics}
        self.passages = [passage for passage in passages if passage.topic_id in self._topics]
        for place, passage in enumerate(self.passages):
            self._topics[passage.topic_id].places.append(place)
        self._ids = list(self._topics)
        self._texts = _kept_bm25(language, "texts", [_words_of(passage) for passage in self.passages])
        named = {topic_id: [frozenset(plain_words(a)) for a in aliases.get(topic_id, ())] for topic_id in self._ids}
        self._names = Bm25([word for alias in named[topic_id] for word in alias] for topic_id in self._ids)
        for topic_id, topic in self._topics.items():
            topic.aliases = [(alias, sum(map(self._names.rarity, alias))) for alias in named[topic_id]]
            topic.sections = frozenset(self.passages[place].section for place in topic.places)
        for topic_id, topic in self._topics.items():
            topic.line_sections = frozenset().union(*(self._topics[t].sections for t in self.line_of(topic_id)))
        self._place_of = place_of = {topic_id: place for place, topic_id in enumerate(self._ids)}
        owner = np.array([place_of[p.topic_id] for p in self.passages], dtype=np.int64)
        self._owner = _Owners(owner)
        questions = [place for place, passage in enumerate(self.passages) if passage.question]
        texts = [masked(self.passages[place].question or "") for place in questions]
        self._vector_of = {place: row for row, place in enumerate(questions)}
        self._phrasings = [phrasing for phrasing in phrasings if phrasing.topic_id in self._topics]
        for place, phrasing in enumerate(self._phrasings):
            self._topics[phrasing.topic_id].phrasings.append(place)
        row_of = {(self.passages[p].topic_id, self.passages[p].question): row for row, p in enumerate(questions)}
        particular = [(phrasing.topic_id, phrasing.particular) for phrasing in self._phrasings]
        wordings = sorted((row_of[key], row) for row, key in enumerate(particular) if key in row_of)
        worded, self._other_wordings = np.array(wordings, dtype=np.int64).reshape(-1, 2).T
        self._worded, self._worded_from = np.unique(worded, return_index=True)
        self._wordings_of: dict[int, list[int]] = defaultdict(list)
        for question, row in wordings:
            self._wordings_of[question].append(len(questions) + row)
        # One table for both, because one product with a message costs less than two.
        asked = [self.passages[place].question or "" for place in questions]
        self._vectors = encode_many([t.lower() for t in [*asked, *(p.text for p in self._phrasings)]])
        self._told_vectors = encode_many([first_paragraph(passage.text).lower() for passage in self.passages])
        self._asked_in = self._kept_sections_asked_in(asked)
        phrased = [_words_of_phrasing(phrasing.text) for phrasing in self._phrasings]
        self._asked_texts = _kept_bm25(language, "asked", [*phrased, *map(_words_of_phrasing, asked)])
        self._told_by = {p: self._telling(plain_words(t)) for p, t in zip(questions, texts, strict=True)}
        self._phrasing_topics = phrasing_owner = np.array([place_of[p.topic_id] for p in self._phrasings], np.int64)
        self._phrasing_owner = _Owners(phrasing_owner)
        # What patients say of a topic, in one document; and that with all that its page tells.
        said: list[list[str]] = [[word for alias in named[topic_id] for word in alias] for topic_id in self._ids]
        for phrasing, words in zip(self._phrasings, phrased, strict=True):
            said[place_of[phrasing.topic_id]] += words
        for passage in self.passages:
            said[place_of[passage.topic_id]] += _words_of_phrasing(passage.question or "")
        self._said = Bm25(said)
        for passage in self.passages:
            said[place_of[passage.topic_id]] += _words_of(passage)
        self._told = Bm25(said)
        question_owner = owner[np.array(questions, dtype=np.int64)]
        self._question_owner = _Owners(question_owner)
        self._near_owner = _Owners(np.concatenate([question_owner, phrasing_owner]))
        self._section_of = np.array([SECTIONS.index(p.section) for p in self.passages], dtype=np.int64)
        facts = [self._topics[topic_id].facts for topic_id in self._ids]
        parents = {topic.parent_id for topic in topics}
        self._general = np.array([topic.id in parents for topic in facts], dtype=np.float32)
        self._pictured = np.array([topic.kind in PICTURED for topic in facts], dtype=bool)
        self._kinds = np.array([[topic.kind == kind for kind in _KINDS] for topic in facts], dtype=np.float32)
        self._kinds = self._kinds.reshape(len(facts), len(_KINDS))
        self._modality = np.array(
            [[m in topic.modality.split(";") for m in _MODALITIES] for topic in facts], dtype=bool
        )
        self._modality = self._modality.reshape(len(facts), len(_MODALITIES))
        self._has = np.array(
            [[section in self._topics[topic_id].sections for section in SECTIONS] for topic_id in self._ids],
            dtype=np.float32,
        ).reshape(len(facts), len(SECTIONS))
        self._line_has = np.array(
            [self._has[[place_of[member] for member in self.line_of(topic)]].max(axis=0) for topic in self._ids],
            dtype=np.float32,
        ).reshape(len(facts), len(SECTIONS))

    @property
    def topic_ids(self) -> list[str]:
        """The topics that have texts."""
        return list(self._ids)

    def names_of(self, topic_id: str) -> Sequence[str]:
        """The names of a topic as they were given."""
        return self._aliases.get(topic_id, ())

    @staticmethod
    def column_of(name: str) -> int:
        """The place of one of PASSAGE_FEATURES."""
        return PASSAGE_FEATURES.index(name)

    def line_of(self, topic_id: str) -> list[str]:
        """The topic and those above it that have texts."""
        line = [topic_id]
        while (parent := self._parents.get(line[-1])) is not None and parent not in line:
            line.append(parent)
        return [topic for topic in line if topic in self._topics]

    def for_a_child(self, topic_id: str) -> str | None:
        """The page for children on the same kind of exam, of whatever part of the body."""
        topic = self._topics.get(topic_id)
        if topic is None or topic.facts.kind != "exam":
            return None
        made_with = topic.facts.modality.split(";")[0]
        return next(
            (
                other.facts.id
                for other in self._topics.values()
                if (other.facts.kind, other.facts.modality) == ("pediatric", made_with)
                and other.facts.body_region == _WHOLE_BODY
            ),
            None,
        )

    def are_general(self, one: str, other: str) -> bool:
        """Whether both pages are on one kind of exam as a whole (in general, its safety, preparing for it): either can
        answer for the other without being about a wrong exam."""
        facts = [self._topics[topic_id].facts for topic_id in (one, other)]
        in_general = all(
            f.body_region == _WHOLE_BODY and (f.kind == "safety" or (f.kind == "exam" and f.parent_id is None))
            for f in facts
        )
        return in_general and facts[0].modality == facts[1].modality and ";" not in facts[0].modality

    def sections_of(self, topic_id: str) -> frozenset[str]:
        """The sections that a topic's own page has."""
        return self._topics[topic_id].sections

    def scores(self, asked: Asked) -> Scores:
        """What both rankings need, computed once."""
        as_written, phrasings = np.split(self._vectors @ asked.vector, [len(self._vector_of)])
        in_words = self._asked_texts.scores(asked.words)
        phrasings_in_words, questions_in_words = np.split(in_words, [len(phrasings)])
        return Scores(
            self._texts.scores(asked.words),
            phrasings_in_words,
            as_written,
            self._with_wordings(as_written, phrasings),
            phrasings,
            self._votes(phrasings),
            self._topic_votes(phrasings),
            self._with_wordings(questions_in_words, phrasings_in_words),
        )

    def _with_wordings(self, questions: Floats, phrasings: Floats) -> Floats:
        """The scores of particular questions, or of another wording of each where that has a higher one."""
        best = questions.copy()
        if len(self._worded_from):
            wordings = np.maximum.reduceat(phrasings[self._other_wordings], self._worded_from)
            best[self._worded] = np.maximum(best[self._worded], wordings)
        return best

    def _votes(self, near: Floats) -> dict[str, float]:
        votes: dict[str, float] = defaultdict(float)
        for place, share in zip(*_shares_of_nearest(near, _VOTERS, _VOTE_SHARPNESS), strict=True):
            votes[self._phrasings[place].section] += float(share)
        return dict(votes)

    def _topic_votes(self, near: Floats) -> Floats:
        votes = np.zeros(len(self._ids), dtype=np.float32)
        nearest, shares = _shares_of_nearest(near, _TOPIC_VOTERS, _TOPIC_SHARPNESS)
        np.add.at(votes, self._phrasing_topics[nearest], shares)
        return votes

    def _kept_sections_asked_in(self, questions: Sequence[str]) -> Floats:
        """`_sections_asked_in`, worked out only for questions that are new since the wordings were the same."""
        known: dict[str, Floats] = _kept(self._language, "sections asked in", self._phrasings, dict)
        new = [row for row, question in enumerate(questions) if question not in known]
        shares = self._sections_asked_in(self._vectors[new], self._vectors[len(questions) :])
        known.update((questions[row], own) for row, own in zip(new, shares, strict=True))
        return np.array([known[question] for question in questions], np.float32).reshape(-1, len(SECTIONS))

    def _sections_asked_in(self, questions: Vectors, phrasings: Vectors) -> Floats:
        """For each particular question, the shares of the sections that the phrasings like it ask for."""
        shares = np.zeros((len(questions), len(SECTIONS)), dtype=np.float32)
        if not len(phrasings):
            return shares
        section = np.array([SECTIONS.index(phrasing.section) for phrasing in self._phrasings])
        voters = min(_VOTERS, len(phrasings) - 1)
        for first in range(0, len(questions), _AT_ONCE):
            near = questions[first : first + _AT_ONCE] @ phrasings.T
            nearest = np.argpartition(-near, voters, axis=1)[:, :_VOTERS]
            weights = np.exp(_VOTE_SHARPNESS * np.take_along_axis(near, nearest, axis=1))
            weights *= section[nearest] != SECTIONS.index(FAQ)
            rows = np.arange(first, first + len(near))[:, None]
            np.add.at(shares, (rows, section[nearest]), weights)
        return np.asarray(shares / np.maximum(shares.sum(axis=1, keepdims=True), _LEAST), dtype=np.float32)

    def topics(self, asked: Asked, scores: Scores) -> tuple[list[str], Floats]:
        """The topics that come into question, and their TOPIC_FEATURES, a row each."""
        names = self._names.scores(asked.words)
        texts = scores.texts
        sections = _by_section(asked.sections)
        best_text = self._best_of_topic(texts, self._owner)
        joint = self._best_of_topic(texts * sections[self._section_of], self._owner) / max(_top(texts), _LEAST)
        phrased = self._best_of_topic(scores.phrasings, self._phrasing_owner)
        said, told = self._said.scores(asked.words), self._told.scores(asked.words)
        near = np.concatenate([scores.near_questions, scores.near_phrasings])
        likeness = self._best_of_topic(near, self._near_owner)
        particular = self._best_of_topic(scores.near_questions, self._question_owner)
        named = [m.topic_id for m in asked.mentions if m.topic_id in self._topics]
        there = dict.fromkeys(m.topic_id for m in asked.mentions if m.topic_id in self._topics and not m.negated)
        # A topic that is named but new, so that nobody has written yet how patients ask for it, is not behind for that.
        new = [self._place_of[topic_id] for topic_id in there if not self._topics[topic_id].phrasings]
        votes = scores.topic_votes.copy()
        for by_topic in (phrased, said, likeness, particular, votes):
            by_topic[new] = _top(by_topic)
        known = [topic for topic in (asked.topic, asked.only) if topic]
        proposed = dict.fromkeys([*named, *asked.subject, *asked.candidates, *known])
        for by_topic in (names, best_text, likeness, phrased, said, told, votes):
            if by_topic.any():
                top = np.argpartition(-by_topic, min(_PROPOSED, len(by_topic) - 1))[:_PROPOSED]
                proposed.update(dict.fromkeys(self._ids[i] for i in top[np.argsort(-by_topic[top])] if by_topic[i] > 0))
        words = set(asked.words)
        modalities = modalities_in(words)
        closely, child = self._named_closely(asked, modalities), speaks_of_child(asked.words, self._language)
        ids = [
            topic_id
            for topic_id in proposed
            if topic_id in self._topics
            and (topic_id in there or self._may_be_made_with(topic_id, modalities, asked.topic))
            and (closely is None or topic_id in there or self._may_stand_beside(topic_id, closely, child))
        ]
        at = np.array([self._place_of[topic_id] for topic_id in ids], dtype=np.int64)
        same = self._modality[:, [_MODALITIES.index(m) for m in modalities]].any(axis=1)[at]
        pictured, kinds = self._pictured[at], self._kinds[at]
        of_kind = dict(zip(_KINDS, kinds.T, strict=True))
        by_mentions = np.array([self._by_mentions(topic_id, asked, there) for topic_id in ids], dtype=np.float32)
        exams = sum(self._pictured[self._place_of[topic_id]] for topic_id in there)
        asked_of = {section: float(share) for section, share in zip(SECTIONS, sections, strict=True)}
        plain = by_mentions.reshape(len(ids), -1)[:, 0] if ids else np.zeros(0, dtype=np.float32)
        columns = [
            *by_mentions.reshape(len(ids), _FROM_MENTIONS).T,
            names[at] / 10,
            names[at] / max(_top(names), _LEAST),
            np.array([self._covered(topic_id, words) for topic_id in ids], dtype=np.float32),
            best_text[at] / 20,
            best_text[at] / max(_top(best_text), _LEAST),
            (best_text[at] >= _top(best_text)) & (best_text[at] > 0),
            phrased[at] / 10,
            phrased[at] / max(_top(phrased), _LEAST),
            said[at] / 20,
            said[at] / max(_top(said), _LEAST),
            (said[at] - _top(said)) / 20,
            told[at] / 20,
            told[at] / max(_top(told), _LEAST),
            likeness[at],
            likeness[at] - _top(likeness),
            votes[at],
            np.log(votes[at] + _LEAST_VOTE),
            (votes[at] >= _top(votes[at])) & (votes[at] > 0),
            particular[at],
            particular[at] - _top(particular),
            joint[at],
            joint[at] / max(_top(joint), _LEAST),
            self._has[at] @ sections,
            same,
            pictured & ~same if modalities else np.zeros(len(ids)),
            *kinds.T,
            self._general[at],
            of_kind["condition"] * sum(asked_of[section] for section in CONDITION_SECTIONS),
            of_kind["condition"] * plain * (exams > 0),
            of_kind["screening"] * asked_of["screening_who"],
            of_kind["report"] * asked_of["results"],
            of_kind["safety"] * sum(asked_of[section] for section in _SAFETY_SECTIONS),
            of_kind["safety"] * plain * (exams > 0),
            of_kind["pediatric"] * child,
            (pictured & ~of_kind["pediatric"].astype(bool)) * plain * child,
            of_kind["safety"] * speaks_of_pregnancy(words),
            pictured * plain * (exams == 1),
            pictured * plain * (exams == 1) * (by_mentions.reshape(len(ids), _FROM_MENTIONS)[:, 1] >= _CLOSELY),
            self._line_has[at] @ sections,
            of_kind["exam"] * asked_of["implants_metal"],
            of_kind["treatment"] * asked_of["implants_metal"],
            *self._beside_the_talk(at, asked, modalities, child),
        ]
        table = np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)
        return ids, table

    def _may_be_made_with(self, topic_id: str, modalities: set[str], before: str | None) -> bool:
        """False for an exam that is made with something else than the message says: never guess across that.

        A child's exam of no one part of the body is known by nothing else: here the talk `before` may have said it.
        """
        told = modalities & _NEVER_MIXED_UP
        facts = self._topics[topic_id].facts
        made_with = facts.modality.split(";")
        if not told and (facts.kind, facts.body_region) == ("pediatric", _WHOLE_BODY):
            told = set(_NEVER_MIXED_UP.intersection(made_with))
            made_with = self._topics[before].facts.modality.split(";") if before in self._topics else []
        return not told or facts.kind not in ("exam", "pediatric") or not told.isdisjoint(made_with)

    def _named_closely(self, asked: Asked, modalities: set[str]) -> str | None:
        """The one exam or treatment that a message names by what is looked at and how, if it speaks of no other."""
        named = {m.topic_id: m for m in asked.mentions if m.kind in PICTURED and not m.negated and not m.inside}
        if len(named) != 1:
            return None
        topic_id, mention = next(iter(named.items()))
        facts = self._topics[topic_id].facts if topic_id in self._topics else None
        if facts is None or mention.weight < _NAMED:
            return None
        return topic_id if (modalities & _NEVER_MIXED_UP) <= set(facts.modality.split(";")) else None

    def _may_stand_beside(self, topic_id: str, named: str, child: bool) -> bool:
        """Whether a topic that is not named may be meant beside an exam that is: its own kind, the same for a child, or
        no exam at all (what its report says, who is screened)."""
        facts = self._topics[topic_id].facts
        return facts.parent_id == named or (child if facts.kind == "pediatric" else facts.kind not in PICTURED)

    def _beside_the_talk(
        self, at: NDArray[np.int64], asked: Asked, modalities: set[str], child: bool
    ) -> tuple[Floats, Floats, Floats]:
        """How topics stand to the one that was talked about: "no, I meant the hip" is made with what that was."""
        nothing = np.zeros(len(at), dtype=np.float32)
        before = self._place_of.get(asked.topic or "")
        if before is None:
            return nothing, nothing, nothing
        alike = (self._modality[at] & self._modality[before]).any(axis=1) & (at != before) & self._pictured[at]
        if modalities:
            alike = alike & self._modality[at][:, [_MODALITIES.index(m) for m in modalities]].any(axis=1)
        covered = np.array([self._covered(self._ids[place], set(asked.words)) for place in at], dtype=np.float32)
        pediatric = self._kinds[at][:, _KINDS.index("pediatric")] * child
        return alike.astype(np.float32), alike * covered, alike * pediatric

    def _best_of_topic(self, scores: Floats, owners: _Owners) -> Floats:
        best = np.zeros(len(self._ids), dtype=np.float32)
        if len(scores):
            best[owners.topics] = np.maximum.reduceat(scores[owners.order], owners.starts)
        return np.maximum(best, 0.0)

    def _by_mentions(self, topic_id: str, asked: Asked, there: Mapping[str, None]) -> list[float]:
        """The first TOPIC_FEATURES: how a topic is named or talked about; `there` are those named, not turned away."""
        own = [m for m in asked.mentions if m.topic_id == topic_id]
        plain = [m for m in own if not m.negated]
        weight = max((m.weight for m in plain), default=0)
        heaviest = max((m.weight for m in asked.mentions if not m.negated), default=0)
        return [
            float(bool(plain)),
            float(weight),
            float(bool(plain) and weight == heaviest),
            float(bool(there) and next(iter(there)) == topic_id),
            float(any(m.inside for m in plain)),
            float(any(m.negated for m in own)),
            float(topic_id in asked.subject) / max(len(asked.subject), 1),
            float(self._parents.get(topic_id) in there),
            float(any(self._parents.get(other) == topic_id for other in there)),
            float(topic_id in asked.candidates),
            float(asked.topic == topic_id),
            float(asked.topic == topic_id and not there),
            float(asked.topic == topic_id and not there and len(asked.words) <= _FEW_WORDS),
            float(asked.topic == topic_id) * asked.follows,
        ]

    def _covered(self, topic_id: str, words: set[str]) -> float:
        """How much of the best covered name of a topic is in the message, by what its words tell, 0 to 1."""
        return max(
            (
                sum(self._names.rarity(word) for word in alias & words) / told
                for alias, told in self._topics[topic_id].aliases
                if told and not alias.isdisjoint(words)
            ),
            default=0.0,
        )

    def of_topic(self, topic_id: str, asked: Asked, scores: Scores) -> tuple[list[PassageText], Floats]:
        """The passages that may answer for a topic, its own before those of its parents, and their PASSAGE_FEATURES."""
        places: list[tuple[int, bool]] = []
        silent: set[str] = set()
        for member in self.line_of(topic_id):
            topic = self._topics[member]
            for place in topic.places:
                section = self.passages[place].section
                if section == FAQ or section not in silent:
                    places.append((place, member == topic_id))
            silent |= topic.sections
        texts = scores.texts
        words = {word: self._asked_texts.rarity(word) for word in asked.words}
        given = asked.sections, asked.asking_sections, scores.votes
        chosen = np.array([place for place, _ in places], dtype=np.int64)
        questions = [self._vector_of[place] for place, _ in places if place in self._vector_of]
        phrased, worded = self._phrased(topic_id, scores)
        told = dict(zip(chosen.tolist(), (self._told_vectors[chosen] @ asked.vector).tolist(), strict=True))
        asking_questions, asking_texts = self._asking(told, asked, scores)
        before = (asked.section, asked.topic == topic_id) if asked.section not in (None, FAQ) else None
        beside = _Beside(
            _Wanted(*map(_by_section, given)),
            _Wanted(*(_by_section(self._as_told(topic_id, shares)) for shares in given)),
            asking_questions,
            asking_texts,
            told,
            before,
            words,
            phrased,
            worded,
            text=max(float(texts[chosen].max(initial=0.0)), _LEAST) if len(chosen) else 1.0,
            alike=float(scores.near_questions[questions].max(initial=-1.0)),
            alike_asking=max(asking_questions.values(), default=-1.0),
        )
        rows = [self._passage_row(place, own, asked, scores, beside) for place, own in places]
        return (
            [self.passages[place] for place, _ in places],
            np.array(rows, dtype=np.float32).reshape(len(places), len(PASSAGE_FEATURES)),
        )

    def _asking(
        self, told: Mapping[int, float], asked: Asked, scores: Scores
    ) -> tuple[dict[int, float], Mapping[int, float]]:
        """By place, how much the questions and the first paragraphs of passages are like the sentences that ask.

        `told` is how much the paragraphs are like the message, by place. Only of these: the whole library would be
        another third of a turn.
        """
        rows = {place: self._vector_of[place] for place in told if place in self._vector_of}
        asking = asked.asking_vector
        if asking is None:
            return {place: float(scores.near_questions[row]) for place, row in rows.items()}, told
        questions = {
            place: float((self._vectors[[row, *self._wordings_of.get(row, ())]] @ asking).max())
            for place, row in rows.items()
        }
        return questions, dict(zip(told, (self._told_vectors[list(told)] @ asking).tolist(), strict=True))

    def told_under(self, topic_id: str, section: str) -> str:
        """The section of a topic's page, or of those above it, that tells what is asked for; else `section`."""
        topic = self._topics[topic_id]
        return told_under(section, topic.facts.kind, topic.line_sections)

    def _as_told(self, topic_id: str, shares: Mapping[str, float]) -> dict[str, float]:
        told: dict[str, float] = defaultdict(float)
        for section, share in shares.items():
            told[self.told_under(topic_id, section)] += share
        return dict(told)

    def _phrased(self, topic_id: str, scores: Scores) -> tuple[dict[str, float], dict[str, float]]:
        """By section, the nearest phrasing of the topic in meaning, and in words."""
        meaning: dict[str, float] = {}
        wording: dict[str, float] = {}
        topic = self._topics.get(topic_id)
        if topic is not None and (places := topic.phrasings):
            for place, likeness, score in zip(
                places, scores.near_phrasings[places], scores.phrasings[places], strict=True
            ):
                section = self._phrasings[place].section
                if section == FAQ:
                    continue
                meaning[section] = max(meaning.get(section, 0.0), float(likeness))
                wording[section] = max(wording.get(section, 0.0), float(score))
        return meaning, wording

    def _passage_row(self, place: int, own: bool, asked: Asked, scores: Scores, beside: _Beside) -> list[float]:
        section = self.passages[place].section
        at, faq = SECTIONS.index(section), section == FAQ
        probability, asking, votes = (float(shares[at]) for shares in vars(beside.told).values())
        alike = self._alike(place, scores, beside) if faq else _NOT_PARTICULAR
        text = float(scores.texts[place])
        wording, telling = self._wording(place, beside.words) if faq else (0.0, 0.0)
        return [
            0.0 if faq else float(np.log(probability + 1e-3)),
            probability,
            0.0 if faq else float(np.log(asking + 1e-3)),
            asking,
            0.0 if faq else votes,
            0.0 if faq else float(np.log(votes + _LEAST_VOTE)),
            float(own),
            float(faq),
            *alike,
            wording,
            telling,
            beside.phrased.get(section, 0.0),
            beside.worded.get(section, 0.0) / 10,
            text / 20,
            text / beside.text,
            float(text >= beside.text),
            beside.texts[place],
            beside.asking_texts[place],
            float(asked.follows * (section == asked.section)),
            float(beside.before == (section, False)),
            float(beside.before == (section, True)),
            *(float(section == known) for known in SECTIONS if known != FAQ),
        ]

    def _alike(self, place: int, scores: Scores, beside: _Beside) -> tuple[float, ...]:
        """How much a particular question asks what the message asks, in meaning and by the section asked for."""
        row, asking = self._vector_of[place], beside.asking_questions[place]
        meaning = float(scores.near_questions[row])
        as_wanted = [float(self._asked_in[row] @ shares) for shares in vars(beside.wanted).values()]
        return (
            meaning,
            float(scores.near_as_written[row]),
            meaning - beside.alike,
            max(0.0, meaning - _MUCH_ALIKE),
            as_wanted[0],
            *(float(np.log(share + _LEAST_VOTE)) for share in as_wanted),
            float(scores.questions[row]) / 10,
            asking,
            asking - beside.alike_asking,
        )

    def _telling(self, words: Iterable[str]) -> tuple[dict[str, float], float, frozenset[str]]:
        """What each word of a question tells, what they tell together, and those that tell nearly as much as any.

        What is common among questions ("how long", "can I") tells little, however rare it is in our texts.
        """
        tells = {word: self._asked_texts.rarity(word) for word in sorted(set(words))}
        enough = _TELLING * max(tells.values(), default=0.0)
        return tells, sum(tells.values()), frozenset(word for word, told in tells.items() if told >= enough)

    def _wording(self, place: int, words: Mapping[str, float]) -> tuple[float, float]:
        """The share of telling words that a question and the message have in common; whether one tells nearly most."""
        known, told, most = self._told_by[place]
        common = sum(known[word] for word in known.keys() & words.keys())
        either = told + 0.5 * sum(tells for word, tells in words.items() if word not in known)
        return (common / either if either else 0.0), float(not most.isdisjoint(words))


# By language and name: what the index before was made from, and what was made of it.
_made_before: dict[tuple[str, str], tuple[Any, Any]] = {}


def _kept(language: str, name: str, made_from: Any, make: Callable[[], Any]) -> Any:
    """What the index before made of the same; made anew where that changed. Most changes touch few texts."""
    before = _made_before.get((language, name))
    if before is None or before[0] != made_from:
        before = _made_before[language, name] = made_from, make()
    return before[1]


def _kept_bm25(language: str, name: str, documents: list[tuple[str, ...]]) -> Bm25:
    index: Bm25 = _kept(language, name, documents, lambda: Bm25(documents))
    return index


def _shares_of_nearest(near: Floats, voters: int, sharpness: float) -> tuple[NDArray[np.int64], Floats]:
    """The places of the highest of some scores, and how much each of them has to say; together 1, or 0 if none is."""
    nearest = np.argpartition(-near, min(voters, len(near) - 1))[:voters] if len(near) else np.zeros(0, np.int64)
    weights = np.exp(sharpness * near[nearest]) * (near[nearest] > 0)
    return nearest, weights / max(weights.sum(), _LEAST)


def _by_section(shares: Mapping[str, float]) -> Floats:
    return np.array([shares.get(section, 0.0) for section in SECTIONS], dtype=np.float32)


def _top(scores: Floats) -> float:
    return float(scores.max(initial=0.0))


@lru_cache(maxsize=30_000)
def _words_of(passage: PassageText) -> tuple[str, ...]:
    """The words of a passage, those of its question twice. Kept, because most texts stay when one changes."""
    return _words_of_text(f"{passage.question or ''} {passage.question or ''} {passage.text}")


@lru_cache(maxsize=40_000)
def _words_of_phrasing(text: str) -> tuple[str, ...]:
    return _words_of_text(text)


def _words_of_text(text: str) -> tuple[str, ...]:
    """Each word is in memory once, however many of the kept texts it is in."""
    return tuple(map(sys.intern, plain_words(text)))


def aliases_by_topic(rows: Sequence[Any], language: str) -> dict[str, list[str]]:
    """Wordings of one language by topic id, from rows with topic_id, language and text."""
    by_topic: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row.language == language:
            by_topic[row.topic_id].append(row.text)
    return dict(by_topic)
