"""Convergence of a run: neighbours that change, and epochs that no longer pay."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.vectors.nearest import nearest_rows, shared_share

WORDS = 200
TOPN = 10
# Neighbours are looked for among so many of the commonest words, by the length of the text: with
# all of a large vocabulary a look would take longer than an epoch.
MOST_CANDIDATES = 20_000
FEWEST_CANDIDATES = 10_000
TOKENS_A_CANDIDATE = 100
# Where an epoch gains less than this, another run with more epochs will hardly be better.
LEAST_HELD_OUT_GAIN = 0.002
LEAST_TRAINING_GAIN = 0.005
SETTLED_CHURN = 0.05
# A training loss that ends higher by less than this has not risen.
LEAST_RISE = 0.002
_RECENT = 10  # epochs


class NeighbourLook:
    """A look at the nearest neighbours of frequent words, whose cost is bounded.

    Args:
        counts: int64 (V,), of the vocabulary, in any order.
        topn: Neighbours of each.
    """

    def __init__(self, counts: NDArray[np.int64], topn: int = TOPN) -> None:
        self._words = frequent_words(counts)
        self._topn = topn
        self._candidates: NDArray[np.int64] | None = None
        most = _candidates(counts)
        if most < len(counts):
            # The words that are looked at stand first, in the same order.
            self._candidates = frequent_words(counts, most)

    def take(self, input_vectors: NDArray[np.float32]) -> NDArray[np.int32]:
        """The neighbours by cosine, as `nearest_rows` gives them.

        Among the commonest words where there are more than 20,000, or many in a short text: some
        ten milliseconds with 100 dimensions.

        Args:
            input_vectors: W, float32 (V, D).
        """
        if self._candidates is None:
            return nearest_rows(input_vectors, self._words, self._topn)
        words = np.arange(len(self._words))
        return nearest_rows(input_vectors[self._candidates], words, self._topn)


def _candidates(counts: NDArray[np.int64]) -> int:
    """Among how many words neighbours are looked for."""
    by_text = int(counts.sum()) // TOKENS_A_CANDIDATE
    return min(len(counts), MOST_CANDIDATES, max(FEWEST_CANDIDATES, by_text))


class NeighbourChurn:
    """How many of the nearest neighbours of frequent words change from one look to the next."""

    def __init__(self) -> None:
        self._before: NDArray[np.int32] | None = None

    def update(self, now: NDArray[np.int32]) -> float | None:
        """Sets a look beside the one before.

        Args:
            now: From `NeighbourLook.take`.

        Returns:
            The share, 0 … 1, of the neighbours that were not among them at the previous call; None
            at the first, and where no word has a neighbour.
        """
        before, self._before = self._before, now
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


def epochs_before(losses: Sequence[float], held_out: Sequence[float | None]) -> list[EpochRecord]:
    """Records of the epochs behind a run that goes on.

    Args:
        losses: Of all of them.
        held_out: Of the first of them, where they were measured.
    """
    measured = [*held_out, *[None] * len(losses)]
    return [
        EpochRecord(loss=loss, held_out=before)
        for loss, before in zip(losses, measured, strict=False)
    ]


def more_epochs_pay(history: Sequence[EpochRecord]) -> str | None:
    """Says in one line when more epochs no longer pay.

    Where there is a held-out loss: from the first epoch on at which it fell by less than 0.2 % an
    epoch, as a mean of the last two, or rose. Otherwise: from the first epoch on at which the
    training loss fell by less than 0.5 % an epoch and fewer than 5 % of the neighbours of frequent
    words changed. Towards the end of a run the falling learning rate takes noise out of the
    vectors: the held-out loss then falls once more, and the training loss may rise. That comes with
    a run of any length, so an epoch at which the rule held counts whatever followed.

    Args:
        history: The epochs so far, in order.

    Returns:
        The line, or None where more may pay or too little is known.
    """
    for epochs in range(2, len(history) + 1):
        line = _by_held_out(history[:epochs]) or _by_training(history[:epochs])
        if line is not None:
            return f"more epochs no longer pay: {line}"
    return None


def _by_held_out(history: Sequence[EpochRecord]) -> str | None:
    """The line's end, if the rule holds after the last of these epochs."""
    losses = [math.nan if record.held_out is None else record.held_out for record in history]
    gain = _gain(losses)
    if gain is None or gain >= LEAST_HELD_OUT_GAIN:
        return None
    line = _moved("held-out", losses, gain)
    if gain >= 0:
        return f"{line}, less than {LEAST_HELD_OUT_GAIN:.1%}"
    best = int(np.nanargmin(losses))
    return f"{line}; it was lowest after epoch {best + 1}, {losses[best]:.4f}"


def _by_training(history: Sequence[EpochRecord]) -> str | None:
    """The same without a held-out loss."""
    last = history[-1]
    losses = [record.loss for record in history]
    gain = _gain(losses)
    if last.held_out is not None or last.churn is None or gain is None:
        return None
    if gain >= LEAST_TRAINING_GAIN or not last.churn < SETTLED_CHURN:
        return None
    return (
        f"{_moved('training', losses, gain)}, and {last.churn:.1%} of the neighbours of frequent "
        f"words changed (bounds: {LEAST_TRAINING_GAIN:.1%} and {SETTLED_CHURN:.0%})"
    )


def _gain(losses: Sequence[float]) -> float | None:
    """By what share a loss has fallen an epoch, over the last two; below 0 where it has risen."""
    known = losses[-3:]
    if not all(math.isfinite(loss) for loss in known) or known[0] <= 0:
        return None
    return (known[0] - known[-1]) / known[0] / (len(known) - 1)


def _moved(kind: str, losses: Sequence[float], gain: float) -> str:
    verb = "fell" if gain >= 0 else "rose"
    return (
        f"by epoch {len(losses)} the {kind} loss {verb} by {abs(gain):.2%} an epoch "
        f"({losses[-3:][0]:.4f} → {losses[-1]:.4f})"
    )


def neighbours_line(history: Sequence[EpochRecord]) -> str | None:
    """Says what "neighbours changed" is of the last epoch, and what it means.

    Args:
        history: The epochs so far, in order.

    Returns:
        The line, or None where nobody has looked, and after a single epoch, which begins with
        random numbers.
    """
    churn = history[-1].churn if len(history) > 1 else None
    if churn is None:
        return None
    verdict = "they have settled" if churn < SETTLED_CHURN else "they have not settled"
    return (
        f"neighbours changed: {churn:.1%} of the {TOPN} nearest of each frequent word in epoch "
        f"{len(history)}; {verdict} ({SETTLED_CHURN:.0%} is the bound)"
    )


def rise_line(history: Sequence[EpochRecord]) -> str | None:
    """Says of a training loss that ended higher than it was whether the vectors got worse.

    An epoch's training loss is counted while its words are learned, one stretch of text after
    another. A high learning rate bends the vectors to the stretch at hand, which lowers the loss of
    what follows at once and so is like it; as the rate falls that help goes, and the loss may rise
    though the vectors get better. The held-out loss, with the vectors at rest, knows nothing of it.

    Args:
        history: The epochs so far, in order.

    Returns:
        The line, or None where the last epoch's loss is less than 0.2 % above the lowest or, in a
        run of many epochs, no farther from it than a small text's draws bring losses apart.
    """
    losses = [record.loss if math.isfinite(record.loss) else math.inf for record in history]
    if len(losses) < 2 or not math.isfinite(losses[-1]):
        return None
    lowest = int(np.argmin(losses))
    if losses[-1] - losses[lowest] <= max(LEAST_RISE * losses[lowest], _usual_rise(losses)):
        return None
    rose = (
        f"the training loss ended higher than in epoch {lowest + 1} "
        f"({losses[lowest]:.4f} → {losses[-1]:.4f})"
    )
    before, now = history[lowest].held_out, history[-1].held_out
    if before is None or now is None:
        return (
            f"{rose}: it is counted while the text is learned in its order, and can rise as the "
            f"learning rate falls; a held-out loss (--validation 0.02) tells whether the vectors "
            f"got worse"
        )
    moved = f"{before:.4f} → {now:.4f}"
    if now >= before:
        return f"{rose}, and the held-out loss did not fall ({moved}): more epochs did not help"
    return (
        f"{rose}, but the held-out loss fell ({moved}): the vectors got better, and bend less to "
        f"the stretch of text at hand as the learning rate falls"
    )


def _usual_rise(losses: Sequence[float]) -> float:
    """By how much losses differ that differ by what is drawn alone; 0 where too few are known."""
    recent = np.array(losses[-_RECENT:])
    if len(recent) < _RECENT:
        return 0.0
    return 3.0 * float(np.median(np.abs(np.diff(recent))))
