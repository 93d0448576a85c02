"""Edit distances of one word and many, at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def edit_distances(word: str, others: Sequence[str]) -> NDArray[np.int64]:
    """How many letters have to be put in, left out, changed, or swapped with their neighbour.

    Damerau, A Technique for Computer Detection and Correction of Spelling Errors, 1964; no letter
    is changed twice ("optimal string alignment").

    Args:
        word: The word.
        others: n words, best of like lengths: the table is as wide as the longest.

    Returns:
        int64 (n,).
    """
    if not others:
        return np.zeros(0, np.int64)
    lengths = np.array([len(other) for other in others])
    width = int(lengths.max())
    letters = np.zeros((width, len(others)), np.uint32)
    for place, other in enumerate(others):
        letters[: len(other), place] = np.frombuffer(
            other.encode("utf-32-le", "surrogatepass"), np.uint32
        )
    # rows[j] is the distance of the word's beginning from each other word's first j letters.
    before: list[NDArray[np.int64]] = []
    rows = [np.full(len(others), column, np.int64) for column in range(width + 1)]
    for number, letter in enumerate(map(ord, word), 1):
        new = [np.full(len(others), number, np.int64)]
        for column in range(1, width + 1):
            changed = letters[column - 1] != letter
            cost = np.minimum(rows[column - 1] + changed, np.minimum(rows[column], new[-1]) + 1)
            if number > 1 and column > 1:
                swapped = (letters[column - 2] == letter) & (
                    letters[column - 1] == ord(word[number - 2])
                )
                cost = np.where(swapped, np.minimum(cost, before[column - 2] + 1), cost)
            new.append(cost)
        before, rows = rows, new
    distances: NDArray[np.int64] = np.stack(rows)[lengths, np.arange(len(others))]
    return distances
