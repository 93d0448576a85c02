"""Report on the geometry of every layer: how alike any two words are, and one in its contexts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.sampling import sample
from lexiscope.contextual.text.words import Sentence, Splitter
from lexiscope.contextual.uses.all_layers import check_one_width
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.one_line import one_line
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors.geometry import Estimate, cka, expected_cosine
from lexiscope.vectors.postprocessing import Moments, OutlierDimensions
from lexiscope.vectors.search import unit_rows

Floats = NDArray[np.float32]
Wide = NDArray[np.float64]
Ints = NDArray[np.int64]

_SENTENCES = 32
_TOKENS_A_WORD = 2
# A longer sentence is left out: all its layers would have to be held at a time.
MOST_WORDS = 512
# What the words that were drawn may take, in all layers.
_BYTES = 256 * 2**20


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """What is drawn from a text, by a seed.

    Attributes:
        sentences: So many at most.
        occurrences: Words of them, each where it stands; for the likeness of any two, and CKA.
        words: Words whose occurrences are compared with one another.
        contexts: In so many different sentences at least (Ethayarajh: 5).
        seed: Of all draws.

    Raises:
        ConfigError: A value is out of its range.
    """

    sentences: int = 1_000
    occurrences: int = 1_000
    words: int = 200
    contexts: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        for name, least in (("sentences", 2), ("occurrences", 4), ("words", 1), ("contexts", 2)):
            whole(name, getattr(self, name), least, 1_000_000)
        whole("seed", self.seed, 0)


@one_line
@dataclass(frozen=True, kw_only=True)
class LayerMeasures:
    """One layer (Ethayarajh 2019, "How Contextual are Contextualized Word Representations?").

    Attributes:
        layer: 0 is what enters the first.
        anisotropy: The cosine that different words in different sentences may be expected to have.
        self_similarity: The mean cosine of a word with itself in other sentences, over words.
        intra_sentence: The mean cosine of a sentence's words with their mean, over sentences.
        outliers: Outlier dimensions (Kovaleva et al. 2021), from 0.
        outlier_part: What they add to the anisotropy, as a cosine.
        largest: The dimension that adds most to the anisotropy, and how much.
    """

    layer: int
    anisotropy: Estimate
    self_similarity: Estimate
    intra_sentence: Estimate
    outliers: list[int]
    outlier_part: float
    largest: tuple[int, float]

    @property
    def adjusted_self_similarity(self) -> Estimate:
        """Less the anisotropy."""
        return self.self_similarity.minus(self.anisotropy)

    @property
    def adjusted_intra_sentence(self) -> Estimate:
        """Less the anisotropy."""
        return self.intra_sentence.minus(self.anisotropy)


@one_line
@dataclass(frozen=True, kw_only=True)
class LayerReport:
    """All layers of a model on a text.

    Attributes:
        layers: 0 to L.
        cka: Of each with each (L + 1 × L + 1).
        sentences, of_sentences: How many were drawn, of how many; equal ones count once.
        too_long: Sentences of more than 512 words, left out.
        occurrences, words: How many were drawn.
    """

    layers: list[LayerMeasures]
    cka: Wide
    sentences: int
    of_sentences: int
    too_long: int
    occurrences: int
    words: int


def layer_report(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    options: ReportOptions | None = None,
    progress: ProgressCallback | None = None,
) -> LayerReport:
    """Measures every layer of a model on a text, which is read once, in bounded memory.

    Args:
        encoder: Its pooling counts and what it takes for a word; its layers do not.
        sentences: The text.
        options: What is drawn.
        progress: Whom to tell.

    Raises:
        ConfigError: The model's layers are of different widths.
        CorpusError: The text has too few words.
    """
    options = ReportOptions() if options is None else options
    check_one_width(encoder)
    drawn = _Drawn(encoder, sentences, options, encoder.model.layers + 1)
    collected = _collect(encoder, drawn, progress)
    states, numbers = collected.occurrences()
    contexts, words = drawn.occurrences[numbers, 0], drawn.spellings[numbers]
    return LayerReport(
        layers=[
            _measures(layer, states[:, layer], contexts, words, collected)
            for layer in range(states.shape[1])
        ],
        cka=cka(*[[states[:, layer] for layer in range(states.shape[1])]] * 2),
        sentences=len(drawn.texts),
        of_sentences=drawn.seen,
        too_long=drawn.too_long,
        occurrences=len(states),
        words=len(drawn.words),
    )


def compare_models(
    encoder: WordEncoder,
    other: WordEncoder,
    sentences: Iterable[Sentence],
    options: ReportOptions | None = None,
    progress: ProgressCallback | None = None,
) -> Wide:
    """CKA of every layer of a model with every layer of another, on the same words (L + 1 × M + 1).

    A word counts where it has a token in both.

    Raises:
        ConfigError, CorpusError: As `layer_report`; or fewer than 4 words have tokens in both.
    """
    options = ReportOptions() if options is None else options
    other = other.with_options(words=encoder.options.words)
    for one in (encoder, other):
        check_one_width(one)
    drawn = _Drawn(encoder, sentences, options, encoder.model.layers + other.model.layers + 2)
    (states, numbers), (others, other_numbers) = (
        _collect(one, drawn, progress).occurrences() for one in (encoder, other)
    )
    _shared, first, second = np.intersect1d(numbers, other_numbers, return_indices=True)
    return cka(
        [states[first, layer] for layer in range(states.shape[1])],
        [others[second, layer] for layer in range(others.shape[1])],
    )


class _Drawn:
    """What is drawn of a text before a model sees it.

    Attributes:
        texts: The sentences.
        occurrences: The number of the sentence and of the word in it, each drawn word's (n × 2).
        spellings: The number of its spelling (n).
        words: Spelling → its number, of the words whose occurrences are compared.
    """

    def __init__(
        self, encoder: WordEncoder, sentences: Iterable[Sentence], options: ReportOptions, rows: int
    ) -> None:
        found = sample(sentences, options.sentences, options.seed)
        given = Splitter(encoder.options.words).read(found.drawn)
        layout, spellings = given.words.sentences, given.words.spellings
        fitting = np.flatnonzero(layout.counts <= MOST_WORDS)
        self.seen, self.too_long = found.seen, len(layout) - len(fitting)
        self.texts = [found.drawn[place] for place in given.firsts[fitting].tolist()]
        words = [spellings[layout[number]] for number in fitting.tolist()]
        random = np.random.default_rng([options.seed, 1])
        width = 4 * rows * encoder.model.hidden_size * 2
        places = np.array(
            [(number, place) for number, own in enumerate(words) for place in range(len(own))]
        ).reshape(-1, 2)
        most = min(options.occurrences, max(4, _BYTES // width), len(places))
        self.occurrences = places[np.sort(random.choice(len(places), most, replace=False))]
        if len(self.texts) < 2 or len(self.occurrences) < 4:
            raise CorpusError(
                f"{len(self.texts)} different sentences with {len(places)} words: a report takes "
                f"2 sentences of up to {MOST_WORDS} words and 4 words at least"
            )
        names = [words[number][place].casefold() for number, place in self.occurrences.tolist()]
        self.spellings: Ints = np.unique(names, return_inverse=True)[1].ravel()
        self.words = self._often(words, options, max(1, _BYTES // width), random)

    @staticmethod
    def _often(
        words: list[tuple[str, ...]], options: ReportOptions, room: int, random: np.random.Generator
    ) -> dict[str, int]:
        contexts: dict[str, int] = defaultdict(int)
        for own in words:
            for word in dict.fromkeys(own):
                contexts[word] += 1
        often = sorted(word for word, count in contexts.items() if count >= options.contexts)
        most = min(options.words, room, len(often))
        if not often:
            return {}
        chosen = np.sort(random.choice(len(often), most, replace=False)).tolist()
        return {often[place]: number for number, place in enumerate(chosen)}


class _Collected:
    """What is kept of all the words' states as they go by.

    Attributes:
        sums, counts: Of each compared word's unit vectors, one a sentence (W × L + 1 × D; W).
        likeness: Of each sentence's words with their mean (S × L + 1).
        moments: Of all words, a layer each.
    """

    def __init__(self, drawn: _Drawn, layers: int, size: int) -> None:
        self._wanted = defaultdict(list)
        for number, (sentence, place) in enumerate(drawn.occurrences.tolist()):
            self._wanted[sentence].append((place, number))
        self._words = drawn.words
        self._rows: list[Floats] = []
        self._numbers: list[int] = []
        self.sums = np.zeros((len(drawn.words), layers, size))
        self.counts = np.zeros(len(drawn.words), np.int64)
        self.likeness: list[Wide] = []
        self.moments = [Moments(size, covariances=False) for _ in range(layers)]

    def add(self, sentence: int, words: list[str], states: Floats) -> None:
        """Counts a sentence; the states of a word without a token are NaN (n × L + 1 × D)."""
        there = np.isfinite(states[:, 0, 0])
        for place, number in self._wanted[sentence]:
            if there[place]:
                self._rows.append(states[place].copy())
                self._numbers.append(number)
        units = np.stack(
            [unit_rows(states[:, layer].astype(np.float64)) for layer in range(states.shape[1])], 1
        )
        met: set[str] = set()
        for place in np.flatnonzero(there).tolist():
            word = words[place]
            # Once a sentence: twice in one is the same context.
            if word in self._words and word not in met:
                met.add(word)
                self.sums[self._words[word]] += units[place]
                self.counts[self._words[word]] += 1
        if there.sum() > 1:
            means = unit_rows(states[there].astype(np.float64).mean(axis=0))
            self.likeness.append(np.einsum("nld,ld->nl", units[there], means).mean(axis=0))
        for layer, moments in enumerate(self.moments):
            moments.add(states[there, layer])

    def occurrences(self) -> tuple[Floats, Ints]:
        """The drawn words' states (n × L + 1 × D), and which of those drawn they are (n).

        Raises:
            CorpusError: None of them has a token.
        """
        if not self._rows:
            raise CorpusError("none of the words that were drawn has a token in this model")
        return np.stack(self._rows), np.array(self._numbers)

    def self_similarity(self, layer: int) -> Wide:
        """The mean cosine of all pairs of a word's occurrences, for each with two at least."""
        several = self.counts > 1
        counts = self.counts[several].astype(np.float64)
        squares = np.einsum("wd,wd->w", *[self.sums[several, layer]] * 2)
        similar: Wide = (squares - counts) / (counts * (counts - 1))
        return similar

    def intra_sentence(self, layer: int) -> Wide:
        """One a sentence of two words or more."""
        return np.array([row[layer] for row in self.likeness])


def _collect(encoder: WordEncoder, drawn: _Drawn, progress: ProgressCallback | None) -> _Collected:
    layers = encoder.model.layers + 1
    every = encoder.with_options(layers="all", combine="concat")
    collected = _Collected(drawn, layers, every.vector_size // layers)
    meter = Meter("measuring", len(drawn.texts), "sentences", progress, every=0)
    number = 0
    # So many that their tokens' states in all layers are held however long they are.
    size = _BYTES // (4 * every.vector_size * MOST_WORDS * _TOKENS_A_WORD)
    for chunk in batches(drawn.texts, max(1, min(_SENTENCES, size))):
        for words, states in _sentences(every, chunk, layers):
            collected.add(number, words, states)
            number += 1
        meter.update(number)
    return collected


def _sentences(
    encoder: WordEncoder, chunk: list[Sentence], layers: int
) -> Iterator[tuple[list[str], Floats]]:
    """Each sentence's words and their states, n × L + 1 × D."""
    encoded = encoder.encode_words(chunk)
    halves = 2 if encoder.options.pooling == "first_last" else 1
    # D of one layer is split over the halves: first token's layers, then the last token's.
    split = encoded.vectors.reshape(len(encoded.vectors), halves, layers, -1)
    states: Floats = split.transpose(0, 2, 1, 3).reshape(len(split), layers, -1)
    spellings = encoded.words.spellings
    for start, stop in zip(
        encoded.offsets[:-1].tolist(), encoded.offsets[1:].tolist(), strict=True
    ):
        yield list(spellings[start:stop]), states[start:stop]


def _measures(
    layer: int, rows: Floats, contexts: Ints, words: Ints, collected: _Collected
) -> LayerMeasures:
    expected = expected_cosine(rows, contexts, words)
    moments = collected.moments[layer]
    if moments.count < 2:
        raise ConfigError("a report takes words with tokens, two at least")
    outliers = OutlierDimensions.fit(moments).dimensions
    largest = int(np.argmax(expected.contributions))
    return LayerMeasures(
        layer=layer,
        anisotropy=expected.cosine,
        self_similarity=Estimate.mean(collected.self_similarity(layer)),
        intra_sentence=Estimate.mean(collected.intra_sentence(layer)),
        outliers=outliers,
        outlier_part=float(expected.contributions[outliers].sum()),
        largest=(largest, float(expected.contributions[largest])),
    )
