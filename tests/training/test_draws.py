"""A window's words drawn at once, beside the same draws one after the other."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from lexiscope.compiled.decorators import kernel
from lexiscope.training.kernels.memory import aligned
from lexiscope.training.losses import negative
from lexiscope.training.losses.negative import Negatives, alias_table, draw_negatives


@kernel
def _drawn(noise, center, state, share, targets, signs):
    return draw_negatives(noise, center, state, share, targets, signs)


@kernel
def _one_by_one(noise, center, state, share, targets, signs):
    return negative._draw_one_by_one(noise, center, state, share, targets, signs)


@pytest.mark.parametrize("number", [1, 5, 7, 8, 20])
@pytest.mark.parametrize(("words", "common", "shares"), [(9, 9, 1), (500, 100, 8), (40_000, 64, 4)])
def test_at_once_is_the_same_as_one_by_one(
    number: int, words: int, common: int, shares: int
) -> None:
    rng = np.random.default_rng(words + number)
    noise = Negatives(alias_table(1 / np.arange(1, words + 1) ** 0.75), number, common, shares)
    for _ in range(300):
        center, share = int(rng.integers(words)), int(rng.integers(shares))
        state = np.uint64(rng.integers(2**64, dtype=np.uint64))
        found, expected = [], []
        for draw, kept in ((_drawn, found), (_one_by_one, expected)):
            targets, signs = np.full(24, 99, np.int32), np.full(24, 99, np.float32)
            count = draw(noise, center, state, share, targets, signs)
            kept += [targets[:count].tolist(), signs[:count].tolist()]
            assert (targets[max(count, 8) :] == 99).all(), "nothing beyond is touched"
        assert found == expected
        rows = [row for row in found[0] if row >= 0]
        assert len(rows) == len(set(rows))


def test_fewer_than_eight_places_are_enough() -> None:
    noise = Negatives(alias_table(np.ones(100)), 5, 100)
    targets, signs = np.zeros(6, np.int32), np.zeros(6, np.float32)
    assert _drawn(noise, 3, np.uint64(1), 0, targets, signs) == 6
    assert targets[0] == 3 and signs.tolist() == [1, -1, -1, -1, -1, -1]


@pytest.mark.parametrize("shape", [1, 3, 16, 33, (2, 7)])
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_buffers_share_no_cache_lines(shape: int | tuple[int, ...], dtype: type) -> None:
    array = aligned(shape, dtype)
    raw = array
    while raw.base is not None:
        raw = raw.base
    assert array.ctypes.data % 128 == 0 and not array.any()
    last = -(-(array.ctypes.data + array.nbytes) // 128) * 128
    assert last <= raw.ctypes.data + raw.nbytes


@pytest.mark.parametrize(("features", "lanes"), [("+avx2,+fma", 8), ("+avx2,+fma,+avx512f", 16)])
def test_vectors_are_as_wide_as_numba_is_allowed(features: str, lanes: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from lexiscope.compiled import llvm; print(llvm.LANES)"],
        env={"PATH": "", "NUMBA_CPU_FEATURES": features, "NUMBA_CPU_NAME": "haswell"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [str(lanes)], done.stderr
