"""Noise-contrastive estimation (Gutmann and Hyvärinen 2010; for words Mnih and Teh 2012, Mnih and
Kavukcuoglu 2013): telling the text's words from noise words, so as to learn their probabilities.

Of K + 1 words, one from the text and K of the noise distribution Pn, the model says which is the
text's. If the text's words came from P(w | context), the chance that w is the text's would be
σ(log P(w | context) − log K·Pn(w)). The score of a pair stands for log P(w | context), taken as it
is: no sum over the vocabulary makes it a probability, as the vectors learn by themselves to give
sums near 1 (Mnih and Teh 2012). So

    loss = −log σ(s(target) − log K·Pn(target)) − Σ log σ(−(s(noise) − log K·Pn(noise))),

which is negative sampling but for the shift, log K·Pn(w); what is drawn is the same. There is no
bias: a word's own frequency is in its vectors too. As in negative sampling, the negatives of a
window differ from each other and from the target, and are shared by all its words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lexiscope.training.kernels.common import NOISE_STREAM, at_position
from lexiscope.training.kernels.dispatch import draws, shifts
from lexiscope.training.losses.base import LossOptions, Tables, sigmoid, softmax
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.losses.negative import (
    NegativeSampling,
    draw_negatives,
    drawn_beforehand,
    list_drawn,
    new_negatives,
    noise_weights,
)


class Noise(NamedTuple):
    """The noise distribution, and how much of it each word has.

    Attributes:
        alias, number, common, shares: As in `negative.Negatives`.
        shifts: float32 (V,), log(K · Pn(w)).
    """

    alias: NDArray[np.uint32]
    number: int
    common: int
    shifts: NDArray[np.float32]
    shares: int = 1


class DrawnNoise(NamedTuple):
    """A recorded run's negatives, drawn beforehand.

    Attributes:
        negatives: int32 (steps, K), −1 for an empty slot.
        shifts: float64 (V,), log(K · Pn(w)).
    """

    negatives: NDArray[np.int32]
    shifts: NDArray[np.float64]


def log_noise(counts: NDArray[np.int64], options: LossOptions) -> NDArray[np.float64]:
    """log(K · Pn(w)) of every word, (V,).

    A word that the noise never gives has the log of the smallest float32: where it stands in the
    text, nobody can take it for noise, and nothing is to be learned.
    """
    weights = noise_weights(counts, options.ns_exponent)
    share = np.maximum(weights / weights.sum(), float(np.finfo(np.float32).tiny))
    logs: NDArray[np.float64] = np.log(options.negative * share)
    return logs


@draws(Noise)
def _draw(tables, center, key, position, share, targets, signs):
    state = at_position(key, position) ^ NOISE_STREAM
    return draw_negatives(tables, center, state, share, targets, signs)


draws(DrawnNoise)(list_drawn)


@shifts(Noise)
@shifts(DrawnNoise)
def _shift(tables, row):
    return tables.shifts[row]


class NoiseContrastiveEstimation(NegativeSampling):
    """Noise-contrastive estimation."""

    name: TrainedLoss = "nce"
    title = "noise-contrastive estimation"
    bytes_a_word = 80
    # Its loss falls from far above, and for long: who misses the latest changes lags far behind.
    in_rounds = False

    def tables(self, counts: NDArray[np.int64], options: LossOptions) -> Tables:
        """See `LossRule`."""
        noise = new_negatives(counts, options)
        shifts = log_noise(counts, options).astype(np.float32)
        return Noise(noise.alias, noise.number, noise.common, shifts)

    def step_tables(
        self,
        counts: NDArray[np.int64],
        options: LossOptions,
        negatives: NDArray[np.int32] | None,
    ) -> Tables:
        """See `LossRule`."""
        return DrawnNoise(drawn_beforehand(negatives), log_noise(counts, options))

    def shifts(self, tables: Any, rows: NDArray[np.int64]) -> NDArray[Any] | None:
        """See `LossRule`."""
        taken: NDArray[Any] = tables.shifts[rows]
        return taken

    def probabilities(
        self, tables: Any, rows: NDArray[np.int64], scores: NDArray[Any]
    ) -> NDArray[Any]:
        """How likely each word is the text's and not of the noise."""
        return sigmoid(scores - tables.shifts[rows].astype(scores.dtype))

    def word_probabilities(self, tables: Any, scores: NDArray[Any]) -> NDArray[Any]:
        """exp(score), made to sum to 1: what the scores come near to by themselves."""
        return softmax(scores)

    def target_probability(
        self, tables: Any, target: int, scores: NDArray[Any], probabilities: NDArray[Any]
    ) -> float:
        """exp(score), as the model has it: near 1 in sum over all words, if not quite."""
        return float(np.exp(scores[target]))

    def replay_arrays(self, tables: Any) -> dict[str, NDArray[Any]]:
        """See `LossRule`."""
        return {"shifts": tables.shifts.astype(np.float32)}
