"""A run of which every step can be looked at again: the order of its examples, its keyframes.

A run is one example a step. What is kept is the order of the examples, the negatives drawn, every
step's loss and all weights at regular steps; any state in between is a replay of at most a few
hundred steps with the kernel that trained.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.errors import TrainingError
from lexiscope.one_line import one_line
from lexiscope.replay.config import MAX_STEPS, RecordConfig
from lexiscope.replay.examples import ExampleSet, make_examples

if TYPE_CHECKING:
    from lexiscope.replay.kernel import Optimizer, Task, Vectors
    from lexiscope.training.losses.base import LossRule, Tables

StepsProgress = Callable[[int, int, float], None]
"""Steps done, steps in all, the last loss."""

# Keyframes lie as far apart as a replay between them takes this long …
REPLAY_SECONDS = 5e-4
# … farther, if they would take more bytes than this, as long as a replay stays below …
SMALL_BYTES = 1_000_000
LONG_REPLAY_SECONDS = 3e-3
# … and yet farther if they would take more than this.
LARGE_BYTES = 16 * 2**20

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # PyTorch's defaults


@dataclass(frozen=True)
class Layout:
    """How a state's numbers lie in one flat array: W, W′, then with Adam their moments.

    Attributes:
        config: The run's options.
        words: V.
    """

    config: RecordConfig
    words: int

    @property
    def bias(self) -> bool:
        """Whether W′ has a bias: the reference's next-word program does."""
        return self.config.architecture == "next-word" and self.rule.touches_all

    @property
    def rule(self) -> LossRule:
        """The loss."""
        from lexiscope.training.losses.registry import rule_of

        return rule_of(self.config.loss)

    @property
    def shapes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Shapes of W and W′ as the kernels have them."""
        from lexiscope.replay.kernel import padded_words

        dim = self.config.vector_size
        if self.rule.touches_all:
            return (self.words, dim), (dim + self.bias, padded_words(self.words))
        return (self.words, dim), (self.rule.output_rows(self.words), dim)

    @property
    def size(self) -> int:
        """Numbers of a state."""
        copies = 3 if self.config.optimizer == "adam" else 1
        return copies * sum(rows * columns for rows, columns in self.shapes)

    def matrices(self, state: NDArray[Any]) -> list[NDArray[Any]]:
        """A state's matrices as views: W, W′ and with Adam first_in, second_in, first_out, …"""
        inputs, outputs = self.shapes
        both = [inputs, outputs]
        if self.config.optimizer == "adam":
            both += [inputs, inputs, outputs, outputs]
        views, at = [], 0
        for shape in both:
            count = shape[0] * shape[1]
            views.append(state[at : at + count].reshape(shape))
            at += count
        return views

    def output_rows(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """W′ (or its moments) as rows of `dim` numbers, without padding and bias: a view."""
        if not self.rule.touches_all:
            return outputs
        return outputs[: self.config.vector_size, : self.words].T

    def bias_of(self, outputs: NDArray[Any]) -> NDArray[Any] | None:
        """The bias (V,), where there is one: a view."""
        return outputs[-1, : self.words] if self.bias else None

    def start(self) -> NDArray[Any]:
        """The first state: uniform in ±0.5; next-word as PyTorch's Embedding and Linear start."""
        config = self.config
        rng = np.random.default_rng(config.seed)
        state = np.zeros(self.size, config.precision)
        inputs, outputs = self.matrices(state)[:2]
        rows = self.output_rows(outputs)
        if config.architecture == "next-word":
            bound = inputs.shape[1] ** -0.5
            inputs[:] = rng.standard_normal(inputs.shape)
            rows[:] = rng.uniform(-bound, bound, rows.shape)
            if (bias := self.bias_of(outputs)) is not None:
                bias[:] = rng.uniform(-bound, bound, bias.shape)
        else:
            inputs[:] = rng.uniform(-0.5, 0.5, inputs.shape)
            rows[:] = rng.uniform(-0.5, 0.5, rows.shape)
        return state

    def spacing(self, steps: int) -> int:
        """Steps from one keyframe to the next, by what a step costs and a state takes.

        The same on every machine: the costs are rounded figures of a common one.
        """
        bytes_a_state = self.size * np.dtype(self.config.precision).itemsize
        touched = sum(rows * columns for rows, columns in self.shapes)
        seconds = 1e-7 + (touched * 5e-10 if self.config.optimizer == "adam" else 0)
        seconds += self.rule.step_seconds(self.shapes[0], touched, self.config)
        quick = max(1, int(REPLAY_SECONDS / seconds))
        fitting = -(-steps * bytes_a_state // SMALL_BYTES)
        latest = max(1, int(LONG_REPLAY_SECONDS / seconds))
        bounded = -(-steps * bytes_a_state // LARGE_BYTES)
        return int(min(max(min(max(quick, fitting), latest), bounded), steps))


@one_line
@dataclass(frozen=True)
class RecordedRun:
    """A finished run, with all that a replay needs.

    Attributes:
        config: The options; `steps` is set.
        tokens: V words, row by row.
        counts: int64 (V,), in the text as it was trained on.
        examples: Those that were learned from.
        order: int32 (steps,), the example of each step.
        epoch_length: Examples of a whole pass.
        negatives: int32 (steps, K), or None.
        losses: float32 (steps,).
        spacing: Steps between keyframes.
        states: (C, size), the state before step 1, after `spacing` steps, …, and after the last.
        seconds: Time of the training.
    """

    config: RecordConfig
    tokens: list[str]
    counts: NDArray[np.int64]
    examples: ExampleSet
    order: NDArray[np.int32]
    epoch_length: int
    negatives: NDArray[np.int32] | None
    losses: NDArray[np.float32]
    spacing: int
    states: NDArray[Any]
    seconds: float

    @property
    def layout(self) -> Layout:
        """How states lie in memory."""
        return Layout(self.config, len(self.tokens))

    @property
    def rule(self) -> LossRule:
        """The loss."""
        return self.layout.rule

    @cached_property
    def tables(self) -> Tables:
        """What the loss looks up: its tree, its negatives."""
        return self.rule.step_tables(self.counts, self.config, self.negatives)


class Stepper:
    """A state and the kernel that moves it on; made once, it does any stretch of steps.

    Args:
        layout: Of the state.
        examples: What the run learns from.
        order: int32 (steps,).
        tables: The loss's, see `LossRule.step_tables`.

    Attributes:
        state: The flat state, worked on in place.
        losses: float64 (steps,), written as steps are done.
    """

    def __init__(
        self,
        layout: Layout,
        examples: ExampleSet,
        order: NDArray[np.int32],
        tables: Tables,
    ) -> None:
        from lexiscope.replay import kernel as steps

        config = layout.config
        dtype = np.dtype(config.precision)
        self.layout = layout
        self.state = np.zeros(layout.size, dtype)
        self.losses = np.zeros(len(order), np.float64)
        self.examples = examples.kernel_view()
        self.order = order
        matrices = layout.matrices(self.state)
        hidden = np.ones(config.vector_size + layout.bias, dtype)
        inputs, outputs = matrices[:2]
        self.vectors: Vectors = steps.Vectors(inputs, outputs, hidden, np.zeros_like(hidden))
        self.task: Task = steps.new_task(layout.rule, tables, layout.words, dtype)
        rate = config.alpha
        self.optimizer: Optimizer = steps.Sgd(rate)
        if config.optimizer == "adam":
            slopes = [np.zeros(shape, dtype) for shape in layout.shapes]
            flat = [matrix.reshape(-1) for matrix in matrices]  # views, as rows have no gaps
            descents = [
                steps.Descent(flat[i], slopes[i].reshape(-1), flat[2 + 2 * i], flat[3 + 2 * i])
                for i in range(2)
            ]
            self.optimizer = steps.Adam(
                rate, BETA1, BETA2, EPSILON, slopes[0], slopes[1], descents[0], descents[1]
            )

    def advance(self, first: int, last: int) -> None:
        """Does the steps first … last − 1, counted from 0, on the state."""
        from lexiscope.replay.kernel import run_steps

        run_steps(
            first,
            last,
            self.order,
            self.examples,
            self.vectors,
            self.task,
            self.optimizer,
            self.layout.config.cbow_update == "classic",
            self.losses,
        )


def record_run(
    config: RecordConfig,
    ids: NDArray[np.int32],
    tokens: list[str],
    counts: NDArray[np.int64],
    progress: StepsProgress | None = None,
) -> RecordedRun:
    """Trains on an encoded text, keeping all that is needed to see every step again.

    Args:
        config: The options.
        ids: The words' ids, −1 behind each sentence.
        tokens: V words.
        counts: int64 (V,), occurrences of each.
        progress: Told a few times a second.

    Raises:
        CorpusError: There is nothing to learn from, or too much to record.
        ConfigError: The exact softmax over too large a vocabulary, or too many steps.
        TrainingError: The loss is no longer finite.
    """
    layout = Layout(config, len(tokens))
    layout.rule.check(*layout.shapes[0])
    everything = make_examples(ids, config.architecture, config.window)
    steps = config.steps_over(len(everything))
    whole("steps" if config.epochs is None else "epochs × examples", steps, 1, MAX_STEPS)
    config = replace(config, steps=steps, epochs=None)
    order, examples = _order(config, everything, steps)
    negatives = _draw(config, examples, order, counts)
    layout = Layout(config, len(tokens))
    stepper = Stepper(layout, examples, order, layout.rule.step_tables(counts, config, negatives))
    stepper.state[:] = layout.start()
    stepper.advance(0, 0)  # compiles the kernel, where it has not been yet
    began = time.perf_counter()
    states = _train(stepper, steps, layout.spacing(steps), progress)
    return RecordedRun(
        config=config,
        tokens=tokens,
        counts=counts,
        examples=examples,
        order=order,
        epoch_length=len(everything),
        negatives=negatives,
        losses=stepper.losses.astype(np.float32),
        spacing=layout.spacing(steps),
        states=states,
        seconds=time.perf_counter() - began,
    )


def _order(
    config: RecordConfig, everything: ExampleSet, steps: int
) -> tuple[NDArray[np.int32], ExampleSet]:
    """The example of each step, shuffled anew each epoch; examples never reached are dropped."""
    count = len(everything)
    rng = np.random.default_rng([config.seed, 1])
    passes = [rng.permutation(count) for _ in range(-(-steps // count))]
    order = np.concatenate(passes)[:steps]
    if steps >= count:
        return order.astype(np.int32), everything
    used, order = np.unique(order, return_inverse=True)
    return order.astype(np.int32), everything.only(used)


def _draw(
    config: RecordConfig,
    examples: ExampleSet,
    order: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> NDArray[np.int32] | None:
    from lexiscope.training.losses.registry import rule_of

    rule = rule_of(config.loss)
    if not rule.draws_negatives:
        return None
    from lexiscope.replay.kernel import draw_all
    from lexiscope.training.kernels.common import epoch_key

    noise = rule.tables(counts, config)
    negatives = np.zeros((len(order), config.negative), np.int32)
    targets = np.zeros(config.negative + 1, np.int64)
    signs = np.zeros(config.negative + 1, np.float32)
    key = epoch_key(config.seed, 0)
    draw_all(noise, key, order, examples.kernel_view(), targets, signs, negatives)
    return negatives


def _train(
    stepper: Stepper, steps: int, spacing: int, progress: StepsProgress | None
) -> NDArray[Any]:
    count = -(-steps // spacing)
    states = np.empty((count + 1, len(stepper.state)), stepper.state.dtype)
    states[0] = stepper.state
    told = time.perf_counter()
    for number in range(count):
        first, last = number * spacing, min((number + 1) * spacing, steps)
        stepper.advance(first, last)
        states[number + 1] = stepper.state
        _check_finite(stepper, first, last)
        loss = float(stepper.losses[last - 1])
        if progress is not None and time.perf_counter() - told > 0.2:
            told = time.perf_counter()
            progress(last, steps, loss)
    if progress is not None:
        progress(steps, steps, float(stepper.losses[-1]))
    return states


def _check_finite(stepper: Stepper, first: int, last: int) -> None:
    """Stops a run whose weights have gone bad; a row may be without its losses showing it."""
    bad = np.flatnonzero(~np.isfinite(stepper.losses[first:last]))
    if len(bad) or not np.isfinite(stepper.state).all():
        at = f"at step {first + int(bad[0]) + 1:,}" if len(bad) else f"by step {last:,}"
        raise TrainingError(
            f"the weights are no longer finite {at} of {len(stepper.order):,}; take a smaller "
            f"alpha (it is {stepper.layout.config.alpha:g})"
        )
