"""From a vocabulary's counts to what the kernels need: subsampling, the noise table, the tree."""

from __future__ import annotations

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
    # Python's numbers: NumPy's, one by one, take four times as long.
    scaled = (weights * (count / weights.sum())).tolist()
    threshold = [_FULL] * count
    other = list(range(count))
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
    return np.stack([threshold, other], axis=1, dtype=np.uint32, casting="unsafe")


def noise_weights(counts: NDArray[np.int64], exponent: float) -> NDArray[np.float64]:
    """counts ** exponent, and 0 for words that do not occur."""
    occurs = counts > 0
    weights = np.zeros(len(counts))
    weights[occurs] = counts[occurs].astype(np.float64) ** exponent
    return weights


def common_words(weights: NDArray[np.float64]) -> int:
    """How many words are so frequent as negatives that every shard of a round draws them.

    All of them where the vocabulary is not in the order of its counts, or has words that must never
    be drawn: `negative.in_share` takes words that follow one another for equally frequent.

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
    parents, turns = _merged(counts)
    return Tree(*_paths(parents, turns, size))


def _merged(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Each node's parent and side, 1 for the heavier; the root's parent is itself.

    The lightest two nodes are merged again and again. Sums come about in order of their size, so
    that the lightest node is the first of the words that are left or the first of the sums (van
    Leeuwen 1976).
    """
    size = len(counts)
    order = np.argsort(counts, kind="stable").tolist()
    words = [(count, node) for count, node in zip(counts[order].tolist(), order, strict=True)]
    beyond = (int(counts.sum()) + 1, 2 * size)
    words.append(beyond)
    sums: list[tuple[int, int]] = []
    word = merged = 0
    parents, turns = [0] * (2 * size - 1), [0] * (2 * size - 1)
    for inner in range(size, 2 * size - 1):
        total = 0
        for turn in (0, 1):
            lightest = sums[merged] if merged < len(sums) else beyond
            if words[word] <= lightest:
                lightest = words[word]
                word += 1
            else:
                merged += 1
            count, node = lightest
            parents[node], turns[node] = inner, turn
            total += count
        sums.append((total, inner))
    parents[-1] = 2 * size - 2
    return np.array(parents, np.int64), np.array(turns, np.int8)


def _paths(
    parents: NDArray[np.int64], turns: NDArray[np.int8], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """All words' paths, as `Tree` has them."""
    root = 2 * size - 2
    climbing, levels = np.arange(size), []
    while (moving := climbing != root).any():
        levels.append((moving, parents[climbing] - size, turns[climbing]))
        climbing = parents[climbing]
    lengths = np.sum([moving for moving, _, _ in levels], axis=0)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    nodes = np.zeros(starts[-1], np.int32)
    signs = np.zeros(starts[-1], np.float32)
    for height, (moving, inner, turn) in enumerate(levels):
        places = starts[1:][moving] - 1 - height  # from the root down, and this goes up
        nodes[places] = inner[moving]
        signs[places] = np.where(turn[moving] == 1, -1.0, 1.0)
    return starts, nodes, signs


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
    check_objective(config, len(counts))
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


def check_objective(config: TrainingConfig, words: int) -> None:
    """Refuses the exact softmax over too large a vocabulary.

    Raises:
        ConfigError: It is, see `check_softmax`.
    """
    if config.loss == "softmax":
        check_softmax(words, config.vector_size)


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
