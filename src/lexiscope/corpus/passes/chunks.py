"""The distinct chunks of a text: one growing table a thread, then all of them as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.input.sources import Block, TextBuffer, check_text
from lexiscope.corpus.passes import scan

_CACHE_LINE = 64
_SLICE_CHUNKS = 1 << 16  # chunks turned into strings at a time


def _new_slots(capacity: int) -> NDArray[np.uint64]:
    """A table of free slots, none of which lies across two cache lines."""
    raw = np.zeros(capacity * 32 + _CACHE_LINE, np.uint8)
    skipped = -raw.ctypes.data % _CACHE_LINE
    return raw[skipped : skipped + capacity * 32].view(np.uint64).reshape(capacity, 4)


def _grown(array: NDArray[np.generic], size: int) -> NDArray[np.generic]:
    larger = np.empty(size, array.dtype)
    larger[: array.size] = array
    return larger


class ChunkTable:
    """Counts chunks for one thread. It grows as it must, by doubling.

    Args:
        capacity: Slots to begin with, a power of two.

    Attributes:
        entries: Distinct chunks so far.
        most_bytes: What it took at its largest, while it grew.
    """

    def __init__(self, capacity: int = 1 << 14) -> None:
        self._slots = _new_slots(capacity)
        self._limit = capacity * 7 // 10
        self._offsets = np.zeros(self._limit + 1, np.int64)
        self._firsts = np.zeros(self._limit, np.int64)
        self._arena = np.zeros(16 * capacity, np.uint8)
        self._state = np.zeros(scan.STATE_SIZE, np.int64)
        self._out = np.empty(0, np.uint16)
        self.most_bytes = self.nbytes

    @property
    def entries(self) -> int:
        return int(self._state[scan.ENTRIES])

    @property
    def nbytes(self) -> int:
        """What it takes as it stands."""
        arrays = (self._slots, self._offsets, self._firsts, self._arena, self._out)
        return sum(array.nbytes for array in arrays)

    def scan(self, block: Block, buffer: TextBuffer) -> NDArray[np.uint16]:
        """Count a block's chunks.

        Returns:
            The number of each chunk as `scan` spools it; valid until the next call.

        Raises:
            CorpusError: A chunk that was not seen before is not UTF-8, or holds a NUL byte.
        """
        if self._out.size < block.size + 8:
            self._out = np.empty(len(buffer.data) + 8, np.uint16)
        text = np.frombuffer(buffer.data, np.uint8)
        state = self._state
        state[scan.POSITION] = state[scan.WRITTEN] = 0
        state[scan.IN_LINE] = not block.starts_line
        known = self.entries
        while (
            scan.scan_text(
                text,
                block.size,
                block.position,
                self._slots,
                self._offsets,
                self._firsts,
                self._arena,
                self._out,
                state,
            )
            == scan.NEEDS_ROOM
        ):
            self._reserve(int(state[scan.NEEDED_ENTRIES]), int(state[scan.NEEDED_BYTES]))
        self._check_new(known, block)
        return self._out[: state[scan.WRITTEN]]

    def _reserve(self, entries: int, size: int) -> None:
        """Make room for so many more chunks, of so many bytes in all."""
        while self.entries + entries > self._limit:
            capacity = 2 * self._slots.shape[0]
            larger = _new_slots(capacity)
            self.most_bytes = max(self.most_bytes, self.nbytes + larger.nbytes)
            scan.rebuild_slots(self._slots, larger)
            self._slots = larger
            self._limit = capacity * 7 // 10
        if self._firsts.size < self._limit:
            self._offsets = _grown(self._offsets, self._limit + 1).view(np.int64)
            self._firsts = _grown(self._firsts, self._limit).view(np.int64)
        needed = int(self._state[scan.ARENA_USED]) + size
        if needed > self._arena.size:
            self._arena = _grown(self._arena, max(needed, 2 * self._arena.size)).view(np.uint8)
        self.most_bytes = max(self.most_bytes, self.nbytes)

    def _check_new(self, known: int, block: Block) -> None:
        if self.entries == known:
            return
        begin, end = int(self._offsets[known]), int(self._state[scan.ARENA_USED])
        check_text(
            self._arena[begin:end].tobytes(),
            block.file_name,
            self._firsts[known : self.entries] - (block.position - block.file_position),
            self._offsets[known : self.entries] - begin,
        )

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_out": np.empty(0, np.uint16)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What another process has sent may be read-only, which kernels are not compiled for.
        for name, value in state.items():
            setattr(self, name, value.copy() if isinstance(value, np.ndarray) else value)

    def absorb(self, other: ChunkTable, behind: int = 0) -> NDArray[np.int32]:
        """Add another table's counts.

        Args:
            other: Of another part of the text, or of what stands behind this one's.
            behind: Where its positions begin.

        Returns:
            For each chunk of the other its number here.
        """
        self._reserve(other.entries, int(other._state[scan.ARENA_USED]) + 1)
        numbers = np.empty(other.entries, np.int32)
        scan.merge_slots(
            other._slots,
            other._offsets,
            other._firsts + behind if behind else other._firsts,
            other._arena,
            self._slots,
            self._offsets,
            self._firsts,
            self._arena,
            self._state,
            numbers,
        )
        return numbers

    def finish(self) -> DistinctChunks:
        """The chunks in the order of their first position. The table cannot be used after it."""
        entries = self.entries
        counts = np.empty(entries, np.int64)
        scan.collect_counts(self._slots, counts)
        self._slots = _new_slots(2)
        self._out = np.empty(0, np.uint16)
        order = np.argsort(self._firsts[:entries], kind="stable").astype(np.int64)
        return DistinctChunks(self._arena, self._offsets[: entries + 1], order, counts[order])


class DistinctChunks:
    """The distinct chunks of a text in the order in which it first shows them.

    Args:
        arena: Their bytes in any order, a space behind each.
        offsets: Where each begins, and where the last ends.
        order: Their numbers in the arena, in order of appearance.
        counts: Their counts, in order of appearance.
    """

    def __init__(
        self,
        arena: NDArray[np.uint8],
        offsets: NDArray[np.int64],
        order: NDArray[np.int64],
        counts: NDArray[np.int64],
    ) -> None:
        self._arena = arena
        self._offsets = offsets
        self._order = order
        self.counts = counts

    @property
    def ranks(self) -> NDArray[np.int32]:
        """For each number in the arena, its place in the order of appearance."""
        ranks = np.empty(self._order.size, np.int32)
        ranks[self._order] = np.arange(self._order.size, dtype=np.int32)
        return ranks

    def _text(self, order: NDArray[np.int64]) -> str:
        out = np.empty(int((self._offsets[order + 1] - self._offsets[order]).sum()), np.uint8)
        scan.copy_chunks(self._arena, self._offsets, order, ord("\n"), out)
        return out.tobytes().decode("utf-8")

    def texts(self) -> Iterator[str]:
        """All chunks, a newline behind each, some ten thousands at a time."""
        for begin in range(0, self._order.size, _SLICE_CHUNKS):
            yield self._text(self._order[begin : begin + _SLICE_CHUNKS])

    def take(self, numbers: NDArray[np.int64]) -> list[str]:
        """The chunks at these places in the order of appearance."""
        chunks: list[str] = []
        for begin in range(0, numbers.size, _SLICE_CHUNKS):
            chunks += self._text(self._order[numbers[begin : begin + _SLICE_CHUNKS]]).split("\n")
            chunks.pop()
        return chunks

    def find(self, words: frozenset[str]) -> dict[str, int]:
        """The places of those of some words that are among the chunks."""
        if not words:
            return {}
        return {
            chunk: number
            for at, text in enumerate(self.texts())
            for number, chunk in enumerate(text.split("\n"), at * _SLICE_CHUNKS)
            if chunk in words
        }


@dataclass(frozen=True)
class Merged:
    """All threads' tables as one.

    Attributes:
        chunks: The chunks of all. They do not depend on how the text was shared out.
        places: For each table the place of each of its chunks among them.
        most_bytes: What all tables together took at their largest.
    """

    chunks: DistinctChunks
    places: list[NDArray[np.int32]]
    most_bytes: int


def merge_tables(tables: Sequence[ChunkTable]) -> Merged:
    """Make one of all threads' tables; none of them can be used after it."""
    target = tables[0]
    own_entries = target.entries
    numbers = [target.absorb(other) for other in tables[1:]]
    most = target.most_bytes + sum(other.nbytes for other in tables[1:])
    chunks = target.finish()
    ranks = chunks.ranks
    places = [ranks[:own_entries], *(ranks[mapping] for mapping in numbers)]
    return Merged(chunks, places, most)
