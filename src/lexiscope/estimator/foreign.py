"""Models that gensim saved, taken up to be trained further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import VocabularyOptions
from lexiscope.errors import ConfigError, FormatError, IncompleteModelError
from lexiscope.formats import registry
from lexiscope.formats.kinds.gensim import format as gensim
from lexiscope.formats.kinds.gensim.format import Trained
from lexiscope.training.assembling import counted, run_around, run_of_rows
from lexiscope.training.config import TrainingConfig
from lexiscope.training.losses.hierarchical import rows_in_tree
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.run import Run
from lexiscope.training.session import TrainingSession

# Options of `TrainingConfig` that gensim has by the same name.
_OPTIONS = (
    "alpha", "cbow_mean", "epochs", "min_alpha", "negative", "ns_exponent", "sample", "seed",
    "shrink_windows", "window",
)  # fmt: skip
_MAX_SEED = 2**63


def is_gensim_s(path: Path) -> bool:
    """Whether a path is a file that gensim's `save` wrote."""
    return path.is_file() and registry.detect(path) is gensim.FORMAT


def opened(
    path: Path, *, workers: int, subwords: bool = False
) -> tuple[TrainingSession, dict[str, Any]]:
    """The session of a model that gensim saved, and its options by gensim's names of today.

    Warns of what was left out of the model.

    Args:
        path: The file that `save` was given.
        workers: Threads.
        subwords: Whether a FastText is expected, and no Word2Vec.

    Raises:
        FormatError: It is none, or damaged, or has options that no training can have.
        IncompleteModelError: It has vectors alone, or is no Word2Vec.
    """
    trained = gensim.read_trained(path)
    data, options = trained.data, trained.data.metadata["gensim"]
    if options["class"] not in (("FastText",) if subwords else ("Word2Vec", "Doc2Vec")):
        raise IncompleteModelError(
            f"{path} is gensim's {options['class']}, no {'FastText' if subwords else 'Word2Vec'} "
            f"that could go on training; open it with lexiscope.load for its vectors"
        )
    loss = _loss(options)
    outputs = _outputs(path, trained, loss)
    if loss is None or outputs is None or data.counts is None:
        raise IncompleteModelError(
            f"{path} has no output matrix, counts or training options, so it cannot go on "
            f"training; open it with lexiscope.load for its vectors"
        )
    keys = [int(token) if token in trained.integers else token for token in data.tokens]
    words = list(zip(keys, data.counts.tolist(), strict=True))
    try:
        config = _config(options, loss, data.vectors.shape[1])
        run = _run_of(path, trained, config, words, outputs)
        vocabulary = _vocabulary_options(options)
    except ConfigError as error:
        raise FormatError(path, None, f"cannot be trained further: {error}") from error
    _finish(run, trained, options)
    session = TrainingSession(run.config, vocabulary=vocabulary, workers=workers)
    session.take_run(run)
    if data.warnings:
        warn(f"{path}: {'; '.join(data.warnings)}", stacklevel=5)
    return session, options


def _run_of(
    path: Path,
    trained: Trained,
    config: TrainingConfig,
    words: list[tuple[Any, int]],
    outputs: NDArray[np.float32],
) -> Run:
    """The run, with the n-grams' rows where there are any.

    Raises:
        IncompleteModelError: They are of a hash that fastText does not have, or not all there.
    """
    subwords, own = trained.data.subwords, trained.own
    if subwords is None:
        return run_around(config, words, trained.data.vectors, outputs)
    if subwords.hashing != "bytes":
        raise _incomplete(
            path,
            "has n-grams by gensim's first hash (up to 3.6, or in a model that began then)",
        )
    if subwords.pruned is not None or own is None or len(own) != len(words):
        raise _incomplete(path, "does not have the rows of all its words and n-grams")
    config = replace(config, subwords=(subwords.minn, subwords.maxn), buckets=subwords.buckets)
    vocabulary, integers = counted(words)
    run = run_of_rows(config, vocabulary, own, subwords.rows, outputs)
    run.integers = integers
    return run


def _incomplete(path: Path, reason: str) -> IncompleteModelError:
    return IncompleteModelError(
        f"{path} {reason}, so it cannot go on training; open it with lexiscope.load for its vectors"
    )


def _loss(options: Mapping[str, Any]) -> TrainedLoss | None:
    """The loss that the options say; None where they say none."""
    hs, negative = options.get("hs"), options.get("negative")
    if hs:
        return "negative+hierarchical" if negative else "hierarchical"
    return "negative" if negative else None


def _config(options: Mapping[str, Any], loss: TrainedLoss, columns: int) -> TrainingConfig:
    """The options of the run; what an older version did not have yet takes its default."""
    given = {name: options[name] for name in _OPTIONS if name in options}
    if loss == "hierarchical":
        del given["negative"]
    if "seed" in given:
        given["seed"] = abs(int(given["seed"])) % _MAX_SEED
    given["sample"] = given.get("sample") or 0.0
    if "min_alpha" in given and "alpha" in given:
        given["alpha"] = max(given["alpha"], given["min_alpha"])
    return TrainingConfig(
        architecture="skipgram" if options.get("sg") else "cbow",
        loss=loss,
        vector_size=columns,
        **given,
    )


def _vocabulary_options(options: Mapping[str, Any]) -> VocabularyOptions:
    return VocabularyOptions(
        min_count=options.get("min_count", 0), max_final_vocab=options.get("max_final_vocab")
    )


def _outputs(path: Path, trained: Trained, loss: TrainedLoss | None) -> NDArray[np.float32] | None:
    """W′ as the loss has it; None where a part is missing."""
    words = trained.outputs
    if loss in (None, "negative"):
        return words
    nodes = _nodes(path, trained)
    if loss == "hierarchical" or nodes is None:
        return nodes
    return None if words is None else np.concatenate([words, nodes])


def _nodes(path: Path, trained: Trained) -> NDArray[np.float32] | None:
    """The rows of our tree, where gensim's asks the same questions; the others are zero."""
    counts, paths, nodes = trained.data.counts, trained.paths, trained.nodes
    if counts is None or paths is None or nodes is None:
        return None
    rows = np.zeros((max(len(counts) - 1, 1), nodes.shape[1]), np.float32)
    if len(counts) == 1:
        return rows
    sources, signs = rows_in_tree(counts, paths.starts, paths.nodes, paths.codes)
    found = np.flatnonzero((sources >= 0) & (sources < len(nodes)))
    rows[found] = signs[found, None] * nodes[sources[found]]
    if len(found) < len(rows):
        warn(
            f"{path}: {len(rows) - len(found):,} of the {len(rows):,} inner nodes of its Huffman "
            f"tree part other words than ours, as words of the same count may stand anywhere; "
            f"their rows of W′ begin at zero, and need an epoch or two",
            stacklevel=6,
        )
    return rows


def _finish(run: Run, trained: Trained, options: Mapping[str, Any]) -> None:
    """Tells the run how far it is, and which words are frozen."""
    run.state.share = 1.0
    epochs = options.get("epochs")
    run.epochs_before = epochs if type(epochs) is int and 0 < epochs < 1 << 31 else 1
    lockf = trained.lockf
    if lockf is None or len(lockf) != len(run.vocabulary):
        return
    run.freeze((lockf == 0).astype(np.uint8))
    if not bool(np.isin(lockf, (0, 1)).all()):
        warn(
            "vectors_lockf is neither 0 nor 1 for some words, which are trained whole", stacklevel=6
        )
