"""fastText's subwords: the n-grams of a word, their buckets, and vectors made of them.

The n-grams of `<word>` are counted in characters (a byte that starts none belongs to the one
before it); a single character at either end is left out. An n-gram's hash is FNV-1a, 32 bits, over
its UTF-8 bytes, each taken as a signed number; its row is the hash modulo the number of buckets.
The vector of a word is the mean of its own row and its n-grams' rows. Source:
https://github.com/facebookresearch/fastText, dictionary.cc (Bojanowski et al., Enriching Word
Vectors with Subword Information, 2017).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.cores import cores_allowed
from lexiscope.files import tokens
from lexiscope.formats.contract import Hashing, Rows, Subwords

# fastText's end of a sentence, the only word that has no n-grams.
END_OF_SENTENCE = b"</s>"
# Longer ones stand in no sound file, and each of their lengths costs a pass over every word.
LONGEST_NGRAM = 100

_OFFSET = np.uint32(2166136261)
_PRIME = np.uint32(16777619)
_GATHER_BYTES = 1 << 22
_WORD_BYTES = 1 << 15
_MOST_THREADS = 4
# Characters of more bytes exist only in words that are not UTF-8.
_WIDEST_UTF8 = 4


def unseen_vector(word: str, subwords: Subwords) -> NDArray[np.float32] | None:
    """The vector of a word that has no row of its own: the mean of its n-grams' rows.

    Returns:
        D float32; None where it has no n-grams (too short, or all of them pruned).
    """
    encoded = tokens.encode(word)
    hashes = ngram_hashes(encoded, subwords.minn, subwords.maxn, subwords.hashing)
    if subwords.buckets < 1:
        return None
    rows = [value % subwords.buckets for value in hashes]
    if subwords.pruned is not None:
        rows = [subwords.pruned[row] for row in rows if row in subwords.pruned]
    if not rows:
        return None
    total = np.zeros(subwords.rows.shape[1], dtype=np.float32)
    step = max(1, _GATHER_BYTES // total.nbytes)
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(rows), step):
            picked = np.array(rows[start : start + step], dtype=np.int64)
            total += subwords.rows[picked].astype(np.float32).sum(axis=0)
        return total * np.float32(1 / len(rows))


def compose(
    words: Sequence[bytes],
    own: Rows,
    rows: NDArray[np.int64],
    subwords: Subwords,
    *,
    whole: bytes | None = None,
) -> NDArray[np.float32]:
    """The vectors of words that have rows of their own.

    Beside the result this takes some megabytes, however many words there are.

    Args:
        words: W words.
        own: Where their own rows are.
        rows: The row of each, W.
        subwords: The n-grams' rows.
        whole: A word without n-grams.

    Returns:
        W×D float32.
    """
    sums, counts = _sums(words, own, rows, subwords, whole)
    with np.errstate(over="ignore", invalid="ignore"):
        sums *= (1 / counts).astype(np.float32)[:, None]
    return sums


def own_rows(
    words: Sequence[bytes], vectors: Rows, subwords: Subwords, *, whole: bytes | None = None
) -> NDArray[np.float32]:
    """The words' own rows, from which `compose` makes given vectors, but for rounding.

    Args:
        words: W words.
        vectors: W×D.
        subwords: The n-grams' rows.
        whole: A word without n-grams.

    Returns:
        W×D float32.
    """
    nothing = np.zeros((1, subwords.rows.shape[1]), dtype=np.float32)
    first = np.zeros(len(words), dtype=np.int64)
    sums, counts = _sums(words, nothing, first, subwords, whole)
    with np.errstate(over="ignore", invalid="ignore"):
        np.subtract(vectors[:] * counts[:, None].astype(np.float32), sums, out=sums)
    return sums


def _sums(
    words: Sequence[bytes],
    own: Rows,
    rows: NDArray[np.int64],
    subwords: Subwords,
    whole: bytes | None,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Each word's own row and its n-grams' rows added up (W×D), and how many they are (W)."""
    total = np.zeros((len(words), subwords.rows.shape[1]), dtype=np.float32)
    counts = np.zeros(len(words), dtype=np.int64)
    pruned = None if subwords.pruned is None else _sorted_pairs(subwords.pruned)

    def add(start: int, block: Sequence[bytes]) -> None:
        characters = _Characters(block, whole, subwords.hashing)
        for entries in _entries(characters, subwords, pruned):
            values = np.asarray(subwords.rows[entries.rows], dtype=np.float32)
            values[entries.own] = own[rows[start + entries.owners[entries.own]]]
            # Entries are in the order of the words, and each word's in fastText's own order.
            first = np.flatnonzero(np.diff(entries.owners, prepend=-1))
            owners = start + entries.owners[first]
            with np.errstate(over="ignore", invalid="ignore"):
                total[owners] += np.add.reduceat(values, first, axis=0)
            counts[owners] += np.diff(first, append=len(values))

    # Blocks are words of their own, and NumPy lets other threads run while it gathers and adds.
    with ThreadPoolExecutor(min(_MOST_THREADS, cores_allowed())) as threads:
        waiting: deque[Future[None]] = deque()
        for start, block in _blocks(words):
            waiting.append(threads.submit(add, start, block))
            if len(waiting) > 2 * _MOST_THREADS:
                waiting.popleft().result()
        for task in waiting:
            task.result()
    return total, counts


def ngram_hashes(word: bytes, minn: int, maxn: int, hashing: Hashing = "bytes") -> list[int]:
    """The hashes of a word's n-grams (32 bits each), in fastText's order."""
    characters = _Characters([word], hashing=hashing)
    found = _hashes(characters, 0, characters.count, minn, maxn)
    return [int(value) for value in found.hashes[found.lengths > 0]]


def hashes_of(ngrams: Sequence[bytes]) -> NDArray[np.uint32]:
    """The hashes of n-grams as they stand, their bytes taken."""
    values = np.frombuffer(b"".join(ngrams), dtype=np.int8).astype(np.int32).view(np.uint32)
    sizes = np.array([len(ngram) for ngram in ngrams], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    found = np.full(len(ngrams), _OFFSET)
    # N-grams of one size have no bytes left at the same time, and sorted they end at the end.
    order = np.argsort(-sizes, kind="stable")
    left = order
    for place in range(int(sizes.max(initial=0))):
        left = left[: int(np.count_nonzero(sizes[left] > place))]
        found[left] = (found[left] ^ values[starts[left] + place]) * _PRIME
    return found


def ngram_buckets(
    words: Sequence[bytes], minn: int, maxn: int, buckets: int, *, whole: bytes | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The buckets of some words' n-grams.

    Args:
        words: W words.
        minn, maxn: Shortest and longest n-gram, in characters, at least 1.
        buckets: How many values the hash has, at least 1.
        whole: A word without n-grams.

    Returns:
        Where each word's begin, int64 (W + 1); and all of them, each word's in fastText's order.
    """
    sizes = np.zeros(len(words) + 1, dtype=np.int64)
    found = [np.zeros(0, dtype=np.int32)]
    for start, block in _blocks(words):
        characters = _Characters(block, whole)
        ngrams = _hashes(characters, 0, characters.count, minn, min(maxn, LONGEST_NGRAM))
        kept = ngrams.lengths > 0
        owners = characters.owner[ngrams.starts[kept]]
        sizes[start + 1 : start + 1 + len(block)] = np.bincount(owners, minlength=len(block))
        found.append((ngrams.hashes[kept] % np.uint32(buckets)).astype(np.int32))
    return np.cumsum(sizes), np.concatenate(found)


@dataclass(frozen=True, kw_only=True)
class _Entries:
    """Rows to be added up, word by word.

    Attributes:
        owners: The word's number in its block, int64, never falling.
        own: Whether it is the word's own row.
        rows: Otherwise the row of the n-gram, int64; 0 for the word's own.
    """

    owners: NDArray[np.int64]
    own: NDArray[np.bool_]
    rows: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """Where the buckets that a pruned model has kept are.

    Attributes:
        buckets: Rising, int64.
        rows: The row of each, int64.
    """

    buckets: NDArray[np.int64]
    rows: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """N-grams in fastText's order.

    Attributes:
        starts: The character each starts at, int64.
        lengths: In characters; 0 stands for the word itself, once, before its n-grams.
        hashes: uint32.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    hashes: NDArray[np.uint32]


class _Characters:
    """The characters of some words in brackets, one after the other.

    Attributes:
        count: How many there are.
        starts: The byte where each starts, and the end: count + 1, int64.
        owner: The number of the word each belongs to, int64.
        place: Its place in the word, int64.
        size: How many its word has, int64; 0 for a word that has no n-grams.
        values: The bytes, sign-extended to uint32; or a character's number, which then stands for
            its bytes in all that is said here.
    """

    def __init__(
        self,
        words: Sequence[bytes],
        whole: bytes | None = None,
        hashing: Hashing = "bytes",
    ) -> None:
        bracketed: list[bytes] = [b"<%b>" % word for word in words]
        if hashing == "characters":
            texts = [tokens.decode(word) for word in bracketed]
            joined = "".join(texts).encode("utf-32-le", "surrogatepass")
            self.values = np.frombuffer(joined, dtype="<u4").astype(np.uint32)
            starts = np.arange(len(self.values))
            widths = np.array([len(text) for text in texts], dtype=np.int64)
        else:
            data = np.frombuffer(b"".join(bracketed), dtype=np.uint8)
            self.values = data.view(np.int8).astype(np.int32).view(np.uint32)
            starts = np.flatnonzero((data & 0xC0) != 0x80)
            widths = np.array([len(word) for word in bracketed], dtype=np.int64)
        self.count = len(starts)
        self.starts = np.append(starts, len(self.values))
        self.owner = np.repeat(np.arange(len(words)), widths)[starts]
        first = np.searchsorted(self.owner, np.arange(len(words)))
        self.place = np.arange(self.count) - first[self.owner]
        size = np.diff(first, append=self.count)
        size[[place for place, word in enumerate(words) if word == whole]] = 0
        self.size = size[self.owner]


def _blocks(words: Sequence[bytes]) -> Iterator[tuple[int, Sequence[bytes]]]:
    """The words a block at a time, each with the number of its first."""
    start, size = 0, 0
    for place, word in enumerate(words):
        size += len(word) + 2
        if size >= _WORD_BYTES:
            yield start, words[start : place + 1]
            start, size = place + 1, 0
    if start < len(words):
        yield start, words[start:]


def _entries(
    characters: _Characters, subwords: Subwords, pruned: _Pairs | None
) -> Iterator[_Entries]:
    """The rows that make up some words, so many at a time that gathering them stays small."""
    maxn = min(subwords.maxn, LONGEST_NGRAM)
    lengths = max(1, maxn - max(subwords.minn, 1) + 1) + 1
    row_bytes = 4 * subwords.rows.shape[1] + 64
    step = max(1, _GATHER_BYTES // (row_bytes * lengths))
    for first in range(0, characters.count, step):
        last = min(characters.count, first + step)
        found = _hashes(characters, first, last, subwords.minn, maxn)
        own = found.lengths == 0
        rows = found.hashes.astype(np.int64)
        if subwords.buckets > 0:
            rows %= subwords.buckets
            kept = own | _keep(rows, pruned)
        else:
            kept = own
        rows[own] = 0
        yield _Entries(owners=characters.owner[found.starts[kept]], own=own[kept], rows=rows[kept])


def _sorted_pairs(pruned: Mapping[int, int]) -> _Pairs:
    """The buckets that were kept, rising, and their rows."""
    buckets = np.fromiter(pruned.keys(), dtype=np.int64, count=len(pruned))
    rows = np.fromiter(pruned.values(), dtype=np.int64, count=len(pruned))
    order = np.argsort(buckets)
    return _Pairs(buckets=buckets[order], rows=rows[order])


def _keep(rows: NDArray[np.int64], pruned: _Pairs | None) -> NDArray[np.bool_]:
    """Which buckets have a row; each that has is replaced by it."""
    if pruned is None:
        return np.ones(len(rows), dtype=np.bool_)
    if pruned.buckets.size == 0:
        return np.zeros(len(rows), dtype=np.bool_)
    place = np.minimum(np.searchsorted(pruned.buckets, rows), len(pruned.buckets) - 1)
    known: NDArray[np.bool_] = pruned.buckets[place] == rows
    rows[known] = pruned.rows[place[known]]
    return known


def _hashes(characters: _Characters, first: int, last: int, minn: int, maxn: int) -> _Found:
    """The n-grams that start at some characters, and their words' own entries."""
    active = np.arange(first, last)
    words = active[characters.place[active] == 0]
    starts, lengths = [words], [np.zeros(len(words), dtype=np.int64)]
    hashes = [np.zeros(len(words), dtype=np.uint32)]
    state = np.full(last - first, _OFFSET)
    for length in range(1, maxn + 1):
        active = active[characters.place[active] + length <= characters.size[active]]
        if active.size == 0:
            break
        values = _extend(characters, state[active - first], active + length - 1)
        state[active - first] = values
        if length < minn:
            continue
        kept = np.ones(len(active), dtype=np.bool_)
        if length == 1:
            place = characters.place[active]
            kept = (place > 0) & (place + 1 < characters.size[active])
        starts.append(active[kept])
        hashes.append(values[kept])
        lengths.append(np.full(len(starts[-1]), length))
    start, size = np.concatenate(starts), np.concatenate(lengths)
    order = np.lexsort((size, start))
    return _Found(starts=start[order], lengths=size[order], hashes=np.concatenate(hashes)[order])


def _extend(
    characters: _Characters, state: NDArray[np.uint32], added: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """Hashes taken on by one character each; `state` is changed."""
    position = characters.starts[added]
    width = characters.starts[added + 1] - position
    for offset in range(min(int(width.max()), _WIDEST_UTF8)):
        more = width > offset
        state[more] = (state[more] ^ characters.values[position[more] + offset]) * _PRIME
    for place in np.flatnonzero(width > _WIDEST_UTF8):
        begin = int(position[place])
        value = int(state[place])
        for byte in characters.values[begin + _WIDEST_UTF8 : begin + int(width[place])].tolist():
            value = (value ^ byte) * int(_PRIME) & 0xFFFFFFFF
        state[place] = value
    return state
