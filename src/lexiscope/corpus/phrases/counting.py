"""Pairs of a text counted, in tables that grow as they must, and what was counted.

What may become a phrase goes by how it is written: ("new_york", "city") and ("new", "york_city")
are one phrase, and a word of the text may be written like one ("new_york"). Such keys have one
count, as gensim has it, whose table is a dict of strings. Pairs are told apart here by their words'
ids, so those that are written alike are looked for afterwards: only where a word holds a character
of the delimiter can there be any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.input.sentence_files import NO_LIMIT
from lexiscope.corpus.phrases import kernels

_FIRST_CAPACITY = 1 << 14
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that its powers lose no bit
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)


def spell_starts(words: Sequence[str], node_keys: NDArray[np.uint64], delimiter: str) -> list[str]:
    """What pairs may begin with beside a single word: each node's words, joined."""
    spelled: list[str] = []
    befores = (node_keys >> _HALF).astype(np.int64).tolist()
    connectors = (node_keys & _LOW).astype(np.int64).tolist()
    for before, connector in zip(befores, connectors, strict=True):
        head = spelled[before - kernels.NODE] if before >= kernels.NODE else words[before]
        spelled.append(head + delimiter + words[connector])
    return spelled


@dataclass(frozen=True, kw_only=True)
class PairCounts:
    """The words of a text that are no connectors, and its pairs, with their counts.

    Attributes:
        words: Every word by id, connectors too; V of them.
        counts, firsts: int64 (V,), how often a word was seen (0 for a connector) and where first.
        keys: uint64 (P,), the pairs, by where they were first seen; see `kernels`.
        key_counts, key_firsts: int64 (P,), the same of the pairs.
        node_keys: uint64 (N,), what pairs begin with beside a single word.
        tokens: Words read, connectors too.
        min_reduce: What gensim calls so: rarer keys were dropped to stay below the most; 1 for
            none.
        delimiter: What stands between the words of a phrase.
    """

    words: Sequence[str]
    counts: NDArray[np.int64]
    firsts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    key_counts: NDArray[np.int64]
    key_firsts: NDArray[np.int64]
    node_keys: NDArray[np.uint64]
    tokens: int
    min_reduce: int
    delimiter: str

    @cached_property
    def holds_delimiter(self) -> NDArray[np.uint8]:
        """uint8 (V,), 1 for a word with a character of the delimiter in it."""
        return marked(self.words, self.delimiter)

    @cached_property
    def _traced(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        roots = np.empty(self.node_keys.size, np.int64)
        flags = np.empty(self.node_keys.size, np.uint8)
        kernels.trace_nodes(self.node_keys, self.holds_delimiter, roots, flags)
        return roots, flags

    @cached_property
    def ends(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """int64 (P,) each: the first word of every pair, and its last."""
        heads = (self.keys >> _HALF).astype(np.int64)
        is_node = heads >= kernels.NODE
        heads[is_node] = self._traced[0][heads[is_node] - kernels.NODE]
        return heads, (self.keys & _LOW).astype(np.int64)

    @cached_property
    def is_ambiguous(self) -> NDArray[np.bool_]:
        """bool (P,), whether a pair, joined, could be cut in another way than it was joined."""
        heads = (self.keys >> _HALF).astype(np.int64)
        is_node = heads >= kernels.NODE
        flags = self.holds_delimiter[self.ends[0]] | self.holds_delimiter[self.ends[1]]
        flags[is_node] |= self._traced[1][heads[is_node] - kernels.NODE]
        return flags.astype(np.bool_)

    def spell(self, pairs: NDArray[np.int64]) -> list[str]:
        """Some pairs, joined.

        Args:
            pairs: Their numbers.
        """
        heads = (self.keys[pairs] >> _HALF).astype(np.int64).tolist()
        lasts = (self.keys[pairs] & _LOW).astype(np.int64).tolist()
        words, joint = self.words, self.delimiter
        if not self.node_keys.size:
            return [
                words[head] + joint + words[last] for head, last in zip(heads, lasts, strict=True)
            ]
        starts, node = self._starts, kernels.NODE
        return [
            (starts[head - node] if head >= node else words[head]) + joint + words[last]
            for head, last in zip(heads, lasts, strict=True)
        ]

    @cached_property
    def _starts(self) -> list[str]:
        return spell_starts(self.words, self.node_keys, self.delimiter)

    @cached_property
    def alike(self) -> list[NDArray[np.int64]]:
        """Groups of keys that are written alike, each of two or more: a word's id, or V + a pair's
        number."""
        if not self.holds_delimiter.any():
            return []
        present = np.flatnonzero(self.counts)
        numbers = np.concatenate([present, np.arange(self.keys.size) + len(self.words)])
        hashes = np.concatenate(self._hashes(present))
        order = np.argsort(hashes, kind="stable")
        same = hashes[order[1:]] == hashes[order[:-1]]
        # Runs of equal hashes, of which only those of two or more are looked at.
        edges = np.flatnonzero(np.diff(np.concatenate([[0], same.view(np.int8), [0]])))
        groups: list[NDArray[np.int64]] = []
        for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            groups += self._written_alike(numbers[order[begin : end + 1]])
        return groups

    def _written_alike(self, numbers: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Keys of one hash, parted by what they are as text; hashes may agree by chance."""
        by_text: dict[str, list[int]] = {}
        for number in numbers.tolist():
            pair = number - len(self.words)
            text = self.words[number] if pair < 0 else self.spell(np.array([pair]))[0]
            by_text.setdefault(text, []).append(number)
        return [np.array(group, np.int64) for group in by_text.values() if len(group) > 1]

    def _hashes(self, present: NDArray[np.int64]) -> list[NDArray[np.uint64]]:
        """The hashes of the words that were counted, and of the pairs."""
        word_hashes, lengths = _text_hashes([*self.words, self.delimiter])
        powers = _powers(int(lengths.max()) + 1)[lengths]
        node_hashes = np.empty(self.node_keys.size, np.uint64)
        hashes = np.empty(self.keys.size, np.uint64)
        joint = np.array([word_hashes[-1], powers[-1]], np.uint64)
        kernels.hash_pairs(
            self.keys, self.node_keys, word_hashes, powers, joint, node_hashes, hashes
        )
        return [word_hashes[present], hashes]

    @cached_property
    def _totals(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        counts = np.concatenate([self.counts, self.key_counts])
        for group in self.alike:
            counts[group] = counts[group].sum()
        return counts[: len(self.words)], counts[len(self.words) :]

    @property
    def word_totals(self) -> NDArray[np.int64]:
        """int64 (V,), the counts of what is written as each word."""
        return self._totals[0]

    @property
    def key_totals(self) -> NDArray[np.int64]:
        """int64 (P,), the counts of what is written as each pair."""
        return self._totals[1]

    @cached_property
    def size(self) -> int:
        """How many words and pairs there are, those written alike counted once."""
        twice = sum(group.size - 1 for group in self.alike)
        return int(np.count_nonzero(self.counts)) + self.keys.size - twice

    def vocabulary(self) -> dict[str, int]:
        """The counts by what is written, in the order in which a reader would meet it first."""
        present = np.flatnonzero(self.counts)
        order = np.argsort(
            np.concatenate([2 * self.firsts[present], 2 * self.key_firsts + 1]), kind="stable"
        )
        texts = [self.words[number] for number in present.tolist()]
        texts += self.spell(np.arange(self.keys.size))
        totals = np.concatenate([self.word_totals[present], self.key_totals])
        return dict(
            zip(map(texts.__getitem__, order.tolist()), totals[order].tolist(), strict=True)
        )


def marked(words: Sequence[str], delimiter: str) -> NDArray[np.uint8]:
    """uint8, 1 for each word with a character of a delimiter in it; of an empty one, for all."""
    if len(delimiter) == 1:
        return np.fromiter((delimiter in word for word in words), np.uint8, len(words))
    letters = frozenset(delimiter)
    return np.fromiter(
        (not letters or not letters.isdisjoint(word) for word in words), np.uint8, len(words)
    )


def _powers(count: int) -> NDArray[np.uint64]:
    """The base to the power of 0, 1, …"""
    powers = np.full(count, _BASE, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def _text_hashes(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The hashes of texts, polynomials of their bytes modulo 2⁶⁴, and how many bytes each has."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    ends = np.cumsum(lengths)
    places = np.repeat(ends - 1, lengths) - np.arange(int(ends[-1]))
    content = np.frombuffer(b"".join(encoded), np.uint8).astype(np.uint64) + np.uint64(1)
    terms = content * _powers(int(lengths.max()) + 1)[places]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
    return sums[ends] - sums[ends - lengths], lengths


class _Table:
    """A table of keys that grows by doubling: slots, and the keys by number."""

    def __init__(self) -> None:
        self.slots = np.zeros((_FIRST_CAPACITY, 2), np.uint64)
        self.keys = np.zeros(_limit(_FIRST_CAPACITY), np.uint64)

    def grow(self, count: int, values: NDArray[np.uint64]) -> None:
        """Doubles the room; the first `count` keys stay, with their values."""
        self.slots = np.zeros((2 * len(self.slots), 2), np.uint64)
        self.keys = _extended(self.keys, _limit(len(self.slots))).view(np.uint64)
        kernels.put_keys(self.keys[:count], values, self.slots)

    def values(self, count: int) -> NDArray[np.uint64]:
        """The values of the first `count` keys."""
        values = np.empty(count, np.uint64)
        kernels.take_values(self.keys[:count], self.slots, values)
        return values


def _limit(capacity: int) -> int:
    """How many keys a table of so many slots takes before its probes grow long (60 %)."""
    return capacity * 6 // 10


def _extended(array: NDArray[np.generic], size: int) -> NDArray[np.generic]:
    longer = np.zeros(size, array.dtype)
    longer[: array.size] = array
    return longer


class PairCounter:
    """Counts the pairs of a text that comes in stretches.

    Args:
        connectors: Words that a phrase may have inside, and neither begins nor ends with.
        delimiter: What stands between the words of a phrase.
        most: Distinct words and pairs; beyond it the rarest are dropped at the end of a sentence,
            as gensim drops them: first those seen less than once, next time less than twice, and so
            on.
    """

    def __init__(
        self,
        *,
        connectors: frozenset[str] = frozenset(),
        delimiter: str = "_",
        most: float = NO_LIMIT,
    ) -> None:
        self._connectors = connectors
        self._delimiter = delimiter
        self._most = NO_LIMIT if most >= NO_LIMIT else int(most)
        self._twice = 0
        self._min_reduce = 1
        self._origin = 0
        self._is_connector = np.zeros(0, np.uint8)
        self._counts = np.zeros(0, np.int64)
        self._firsts = np.zeros(0, np.int64)
        self._pairs, self._nodes = _Table(), _Table()
        self._key_firsts = np.zeros(self._pairs.keys.size, np.int64)
        self._batch = np.zeros(kernels.BATCH, np.uint64)
        self._places = np.zeros(2 * kernels.BATCH, np.int64)
        self._state = np.zeros(kernels.COUNT_STATE_SIZE, np.int64)
        self._state[kernels.START] = kernels.NO_START

    def add(self, text: NDArray[np.int32], words: Sequence[str]) -> None:
        """Count a stretch of the text.

        Args:
            text: Ids, −1 at the end of each sentence.
            words: All words so far by id.
        """
        self._meet(words)
        state = self._state
        state[kernels.POSITION] = 0
        while True:
            answer = kernels.count_pairs(
                text,
                self._origin,
                self._most + self._twice,
                self._is_connector,
                self._counts,
                self._firsts,
                self._pairs.slots,
                self._pairs.keys,
                self._key_firsts,
                self._nodes.slots,
                self._nodes.keys,
                self._batch,
                self._places,
                state,
            )
            if answer == kernels.DONE:
                break
            if answer == kernels.NEEDS_ROOM:
                self._make_room()
            else:
                self._prune(words)
        self._origin += text.size

    def finish(self, words: Sequence[str]) -> PairCounts:
        """What was counted.

        Args:
            words: All words by id.
        """
        self._meet(words)
        pairs, nodes = int(self._state[kernels.PAIRS]), int(self._state[kernels.NODES])
        return PairCounts(
            words=words,
            counts=self._counts[: len(words)],
            firsts=self._firsts[: len(words)],
            keys=self._pairs.keys[:pairs],
            key_counts=self._pairs.values(pairs).astype(np.int64),
            key_firsts=self._key_firsts[:pairs],
            node_keys=self._nodes.keys[:nodes],
            tokens=int(self._state[kernels.TOKENS]),
            min_reduce=self._min_reduce,
            delimiter=self._delimiter,
        )

    def _meet(self, words: Sequence[str]) -> None:
        """Makes room for words that are new."""
        before = self._is_connector.size
        if len(words) <= before:
            return
        fresh = words[before:]
        flags = np.fromiter((word in self._connectors for word in fresh), np.uint8, len(fresh))
        self._is_connector = np.concatenate([self._is_connector, flags])
        if len(words) > self._counts.size:
            size = max(len(words), 2 * self._counts.size)
            self._counts = _extended(self._counts, size).view(np.int64)
            self._firsts = _extended(self._firsts, size).view(np.int64)

    def _make_room(self) -> None:
        state = self._state
        pairs, nodes = int(state[kernels.PAIRS]), int(state[kernels.NODES])
        if pairs + kernels.BATCH > self._pairs.keys.size:
            self._pairs.grow(pairs, self._pairs.values(pairs))
            self._key_firsts = _extended(self._key_firsts, self._pairs.keys.size).view(np.int64)
        if nodes + kernels.BATCH > self._nodes.keys.size:
            self._nodes.grow(nodes, np.arange(nodes, dtype=np.uint64))

    def _prune(self, words: Sequence[str]) -> None:
        """Drops the keys that are rarer than `min_reduce`, if there are more than the most."""
        counted = self.finish(words)
        self._twice = sum(group.size - 1 for group in counted.alike)
        if counted.size <= self._most:
            return
        state = self._state
        rare = (counted.word_totals < self._min_reduce) & (counted.counts > 0)
        self._counts[: len(words)][rare] = 0
        kept = np.flatnonzero(counted.key_totals >= self._min_reduce)
        self._pairs.slots[:] = 0
        self._pairs.keys[: kept.size] = counted.keys[kept]
        self._key_firsts[: kept.size] = counted.key_firsts[kept]
        kernels.put_keys(
            self._pairs.keys[: kept.size],
            counted.key_counts[kept].astype(np.uint64),
            self._pairs.slots,
        )
        state[kernels.PAIRS] = kept.size
        state[kernels.WORDS] -= int(np.count_nonzero(rare))
        self._twice = 0
        self._min_reduce += 1
