"""The best of many values, taken into short lists while the values are still in the cache.

NumPy's partition looks at all values several times; here nearly all are passed over, sixteen at a
time, since they do not reach the last of the list.
"""

from __future__ import annotations

import numpy as np

from lexiscope.compiled.decorators import inlined, kernel

_GROUP = 64


@inlined
def insert(values, rows, value, row):
    """Puts a row into the list of the best, behind those of the same value."""
    at = values.shape[0] - 1
    while at > 0 and values[at - 1] < value:
        values[at], rows[at] = values[at - 1], rows[at - 1]
        at -= 1
    values[at], rows[at] = value, row


@inlined
def is_among(row, some):
    """Whether a row is one of some, which are few."""
    for one in some:  # noqa: SIM110 - compiled, without generators
        if one == row:
            return True
    return False


@inlined
def _any_above(some, least):
    reached = False
    for at in range(some.shape[0]):
        reached |= some[at] > least
    return reached


@kernel
def take_best(found, start, values, rows):
    """Takes a block of values into the list of the highest of each query.

    Blocks come in the order of their rows, so that among equals the lower row stays in front.

    Args:
        found: float32 (Q, n), for each query those of the rows from `start` on; NaN is passed over.
        start: The first row.
        values, rows: float32 and int64 (Q, k), the best so far of each, highest first.
    """
    last = values.shape[1] - 1
    for query in range(found.shape[0]):
        for first in range(0, found.shape[1], _GROUP):
            beyond = min(found.shape[1], first + _GROUP)
            if not _any_above(found[query, first:beyond], values[query, last]):
                continue
            for at in range(first, beyond):
                if found[query, at] > values[query, last]:
                    insert(values[query], rows[query], found[query, at], start + at)


@kernel
def take_nearest_points(points, asked, first, stop, scratch, values, rows):
    """Takes some points of a plane into the list of the nearest to each of some others.

    Args:
        points: float32 (V, 2); NaN for one that is nowhere.
        asked: int64 (Q,), the points asked for; none is near to itself.
        first, stop: The points to look at.
        scratch: float32 (n,), overwritten; n points meet a list at a time.
        values, rows: float32 and int64 (Q, k), minus the squared distance of the nearest so far of
            each, and which they are, nearest first.
    """
    last = values.shape[1] - 1
    for query in range(asked.shape[0]):
        own = asked[query]
        x, y = points[own, 0], points[own, 1]
        for start in range(first, stop, scratch.shape[0]):
            count = min(stop - start, scratch.shape[0])
            for at in range(count):
                across = points[start + at, 0] - x
                up = points[start + at, 1] - y
                scratch[at] = np.float32(0) - (across * across + up * up)
            if not _any_above(scratch[:count], values[query, last]):
                continue
            for at in range(count):
                if scratch[at] > values[query, last] and start + at != own:
                    insert(values[query], rows[query], scratch[at], start + at)
