"""On a GPU that is one: the kernels beside their twins, copies, and a whole run beside the CPU's.

All of it is tested without a GPU too, on an emulated one; what a GPU adds is its own arithmetic
(fast functions, sums of its own order), its copies and its atomic additions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import Word2Vec
from lexiscope.errors import LexiscopeError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda import program, schedule
from lexiscope.training.cuda.choosing import choose_device
from lexiscope.training.cuda.device import Device
from lexiscope.training.cuda.limits import PIECE
from tests.support.gpu_cases import PAIRS, check_against_twin, check_many_warps, run_gpu
from tests.support.kernel_cases import make_case


def found() -> tuple[Device | None, str]:
    """The GPU, or why there is none."""
    try:
        return choose_device("cuda", TrainingConfig()).device, ""
    except LexiscopeError as error:
        return None, str(error)


GPU, REASON = found()
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(GPU is None, reason=REASON)]
# Of float32 with fast functions, after some hundred windows.
CLOSE = {"atol": 2e-4, "rtol": 1e-4}


@pytest.fixture
def one_warp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "WARPS_A_WORD", 0.0)


@pytest.mark.parametrize(("architecture", "loss"), PAIRS)
def test_a_kernel_equals_its_numpy_twin(architecture: Any, loss: Any, one_warp: None) -> None:
    config = TrainingConfig(
        architecture=architecture, loss=loss, vector_size=50, sample=1e-2, window=4
    )
    check_against_twin(config, GPU, **CLOSE)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("vector_size", [100, 300, 1024])
def test_any_dimension(architecture: Any, vector_size: int, one_warp: None) -> None:
    config = TrainingConfig(architecture=architecture, vector_size=vector_size, alpha=0.01)
    check_against_twin(config, GPU, tokens=300, **CLOSE)


def test_frozen_rows_stay_to_the_bit(one_warp: None) -> None:
    config = TrainingConfig(vector_size=12)
    frozen = np.zeros(40, np.uint8)
    frozen[::3] = 1
    ids, setup, weights = make_case(config, frozen=frozen)
    before = weights.rows.copy()
    run_gpu(config, ids, setup, weights, device=GPU)
    assert np.array_equal(weights.rows[::3], before[::3])
    assert (weights.rows[1::3] != before[1::3]).any()


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_many_warps_learn_what_one_does(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "WARPS_A_WORD", 0.0)
    check_many_warps(architecture, monkeypatch, GPU)


def test_no_addition_is_lost_among_thousands_of_warps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every window is trained once, and losses are those of few warps."""
    monkeypatch.setattr(program, "FIRST_WARPS", 4096)
    config = TrainingConfig(vector_size=32, alpha=1e-3)
    ids, setup, many = make_case(config, tokens=1_000_000, words=30_000)
    outcome, _ = run_gpu(config, ids, setup, many, device=GPU)
    monkeypatch.setattr(program, "WARPS_A_WORD", 0.0)
    monkeypatch.setattr(program, "FIRST_WARPS", 32)
    _, _, few = make_case(config, tokens=1_000_000, words=30_000)
    beside, _ = run_gpu(config, ids, setup, few, device=GPU)
    assert (outcome.pairs, outcome.centers) == (beside.pairs, beside.centers)
    assert outcome.loss == pytest.approx(beside.loss, rel=0.01)
    change = np.linalg.norm(many.rows - few.rows)
    _, _, first = make_case(config, tokens=1_000_000, words=30_000)
    assert change < 0.1 * np.linalg.norm(few.rows - first.rows)


def test_a_loss_that_is_not_finite_is_reported() -> None:
    config = TrainingConfig(vector_size=8, sample=0)
    ids, setup, weights = make_case(config, tokens=6000)
    weights.rows[int(ids[ids >= 0][3000]), 0] = np.nan
    outcome, _ = run_gpu(config, ids, setup, weights, device=GPU)
    assert outcome.bad is not None and 0 <= outcome.bad < len(ids)


def test_the_largest_norm_is_found_there() -> None:
    assert GPU is not None
    config = TrainingConfig(vector_size=150)
    ids, setup, weights = make_case(config)
    weights.output_vectors[17] *= 1e3
    there = schedule.GpuSchedule(GPU, ids, setup, weights)
    there.compile()
    assert weights.elsewhere is not None
    norm, row = weights.elsewhere.largest_norm()
    assert (norm, row) == (pytest.approx(np.linalg.norm(weights.outputs[17]), rel=1e-5), 17)
    there.close()


def test_pieces_overlap_with_training_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainingConfig(vector_size=16, window=7, alpha=1e-3)
    ids, setup, whole = make_case(config, tokens=300_000, words=5000)
    _, _, pieces = make_case(config, tokens=300_000, words=5000)
    uncut, _ = run_gpu(config, ids, setup, whole, device=GPU)
    monkeypatch.setattr(schedule, "PIECE", 4096)
    monkeypatch.setattr(schedule, "_FIRST_PIECE", 4096)
    cut, _ = run_gpu(config, ids, setup, pieces, device=GPU)
    assert (cut.pairs, cut.centers) == (uncut.pairs, uncut.centers)
    assert cut.loss == pytest.approx(uncut.loss, rel=0.01)


def test_memory_is_given_back() -> None:
    assert GPU is not None
    config = TrainingConfig(vector_size=64)
    ids, setup, weights = make_case(config, tokens=10_000)
    run_gpu(config, ids, setup, weights, device=GPU)  # what the driver takes for itself
    free = GPU.free_bytes()
    for _ in range(5):
        run_gpu(config, ids, setup, weights, device=GPU)
    assert GPU.free_bytes() > free - 2**25
    assert GPU.allocate(4 * PIECE).address % 16 == 0


def test_a_run_learns_what_it_learns_on_the_cpu(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    text = tmp_path / "text.txt"
    with text.open("w") as out:
        for _ in range(40_000):
            topic = "abcdefghij"[rng.integers(10)]
            out.write(" ".join(f"{topic}{int(x * x * 500)}" for x in rng.random(10)) + "\n")
    options: dict[str, Any] = {"vector_size": 32, "epochs": 3, "sg": 1, "schedule": "hogwild"}
    there = Word2Vec(corpus_file=text, device=GPU, validation=0.02, **options)
    here = Word2Vec(corpus_file=text, workers=2, validation=0.02, **options)
    assert there.epoch_losses[-1] == pytest.approx(here.epoch_losses[-1], rel=0.02)
    ours, theirs = there.validation_losses[-1], here.validation_losses[-1]
    assert ours is not None and ours == pytest.approx(theirs, rel=0.02)
    near = [word for word, _ in there.wv.most_similar("a3")]
    assert sum(word[0] == "a" for word in near) >= 9
