"""Vectors that every format is tried with."""

from __future__ import annotations

import numpy as np
import pytest

from lexiscope.formats import VectorsData

NASTY_TOKENS = [
    "the",
    "naïve",
    "日本語",
    "a\u2028b",
    "a\u0085b",
    "a\u00a0b",
    "#",
    '"',
    "\\n",
    "𝔘",
    "cut\udce3\udc81",
    "0.5",
    "nan",
    "\ufeffmark",
    "<unk>",
]


@pytest.fixture
def nasty() -> VectorsData:
    """Tokens that break parsers, values of every size that float32 has."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(len(NASTY_TOKENS), 7)).astype(np.float32)
    vectors[1, :4] = [1e-38, 1e-12, 123456.79, -0.1]
    return VectorsData(list(NASTY_TOKENS), vectors)
