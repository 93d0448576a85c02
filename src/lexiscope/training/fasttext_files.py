"""Runs out of fastText's `.bin` files, to be trained further, and back into them."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import Vocabulary
from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import tokens
from lexiscope.files.cursor import Cursor
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import Matrix
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.fasttext.file import SUPERVISED, Model, read_model
from lexiscope.training.config import TrainingConfig
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.ngrams import ngram_index
from lexiscope.training.run import Run, fresh_run

_HIERARCHICAL, _NEGATIVE, _SOFTMAX = 1, 2, 3
_BLOCK = 2**14
_OTHERS = {"wordNgrams": 1, "lrUpdateRate": 100}


class UnsupportedModelError(FormatError, NotImplementedError):
    """A file is sound, but of a kind that is not trained here."""


@dataclass(frozen=True, kw_only=True)
class FastTextRun:
    """A run out of a file.

    Attributes:
        run: It, as if it had just been finished.
        min_count: The least count that let a word in.
        tokens: Words of the text that it was trained on.
        notes: What could not be taken over, a line each.
    """

    run: Run
    min_count: int
    tokens: int
    notes: list[str]


def read_fasttext(path: str | PathLike[str]) -> FastTextRun:
    """Reads a fastText `.bin` with all that training needs.

    Args:
        path: The file.

    Raises:
        FormatError: It is not whole and sound.
        UnsupportedModelError: It is supervised, or quantised: a NotImplementedError, as in gensim.
    """
    path = Path(path)
    with mapped(path) as data:
        model = read_model(Cursor(data, path))
        if model.arguments["model"] == SUPERVISED:
            raise UnsupportedModelError(
                path, None, "is a supervised model, a classifier; expected one of skipgram or cbow"
            )
        if not isinstance(model.inputs, np.ndarray) or not isinstance(model.output, np.ndarray):
            raise UnsupportedModelError(
                path,
                None,
                "is quantised, so that it cannot be trained further; expected a .bin (open it with "
                "load_facebook_vectors for its vectors)",
            )
        return _restored(path, model, model.inputs, model.output)


def _restored(path: Path, model: Model, inputs: Matrix, output: Matrix) -> FastTextRun:
    dictionary, arguments = model.dictionary, model.arguments
    words, notes = len(dictionary.words), []
    names = [tokens.decode(word) for word in dictionary.words]
    config = _config(path, model)
    vocabulary = Vocabulary(names, np.maximum(dictionary.counts, 1))
    ngrams = None
    parts = [inputs[:words]]
    if config.subwords is not None:
        rows = inputs[words:]
        # What nobody has trained is zero in our own files, and need not be kept.
        ngrams = ngram_index(names, config.subwords, config.buckets, _told(rows))
        parts.append(rows)
    run = fresh_run(vocabulary, config, ngrams)
    weights = run.weights
    weights.trained[:words, : weights.dimension] = parts[0]
    if ngrams is not None:
        for start in range(0, len(ngrams.used), _BLOCK):
            some = ngrams.used[start : start + _BLOCK]
            target = weights.rows[words + start : words + start + len(some)]
            target[:, : weights.dimension] = parts[1][some]
    if config.loss == "hierarchical":
        notes.append(
            "W′ begins at zero: fastText's file does not say which nodes its rows stand for"
        )
    elif len(output) == words:
        weights.output_vectors[:] = output
    run.state.share = 1.0
    run.epochs_before = config.epochs
    return FastTextRun(
        run=run, min_count=arguments["minCount"], tokens=dictionary.tokens, notes=notes
    )


def _told(rows: Matrix) -> NDArray[np.int32]:
    """The buckets whose rows are not all zeros."""
    found = [
        start + np.flatnonzero(rows[start : start + _BLOCK].any(axis=1))
        for start in range(0, len(rows), _BLOCK)
    ]
    return np.concatenate([np.zeros(0, np.int64), *found]).astype(np.int32)


def _config(path: Path, model: Model) -> TrainingConfig:
    """A file's options by our names."""
    arguments = model.arguments
    lengths = (arguments["minn"], arguments["maxn"])
    has_ngrams = 1 <= lengths[0] <= lengths[1] and arguments["bucket"] > 0
    loss: TrainedLoss = "hierarchical" if arguments["loss"] == _HIERARCHICAL else "negative"
    try:
        return TrainingConfig(
            architecture="cbow" if arguments["model"] == 1 else "skipgram",
            loss=loss,
            vector_size=arguments["dim"],
            window=arguments["ws"],
            epochs=max(arguments["epoch"], 1),
            negative=arguments["neg"] if loss == "hierarchical" else max(arguments["neg"], 1),
            sample=model.sample,
            alpha=0.025,  # which the file does not say, and gensim takes then
            subwords=lengths if has_ngrams else None,
            buckets=max(arguments["bucket"], 1),
        )
    except ConfigError as error:
        raise FormatError(path, None, f"its options are no model's ({error})") from error


def write_fasttext(
    path: str | PathLike[str], run: Run, min_count: int, others: dict[str, int] | None = None
) -> None:
    """Writes a run as a fastText `.bin`, with a row for each bucket.

    W′ is written where its rows belong to words; fastText has no other order of a tree's nodes.

    Args:
        path: The file.
        run: What is written.
        min_count: The least count that let a word in.
        others: More of fastText's arguments, by its names.

    Raises:
        FormatError: A word cannot stand in such a file.
        OSError: The disk is full or cannot be written to.
    """
    config, data = run.config, run.data()
    data.metadata = {"fasttext": {**_arguments(config, min_count), **_OTHERS, **(others or {})}}
    if config.loss != "negative":
        data.output = None
    fasttext.write(Path(path), data)


def _arguments(config: TrainingConfig, min_count: int) -> dict[str, Any]:
    """A run's options by fastText's names."""
    losses = {"hierarchical": _HIERARCHICAL, "negative": _NEGATIVE}
    return {
        "ws": config.window,
        "epoch": config.epochs,
        "minCount": min_count,
        "neg": config.negative,
        "loss": losses.get(config.loss, _SOFTMAX),
        "model": 2 if config.architecture == "skipgram" else 1,
        "t": config.sample,
    }
