"""Figures that sentences of the page are made of, computed again from a run's own arrays.

Plainly, with NumPy and SciPy and nothing of `inspection/views`, which computes them for the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from lexiscope import data
from lexiscope.inspection import Recording

Matrix = NDArray[Any]

WINDOW = 500  # steps that a recorded run's mean loss is of
AT_REST = 0.9  # the cosine with its end from which on a word counts as at rest
RISE = 1.01  # a loss that ends above so many times its lowest has risen again


def cosines(a: Matrix, b: Matrix) -> Matrix:
    """Of each row of one matrix with the same row of another."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    products: Matrix = (a.astype(np.float64) * b).sum(axis=1)
    return products / lengths


def rank_correlation(a: Sequence[float] | Matrix, b: Sequence[float] | Matrix) -> float | None:
    """Spearman's, ties sharing the mean of their ranks; None where one is constant."""
    if len(set(map(float, a))) < 2 or len(set(map(float, b))) < 2:
        return None
    return float(spearmanr(a, b).statistic)


def loss_figures(losses: Matrix) -> dict[str, Any]:
    """The mean of the first and of the last steps, and whether it has risen since its lowest."""
    exact = losses.astype(np.float64)
    width = min(WINDOW, len(exact))
    means = np.convolve(exact, np.ones(width) / width, mode="valid")
    lowest, last = int(means.argmin()), float(means[-1])
    risen = last > means[lowest] * RISE
    rise = {"lowest": float(means[lowest]), "at": lowest + width, "last": last}
    return {"first": float(means[0]), "final": last, "rise": rise if risen else None}


def rest_figures(states: Mapping[float, Matrix], counts: Matrix, now: float) -> dict[str, Any]:
    """When words come to rest: W at some snapshots, the last among them."""
    times = sorted(states)
    end = states[times[-1]]
    course = np.array([cosines(states[time], end) for time in times])
    settled = []
    for word in range(len(end)):
        away = np.flatnonzero(course[:, word] < AT_REST)
        settled.append(times[away[-1] + 1] if len(away) else times[0])
    return {
        "now": now,
        "of": len(settled),
        "at_rest": sum(time <= now for time in settled),
        "correlation": rank_correlation(counts, np.array(settled)),
    }


def group_figures(words: Sequence[str], vectors: Matrix) -> dict[str, float]:
    """Mean cosines of different words of one group, and of words of different groups."""
    group_of = {word: group for group, members in data.groups().items() for word in members}
    within, across = [], []
    for i, a in enumerate(words):
        for j, b in enumerate(words):
            if i == j or a not in group_of or b not in group_of:
                continue
            cosine = float(cosines(vectors[[i]], vectors[[j]])[0])
            (within if group_of[a] == group_of[b] else across).append(cosine)
    return {"within": float(np.mean(within)), "across": float(np.mean(across))}


def analogy_figures(
    words: Sequence[str], vectors: Matrix, questions: Sequence[Mapping[str, str]]
) -> dict[str, int]:
    """How many of the questions are right, by the cosine with b − a + c of rows of length 1."""
    units = vectors.astype(np.float64)
    units = units / np.linalg.norm(units, axis=1, keepdims=True)
    rows = {word: row for row, word in enumerate(words)}
    right = 0
    for question in questions:
        a, b, c = (rows[question[name]] for name in "abc")
        scores = units @ (units[b] - units[a] + units[c])
        scores[[a, b, c]] = -np.inf
        right += words[int(scores.argmax())] == question["expected"]
    return {"right": right, "asked": len(questions)}


def step_figures(recording: Recording, number: int) -> dict[str, float]:
    """The loss of a step from W and W′ as they stood before it."""
    step, before = recording.step(number), recording.weights(number - 1)
    hidden = before.inputs[np.atleast_1d(step.input_rows)].astype(np.float64).mean(axis=0)
    rows = np.asarray(step.output_rows)
    scores = before.outputs[rows].astype(np.float64) @ hidden
    if before.bias is not None:
        scores = scores + before.bias[rows]
    if recording.config.loss == "softmax":
        loss = float(np.log(np.exp(scores).sum()) - scores[list(rows).index(step.target)])
    else:
        signs = np.where(np.asarray(step.labels) > 0, 1, -1)
        loss = float(np.log1p(np.exp(-signs * scores)).sum())
    return {"number": number, "loss": loss}
