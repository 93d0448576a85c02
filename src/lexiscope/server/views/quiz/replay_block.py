"""A recorded run as the browser does it again: examples, draws, and weights kept now and then.

The arrays are declared with `Replay` in `server.views.quiz.payloads`.

A step, from the state before it: h is the mean of the input rows. softmax: scores = W′h (+ bias), p
their softmax, g = p − onehot(target), over all rows. negative: rows = target, then the negatives
that are not −1, labels 1, 0, 0, …; nce: as negative, with score − shifts[row] for the score;
hierarchical: rows = the path, labels 1 for sign +1; for all three g = σ(score) − label on those
rows only. Then ∂L/∂h = Σ g[r] · W′[r], ∂L/∂W′[r] = g[r] · h,
∂L/∂bias = g, all at the weights before the step, and each of the n input rows has the gradient
∂L/∂h / n (with `classic`: the whole ∂L/∂h), added up where a row stands among them twice.
sgd: weight −= learning_rate · gradient. adam, step number t = 1, 2, …, for all weights, those with
a gradient of 0 too: m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g²,
weight −= learning_rate / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
A recording's own arithmetic is float32 (or float64, where it was asked for); from the nearest
keyframe before a step, the same in float64 differs by far less than is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.inspection import Recording
from lexiscope.replay.run import BETA1, BETA2, EPSILON
from lexiscope.replay.step import weights_of
from lexiscope.server.views.quiz.payloads import Replay

# What keyframes may take: the fewer there are, the longer the browser replays.
STATES_BYTES = 2_000_000


def replay_block(recording: Recording) -> tuple[Replay, dict[str, NDArray[Any]]]:
    """What is needed to do any step of a run again; see the module's description."""
    run, config = recording.run, recording.config
    chosen = keyframes_kept(run.states.shape, STATES_BYTES)
    snapshots = [min(number * run.spacing, recording.steps) for number in chosen]
    payload = Replay(
        steps=recording.steps,
        epoch_length=run.epoch_length,
        words=len(run.tokens),
        vector_size=config.vector_size,
        architecture=config.architecture,
        loss=config.loss,
        optimizer=config.optimizer,
        keyframes=snapshots,
        learning_rate=config.alpha,
        beta1=BETA1,
        beta2=BETA2,
        epsilon=EPSILON,
        cbow_update=config.cbow_update,
    )
    arrays: dict[str, NDArray[Any]] = {
        "order": run.order,
        "members": run.examples.members,
        "starts": run.examples.starts.astype(np.int32),
        "targets": run.examples.targets,
        **_states(recording, chosen),
    }
    if run.negatives is not None:
        arrays["negatives"] = run.negatives
    return payload, arrays | run.rule.replay_arrays(run.tables)


def keyframes_kept(shape: tuple[int, ...], most: int) -> list[int]:
    """Which of a recording's keyframes fit: evenly spaced, the first and the last among them.

    Args:
        shape: (keyframes, numbers of a state).
        most: Bytes of float32 that they may take; two are kept in any case.
    """
    count, size = shape
    fitting = max(2, most // (4 * size))
    stride = -(-(count - 1) // (fitting - 1)) if count > 1 else 1
    return sorted({*range(0, count, stride), count - 1})


def _states(recording: Recording, chosen: Sequence[int]) -> dict[str, NDArray[Any]]:
    run = recording.run
    taken: dict[str, list[NDArray[Any]]] = {}
    for number in chosen:
        weights = weights_of(run.layout, run.states[number])
        parts: Mapping[str, NDArray[Any] | None] = {
            "inputs": weights.inputs,
            "outputs": weights.outputs,
            "bias": weights.bias,
            **weights.moments,
        }
        for name, part in parts.items():
            if part is not None:
                taken.setdefault(name, []).append(part.astype(np.float32))
    return {name: np.stack(parts) for name, parts in taken.items()}
