"""The recorded steps are PyTorch's: loss, probabilities, gradients and weights, one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from lexiscope.reference import SkipGram, train
from lexiscope.replay.config import RecordConfig
from lexiscope.replay.recorder import read_text
from lexiscope.replay.run import RecordedRun, Stepper, record_run
from lexiscope.training.losses.hierarchical import huffman_tree

OBJECTIVES = ("skipgram", "cbow", "next-word")
LOSSES = ("softmax", "negative", "hierarchical", "nce")
OPTIMIZERS = ("sgd", "adam")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """PyTorch's threads cost more than they bring on matrices of eight columns."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_run(**options: object) -> RecordedRun:
    config = RecordConfig(**options)  # type: ignore[arg-type]
    text = read_text(None, config)
    return record_run(config, text.ids, text.tokens, text.counts)


def stepper_of(run: RecordedRun) -> Stepper:
    stepper = Stepper(run.layout, run.examples, run.order, run.tables)
    stepper.state[:] = run.states[0]
    return stepper


def close(ours: np.ndarray, theirs: torch.Tensor, bound: float) -> float:
    """The largest difference, relative to the largest number of the two."""
    wanted = theirs.detach().numpy().astype(np.float64)
    scale = max(float(np.abs(wanted).max()), 1e-12)
    worst = float(np.abs(ours.astype(np.float64) - wanted).max()) / scale
    assert worst <= bound
    return worst


@pytest.mark.parametrize(("precision", "bound"), [("float64", 1e-9), ("float32", 1e-4)])
@pytest.mark.slow
def test_all_15000_steps_are_those_of_the_pytorch_twin(precision: str, bound: float) -> None:
    from lexiscope.replay.recording import Recording

    config = RecordConfig(precision=precision)  # type: ignore[arg-type]
    text = read_text(None, config)
    run = record_run(config, text.ids, text.tokens, text.counts)
    recording = Recording(run, text.facts)
    dtype = torch.float64 if precision == "float64" else torch.float32
    twin = SkipGram(len(run.tokens), 8).to(dtype)
    start = recording.weights(0)
    with torch.no_grad():
        twin.W.weight.copy_(torch.from_numpy(start.inputs.copy()))
        twin.W_prime.weight.copy_(torch.from_numpy(start.outputs.copy()))
    for number in range(1, 15_001):
        step = recording.step(number)
        twin.zero_grad()
        _, logits = twin(torch.tensor([step.center]))
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor([step.target]))
        loss.backward()
        assert step.loss == pytest.approx(loss.item(), rel=bound)
        gradients = twin.W.weight.grad, twin.W_prime.weight.grad
        assert gradients[0] is not None and gradients[1] is not None
        close(step.probabilities, logits.softmax(-1)[0], bound)
        close(step.hidden_gradient, gradients[0][step.center], bound)
        close(step.output_gradients, gradients[1], bound)
        with torch.no_grad():
            for weights in twin.parameters():
                weights -= 0.1 * weights.grad  # type: ignore[operator]
        close(step.after.inputs, twin.W.weight, bound)
        close(step.after.outputs, twin.W_prime.weight, bound)
    assert run.losses[0] > 3.0


def test_the_twins_own_loop_learns_the_same() -> None:
    run = make_run(steps=300)
    twin = SkipGram(len(run.tokens), 8)
    inputs, outputs = run.layout.matrices(run.states[0])
    with torch.no_grad():
        twin.W.weight.copy_(torch.from_numpy(inputs.copy()))
        twin.W_prime.weight.copy_(torch.from_numpy(run.layout.output_rows(outputs).copy()))
    pairs = [(int(run.examples.members[e]), int(run.examples.targets[e])) for e in run.order]
    np.testing.assert_allclose(train(twin, pairs, 0.1), run.losses, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "bound"), [("float64", 1e-11), ("float32", 1e-4)])
def test_a_recorded_step_is_the_trainers_softmax_step(precision: str, bound: float) -> None:
    from lexiscope.compiled.decorators import kernel
    from lexiscope.training.losses.softmax import softmax_step

    @kernel
    def train_rows(order, members, targets, inputs, outputs, scores, change, losses):  # type: ignore[no-untyped-def]
        for step in range(order.shape[0]):
            row = inputs[members[order[step]]]
            target = targets[order[step]]
            losses[step] = softmax_step(row, outputs, target, 0.1, scores, change)
            for d in range(change.shape[0]):
                row[d] += change[d]

    run = make_run(precision=precision, steps=2_000)
    inputs, turned = run.layout.matrices(run.states[0].copy())
    outputs = run.layout.output_rows(turned).copy()
    buffers = np.zeros(len(outputs), precision), np.zeros(8, precision), np.zeros(2_000)
    examples = run.examples
    train_rows(run.order, examples.members, examples.targets, inputs, outputs, *buffers)
    np.testing.assert_allclose(buffers[2], run.losses, rtol=1e-4)
    last = run.layout.matrices(run.states[-1])
    close(last[0], torch.from_numpy(inputs), bound)
    close(run.layout.output_rows(last[1]), torch.from_numpy(outputs), bound)


class Twin:
    """Every variant of the model in PyTorch, from the papers' formulas, in float64."""

    def __init__(self, run: RecordedRun) -> None:
        self.run = run
        inputs, outputs = run.layout.matrices(run.states[0])[:2]
        self.W = torch.tensor(inputs, requires_grad=True)
        self.Wp = torch.tensor(run.layout.output_rows(outputs), requires_grad=True)
        self.parameters = [self.W, self.Wp]
        bias = run.layout.bias_of(outputs)
        self.bias = None if bias is None else torch.tensor(bias, requires_grad=True)
        if self.bias is not None:
            self.parameters.append(self.bias)
        rate = float(run.config.alpha or 0)
        kind = torch.optim.Adam if run.config.optimizer == "adam" else torch.optim.SGD
        self.optimizer = kind(self.parameters, lr=rate)
        self.tree = huffman_tree(run.counts)

    def step(self, step: int) -> float:
        run, example = self.run, int(self.run.order[step])
        members = run.examples.members[run.examples.starts[example] :][
            : int(np.diff(run.examples.starts)[example])
        ]
        target = int(run.examples.targets[example])
        hidden = self.W[torch.tensor(members, dtype=torch.int64)].mean(0)
        loss = self.loss(hidden, target, step)
        self.optimizer.zero_grad()
        loss.backward()
        if run.config.cbow_update == "classic" and self.W.grad is not None:
            self.W.grad *= len(members)
        self.optimizer.step()
        return loss.item()

    def loss(self, hidden: torch.Tensor, target: int, step: int) -> torch.Tensor:
        run = self.run
        if run.config.loss == "softmax":
            logits = self.Wp @ hidden + (0 if self.bias is None else self.bias)
            return -logits.log_softmax(0)[target]
        if run.negatives is not None:
            drawn = [int(word) for word in run.negatives[step] if word >= 0]
            rows, signs = [target, *drawn], [1.0] + [-1.0] * len(drawn)
        else:
            path = slice(self.tree.starts[target], self.tree.starts[target + 1])
            rows, signs = self.tree.nodes[path].tolist(), self.tree.signs[path].tolist()
        scores = self.Wp[torch.tensor(rows)] @ hidden
        if run.config.loss == "nce":
            weights = np.asarray(run.counts, np.float64) ** run.config.ns_exponent
            noise = run.config.negative * weights / weights.sum()
            scores = scores - torch.tensor(np.log(noise)[rows])
        return -torch.nn.functional.logsigmoid(torch.tensor(signs) * scores).sum()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("architecture", OBJECTIVES)
def test_each_variant_steps_as_autograd_does(architecture: str, loss: str, optimizer: str) -> None:
    run = make_run(
        architecture=architecture, loss=loss, optimizer=optimizer, steps=60, precision="float64"
    )
    twin = Twin(run)
    losses = [twin.step(step) for step in range(60)]
    np.testing.assert_allclose(losses, run.losses, rtol=1e-6)  # kept in float32
    inputs, outputs = run.layout.matrices(run.states[-1])[:2]
    close(inputs, twin.W, 1e-9)
    close(run.layout.output_rows(outputs), twin.Wp, 1e-9)
    bias = run.layout.bias_of(outputs)
    assert (bias is None) == (twin.bias is None)
    if bias is not None and twin.bias is not None:
        close(bias, twin.bias, 1e-9)
    assert np.abs(inputs - run.layout.matrices(run.states[0])[0]).max() > 0.01


def test_classic_cbow_moves_each_row_by_the_whole_gradient() -> None:
    run = make_run(architecture="cbow", cbow_update="classic", steps=60, precision="float64")
    twin = Twin(run)
    for step in range(60):
        twin.step(step)
    close(run.layout.matrices(run.states[-1])[0], twin.W, 1e-9)
    exact = make_run(architecture="cbow", steps=60, precision="float64")
    assert np.abs(run.states[-1] - exact.states[-1]).max() > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_steps_one_by_one_are_the_run_to_the_bit(loss: str, optimizer: str, precision: str) -> None:
    run = make_run(loss=loss, optimizer=optimizer, precision=precision, steps=700)
    stepper = stepper_of(run)
    for step in range(700):
        stepper.advance(step, step + 1)
    assert stepper.state.tobytes() == run.states[-1].tobytes()


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 3e-7), (np.float64, 5e-16)])
def test_the_exponential(dtype: type, bound: float) -> None:
    from lexiscope.compiled.decorators import kernel
    from lexiscope.replay.kernel import exponential

    def fill(values, results):  # type: ignore[no-untyped-def]
        for i in range(values.shape[0]):
            results[i] = exponential(values[i])

    values = np.concatenate([-np.geomspace(1e-9, 80, 20_000), [0.0]]).astype(dtype)
    results = np.empty_like(values)
    kernel(fill)(values, results)
    np.testing.assert_allclose(results, np.exp(values.astype(np.float64)), rtol=bound)
    kernel(fill)(np.array([-1e30, -1e9], dtype), results[:2])
    assert (results[:2] >= 0).all() and (results[:2] < 1e-37).all()


def test_negatives_are_never_the_target_nor_twice() -> None:
    run = make_run(loss="negative", steps=2_000)
    assert run.negatives is not None
    targets = run.examples.targets[run.order]
    assert not (run.negatives == targets[:, None]).any()
    ordered = np.sort(run.negatives, axis=1)
    assert not ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any()
    drawn = np.bincount(run.negatives[run.negatives >= 0], minlength=len(run.tokens))
    expected = run.counts**0.75 / (run.counts**0.75).sum() * drawn.sum()
    assert np.corrcoef(drawn, expected)[0, 1] > 0.8
