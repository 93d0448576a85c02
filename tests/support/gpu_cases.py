"""A small text trained by the GPU's kernels and by their twin, on a GPU or an emulated one."""

from __future__ import annotations

import numpy as np
import pytest

from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda import program
from lexiscope.training.cuda.schedule import GpuSchedule
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.state import Pace
from lexiscope.training.loop.weights import initial_weights
from tests.support import twins
from tests.support.emulated_gpu import EmulatedGpu
from tests.support.gpu_twin import GpuTwin
from tests.support.kernel_cases import make_case, make_twin

LOSSES = ("negative", "hierarchical", "nce", "negative+hierarchical")
PAIRS = [(a, x) for a in ("skipgram", "cbow") for x in LOSSES]


def run_gpu(config, ids, setup, weights, span=None, pace=None, device=None):
    """Trains a span (default: all), by default at a constant rate. Returns outcome and schedule."""
    device = EmulatedGpu() if device is None else device
    schedule = GpuSchedule(device, ids, setup, weights)
    begin, end = (0, len(ids)) if span is None else span
    pace = Pace(config.alpha, 0.0, 0.0) if pace is None else pace
    outcome = schedule.advance(begin, end, epoch_key(config.seed, 0), pace)
    schedule.close()
    return outcome, schedule


def make_gpu_twin(config, ids, setup, weights) -> GpuTwin:
    plain = make_twin(config, ids, setup, weights)
    twin = GpuTwin(**vars(plain))
    twin.group = program.plan_of(setup, weights.rows.shape[1], 1).macros["GROUP"]
    tables = setup.tables
    if config.loss == "negative+hierarchical":
        twin.alias, twin.path_base = tables.noise.alias, tables.words
        tables = tables.tree
    if "hierarchical" in config.loss:
        ends = zip(tables.starts[:-1], tables.starts[1:], strict=True)
        twin.paths = [(tables.nodes[a:b], tables.signs[a:b].astype(float)) for a, b in ends]
    return twin


def check_against_twin(
    config: TrainingConfig, device=None, atol: float = 5e-6, rtol: float = 3e-6, **case
) -> None:
    """Trains a small text on a device, its warps told to be one, and by the twin."""
    ids, setup, weights = make_case(config, **case)
    twin = make_gpu_twin(config, ids, setup, weights)
    before = weights.input_vectors.copy()
    outcome, _ = run_gpu(config, ids, setup, weights, device=device)
    twin.run(twins.epoch_key(config.seed, 0), lambda _: config.alpha)
    assert outcome.bad is None and outcome.position == len(ids)
    assert outcome.pairs == twin.pairs > 0
    assert outcome.loss == pytest.approx(twin.total_loss, rel=rtol)
    np.testing.assert_allclose(weights.input_vectors, twin.inputs, rtol=0, atol=atol)
    np.testing.assert_allclose(weights.output_vectors, twin.outputs, rtol=0, atol=atol)
    assert np.abs(weights.input_vectors - before).max() > 0.01, "nothing was trained"
    assert not weights.rows[:, config.vector_size :].any(), "the padding was written to"
    assert not weights.outputs[:, config.vector_size :].any(), "the padding was written to"


def check_many_warps(architecture: str, monkeypatch: pytest.MonkeyPatch, device=None) -> None:
    """Each reads rows before the others have added theirs: no window and no change is lost."""
    config = TrainingConfig(architecture=architecture, vector_size=16, alpha=0.01)
    ids, setup, alone = make_case(config, tokens=20_000, words=2000)
    _, _, together = make_case(config, tokens=20_000, words=2000)
    one, _ = run_gpu(config, ids, setup, alone, device=device)
    monkeypatch.setattr(program, "WARPS_A_WORD", 8.0)
    many, schedule = run_gpu(config, ids, setup, together, device=device)
    assert (one.pairs, one.centers) == (many.pairs, many.centers)
    assert schedule._plan.warps_after(len(ids)) == 32
    assert not np.array_equal(alone.rows, together.rows)
    assert many.loss == pytest.approx(one.loss, rel=0.01)
    first = initial_weights(config, 2000, 2000).rows
    moved = np.abs(alone.rows - first).max()
    assert np.abs(alone.rows - together.rows).max() < 0.1 * moved
