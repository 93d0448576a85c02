"""Second pass over a text: from numbers of chunks to ids of words."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.passes import scan
from lexiscope.corpus.passes.spool import Piece, Spool
from lexiscope.corpus.passes.words import Expansion, TextWords
from lexiscope.progress import Meter


@dataclass(frozen=True, kw_only=True)
class Recoding:
    """What each chunk becomes, as `scan.recode_chunks` wants it.

    Attributes:
        codes: Of each chunk: a word's id, `scan.DROPPED`, or `scan.DROPPED` − 1 − e.
        bounds: Expansion e is `words[bounds[e]:bounds[e + 1]]`.
        words: Ids of words.
    """

    codes: NDArray[np.int32]
    bounds: NDArray[np.int64]
    words: NDArray[np.int32]

    @classmethod
    def of(cls, expansion: Expansion | None, ids: NDArray[np.int32]) -> Recoding:
        """Join what words a chunk has with the words' ids.

        Args:
            expansion: The words of each chunk, or None where chunk c is word c.
            ids: Each word's id, negative where it has none.
        """
        if expansion is None:
            codes = np.where(ids >= 0, ids, scan.DROPPED).astype(np.int32)
            return cls(codes=codes, bounds=np.zeros(1, np.int64), words=np.empty(0, np.int32))
        word_ids = ids[expansion.words]
        inside = word_ids >= 0
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(inside, dtype=np.int64)])
        bounds = before[expansion.bounds]
        words = word_ids[inside].astype(np.int32)
        sizes = np.diff(bounds)
        codes = np.full(sizes.size, scan.DROPPED, np.int32)
        single = np.flatnonzero(sizes == 1)
        codes[single] = words[bounds[single]]
        several = np.flatnonzero(sizes > 1)
        codes[several] = scan.DROPPED - 1 - np.arange(several.size, dtype=np.int32)
        picked = np.repeat(bounds[several], sizes[several]) + _counting(sizes[several])
        expanded = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes[several])])
        return cls(codes=codes, bounds=expanded.astype(np.int64), words=words[picked])


@dataclass(frozen=True, kw_only=True)
class FirstPass:
    """What a first pass over a text leaves for the second.

    Attributes:
        text: The distinct words, and what each chunk becomes.
        pieces: Where the sentences stand, in order.
        text_bytes: How long the text is; of sentences in memory, all words and chunks in UTF-8.
        files: In how many files it stood.
        empty_words: Empty strings that were left out.
        integers: Words that were given as whole numbers, as text.
        table_bytes: What the tables of distinct chunks took at their largest.
    """

    text: TextWords
    pieces: list[Piece]
    text_bytes: int
    files: int = 0
    empty_words: int = 0
    integers: frozenset[str] = frozenset()
    table_bytes: int = 0

    def recoder(self, table: Recoding, longest: int) -> Recoder:
        """What makes ids of the pieces.

        Args:
            table: What each chunk becomes.
            longest: Most words of a sentence.
        """
        raise NotImplementedError


def _counting(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … up to each size, one after another."""
    total = int(sizes.sum())
    starts = np.cumsum(sizes) - sizes
    return np.arange(total, dtype=np.int64) - np.repeat(starts, sizes)


@dataclass(frozen=True, kw_only=True)
class SentenceCounts:
    """What became of the sentences.

    Attributes:
        sentences: Those with a word in the vocabulary.
        empty: Those that had words, but none in the vocabulary.
        long: Those that were split.
        long_pieces: The pieces that they became.
        ids: Ids written, without the −1s.
    """

    sentences: int
    empty: int
    long: int
    long_pieces: int
    ids: int


@dataclass(frozen=True)
class Recoded:
    """A piece's ids.

    Attributes:
        ids: They, −1 at the ends of sentences.
        state: As `scan.recode_chunks` left it.
    """

    ids: NDArray[np.int32]
    state: NDArray[np.int64]


class Recoder(Protocol):
    """Turns pieces into ids, whoever has them."""

    def release(self, piece: Piece) -> None:
        """Lets go of what stands before a piece, which is not read again."""

    def recode(self, piece: Piece, carried: NDArray[np.int64]) -> Recoded:
        """Recodes a piece that begins in a sentence of which `carried` tells; from any thread."""


class SpoolRecoder:
    """Turns spooled numbers into ids (a `Recoder`).

    Args:
        spools: Where the pieces stand.
        codes: For each spool, what its numbers become.
        table: The expansions that codes refer to.
        longest: Most words of a sentence.
    """

    def __init__(
        self,
        spools: Sequence[Spool[np.uint16]],
        codes: list[NDArray[np.int32]],
        table: Recoding,
        longest: int,
    ) -> None:
        self._spools = spools
        self._codes = codes
        self._table = table
        self._longest = longest

    def release(self, piece: Piece) -> None:
        """See `Recoder`."""
        self._spools[piece.spool].release(piece.position)

    def recode(self, piece: Piece, carried: NDArray[np.int64]) -> Recoded:
        """See `Recoder`."""
        units = self._spools[piece.spool].read(piece.position, piece.count)
        table = replace(self._table, codes=self._codes[piece.spool])
        return recode_units(units, table, self._longest, carried)


def recode_units(
    units: NDArray[np.uint16], table: Recoding, longest: int, carried: NDArray[np.int64]
) -> Recoded:
    """Makes ids of numbers of chunks.

    Args:
        units: The numbers, as `scan` spools them.
        table: What each number becomes.
        longest: Most words of a sentence.
        carried: The sentence that they begin in; empty where a sentence begins with them.
    """
    state = np.zeros(scan.RECODE_STATE_SIZE, np.int64)
    state[: carried.size] = carried
    size = units.size
    if table.words.size:
        size = scan.recoded_length(units, table.codes, table.bounds)
    out = np.empty(size + size // longest + 2, np.int32)
    written = scan.recode_chunks(units, table.codes, table.bounds, table.words, longest, out, state)
    return Recoded(out[:written], state)


def recode_pieces(
    pieces: Sequence[Piece],
    recoder: Recoder,
    target: Spool[np.int32],
    *,
    workers: int,
    digest: Any,
    meter: Meter,
) -> SentenceCounts:
    """Write the ids of all pieces, in order, to one spool.

    Args:
        pieces: In the order of the text.
        recoder: What makes ids of them.
        target: Takes the ids.
        workers: Threads.
        digest: A hash, updated with the ids' bytes.
        meter: Told the spooled bytes used up.
    """
    totals = np.zeros(scan.RECODE_STATE_SIZE, np.int64)
    carried = np.zeros(scan.SENTENCES, np.int64)
    ahead: deque[Future[Recoded] | None] = deque()
    following = iter(pieces)
    done = 0

    def submit(pool: ThreadPoolExecutor) -> None:
        piece = next(following, None)
        if piece is not None:
            # Only the start of a line can be recoded without knowing what came before it.
            fresh = carried[:0]
            ahead.append(pool.submit(recoder.recode, piece, fresh) if piece.starts_line else None)

    with _Hasher(digest) as hasher, ThreadPoolExecutor(workers, "lexiscope-encode") as pool:
        try:
            for _ in range(2 * workers):
                submit(pool)
            for piece in pieces:
                future = ahead.popleft()
                recoded = recoder.recode(piece, carried) if future is None else future.result()
                submit(pool)
                recoder.release(piece)
                carried = recoded.state[: scan.SENTENCES]
                totals += recoded.state
                hasher.update(recoded.ids)
                target.append(recoded.ids)
                done += piece.count * 2
                meter.update(done)
        finally:
            for future in ahead:
                if future is not None:
                    future.cancel()
    meter.finish(done)
    return SentenceCounts(
        sentences=int(totals[scan.SENTENCES]),
        empty=int(totals[scan.EMPTY_LINES]),
        long=int(totals[scan.LONG_LINES]),
        long_pieces=int(totals[scan.LONG_PIECES]),
        ids=int(totals[scan.IDS]),
    )


class _Hasher:
    """Updates a hash in a thread of its own, one update behind."""

    def __init__(self, digest: Any) -> None:
        self._digest = digest
        self._pool = ThreadPoolExecutor(1, "lexiscope-hash")
        self._last: Future[None] | None = None

    def update(self, ids: NDArray[np.int32]) -> None:
        if self._last is not None:
            self._last.result()
        self._last = self._pool.submit(self._digest.update, ids.data)

    def __enter__(self) -> _Hasher:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
