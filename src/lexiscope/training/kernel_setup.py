"""Kernel setup: what a run hands to the kernels, from its options and a vocabulary's counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.architectures import Cbow, SkipGram
from lexiscope.training.losses.base import LossRule, Tables
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.ngrams import NgramIndex
from lexiscope.training.subsampling import keep_thresholds


@dataclass(frozen=True, kw_only=True)
class KernelSetup:
    """What a run hands to the kernels, beside the weights.

    Attributes:
        architecture: `SkipGram` or `Cbow`.
        rule: The loss.
        tables: Its tables (of which each worker takes its own, see `LossRule.for_worker`).
        keep: uint32 (V,), subsampling thresholds.
        output_rows: Rows of W′: V, or V − 1 for the tree.
        slots: Output rows of one window at most; 0 where they are all of W′.
        most_rows: Rows of W that a word is made of at most; 0 where words are rows themselves.
        effective_words: How many equally frequent words would meet each other as rarely as the
            text's do after subsampling: 1 / Σ share².
    """

    architecture: SkipGram | Cbow
    rule: LossRule
    tables: Tables
    keep: NDArray[np.uint32]
    output_rows: int
    slots: int
    most_rows: int
    effective_words: float


def kernel_setup(
    config: TrainingConfig,
    counts: NDArray[np.int64],
    frozen: NDArray[np.uint8] | None = None,
    ngrams: NgramIndex | None = None,
) -> KernelSetup:
    """Builds the tables of a run.

    Args:
        config: The run's options.
        counts: int64 (V,), of the vocabulary, V ≥ 1.
        frozen: uint8 (V,), 1 for a word whose row of W must stay as it is; None for none.
        ngrams: Of the vocabulary; None without subwords.

    Raises:
        ConfigError: The loss cannot serve so large a vocabulary.
    """
    rule, size = rule_of(config.loss), len(counts)
    rule.check(size, config.vector_size)
    table = None if ngrams is None else ngrams.table
    architecture: SkipGram | Cbow = SkipGram(config.window, config.shrink_windows, frozen, table)
    if config.architecture == "cbow":
        exact = config.cbow_update == "exact"
        architecture = Cbow(
            config.window, config.shrink_windows, config.cbow_mean, exact, frozen, table
        )
    tables = rule.tables(counts, config)
    keep = keep_thresholds(counts, config.sample)
    kept = counts * (keep / 2**32)
    return KernelSetup(
        architecture=architecture,
        rule=rule,
        tables=tables,
        keep=keep,
        output_rows=rule.output_rows(size),
        slots=rule.slots(tables),
        most_rows=0 if ngrams is None else ngrams.most_rows,
        effective_words=float(kept.sum() ** 2 / max(np.square(kept).sum(), 1.0)),
    )
