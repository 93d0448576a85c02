"""The answers to many analogies, found in one pass over the cosines of their words.

NumPy makes the sums of a question's three rows, writes them, and looks for the largest; here a sum
is compared with the best so far as soon as it is made, and nearly all are passed over.
"""

from __future__ import annotations

import numpy as np

from lexiscope.compiled.decorators import inlined, kernel
from lexiscope.vectors.kernels.best import is_among

_GROUP = 64


@inlined
def _any_sum_above(pair, third, least):
    reached = False
    for at in range(pair.shape[0]):
        reached |= pair[at] + third[at] > least
    return reached


@inlined
def _any_product_above(pair, third, least):
    reached = False
    for at in range(pair.shape[0]):
        reached |= pair[at] * third[at] > least
    return reached


@kernel
def take_answers(
    pair, values, thirds, numbers, banned, banned_from, is_product, start, best, chosen
):
    """Takes the best columns of a block into the answers to questions of the same a and b.

    Args:
        pair: float32 (n,), what a and b say of each column; −infinity for one that is no answer.
        values: float32 (words, n), what each word says of them.
        thirds: int64 (Q,), the word c of each question.
        numbers: int64 (Q,), where its answer goes.
        banned: int64 (m,), columns that are spellings of a question's c, those of a question behind
            those of the last.
        banned_from: int64 (Q + 1,), where those of each begin.
        is_product: Whether what is said is multiplied, not added.
        start: What the first column is called in `chosen`.
        best, chosen: float32 and int64, the best so far; among equals the lower column stays.
    """
    for question in range(thirds.shape[0]):
        word, number = thirds[question], numbers[question]
        own = banned[banned_from[question] : banned_from[question + 1]]
        third = values[word]
        for first in range(0, pair.shape[0], _GROUP):
            here = slice(first, min(pair.shape[0], first + _GROUP))
            if is_product:
                if not _any_product_above(pair[here], third[here], best[number]):
                    continue
            elif not _any_sum_above(pair[here], third[here], best[number]):
                continue
            for column in range(here.start, here.stop):
                value = pair[column] * third[column] if is_product else pair[column] + third[column]
                if value > best[number] and not is_among(column, own):
                    best[number], chosen[number] = np.float32(value), start + column
