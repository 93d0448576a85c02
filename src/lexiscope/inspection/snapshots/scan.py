"""Neighbours and analogies over a whole vocabulary in one pass, cheap enough to do during training.

One matrix product a block of rows serves all queries. The result is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.search import NO_ROW, BestRows

# Few large products: each wakes the threads of the matrix library anew.
_BLOCK_NUMBERS = 2**23


@dataclass(frozen=True)
class Scan:
    """What a pass gives.

    Attributes:
        neighbors: int32 (N, topn): the nearest rows of each watched row, nearest first; −1 where
            there are no more.
        cosines: float32 (N, topn), of these; 0 where there is none.
        answers: int32 (A,): the row nearest to b − a + c, the three left out; −1 for none.
        ranks: int32 (A,): of the right answer among all rows but the three, 1 is best; 0 where the
            question has no direction.
    """

    neighbors: NDArray[np.int32]
    cosines: NDArray[np.float32]
    answers: NDArray[np.int32]
    ranks: NDArray[np.int32]


def scan(
    matrix: NDArray[np.float32],
    norms: NDArray[np.float32],
    watched: NDArray[np.int32],
    questions: NDArray[np.int32],
    topn: int,
) -> Scan:
    """The neighbours of some rows, and the answers to some analogies, over all rows.

    Args:
        matrix: float32 (V, D).
        norms: float32 (V,), lengths of its rows.
        watched: int32 (N,), rows to find the neighbours of.
        questions: int32 (A, 4), rows a, b, c, d: a is to b as c is to d.
        topn: How many neighbours, at least 1.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scales = np.where(norms > 0, np.float32(1) / norms, np.float32(0))
        a, b, c, d = (matrix[column] * scales[column, None] for column in questions.T)
        wanted = _units(b - a + c)
        queries = np.concatenate([matrix[watched] * scales[watched, None], wanted])
        right = np.einsum("qd,qd->q", wanted, d)
    best = BestRows(len(watched), topn)
    beaten = np.zeros(len(questions), np.int64)
    top = np.full(len(questions), -np.inf, np.float32)
    answers = np.full(len(questions), NO_ROW, np.int32)
    step = max(1, _BLOCK_NUMBERS // max(len(queries), 1))
    for start in range(0, len(matrix), step):
        cosines = queries @ matrix[start : start + step].T
        cosines *= scales[start : start + step]
        cosines[:, scales[start : start + step] == 0] = -np.inf
        near, asked = cosines[: len(watched)], cosines[len(watched) :]
        _leave_out(near, watched[:, None], start)
        _leave_out(asked, questions, start)  # the right answer does not beat itself
        best.take(0, start, near)
        if len(questions) == 0:
            continue
        beaten += np.count_nonzero(asked > right[:, None], axis=1)
        # d is out of the count, yet may be the answer.
        _put_back(asked, questions, right, start)
        place = asked.argmax(axis=1)
        value = np.take_along_axis(asked, place[:, None], axis=1)[:, 0]
        better = value > top
        top[better], answers[better] = value[better], start + place[better]
    directed = np.any(wanted != 0, axis=1)
    ranks = np.where(directed, beaten + 1, 0).astype(np.int32)
    cosines = np.where(best.rows == NO_ROW, np.float32(0), best.values)
    return Scan(best.rows, cosines, np.where(directed, answers, NO_ROW), ranks)


def _units(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    units: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return units


def _leave_out(cosines: NDArray[np.float32], rows: NDArray[np.int32], start: int) -> None:
    """Makes some rows (several a query) no answer, where they lie in the block."""
    query, column = np.nonzero((rows >= start) & (rows < start + cosines.shape[1]))
    cosines[query, rows[query, column] - start] = -np.inf


def _put_back(
    cosines: NDArray[np.float32],
    questions: NDArray[np.int32],
    right: NDArray[np.float32],
    start: int,
) -> None:
    """Lets the right answers compete, unless they are among the question's own three words."""
    d = questions[:, 3]
    free = (questions[:, :3] != d[:, None]).all(axis=1)
    query = np.flatnonzero(free & (d >= start) & (d < start + cosines.shape[1]))
    cosines[query, d[query] - start] = right[query]
