"""The walkthrough: any step, every number."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from lexiscope.server.payloads.arrays import f32, i8, i32
from lexiscope.server.payloads.base import BinaryPayload, Payload


class Examples(BinaryPayload):
    """Which words the steps trained (`GET /api/examples?first=&count=`, binary).

    The arrays are of the n steps from `first` on (at most and by default 100,000).

    Attributes:
        steps: Of the whole run.
        first: The number of the first step in the arrays.
    """

    arrays: ClassVar = {
        "center": i32("n", meaning="Row of the center word"),
        "target": i32("n", meaning="Row of the word to predict (skip-gram: the context word)"),
        "loss": f32("n"),
        "epoch": i32("n"),
    }

    steps: int
    first: int
    bookmarks: dict[str, int] = Field(description="early, middle, late: steps worth looking at")


class StepState(BinaryPayload):
    """One step, 1 … steps (`GET /api/steps/{number}`, binary); see `replay.step.Step`.

    Attributes:
        loss_name: `softmax`, `negative`, `hierarchical` or `nce`.
        beta1, beta2, epsilon: Adam's constants, or None with another optimizer.
    """

    arrays: ClassVar = {
        "hidden": f32("dim"),
        "logits": f32("rows"),
        "probabilities": f32("rows"),
        "labels": i8("rows"),
        "output_rows": i32("rows", meaning="Touched rows of W′"),
        "input_rows": i32("n", meaning="Rows of W"),
        "hidden_gradient": f32("dim"),
        "input_gradients": f32("n", "dim"),
        "output_gradients": f32("rows", "dim"),
        "attractive": f32("dim"),
        "repulsive": f32("dim"),
        "input_before": f32("n", "dim"),
        "input_after": f32("n", "dim"),
        "output_before": f32("rows", "dim"),
        "output_after": f32("rows", "dim"),
        "bias_before": f32("rows").only("only where the model has a bias"),
        "bias_after": f32("rows").only("only where the model has a bias"),
        "bias_gradient": f32("rows").only("only where the model has a bias"),
        "shifts": f32("rows", meaning="What is taken from each score before the sigmoid").only(
            "only with `nce`"
        ),
        "input_first": f32(
            "n", "dim", meaning="Adam's running mean of the gradient after the step"
        ).only("only with Adam"),
        "input_second": f32(
            "n", "dim", meaning="Adam's running mean of the gradient's square after the step"
        ).only("only with Adam"),
        "output_first": f32(
            "rows", "dim", meaning="Adam's running mean of the gradient after the step"
        ).only("only with Adam"),
        "output_second": f32(
            "rows", "dim", meaning="Adam's running mean of the gradient's square after the step"
        ).only("only with Adam"),
    }

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
