"""Layers of 8 bits on the CPU: what they compute, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder, EncoderOptions, Surprisal
from lexiscope.contextual.model.int8 import Int8Linear, largest_weight
from lexiscope.errors import ConfigError

TEXTS = ["The bank of the river.", "A loan.", "They sat on the grassy bank and fished all day."]


def test_a_layer_rounds_each_row_by_its_own_largest_value() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(24, 40)
    rows = torch.randn(3, 5, 24) * torch.tensor([0.01, 1.0, 100.0])[:, None, None]
    largest = largest_weight()
    assert largest in (63, 127)
    got = Int8Linear(layer.weight.detach(), layer.bias, largest)(rows)

    def rounded(values: torch.Tensor, most: int) -> torch.Tensor:
        scale = values.abs().amax(dim=-1, keepdim=True) / most
        return (values / scale).round() * scale

    expected = rounded(rows, 127) @ rounded(layer.weight, largest).T + layer.bias
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
    exact = layer(rows)
    apart = (got - exact).norm(dim=-1) / exact.norm(dim=-1)
    assert apart.max() < 0.05
    none = Int8Linear(layer.weight.detach(), None, largest)(torch.zeros(2, 24))
    assert not none.any()  # zeros stay zeros, and nothing is divided by them


def test_the_largest_products_are_exact() -> None:
    """Where two products were added in 16 bits, these would come out a hundred times too small."""
    largest = largest_weight()
    assert largest is not None
    weight = torch.full((16, 4096), float(largest))
    layer = Int8Linear(weight, None, largest)
    torch.testing.assert_close(
        layer(torch.full((3, 4096), 127.0)), 127.0 * weight.sum(1).expand(3, 16)
    )


def test_vectors_are_near_those_of_float32_and_need_no_neighbours(minilm: Path) -> None:
    plain, small = Encoder(minilm, device="cpu"), Encoder(minilm, dtype="int8")
    agreement = small.model.agreement
    assert agreement is not None and agreement.tokens > 40
    assert 0.97 < agreement.lowest <= agreement.mean < 1
    assert f"{agreement.lowest:.4f} at the least" in small.warnings[-1]
    assert small.model.behaviour.sharing == "any"
    one, other = plain.encode(TEXTS).vectors, small.encode(TEXTS).vectors
    cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert 0.97 < cosines.min() < 1
    alone = np.concatenate([small.encode([text]).vectors for text in TEXTS])
    np.testing.assert_allclose(other, alone, atol=1e-4)
    both = Encoder(minilm, dtype="int8", device="cpu,cpu", batch_tokens=8)
    np.testing.assert_allclose(both.encode(TEXTS).vectors, other, atol=1e-4)
    assert small.with_options(layers=(2,)).encode(TEXTS).vectors.shape == other.shape


def test_gpt2s_layers_are_turned_too(tiny: dict[str, Path]) -> None:
    small = Encoder(tiny["gpt2"], dtype="int8")
    kinds = {type(layer).__name__ for layer in small.model.module.modules()}
    assert "Int8Linear" in kinds and "Conv1D" not in kinds


def test_where_it_cannot_be_one_line_says_so(
    tiny: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="is for the CPU, got device='cuda'"):
        EncoderOptions(dtype="int8", device="cuda")
    plain = Encoder(tiny["gpt2"])
    with pytest.raises(ConfigError, match="not in memory"):
        Encoder(plain.model.module, tokenizer=plain.model.tokenizer, dtype="int8")
    with monkeypatch.context() as patch:
        patch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
        largest_weight.cache_clear()
        with pytest.raises(ConfigError, match="no exact products of 8 bits"):
            Encoder(tiny["gpt2"], dtype="int8")
    largest_weight.cache_clear()
    with pytest.raises(ConfigError, match="not in int8"):
        Surprisal(tiny["gpt2"], dtype="int8")


def test_the_command_tells_the_agreement(
    tiny: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n".join(TEXTS))
    call = ["contextual", str(tiny["llama"]), str(text), "-o", str(tmp_path / "o.parquet")]
    assert main([*call, "--dtype", "int8"]) == 0
    assert "has a cosine of" in capsys.readouterr().err
