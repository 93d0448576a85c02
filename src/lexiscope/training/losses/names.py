"""Names of the losses, and the fewest negatives of each: all that a configuration needs to know.

Apart from the losses themselves, so that options are checked without loading Numba. A test holds
this list and `registry.LOSSES` together.
"""

from __future__ import annotations

from typing import Literal

Loss = Literal["negative", "hierarchical", "softmax", "nce"]

FEWEST_NEGATIVES: dict[Loss, int] = {"negative": 1, "hierarchical": 0, "softmax": 0, "nce": 1}
