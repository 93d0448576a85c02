"""Words that a training could not tell apart, for want of text or of epochs.

Word vectors begin as random numbers, at right angles to each other. First all of them take up
what the whole text has in common, so that any two are alike; only then do they come apart. Which
of the three a run has ended in is seen from the mean cosine of words that are drawn, and from how
often a word was shown. Texts of 300 to 12,000 sentences, skip-gram and CBOW with negative
sampling, defaults else: shown 20 to 250 times in the mean, words were at 0.55 to 0.999; shown
1,000 times, at 0.02 to 0.32. Of a text of 19 million words one epoch shows a word 391 times;
words that are drawn are at 0.71, and that model answers well: so what is shown more often than
seldom is not spoken of.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWN = 300
ALIKE = 0.8
"""Mean cosine beyond which words are not told apart."""
FEWEST, SELDOM, ENOUGH = 20, 300, 1000
"""How often a word is shown in the mean: hardly learned at all; seldom; told apart."""
_FEWEST_WORDS = 50


@dataclass(frozen=True, kw_only=True)
class Alike:
    """What a run has ended in that had too little text for its options.

    Attributes:
        cosine: Of two words, in the mean of all pairs of some that were drawn.
        shown: How often a word was shown, in the mean of the vocabulary.
        epochs: How many would show one `ENOUGH` times.
        done: How many there were.
    """

    cosine: float
    shown: float
    epochs: int
    done: int

    def line(self) -> str:
        """What to tell, and what to set."""
        if self.cosine > ALIKE:
            seen = f"any two words came out alike (cosine {self.cosine:.2f} in the mean)"
        else:
            seen = "the vectors are hardly more than the random numbers they began as"
        return (
            f"{seen}: {self.done:,} {'epoch' if self.done == 1 else 'epochs'} showed a word of the "
            f"vocabulary {self.shown:,.0f} times in the mean; --epochs {self.epochs:,} makes it "
            f"{ENOUGH:,}, and so do more text or a higher --min-count"
        )


def told_apart(vectors: NDArray[np.float32], tokens: int, epochs: int) -> Alike | None:
    """Whether a run had too little text for its options; None where words are told apart.

    Args:
        vectors: V × D float32, the words' vectors; few of them are looked at.
        tokens: Words of the vocabulary in the text.
        epochs: How often the text was gone through.
    """
    words = len(vectors)
    if words < _FEWEST_WORDS or tokens == 0 or epochs == 0:
        return None
    shown = tokens * epochs / words
    if shown >= SELDOM:
        return None
    cosine = mean_cosine(vectors)
    if cosine <= ALIKE and shown >= FEWEST:
        return None
    return Alike(cosine=cosine, shown=shown, epochs=math.ceil(ENOUGH * words / tokens), done=epochs)


def mean_cosine(vectors: NDArray[np.float32], drawn: int = DRAWN) -> float:
    """The mean cosine of two different words, of all pairs of some that are drawn, always the same.

    Args:
        vectors: V × D; rows of zeros are left out.
        drawn: How many words.
    """
    rows = np.random.default_rng(0).permutation(len(vectors))[:drawn]
    chosen = np.asarray(vectors[np.sort(rows)], np.float64)
    lengths = np.linalg.norm(chosen, axis=1)
    chosen = chosen[lengths > 0] / lengths[lengths > 0, None]
    count = len(chosen)
    if count < 2:
        return 0.0
    total = chosen.sum(axis=0)
    return float((total @ total - count) / (count * (count - 1)))
