"""Names of the losses, and the fewest negatives of each: all that a configuration needs to know.

Apart from the losses themselves, so that options are checked without loading Numba. A test holds
this list and `registry.LOSSES` together.
"""

from __future__ import annotations

from typing import Literal

Loss = Literal["negative", "hierarchical", "softmax", "nce"]
Both = Literal["negative+hierarchical"]
# What can be trained: besides, gensim's hs=1 with negative above 0. It is not recorded by steps.
TrainedLoss = Loss | Both

FEWEST_NEGATIVES: dict[Loss, int] = {"negative": 1, "hierarchical": 0, "softmax": 0, "nce": 1}
FEWEST_OF_TRAINED: dict[TrainedLoss, int] = {
    "negative": 1,
    "hierarchical": 0,
    "softmax": 0,
    "nce": 1,
    "negative+hierarchical": 1,
}
