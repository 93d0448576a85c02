"""Run: the weights of one training with their words and their state, and how it is trained."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import EncodedCorpus, Vocabulary
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.formats import VectorsData
from lexiscope.formats.contract import Subwords
from lexiscope.progress import ProgressCallback
from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda.device import Device
from lexiscope.training.cuda.schedule import gpu_course
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.loop.machine import ThisMachine
from lexiscope.training.loop.parts import Exchange, Machines, PartsJob
from lexiscope.training.loop.schedules import Course, course_in_parts, new_course
from lexiscope.training.loop.state import Observer, Totals, TrainingState
from lexiscope.training.loop.trainer import Trainer
from lexiscope.training.loop.weights import Weights, initial_weights, laid_out
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.ngrams import NgramIndex, ngram_index
from lexiscope.vectors import KeyedVectors

FINGERPRINT_BYTES = 8
_BLOCK = 2**20
Vectors = TypeVar("Vectors", bound=KeyedVectors)
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
        integers: Words that were given as whole numbers, as the vocabulary has them: the text.
    """

    config: TrainingConfig
    vocabulary: Vocabulary
    state: TrainingState
    corpus_fingerprint: str
    epochs_before: int = 0
    integers: frozenset[str] = frozenset()

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
        inputs: Sequence[NDArray[np.float32]],
        outputs: NDArray[np.float32],
        epochs_before: int = 0,
        ngrams: NgramIndex | None = None,
    ) -> Run:
        """A finished run around a copy of matrices that were saved.

        Args:
            config: The options that it had.
            vocabulary: Its words.
            inputs: W, float32 (V, D); in two parts where its last rows are those of n-grams.
            outputs: W′, float32 (V or V − 1, D).
            epochs_before: All epochs that the weights have behind them.
            ngrams: Of its words; None without subwords.

        Raises:
            ConfigError: The n-grams are not those of its words.
        """
        rows = sum(map(len, inputs))
        if ngrams is not None and rows != ngrams.rows:
            raise ConfigError(
                f"the model has {rows:,} rows of words and n-grams, but its words need "
                f"{ngrams.rows:,}: its files are not of one model"
            )
        state = TrainingState(laid_out(inputs, outputs, ngrams=ngrams), share=1.0)
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

    def keys(self) -> list[Any]:
        """The words as they were given: strings, and whole numbers where those were."""
        tokens = self.vocabulary.tokens
        if not self.integers:
            return list(tokens)
        return [int(token) if token in self.integers else token for token in tokens]

    def keyed_vectors(self) -> KeyedVectors:
        """The result; its matrices are views of the weights."""
        return self.vectors_as(KeyedVectors)

    def vectors_as(self, kind: type[Vectors]) -> Vectors:
        """The result, as keyed vectors of some class."""
        return kind.from_data(replace(self.data(), tokens=self.keys()))

    def data(self) -> VectorsData:
        """The words and matrices as a format's writer takes them; nothing is copied."""
        return VectorsData(
            self.vocabulary.tokens,
            self.weights.input_vectors,
            self.vocabulary.counts,
            self.weights.output_vectors,
            subwords=self._subwords(),
            distinct=True,
        )

    def _subwords(self) -> Subwords | None:
        weights = self.weights
        if weights.ngrams is None:
            return None
        return weights.ngrams.subwords(weights.rows[:, : weights.dimension])

    def fingerprint(self) -> str:
        """Sixteen hex digits that tell one result from another: of the bytes of W and W′."""
        weights = self.weights
        return fingerprint_of(weights.rows[:, : weights.dimension], weights.output_vectors)


def fingerprint_of(*matrices: NDArray[np.float32]) -> str:
    """Sixteen hex digits of the bytes of some matrices, row by row."""
    digest = hashlib.blake2b(digest_size=FINGERPRINT_BYTES)
    for matrix in matrices:
        block = max(1, _HASHED // max(matrix.shape[1], 1))
        for start in range(0, len(matrix), block):
            digest.update(np.ascontiguousarray(matrix[start : start + block]).data)
    return digest.hexdigest()


def start_run(
    corpus: EncodedCorpus, config: TrainingConfig, ngrams: NgramIndex | None = None
) -> Run:
    """A run that has not begun: fresh weights for a corpus' vocabulary.

    Args:
        corpus: The text.
        config: The options.
        ngrams: Those of its vocabulary, where somebody has looked for them already.

    Raises:
        ConfigError: The exact softmax over too large a vocabulary.
    """
    run = fresh_run(corpus.vocabulary, config, ngrams)
    run.corpus_fingerprint, run.integers = corpus.fingerprint, corpus.integers
    return run


def fresh_run(
    vocabulary: Vocabulary, config: TrainingConfig, ngrams: NgramIndex | None = None
) -> Run:
    """A run that has not begun, of a vocabulary whose text has not been seen.

    Args:
        vocabulary: The words.
        config: The options.
        ngrams: Those of the words, where somebody has looked for them already.

    Raises:
        ConfigError: The exact softmax over too large a vocabulary.
    """
    words = len(vocabulary)
    rule = rule_of(config.loss)
    rule.check(words, config.vector_size)
    if ngrams is None:
        ngrams = ngrams_of(vocabulary, config)
    weights = initial_weights(config, words, rule.output_rows(words), ngrams)
    return Run(config, vocabulary, TrainingState(weights), "")


def ngrams_of(
    vocabulary: Vocabulary, config: TrainingConfig, kept: NDArray[np.int32] | None = None
) -> NgramIndex | None:
    """The n-grams of a vocabulary's words; None where the options ask for none.

    Args:
        vocabulary: The words.
        config: The options.
        kept: Buckets that have rows already, in whose order they stay.
    """
    if config.subwords is None:
        return None
    return ngram_index(vocabulary.tokens, config.subwords, config.buckets, kept)


def train_run(
    run: Run,
    corpus: EncodedCorpus,
    *,
    workers: int,
    ids: NDArray[np.int32] | None = None,
    device: Device | None = None,
    progress: ProgressCallback | None = None,
    observers: Sequence[Observer] = (),
    machines: Machines | None = None,
) -> None:
    """Trains what is left of a run, its weights in place.

    Args:
        run: From `start_run`, or set to where it was stopped, or to the start of another training.
        corpus: The text, encoded with the run's vocabulary.
        workers: Threads.
        ids: int32 (T,), the sentences of the text to be trained on; None for all of them.
        device: The GPU that trains; None for the threads.
        progress: Called about twice a second.
        observers: Called at the run's turns.
        machines: Who trains a text in parts; None for this process.

    Raises:
        ConfigError: The run stands where no run of this text can.
        CorpusError: No two words of the vocabulary are neighbours anywhere in the text.
        DivergedError: The weights went bad; the last good state has been put back if it was kept.
        Interrupted: Ctrl-C; the weights stand as they were at that moment.
    """
    ids = corpus.ids if ids is None else ids
    _check_position(run, len(ids))
    if machines is None and run.config.parts is not None:
        machines = ThisMachine(workers)
    trainer = Trainer(
        ids,
        run.vocabulary,
        run.config,
        _course_of(run, ids, workers, device, machines),
        run.state,
        workers=workers,
        tokens=corpus.report.tokens,
        epochs_before=run.epochs_before,
        progress=progress,
        observers=observers,
        machines=machines,
    )
    trainer.run()
    # Subsampling may leave a tiny text without a pair; that is chance, not a fault of the text.
    if run.totals.all_pairs == 0 and not _has_neighbours(ids):
        raise CorpusError(
            "the text has no two neighbouring words of the vocabulary, so there is nothing to "
            "learn from; expected one sentence a line, its words parted by spaces or by the "
            "tokenizer that is named (or a smaller min_count)"
        )


def _course_of(
    run: Run,
    ids: NDArray[np.int32],
    workers: int,
    device: Device | None,
    machines: Machines | None,
) -> Course:
    """Who trains: a GPU, machines a text in parts, or threads of this process."""
    config, weights = run.config, run.weights
    setup = kernel_setup(config, run.vocabulary.counts, weights.frozen, weights.ngrams)
    if device is not None:
        return gpu_course(device, ids, setup, weights)
    if config.parts is None or machines is None:
        return new_course(config.schedule, ids, setup, weights, workers)
    job = PartsJob(
        config=config,
        counts=run.vocabulary.counts,
        frozen=weights.frozen,
        tokens=len(ids),
        exchange=Exchange(every=config.exchange_every),
    )
    return course_in_parts(ids, setup, weights, job, machines)


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
