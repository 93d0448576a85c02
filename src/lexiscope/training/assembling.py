"""Runs put together from parts: vectors, rows of W′ and counts that come from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import Vocabulary
from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Matrix, Rows
from lexiscope.training.config import TrainingConfig
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.ngrams import ngram_index
from lexiscope.training.run import Run, fresh_run

_BLOCK = 2**14


def counted(
    words: Mapping[Any, int] | Sequence[tuple[Any, int]],
) -> tuple[Vocabulary, frozenset[str]]:
    """A vocabulary of words with their counts, and which of them are whole numbers.

    Args:
        words: (word, count) in the order of the rows; a word is a string or a whole number.

    Raises:
        ConfigError: A word stands there twice, as a number and as its text.
    """
    pairs = list(words.items() if isinstance(words, Mapping) else words)
    integers = frozenset(str(word) for word, _ in pairs if not isinstance(word, str))
    return Vocabulary([str(word) for word, _ in pairs], [count for _, count in pairs]), integers


def run_around(
    config: TrainingConfig,
    words: Sequence[tuple[Any, int]],
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32] | None = None,
    before: Run | None = None,
) -> Run:
    """A run whose W is a copy of some vectors, to be trained further.

    Args:
        config: Its options; their vector_size is that of the vectors.
        words: (word, count) of each row.
        inputs: float (V, D).
        outputs: W′, with the rows that the loss gives it; or None for those of `before`, and zeros.
        before: The run that had rows of W′ for some of the words; of the same loss.

    Raises:
        ConfigError: The matrices are not of the shapes that the options expect.
    """
    vocabulary, integers = counted(words)
    rows = rule_of(config.loss).output_rows(len(vocabulary))
    expected = {"vectors": (len(vocabulary), config.vector_size)}
    expected["output vectors"] = (rows, config.vector_size)
    for name, matrix in (("vectors", inputs), ("output vectors", outputs)):
        if matrix is not None and matrix.shape != expected[name]:
            raise ConfigError(
                f"got {name} of shape {matrix.shape} for {len(vocabulary):,} words; expected "
                f"{expected[name]}"
            )
    run = fresh_run(vocabulary, config)
    run.integers = integers
    run.weights.input_vectors[:] = inputs
    if outputs is not None:
        run.weights.output_vectors[:] = outputs
    elif before is not None:
        run.epochs_before = before.epochs_before + before.state.epoch
        _keep_outputs(run, before)
    return run


def run_of_rows(
    config: TrainingConfig,
    vocabulary: Vocabulary,
    own: Matrix,
    rows: Rows,
    outputs: NDArray[np.float32] | None,
) -> Run:
    """A run with subwords whose W is a copy of rows that come from elsewhere.

    Args:
        config: Its options, with subwords.
        vocabulary: V words.
        own: The words' own rows, V×D.
        rows: A row a bucket, buckets×D; those of zeros that no word uses are not kept.
        outputs: W′, with the rows that the loss gives it; None for zeros.

    Raises:
        ConfigError: The loss cannot serve so large a vocabulary.
    """
    if config.subwords is None:
        raise ConfigError("the options have no subwords; expected the n-grams' lengths")
    kept = [
        start + np.flatnonzero(rows[start : min(start + _BLOCK, config.buckets)].any(axis=1))
        for start in range(0, config.buckets, _BLOCK)
    ]
    told = np.concatenate(kept).astype(np.int32)
    ngrams = ngram_index(vocabulary.tokens, config.subwords, config.buckets, told)
    run = fresh_run(vocabulary, config, ngrams)
    weights, words = run.weights, len(vocabulary)
    target = weights.trained[:, : weights.dimension]
    target[:words] = own
    for start in range(0, len(ngrams.used), _BLOCK):
        some = ngrams.used[start : start + _BLOCK]
        target[words + start : words + start + len(some)] = rows[some]
    if outputs is not None:
        weights.output_vectors[:] = outputs
    return run


def _keep_outputs(run: Run, before: Run) -> None:
    """Takes over the rows of W′ that belong to words of both runs."""
    if run.config.loss != before.config.loss or not rule_of(run.config.loss).words_have_rows:
        return
    if run.config.vector_size != before.config.vector_size:
        return
    index = before.vocabulary.index
    places = np.array([index.get(token, -1) for token in run.vocabulary.tokens], np.int64)
    rows = np.flatnonzero(places >= 0)
    run.weights.output_vectors[rows] = before.weights.output_vectors[places[rows]]
