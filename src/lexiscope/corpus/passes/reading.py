"""First pass over text files: count the distinct chunks and spool their numbers."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.input.sources import BlockReader, TextBuffer
from lexiscope.corpus.input.streams import ReadingCancelled
from lexiscope.corpus.passes.chunks import ChunkTable, merge_tables
from lexiscope.corpus.passes.recode import FirstPass, Recoding, SpoolRecoder
from lexiscope.corpus.passes.spool import Piece, Spool
from lexiscope.corpus.passes.words import split_chunks
from lexiscope.corpus.tokenizers import TokenizerSpec
from lexiscope.errors import LexiscopeError
from lexiscope.progress import Meter

_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class ReadText(FirstPass):
    """A text that was read once, chunk by chunk.

    Attributes:
        spools: Where its sentences stand.
        places: For each spool, what chunk its numbers stand for.
    """

    spools: Sequence[Spool[np.uint16]]
    places: list[NDArray[np.int32]]

    def recoder(self, table: Recoding, longest: int) -> SpoolRecoder:
        """See `FirstPass`; each thread numbered chunks for itself."""
        codes = [table.codes[places] for places in self.places]
        return SpoolRecoder(self.spools, codes, table, longest)


class _Failures:
    """The failure that stands first in the text, whichever thread meets one first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index = -1
        self.first: BaseException | None = None

    def add(self, index: int, error: BaseException) -> None:
        with self._lock:
            if self.first is None or index < self._index:
                self._index, self.first = index, error


def read_files(
    reader: BlockReader, spec: TokenizerSpec, spools: Sequence[Spool[np.uint16]], meter: Meter
) -> ReadText:
    """Read a text with one thread a spool.

    The result depends on the text alone, but for the order of the numbers within the spools.

    Raises:
        CorpusError: The text is missing, damaged or no text, or the disk is full.
    """
    tables = [ChunkTable() for _ in spools]
    pieces: list[list[Piece]] = [[] for _ in spools]
    failures, stop = _Failures(), threading.Event()

    def work(worker: int) -> None:
        buffer = TextBuffer(reader.block_bytes)
        while not stop.is_set():
            index = 1 << 62  # a failure to read stands behind all blocks that were read
            try:
                block = reader.fill(buffer)
                if block is None:
                    return
                index = block.index
                units = tables[worker].scan(block, buffer)
                pieces[worker].append(
                    Piece(
                        index=index,
                        spool=worker,
                        position=spools[worker].append(units),
                        count=units.size,
                        starts_line=block.starts_line,
                    )
                )
            except (LexiscopeError, ReadingCancelled) as error:
                failures.add(index, error)
                stop.set()

    try:
        with ThreadPoolExecutor(len(spools), thread_name_prefix="lexiscope-read") as pool:
            try:
                pending: set[Future[None]] = {pool.submit(work, n) for n in range(len(spools))}
                while pending:
                    finished, pending = wait(pending, _POLL_SECONDS)
                    for future in finished:
                        future.result()
                    meter.update(reader.consumed)
            finally:
                stop.set()
                reader.cancel()
    finally:
        reader.close()
    if failures.first is not None:
        raise failures.first
    meter.finish(reader.consumed)
    merged = merge_tables(tables)
    return ReadText(
        text=split_chunks(merged.chunks, spec),
        pieces=sorted((piece for own in pieces for piece in own), key=lambda piece: piece.index),
        spools=spools,
        places=merged.places,
        text_bytes=reader.delivered,
        files=reader.files,
        table_bytes=merged.most_bytes,
    )
