"""Stability of each word's neighbours: the same training from several seeds.

Two runs that differ in nothing but chance give a word different neighbours, rare words more so than
frequent ones (Antoniak and Mimno 2018, "Evaluating the Stability of Embedding-based Word
Similarities"; Wendlandt, Kummerfeld and Mihalcea 2018, "Factors Influencing the Surprising
Instability of Word Embeddings"). The measure is the latter's: the share of a word's nearest words
that two runs have in common, as a mean over all pairs of runs. The seed alone gives a bound from
above: with other texts of the same kind the neighbours differ more (Antoniak and Mimno).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.corpus import EncodedCorpus, Vocabulary
from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.progress import Progress, ProgressCallback
from lexiscope.training.config import MAX_SEED, TrainingConfig
from lexiscope.training.session import TrainingSession
from lexiscope.vectors.nearest import nearest_rows, shared_share

MAX_WORDS = 10_000
MAX_RUNS = 100
MAX_TOPN = 1_000


@one_line
@dataclass(frozen=True, kw_only=True)
class StabilityOptions:
    """What is compared.

    Attributes:
        seeds: Runs, 2 … 100; their seeds are the configuration's and those that follow it.
        topn: Neighbours of each word, 1 … 1,000.
        max_words: So many of the most frequent words are looked at.
        words: Looked at as well, however rare.

    Raises:
        ConfigError: A value is out of range.
    """

    seeds: int = 5
    topn: int = 10
    max_words: int = MAX_WORDS
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, least, most in (
            ("seeds", 2, MAX_RUNS),
            ("topn", 1, MAX_TOPN),
            ("max_words", 1, 2**31 - 1),
        ):
            whole(name, getattr(self, name), least, most)


@dataclass(frozen=True, kw_only=True)
class WordStability:
    """A word.

    Attributes:
        word: The word.
        count: Its occurrences.
        shared: Mean share, 0 … 1, of its neighbours that two runs have in common; NaN where no run
            gave it a neighbour.
    """

    word: str
    count: int
    shared: float


@dataclass(frozen=True, kw_only=True)
class Band:
    """Words of about the same frequency.

    Attributes:
        least, most: Their counts' range, a power of ten to the next.
        words: How many there are.
        shared: Their mean.
        low, high: A tenth of them is below, and a tenth above.
    """

    least: int
    most: int
    words: int
    shared: float
    low: float
    high: float


@one_line
@dataclass(frozen=True)
class Stability:
    """What came of it.

    Attributes:
        words: All that were looked at, the most frequent first.
        seeds: The runs' seeds.
        losses: Mean loss a pair of each run's last epoch.
        topn: Neighbours of each word.
    """

    words: list[WordStability]
    seeds: list[int]
    losses: list[float]
    topn: int

    @property
    def pairs(self) -> int:
        """Pairs of runs compared."""
        return math.comb(len(self.seeds), 2)

    def mean(self) -> float:
        """The mean over all words; NaN where no word has neighbours."""
        shared = [word.shared for word in self._known()]
        return float(np.mean(shared)) if shared else float("nan")

    def most_stable(self, most: int) -> list[WordStability]:
        """The words with the largest share; among equals the more frequent first."""
        return sorted(self._known(), key=lambda word: (-word.shared, -word.count))[:most]

    def least_stable(self, most: int) -> list[WordStability]:
        """The words with the smallest share; among equals the more frequent first."""
        return sorted(self._known(), key=lambda word: (word.shared, -word.count))[:most]

    def bands(self) -> list[Band]:
        """Means by count, in powers of ten, the most frequent words first."""
        powers: dict[int, list[float]] = {}
        for word in self._known():
            powers.setdefault(len(str(word.count)) - 1, []).append(word.shared)
        bands: list[Band] = []
        for power, shared in sorted(powers.items(), reverse=True):
            low, high = np.quantile(shared, [0.1, 0.9])
            bands.append(
                Band(
                    least=10**power,
                    most=10 ** (power + 1) - 1,
                    words=len(shared),
                    shared=float(np.mean(shared)),
                    low=float(low),
                    high=float(high),
                )
            )
        return bands

    def _known(self) -> list[WordStability]:
        return [word for word in self.words if math.isfinite(word.shared)]


def measure_stability(
    corpus: EncodedCorpus,
    config: TrainingConfig,
    options: StabilityOptions,
    *,
    workers: int,
    progress: ProgressCallback | None = None,
) -> Stability:
    """Trains the same text from several seeds and compares each word's neighbours.

    Beside one run's weights this keeps `topn` numbers a word and seed.

    Args:
        corpus: The text.
        config: The runs' options, and the first seed.
        options: What is compared.
        workers: Threads.
        progress: Called about twice a second, with the time left over all runs.

    Raises:
        ConfigError: A word is not in the vocabulary, or a seed is out of range.
        CorpusError: The text cannot be trained on.
        DivergedError: The weights of a run went bad.
        Interrupted: Ctrl-C.
    """
    if config.seed > MAX_SEED - options.seeds + 1:
        raise ConfigError(
            f"seed is {config.seed}; expected at most {MAX_SEED - options.seeds + 1}, so that "
            f"{options.seeds} seeds follow one another"
        )
    rows = _chosen_rows(corpus.vocabulary, options)
    seeds = [config.seed + run for run in range(options.seeds)]
    meter = _Meter(len(seeds), progress)
    nearest: list[NDArray[np.int32]] = []
    losses: list[float] = []
    for seed in seeds:
        session = TrainingSession(replace(config, seed=seed), workers=workers, progress=meter.show)
        session.take(corpus)
        run = session.begin()
        session.train()
        began = time.monotonic()
        nearest.append(nearest_rows(run.weights.input_vectors, rows, options.topn))
        losses.append(run.totals.epoch_losses[-1])
        meter.end_run(time.monotonic() - began)
        del run, session  # before the next one's weights are made
    shared = mean_shared(nearest)
    vocabulary = corpus.vocabulary
    words = [
        WordStability(
            word=vocabulary.tokens[row], count=int(vocabulary.counts[row]), shared=float(share)
        )
        for row, share in zip(rows.tolist(), shared, strict=True)
    ]
    return Stability(words, seeds, losses, options.topn)


def mean_shared(nearest: Sequence[NDArray[np.int32]]) -> NDArray[np.float64]:
    """Each word's share of common neighbours, as a mean over all pairs of runs.

    Args:
        nearest: Of each run, int32 (Q, topn), from `nearest_rows`.

    Returns:
        float64 (Q,); NaN where no run has a neighbour.
    """
    total = np.zeros(len(nearest[0]))
    pairs = np.zeros(len(nearest[0]))
    for one, other in combinations(nearest, 2):
        share = shared_share(one, other)
        known = np.isfinite(share)
        total[known] += share[known]
        pairs += known
    mean = np.full(len(total), np.nan)
    np.divide(total, pairs, out=mean, where=pairs > 0)
    return mean


def _chosen_rows(vocabulary: Vocabulary, options: StabilityOptions) -> NDArray[np.int64]:
    """The rows of the most frequent words and of those named, the most frequent first."""
    for word in options.words:
        if word not in vocabulary:
            raise ConfigError(
                f"{word!r} is not in the vocabulary of {len(vocabulary):,} words; expected a word "
                f"of the text that min_count lets in"
            )
    frequent = np.argsort(-vocabulary.counts, kind="stable")[: options.max_words]
    named = np.array([vocabulary[word] for word in options.words], np.int64)
    rows = np.unique(np.concatenate([frequent.astype(np.int64), named]))
    return rows[np.argsort(-vocabulary.counts[rows], kind="stable")]


class _Meter:
    """Turns the runs' reports into one for all of them.

    Args:
        runs: How many there are.
        progress: Whom to tell; None tells nobody.
    """

    def __init__(self, runs: int, progress: ProgressCallback | None) -> None:
        self._runs = runs
        self._progress = progress
        self._finished = 0
        self._comparing = 0.0

    def show(self, report: Progress) -> None:
        """Passes a run's report on."""
        if self._progress is None:
            return
        if report.total is not None:
            everything = self._runs * report.total
            done = self._finished * report.total + report.done
            left = (everything - done) / report.rate if report.rate else None
            if left is not None and self._finished:
                # Each run is followed by the search for neighbours.
                left += (self._runs - self._finished) * self._comparing / self._finished
            report = replace(
                report,
                done=done,
                total=everything,
                remaining=left,
                values={"run": self._finished + 1, **report.values},
            )
        self._progress(report)

    def end_run(self, comparing: float) -> None:
        """Counts a run and the seconds that its neighbours took."""
        self._finished += 1
        self._comparing += comparing
