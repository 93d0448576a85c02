"""The spaces that words can be compared in: what a model has of a word besides its vector.

After training every word has two rows: one in W, as a center, and one in W′, as a context.
"""

from __future__ import annotations

from typing import Literal

Space = Literal["input", "output", "sum", "cross"]
"""Which rows are asked with, and which are searched.

input
    W and W: words that are used alike.
output
    W′ and W′: words that occur beside the same words.
sum
    W + W′ for both, as GloVe has it: a little of all three. The sums take a matrix of their own.
cross
    W is asked with, W′ is searched: words that occur beside the one asked with.
"""

SPACES = ("input", "output", "sum", "cross")
