"""Neighbours for several requests at once: what waits is answered by one pass over the matrix."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.nearest import nearest_to
from lexiscope.vectors.search import NO_ROW, unit

# More directions in one pass would no longer be free.
_TOGETHER = 32

Found = list[tuple[int, float]]


@dataclass(frozen=True)
class _Question:
    direction: NDArray[np.float32]
    topn: int
    answer: asyncio.Future[Found]


class Neighborhood:
    """The rows of one matrix, to ask for the nearest to a direction; exact.

    While one pass runs, further questions wait; the next pass answers them together. It belongs to
    one event loop.

    Args:
        vectors: float32 (V, D).
        norms: float32 (V,), from `row_norms`.
        executor: What the passes run in.
    """

    def __init__(
        self, vectors: NDArray[np.float32], norms: NDArray[np.float32], executor: Executor
    ) -> None:
        self._vectors = vectors
        self._norms = norms
        self._executor = executor
        self._waiting: list[_Question] = []
        self._passes: asyncio.Task[None] | None = None

    async def nearest(
        self, direction: NDArray[np.float32], topn: int, excluded: Collection[int] = ()
    ) -> Found:
        """The rows of the highest cosine, with it, highest first.

        Args:
            direction: (D,), of any length; one without a direction has no neighbours.
            topn: How many rows, at most.
            excluded: Rows that are no answer.
        """
        question = _Question(
            unit(direction), topn + len(excluded), asyncio.get_running_loop().create_future()
        )
        if not question.direction.any():
            return []
        self._waiting.append(question)
        if self._passes is None or self._passes.done():
            self._passes = asyncio.ensure_future(self._answer_waiting())
        found = await question.answer
        return [one for one in found if one[0] not in excluded][:topn]

    async def _answer_waiting(self) -> None:
        while self._waiting:
            # Those whose request was given up meanwhile are not computed.
            alive = [one for one in self._waiting if not one.answer.done()]
            batch, self._waiting = alive[:_TOGETHER], alive[_TOGETHER:]
            if not batch:
                continue
            loop = asyncio.get_running_loop()
            passed = loop.run_in_executor(self._executor, self._pass, batch)
            await asyncio.wait([passed])
            error = passed.exception()
            answers = [None] * len(batch) if error is not None else passed.result()
            for question, found in zip(batch, answers, strict=True):
                if question.answer.done():  # its request was given up
                    continue
                if found is not None:
                    question.answer.set_result(found)
                elif error is not None:
                    question.answer.set_exception(error)

    def _pass(self, batch: list[_Question]) -> list[Found]:
        directions = np.stack([question.direction for question in batch])
        rows, cosines = nearest_to(
            self._vectors, self._norms, directions, max(question.topn for question in batch)
        )
        return [
            [
                (row, cosine)
                for row, cosine in zip(ids.tolist(), values.tolist(), strict=True)
                if row != NO_ROW
            ][: question.topn]
            for question, ids, values in zip(batch, rows, cosines, strict=True)
        ]
