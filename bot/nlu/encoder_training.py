"""`make encoder`: learns the weights of encoder.onnx, in an hour or two on two cores. Needed only to make them anew.

It begins with six of the twelve layers of multilingual E5 small and those pieces of its vocabulary that English and
Spanish need. First the six learn to give the vectors of the twelve; then they learn, from our own sentences, to tell
what is asked (sections and kinds of turn, topics masked) and to bring a question near to others that the same text
answers, in both languages, and away from what other texts of the same topic answer. With GO_ON=1 it begins with the
shipped weights in place of the first step: half an hour, for a change of data/questions or of the library; each time
the weights are rounded again, so go on once or twice and then begin anew.

A quarter of the labelled questions is kept from it (`examples.kept_from_encoder`): the ranking weights are learnt from
those, because a vector says more about a sentence that it was learnt from than about a new one. Nothing in
tests/evaluation is read.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import random
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from bot.nlu import e5_weights
from bot.nlu.encoder import WEIGHTS, encode_kept
from bot.nlu.encoder_file import save, stored
from bot.nlu.examples import catalogue_index, kept_from_encoder, phrasings, questions
from bot.nlu.rank_training import sentences
from bot.nlu.transformer import DIMENSIONS, HEADS, MOST_PIECES, PADDING, UNKNOWN, Floats, marked
from bot.nlu.understanding import plain
from bot.nlu.word_pieces import WordPieces
from content_db.importers.library import shipped
from content_db.sections import FAQ, SECTIONS, languages
from content_db.settings import PROJECT

# Which of the twelve layers are kept.
KEPT_LAYERS: Final = (0, 2, 4, 6, 8, 11)
# The state after the first step, which takes no account of labels: kept, because only the second changes with them.
HEALED: Final = PROJECT / "var" / "encoder-healed.npz"
_COMMON_WORDS: Final = 25_000
_LENGTHS: Final = (16, 24, 40, MOST_PIECES + 2)
_PAIR_LENGTH: Final = 40
_MASK: Final = -1e4

HEAL_EPOCHS: Final = 2
HEAL_RATE: Final = 3e-4
EPOCHS: Final = 4
RATE: Final = 1e-4
GO_ON_EPOCHS: Final = 0.75
GO_ON_RATE: Final = 8e-5
BATCH: Final = 64
PAIRS: Final = 48
_WARM_UP: Final = 100
# How sharply vectors are told apart: of intents, of pairs.
_INTENT_SCALE: Final = 16.0
_PAIR_SCALE: Final = 20.0
# How much pairs, and likeness to the twelve layers, count beside intents.
_PAIR_WEIGHT: Final = 0.5
_TEACHER_WEIGHT: Final = 0.3
_SMOOTHING: Final = 0.03
# The share of the label for the best intent where others would be right too.
_BEST_LABEL: Final = 0.75
# How often a message is written as from a phone: no accents, typos, no signs; how often a pair is a particular
# question, how often its other half is about the same topic only, in another language, or the answer itself.
_NO_ACCENTS, _TYPOS, _NO_SIGNS = 0.3, 0.25, 0.2
_PARTICULAR: Final = 0.5
_TOPIC_ONLY: Final = 0.1
_OTHER_LANGUAGE: Final = 0.25
_ANSWER: Final = 0.3
# How often questions with other answers of the same topic stand beside one, and how many.
_SAME_TOPIC: Final = 0.4
_SIBLINGS: Final = 3


@dataclass(frozen=True)
class Sentence:
    """A text to learn from. `intents` are those that it may stand for, the best first; `body` is a passage's text.

    `number` is that of a particular question of the library among those of its topic, for it and for others that ask
    the same: a translation has the same.
    """

    text: str
    masked: str
    language: str
    intents: tuple[str, ...] = ()
    topic: str | None = None
    section: str | None = None
    body: str | None = None
    number: int | None = None

    @property
    def place(self) -> tuple[str | None, str | None, int | None]:
        """What answers it."""
        return self.topic, self.section, self.number

    def may_be_alike(self, other: Sentence) -> bool:
        """Whether the same text may answer both. Of some questions it is not known which particular one is meant."""
        same_page = (self.topic, self.section) == (other.topic, other.section)
        return same_page and (self.number == other.number or None in (self.number, other.number))


def labelled() -> Iterator[Sentence]:
    """Our questions but those that are kept back, the phrasings, and the sentences of data/nlu."""
    index, number_of = catalogue_index(), numbers()

    for q in questions():
        if not kept_from_encoder(q):
            sections = [section for section in q.sections if section in SECTIONS]
            intents: tuple[str, ...] = () if q.intent is None else (q.intent,)
            if q.intent in SECTIONS:
                intents += tuple(s for s in sections if s not in (FAQ, q.intent))
            alone = q.topics and sections and q.before is None
            number: int | None = None
            topic, section = (q.topics[0], sections[0]) if alone else (None, None)
            if q.particular:
                topic, question = q.particular[0]
                section, number = FAQ, number_of[q.language, topic, question]
            masked = plain(q.text, index)
            yield Sentence(q.text, masked, q.language, intents, topic, section, number=number)
    for language in languages():
        for p in phrasings(language):
            intents = () if p.section == FAQ else (p.section,)
            number = number_of[language, p.topic_id, p.particular] if p.particular else None
            yield Sentence(p.text, plain(p.text, index), language, intents, p.topic_id, p.section, number=number)
    for text, intent in zip(*sentences(), strict=True):
        yield Sentence(text, text, "", (intent,))


def numbers() -> dict[tuple[str, str, str], int]:
    """The numbers of particular questions by language, topic and text."""
    return {
        (topic.language, topic.id, passage.question): number
        for topic in shipped()
        for number, passage in enumerate(topic.passages)
        if passage.question
    }


def told() -> Iterator[Sentence]:
    """The passages of the shipped library: particular questions, and first paragraphs."""
    number_of = numbers()
    for topic in shipped():
        for passage in topic.passages:
            number = number_of[topic.language, topic.id, passage.question] if passage.question else None
            text = passage.question or passage.short
            yield Sentence(text, text, topic.language, (), topic.id, passage.section, passage.short, number)


def needed_pieces(e5: e5_weights.E5, texts: Sequence[str]) -> list[int]:
    """The ids of the pieces of these texts and of the commonest words of both languages, and of all letters."""
    whole = WordPieces(e5.pieces, e5.scores.tolist(), UNKNOWN)
    english = resources.files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8")
    packed = (resources.files("spacy_lookups_data") / "data" / "es_lexeme_prob.json.gz").read_bytes()
    spanish: dict[str, float] = json.loads(gzip.decompress(packed))
    by_chance = sorted((word for word in spanish if word.isalpha()), key=lambda word: -spanish[word])
    words = [line.split()[0] for line in english.splitlines()[:_COMMON_WORDS]] + by_chance[:_COMMON_WORDS]
    used = {place for text in (*texts, *words) for place in whole.ids(text)}
    letters = {place for place, piece in enumerate(e5.pieces) if len(piece.strip("▁")) <= 1 and piece < "ɐ"}
    return [*range(UNKNOWN + 1), *sorted((used | letters) - set(range(UNKNOWN + 1)))]


def table(lists: Sequence[Sequence[int]], length: int | None = None) -> Any:
    """Lists of ids as one table; its width is one of a few, because each is compiled for."""
    width = length or next(n for n in _LENGTHS if n >= max(map(len, lists)))
    ids = np.full((len(lists), width), PADDING, dtype=np.int32)
    for row, own in zip(ids, lists, strict=True):
        row[: len(own)] = own
    return tf.constant(ids)


class Learner:
    """The encoder as TensorFlow variables, by the names of `transformer`'s weights."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self.weights = {name: tf.Variable(values.astype(np.float32)) for name, values in weights.items()}
        self.layers = sum(name.endswith("_qkv") for name in weights)

    def pooled(self, ids: Any, *, dropout: float = 0.0) -> Any:
        """Texts as ids (texts, length) -> the means of their last layer (texts, DIMENSIONS), not of unit length."""
        w, length = self.weights, ids.shape[1]
        texts = tf.shape(ids)[0]
        there = tf.cast(tf.not_equal(ids, PADDING), tf.float32)
        hidden = (1.0 - there)[:, None, None, :] * _MASK

        def dropped(x: Any) -> Any:
            return tf.nn.dropout(x, dropout) if dropout else x

        x = dropped(_normed(tf.gather(w["emb"], ids) + w["pos"][:length], w["eln_w"], w["eln_b"]))
        x = tf.reshape(x, (-1, DIMENSIONS))
        for number in range(self.layers):
            own = {name: w[f"l{number}_{name}"] for name in _LAYER}
            heads = tf.reshape(x @ own["qkv"] + own["qkvb"], (texts, length, 3, HEADS, DIMENSIONS // HEADS))
            heads = tf.transpose(heads, (2, 0, 3, 1, 4))
            near = tf.matmul(heads[0], heads[1], transpose_b=True) * (DIMENSIONS // HEADS) ** -0.5
            seen = tf.transpose(tf.matmul(tf.nn.softmax(near + hidden), heads[2]), (0, 2, 1, 3))
            seen = tf.reshape(seen, (-1, DIMENSIONS)) @ own["o"] + own["ob"]
            x = _normed(x + dropped(seen), own["l1w"], own["l1b"])
            inner = tf.nn.gelu(x @ own["a"] + own["ab"], approximate=True) @ own["b"] + own["bb"]
            x = _normed(x + dropped(inner), own["l2w"], own["l2b"])
        x = tf.reshape(x, (texts, length, DIMENSIONS))
        return tf.reduce_sum(x * there[..., None], 1) / tf.reduce_sum(there, 1, keepdims=True)

    def numbers(self) -> dict[str, Floats]:
        """The weights as arrays."""
        return {name: variable.numpy() for name, variable in self.weights.items()}


_LAYER: Final = ("qkv", "qkvb", "o", "ob", "a", "ab", "b", "bb", "l1w", "l1b", "l2w", "l2b")


def _normed(x: Any, weight: Any, bias: Any) -> Any:
    mean, spread = tf.nn.moments(x, -1, keepdims=True)
    return (x - mean) * tf.math.rsqrt(spread + 1e-5) * weight + bias


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019) and clipped gradients, for compiled steps."""

    def __init__(self, variables: Sequence[Any]) -> None:
        self._variables = list(variables)
        self._mean = [tf.Variable(tf.zeros_like(v)) for v in variables]
        self._square = [tf.Variable(tf.zeros_like(v)) for v in variables]
        self._steps = tf.Variable(0.0)

    def apply(self, tape: Any, loss: Any, rate: Any) -> None:
        """One step down."""
        slopes = [tf.convert_to_tensor(slope) for slope in tape.gradient(loss, self._variables)]
        clip = tf.minimum(1.0, 1.0 / (tf.linalg.global_norm(slopes) + 1e-6))
        self._steps.assign_add(1.0)
        for variable, mean, square, slope in zip(self._variables, self._mean, self._square, slopes, strict=True):
            slope *= clip
            mean.assign(0.9 * mean + 0.1 * slope)
            square.assign(0.98 * square + 0.02 * slope * slope)
            step = mean / (1 - 0.9**self._steps) / (tf.sqrt(square / (1 - 0.98**self._steps)) + 1e-8)
            decay = 0.01 if len(variable.shape) > 1 else 0.0
            variable.assign_sub(rate * (step + decay * variable))


def rate_at(step: int, steps: int, top: float) -> Any:
    """The learning rate: up within the first steps, then evenly down."""
    return tf.constant(top * min(1.0, (step + 1) / _WARM_UP) * max(0.02, 1 - step / steps), tf.float32)


def batches(chance: random.Random, lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts of like length, BATCH at a time, without end."""
    while True:
        order = list(range(len(lengths)))
        chance.shuffle(order)
        made = []
        for first in range(0, len(order), BATCH * 16):
            pool = sorted(order[first : first + BATCH * 16], key=lengths.__getitem__)
            made += [pool[i : i + BATCH] for i in range(0, len(pool) - BATCH + 1, BATCH)]
        chance.shuffle(made)
        yield from made


def in_batches(encode: Callable[[Any], Any], lists: Sequence[Sequence[int]]) -> Floats:
    """`encode` applied to all lists of ids, those of like length together; shape (len(lists), DIMENSIONS)."""
    order = sorted(range(len(lists)), key=lambda place: len(lists[place]))
    made = np.zeros((len(lists), DIMENSIONS), dtype=np.float32)
    for first in tqdm(
        range(0, len(order), BATCH), desc="Vectors of the twelve layers", disable=not sys.stderr.isatty()
    ):
        places = order[first : first + BATCH]
        filled = [*places, *[places[0]] * (BATCH - len(places))]
        made[places] = encode(table([lists[place] for place in filled])).numpy()[: len(places)]
    return made


def teachers_vectors(e5: e5_weights.E5, kept: Sequence[int], pieces: WordPieces, texts: Sequence[str]) -> Floats:
    """What all twelve layers make of each text: unit length, the mean of all taken away (E5's all lie close)."""
    weights = e5.below(kept, MOST_PIECES + 8)
    for number in range(e5_weights.LAYERS):
        weights |= {f"l{number}_{name}": values for name, values in e5.layer(number).items()}
    teacher = Learner(weights)
    # The words that E5 was taught to expect before a question.
    lists = [marked(pieces, f"query: {text}", MOST_PIECES - 2) for text in texts]
    vectors = in_batches(tf.function(teacher.pooled, jit_compile=True, autograph=False), lists)
    return centred(vectors)


def centred(vectors: Floats) -> Floats:
    """Unit vectors with their common part taken away."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors - vectors.mean(axis=0)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def heal(learner: Learner, pieces: WordPieces, texts: Sequence[str], wanted: Floats) -> None:
    """Teach the six layers to give the vectors of the twelve."""
    projection = tf.Variable(tf.eye(DIMENSIONS))
    optimizer = AdamW([*learner.weights.values(), projection])

    @tf.function(jit_compile=True, autograph=False)
    def step(ids: Any, target: Any, rate: Any) -> Any:
        with tf.GradientTape() as tape:
            given = tf.nn.l2_normalize(learner.pooled(ids) @ projection, -1)
            loss = tf.reduce_mean(1 - tf.reduce_sum(given * target, -1))
        optimizer.apply(tape, loss, rate)
        return loss

    lists = [marked(pieces, text) for text in texts]
    steps = math.ceil(HEAL_EPOCHS * len(lists) / BATCH)
    order = batches(random.Random(1), [len(own) for own in lists])
    with tqdm(range(steps), desc="Six layers for twelve", mininterval=20) as bar:
        for number in bar:
            places = next(order)
            loss = step(table([lists[p] for p in places]), wanted[places], rate_at(number, steps, HEAL_RATE))
            bar.set_postfix(loss=f"{float(loss):.3f}")


def as_from_a_phone(text: str, chance: random.Random) -> str:
    """A text as it may be typed: now and then without accents, with a typo or two, without signs."""
    if chance.random() < _NO_ACCENTS:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) > 3]
    if long and chance.random() < _TYPOS:
        for place in chance.sample(long, min(len(long), chance.choice((1, 1, 2)))):
            word = words[place]
            at = chance.randrange(1, len(word) - 1)
            swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
            words[place] = chance.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))
    text = " ".join(words)
    if chance.random() < _NO_SIGNS:
        text = "".join(c for c in text if c.isalnum() or c.isspace())
    return text


class Partners:
    """Finds for a sentence another that the same text answers, or that text."""

    def __init__(self, known: Sequence[Sentence], chance: random.Random) -> None:
        self._chance = chance
        self._anchors = [one for one in known if one.topic and one.section and one.body is None]
        self._particular = [one for one in known if one.number is not None]
        self._by_place: dict[Any, list[Sentence]] = defaultdict(list)
        self._by_topic: dict[Any, list[Sentence]] = defaultdict(list)
        for one in known:
            if one.topic and one.section and (one.section != FAQ or one.number is not None):
                self._by_place[one.place, one.language].append(one)
            if one.topic and (one.body is None or one.section == FAQ):
                self._by_topic[one.topic, one.language].append(one)

    def drawn(self, wanted: int) -> list[tuple[Sentence, str]]:
        """Pairs to bring together; among them some of one topic that differ in what is asked."""
        pairs: list[tuple[Sentence, str]] = []
        while len(pairs) < wanted:
            one = self._chance.choice(self._particular if self._chance.random() < _PARTICULAR else self._anchors)
            together = self._chance.random() < _SAME_TOPIC
            for sentence in (one, *self._siblings(one)) if together else (one,):
                other = self.of(sentence, same_topic_will_do=not together)
                if other is not None:
                    pairs.append((sentence, other))
        return pairs[:wanted]

    def of(self, one: Sentence, *, same_topic_will_do: bool = True) -> str | None:
        """A text, or None if there is no other."""
        language = one.language
        if self._chance.random() < _OTHER_LANGUAGE:
            language = next(code for code in languages() if code != one.language)
        if one.body is not None and language == one.language:
            return one.body
        others = [other for other in self._by_place[one.place, language] if other is not one]
        if same_topic_will_do and (not others or self._chance.random() < _TOPIC_ONLY):
            others = [other for other in self._by_topic[one.topic, language] if other is not one] or others
        if not others:
            return None
        other = self._chance.choice(others)
        answers = other.body if other.place == one.place else None
        return answers if answers and self._chance.random() < _ANSWER else other.text

    def _siblings(self, one: Sentence) -> list[Sentence]:
        others = [other for other in self._by_topic[one.topic, one.language] if not one.may_be_alike(other)]
        return self._chance.sample(others, min(_SIBLINGS, len(others)))


def targets(batch: Sequence[Sentence], place_of: Mapping[str, int]) -> Floats:
    """The shares of the intents for each sentence, shape (len(batch), len(place_of))."""
    shares = np.full((len(batch), len(place_of)), _SMOOTHING / len(place_of), dtype=np.float32)
    for row, one in zip(shares, batch, strict=True):
        best, *others = [place_of[intent] for intent in one.intents if intent in place_of]
        row[best] += (1 - _SMOOTHING) * (_BEST_LABEL if others else 1)
        for other in others:
            row[other] += (1 - _SMOOTHING) * (1 - _BEST_LABEL) / len(others)
    return shares


def learn(
    learner: Learner,
    pieces: WordPieces,
    known: Sequence[Sentence],
    teacher: Mapping[str, Floats],
    epochs: float = EPOCHS,
    top_rate: float = RATE,
) -> None:
    """Teach the encoder what is asked, and what is asked alike. `teacher` are vectors by text that it stays like."""
    chance = random.Random(3)
    asking = [one for one in known if one.intents]
    intents = sorted({one.intents[0] for one in asking})
    place_of = {intent: place for place, intent in enumerate(intents)}
    partners = Partners(known, chance)
    head, bias = tf.Variable(tf.zeros((DIMENSIONS, len(intents)))), tf.Variable(tf.zeros(len(intents)))
    projection = tf.Variable(tf.eye(DIMENSIONS))
    optimizer = AdamW([*learner.weights.values(), head, bias, projection])
    same_as_self = tf.range(PAIRS)

    @tf.function(jit_compile=True, autograph=False)
    def step(ids: Any, shares: Any, pairs: Any, alike: Any, wanted: Any, known_to_teacher: Any, rate: Any) -> Any:
        with tf.GradientTape() as tape:
            unit = tf.nn.l2_normalize(learner.pooled(ids, dropout=0.1), -1)
            logits = _INTENT_SCALE * unit @ head + bias
            of_intents = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(shares, logits))
            both = tf.nn.l2_normalize(learner.pooled(pairs, dropout=0.1), -1)
            lefts, rights = both[:PAIRS], both[PAIRS:]
            near = _PAIR_SCALE * tf.matmul(lefts, rights, transpose_b=True) + _MASK * alike
            cross = tf.nn.sparse_softmax_cross_entropy_with_logits
            of_pairs = tf.reduce_mean(cross(same_as_self, near) + cross(same_as_self, tf.transpose(near))) / 2
            unlike = 1 - tf.reduce_sum(tf.nn.l2_normalize(lefts @ projection, -1) * wanted, -1)
            of_teacher = tf.reduce_sum(unlike * known_to_teacher) / (tf.reduce_sum(known_to_teacher) + 1e-6)
            loss = of_intents + _PAIR_WEIGHT * of_pairs + _TEACHER_WEIGHT * of_teacher
        optimizer.apply(tape, loss, rate)
        return tf.stack([of_intents, of_pairs, of_teacher])

    nothing = np.zeros(DIMENSIONS, dtype=np.float32)
    steps = math.ceil(epochs * len(asking) / BATCH)
    order = batches(chance, [len(one.masked) for one in asking])
    with tqdm(range(steps), desc="What is asked", mininterval=20) as bar:
        for number in bar:
            batch = [asking[place] for place in next(order)]
            pairs = partners.drawn(PAIRS)
            lefts = [one for one, _ in pairs]
            alike = [
                [float(at != place and a.may_be_alike(b)) for at, b in enumerate(lefts)]
                for place, a in enumerate(lefts)
            ]
            most = _PAIR_LENGTH - 2
            halves = [marked(pieces, as_from_a_phone(one.text, chance), most) for one in lefts]
            halves += [marked(pieces, other, most) for _, other in pairs]
            losses = step(
                table([marked(pieces, as_from_a_phone(one.masked, chance)) for one in batch]),
                targets(batch, place_of),
                table(halves, _PAIR_LENGTH),
                tf.constant(alike, tf.float32),
                np.stack([teacher.get(one.text, nothing) for one in lefts]),
                tf.constant([float(one.text in teacher) for one in lefts]),
                rate_at(number, steps, top_rate),
            )
            if number % 20 == 0:
                bar.set_postfix_str(" ".join(f"{loss:.2f}" for loss in losses.numpy()))


def healed(
    texts: Sequence[str], path: Path = HEALED
) -> tuple[dict[str, Floats], list[str], list[float], dict[str, Floats]]:
    """The six healed layers, their vocabulary with its scores, and the vectors of the twelve layers by text."""
    if not path.exists():
        e5 = e5_weights.load()
        kept = needed_pieces(e5, texts)
        words, scores = [e5.pieces[i] for i in kept], e5.scores[kept].tolist()
        pieces = WordPieces(words, scores, UNKNOWN)
        wanted = teachers_vectors(e5, kept, pieces, texts)
        weights = e5.below(kept, MOST_PIECES + 2)
        for place, number in enumerate(KEPT_LAYERS):
            weights |= {f"l{place}_{name}": values for name, values in e5.layer(number).items()}
        learner = Learner(weights)
        heal(learner, pieces, texts, wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)
        extra = {"pieces": np.frombuffer("\n".join(words).encode(), dtype=np.uint8), "scores": np.asarray(scores)}
        np.savez(path, **learner.numbers(), **extra, texts=text, wanted=wanted.astype(np.float16))
    with np.load(path, allow_pickle=False) as file:
        weights = dict(file)
    words = weights.pop("pieces").tobytes().decode().split("\n")
    known = weights.pop("texts").tobytes().decode().split("\n")
    teacher = dict(zip(known, weights.pop("wanted").astype(np.float32), strict=True))
    return weights, words, weights.pop("scores").tolist(), teacher


def main(go_on: bool) -> None:
    """Learn and write the weights: from the shipped ones if `go_on`, else from the beginning."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf.random.set_seed(5)
    known = [*labelled(), *told()]
    if go_on:
        weights, words, scores = stored(WEIGHTS)
        learner = Learner(weights)
        texts = sorted({" ".join(one.text.split()) for one in known if one.topic})
        stays = dict(zip(texts, encode_kept([text.lower() for text in texts]), strict=True))
        learn(learner, WordPieces(words, scores, UNKNOWN), known, stays, GO_ON_EPOCHS, GO_ON_RATE)
    else:
        texts = sorted({" ".join(text.split()) for one in known for text in (one.text, one.masked, one.body) if text})
        weights, words, scores, teacher = healed(texts)
        learner = Learner(weights)
        learn(learner, WordPieces(words, scores, UNKNOWN), known, teacher)
    save(WEIGHTS, learner.numbers(), words, scores)
    print(f"{WEIGHTS.relative_to(PROJECT)}: {WEIGHTS.stat().st_size / 1e6:.1f} MB, learnt from {len(known)} texts.")


if __name__ == "__main__":
    main("--go-on" in sys.argv[1:])
