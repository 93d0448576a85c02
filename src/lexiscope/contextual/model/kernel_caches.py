"""Caches of PyTorch's kernels for processors, bounded.

oneDNN, which multiplies bfloat16, makes code for each shape that it meets, and PyTorch and oneDNN
each keep the last 1,024. Batches of a corpus have ever other shapes, so that a process grew by a
hundred megabytes over thousands of sentences, and next to none of it was ever used again.
"""

from __future__ import annotations

import os

# Some shapes of all layers' products. Both are read where the first product is made.
_CAPACITIES = {"LRU_CACHE_CAPACITY": "64", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "128"}


def bound_kernel_caches() -> None:
    """Bounds what is kept, unless this process has been told otherwise, or has multiplied yet."""
    for variable, capacity in _CAPACITIES.items():
        os.environ.setdefault(variable, capacity)
