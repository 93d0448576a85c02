"""The walkthrough: any step of a recorded run with every number of it."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Path, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.inspection import Recording, Step
from lexiscope.inspection.views.bookmarks import bookmarks
from lexiscope.inspection.views.gradient_check import Checked, gradient_check
from lexiscope.replay.config import MAX_STEPS
from lexiscope.replay.run import BETA1, BETA2, EPSILON
from lexiscope.server import payloads
from lexiscope.server.errors import UnknownRowError
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.wire import Encoded, encode

router = APIRouter()

EXAMPLES_LIMIT = 100_000
# Numbers of a state up to which a step takes well under a millisecond.
QUICK_STATE = 20_000
# Each number that is checked takes two forward passes over the rows of W′ touched.
CHECK_PRODUCTS = 4e8
CHECKED_ROWS = 128

StepNumber = Annotated[int, Path(ge=1, le=MAX_STEPS, description="Counted from 1")]


@router.get("/api/examples", **binary(payloads.Examples))
async def examples(
    exchange: ExchangeDependency,
    first: Annotated[int, Query(ge=1, le=MAX_STEPS)] = 1,
    count: Annotated[int, Query(ge=1, le=EXAMPLES_LIMIT)] = EXAMPLES_LIMIT,
) -> Response:
    """Which words some steps trained, and their losses."""
    return await exchange.reply(lambda: _examples(exchange.subject.recorded(), first, count))


def _examples(recording: Recording, first: int, count: int) -> Encoded:
    if first > recording.steps:
        raise _no_such_step(recording, first)
    run = recording.run
    part = slice(first - 1, min(first - 1 + count, recording.steps))
    order = run.order[part]
    targets = run.examples.targets[order]
    # CBOW predicts the center from its context; the others predict from the center.
    cbow = run.config.architecture == "cbow"
    centers = targets if cbow else run.examples.members[run.examples.starts[order]]
    numbers = np.arange(part.start, part.stop)
    return encode(
        payloads.Examples(steps=recording.steps, first=first, bookmarks=bookmarks(recording)),
        {
            "center": centers,
            "target": targets,
            "loss": run.losses[part],
            "epoch": (1 + numbers // run.epoch_length).astype(np.int32),
        },
    )


@router.get("/api/steps/{number}", **binary(payloads.StepState))
async def step(exchange: ExchangeDependency, number: StepNumber) -> Response:
    """A step: forward, loss, backward, update."""
    recording = exchange.subject.recorded()
    if recording.run.layout.size <= QUICK_STATE:
        return exchange.reply_now(lambda: _step(recording, number))
    return await exchange.reply(lambda: _step(recording, number))


def _step(recording: Recording, number: int) -> Encoded:
    if number > recording.steps:
        raise _no_such_step(recording, number)
    found = recording.step(number)
    config = recording.config
    adam = config.optimizer == "adam"
    payload = payloads.StepState(
        number=number,
        steps=recording.steps,
        epoch=found.epoch,
        center=found.center,
        context=list(found.context),
        target=found.target,
        loss=found.loss,
        rank=found.rank,
        probability=found.probability,
        cosine=found.cosine,
        learning_rate=found.learning_rate,
        negatives=list(found.negatives),
        tree=found.tree,
        architecture=config.architecture,
        loss_name=config.loss,
        optimizer=str(config.optimizer),
        beta1=BETA1 if adam else None,
        beta2=BETA2 if adam else None,
        epsilon=EPSILON if adam else None,
    )
    # Zipping takes as long as the replay, 0.2 ms for the bundled run, and saves a seventh.
    return encode(payload, _step_arrays(found), zipped=False)


def _step_arrays(step: Step) -> dict[str, NDArray[Any]]:
    rows, members = step.output_rows, list(step.input_rows)
    before, after = step.before, step.after
    arrays: dict[str, NDArray[Any]] = {
        "hidden": step.hidden,
        "logits": step.logits,
        "probabilities": step.probabilities,
        "hidden_gradient": step.hidden_gradient,
        "input_gradients": step.input_gradients,
        "output_gradients": step.output_gradients,
        "attractive": step.attractive,
        "repulsive": step.repulsive,
        "input_before": before.inputs[members],
        "input_after": after.inputs[members],
        "output_before": before.outputs[rows],
        "output_after": after.outputs[rows],
    }
    if before.bias is not None and after.bias is not None and step.bias_gradient is not None:
        arrays["bias_before"] = before.bias[rows]
        arrays["bias_after"] = after.bias[rows]
        arrays["bias_gradient"] = step.bias_gradient
    if after.moments:
        for order in ("first", "second"):
            arrays[f"input_{order}"] = after.moments[f"{order}_in"][members]
            arrays[f"output_{order}"] = after.moments[f"{order}_out"][rows]
    narrow = {name: array.astype(np.float32) for name, array in arrays.items()}
    return {
        **narrow,
        "labels": step.labels,
        "output_rows": rows.astype(np.int32),
        "input_rows": np.array(members, np.int32),
    }


@router.get("/api/steps/{number}/gradient-check", response_model=payloads.GradientCheck)
async def check(exchange: ExchangeDependency, number: StepNumber) -> Response:
    """A step's gradients beside finite differences."""
    return await exchange.reply(lambda: encode(_check(exchange.subject.recorded(), number)))


def _check(recording: Recording, number: int) -> payloads.GradientCheck:
    if number > recording.steps:
        raise _no_such_step(recording, number)
    found = gradient_check(recording, number, most_rows=_rows_to_check(recording))
    return payloads.GradientCheck(
        number=number,
        matrices=[_checked(one) for one in found.matrices],
        largest_difference=found.worst,
        classic=None if found.classic is None else found.classic.ratio,
    )


def _rows_to_check(recording: Recording) -> int:
    """As many rows of W′ as can be checked in about a second."""
    dim = recording.config.vector_size or 1
    touched = len(recording.tokens) if recording.config.loss == "softmax" else 64
    return int(np.clip(CHECK_PRODUCTS / (2 * dim * dim * touched), 1, CHECKED_ROWS))


def _checked(one: Checked) -> payloads.CheckedMatrix:
    return payloads.CheckedMatrix(
        name=one.name,
        rows=one.rows,
        analytic=one.analytic.tolist(),
        numeric=one.numeric.tolist(),
        largest_difference=one.worst,
    )


def _no_such_step(recording: Recording, number: int) -> UnknownRowError:
    return UnknownRowError(
        f"step {number:,} is not there; the run has the steps 1 … {recording.steps:,}"
    )
