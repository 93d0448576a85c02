"""One run from an encoded corpus to a model, and what config.json says of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.corpus import (
    CorpusReport,
    EncodedCorpus,
    TokenizerSpec,
    Vocabulary,
    VocabularyOptions,
)
from lexiscope.errors import CorpusError, FormatError
from lexiscope.progress import ProgressCallback
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.memory import padded, zeros
from lexiscope.training.loop.trainer import Observer, Totals, Trainer, TrainingState
from lexiscope.training.loop.weights import Weights, initial_weights
from lexiscope.training.losses.registry import rule_of
from lexiscope.vectors import KeyedVectors

FINGERPRINT_BYTES = 8
_NEVER = 2**62  # a min_count that no word reaches
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
        tokens: list[str],
        counts: NDArray[np.int64],
        inputs: NDArray[np.float32],
        outputs: NDArray[np.float32],
        epochs_before: int = 0,
    ) -> Run:
        """A run around matrices that were saved, ready to go on.

        Args:
            inputs: W, float32 (V, D).
            outputs: W′, float32 (V or V − 1, D).
        """
        columns = padded(inputs.shape[1])
        weights = Weights(
            zeros(len(inputs), columns), zeros(len(outputs), columns), inputs.shape[1]
        )
        weights.input_vectors[:] = inputs
        weights.output_vectors[:] = outputs
        state = TrainingState(weights, share=1.0)
        return cls(config, Vocabulary(tokens, counts), state, "", epochs_before)

    def begin_again(self, config: TrainingConfig) -> None:
        """Sets the weights, as they stand, to the start of another training."""
        # An epoch trained in part must not draw the same numbers again either.
        self.epochs_before += self.state.epoch + (self.state.position > 0)
        self.state = TrainingState(self.weights)
        self.config = config

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
    progress: ProgressCallback | None = None,
    observers: Sequence[Observer] = (),
) -> None:
    """Trains what is left of a run, its weights in place.

    Args:
        run: From `start_run`, or set to where it was stopped, or to the start of another training.
        corpus: The text, encoded with the run's vocabulary.
        workers: Threads.
        progress: Called about twice a second.
        observers: Called at the run's turns.

    Raises:
        CorpusError: No two words of the vocabulary are neighbours anywhere in the text.
        DivergedError: The weights went bad; the last good state has been put back if it was kept.
        Interrupted: Ctrl-C; the weights stand as they were at that moment.
    """
    trainer = Trainer(
        corpus.ids,
        run.vocabulary.tokens,
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
    if run.totals.all_pairs == 0 and not _has_neighbours(corpus.ids):
        raise CorpusError(
            "the text has no two neighbouring words of the vocabulary, so there is nothing to "
            "learn from; expected one sentence a line (or a smaller min_count)"
        )


def fixed_vocabulary(vocabulary: Vocabulary) -> VocabularyOptions:
    """Options that encode another text with a vocabulary as it is; other words are left out."""
    # Every word stands at its row already: that is what special tokens are.
    return VocabularyOptions(min_count=_NEVER, specials=tuple(vocabulary.tokens))


def _has_neighbours(ids: NDArray[np.int32]) -> bool:
    """Whether two words stand side by side in some sentence."""
    for start in range(0, len(ids), _BLOCK - 1):  # blocks share an entry
        word = ids[start : start + _BLOCK] >= 0
        if np.any(word[:-1] & word[1:]):
            return True
    return False


def metadata(
    run: Run, corpus: CorpusReport, tokenizer: TokenizerSpec, vocabulary: VocabularyOptions
) -> dict[str, Any]:
    """What config.json keeps of a run."""
    totals = run.totals
    most = vocabulary.max_final_vocab
    # Without a pair there is no mean loss; JSON has no NaN.
    losses = [loss if math.isfinite(loss) else None for loss in totals.epoch_losses]
    return {
        "lexiscope": __version__,
        "training": run.config.to_json(),
        "tokenizer": {
            "kind": tokenizer.kind,
            "lowercase": tokenizer.lowercase,
            "stopwords": sorted(tokenizer.stopwords),
            "comments": tokenizer.comments,
        },
        "vocabulary": {
            "words": len(run.vocabulary),
            "min_count": int(vocabulary.min_count),
            "effective_min_count": corpus.effective_min_count,
            "max_final_vocab": None if most is None else int(most),
            "order": vocabulary.order,
            "specials": list(vocabulary.specials),
            "keep": list(vocabulary.keep),
        },
        "corpus": {"fingerprint": run.corpus_fingerprint, **corpus.to_json()},
        "result": {
            "finished": run.share >= 1.0,
            "share": run.share,
            "epochs_before": run.epochs_before,
            "pairs": totals.all_pairs,
            "windows": totals.centers,
            "epoch_losses": losses,
            "final_loss": losses[-1] if losses else None,
            "seconds": totals.seconds,
            "fingerprint": run.fingerprint(),
        },
    }


def options_of(
    document: dict[str, Any], path: Path
) -> tuple[TrainingConfig, TokenizerSpec, VocabularyOptions]:
    """The options that a run began with, from its config.json.

    Raises:
        FormatError: They are not all there, or of another version.
    """
    try:
        tokenizer, vocabulary = document["tokenizer"], document["vocabulary"]
        return (
            TrainingConfig(**document["training"]),
            TokenizerSpec(**{**tokenizer, "stopwords": frozenset(tokenizer["stopwords"])}),
            VocabularyOptions(
                min_count=vocabulary["min_count"],
                max_final_vocab=vocabulary["max_final_vocab"],
                order=vocabulary["order"],
                specials=tuple(vocabulary["specials"]),
                keep=tuple(vocabulary["keep"]),
            ),
        )
    except (KeyError, TypeError) as error:
        raise FormatError(
            path,
            "config.json",
            f"lacks a training option ({error}); was it written by version "
            f"{document.get('lexiscope', '?')} of lexiscope? this is {__version__}",
        ) from None
