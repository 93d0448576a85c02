"""Whether a run still learns: neighbours that change, and epochs that no longer pay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.nearest import nearest_rows, shared_share

WORDS = 200
TOPN = 10
# Where an epoch gains less than this, another run with more epochs will hardly be better.
LEAST_HELD_OUT_GAIN = 0.002
LEAST_TRAINING_GAIN = 0.005
SETTLED_CHURN = 0.05


class NeighbourChurn:
    """How many of the nearest neighbours of frequent words change from one look to the next.

    Args:
        words: int64, row numbers of words, the most frequent ones first; the first 200 are looked
            at.
        topn: Neighbours of each.
    """

    def __init__(self, words: NDArray[np.int64], topn: int = TOPN) -> None:
        self._words = np.asarray(words, np.int64)[:WORDS]
        self._topn = topn
        self._before: NDArray[np.int32] | None = None

    def update(self, input_vectors: NDArray[np.float32]) -> float | None:
        """Looks at the neighbours, by cosine over the whole vocabulary.

        Takes some megabytes, and time in proportion to V × D: about 30 ms for 50,000 × 100.

        Args:
            input_vectors: W, float32 (V, D).

        Returns:
            The share, 0 … 1, of the neighbours that were not among them at the previous call; None
            at the first, and where no word has a neighbour.
        """
        before, now = self._before, nearest_rows(input_vectors, self._words, self._topn)
        self._before = now
        if before is None:
            return None
        shared = shared_share(before, now)
        known = shared[np.isfinite(shared)]
        return float(1.0 - known.mean()) if known.size else None


def frequent_words(counts: NDArray[np.int64], most: int = WORDS) -> NDArray[np.int64]:
    """The rows of the most frequent words, the commonest first; none that does not occur.

    Args:
        counts: int64 (V,), of the vocabulary, in any order.
    """
    order = np.argsort(-counts, kind="stable")[:most]
    return order[counts[order] > 0].astype(np.int64)


@dataclass(frozen=True, kw_only=True)
class EpochRecord:
    """What is known of an epoch.

    Attributes:
        loss: Mean training loss a pair.
        held_out: Mean held-out loss a pair at its end, or None.
        churn: Share of the frequent words' neighbours that changed in it, or None.
    """

    loss: float
    held_out: float | None = None
    churn: float | None = None


def more_epochs_pay(history: Sequence[EpochRecord]) -> str | None:
    """Says in one line when more epochs no longer pay.

    With a held-out loss: when the last epoch lowered it by less than 0.2 %, or raised it. Without
    one: when the training loss fell by less than 0.5 % and fewer than 5 % of the neighbours
    changed. A training loss alone says nothing: it falls as well when the text is learned by heart,
    and the neighbours are what the vectors are wanted for.

    Args:
        history: The epochs so far, in order.

    Returns:
        The line, or None where more may pay or too little is known.
    """
    if len(history) < 2:
        return None
    before, last = history[-2:]
    if _known(before.held_out) and _known(last.held_out):
        return _by_held_out(history)
    gain = _gain(before.loss, last.loss)
    if last.churn is None or gain is None or gain >= LEAST_TRAINING_GAIN:
        return None
    if not last.churn < SETTLED_CHURN:
        return None
    return (
        f"more epochs no longer pay: epoch {len(history)} {_moved('training', before.loss, gain)}"
        f"{last.loss:.4f}, less than {LEAST_TRAINING_GAIN:.1%}), and changed {last.churn:.1%} of "
        f"the neighbours of frequent words, less than {SETTLED_CHURN:.0%}"
    )


def _by_held_out(history: Sequence[EpochRecord]) -> str | None:
    losses = [math.inf if record.held_out is None else record.held_out for record in history]
    gain = _gain(losses[-2], losses[-1])
    if gain is None or gain >= LEAST_HELD_OUT_GAIN:
        return None
    line = (
        f"more epochs no longer pay: epoch {len(history)} {_moved('held-out', losses[-2], gain)}"
        f"{losses[-1]:.4f}"
    )
    if gain >= 0:
        return f"{line}, less than {LEAST_HELD_OUT_GAIN:.1%})"
    best = int(np.nanargmin(losses))
    return f"{line}); it was lowest after epoch {best + 1}, {losses[best]:.4f}"


def _moved(kind: str, before: float, gain: float) -> str:
    verb = "lowered" if gain >= 0 else "raised"
    return f"{verb} the {kind} loss by {abs(gain):.2%} ({before:.4f} → "


def _gain(before: float, now: float) -> float | None:
    """By what share a loss has fallen; below 0 where it has risen."""
    if not (math.isfinite(before) and math.isfinite(now)) or before <= 0:
        return None
    return (before - now) / before


def _known(loss: float | None) -> bool:
    return loss is not None and math.isfinite(loss)
