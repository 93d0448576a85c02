"""Gradients of a step against finite differences, and CBOW's classic update beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.replay.recording import Recording
from lexiscope.replay.step import Step

Loss = Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None], float]


@one_line
@dataclass(frozen=True)
class Checked:
    """One matrix's gradient, twice.

    Attributes:
        name: "W", "W′" or "bias".
        rows: The rows touched.
        analytic: float64 (rows, D), as the step has it.
        numeric: float64 (rows, D), (L(w + h) − L(w − h)) / 2h in float64.
    """

    name: str
    rows: list[int]
    analytic: NDArray[np.float64]
    numeric: NDArray[np.float64]

    @property
    def worst(self) -> float:
        """The largest difference, relative to the largest number of the gradient."""
        scale = max(float(np.abs(self.numeric).max()), 1e-12)
        return float(np.abs(self.analytic - self.numeric).max()) / scale


@one_line
@dataclass(frozen=True)
class ClassicUpdate:
    """How CBOW's context rows move: word2vec.c's way, and along the gradient.

    Attributes:
        rows: The context's rows.
        classic: (D,): −lr · ∂L/∂h, added whole to each row.
        exact: (D,): −lr · ∂L/∂h / C, the gradient's share.
        ratio: C: how many times too far the classic update goes.
    """

    rows: list[int]
    classic: NDArray[np.float64]
    exact: NDArray[np.float64]
    ratio: int


@one_line
@dataclass(frozen=True)
class GradientCheck:
    """A step's gradients, checked.

    Attributes:
        step: Its number.
        matrices: W, W′, and the bias where there is one.
        classic: For CBOW, the two updates side by side.
    """

    step: int
    matrices: list[Checked]
    classic: ClassicUpdate | None

    @property
    def worst(self) -> float:
        """The largest relative difference of all."""
        return max(matrix.worst for matrix in self.matrices)


def gradient_check(
    recording: Recording, number: int, width: float = 1e-5, most_rows: int = 128
) -> GradientCheck:
    """Checks a step's gradients by moving each touched number a little to both sides.

    Args:
        recording: The run.
        number: 1 … steps.
        width: How far.
        most_rows: Rows of W′ to check, those with the largest gradients; each number takes two
            forward passes.

    Raises:
        ConfigError: There is no such step, or the width is not above 0, or there are no rows.
    """
    if not width > 0 or most_rows < 1:
        raise ConfigError(f"width is {width} and most_rows {most_rows}; expected numbers above 0")
    step = recording.step(number)
    loss = _loss_function(recording, step)
    inputs = step.before.inputs[list(step.input_rows)].astype(np.float64)
    outputs = step.before.outputs[step.output_rows].astype(np.float64)
    bias = None if step.before.bias is None else step.before.bias.astype(np.float64)
    largest = np.argsort(-np.abs(step.output_gradients).max(axis=1), kind="stable")
    chosen = np.sort(largest[:most_rows])
    rows = step.output_rows[chosen].tolist()
    matrices = [
        _inputs_checked(step, inputs, lambda moved: loss(moved, outputs, bias), width),
        Checked(
            "W′",
            rows,
            step.output_gradients[chosen].astype(np.float64),
            _differences(outputs, lambda moved: loss(inputs, moved, bias), width, chosen),
        ),
    ]
    if bias is not None and step.bias_gradient is not None:
        numeric = _differences(
            bias[:, None], lambda moved: loss(inputs, outputs, moved[:, 0]), width, chosen
        )
        analytic = step.bias_gradient[chosen].astype(np.float64)[:, None]
        matrices.append(Checked("bias", rows, analytic, numeric))
    classic = _classic(step) if recording.config.architecture == "cbow" else None
    return GradientCheck(number, matrices, classic)


def _loss_function(recording: Recording, step: Step) -> Loss:
    """The step's loss from its input rows, its rows of W′ and the bias, by the formulas."""
    rule, tables = recording.run.rule, recording.run.tables

    def loss(
        inputs: NDArray[np.float64],
        outputs: NDArray[np.float64],
        bias: NDArray[np.float64] | None,
    ) -> float:
        scores = outputs @ inputs.mean(axis=0)
        if bias is not None:
            scores = scores + bias
        return rule.loss_of(tables, step.output_rows, step.labels, scores)

    return loss


def _differences(
    values: NDArray[np.float64],
    loss: Callable[[NDArray[np.float64]], float],
    width: float,
    rows: NDArray[np.intp],
) -> NDArray[np.float64]:
    """The loss's slope at each number of some rows of a matrix, (rows, D)."""
    slopes = np.empty((len(rows), values.shape[1]))
    moved = values.copy()
    for i, d in np.ndindex(*slopes.shape):
        place = (rows[i], d)
        moved[place] = values[place] + width
        above = loss(moved)
        moved[place] = values[place] - width
        slopes[i, d] = (above - loss(moved)) / (2 * width)
        moved[place] = values[place]
    return slopes


def _inputs_checked(
    step: Step,
    inputs: NDArray[np.float64],
    loss: Callable[[NDArray[np.float64]], float],
    width: float,
) -> Checked:
    """W's rows, each once: a word that stands twice in a context has the sum of both gradients."""
    numeric = _differences(inputs, loss, width, np.arange(len(inputs)))
    rows = sorted(set(step.input_rows))
    places = [[at for at, row in enumerate(step.input_rows) if row == wanted] for wanted in rows]
    analytic = step.input_gradients.astype(np.float64)
    return Checked(
        "W",
        rows,
        np.stack([analytic[at].sum(axis=0) for at in places]),
        np.stack([numeric[at].sum(axis=0) for at in places]),
    )


def _classic(step: Step) -> ClassicUpdate:
    whole = -step.learning_rate * step.hidden_gradient.astype(np.float64)
    count = len(step.input_rows)
    return ClassicUpdate(sorted(set(step.input_rows)), whole, whole / count, count)
