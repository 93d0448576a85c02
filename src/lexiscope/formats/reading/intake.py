"""Rows on their way in: picked, repeated words left out, oddities told.

A reader hands over the rows as they stand in the file, all at once (`assemble`) or block by block
(`Intake`); what comes back is what the user asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lexiscope.files import encodings, tokens
from lexiscope.files.maps import rows_of
from lexiscope.formats.contract import EVERYTHING, Block, Matrix, ReadOptions, VectorsData, to_dtype
from lexiscope.formats.not_kept import output_of_nodes

_SENSELESS = 1e15
_CONTROL = re.compile("[\x00-\x1f\x7f]")
# A sum of squares between these has no value that needs a word.
_SOUND_SQUARES = (1e-30, 1e28)
_NAMED = 3
_SAMPLED = 200
_MOST_CUT = 0.5
NOT_UTF8 = "words are not whole UTF-8"
# Bytes of a word that is likely to be cut for its length, as word2vec's program cuts at 98.
_LONG = 90


@dataclass(frozen=True, kw_only=True)
class RowScan:
    """Rows (0-based numbers) that need a word.

    Attributes:
        non_finite: Rows with a NaN or an infinity.
        zero: Rows of zeros only.
        huge: Rows with a finite value above 1e15 in size, which no training gives.
    """

    non_finite: NDArray[np.int64]
    zero: NDArray[np.int64]
    huge: NDArray[np.int64]


def scan_rows(vectors: Matrix) -> RowScan:
    """Finds the rows that are not finite, all zero or of a senseless size, in bounded memory."""
    squares = np.empty(len(vectors), dtype=np.float32)
    start = 0
    # One pass at the speed of memory; only rows whose sum of squares is odd are looked at.
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for block in rows_of(vectors):
            end = start + len(block)
            np.einsum(
                "ij,ij->i",
                block,
                block,
                out=squares[start:end],
                dtype=np.float32,
                casting="same_kind",
            )
            start = end
        low, high = _SOUND_SQUARES
        suspects = np.flatnonzero(~((squares > low) & (squares < high)))
    kinds: tuple[list[int], list[int], list[int]] = ([], [], [])
    for row in suspects.tolist():
        with np.errstate(invalid="ignore", over="ignore"):
            sizes = np.abs(vectors[row])
            finite = np.isfinite(sizes)
            huge_value = sizes.max(where=finite, initial=0) > _SENSELESS
            fits = (not finite.all(), not sizes.any(), bool(huge_value))
        for kind, is_of_it in zip(kinds, fits, strict=True):
            if is_of_it:
                kind.append(row)
    non_finite, zero, huge = (np.array(rows, dtype=np.int64) for rows in kinds)
    return RowScan(non_finite=non_finite, zero=zero, huge=huge)


@dataclass
class _Told:
    """Rows of one kind: how many, and the first few words."""

    what: str
    count: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, words: Sequence[str], rows: NDArray[np.int64]) -> None:
        self.count += len(rows)
        self.named += [words[row] for row in rows[: _NAMED - len(self.named)]]

    def lines(self) -> list[str]:
        if not self.count:
            return []
        named = ", ".join(map(repr, self.named))
        more = ", …" if self.count > len(self.named) else ""
        return [f"{self.count:,} rows {self.what} ({named}{more})"]


def _is_long(word: str) -> bool:
    return len(tokens.encode(word)) >= _LONG


class _Oddities:
    """What the user should know of the rows that were kept."""

    def __init__(self) -> None:
        self._non_finite = _Told("with NaN or infinity: never neighbours")
        self._zero = _Told("of zeros only: never neighbours")
        self._control = _Told("whose words hold control characters, as where a row is damaged")
        self._cut = 0
        self._cut_words: list[str] = []
        self._unusual = 0
        self._repeated = 0
        self._first_repeated = ""

    def add_rows(self, words: list[str], scan: RowScan) -> None:
        """Notes rows that were kept."""
        self._non_finite.add(words, scan.non_finite)
        self._zero.add(words, scan.zero)
        joined = "".join(words)
        if not joined.isprintable() and _CONTROL.search(joined):
            odd = [row for row, word in enumerate(words) if _CONTROL.search(word)]
            self._control.add(words, np.array(odd, dtype=np.int64))
        if not joined.isascii():
            self._unusual += sum(not word.isascii() for word in words)
            if tokens.is_cut(joined):
                cut = [word for word in words if tokens.is_cut(word)]
                self._cut += len(cut)
                self._cut_words += cut[: _SAMPLED - len(self._cut_words)]

    def add_repeated(self, words: list[str], rows: NDArray[np.int64]) -> None:
        """Notes rows that were left out."""
        if len(rows) and not self._repeated:
            self._first_repeated = words[rows[0]]
        self._repeated += len(rows)

    def lines(self) -> list[str]:
        """A line a kind."""
        lines = self._non_finite.lines() + self._zero.lines() + self._control.lines()
        if self._cut:
            # Of a file in UTF-8 few words are cut; of one in another encoding hardly any is not.
            is_other = self._cut > _MOST_CUT * self._unusual
            is_other = is_other and not all(map(_is_long, self._cut_words))
            hint = encodings.hint(self._cut_words) if is_other else ""
            why = "" if hint else " (cut in mid-character)"
            lines.append(f"{self._cut:,} {NOT_UTF8}{why}; kept as bytes{hint}")
        if self._repeated:
            lines.append(
                f"{self._repeated:,} rows repeat a word ({self._first_repeated!r} is the first "
                "such); the first row of each word was kept"
            )
        return lines


class Intake:
    """Takes rows block by block, in constant memory but for 8 bytes a row.

    Of the words seen only a hash is kept, since a stream may be longer than memory. Python's 64-bit
    hashes of strings have a random key, so that two words of one file share one by chance alone:
    once in some 4 million files of 3 million words.

    Args:
        options: Which rows are asked for, and as what.
    """

    def __init__(self, options: ReadOptions = EVERYTHING) -> None:
        self._options = options
        self._left = options.limit
        self._missing = None if options.words is None else set(options.words)
        self._seen = _Seen()
        self._oddities = _Oddities()

    @property
    def done(self) -> bool:
        """Whether further rows cannot be among those asked for."""
        return self._left == 0 or (self._missing is not None and not self._missing)

    def wanted(self, most: int) -> int:
        """How many rows to give it next: no more than are wanted, or `most`."""
        return most if self._left is None else min(most, self._left)

    def take(
        self, words: list[str], vectors: Matrix, counts: NDArray[np.int64] | None = None
    ) -> Block:
        """The rows of a block that are asked for.

        Args:
            words: n, as they stand in the file.
            vectors: n×D.
            counts: n, where the file has them.

        Raises:
            ConfigError: float16 is asked for and cannot hold a value.
        """
        if self._options.encoding is not None:
            words = encodings.read_again(words, self._options.encoding)
        if self._left is not None:
            words, vectors = words[: self._left], vectors[: self._left]
            counts = None if counts is None else counts[: self._left]
            self._left -= len(words)
        if self._options.words is not None and self._missing is not None:
            keep = _rows_of(words, self._options.words)
            words, vectors, counts = _keep(keep, words, vectors, counts)
            self._missing.difference_update(words)
        repeated = self._seen.add(words)
        if len(repeated):
            self._oddities.add_repeated(words, repeated)
            keep = np.delete(np.arange(len(words), dtype=np.int64), repeated)
            words, vectors, counts = _keep(keep, words, vectors, counts)
        self._oddities.add_rows(words, scan_rows(vectors))
        return Block(words, to_dtype(vectors, self._options.dtype), counts)

    def warnings(self) -> list[str]:
        """What the user should know of the rows taken so far."""
        return self._oddities.lines()


class _Seen:
    """The hashes of all words so far, in sorted arrays that double in size."""

    def __init__(self) -> None:
        self._levels: list[NDArray[np.int64]] = []

    def add(self, words: list[str]) -> NDArray[np.int64]:
        """Notes words; gives the positions of those that were there before, in order."""
        hashes = _hashes(words)
        order = np.argsort(hashes, kind="stable")
        ordered = hashes[order]
        again = np.zeros(len(words), dtype=bool)
        again[1:] = ordered[1:] == ordered[:-1]
        for level in self._levels:
            places = np.searchsorted(level, ordered)
            places[places == len(level)] = 0
            again |= level[places] == ordered
        fresh = ordered[~again]
        # As in a binary counter: arrays of like size are merged, so each hash is moved log V times.
        while self._levels and len(self._levels[-1]) <= 2 * len(fresh):
            fresh = np.sort(np.concatenate([self._levels.pop(), fresh]), kind="stable")
        if len(fresh):
            self._levels.append(fresh)
        return np.sort(order[again])


def assemble(
    words: list[str],
    vectors: Matrix,
    *,
    options: ReadOptions = EVERYTHING,
    counts: NDArray[np.int64] | None = None,
    scan: RowScan | None = None,
    distinct: bool = False,
) -> VectorsData:
    """Plain data from the rows of a file, all at once; where all are kept, none is copied.

    Args:
        words: As they stand in the file.
        vectors: V×D.
        options: Which rows are asked for, and as what.
        counts: V, where the file has them.
        scan: What `scan_rows` finds in these vectors, where that is known already.
        distinct: Whether it is known that no word is there twice.

    Raises:
        ConfigError: float16 is asked for and cannot hold a value.
    """
    if options.encoding is not None:
        words, distinct = encodings.read_again(words, options.encoding), False
    if options.limit is not None and options.limit < len(words):
        words, vectors, scan = words[: options.limit], vectors[: options.limit], None
        counts = None if counts is None else counts[: options.limit]
    if options.words is not None:
        keep, scan = _rows_of(words, options.words), None
        words, vectors, counts = _keep(keep, words, vectors, counts)
    oddities = _Oddities()
    if not distinct and may_repeat(words):
        first: dict[str, int] = {}
        for row, word in enumerate(words):
            first.setdefault(word, row)
        keep, scan = np.fromiter(first.values(), dtype=np.int64, count=len(first)), None
        repeated = np.delete(np.arange(len(words), dtype=np.int64), keep)
        oddities.add_repeated(words, repeated)
        words, vectors, counts = _keep(keep, words, vectors, counts)
    oddities.add_rows(words, scan_rows(vectors) if scan is None else scan)
    vectors = to_dtype(vectors, options.dtype)
    return VectorsData(words, vectors, counts, warnings=oddities.lines(), distinct=True)


def may_repeat(words: list[str]) -> bool:
    """Whether a word may be there twice; a set of them would take ten times the memory."""
    hashes = np.sort(_hashes(words))
    return bool((hashes[1:] == hashes[:-1]).any())


def _hashes(words: list[str]) -> NDArray[np.int64]:
    return np.fromiter(map(_hash, words), dtype=np.int64, count=len(words))


def _hash(word: str) -> int:
    """A hash that differs where words do.

    Python takes that of the bytes that a string has in memory, be they one, two or four a
    character: "bk" and "止" (U+6B62) have the same. UTF-8 has no such twins.
    """
    return hash(word) if word.isascii() else hash(word.encode("utf-8", "surrogatepass"))


def select(data: VectorsData, options: ReadOptions) -> VectorsData:
    """The rows of sound data that are asked for; the data itself where all are.

    The output matrix goes along where it has a row a word; the inner nodes of a Huffman tree
    belong to no word, and are lost where rows are.

    Raises:
        ConfigError: float16 is asked for and cannot hold a value.
    """
    if options.is_everything:
        return data
    if options.encoding is not None:
        data = replace(data, tokens=encodings.read_again(data.tokens, options.encoding))
    words, keep = data.tokens[: options.limit], slice(0, options.limit)
    vectors, counts = data.vectors[keep], None if data.counts is None else data.counts[keep]
    output, lost = data.output, list(data.lost)
    follows = output is not None and len(output) == len(data.tokens)
    if output is not None and follows:
        output = output[keep]
    if options.words is not None:
        rows = _rows_of(words, options.words)
        words, vectors, counts = _keep(rows, words, vectors, counts)
        if output is not None and follows:
            output = output[rows]
    subwords = data.subwords
    if subwords is not None and len(words) != len(data.tokens):
        subwords = replace(subwords, own=None)
    if output is not None and not follows and len(words) != len(data.tokens):
        lost.append(output_of_nodes(output.shape))
        output = None
    return VectorsData(
        words,
        to_dtype(vectors, options.dtype),
        counts,
        None if output is None else to_dtype(output, options.dtype),
        data.metadata,
        list(data.warnings),
        subwords,
        data.distinct,
        lost,
    )


def _rows_of(words: list[str], wanted: frozenset[str]) -> NDArray[np.int64]:
    return np.array([row for row, word in enumerate(words) if word in wanted], dtype=np.int64)


def _keep(
    rows: NDArray[np.int64],
    words: list[str],
    vectors: Matrix,
    counts: NDArray[np.int64] | None,
) -> tuple[list[str], Matrix, NDArray[np.int64] | None]:
    kept = [words[row] for row in rows.tolist()]
    return kept, vectors[rows], None if counts is None else counts[rows]
