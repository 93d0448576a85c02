"""Loss on text that is held out of training: the sentences, and the measuring.

The held-out loss is counted as the training loss is (the same windows' rule, subsampling and
number of negatives), so that the two can be set side by side, and always with the same random
draws, so that one epoch can be set beside another.
"""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import EncodedCorpus, TokenizerSpec, encode_corpus
from lexiscope.corpus.passes.spool import Spool
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.errors import ConfigError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import KernelSetup, kernel_setup
from lexiscope.training.kernels.common import (
    SENTENCE_END,
    Span,
    Text,
    epoch_key,
    new_tally,
    random_bits,
)
from lexiscope.training.kernels.groups import new_scratch
from lexiscope.training.kernels.windows import measure_span
from lexiscope.training.loop.schedules import CHUNK
from lexiscope.training.loop.weights import Weights
from lexiscope.training.run import Run

Validation = float | str | None
"""A share of the sentences, a text's path, or nothing to measure the held-out loss on."""

MAX_TOKENS = 200_000
# Multiply-adds for the scores of one measurement, so that wide windows, long paths and losses that
# go through all of W′ end in seconds as well.
MAX_PRODUCTS = 10**10
# No epoch of any run has this number, so no window is drawn as in training.
_EPOCH = -1
_BLOCK = 2**20


def validation_source(given: Any) -> Validation:
    """What to measure the held-out loss on, as its user wrote it.

    Args:
        given: A share of the sentences, as a number or in digits; the path of a text; or None.

    Raises:
        ConfigError: A share that is not between 0 and 1, or something else.
    """
    if given is None:
        return None
    if isinstance(given, PathLike):
        return str(fspath(given))
    if isinstance(given, str):
        try:
            given = float(given)
        except ValueError:
            return str(given)
    check_share(given)
    return float(given)


def check_share(fraction: float) -> None:
    """Refuses a share of the sentences that would leave none on one side.

    Raises:
        ConfigError: It is not between 0 and 1.
    """
    if not isinstance(fraction, Real) or isinstance(fraction, bool) or not 0 < fraction < 1:
        raise ConfigError(
            f"validation is {fraction}; expected a share of the sentences between 0 and 1, such as "
            f"0.01, or a file"
        )


def split_sentences(
    ids: NDArray[np.int32], fraction: float, seed: int, cache_dir: Path | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Divides a text into one to measure on and one to train on, by whole sentences.

    A sentence's side is decided by a hash of its number and the seed: the same for any number of
    workers, and the same sentences whatever comes after them.

    Args:
        ids: int32 (T,), the encoded corpus, −1 at the end of each sentence.
        fraction: Share of the sentences to hold out, between 0 and 1.
        seed: Of the choice.
        cache_dir: A folder for the two texts; None for the system's temporary folder.

    Returns:
        (held-out ids, training ids): read-only, mapped from files without a name.

    Raises:
        ConfigError: The fraction is not between 0 and 1, or leaves no sentence on one side.
        CorpusError: The disk is full, or the folder cannot be written to.
    """
    check_share(fraction)
    threshold = np.uint64(min(int(fraction * 2**64), 2**64 - 1))
    key = epoch_key(seed, _EPOCH)
    sentences = 0
    with Spool(cache_dir, np.int32) as held_out, Spool(cache_dir, np.int32) as training:
        for block, numbers in _numbered_blocks(ids):
            first = int(numbers[0])
            chosen = random_bits(key, first, int(numbers[-1]) + 1) < threshold
            outside = chosen[numbers - first]
            held_out.append(block[outside])
            training.append(block[~outside])
            sentences = int(numbers[-1]) + int(block[-1] == SENTENCE_END)
        if held_out.size == 0 or training.size == 0:
            what = "to measure on" if held_out.size == 0 else "to train on"
            raise ConfigError(
                f"validation is {fraction:g}, which of {sentences:,} sentences leaves none {what}; "
                f"try another share, or name a file"
            )
        return held_out.map(), training.map()


class HeldOutLoss:
    """The mean loss a pair over held-out text.

    Of a long text some sentences are taken, evenly spaced: at most 200,000 tokens, and fewer where
    a token is much work.

    Args:
        ids: int32 (T,), the held-out text, encoded with the run's vocabulary.
        config: The run's options.
        setup: The kernels' tables, made from the same.
        weights: W and W′, measured as they stand at each call.

    Attributes:
        tokens: Words in the part that is measured on.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        config: TrainingConfig,
        setup: KernelSetup,
        weights: Weights,
    ) -> None:
        self._weights = weights
        self._setup = setup
        self._ids = _sample(ids, _affordable_tokens(config, setup))
        self.tokens = int(np.count_nonzero(self._ids >= 0))
        # The same for all seeds: runs that differ in nothing else can be compared.
        self._key = epoch_key(0, _EPOCH)
        self._text = Text(self._ids, setup.keep)
        self._scratch = new_scratch(
            weights.rows.shape[1],
            setup.architecture.size,
            setup.slots,
            most_rows=setup.most_rows,
        )
        self._tables = setup.rule.for_worker(setup.tables)
        self._measure(0, 0)  # compiles the kernel, where it has not been yet

    def measure(self) -> float:
        """The mean loss a pair with the weights as they stand; they are only read.

        With the same weights the answer is the same, whatever was done between.

        Returns:
            The loss; NaN where the text gives no pair, or the loss is not finite.
        """
        loss, pairs = 0.0, 0
        for begin in range(0, len(self._ids), CHUNK):
            more, count = self._measure(begin, min(begin + CHUNK, len(self._ids)))
            loss, pairs = loss + more, pairs + count
        return loss / pairs if pairs else float("nan")

    def _measure(self, begin: int, end: int) -> tuple[float, int]:
        """(sum of the losses, pairs) of the windows in a span."""
        tally = new_tally()
        bad = measure_span(
            self._text,
            Span(begin, end, self._key, 0.0, 0.0, 0.0),
            self._weights.rows,
            self._weights.outputs,
            self._setup.architecture,
            self._tables,
            self._scratch,
            tally,
        )
        loss = float("nan") if bad >= 0 else float(tally.loss[0])
        return loss, int(tally.pairs[0])


def held_out_of(
    validation: Validation,
    run: Run,
    corpus: EncodedCorpus,
    *,
    tokenizer: TokenizerSpec,
    phrases: PhraseOptions | None,
    workers: int,
) -> tuple[HeldOutLoss | None, NDArray[np.int32]]:
    """What measures a run's held-out loss, if it is to be measured.

    Args:
        validation: A share of the sentences, a text's path, or None.
        run, corpus: The run and its text.
        tokenizer, phrases, workers: How to read a text of its own.

    Returns:
        What measures it, or None; and int32 (T,), the sentences that are left to train on.

    Raises:
        ConfigError: The share leaves nothing on one side.
        CorpusError: The text cannot be used.
    """
    ids = corpus.ids
    if validation is None:
        return None, ids
    if isinstance(validation, float):
        held_out, ids = split_sentences(ids, validation, run.config.seed, None)
    else:
        held_out = encode_corpus(
            files=validation,
            tokenizer=tokenizer,
            vocabulary=run.vocabulary,
            phrases=phrases,
            workers=workers,
        ).ids
    setup = kernel_setup(run.config, run.vocabulary.counts, ngrams=run.weights.ngrams)
    return HeldOutLoss(held_out, run.config, setup, run.weights), ids


def _numbered_blocks(
    ids: NDArray[np.int32],
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]]:
    """The text in blocks, with the number of the sentence that each position belongs to."""
    before = 0
    for start in range(0, len(ids), _BLOCK):
        block = np.asarray(ids[start : start + _BLOCK])
        ends = block == SENTENCE_END
        yield block, before + np.cumsum(ends, dtype=np.int64) - ends
        before += int(np.count_nonzero(ends))


def _affordable_tokens(config: TrainingConfig, setup: KernelSetup) -> int:
    """How many tokens can be measured on in a second or so."""
    pairs = 1
    if config.architecture == "skipgram":
        pairs = config.window + 1 if config.shrink_windows else 2 * config.window
    products = pairs * setup.rule.row_products(setup.tables) * config.vector_size
    return max(1, min(MAX_TOKENS, int(MAX_PRODUCTS / products)))


def _sample(ids: NDArray[np.int32], most: int) -> NDArray[np.int32]:
    """Evenly spaced sentences of a text, about `most` tokens in all and never more."""
    total = len(ids)
    parts: list[NDArray[np.int32]] = []
    size = 0
    for block, numbers in _numbered_blocks(ids):
        if total <= most:
            part = block
        else:
            # A share most/T of the sentences, and so, but for chance, of the tokens.
            part = block[(numbers + 1) * most // total > numbers * most // total]
        parts.append(part[: most - size])
        size += len(parts[-1])
        if size == most:
            break
    sample = np.concatenate([*parts, np.empty(0, np.int32)])
    if not (sample >= 0).any() and total:
        # Sentences longer than the whole sample: the beginning of one is better than nothing.
        sample = np.array(ids[:most], np.int32)
    # As the encoded corpus is, so that the kernel compiled for that serves here too.
    sample.flags.writeable = False
    return sample
