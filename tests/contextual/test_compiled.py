"""A compiled model: the same vectors, and no new compilation for each length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lexiscope.contextual import Encoder
from lexiscope.errors import ConfigError

TEXTS = [f"{'words ' * n}near the river bank" for n in range(12)] + ["bank"]


@pytest.mark.slow
@pytest.mark.parametrize("family", ["roberta", "gpt2"])
def test_vectors_are_the_same_and_lengths_cost_nothing(tiny: dict[str, Path], family: str) -> None:
    from torch._dynamo.utils import counters

    plain = Encoder(tiny[family], device="cpu")
    try:
        compiled = Encoder(tiny[family], device="cpu", compile=True)
    except ConfigError as error:
        pytest.skip(str(error))  # there is no compiler here
    for layers, combine in (((-1,), "last"), ((0, 1, 2), "mean")):
        options = {"layers": layers, "combine": combine, "batch_tokens": 64}
        expected = plain.with_options(**options).encode(TEXTS).vectors
        encoder = compiled.with_options(**options)
        encoder.encode(TEXTS[:5])
        counters.clear()
        np.testing.assert_allclose(encoder.encode(TEXTS).vectors, expected, atol=1e-4)
        for text in TEXTS:  # each alone: every length by itself
            assert len(encoder.encode([text]).vectors)
        assert counters["stats"]["unique_graphs"] <= 1, dict(counters["stats"])


def test_without_a_compiler_one_line_says_so(
    tiny: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_given: object, **_named: object) -> None:
        raise RuntimeError("no working compiler was found\nand much more")

    monkeypatch.setattr(torch, "compile", lambda *_given, **_named: refused)
    with pytest.raises(ConfigError, match=r"cannot be compiled here \(no working compiler"):
        Encoder(tiny["gpt2"], device="cpu", compile=True)
    plain = Encoder(tiny["gpt2"])
    with pytest.raises(ConfigError, match="how the model was loaded"):
        plain.with_options(compile=True)
    with pytest.raises(ConfigError, match="compile"):
        Encoder(tiny["gpt2"], compile="yes")  # type: ignore[arg-type]
