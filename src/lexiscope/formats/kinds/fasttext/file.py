"""The parts of a fastText binary file (.bin) and of its quantised form (.ftz).

Layout, little-endian, without padding:
    int32 magic 793712314, int32 version (11 or 12)
    int32 dim, ws, epoch, minCount, neg, wordNgrams, loss (1 hs, 2 ns, 3 softmax, 4 one-vs-all),
        model (1 cbow, 2 skip-gram, 3 supervised), bucket, minn, maxn, lrUpdateRate; float64 t
    int32 size, nwords, nlabels; int64 ntokens, pruneidx_size (−1: not pruned)
    size entries, words before labels: bytes, NUL, int64 count, int8 type (0 word, 1 label)
    pruneidx_size pairs of int32: bucket, row
    bool: whether the input matrix is quantised; the input matrix
    bool: whether the output matrix is, if the input is; the output matrix
A plain matrix: int64 rows, columns; float32 row by row. A quantised one: bool whether rows were
scaled to length 1; int64 rows, columns; int32 number of codes; the codes; a quantiser; where they
were scaled, a code a row and its quantiser. A quantiser: int32 dim, nsubq, dsub, lastdsub; 256·dim
float32, table after table.

Files of 2016 begin with the options: they have no magic number and version, no pruneidx_size, and
no marks of quantised matrices. Such a file is told by options and a first word that make sense.

The input matrix holds the words' own rows and then a row a bucket of n-grams (of a pruned model:
a row a bucket kept). Source: https://github.com/facebookresearch/fastText, src/fasttext.cc,
dictionary.cc, matrix.cc, quantmatrix.cc and productquantizer.cc.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import TruncatedError
from lexiscope.files.cursor import Cursor
from lexiscope.formats.contract import Matrix
from lexiscope.formats.kinds.fasttext.quantized import QuantizedRows
from lexiscope.formats.kinds.fasttext.subwords import LONGEST_NGRAM
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS

MAGIC = (793712314).to_bytes(4, "little")
VERSION = 12
ARGUMENTS = (
    "dim", "ws", "epoch", "minCount", "neg", "wordNgrams", "loss", "model", "bucket", "minn",
    "maxn", "lrUpdateRate",
)  # fmt: skip
SUPERVISED = 3
ENTRY = struct.Struct("<qb")
LONGEST_WORD = 1 << 16
OUTPUT = "the output matrix"
_OLD_VERSION = 11
_NOT_PRUNED = -1
# The options and the dictionary's sizes, with which a file of 2016 begins.
_EARLY = struct.Struct("<12id3iq")
_EARLY_HEAD = _EARLY.size + LONGEST_WORD
_LONGEST_WINDOW = 10_000
_LOSSES = 3
_CENTROIDS = 256


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """The words and labels of a file.

    Attributes:
        words: The words' bytes.
        labels: The labels' bytes; none in an unsupervised model.
        counts: How often each word occurred, int64.
        tokens: How many words the training text had.
        pruned: Bucket → row after the words' rows; None where every bucket has a row.
    """

    words: list[bytes]
    labels: list[bytes]
    counts: NDArray[np.int64]
    tokens: int
    pruned: dict[int, int] | None


@dataclass(frozen=True, kw_only=True)
class Model:
    """A file taken apart; nothing of its matrices is copied yet.

    Attributes:
        arguments: What it was trained with, by fastText's names.
        dictionary: Its words.
        inputs: Words' own rows, then n-grams' rows.
        output: W′, a row a word, or of a supervised model a row a label; None where the file was
            cut before it and that was allowed.
        sample: The threshold of subsampling, fastText's t.
        trailing: How many bytes follow.
        is_early: Whether it is a file of 2016, when </s> had n-grams as any word.
    """

    arguments: dict[str, int]
    dictionary: Dictionary
    inputs: Matrix | QuantizedRows
    output: Matrix | QuantizedRows | None
    sample: float
    trailing: int
    is_early: bool = False


def read_model(cursor: Cursor, *, without_output: bool = False) -> Model:
    """Takes a file apart.

    Args:
        cursor: At the file's start.
        without_output: Accept a file that is cut in its last matrix, which is then left out.

    Raises:
        FormatError: The file is not whole and sound; the byte is named.
    """
    is_early = cursor.data[: len(MAGIC)] != MAGIC
    arguments, sample = _read_arguments(cursor, is_early)
    dictionary = _read_dictionary(cursor, is_early)
    dim, buckets = arguments["dim"], arguments["bucket"]
    at = cursor.position
    quantized = not is_early and _read_flag(cursor, "the mark of a quantised input")
    if dictionary.pruned is not None:
        if not quantized:
            raise cursor.error(
                "has a pruned dictionary and a matrix that is not quantised, which fastText does "
                "not read either; get the file again",
                at=at,
            )
        buckets = len(dictionary.pruned)
        _check_pruned(cursor, dictionary.pruned, arguments["bucket"])
    rows = len(dictionary.words) + buckets
    inputs = _read_matrix(cursor, quantized, rows, dim, "the input matrix")
    supervised = arguments["model"] == SUPERVISED
    rows = len(dictionary.labels if supervised else dictionary.words)
    output: Matrix | QuantizedRows | None = None
    try:
        flag = not is_early and _read_flag(cursor, "the mark of a quantised output")
        output = _read_matrix(cursor, quantized and flag, rows, dim, OUTPUT)
    except TruncatedError:
        if not without_output:
            raise
    return Model(
        arguments=arguments,
        dictionary=dictionary,
        inputs=inputs,
        output=output,
        sample=sample,
        trailing=0 if output is None else cursor.left,
        is_early=is_early,
    )


def is_early_head(head: bytes) -> bool:
    """Whether a file may be one of 2016, going by its first bytes.

    Its options are such as a training can have, and its first word, by which counts fall, is one.
    """
    size = _EARLY.size
    if len(head) < size + 2:
        return False
    values = _EARLY.unpack_from(head)
    options = dict(zip(ARGUMENTS, values[: len(ARGUMENTS)], strict=True))
    *_sizes, entries, words, labels, tokens = values
    sound = (
        1 <= options["dim"] <= MAX_DIMENSIONS
        and 0 <= options["ws"] <= _LONGEST_WINDOW
        and options["model"] in (1, 2, SUPERVISED)
        and 1 <= options["loss"] <= _LOSSES
        and 0 <= options["minn"] <= LONGEST_NGRAM
        and 0 <= options["maxn"] <= LONGEST_NGRAM
        and options["bucket"] >= 0
        and words >= 1
        and labels >= 0
        and entries == words + labels
        and tokens >= words
    )
    end = head.find(b"\0", size, size + LONGEST_WORD)
    if not sound or end <= size or end + 1 + ENTRY.size > len(head):
        return False
    count, kind = ENTRY.unpack_from(head, end + 1)
    return bool(0 < count <= tokens and kind == 0)


def _read_arguments(cursor: Cursor, is_early: bool) -> tuple[dict[str, int], float]:
    version = _OLD_VERSION
    if not is_early:
        _magic, version = cursor.unpack("<4si", "the magic number and version")
    elif not is_early_head(bytes(cursor.data[:_EARLY_HEAD])):
        raise cursor.error("is no fastText binary file: its first bytes are others", at=0)
    if version not in (_OLD_VERSION, VERSION):
        raise cursor.error(
            f"is of version {version}, expected {_OLD_VERSION} or {VERSION}; the file is damaged "
            "or from a later fastText",
            at=4,
        )
    at = cursor.position
    values = cursor.unpack("<12id", "the training options")
    arguments: dict[str, int] = dict(zip(ARGUMENTS, values, strict=False))
    if not 1 <= arguments["dim"] <= MAX_DIMENSIONS:
        raise cursor.error(
            f"declares {arguments['dim']:,} values a row, expected 1 to {MAX_DIMENSIONS:,}; the "
            "file is damaged",
            at=at,
        )
    if arguments["model"] not in (1, 2, SUPERVISED):
        raise cursor.error(
            f"is of model {arguments['model']}, expected 1 (cbow), 2 (skip-gram) or 3 "
            "(supervised); the file is damaged",
            at=at + 4 * ARGUMENTS.index("model"),
        )
    if version == _OLD_VERSION and not is_early and arguments["model"] == SUPERVISED:
        # fastText does the same: supervised models of that version were trained without n-grams.
        arguments["maxn"] = 0
    for name, most in (("bucket", 2**31 - 1), ("minn", LONGEST_NGRAM), ("maxn", LONGEST_NGRAM)):
        if not 0 <= arguments[name] <= most:
            raise cursor.error(
                f"has {arguments[name]:,} for {name}, expected 0 to {most:,}; the file is damaged",
                at=at + 4 * ARGUMENTS.index(name),
            )
    return arguments, float(values[-1])


def _read_dictionary(cursor: Cursor, is_early: bool) -> Dictionary:
    at = cursor.position
    size, nwords, nlabels, ntokens = cursor.unpack("<3iq", "the dictionary's sizes")
    pruned_size = _NOT_PRUNED
    if not is_early:
        (pruned_size,) = cursor.unpack("<q", "the dictionary's sizes")
    if nwords < 1 or nlabels < 0 or size != nwords + nlabels:
        raise cursor.error(
            f"declares {size:,} entries, {nwords:,} words and {nlabels:,} labels, which do not add "
            "up; the file is damaged",
            at=at,
        )
    if size * (1 + ENTRY.size) > cursor.left:
        raise cursor.error(
            f"declares {size:,} words and labels, which take at least {size * (1 + ENTRY.size):,} "
            f"bytes where {cursor.left:,} follow; the file is truncated or damaged: download or "
            "write it again",
            at=at,
        )
    entries: list[bytes] = []
    counts = np.empty(size, dtype=np.int64)
    for row in range(size):
        start = cursor.position
        end = cursor.data.find(b"\0", start, start + LONGEST_WORD)
        if end < 0 and cursor.left > LONGEST_WORD:
            raise cursor.error(
                f"has a word of more than {LONGEST_WORD:,} bytes (entry {row + 1:,} of "
                f"{size:,}); the file is damaged: download it again"
            )
        if end < 0 or end + 1 + ENTRY.size > len(cursor.data):
            raise cursor.error(
                f"ends in entry {row + 1:,} of the dictionary's {size:,}; the file is truncated: "
                "download or write it again"
            )
        count, kind = ENTRY.unpack_from(cursor.data, end + 1)
        if kind != (row >= nwords) or count < 0:
            raise cursor.error(
                f"has a {'negative count' if count < 0 else f'kind of {kind}'} in entry "
                f"{row + 1:,} of the dictionary's {size:,} ({nwords:,} words, then {nlabels:,} "
                "labels); the file is damaged",
                at=end + 1,
            )
        entries.append(cursor.data[start:end])
        counts[row] = count
        cursor.position = end + 1 + ENTRY.size
    return Dictionary(
        words=entries[:nwords],
        labels=entries[nwords:],
        counts=counts[:nwords],
        tokens=ntokens,
        pruned=_read_pruned(cursor, pruned_size, at + 20),
    )


def _read_pruned(cursor: Cursor, size: int, at: int) -> dict[int, int] | None:
    if size < 0:
        if size == _NOT_PRUNED:
            return None
        raise cursor.error(f"declares {size:,} pruned buckets; the file is damaged", at=at)
    start = cursor.skip(8 * size, f"the {size:,} buckets that were kept")
    pairs = np.frombuffer(cursor.data, dtype="<i4", count=2 * size, offset=start).reshape(size, 2)
    return dict(zip(pairs[:, 0].tolist(), pairs[:, 1].tolist(), strict=True))


def _check_pruned(cursor: Cursor, pruned: dict[int, int], buckets: int) -> None:
    """Refuses pairs that lead out of the matrix."""
    rows = sorted(pruned.values())
    inside = rows == list(range(len(rows)))
    if not inside or any(not 0 <= bucket < buckets for bucket in pruned):
        raise cursor.error(
            "keeps buckets whose rows are not 0, 1, 2, …, or that are beyond the declared "
            f"{buckets:,}; the file is damaged"
        )


def _read_flag(cursor: Cursor, what: str) -> bool:
    (flag,) = cursor.unpack("<B", what)
    if flag > 1:
        raise cursor.error(
            f"has {flag} for {what}, expected 0 or 1; the file is damaged", at=cursor.position - 1
        )
    return bool(flag)


def _read_matrix(
    cursor: Cursor, quantized: bool, rows: int, columns: int, what: str
) -> Matrix | QuantizedRows:
    if quantized:
        return _read_quantized(cursor, rows, columns, what)
    at = cursor.position
    shape = cursor.unpack("<2q", f"the shape of {what}")
    if shape == (0, columns) and what == OUTPUT:
        # Written where there is no output matrix; fastText itself reads it.
        return np.zeros((0, columns), dtype=np.float32)
    _check_shape(cursor, shape, (rows, columns), what, at)
    return cursor.matrix(rows, columns, what)


def _check_shape(
    cursor: Cursor, shape: tuple[int, ...], expected: tuple[int, int], what: str, at: int
) -> None:
    if tuple(shape) != expected:
        raise cursor.error(
            f"declares {shape[0]:,} × {shape[1]:,} for {what}, where the dictionary and options "
            f"need {expected[0]:,} × {expected[1]:,}; the file is damaged",
            at=at,
        )


def _read_quantized(cursor: Cursor, rows: int, columns: int, what: str) -> QuantizedRows:
    scaled = _read_flag(cursor, f"the mark of scaled rows in {what}")
    at = cursor.position
    *shape, size = cursor.unpack("<2qi", f"the shape of {what}")
    _check_shape(cursor, tuple(shape), (rows, columns), what, at)
    pieces = size // rows
    if pieces < 1 or pieces > columns or pieces * rows != size:
        raise cursor.error(
            f"declares {size:,} codes for {rows:,} rows of {what}; the file is damaged", at=at + 16
        )
    codes = cursor.bytes_matrix(rows, pieces, f"the codes of {what}")
    tables = _read_quantizer(cursor, columns, pieces, what)
    lengths = None
    if scaled:
        numbers = cursor.bytes_matrix(rows, 1, f"the lengths' codes of {what}")
        (values,) = _read_quantizer(cursor, 1, 1, f"the lengths of {what}")
        lengths = values[numbers[:, 0], 0]
    return QuantizedRows(codes, tables, lengths=lengths)


def _read_quantizer(
    cursor: Cursor, columns: int, pieces: int, what: str
) -> list[NDArray[np.float32]]:
    """The tables of a product quantiser, each 256 × the width of its piece."""
    at = cursor.position
    found = cursor.unpack("<4i", f"the quantiser of {what}")
    dim, count, width, last = found
    if (dim, count) != (columns, pieces) or min(width, last) < 1 or last > width:
        fits = False
    else:
        fits = width * (count - 1) + last == dim
    if not fits:
        raise cursor.error(
            f"declares a quantiser of {count:,} pieces of {width:,} (the last of {last:,}) for "
            f"{dim:,} values in {what}, expected {pieces:,} pieces that make up {columns:,}; the "
            "file is damaged",
            at=at,
        )
    flat = cursor.matrix(_CENTROIDS, dim, f"the quantiser of {what}").reshape(-1)
    tables = []
    for piece in range(count):
        size = last if piece == count - 1 else width
        start = piece * _CENTROIDS * width
        # A copy is aligned, and small: 256 rows of the whole matrix.
        tables.append(flat[start : start + _CENTROIDS * size].reshape(_CENTROIDS, size).copy())
    return tables
