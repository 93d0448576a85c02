"""fastText's binary format (.bin, quantised .ftz), as words, vectors and subwords.

`fasttext_file` has the bytes. A word's vector is the mean of its own row and its n-grams' rows
(`subwords`); those of the n-grams stay on disk, mapped, for the words that are in no vocabulary.
"""

from __future__ import annotations

import shutil
import struct
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_file
from lexiscope.files.cursor import Cursor
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    ReadOptions,
    Rows,
    Subwords,
    VectorsData,
    VectorsStream,
    Writable,
    to_dtype,
)
from lexiscope.formats.kinds.fasttext.file import (
    ARGUMENTS,
    ENTRY,
    LONGEST_WORD,
    MAGIC,
    SUPERVISED,
    VERSION,
    Model,
    is_early_head,
    read_model,
)
from lexiscope.formats.kinds.fasttext.quantized import QuantizedRows
from lexiscope.formats.kinds.fasttext.subwords import END_OF_SENTENCE, compose, own_rows
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.not_kept import Rounding, output_of_nodes
from lexiscope.formats.reading.intake import assemble
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.token_rule import TokenRule

_WRITE_BYTES = 1 << 22
_TOKENS = TokenRule(spelling="bytes", without="\0", longest=LONGEST_WORD - 1)


def read(
    path: Path, options: ReadOptions = EVERYTHING, *, without_output: bool = False
) -> VectorsData:
    """Reads a fastText binary file; the n-grams' rows stay on disk.

    Args:
        path: The file.
        options: Which words, and as what.
        without_output: Read also a file that is cut in its last matrix, which is then left out.

    Raises:
        FormatError: The file is not whole and sound; the byte is named.
    """
    with mapped(path) as data:
        model = read_model(Cursor(data, path), without_output=without_output)
        return _as_data(model, options)


def _as_data(model: Model, options: ReadOptions) -> VectorsData:
    dictionary = model.dictionary
    names = [tokens.decode(word) for word in islice(dictionary.words, options.limit)]
    rows = [row for row, name in enumerate(names) if options.words is None or name in options.words]
    subwords = _subwords(model)
    picked = np.array(rows, dtype=np.int64)
    if subwords is None:
        everything = len(rows) == len(dictionary.words)
        # A slice of all rows stays a map, unless its values lie across the machine's own.
        chosen = slice(0, len(rows)) if everything else picked
        vectors = np.require(model.inputs[chosen], dtype=np.float32, requirements="A")
    else:
        words = [dictionary.words[row] for row in rows]
        whole = None if model.is_early else END_OF_SENTENCE
        vectors = compose(words, model.inputs, picked, subwords, whole=whole)
    result = assemble(
        [names[row] for row in rows], vectors, options=options, counts=dictionary.counts[picked]
    )
    if dictionary.tokens == 0:
        result.counts = None  # as `write` says that it knows none
    result.subwords = subwords
    result.metadata = {"fasttext": dict(model.arguments)}
    if dictionary.labels:
        result.metadata["labels"] = [tokens.decode(label) for label in dictionary.labels]
    _add_output(result, model, names, options)
    if model.trailing:
        result.warnings.append(f"{model.trailing:,} bytes after the last matrix were left out")
    return result


def _subwords(model: Model) -> Subwords | None:
    """The n-grams' part of the input matrix; None where no word has n-grams with rows."""
    arguments, pruned = model.arguments, model.dictionary.pruned
    count = len(model.dictionary.words)
    ngrams = arguments["maxn"] >= max(1, arguments["minn"])
    if not ngrams or arguments["bucket"] == 0 or pruned == {}:
        return None
    inputs = model.inputs
    return Subwords(
        minn=arguments["minn"],
        maxn=arguments["maxn"],
        buckets=arguments["bucket"],
        rows=inputs.after(count) if isinstance(inputs, QuantizedRows) else inputs[count:],
        pruned=pruned,
    )


def _add_output(result: VectorsData, model: Model, names: list[str], options: ReadOptions) -> None:
    """Gives the result its output matrix, the same words' rows as its input's."""
    if model.output is None or model.output.shape[0] == 0:
        return
    if model.arguments["model"] == SUPERVISED:
        result.warnings.append(
            f"a supervised model: its output matrix is of {model.output.shape[0]:,} labels, not of "
            "words, and was left out"
        )
        return
    if len(result.tokens) == len(model.dictionary.words):
        output = np.require(model.output[:], requirements="A")
    else:
        first: dict[str, int] = {}
        for row, name in enumerate(names):
            first.setdefault(name, row)
        picked = np.array([first[token] for token in result.tokens], dtype=np.int64)
        output = np.asarray(model.output[picked])
    result.output = to_dtype(output, options.dtype)


def write(path: Path, data: Writable) -> None:
    """Writes a fastText binary file, not quantised.

    Words' own rows are those that are known, where they make up the vectors; others are computed so
    that they do but for float32's rounding, whose largest error is told. Without n-grams vectors
    come back to the bit.
    An output matrix that has no row a word is left out, which is told as well.

    Raises:
        FormatError: A word cannot stand in this format, or the n-grams are pruned, which only a
            quantised file can say; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    stream = outgoing(path, data, _TOKENS, columns=(1, MAX_DIMENSIONS))
    subwords = stream.subwords
    if subwords is not None and (subwords.pruned is not None or subwords.hashing != "bytes"):
        raise FormatError(
            path,
            None,
            "cannot hold pruned n-grams, as a quantised model has, nor those of gensim's first "
            "hash (up to 3.6); convert to fastText's .vec or another format of words only",
        )
    rounding = Rounding("rounding in splitting n-grams off the vectors")
    # The words' rows are there twice for a moment: as they come, and behind the dictionary.
    size = stream.least_bytes()
    size = None if size is None else size + 4 * stream.columns * (stream.rows or 0)
    with atomic_file(path, size) as target, TemporaryFile(dir=path.resolve().parent) as matrix:
        dictionary = bytearray()
        rows = total = 0
        for block in stream.blocks:
            words = [tokens.encode(word) for word in block.tokens]
            # gensim drops words that occur less than once.
            counts = np.ones(len(words), np.int64) if block.counts is None else block.counts
            total += 0 if block.counts is None else int(counts.sum())
            for word, count in zip(words, counts.tolist(), strict=True):
                dictionary += word + b"\0" + ENTRY.pack(count, 0)
            vectors = block.vectors.astype(np.float32)
            if subwords is not None:
                exact = vectors
                vectors = _own_rows(words, exact, subwords, rows, rounding)
            matrix.write(np.ascontiguousarray(vectors, dtype="<f4").data)
            rows += len(words)
        matrix.seek(0)
        target.write(_head(stream, rows, total))
        target.write(dictionary)
        buckets = 0 if subwords is None else subwords.buckets
        target.write(struct.pack("<B2q", 0, rows + buckets, stream.columns))
        shutil.copyfileobj(matrix, target)
        if subwords is not None:
            _write_rows(target, subwords.rows, buckets)
        output = stream.output
        with_output = output is not None and len(output) == rows
        target.write(struct.pack("<B2q", 0, rows if with_output else 0, stream.columns))
        if output is not None and with_output:
            _write_rows(target, output, rows)
    stream.lost += rounding.not_kept()
    if output is not None and not with_output:
        stream.lost.append(output_of_nodes(output.shape))


def _own_rows(
    words: list[bytes],
    vectors: NDArray[np.float32],
    subwords: Subwords,
    first: int,
    rounding: Rounding,
) -> NDArray[np.float32]:
    """The own rows of words from row `first` on, which with their n-grams' make up the vectors."""
    rows = np.zeros_like(vectors)
    computed = np.ones(len(words), dtype=np.bool_)
    if subwords.own is not None and first + len(words) <= len(subwords.own):
        rows[:] = subwords.own[first : first + len(words)]
        # A vector may have been changed since, and then its row says nothing.
        made = _made(words, rows, subwords)
        computed[:] = ~np.isclose(made, vectors, rtol=1e-4, atol=1e-6).all(axis=1)
    if computed.any():
        names = [words[place] for place in np.flatnonzero(computed)]
        exact = vectors[computed]
        rows[computed] = own_rows(names, exact, subwords, whole=END_OF_SENTENCE)
        rounding.see(exact, _made(names, rows[computed], subwords))
    return rows


def _made(words: list[bytes], rows: NDArray[np.float32], subwords: Subwords) -> NDArray[np.float32]:
    """The vectors that own rows make up with those of the n-grams."""
    return compose(words, rows, np.arange(len(words)), subwords, whole=END_OF_SENTENCE)


def _head(stream: VectorsStream, rows: int, total: int) -> bytes:
    """Magic, options and the dictionary's sizes."""
    # What the vectors were trained with, where they come from fastText; softmax needs no counts.
    known = stream.metadata.get("fasttext")
    arguments = {"ws": 5, "epoch": 5, "minCount": 1, "neg": 5, "wordNgrams": 1, "loss": 3,
                 "model": 2, "lrUpdateRate": 100}  # fmt: skip
    if isinstance(known, dict):
        arguments |= {
            name: value
            for name, value in known.items()
            if name in ARGUMENTS and isinstance(value, int) and abs(value) < 1 << 31
        }
    if arguments["model"] == SUPERVISED:
        arguments["model"] = 2
    sample = known.get("t") if isinstance(known, dict) else None
    subwords = stream.subwords
    arguments["dim"] = stream.columns
    arguments["bucket"] = 0 if subwords is None else subwords.buckets
    arguments["minn"] = 0 if subwords is None else subwords.minn
    arguments["maxn"] = 0 if subwords is None else subwords.maxn
    values = [arguments[name] for name in ARGUMENTS]
    return (
        MAGIC
        + struct.pack("<i12id", VERSION, *values, sample if isinstance(sample, float) else 1e-4)
        + struct.pack("<3i2q", rows, rows, 0, total, -1)
    )


def _write_rows(target: BinaryIO, rows: Rows, count: int) -> None:
    step = max(1, _WRITE_BYTES // (4 * rows.shape[1]))
    for start in range(0, count, step):
        block = rows[start : min(count, start + step)]
        target.write(np.ascontiguousarray(block, dtype="<f4").data)


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith(MAGIC) or is_early_head(head)


FORMAT = Format(
    name="fasttext",
    description="fastText binary (.bin, .ftz)",
    extensions=(),  # its content tells it; to write a ".bin" means word2vec's
    sniff=_sniff,
    read=read,
    write=write,
    tokens=_TOKENS,
    carries=frozenset({"counts", "output", "subwords"}),
)
