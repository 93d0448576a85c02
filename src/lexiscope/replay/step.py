"""One training step with every number of it: forward, loss, backward, update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.replay.run import Layout, RecordedRun, Stepper

if TYPE_CHECKING:
    from lexiscope.training.kernels.hierarchical import Tree

Matrix = NDArray[Any]

_MOMENTS = ("first_in", "second_in", "first_out", "second_out")


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
        probability: Of the target; with negative sampling, σ of its score.
        cosine: Of the center's and the context word's row of W before the step; for CBOW, of h and
            the center's row.
        learning_rate: As set.
        negatives: Rows drawn as negatives, where they are.
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
    tree: bool

    @property
    def target_gradient(self) -> Matrix | None:
        """∂L/∂u_o, (D,), u_o being the target's row of W′; None for a tree, where it has none."""
        if self.tree:
            return None
        place = int(np.flatnonzero(self.output_rows == self.target)[0])
        gradient: Matrix = self.output_gradients[place]
        return gradient


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
    errors = forward.probabilities - forward.labels.astype(forward.probabilities.dtype)
    rows = before.outputs[forward.rows]
    attractive, repulsive = _forces(run, forward, rows)
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
        learning_rate=float(run.config.alpha or 0.0),
        negatives=_negatives(run, number),
        tree=run.config.loss == "hierarchical",
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
    if run.config.loss == "softmax":
        return _softmax(run, stepper, example, target)
    hidden = _mean(weights.inputs, members)
    if run.config.loss == "negative":
        return _negative(run, number, target, hidden, weights)
    return _tree(stepper, target, hidden, weights)


def _mean(inputs: Matrix, members: tuple[int, ...]) -> Matrix:
    total = inputs[members[0]].copy()
    for member in members[1:]:
        total += inputs[member]
    mean: Matrix = total * total.dtype.type(1 / len(members))
    return mean


def _softmax(run: RecordedRun, stepper: Stepper, example: int, target: int) -> Forward:
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


def _negative(
    run: RecordedRun, number: int, target: int, hidden: Matrix, weights: Weights
) -> Forward:
    rows = np.array([target, *_negatives(run, number)], np.int64)
    logits = weights.outputs[rows] @ hidden
    probabilities = sigmoid(logits)
    labels = np.zeros(len(rows), np.int8)
    labels[0] = 1
    everything = weights.outputs @ hidden
    rank = 1 + int((everything > everything[target]).sum())
    return Forward(hidden, rows, logits, probabilities, labels, rank, float(probabilities[0]))


def _negatives(run: RecordedRun, number: int) -> tuple[int, ...]:
    if run.negatives is None:
        return ()
    drawn = run.negatives[number - 1]
    return tuple(drawn[drawn >= 0].tolist())


def _tree(stepper: Stepper, target: int, hidden: Matrix, weights: Weights) -> Forward:
    from lexiscope.training.kernels.hierarchical import Tree

    tree = stepper.task
    if not isinstance(tree, Tree):
        raise TypeError(f"the task is a {type(tree).__name__}, expected Tree")
    path = slice(int(tree.starts[target]), int(tree.starts[target + 1]))
    rows = tree.nodes[path].astype(np.int64)
    logits = weights.outputs[rows] @ hidden
    labels = (tree.signs[path] > 0).astype(np.int8)
    words = tree_probabilities(tree, weights.outputs @ hidden)
    rank = 1 + int((words > words[target]).sum())
    return Forward(hidden, rows, logits, sigmoid(logits), labels, rank, float(words[target]))


def tree_probabilities(tree: Tree, scores: Matrix) -> Matrix:
    """P(word) of every word, (V,), from the inner nodes' scores (V − 1,); they sum to 1."""
    if not len(tree.nodes):
        return np.ones(len(tree.starts) - 1, scores.dtype)
    turns = -np.logaddexp(0, -tree.signs.astype(scores.dtype) * scores[tree.nodes])
    probabilities: Matrix = np.exp(np.add.reduceat(turns, tree.starts[:-1]))
    return probabilities


def sigmoid(values: Matrix) -> Matrix:
    """1 / (1 + exp(−x)), without overflow."""
    small = np.exp(-np.abs(values))
    result: Matrix = np.where(values >= 0, 1 / (1 + small), small / (1 + small))
    return result.astype(values.dtype)


def _forces(run: RecordedRun, forward: Forward, rows: Matrix) -> tuple[Matrix, Matrix]:
    """What pulls the hidden vector and what pushes it: ∂L/∂h = repulsive − attractive."""
    p, labels = forward.probabilities, forward.labels.astype(forward.probabilities.dtype)
    if run.config.loss == "softmax":
        return labels @ rows, p @ rows
    return (labels * (1 - p)) @ rows, ((1 - labels) * p) @ rows
