"""Run: the weights of one training with their words and their state, and how it is trained."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import EncodedCorpus, Vocabulary
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.progress import ProgressCallback
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.memory import padded, zeros
from lexiscope.training.loop.state import Observer, Totals, TrainingState
from lexiscope.training.loop.trainer import Trainer
from lexiscope.training.loop.weights import Weights, initial_weights
from lexiscope.training.losses.registry import rule_of
from lexiscope.vectors import KeyedVectors

FINGERPRINT_BYTES = 8
_BLOCK = 2**20
# Values hashed at a time: a view without its padding is copied first, within the cache.
_HASHED = 2**16


@dataclass
class Run:
    """A run: its trained weights, and where they came from.

    Attributes:
        config: The options.
        vocabulary: Row i of W belongs to token i.
        state: W and W′, and how far they have been trained.
        corpus_fingerprint: Of the encoded text.
        epochs_before: Epochs of earlier trainings of the same weights.
    """

    config: TrainingConfig
    vocabulary: Vocabulary
    state: TrainingState
    corpus_fingerprint: str
    epochs_before: int = 0

    @property
    def weights(self) -> Weights:
        """W and W′."""
        return self.state.weights

    @property
    def totals(self) -> Totals:
        """Losses and counts."""
        return self.state.totals

    @property
    def share(self) -> float:
        """How much of the run is done: 1.0 for a finished one."""
        return self.state.share

    @classmethod
    def restored(
        cls,
        config: TrainingConfig,
        vocabulary: Vocabulary,
        inputs: NDArray[np.float32],
        outputs: NDArray[np.float32],
        epochs_before: int = 0,
    ) -> Run:
        """A finished run around a copy of matrices that were saved.

        Args:
            config: The options that it had.
            vocabulary: Its words.
            inputs: W, float32 (V, D).
            outputs: W′, float32 (V or V − 1, D).
            epochs_before: All epochs that the weights have behind them.
        """
        columns = padded(inputs.shape[1])
        weights = Weights(
            zeros(len(inputs), columns), zeros(len(outputs), columns), inputs.shape[1]
        )
        weights.input_vectors[:] = inputs
        weights.output_vectors[:] = outputs
        state = TrainingState(weights, share=1.0)
        return cls(config, vocabulary, state, "", epochs_before)

    def begin_again(self, config: TrainingConfig) -> None:
        """Sets the weights, as they stand, to the start of another training."""
        # An epoch trained in part must not draw the same numbers again either.
        self.epochs_before += self.state.epoch + (self.state.position > 0)
        self.state = TrainingState(self.weights)
        self.config = config

    def freeze(self, frozen: NDArray[np.uint8] | None) -> None:
        """Says which words' rows of W are read but never changed.

        Args:
            frozen: uint8 (V,), 1 for such a word; None for none.
        """
        self.state.weights = replace(self.weights, frozen=frozen)

    def keyed_vectors(self) -> KeyedVectors:
        """The result; its matrices are views of the weights."""
        return KeyedVectors(
            self.vocabulary.tokens,
            self.weights.input_vectors,
            counts=self.vocabulary.counts,
            output=self.weights.output_vectors,
        )

    def fingerprint(self) -> str:
        """Sixteen hex digits that tell one result from another: of the bytes of W and W′."""
        return fingerprint_of(self.weights.input_vectors, self.weights.output_vectors)


def fingerprint_of(*matrices: NDArray[np.float32]) -> str:
    """Sixteen hex digits of the bytes of some matrices, row by row."""
    digest = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    for matrix in matrices:
        block = max(1, _HASHED // max(matrix.shape[1], 1))
        for start in range(0, len(matrix), block):
            digest.update(np.ascontiguousarray(matrix[start : start + block]).data)
    return digest.hexdigest()


def start_run(corpus: EncodedCorpus, config: TrainingConfig) -> Run:
    """A run that has not begun: fresh weights for a corpus' vocabulary.

    Raises:
        ConfigError: The exact softmax over too large a vocabulary.
    """
    words = len(corpus.vocabulary)
    rule = rule_of(config.loss)
    rule.check(words, config.vector_size)
    weights = initial_weights(config, words, rule.output_rows(words))
    return Run(config, corpus.vocabulary, TrainingState(weights), corpus.fingerprint)


def train_run(
    run: Run,
    corpus: EncodedCorpus,
    *,
    workers: int,
    ids: NDArray[np.int32] | None = None,
    progress: ProgressCallback | None = None,
    observers: Sequence[Observer] = (),
) -> None:
    """Trains what is left of a run, its weights in place.

    Args:
        run: From `start_run`, or set to where it was stopped, or to the start of another training.
        corpus: The text, encoded with the run's vocabulary.
        workers: Threads.
        ids: int32 (T,), the sentences of the text to be trained on; None for all of them.
        progress: Called about twice a second.
        observers: Called at the run's turns.

    Raises:
        ConfigError: The run stands where no run of this text can.
        CorpusError: No two words of the vocabulary are neighbours anywhere in the text.
        DivergedError: The weights went bad; the last good state has been put back if it was kept.
        Interrupted: Ctrl-C; the weights stand as they were at that moment.
    """
    ids = corpus.ids if ids is None else ids
    _check_position(run, len(ids))
    trainer = Trainer(
        ids,
        run.vocabulary,
        run.config,
        kernel_setup(run.config, run.vocabulary.counts, run.weights.frozen),
        run.state,
        workers=workers,
        tokens=corpus.report.tokens,
        epochs_before=run.epochs_before,
        progress=progress,
        observers=observers,
    )
    trainer.run()
    # Subsampling may leave a tiny text without a pair; that is chance, not a fault of the text.
    if run.totals.all_pairs == 0 and not _has_neighbours(ids):
        raise CorpusError(
            "the text has no two neighbouring words of the vocabulary, so there is nothing to "
            "learn from; expected one sentence a line (or a smaller min_count)"
        )


def _check_position(run: Run, length: int) -> None:
    """Refuses a place out of a checkpoint that is not where so much of the text is done."""
    state, epochs = run.state, run.config.epochs
    share = (state.epoch + state.position / max(length, 1)) / epochs
    if state.share < 1 and not (state.position <= length and math.isclose(share, state.share)):
        raise ConfigError(
            f"the checkpoint says that {state.share:.4%} of the run are done, but its position "
            f"{state.position:,} of {length:,} in epoch {state.epoch + 1:,} of {epochs:,} is at "
            f"{share:.4%}: it was changed after it was written; train anew, in another folder"
        )


def _has_neighbours(ids: NDArray[np.int32]) -> bool:
    """Whether two words stand side by side in some sentence."""
    for start in range(0, len(ids), _BLOCK - 1):  # blocks share an entry
        word = ids[start : start + _BLOCK] >= 0
        if np.any(word[:-1] & word[1:]):
            return True
    return False
