"""Analogies answered many at a time: "a is to b as c is to …".

3CosAdd looks for the word nearest to b − a + c, which is that of the largest

    cos(x, b) − cos(x, a) + cos(x, c)

(Mikolov et al., Efficient Estimation of Word Representations in Vector Space, 2013). 3CosMul looks
for that of the largest cos(x, b) · cos(x, c) / (cos(x, a) + ε), with cosines moved into 0 to 1
(Levy and Goldberg, Linguistic Regularities in Sparse and Explicit Word Representations, 2014, (4)).

A file has few distinct words in many questions. So the cosines of those words with all others are
one product, and each question only adds or multiplies three of its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.search import directions
from lexiscope.vectors.table import VectorTable
from lexiscope.vectors.threads import on_threads, threads_allowed

Method = Literal["3cosadd", "3cosmul"]
METHODS = ("3cosadd", "3cosmul")

# Rows of the vocabulary at a time: what the words of a file say of them stays in the cache.
_ROWS = 4096
_QUESTIONS = 32
# Sums from which on compiled code, which takes half a second to be loaded, is the faster.
_MANY_SUMS = 100_000_000
_LEAST = 1e-6  # keeps a quotient finite


_Take = Callable[["_Group", NDArray[np.float32], NDArray[np.int64]], None]


@dataclass(frozen=True)
class _Group:
    """Questions of the same a and b, which are asked for together.

    Attributes:
        a, b: Numbers of words in the product.
        c: int64 (n,), likewise.
        questions: int64 (n,), their numbers.
    """

    a: int
    b: int
    c: NDArray[np.int64]
    questions: NDArray[np.int64]


def answers(
    vectors: VectorTable,
    questions: NDArray[np.int64],
    stands_for: NDArray[np.int64],
    method: Method = "3cosadd",
) -> NDArray[np.int64]:
    """The row that answers each question.

    Args:
        vectors: The vectors.
        questions: int64 (Q, 3), the rows of a, b and c.
        stands_for: int64 (n,), of each row that can be an answer the first one that is the same
            word in another spelling; no spelling of a, b or c is an answer.
        method: How.

    Returns:
        int64 (Q,); 0 where no row has a direction.
    """
    words, numbers = np.unique(questions, return_inverse=True)
    numbers = numbers.reshape(questions.shape)
    asked = _units(vectors, words)
    groups = list(_groups(numbers))
    best = np.full(len(questions), -np.inf, np.float32)
    chosen = np.zeros(len(questions), np.int64)
    spellings = _Spellings(stands_for)
    compiled = len(questions) * len(stands_for) >= _MANY_SUMS
    for start in range(0, len(stands_for), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(stands_for)))
        values = asked @ _units(vectors, rows).T
        if method == "3cosmul":
            values += 1
            values /= 2
        dead = np.flatnonzero(~(vectors.norms[rows] > 0))
        block = _Block(start, values, dead, spellings.columns(words, start, len(rows)), method)
        turns = iter(groups)

        def work() -> None:
            take = block.take_compiled if compiled else block.take_into(_QUESTIONS)  # noqa: B023 - done in this turn
            for group in turns:  # noqa: B023
                take(group, best, chosen)

        on_threads(work, threads_allowed())
    return chosen


@dataclass(frozen=True)
class _Block:
    """A block of rows that can be answers.

    Attributes:
        start: The first row.
        values: float32 (words, rows), the words' cosines with them.
        dead: Columns of rows without a direction.
        banned: Of each word, the columns that are spellings of it.
        method: How questions are answered.
    """

    start: int
    values: NDArray[np.float32]
    dead: NDArray[np.int64]
    banned: list[NDArray[np.int64]]
    method: Method

    def take_into(self, count: int) -> _Take:
        """Looks for the answers to a group's questions, so many at a time, with NumPy.

        Gets the group, and of each question the best value so far and its row, which are changed
        where the block has a better one. Each thread has its own.
        """
        room = np.empty((count, self.values.shape[1]), np.float32)

        def take(group: _Group, best: NDArray[np.float32], chosen: NDArray[np.int64]) -> None:
            pair = self._pair(group)
            for first in range(0, len(group.c), len(room)):
                c = group.c[first : first + len(room)]
                sums = room[: len(c)]
                np.take(self.values, c, axis=0, out=sums, mode="clip")
                (np.add if self.method == "3cosadd" else np.multiply)(sums, pair, out=sums)
                for place, word in enumerate(c.tolist()):
                    sums[place, self.banned[word]] = -np.inf
                columns = sums.argmax(axis=1)
                found = sums[np.arange(len(c)), columns]
                numbers = group.questions[first : first + len(room)]
                better = found > best[numbers]
                best[numbers[better]] = found[better]
                chosen[numbers[better]] = self.start + columns[better]

        return take

    def take_compiled(
        self, group: _Group, best: NDArray[np.float32], chosen: NDArray[np.int64]
    ) -> None:
        """The same in one pass."""
        from lexiscope.vectors.kernels.analogies import take_answers

        own = [self.banned[word] for word in group.c.tolist()]
        take_answers(
            self._pair(group), self.values, group.c, group.questions, np.concatenate(own),
            np.cumsum([0, *map(len, own)]), self.method == "3cosmul", self.start, best, chosen,
        )  # fmt: skip

    def _pair(self, group: _Group) -> NDArray[np.float32]:
        """What a and b say of each row: float32 (rows,); −infinity for what is no answer."""
        a, b = self.values[group.a], self.values[group.b]
        pair: NDArray[np.float32]
        pair = b - a if self.method == "3cosadd" else b / (a + np.float32(_LEAST))
        for columns in (self.dead, self.banned[group.a], self.banned[group.b]):
            pair[columns] = -np.inf
        return pair


def _groups(numbers: NDArray[np.int64]) -> Iterator[_Group]:
    order = np.lexsort((numbers[:, 1], numbers[:, 0]))
    ordered = numbers[order]
    changes = np.flatnonzero((ordered[1:, :2] != ordered[:-1, :2]).any(axis=1)) + 1
    for part in np.split(order, changes):
        if len(part):
            a, b = numbers[part[0], :2].tolist()
            yield _Group(a, b, numbers[part, 2], part)


class _Spellings:
    """Which rows are the same word in other spellings."""

    def __init__(self, stands_for: NDArray[np.int64]) -> None:
        self._rows = np.argsort(stands_for, kind="stable")
        self._firsts = stands_for[self._rows]

    def columns(self, words: NDArray[np.int64], start: int, count: int) -> list[NDArray[np.int64]]:
        """Of each word (its first row), the columns of a block that are spellings of it."""
        begins, ends = (np.searchsorted(self._firsts, words, side) for side in ("left", "right"))
        spellings = [
            self._rows[begin:end] - start
            for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
        ]
        return [rows[(rows >= 0) & (rows < count)] for rows in spellings]


def _units(vectors: VectorTable, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    return directions(vectors.vectors[rows], vectors.norms[rows])
