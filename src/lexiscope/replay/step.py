"""One training step with every number of it: forward, loss, backward, update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.one_line import one_line
from lexiscope.replay.run import Layout, RecordedRun, Stepper

Matrix = NDArray[Any]

_MOMENTS = ("first_in", "second_in", "first_out", "second_out")


@one_line
@dataclass(frozen=True, kw_only=True)
class Weights:
    """All weights after some steps.

    Attributes:
        inputs: W, (V, D).
        outputs: W′, (V, D); (V − 1, D) after hierarchical softmax.
        bias: Of the output layer, (V,), or None.
        moments: With Adam, `first_in`, `second_in`, `first_out`, `second_out`, shaped as W and W′
            (and `first_bias`, `second_bias`).
    """

    inputs: Matrix
    outputs: Matrix
    bias: Matrix | None
    moments: dict[str, Matrix]


@one_line
@dataclass(frozen=True, kw_only=True)
class Step:
    """The whole state of one step; arrays are in the run's precision.

    With negative sampling and hierarchical softmax only the touched rows of W′ have a gradient, and
    each is asked a question of yes or no: is this a true pair, is this the way down the tree.

    Attributes:
        number: 1 … steps.
        epoch: 1, 2, …
        center: Row of the center word.
        context: Rows of the context words of this step; of one for skip-gram and next-word.
        center_word: The word.
        context_words: The words.
        input_rows: Rows of W that make the hidden vector.
        target: The word to predict: the context word, or for CBOW the center.
        hidden: h, the mean of the input rows, (D,).
        output_rows: Rows of W′ that the step touches: all words with the exact softmax; the target
            and its negatives; or the inner nodes on the target's path.
        logits: Scores u · h (plus bias) of the output rows.
        probabilities: Of the output rows: softmax, or σ of each score.
        labels: 1 where the probability should have been 1, else 0, for each output row.
        loss: −log of what should have happened.
        hidden_gradient: ∂L/∂h, (D,): `repulsive` − `attractive`.
        input_gradients: ∂L/∂W of each of `input_rows`, (n, D); a row that occurs twice among them
            moves by both.
        output_gradients: ∂L/∂W′ of the output rows, (R, D).
        bias_gradient: ∂L/∂bias of the output rows, or None.
        attractive: Σ over rows with label 1 of (softmax: 1, otherwise 1 − p) · u: where h is
            pulled to. With the exact softmax it is u_o itself.
        repulsive: What h is pushed away from; with the exact softmax Σ P(w) u_w.
        before: All weights before the step.
        after: All weights after it.
        rank: Of the target among all words by score (hierarchical: by probability), 1 is best.
        probability: Of the target; with negative sampling, σ of its score; with noise-contrastive
            estimation, by the softmax of all scores.
        cosine: Of the center's and the context word's row of W before the step; for CBOW, of h and
            the center's row.
        learning_rate: As set.
        negatives: Rows drawn as negatives, where they are.
        shifts: What is taken off the logits before σ, of the output rows: with noise-contrastive
            estimation log(K · Pn(word)); None where nothing is.
        tree: Whether `output_rows` are inner nodes of a tree, not words.
    """

    number: int
    epoch: int
    center: int
    context: tuple[int, ...]
    center_word: str
    context_words: tuple[str, ...]
    input_rows: tuple[int, ...]
    target: int
    hidden: Matrix
    output_rows: NDArray[np.int64]
    logits: Matrix
    probabilities: Matrix
    labels: NDArray[np.int8]
    loss: float
    hidden_gradient: Matrix
    input_gradients: Matrix
    output_gradients: Matrix
    bias_gradient: Matrix | None
    attractive: Matrix
    repulsive: Matrix
    before: Weights
    after: Weights
    rank: int
    probability: float
    cosine: float
    learning_rate: float
    negatives: tuple[int, ...]
    shifts: Matrix | None
    tree: bool

    @property
    def target_gradient(self) -> Matrix | None:
        """∂L/∂u_o, (D,), u_o being the target's row of W′; None for a tree, where it has none."""
        if self.tree:
            return None
        place = int(np.flatnonzero(self.output_rows == self.target)[0])
        gradient: Matrix = self.output_gradients[place]
        return gradient


@one_line
@dataclass(frozen=True)
class Forward:
    """The forward pass of an example.

    Attributes:
        hidden, rows, logits, probabilities, labels: As in `Step`, for the rows touched.
        rank, probability: Of the target.
    """

    hidden: Matrix
    rows: NDArray[np.int64]
    logits: Matrix
    probabilities: Matrix
    labels: NDArray[np.int8]
    rank: int
    probability: float


def weights_of(layout: Layout, state: Matrix) -> Weights:
    """A flat state as matrices: views, so that nothing is copied."""
    inputs, outputs, *moments = layout.matrices(state)
    named: dict[str, Matrix] = {}
    for name, moment in zip(_MOMENTS, moments, strict=False):
        named[name] = moment if name.endswith("_in") else layout.output_rows(moment)
        bias = layout.bias_of(moment) if name.endswith("_out") else None
        if bias is not None:
            named[name.replace("_out", "_bias")] = bias
    return Weights(
        inputs=inputs,
        outputs=layout.output_rows(outputs),
        bias=layout.bias_of(outputs),
        moments=named,
    )


def take_step(run: RecordedRun, stepper: Stepper, number: int) -> Step:
    """Does a step, and puts together all that there is to see of it.

    Args:
        run: The run.
        stepper: Its state stands before the step, and stands behind it afterwards.
        number: 1 … steps.
    """
    before = weights_of(run.layout, stepper.state.copy())
    forward = forward_pass(run, stepper, number, before)
    stepper.advance(number - 1, number)
    after = weights_of(run.layout, stepper.state.copy())
    example = int(run.order[number - 1])
    members, target = example_words(run, example)
    rows = before.outputs[forward.rows]
    labels = forward.labels.astype(forward.probabilities.dtype)
    attractive, repulsive = run.rule.forces(forward.probabilities, labels, rows)
    errors = forward.probabilities - labels
    slope = repulsive - attractive
    share = slope.dtype.type(1 / len(members))
    cbow = run.config.architecture == "cbow"
    center, context = (target, members) if cbow else (members[0], (target,))
    first = forward.hidden if cbow else before.inputs[center]
    other = before.inputs[center if cbow else target]
    return Step(
        number=number,
        epoch=1 + (number - 1) // run.epoch_length,
        center=center,
        context=context,
        center_word=run.tokens[center],
        context_words=tuple(run.tokens[word] for word in context),
        input_rows=members,
        target=target,
        hidden=forward.hidden,
        output_rows=forward.rows,
        logits=forward.logits,
        probabilities=forward.probabilities,
        labels=forward.labels,
        loss=float(stepper.losses[number - 1]),
        hidden_gradient=slope,
        input_gradients=np.tile(share * slope, (len(members), 1)),
        output_gradients=errors[:, None] * forward.hidden,
        bias_gradient=None if before.bias is None else errors,
        attractive=attractive,
        repulsive=repulsive,
        before=before,
        after=after,
        rank=forward.rank,
        probability=forward.probability,
        cosine=cosine(first, other),
        learning_rate=run.config.alpha,
        negatives=_negatives(run, number),
        shifts=run.rule.shifts(run.tables, forward.rows),
        tree=not run.rule.words_have_rows,
    )


def example_words(run: RecordedRun, example: int) -> tuple[tuple[int, ...], int]:
    """An example's input rows and its target."""
    starts = run.examples.starts
    members = run.examples.members[starts[example] : starts[example + 1]]
    return tuple(members.tolist()), int(run.examples.targets[example])


def cosine(one: Matrix, other: Matrix) -> float:
    """The cosine of two vectors; 0 where either has no direction."""
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(one @ other) / lengths if lengths > 0 else 0.0


def forward_pass(run: RecordedRun, stepper: Stepper, number: int, weights: Weights) -> Forward:
    """What the model says before a step."""
    example = int(run.order[number - 1])
    members, target = example_words(run, example)
    if run.rule.touches_all:
        return _whole(run, stepper, example, target)
    return _asked(run, number, target, _mean(weights.inputs, members), weights)


def _mean(inputs: Matrix, members: tuple[int, ...]) -> Matrix:
    total = inputs[members[0]].copy()
    for member in members[1:]:
        total += inputs[member]
    mean: Matrix = total * total.dtype.type(1 / len(members))
    return mean


def _whole(run: RecordedRun, stepper: Stepper, example: int, target: int) -> Forward:
    from lexiscope.replay.kernel import Dense, observe

    task = stepper.task
    if not isinstance(task, Dense):
        raise TypeError(f"the task is a {type(task).__name__}, expected Dense")
    logits = np.empty_like(task.scores)
    observe(example, stepper.examples, stepper.vectors, task, logits)
    words = len(run.tokens)
    probabilities = task.scores[:words].copy()
    labels = np.zeros(words, np.int8)
    labels[target] = 1
    return Forward(
        stepper.vectors.hidden[: run.config.vector_size].copy(),
        np.arange(words),
        logits[:words].copy(),
        probabilities,
        labels,
        1 + int((logits[:words] > logits[target]).sum()),
        float(probabilities[target]),
    )


def _asked(run: RecordedRun, number: int, target: int, hidden: Matrix, weights: Weights) -> Forward:
    rule, tables = run.rule, run.tables
    rows, labels = rule.questions(tables, number - 1, target)
    logits = weights.outputs[rows] @ hidden
    probabilities = rule.probabilities(tables, rows, logits)
    scores = weights.outputs @ hidden
    ranks = rule.word_ranks(tables, scores)
    return Forward(
        hidden,
        rows,
        logits,
        probabilities,
        labels,
        1 + int((ranks > ranks[target]).sum()),
        rule.target_probability(tables, target, scores, probabilities),
    )


def _negatives(run: RecordedRun, number: int) -> tuple[int, ...]:
    if run.negatives is None:
        return ()
    drawn = run.negatives[number - 1]
    return tuple(drawn[drawn >= 0].tolist())
