"""Parts that a container holds by name (`.npz`, `.pt`, pickles, HDF5): which are words and vectors.

Everybody calls them something else. A list of words belongs to the matrix with as many rows; a dict
from words to rows, to one that has them. Where two matrices fit, names tell W from W′; where two
parts fit and no name tells, the file is refused with both named: nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.contract import EVERYTHING, Matrix, ReadOptions, VectorsData
from lexiscope.formats.not_kept import Narrowing, native
from lexiscope.formats.reading import vocabulary_file
from lexiscope.formats.reading.intake import assemble, select

_MOST_COLUMNS = 1 << 16
_INPUT = frozenset(
    {
        "input", "inputs", "vectors", "vector", "vecs", "embeddings", "embedding", "emb", "embs",
        "embed", "embeds", "matrix", "weights", "weight", "w", "syn0", "wv", "word_vectors",
        "wordvectors", "word_embeddings", "word_embedding", "embedding_matrix", "wordvecs",
        "in_embed", "in_embedding", "in_embeddings", "input_embeddings", "u_embeddings", "center",
        "center_embeddings", "target_embeddings", "emb_matrix", "arr_0", "wordemb", "data",
    }
)  # fmt: skip
_OUTPUT = frozenset(
    {
        "output", "outputs", "syn1", "syn1neg", "context", "contexts", "out_embed", "out_embedding",
        "out_embeddings", "output_embeddings", "v_embeddings", "context_embeddings", "w_prime",
        "context_vectors", "output_vectors",
    }
)  # fmt: skip
_WORDS = frozenset(
    {
        "words", "word", "tokens", "token", "vocab", "vocabulary", "keys", "index_to_key",
        "index2word", "itos", "idx2word", "id2word", "i2w", "word_list", "wordlist", "stoi",
        "word2idx", "word2id", "word2index", "word_index", "w2i", "key_to_index", "word_to_index",
        "dictionary", "token2id", "dict",
    }
)  # fmt: skip
_SHOWN = 6


@dataclass
class Parts:
    """What is in a container.

    Attributes:
        matrices: Name → rows of floats; in the file's order, as all are.
        words: Name → words, row by row; None for a row without one.
        by_rows: The names of those that come from a dict, which need not name every row.
        counts: Name → whole numbers, which may be the words' counts.
        others: Name → what else there is, in words, for messages.
        narrowing: What becomes of float64 in it.
    """

    matrices: dict[str, Matrix] = field(default_factory=dict)
    words: dict[str, Sequence[str | None]] = field(default_factory=dict)
    by_rows: set[str] = field(default_factory=set)
    counts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    narrowing: Narrowing = field(default_factory=Narrowing)

    def listed(self) -> str:
        """Everything that is there, for a message."""
        told = [f"{name} {'×'.join(map(str, rows.shape))}" for name, rows in self.matrices.items()]
        told += [f"{name} of {len(words):,} words" for name, words in self.words.items()]
        told += [f"{name} of {len(counts):,} numbers" for name, counts in self.counts.items()]
        told += [f"{name}: {what}" for name, what in self.others.items()]
        more = ", …" if len(told) > _SHOWN else ""
        return (", ".join(told[:_SHOWN]) + more) or "nothing"


def add_array(parts: Parts, name: str, array: NDArray[Any]) -> None:
    """Files an array under what it can be."""
    if array.ndim == 2 and array.dtype.kind == "f" and 0 not in array.shape:
        parts.matrices[name] = array
    elif array.ndim == 1 and array.dtype.kind in "iu" and array.dtype.itemsize <= 8 and array.size:
        parts.counts[name] = array.astype(np.int64)
    else:
        shape = "×".join(map(str, array.shape)) or "one number"
        parts.others[name] = f"{shape} of {array.dtype}"


def add_numbered(parts: Parts, name: str, words: Sequence[str], rows: Sequence[int]) -> None:
    """Files a dict of words and the row of each, if that is what it is.

    Args:
        parts: Where.
        name: The dict's.
        words: n.
        rows: n. Up to half as many rows again as there are words may have none, as row 0 of Keras.
    """
    listed: list[str | None] = []
    if rows and min(rows) >= 0 and max(rows) <= len(rows) + len(rows) // 2:
        listed = [None] * (max(rows) + 1)
        for word, row in zip(words, rows, strict=True):
            if listed[row] is not None:
                listed = []
                break
            listed[row] = word
    if listed:
        parts.words[name] = listed
        parts.by_rows.add(name)
    else:
        parts.others[name] = f"{len(words):,} words and numbers that are no rows"


def assembled(
    path: Path,
    parts: Parts,
    options: ReadOptions = EVERYTHING,
    *,
    beside: Callable[[int], Path | None],
) -> VectorsData:
    """The words and vectors of a container.

    Args:
        path: The container.
        parts: What is in it.
        options: Which rows, and as what.
        beside: Finds a file with the words of so many rows, for a container that has none; without
            one the rows' numbers stand for words.

    Raises:
        FormatError: There is no matrix, none fits the words, or two fit and nothing tells them
            apart.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    if not parts.matrices:
        raise FormatError(
            path, None, f"has no matrix of floats; it holds {parts.listed()}{_advice(parts)}"
        )
    own = _words_of(path, parts)
    fitting = [name for name in parts.matrices if own is None or _fits(parts, own, name)]
    name = _input_of(path, parts, fitting)
    matrix = parts.matrices[name]
    if matrix.shape[1] > _MOST_COLUMNS:
        raise FormatError(
            path,
            None,
            f"has a matrix of {matrix.shape[1]:,} columns, expected at most {_MOST_COLUMNS:,}",
        )
    warnings: list[str] = []
    counts: NDArray[np.int64] | None = None
    words: Sequence[str | None]
    if own is not None:
        words = parts.words[own]
        counts = next((one for one in parts.counts.values() if len(one) == len(words)), None)
    elif (list_path := beside(len(matrix))) is not None:
        listed = vocabulary_file.read_any(list_path, len(matrix))
        words, counts = listed.tokens, listed.counts
        warnings += [listed.note] if listed.note else []
    else:
        words = [str(row) for row in range(len(matrix))]
        warnings.append(vocabulary_file.without_words(path, matrix.shape, name))
    result = _as_data(parts, name, words, counts)
    result.warnings = warnings + result.warnings
    result.lost += parts.narrowing.not_kept()
    return select(result, options)


def _advice(parts: Parts) -> str:
    """What to do with a container without a matrix, where that is known."""
    if {"indices", "indptr", "shape"} <= set(parts.counts):
        return "; a sparse matrix of SciPy's: save `matrix.toarray()` and the words"
    if len(parts.others) > 1 and len({*parts.others.values()}) == 1:
        return "; of an array a word save the words and one matrix"
    return ""


def _as_data(
    parts: Parts, name: str, words: Sequence[str | None], counts: NDArray[np.int64] | None
) -> VectorsData:
    matrix = parts.matrices[name]
    if counts is not None and bool((counts < 0).any()):
        counts = None
    vectors = native(parts.narrowing.take_all(matrix)).astype(np.float32, copy=False)
    named = [row for row, word in enumerate(words) if word is not None]
    unnamed = len(matrix) - len(named)
    if unnamed:
        vectors = vectors[named]
        counts = None if counts is None else counts[named]
    tokens = [word for word in words if word is not None]
    result = assemble(tokens, vectors, counts=counts)
    # A word that is there twice has taken a row away, and W′ would no longer stand beside W.
    output = _output_of(parts, name)
    if output is not None and not unnamed and len(result.tokens) == len(tokens):
        result.output = native(parts.narrowing.take_all(output)).astype(np.float32, copy=False)
    if unnamed:
        rows_have = "row has" if unnamed == 1 else "rows have"
        result.warnings.insert(0, f"{unnamed:,} {rows_have} no word; left out")
    return result


def _output_of(parts: Parts, name: str) -> Matrix | None:
    """W′, where a matrix is called so and fits."""
    rows, columns = parts.matrices[name].shape
    for other, matrix in parts.matrices.items():
        fits = matrix.shape[1] == columns and len(matrix) in (rows, rows - 1)
        if other != name and fits and _plain(other) in _OUTPUT:
            return matrix
    return None


def _words_of(path: Path, parts: Parts) -> str | None:
    """The name of the words; None where there are none."""
    fitting = [
        name for name in parts.words if any(_fits(parts, name, matrix) for matrix in parts.matrices)
    ]
    if not fitting:
        if parts.words:
            raise FormatError(
                path,
                None,
                f"has words and a matrix that do not fit each other: {parts.listed()}; they are "
                "not of one model",
            )
        return None
    named = [name for name in fitting if _plain(name) in _WORDS]
    fitting = named or fitting
    # A list and the dict that says the same are one vocabulary.
    if len({tuple(parts.words[name]) for name in fitting}) > 1:
        raise FormatError(
            path,
            None,
            f"has two lists that fit the rows, {fitting[0]!r} and {fitting[1]!r}, and nothing "
            "tells which are the words; keep one of them, or call it 'words'",
        )
    return fitting[0]


def _fits(parts: Parts, name: str, matrix: str) -> bool:
    """Whether words can be a matrix' rows: all of them, or those that a dict names."""
    words, rows = len(parts.words[name]), len(parts.matrices[matrix])
    return words == rows or (name in parts.by_rows and words <= rows <= words + words // 2 + 1)


def _input_of(path: Path, parts: Parts, fitting: list[str]) -> str:
    """The name of W among matrices that fit."""
    named = [name for name in fitting if _plain(name) in _INPUT]
    rest = [name for name in fitting if _plain(name) not in _OUTPUT]
    for names in (named, rest, fitting):
        if len(names) == 1:
            return names[0]
    raise FormatError(
        path,
        None,
        f"has several matrices that could be the words' vectors, {fitting[0]!r} and "
        f"{fitting[1]!r} ({parts.listed()}), and no name tells which; keep one of them, or call "
        "it 'vectors'",
    )


def _plain(name: str) -> str:
    """A name without what PyTorch and paths put around it: "model.in_embed.weight" → "in_embed"."""
    pieces = name.lower().removesuffix(":0").replace("/", ".").split(".")
    if len(pieces) > 1 and pieces[-1] in ("weight", "weights", "data", "npy"):
        pieces.pop()
    return pieces[-1]
