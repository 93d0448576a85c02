"""From a vocabulary's counts to what the kernels need: subsampling, the noise table, the tree."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.hierarchical import Tree
from lexiscope.training.kernels.negative import Negatives
from lexiscope.training.kernels.softmax import Softmax
from lexiscope.training.kernels.windows import Cbow, SkipGram

# Every pair of the exact softmax goes through all of W′ twice. Beyond this many bytes it leaves the
# cache and a pair takes milliseconds.
SOFTMAX_BYTES = 64 * 2**20
_FULL = 2**32 - 1
# Share of the negatives from which on a word is common: a few in each round.
COMMON_SHARE = 1 / 1500

Objective = Negatives | Tree | Softmax


def keep_thresholds(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """How often subsampling keeps each word, as a share of 2³² (word2vec.c's formula).

    A word of frequency f is kept with probability (√(f/s) + 1) · s/f, at most 1.

    Args:
        counts: (V,), occurrences in the text.
        sample: The threshold s; 0 keeps all.
    """
    keep = np.ones(len(counts))
    total = int(counts.sum())
    if sample > 0 and total > 0:
        share = np.maximum(counts, 1) / total
        keep = np.minimum(1.0, (np.sqrt(share / sample) + 1) * (sample / share))
    return np.minimum(keep * 2**32, _FULL).astype(np.uint32)


def alias_table(weights: NDArray[np.float64]) -> NDArray[np.uint32]:
    """Walker's alias table (Vose 1991) for drawing with given weights in constant time.

    Args:
        weights: (V,), not negative, not all zero.

    Returns:
        (V, 2): column i gives i when a 32-bit random number is below [i, 0], else [i, 1].
    """
    count = len(weights)
    scaled = weights * (count / weights.sum())
    threshold = np.full(count, _FULL, np.uint32)
    other = np.arange(count, dtype=np.uint32)
    small = [i for i in range(count) if scaled[i] < 1.0]
    large = [i for i in range(count) if scaled[i] >= 1.0]
    while small and large:
        low, high = small.pop(), large[-1]
        threshold[low] = min(int(scaled[low] * 2**32), _FULL)
        other[low] = high
        scaled[high] -= 1.0 - scaled[low]
        if scaled[high] < 1.0:
            small.append(large.pop())
    # What is left differs from 1 by rounding only.
    return np.stack([threshold, other], axis=1)


def noise_weights(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """counts ** exponent, and 0 for words that do not occur."""
    occurs = counts > 0
    weights = np.zeros(len(counts))
    weights[occurs] = counts[occurs].astype(np.float64) ** exponent
    return weights


def common_words(weights: NDArray[np.float64]) -> int:
    """How many words are so frequent as negatives that every shard of a round draws them.

    All of them where the vocabulary is not in the order of its counts, or has words that must never
    be drawn: `negative.in_part` takes words that follow one another for equally frequent.

    Args:
        weights: (V,), of the noise distribution.
    """
    if weights[-1] == 0 or np.any(np.diff(weights) > 0):
        return len(weights)
    return int(np.count_nonzero(weights > COMMON_SHARE * weights.sum()))


def huffman_tree(counts: NDArray[np.int64]) -> Tree:
    """Each word's path in the Huffman tree of the counts, from the root down.

    Inner node k is row k of W′. Ties go to the node made first, so the tree is the same everywhere.
    """
    size = len(counts)
    if size == 1:
        return Tree(np.zeros(2, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    heap = [(int(count), node) for node, count in enumerate(counts)]
    heapq.heapify(heap)
    parent = np.zeros(2 * size - 1, np.int64)
    turn = np.zeros(2 * size - 1, np.int8)
    for inner in range(size, 2 * size - 1):
        lighter_count, lighter = heapq.heappop(heap)
        count, heavier = heap[0]
        parent[lighter] = parent[heavier] = inner
        turn[heavier] = 1
        heapq.heapreplace(heap, (lighter_count + count, inner))
    root = 2 * size - 2
    starts = np.zeros(size + 1, np.int64)
    nodes: list[int] = []
    signs: list[float] = []
    for word in range(size):
        path: list[int] = []
        codes: list[float] = []
        node = word
        while node != root:
            codes.append(-1.0 if turn[node] else 1.0)
            node = int(parent[node])
            path.append(node - size)
        nodes += reversed(path)
        signs += reversed(codes)
        starts[word + 1] = len(nodes)
    return Tree(starts, np.array(nodes, np.int32), np.array(signs, np.float32))


@dataclass(frozen=True, kw_only=True)
class KernelSetup:
    """What a run hands to the kernels, beside the weights.

    Attributes:
        architecture: `SkipGram` or `Cbow`.
        objective: `Negatives`, `Tree` or `Softmax` (whose buffer each worker makes anew).
        keep: uint32 (V,), subsampling thresholds.
        output_rows: Rows of W′: V, or V − 1 for the tree.
        slots: Output rows of one window at most; 0 for the exact softmax.
        common: Words that are so frequent as negatives that dividing them among the shards of a
            round would leave some windows of it with hardly any others.
        effective_words: How many equally frequent words would meet each other as rarely as the
            text's do after subsampling: 1 / Σ share².
    """

    architecture: SkipGram | Cbow
    objective: Objective
    keep: NDArray[np.uint32]
    output_rows: int
    slots: int
    common: int
    effective_words: float


def kernel_setup(
    config: TrainingConfig,
    counts: NDArray[np.int64],
    frozen: NDArray[np.uint8] | None = None,
) -> KernelSetup:
    """Builds the tables of a run.

    Args:
        config: The run's options.
        counts: int64 (V,), of the vocabulary, V ≥ 1.
        frozen: uint8 (V,), 1 for a word whose row of W must stay as it is; None for none.

    Raises:
        ConfigError: The exact softmax over too large a vocabulary.
    """
    architecture: SkipGram | Cbow = SkipGram(config.window, config.shrink_windows, frozen)
    if config.architecture == "cbow":
        exact = config.cbow_update == "exact"
        architecture = Cbow(config.window, config.shrink_windows, config.cbow_mean, exact, frozen)
    size = len(counts)
    objective: Objective
    slots, common = 0, size
    if config.loss == "negative":
        weights = noise_weights(counts, config.ns_exponent)
        objective = Negatives(alias_table(weights), config.negative, size)
        slots, common = config.negative + 1, common_words(weights)
    elif config.loss == "hierarchical":
        objective = huffman_tree(counts)
        slots = max(int(np.diff(objective.starts).max()), 1)
    else:
        check_softmax(size, config.vector_size)
        objective = Softmax(np.zeros(size, np.float32))
    keep = keep_thresholds(counts, config.sample)
    kept = counts * (keep / 2**32)
    return KernelSetup(
        architecture=architecture,
        objective=objective,
        keep=keep,
        output_rows=output_rows(config, size),
        slots=slots,
        common=common,
        effective_words=float(kept.sum() ** 2 / max(np.square(kept).sum(), 1.0)),
    )


def output_rows(config: TrainingConfig, words: int) -> int:
    """Rows of W′ for a vocabulary: one a word, or one an inner node of the tree."""
    return max(words - 1, 1) if config.loss == "hierarchical" else words


def check_softmax(words: int, vector_size: int) -> None:
    """Refuses an exact softmax whose output matrix does not stay in the cache."""
    needed = words * vector_size * 4
    if needed > SOFTMAX_BYTES:
        raise ConfigError(
            f"the exact softmax goes through all of W′ for each pair: {words:,} words × "
            f"{vector_size} dimensions are {needed / 2**20:,.0f} MB, above its bound of "
            f"{SOFTMAX_BYTES / 2**20:.0f} MB; use negative sampling or hierarchical softmax, or a "
            f"smaller vocabulary (min_count, max_final_vocab)"
        )
