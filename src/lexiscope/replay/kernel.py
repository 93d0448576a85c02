"""One training example a step, for runs that are recorded and replayed to the bit.

A step takes some input rows (one for skip-gram and next-word, the context for CBOW), averages them
to the hidden vector, predicts one target word, and updates. The arithmetic is written out in an
order of its own (sums in sixteen lanes, an exponential by polynomial, no fused multiply-adds), so
that a replay gives the same weights on any machine, and whatever steps it is cut at. (Only Adam's
two corrections a step come from the system's pow.)

The exact softmax keeps W′ turned: a line a dimension, a column a word, padded to whole lanes with
zeros. All loops then run along the vocabulary, which makes a step three times as fast as
`losses.softmax.softmax_step` on rows of eight numbers.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numpy.typing import NDArray

from lexiscope.compiled.decorators import (
    inlined,
    intrinsic,
    kernel,
    overload,
)
from lexiscope.training.kernels.common import following, stream_of
from lexiscope.training.kernels.dispatch import draw_targets, has_part, shift_of, type_of
from lexiscope.training.losses.base import LossRule, Tables
from lexiscope.training.losses.negative import draw_negatives

LANES = 16
_NEVER = -1e30  # a logit whose probability is zero


class Examples(NamedTuple):
    """What there is to learn.

    Attributes:
        members: int32, the input words of all examples.
        starts: int64 (E + 1), where each example's begin.
        targets: int32 (E), the word that each should predict.
    """

    members: NDArray[np.int32]
    starts: NDArray[np.int64]
    targets: NDArray[np.int32]


class Dense(NamedTuple):
    """The exact softmax over `words` words.

    Attributes:
        words: V.
        scores: (P,), P being V rounded up to whole lanes.
        products: (P,).
        lanes: (16,).
    """

    words: int
    scores: NDArray[np.floating]
    products: NDArray[np.floating]
    lanes: NDArray[np.floating]


class Slots(NamedTuple):
    """Questions of yes or no about a few rows of W′.

    Attributes:
        tables: The loss's: its part that `draws` says which rows, its part that `shifts` by how
            much their scores are shifted, if at all.
        targets: int64 (slots), a buffer.
        signs: float32 (slots), a buffer.
    """

    tables: Any
    targets: NDArray[np.int64]
    signs: NDArray[np.float32]


class Sgd(NamedTuple):
    """Plain gradient descent.

    Attributes:
        rate: The learning rate.
    """

    rate: float


class Descent(NamedTuple):
    """A matrix under Adam, all arrays flat, so that one loop of vector instructions serves.

    Attributes:
        values: The matrix.
        slopes: The gradient of a step; zero between steps.
        firsts, seconds: The moments.
    """

    values: NDArray[np.floating]
    slopes: NDArray[np.floating]
    firsts: NDArray[np.floating]
    seconds: NDArray[np.floating]


class Adam(NamedTuple):
    """Adam (Kingma and Ba 2015), dense as in PyTorch: every row moves at every step.

    Attributes:
        rate, beta1, beta2, epsilon: As in the paper.
        slope_in, slope_out: The gradients, shaped as W and W′.
        inputs, outputs: The same gradients with the rest, flat.
    """

    rate: float
    beta1: float
    beta2: float
    epsilon: float
    slope_in: NDArray[np.floating]
    slope_out: NDArray[np.floating]
    inputs: Descent
    outputs: Descent


class Vectors(NamedTuple):
    """What a step works on.

    Attributes:
        inputs: W, (V, D).
        outputs: W′: rows (R, D); for the exact softmax turned, (D or D + 1, P), where line D is a
            bias.
        hidden: (D or D + 1), a buffer; its last element is 1 where there is a bias.
        change: As long: minus the loss's gradient by the hidden vector, times the rate with `Sgd`.
    """

    inputs: NDArray[np.floating]
    outputs: NDArray[np.floating]
    hidden: NDArray[np.floating]
    change: NDArray[np.floating]


def padded_words(words: int) -> int:
    """A number of words rounded up to whole lanes."""
    return -(-words // LANES) * LANES


def new_task(rule: LossRule, tables: Tables, words: int, dtype: Any) -> Task:
    """What a step of a loss works with.

    Args:
        rule: The loss.
        tables: Its tables, see `LossRule.step_tables`.
        words: V.
        dtype: Of the weights.
    """
    if rule.touches_all:
        size = padded_words(words)
        return Dense(words, np.zeros(size, dtype), np.zeros(size, dtype), np.zeros(LANES, dtype))
    slots = rule.step_slots(tables)
    return Slots(tables, np.zeros(slots, np.int64), np.zeros(slots, np.float32))


@intrinsic
def _float32_of_bits(typing, bits):
    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.FloatType())

    return types.float32(types.int32), generate


@intrinsic
def _float64_of_bits(typing, bits):
    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


def exponential(x):
    """exp(x) for x ≤ 0, to 2 ulp or so; below about −87 (float64: −708) it stays at that value."""
    raise NotImplementedError


@overload(exponential)
def _exponential(x):
    return _exponential32 if x == types.float32 else _exponential64


def _exponential32(x):
    # 2^n · exp(r), |r| ≤ ln 2 / 2, ln 2 in two parts; adding and subtracting 1.5 · 2²³ rounds.
    f = np.float32
    x = max(x, f(-87.0))
    n = (x * f(1.4426950408889634) + f(12582912.0)) - f(12582912.0)
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)
    p = f(1 / 5040)
    p = p * r + f(1 / 720)
    p = p * r + f(1 / 120)
    p = p * r + f(1 / 24)
    p = p * r + f(1 / 6)
    p = p * r + f(0.5)
    p = p * r + f(1.0)
    p = p * r + f(1.0)
    return p * _float32_of_bits(np.int32((np.int32(n) + np.int32(127)) << np.int32(23)))


def _exponential64(x):
    x = max(x, -708.0)
    n = (x * 1.4426950408889634 + 6755399441055744.0) - 6755399441055744.0
    r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    return p * _float64_of_bits((np.int64(n) + np.int64(1023)) << np.int64(52))


@inlined
def _sum(values, lanes):
    """The sum of whole lanes of values, in an order that vector instructions can keep."""
    for lane in range(LANES):
        lanes[lane] = values.dtype.type(0)
    for block in range(0, values.shape[0], LANES):
        for lane in range(LANES):
            lanes[lane] += values[block + lane]
    for lane in range(8):
        lanes[lane] += lanes[lane + 8]
    for lane in range(4):
        lanes[lane] += lanes[lane + 4]
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])


@inlined
def _largest(values, lanes):
    for lane in range(LANES):
        lanes[lane] = values[lane]
    for block in range(LANES, values.shape[0], LANES):
        for lane in range(LANES):
            lanes[lane] = max(lanes[lane], values[block + lane])
    for lane in range(8):
        lanes[lane] = max(lanes[lane], lanes[lane + 8])
    for lane in range(4):
        lanes[lane] = max(lanes[lane], lanes[lane + 4])
    return max(max(lanes[0], lanes[2]), max(lanes[1], lanes[3]))


@inlined
def _logits(hidden, outputs, scores):
    """Writes W′ · hidden to scores, zero in the padding."""
    size = scores.shape[0]
    factor = hidden[0]
    for word in range(size):
        scores[word] = factor * outputs[0, word]
    for d in range(1, outputs.shape[0]):
        factor = hidden[d]
        for word in range(size):
            scores[word] += factor * outputs[d, word]


@inlined
def _exponentials(task):
    """Turns logits into exponentials, the largest logit taken off first.

    Returns:
        (largest logit, sum of exponentials).
    """
    scores = task.scores
    size = scores.shape[0]
    for word in range(task.words, size):
        scores[word] = scores.dtype.type(_NEVER)
    largest = _largest(scores, task.lanes)
    for word in range(size):
        scores[word] = exponential(scores[word] - largest)
    for word in range(task.words, size):
        scores[word] = scores.dtype.type(0)
    return largest, _sum(scores, task.lanes)


@inlined
def _softmax_errors(task, vectors, target, scale):
    """Writes scale · (1[w = target] − P(w)) to the task's scores. Returns the loss."""
    scores = task.scores
    _logits(vectors.hidden, vectors.outputs, scores)
    logit = scores[target]
    largest, total = _exponentials(task)
    factor = -scale / total
    for word in range(scores.shape[0]):
        scores[word] *= factor
    scores[target] += scale
    return np.log(np.float64(total)) + (np.float64(largest) - np.float64(logit))


def learn(task, optimizer, step, target, vectors):
    """Learns one example: updates W′ (or adds to its slopes), and writes `vectors.change`.

    Returns:
        The loss in float64.
    """
    raise NotImplementedError


@overload(learn)
def _learn(task, optimizer, step, target, vectors):
    return _LEARN[type_of(task), type_of(optimizer)]


def _softmax_sgd(task, optimizer, step, target, vectors):
    outputs, scores, products = vectors.outputs, task.scores, task.products
    rate = scores.dtype.type(optimizer.rate)
    loss = _softmax_errors(task, vectors, target, rate)
    for d in range(outputs.shape[0]):
        factor = vectors.hidden[d]
        for word in range(scores.shape[0]):
            weight = outputs[d, word]
            products[word] = scores[word] * weight
            outputs[d, word] = weight + scores[word] * factor
        vectors.change[d] = _sum(products, task.lanes)
    return loss


def _softmax_adam(task, optimizer, step, target, vectors):
    outputs, scores, products = vectors.outputs, task.scores, task.products
    slope = optimizer.slope_out
    loss = _softmax_errors(task, vectors, target, scores.dtype.type(1))
    for d in range(outputs.shape[0]):
        factor = vectors.hidden[d]
        for word in range(scores.shape[0]):
            products[word] = scores[word] * outputs[d, word]
            slope[d, word] = -(scores[word] * factor)
        vectors.change[d] = _sum(products, task.lanes)
    return loss


@inlined
def _score(hidden, row):
    total = hidden.dtype.type(0)
    for d in range(hidden.shape[0]):
        total += hidden[d] * row[d]
    return total


@inlined
def _logistic(score, sign):
    """The error of a yes-or-no question and its loss: sign · σ(−x) and −log σ(x), x = sign·score.

    The loss is in float64.
    """
    one = type(score)(1)
    x = sign * score
    small = exponential(-abs(x))
    share = small / (one + small) if x >= 0 else one / (one + small)
    return sign * share, max(-np.float64(x), 0.0) + np.log1p(np.float64(small))


def judged(tables, score, row):
    """A row's score as the question is about it."""
    raise NotImplementedError


@overload(judged)
def _judged(tables, score, row):
    if not has_part("shifts", tables):

        def as_it_is(tables, score, row):
            return score

        return as_it_is

    def shifted(tables, score, row):
        return score - type(score)(shift_of(tables, row))

    return shifted


@inlined
def _slot_sgd(tables, vectors, rate, at, sign):
    hidden, change, row = vectors.hidden, vectors.change, vectors.outputs[at]
    score = judged(tables, _score(hidden, row), at)
    error, loss = _logistic(score, hidden.dtype.type(sign))
    error *= rate
    for d in range(hidden.shape[0]):
        change[d] += error * row[d]
        row[d] += error * hidden[d]
    return loss


@inlined
def _slot_adam(tables, vectors, optimizer, at, sign):
    hidden, change, row = vectors.hidden, vectors.change, vectors.outputs[at]
    slope = optimizer.slope_out[at]
    score = judged(tables, _score(hidden, row), at)
    error, loss = _logistic(score, hidden.dtype.type(sign))
    for d in range(hidden.shape[0]):
        change[d] += error * row[d]
        slope[d] = -(error * hidden[d])
    return loss


@inlined
def _clear(values):
    for i in range(values.shape[0]):
        values[i] = 0


@inlined
def _ask(task, step, target):
    key = np.uint64(0)  # nothing is drawn here: what is random was drawn before the first step
    return draw_targets(task.tables, target, key, step, np.int64(0), task.targets, task.signs)


def _slots_sgd(task, optimizer, step, target, vectors):
    rate = vectors.hidden.dtype.type(optimizer.rate)
    _clear(vectors.change)
    loss = 0.0
    for slot in range(_ask(task, step, target)):
        if task.signs[slot] != 0:
            row = task.targets[slot]
            loss += _slot_sgd(task.tables, vectors, rate, row, task.signs[slot])
    return loss


def _slots_adam(task, optimizer, step, target, vectors):
    _clear(vectors.change)
    loss = 0.0
    for slot in range(_ask(task, step, target)):
        if task.signs[slot] != 0:
            row = task.targets[slot]
            loss += _slot_adam(task.tables, vectors, optimizer, row, task.signs[slot])
    return loss


_LEARN: dict[tuple[type | None, type | None], Any] = {
    (Dense, Sgd): _softmax_sgd,
    (Dense, Adam): _softmax_adam,
    (Slots, Sgd): _slots_sgd,
    (Slots, Adam): _slots_adam,
}


def move(optimizer, step, back, members, vectors):
    """Moves the input rows by back · change; with Adam all weights, along the slopes."""
    raise NotImplementedError


@overload(move)
def _move(optimizer, step, back, members, vectors):
    return _move_sgd if optimizer.instance_class is Sgd else _move_adam


def _move_sgd(optimizer, step, back, members, vectors):
    inputs, change = vectors.inputs, vectors.change
    for member in members:
        for d in range(inputs.shape[1]):
            inputs[member, d] += back * change[d]


def _move_adam(optimizer, step, back, members, vectors):
    change, slope = vectors.change, optimizer.slope_in
    for member in members:
        for d in range(slope.shape[1]):
            slope[member, d] -= back * change[d]
    _descend(optimizer, step, optimizer.inputs)
    _descend(optimizer, step, optimizer.outputs)


@inlined
def _descend(adam, step, matrix):
    """Adam's update number step + 1 of one matrix, as PyTorch does it; clears the slopes."""
    values, slopes, firsts, seconds = matrix.values, matrix.slopes, matrix.firsts, matrix.seconds
    f = values.dtype.type
    correction1 = 1.0 - adam.beta1 ** (step + 1)
    correction2 = np.sqrt(1.0 - adam.beta2 ** (step + 1))
    size, root, epsilon = f(adam.rate / correction1), f(correction2), f(adam.epsilon)
    keep1, keep2, new1, new2 = f(adam.beta1), f(adam.beta2), f(1 - adam.beta1), f(1 - adam.beta2)
    for i in range(values.shape[0]):
        slope = slopes[i]
        first = keep1 * firsts[i] + new1 * slope
        second = keep2 * seconds[i] + new2 * slope * slope
        firsts[i] = first
        seconds[i] = second
        # `/` looks for a zero divisor, and a loop with a way out is never made vector
        # instructions: seven times as slow.
        values[i] -= size * np.divide(first, np.divide(np.sqrt(second), root) + epsilon)
        slopes[i] = 0


@inlined
def _fill_hidden(members, share, vectors):
    inputs, hidden = vectors.inputs, vectors.hidden
    for d in range(inputs.shape[1]):
        total = inputs[members[0], d]
        for i in range(1, members.shape[0]):
            total += inputs[members[i], d]
        hidden[d] = share * total


@kernel
def run_steps(first, last, order, examples, vectors, task, optimizer, whole, losses):
    """Does the steps first … last − 1 (counted from 0), in place.

    Args:
        order: int32 (steps), the example of each step.
        examples: `Examples`.
        vectors: `Vectors`; all arrays of one precision, float32 or float64.
        task: `Dense` or `Slots`.
        optimizer: `Sgd` or `Adam`.
        whole: Whether each of several input rows takes the hidden vector's whole change, as in
            word2vec.c, or its share, 1/C, which is the gradient.
        losses: float64 (steps), written.
    """
    for step in range(first, last):
        example = order[step]
        members = examples.members[examples.starts[example] : examples.starts[example + 1]]
        one = vectors.inputs.dtype.type(1)
        share = one / vectors.inputs.dtype.type(members.shape[0])
        _fill_hidden(members, share, vectors)
        target = np.int64(examples.targets[example])
        losses[step] = learn(task, optimizer, step, target, vectors)
        move(optimizer, step, one if whole else share, members, vectors)


@kernel
def observe(example, examples, vectors, task, logits):
    """The exact softmax's forward pass, nothing updated: the very numbers that a step computes.

    Writes the hidden vector to vectors.hidden, the logits (P,) to `logits` and the probabilities to
    task.scores.
    """
    members = examples.members[examples.starts[example] : examples.starts[example + 1]]
    one = vectors.inputs.dtype.type(1)
    _fill_hidden(members, one / vectors.inputs.dtype.type(members.shape[0]), vectors)
    _logits(vectors.hidden, vectors.outputs, task.scores)
    for word in range(logits.shape[0]):
        logits[word] = task.scores[word]
    _, total = _exponentials(task)
    factor = one / total
    for word in range(task.scores.shape[0]):
        task.scores[word] *= factor


@kernel
def draw_all(noise, key, order, examples, targets, signs, negatives):
    """Draws the negatives of every step: a function of the key and the step's number.

    Args:
        noise: `losses.negative.Negatives`, or tables with the same members.
        key: uint64.
        targets: int64 (K + 1), a buffer.
        signs: float32 (K + 1), a buffer.
        negatives: int32 (steps, K), written; −1 for an empty slot.
    """
    for step in range(order.shape[0]):
        word = np.int64(examples.targets[order[step]])
        draw_negatives(noise, word, following(stream_of(key, step)), np.int64(0), targets, signs)
        for slot in range(negatives.shape[1]):
            negatives[step, slot] = targets[slot + 1]


Task = Dense | Slots
Optimizer = Sgd | Adam
