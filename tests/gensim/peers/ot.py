"""What gensim asks of POT, where that is not installed: the least cost of a transport, by scipy."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog


def emd2(supply: np.ndarray, demand: np.ndarray, costs: np.ndarray) -> float:
    """The least cost of a transport from `supply` (n) to `demand` (m) at `costs` (n×m)."""
    rules = []
    for axis, size in enumerate(costs.shape):
        for place in range(size):
            rule = np.zeros(costs.shape)
            rule[(slice(None),) * axis + (place,)] = 1
            rules.append(rule.ravel())
    bounds = np.concatenate([supply, demand])
    return float(linprog(costs.ravel(), A_eq=np.array(rules), b_eq=bounds, method="highs").fun)
