"""The walkthrough: any step, every number."""

from __future__ import annotations

from pydantic import Field

from lexiscope.server.payloads.base import Payload


class Examples(Payload):
    """Which words the steps trained (`GET /api/examples?first=&count=`, binary).

    Arrays, of the steps from `first` on, n of them (at most and by default 100,000):
        center: int32 (n): row of the center word.
        target: int32 (n): row of the word to predict (skip-gram: the context word).
        loss: float32 (n).
        epoch: int32 (n).

    Attributes:
        steps: Of the whole run.
        first: The number of the first step in the arrays.
    """

    steps: int
    first: int
    bookmarks: dict[str, int] = Field(description="early, middle, late: steps worth looking at")


class StepState(Payload):
    """One step, 1 … steps (`GET /api/steps/{number}`, binary); see `inspection.step.Step`.

    Arrays (float32 unless said; R = touched output rows, n = input rows):
        hidden (D), logits (R), probabilities (R), labels int8 (R), output_rows int32 (R),
        input_rows int32 (n), hidden_gradient (D), input_gradients (n, D),
        output_gradients (R, D), attractive (D), repulsive (D),
        input_before (n, D), input_after (n, D): the input rows,
        output_before (R, D), output_after (R, D): the touched rows of W′,
        bias_before, bias_after, bias_gradient (R): only where the model has a bias,
        input_first, input_second (n, D), output_first, output_second (R, D): only with Adam, its
            running means of the gradient and of its square after the step, of the same rows.

    Attributes:
        loss_name: `softmax`, `negative` or `hierarchical`.
        beta1, beta2, epsilon: Adam's constants, or None with another optimizer.
    """

    number: int
    steps: int
    epoch: int
    center: int
    context: list[int]
    target: int
    loss: float
    rank: int
    probability: float
    cosine: float
    learning_rate: float
    negatives: list[int]
    tree: bool
    architecture: str
    loss_name: str
    optimizer: str
    beta1: float | None
    beta2: float | None
    epsilon: float | None


class CheckedMatrix(Payload):
    """Gradients of one matrix, computed and measured."""

    name: str
    rows: list[int]
    analytic: list[list[float]]
    numeric: list[list[float]]
    largest_difference: float


class GradientCheck(Payload):
    """Analytic against finite differences (`GET /api/steps/{number}/gradient-check`).

    Attributes:
        largest_difference: Relative to the largest number of the gradient.
        classic: For CBOW, how many times larger word2vec's classic update is; None otherwise.
    """

    number: int
    matrices: list[CheckedMatrix]
    largest_difference: float
    classic: int | None
