"""Answers that combine several cosines or several words: 3CosMul, and Word Mover's Distance."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import LexiscopeError, MissingExtraError
from lexiscope.formats.contract import Matrix
from lexiscope.vectors.search import cosines

# Keeps a quotient finite where a row is opposite to what it is to be far from.
_LEAST = 1e-6


def multiplied_cosines(
    vectors: Matrix,
    norms: NDArray[np.float32],
    positive: Sequence[NDArray[np.float32]],
    negative: Sequence[NDArray[np.float32]],
) -> NDArray[np.float32]:
    """Every row's cosines with some directions multiplied, and divided by those with others.

    Cosines are moved into 0 to 1 first. With two directions and one other this is 3CosMul: Levy
    and Goldberg, Linguistic Regularities in Sparse and Explicit Word Representations, 2014, (4).

    Args:
        vectors: V×D.
        norms: V, from `row_norms`.
        positive, negative: D each.

    Returns:
        V float32, without NaN: −inf for rows that are not finite.
    """
    gain, loss = np.ones(len(vectors)), np.ones(len(vectors))
    for product, directions in ((gain, positive), (loss, negative)):
        for direction in directions:
            shifted = (1 + cosines(vectors, norms, direction).astype(np.float64)) / 2
            product *= np.where(np.isfinite(shifted), shifted, 0)
    result: NDArray[np.float32] = (gain / (loss + _LEAST)).astype(np.float32)
    result[~np.isfinite(norms)] = -np.inf
    return result


def movers_distance(
    rows: NDArray[np.float64], one: NDArray[np.float64], other: NDArray[np.float64]
) -> float:
    """The least that it takes to move one set of words to another, exactly.

    Kusner et al., From Word Embeddings To Document Distances, 2015. Moving a share of a word to
    another costs the Euclidean distance of their vectors. Words that both have stay where they
    are as far as both have them, which loses nothing: the distance obeys the triangle inequality.

    Args:
        rows: The vectors of the distinct words of both, n×D.
        one, other: The share of each word, n; each adds up to 1.

    Raises:
        MissingExtraError: Neither POT nor scipy is installed.
    """
    stays = np.minimum(one, other)
    sources, targets = np.flatnonzero(one > stays), np.flatnonzero(other > stays)
    if not len(sources) or not len(targets):
        return 0.0
    supply, demand = (one - stays)[sources], (other - stays)[targets]
    moved = float(supply.sum())
    costs = np.stack([np.linalg.norm(rows[targets] - rows[row], axis=1) for row in sources])
    if not costs.any():
        return 0.0
    return moved * _least_cost(supply / moved, demand / demand.sum(), costs)


def _least_cost(
    supply: NDArray[np.float64], demand: NDArray[np.float64], costs: NDArray[np.float64]
) -> float:
    """The least cost of a transport: by POT where it is installed, else by scipy's HiGHS."""
    if 1 in costs.shape:
        return float(supply @ costs @ demand)
    pot = _imported("ot")
    if pot is not None:
        return float(pot.emd2(supply, demand, np.ascontiguousarray(costs)))
    if _imported("scipy") is None:
        raise MissingExtraError("Word Mover's Distance", "wmd")
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    sent = kron(eye_array(len(supply)), np.ones((1, len(demand))))
    received = kron(np.ones((1, len(supply))), eye_array(len(demand)))
    # What is received last follows from the rest.
    rules = vstack([sent, received]).tocsr()[:-1]
    bounds = np.concatenate([supply, demand])[:-1]
    solved = linprog(costs.ravel(), A_eq=rules, b_eq=bounds, method="highs")
    if not solved.success:
        raise LexiscopeError(f"the transport of words was not solved: {solved.message}")
    return float(solved.fun)


def _imported(name: str) -> ModuleType | None:
    """A package, or None where it is not installed."""
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        return None
