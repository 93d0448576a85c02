"""Each kernel's step is minus the learning rate times the gradient that autograd finds."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.common import epoch_key
from tests.support.kernel_cases import PAIRS, make_case, make_twin, run_kernel

pytestmark = pytest.mark.slow

ALPHA = 0.5


def window_loss(config, twin, W, Wp, context, center, position):
    """The loss of one window in PyTorch, written from the papers' formulas."""
    if config.architecture == "cbow":
        hidden = W[context].mean(0) if config.cbow_mean else W[context].sum(0)
        hidden = hidden[None]
    else:
        hidden = W[context]
    if config.loss == "softmax":
        logits = hidden @ Wp.T
        target = torch.full((len(hidden),), center)
        return torch.nn.functional.cross_entropy(logits, target, reduction="sum")
    key = int(epoch_key(config.seed, 0))
    rows, signs = twin.targets(center, (key, position))
    scores = hidden @ Wp[torch.tensor(rows)].T
    if config.loss == "nce":
        # The chance that a word is the text's and not one of K of the noise.
        scores = scores - torch.tensor(twin.shifts[rows])
    return -torch.nn.functional.logsigmoid(torch.tensor(signs) * scores).sum()


def twin_module():
    from tests.support import twins

    return twins


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
@pytest.mark.parametrize("negative", [5, 9])
def test_a_step_is_the_exact_gradient(architecture, loss, negative):
    config = TrainingConfig(
        architecture=architecture,
        loss=loss,
        negative=negative,
        vector_size=19,
        window=3,
        shrink_windows=False,
        sample=0,
        cbow_update="exact",
    )
    # One window with all different words. The exact softmax trains pair by pair, so that its
    # skip-gram is looked at with a single pair.
    single = loss == "softmax" and architecture == "skipgram"
    _, setup, weights = make_case(config)
    context = [3, 11, 7, 2, 30, 5] if not single else [11]
    center = 17
    ids = np.array([*context[:3], center, *context[3:], -1], np.int32)
    position = len(context[:3])
    twin = make_twin(config, ids, setup, weights)
    W = torch.tensor(twin.inputs, requires_grad=True)
    Wp = torch.tensor(twin.outputs, requires_grad=True)
    loss_value = window_loss(config, twin, W, Wp, context, center, position)
    loss_value.backward()

    before_in = weights.input_vectors.astype(np.float64)
    before_out = weights.output_vectors.astype(np.float64)
    tally, _ = run_kernel(config, ids, setup, weights, span=(position, position + 1), alpha=ALPHA)

    assert tally.pairs[1] == 1
    assert tally.loss[0] == pytest.approx(loss_value.item(), rel=1e-6)
    for after, start, gradient in (
        (weights.input_vectors, before_in, W.grad),
        (weights.output_vectors, before_out, Wp.grad),
    ):
        assert gradient.abs().max() > 0.01
        np.testing.assert_allclose((start - after) / ALPHA, gradient.numpy(), rtol=0, atol=2e-6)


def test_classic_cbow_takes_the_hidden_vectors_whole_gradient():
    """word2vec.c's update is C times the gradient of the mean (gensim #1873); `exact` is not."""
    moved = {}
    for update in ("classic", "exact"):
        config = TrainingConfig(
            architecture="cbow",
            cbow_update=update,
            vector_size=16,
            window=2,
            shrink_windows=False,
            sample=0,
        )
        _, setup, weights = make_case(config)
        before = weights.input_vectors.copy()
        ids = np.array([3, 11, 17, 2, 30, -1], np.int32)
        run_kernel(config, ids, setup, weights, span=(2, 3))
        moved[update] = weights.input_vectors[3] - before[3]
    np.testing.assert_allclose(moved["classic"], 4 * moved["exact"], rtol=1e-4)
