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
from lexiscope.training.assembling import run_of_rows
from lexiscope.training.config import TrainingConfig
from lexiscope.training.losses.hierarchical import rows_in_tree
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.run import Run, fresh_run

_HIERARCHICAL, _NEGATIVE, _SOFTMAX = 1, 2, 3
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
    dictionary, notes = model.dictionary, []
    words = len(dictionary.words)
    config = _config(path, model)
    names = [tokens.decode(word) for word in dictionary.words]
    vocabulary = Vocabulary(names, np.maximum(dictionary.counts, 1))
    outputs: NDArray[np.float32] | None = output if len(output) == words else None
    if config.loss == "hierarchical" and outputs is not None:
        outputs, lost = _nodes(vocabulary.counts, outputs)
        if lost:
            notes.append(
                f"{lost:,} of the {words - 1:,} inner nodes of fastText's Huffman tree part other "
                f"words than ours, as words of the same count may stand anywhere; their rows of W′ "
                f"begin at zero"
            )
    if config.subwords is None:
        run = fresh_run(vocabulary, config)
        run.weights.input_vectors[:] = inputs[:words]
        if outputs is not None:
            run.weights.output_vectors[:] = outputs
    else:
        run = run_of_rows(config, vocabulary, inputs[:words], inputs[words:], outputs)
    run.state.share = 1.0
    run.epochs_before = config.epochs
    least = model.arguments["minCount"]
    return FastTextRun(run=run, min_count=least, tokens=dictionary.tokens, notes=notes)


def _nodes(
    counts: NDArray[np.int64], output: NDArray[np.float32]
) -> tuple[NDArray[np.float32], int]:
    """W′ of our tree out of fastText's, and how many rows it has none for.

    fastText's tree is made as word2vec.c's; of two that are equally light it merges the inner node
    first, and its score is that of the heavier side, where ours is that of the lighter.
    """
    rows = np.zeros((max(len(counts) - 1, 1), output.shape[1]), np.float32)
    if len(counts) == 1:
        return rows, 0
    sources, signs = rows_in_tree(counts, *_paths(counts))
    found = np.flatnonzero(sources >= 0)
    rows[found] = -signs[found, None] * output[sources[found]]
    return rows, len(rows) - len(found)


def _paths(
    counts: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Each word's path in fastText's tree, as `rows_in_tree` takes it (dictionary.cc, model.cc)."""
    words = len(counts)
    weights = [*counts.tolist(), *[1 << 62] * (words - 1)]
    parents, heavier = [0] * (2 * words - 1), [0] * (2 * words - 1)
    leaf, node = words - 1, words
    for inner in range(words, 2 * words - 1):
        weight = 0
        for side in (0, 1):
            if leaf >= 0 and weights[leaf] < weights[node]:
                lightest, leaf = leaf, leaf - 1
            else:
                lightest, node = node, node + 1
            parents[lightest], heavier[lightest] = inner, side
            weight += weights[lightest]
        weights[inner] = weight
    starts, nodes, turns = [0], [], []
    for word in range(words):
        place = word
        while place != 2 * words - 2:
            turns.append(heavier[place])
            place = parents[place]
            nodes.append(place - words)
        starts.append(len(nodes))
    return np.array(starts, np.int64), np.array(nodes, np.int64), np.array(turns, np.int64)


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
