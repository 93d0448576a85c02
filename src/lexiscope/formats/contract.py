"""Contract of the formats: the plain data that files and the program exchange, and `Format`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError
from lexiscope.files.encodings import check as check_encoding
from lexiscope.files.maps import rows_of
from lexiscope.formats.not_kept import NotKept
from lexiscope.formats.token_rule import ANYTHING, TokenRule
from lexiscope.one_line import one_line

# V×D, float32; or float16 where that was asked for. It may be a read-only map of a file.
Matrix = NDArray[Any]
# What a file may hold besides words and their vectors.
Part = Literal["counts", "output", "subwords", "metadata"]
Hashing = Literal["bytes", "characters"]

_FIRST_BYTES = 1 << 20
# A letter, and what ends the word.
_LEAST_WORD_BYTES = 2


@one_line
@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Which rows to read, and as what: of the first `limit` rows those with a word of `words`.

    Attributes:
        limit: Only the file's first rows, at most so many; None for all.
        words: Only rows of these words; None for all.
        dtype: "float32", or "float16" for half the memory; "float64" for decimals at their full
            width, which other values gain nothing by.
        encoding: Of the words, where that is not UTF-8; None for UTF-8, other bytes as they are.
        writable: Whether the matrix is to be written to: a map of a file is then a private one,
            whose changes stay in memory. Formats that cannot give one give what they have.

    Raises:
        ConfigError: The limit is below 1, there are no words, or no such dtype or encoding.
    """

    limit: int | None = None
    words: frozenset[str] | None = None
    dtype: Literal["float32", "float16", "float64"] = "float32"
    encoding: str | None = None
    writable: bool = False

    def __post_init__(self) -> None:
        if self.encoding is not None:
            object.__setattr__(self, "encoding", check_encoding(self.encoding))
        if self.limit is not None:
            whole("limit", self.limit, 1, note=", or None for all rows")
        if self.words is not None and not self.words:
            raise ConfigError("words is empty, expected at least one, or None for all rows")
        choice("dtype", self.dtype, ("float32", "float16", "float64"))

    @property
    def is_everything(self) -> bool:
        """Whether all rows are asked for as they stand."""
        all_rows = self.limit is None and self.words is None
        return all_rows and self.dtype == "float32" and self.encoding is None

    @property
    def decimals(self) -> Literal["float32", "float64"]:
        """What decimals are read as, before they are made float16."""
        return "float64" if self.dtype == "float64" else "float32"


EVERYTHING = ReadOptions()


class Rows(Protocol):
    """Rows to take by their numbers: an array, or what makes up an array of those asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""

    def __getitem__(self, rows: Any, /) -> NDArray[Any]:
        """Some rows, by an array of numbers or a slice."""


@dataclass(frozen=True, kw_only=True)
class Subwords:
    """Rows of character n-grams, from which fastText makes the vectors of unseen words.

    Attributes:
        minn: Shortest n-gram, in code points, the marks of a word's ends counted.
        maxn: Longest n-gram; below `minn` (0) where there are none.
        buckets: How many values the n-grams' hash has.
        rows: A row a bucket, buckets×D; fewer where some were pruned. It may be a map of the file,
            or quantised rows that are put together when they are asked for.
        pruned: Bucket → its row in `rows`, where some were pruned; None: row i is bucket i's.
        hashing: What of an n-gram is hashed: its "bytes", as fastText does, or the numbers of its
            "characters", as gensim did up to 3.6. For ASCII that is the same.
        own: The words' own rows, V×D, which with those of their n-grams make up the vectors; None
            where they are not known, since what can be opened needs only the vectors.
    """

    minn: int
    maxn: int
    buckets: int
    rows: Rows
    pruned: Mapping[int, int] | None = None
    hashing: Hashing = "bytes"
    own: Matrix | None = None


@one_line
@dataclass
class VectorsData:
    """Word vectors as a format reads and writes them.

    Attributes:
        tokens: V distinct words; bytes that are not UTF-8 are kept with surrogateescape.
        vectors: W, the input matrix, V×D float32 (float16 where that was asked for); row i belongs
            to tokens[i]. It may be a read-only map of the file.
        counts: How often each word occurred in the training text, V int64, where the file says.
        output: W′ where the file has it: V×D float32, or (V−1)×D after hierarchical softmax.
        metadata: A model folder's `config.json`.
        warnings: What a reader accepted but the user should know, a line each.
        subwords: Rows of n-grams, where the file has them.
        distinct: Whether the reader vouches that no word is there twice, so that nobody has to
            look again.
        lost: What the file had and the reader could not keep.
    """

    tokens: list[str]
    vectors: Matrix
    counts: NDArray[np.int64] | None = None
    output: Matrix | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    subwords: Subwords | None = None
    distinct: bool = False
    lost: list[NotKept] = field(default_factory=list)

    def check(self) -> None:
        """Refuses parts that do not fit each other, and a word that is there twice.

        Raises:
            ConfigError: Words, counts and matrices are not of one size; or, unless the reader
                vouches for it (`distinct`), the words are not.
        """
        words = len(self.tokens)
        if self.vectors.ndim != 2 or words != len(self.vectors):
            raise ConfigError(f"{words:,} words do not fit a matrix of shape {self.vectors.shape}")
        if self.counts is not None and len(self.counts) != words:
            raise ConfigError(f"{len(self.counts):,} counts do not fit {words:,} words")
        if self.output is not None and not fits(self.vectors.shape, self.output):
            raise ConfigError(
                f"an output matrix of shape {self.output.shape} does not fit an input of shape "
                f"{self.vectors.shape}"
            )
        if not self.distinct and len(set(self.tokens)) != words:
            raise ConfigError("the words hold duplicates; expected one row a word")


def fits(shape: tuple[int, ...], output: Matrix) -> bool:
    """Whether an output matrix can be of an input of some shape.

    V×D, (V−1)×D of a tree, or both of them one below the other.
    """
    rows, columns = shape
    possible = (rows, rows - 1, rows + max(rows - 1, 1))
    return bool(output.shape[1] == columns and len(output) in possible)


@dataclass(frozen=True)
class Block:
    """Some rows, in the file's order.

    Attributes:
        tokens: n words.
        vectors: n×D.
        counts: n int64, where the stream has counts.
    """

    tokens: list[str]
    vectors: Matrix
    counts: NDArray[np.int64] | None = None


@dataclass(kw_only=True)
class VectorsStream:
    """The same as `VectorsData`, a block of rows at a time, for files larger than memory.

    Attributes:
        columns: D.
        rows: At most so many, where the file's size vouches for it; None where it is unknown. Only
            the end tells how many there are: repeated words are left out.
        blocks: The rows, once through.
        has_counts: Whether blocks have counts.
        dtype: Of the blocks' vectors, "float32" or "float16".
        output, subwords, metadata: As in `VectorsData`.
        warnings: Complete only when `blocks` is exhausted.
        lost: What the reader could not keep; complete when `blocks` is exhausted. A writer adds
            what it cannot keep of what it was given.
        progress: Bytes of the file read so far, and in all; None where only rows are counted.
    """

    columns: int
    rows: int | None
    blocks: Iterator[Block]
    has_counts: bool = False
    dtype: str = "float32"
    output: Matrix | None = None
    subwords: Subwords | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    lost: list[NotKept] = field(default_factory=list)
    progress: Callable[[], tuple[int, int]] | None = None

    def least_bytes(self, value_bytes: int = 4) -> int | None:
        """Bytes that the rows take at least when they are written; None where nobody knows.

        Args:
            value_bytes: Of a value. The output matrix and n-grams' rows are counted as float32.
        """
        if self.rows is None:
            return None
        columns = self.columns
        more = 0 if self.output is None else 4 * self.output.shape[0] * columns
        more += 0 if self.subwords is None else 4 * self.subwords.rows.shape[0] * columns
        return self.rows * (columns * value_bytes + _LEAST_WORD_BYTES) + more

    def collect(self) -> VectorsData:
        """All rows in memory: one matrix, never two."""
        words: list[str] = []
        counts: list[NDArray[np.int64]] = []
        # A size that the file does not vouch for is never allocated at once.
        row_bytes = max(1, self.columns * np.dtype(self.dtype).itemsize)
        capacity = _FIRST_BYTES // row_bytes + 1 if self.rows is None else self.rows
        matrix = np.empty((capacity, self.columns), dtype=self.dtype)
        for block in self.blocks:
            start, end = len(words), len(words) + len(block.tokens)
            if end > len(matrix):
                _resize(matrix, max(end, len(matrix) + len(matrix) // 2))
            matrix[start:end] = block.vectors
            words += block.tokens
            if block.counts is not None:
                counts.append(block.counts)
        if len(matrix) != len(words):
            _resize(matrix, len(words))
        return VectorsData(
            words,
            matrix,
            np.concatenate(counts) if counts else None,
            self.output,
            self.metadata,
            self.warnings,
            self.subwords,
            distinct=True,
            lost=self.lost,
        )


def _resize(matrix: Matrix, rows: int) -> None:
    """Grows or shrinks in place: the C library moves pages of a large matrix, it copies nothing."""
    matrix.resize((rows, matrix.shape[1]), refcheck=False)


Writable = VectorsData | VectorsStream


def as_stream(data: Writable) -> VectorsStream:
    """Plain data as a stream of views of its rows; a stream as it is."""
    if isinstance(data, VectorsStream):
        return data
    return VectorsStream(
        columns=int(data.vectors.shape[1]),
        rows=len(data.tokens),
        blocks=_blocks(data),
        has_counts=data.counts is not None,
        dtype=data.vectors.dtype.name,
        output=data.output,
        subwords=data.subwords,
        metadata=data.metadata,
        warnings=data.warnings,
        lost=list(data.lost),
    )


def _blocks(data: VectorsData) -> Iterator[Block]:
    start = 0
    for rows in rows_of(data.vectors):
        end = start + len(rows)
        counts = None if data.counts is None else data.counts[start:end]
        yield Block(data.tokens[start:end], rows, counts)
        start = end


def to_dtype(vectors: Matrix, dtype: str) -> Matrix:
    """The matrix as float32 or float16, itself where it is that already.

    Raises:
        ConfigError: A finite value is beyond what float16 holds.
    """
    if vectors.dtype == np.dtype(dtype):
        return vectors
    with np.errstate(over="ignore"):
        converted = vectors.astype(dtype)
    if dtype == "float16" and bool((np.isinf(converted) & np.isfinite(vectors)).any()):
        largest = float(np.abs(vectors).max(where=np.isfinite(vectors), initial=0))
        raise ConfigError(
            f"a value of {largest:.3g} does not fit into float16, which ends at 65,504; use float32"
        )
    return converted


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file or folder; each module of this package describes its own as `FORMAT`.

    Attributes:
        name: The name on the command line ("word2vec-text").
        description: One line for people.
        extensions: Usual endings, lower case, with the dot; they break ties only, content decides.
        sniff: Whether the content is of this format, from the first bytes (none for a folder; of a
            compressed file, what it unpacks to) and the path. It must not raise on any content.
        read: The rows that are asked for, as plain data; None where `stream` has them all and
            nothing is gained by another way. Raises `FormatError`.
        write: Writes plain data or a stream, whole or not at all; None where the format is only
            read.
        stream: The rows that are asked for in constant memory, for conversion; None where `read`
            maps the file or the format cannot do it. A context manager, since the file stays open.
        tokens: What tokens `write` can say; it refuses others.
        is_bare: Whether a file starts with its first token, so that the token may be taken for the
            start of another format's.
        carries: What `write` keeps besides words and vectors.
        is_folder: Whether it is a folder.
        is_text: Whether values are written as decimals.
        indexed: When an index is made beside a large file (`formats.index`): "now", from what was
            just read; "later", by a thread that reads the file again, where that is cheap; never.
    """

    name: str
    description: str
    extensions: tuple[str, ...]
    sniff: Callable[[bytes, Path], bool]
    write: Callable[[Path, Writable], None] | None
    read: Callable[[Path, ReadOptions], VectorsData] | None = None
    stream: Callable[[Path, ReadOptions], AbstractContextManager[VectorsStream]] | None = None
    tokens: TokenRule = ANYTHING
    is_bare: bool = False
    carries: frozenset[Part] = frozenset()
    is_folder: bool = False
    is_text: bool = False
    indexed: Literal["now", "later"] | None = None

    def __post_init__(self) -> None:
        if self.read is None and self.stream is None:
            raise ConfigError(f"format {self.name!r} has neither read nor stream")

    def load(self, path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
        """The rows that are asked for, as plain data: what `read` gives, or the stream collected.

        Raises:
            FormatError: The file is not whole and sound.
            ConfigError: float16 is asked for and cannot hold a value.
        """
        if self.read is not None:
            return self.read(path, options)
        with self.open(path, options) as stream:
            return stream.collect()

    @contextmanager
    def open(self, path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
        """The rows that are asked for, some at a time: what `stream` gives, or what `read` does.

        Raises:
            FormatError, ConfigError: As `load`; of the rows, while they are gone through.
        """
        if self.stream is not None:
            with self.stream(path, options) as stream:
                yield stream
        elif self.read is not None:
            yield as_stream(self.read(path, options))
