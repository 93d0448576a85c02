"""Skip-gram and CBOW as the kernels know them: their options, and which words are frozen.

The types choose what Numba compiles; what is done with a window of each is in `windows`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import types
from numpy.typing import NDArray

from lexiscope.compiled.decorators import overload
from lexiscope.training.kernels.composing import Ngrams
from lexiscope.training.kernels.dispatch import member


class SkipGram(NamedTuple):
    """Each context word predicts the center.

    Attributes:
        size: Words to either side, at most.
        shrink: Whether each window's width is drawn from 1 … size.
        frozen: uint8 (V,), 1 for a word whose row of W is read but never changed; None for none.
            Its type chooses the kernel, so that a run without frozen words does not look.
        ngrams: The rows that each word is made of; None where words are rows of W. None is frozen
            then.
    """

    size: int
    shrink: bool
    frozen: NDArray[np.uint8] | None = None
    ngrams: Ngrams | None = None


class Cbow(NamedTuple):
    """All context words together predict the center.

    Attributes:
        size, shrink: As in `SkipGram`.
        mean: Whether the hidden vector is the mean of the rows, or their sum.
        exact: With the mean, whether each row takes its true gradient, 1/C of the hidden vector's;
            otherwise the hidden vector's whole, as in word2vec.c.
        frozen, ngrams: As in `SkipGram`.
    """

    size: int
    shrink: bool
    mean: bool
    exact: bool
    frozen: NDArray[np.uint8] | None = None
    ngrams: Ngrams | None = None


def is_frozen(architecture, word):
    """Whether a word's row of W must stay as it is."""
    raise NotImplementedError


@overload(is_frozen)
def _is_frozen(architecture, word):
    if freezes(architecture):

        def looked_up(architecture, word):
            return architecture.frozen[word] != 0

        return looked_up

    def never(architecture, word):
        return False

    return never


def homes_of(architecture, scratch):
    """The address of the list of places to which the changes of a window's input rows go."""
    raise NotImplementedError


@overload(homes_of)
def _homes_of(architecture, scratch):
    if freezes(architecture):

        def apart(architecture, scratch):
            return np.int64(scratch.homes.ctypes.data)

        return apart

    def the_rows(architecture, scratch):
        return np.int64(scratch.rows.ctypes.data)

    return the_rows


def freezes(architecture: Any) -> bool:
    """Whether an architecture has frozen words, given its Numba type."""
    return isinstance(member(architecture, "frozen"), types.Array)


def list_homes(architecture, size, scratch):
    """Lists where the changes of a window's input rows go, if not to the rows themselves."""
    raise NotImplementedError


@overload(list_homes)
def _list_homes(architecture, size, scratch):
    if freezes(architecture):

        def apart(architecture, size, scratch):
            waste = np.int64(scratch.waste.ctypes.data)
            for i in range(size):
                frozen = architecture.frozen[scratch.members[i]] != 0
                scratch.homes[i] = waste if frozen else scratch.rows[i]

        return apart

    def nothing(architecture, size, scratch):
        pass

    return nothing
