"""A matrix as NumPy saves it (.npy), with its words in a file beside it.

Layout of the matrix: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html; V×D
of float16, float32 or float64. The words: see `vocabulary_file`; `write` makes `NAME.vocab.tsv`,
and `NAME.npy.pair`, by which words that are not the matrix' are known (`pairing`). Where there are
no words, rows are named by their numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.files.atomic import atomic_files, counted_rows
from lexiscope.files.cursor import Cursor
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    VectorsData,
    VectorsStream,
    Writable,
    as_stream,
)
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.not_kept import Narrowing, native
from lexiscope.formats.reading import npy_file, npy_words, pairing, plain_data, vocabulary_file
from lexiscope.formats.reading.beside_gensim import refuse_array
from lexiscope.formats.reading.inert_arrays import array_or_none
from lexiscope.formats.reading.intake import assemble
from lexiscope.formats.reading.named_parts import Parts, assembled
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.reading.paired import stream_of
from lexiscope.formats.token_rule import ANYTHING


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a matrix, mapped where its numbers are float32 already, and its words.

    Raises:
        FormatError: The file is not whole or no matrix of numbers, or the words are not its.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    refuse_array(path)
    held = _held(path)
    if held is not None:
        return assembled(path, held, options, beside=partial(manifest.words_beside, path))
    matrix = _map_matrix(path, writable=options.writable)
    words_path = vocabulary_file.beside(path, len(matrix))
    pairing.check(path, matrix, words_path)
    if words_path is None:
        return read_lone(path, options)
    narrowing = Narrowing()
    vectors = native(narrowing.take_all(matrix))
    manifest.check_words(path, words_path)
    words = vocabulary_file.read_any(words_path, len(vectors))
    result = assemble(words.tokens, vectors, options=options, counts=words.counts)
    result.warnings += [words.note] if words.note else []
    result.warnings += npy_file.left_over(path)
    result.lost += narrowing.not_kept()
    return result


def read_lone(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """A matrix without its words: the rows' numbers stand for them.

    Raises:
        FormatError: It is no matrix of floats, or not whole.
    """
    matrix = _map_matrix(path, writable=options.writable)
    narrowing = Narrowing()
    vectors = native(narrowing.take_all(matrix)).astype(np.float32, copy=False)
    result = assemble([str(row) for row in range(len(vectors))], vectors, options=options)
    result.warnings.insert(0, vocabulary_file.without_words(path, vectors.shape))
    result.warnings += npy_file.left_over(path)
    result.lost += narrowing.not_kept()
    return result


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The same as `read`, some rows at a time.

    Raises:
        FormatError: As `read`; while the rows are gone through, where the words are not theirs.
    """
    refuse_array(path)
    if _held(path) is not None:
        yield as_stream(read(path, options))
        return
    matrix = _map_matrix(path)
    words_path = vocabulary_file.beside(path, len(matrix))
    pairing.check(path, matrix, words_path)
    if words_path is None:
        yield as_stream(read_lone(path, options))
    else:
        manifest.check_words(path, words_path)
        yield stream_of(matrix, words_path, options)


def _held(path: Path) -> Parts | None:
    """What is in a `.npy` of Python's objects, as `numpy.save` makes of a dict; None for others.

    Raises:
        FormatError: It is a list of words, or has nothing with vectors in it.
    """
    with mapped(path) as data:
        header = npy_file.read_text_header(Cursor(data, path))
        if header is None:
            return None
        content = bytes(data)
    texts = npy_words.texts_in(content, path)
    root = npy_words.object_in(content, path) if texts is None else texts
    parts = plain_data.parts_of(root, path, lambda value: array_or_none(value, path))
    if not parts.matrices and parts.words:
        words = next(iter(parts.words.values()))
        raise FormatError(
            path, None, f"is a list of {len(words):,} words; give the matrix, and this beside it"
        )
    return parts


def _map_matrix(path: Path, *, writable: bool = False) -> Matrix:
    matrix = npy_file.map_array(path, writable=writable)
    if matrix.ndim != 2 or matrix.dtype.kind != "f" or 0 in matrix.shape:
        raise FormatError(
            path,
            None,
            f"is of shape {matrix.shape} and type {matrix.dtype}, expected a matrix of floats",
        )
    return matrix


def write(path: Path, data: Writable) -> None:
    """Writes a matrix, and its words and counts beside it as `NAME.vocab.tsv`.

    Raises:
        ConfigError: Another matrix has its words there, and they are others.
        OSError: The disk is full or cannot be written to.
    """
    target = Path(path)
    source = outgoing(target, data, ANYTHING)
    dtype = np.dtype(source.dtype).newbyteorder("<")
    header = partial(npy_file.matrix_header, columns=source.columns, dtype=dtype)
    words_target = vocabulary_file.written_beside(target)
    digest = hashlib.blake2b(digest_size=pairing.DIGEST_BYTES)
    # The words last: until they come, the pair's checksum tells that they are not there.
    with atomic_files(
        pairing.path_beside(target),
        target,
        words_target,
        named=target,
        size=source.least_bytes(dtype.itemsize),
    ) as (pair, rows, words):
        with counted_rows(rows, header, source.rows) as out:
            for block in source.blocks:
                lines = b"".join(vocabulary_file.lines(block.tokens, block.counts))
                digest.update(lines)
                words.write(lines)
                out.write(len(block.tokens), [block.vectors.astype(dtype, copy=False).tobytes()])
        pairing.keep_others_words(target, words_target, digest.hexdigest())
        rows.flush()
        matrix = npy_file.map_array(Path(rows.name))
        pair.write(pairing.document(target, matrix, digest.hexdigest(), _standing(target)))
        del matrix  # Windows renames no file that is mapped


def _standing(target: Path) -> Matrix | None:
    """The matrix that is to be replaced, where there is a sound one."""
    try:
        return _map_matrix(target) if target.is_file() else None
    except FormatError:
        return None


def _sniff(head: bytes, _path: Path) -> bool:
    return head.startswith(npy_file.MAGIC)


FORMAT = Format(
    name="npy",
    description="NumPy matrix (.npy) with its words beside it",
    extensions=(".npy",),
    sniff=_sniff,
    read=read,
    write=write,
    stream=stream,
    carries=frozenset({"counts"}),
)
