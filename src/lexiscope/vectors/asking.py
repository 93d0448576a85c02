"""Forms in which questions are given: one, or several at a time."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np

from lexiscope.errors import ConfigError
from lexiscope.vectors.keys import KEY_TYPES


def is_batch(asked: Any) -> bool:
    """Whether a list of lists is given, each of which is a question.

    A pair of something and a number is a word with its weight, as everywhere.
    """
    if not isinstance(asked, list) or not asked:
        return False
    return all(isinstance(one, list) and not _is_weighted(one) for one in asked)


def is_list_of_keys(asked: Any) -> bool:
    """Whether a list of words is given rather than a vector."""
    return isinstance(asked, list) and bool(asked) and all(isinstance(one, str) for one in asked)


def paired(positive: Any, negative: Any) -> Iterator[tuple[Any, Any]]:
    """The two sides of each question of a batch.

    Raises:
        ConfigError: There are more of one side than of the other.
    """
    near = [[] for _ in negative] if positive is None else positive
    far = [[] for _ in near] if negative is None else negative
    if not isinstance(far, list) or len(far) != len(near):
        count = len(far) if isinstance(far, list) else 1
        raise ConfigError(
            f"{len(near)} positive and {count} negative lists make no questions; give one each"
        )
    return zip(near, far, strict=True)


def _is_weighted(one: list[Any]) -> bool:
    if len(one) != 2 or not isinstance(one[0], (*KEY_TYPES, np.ndarray)):
        return False
    return isinstance(one[1], Real) and not isinstance(one[1], bool)
