"""Checkpoints that were saved quantized: loaded where the library is, one line where it is not."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lexiscope.contextual import Encoder
from lexiscope.contextual.model import quantized
from lexiscope.contextual.model.quantized import check_library, quantization_of
from lexiscope.errors import ConfigError


@pytest.mark.parametrize(
    ("told", "method"),
    [
        (None, None),
        ({"quant_method": "gptq", "bits": 4}, "gptq"),
        ({"load_in_8bit": True}, "bitsandbytes"),
        (SimpleNamespace(quant_method=SimpleNamespace(value="quanto")), "quanto"),
    ],
)
def test_how_a_checkpoint_is_quantized(told: object, method: str | None) -> None:
    assert quantization_of(SimpleNamespace(quantization_config=told)) == method


def test_a_missing_library_is_named_before_weights_are_read(
    tiny: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in tiny["roberta"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_8bit": True}
    (tmp_path / "config.json").write_text(json.dumps(config))
    monkeypatch.setattr(quantized, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match=r"\(bitsandbytes\), which takes bitsandbytes and acc"):
        Encoder(tmp_path)
    check_library("x", "a way that nobody knows")  # the library underneath says what it is


@pytest.mark.skipif(find_spec("torchao") is None, reason="torchao is not installed")
@pytest.mark.filterwarnings("ignore")
def test_a_checkpoint_of_torchao(tiny: dict[str, Path], tmp_path: Path) -> None:
    from torchao.quantization import Int8WeightOnlyConfig
    from transformers import AutoModel, AutoTokenizer, TorchAoConfig

    how = TorchAoConfig(Int8WeightOnlyConfig())
    module = AutoModel.from_pretrained(tiny["llama"], quantization_config=how)
    module.save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny["llama"]).save_pretrained(tmp_path)
    text = ["The quick brown fox jumps over the lazy dog."]
    plain, small = (
        Encoder(place, device="cpu").encode(text) for place in (tiny["llama"], tmp_path)
    )
    one, other = plain.vectors, small.vectors
    cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert 0.99 < cosines.min() < 1
    with pytest.raises(ConfigError, match=r"is quantized \(torchao\) already"):
        Encoder(tmp_path, dtype="int8")


@pytest.mark.skipif(
    find_spec("bitsandbytes") is None or find_spec("accelerate") is None,
    reason="bitsandbytes or accelerate is not installed",
)
@pytest.mark.filterwarnings("ignore")
def test_a_checkpoint_of_bitsandbytes(tiny: dict[str, Path], tmp_path: Path) -> None:
    from transformers import AutoModel, AutoTokenizer, BitsAndBytesConfig

    how = BitsAndBytesConfig(load_in_8bit=True)
    AutoModel.from_pretrained(tiny["llama"], quantization_config=how).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny["llama"]).save_pretrained(tmp_path)
    text = ["The quick brown fox jumps over the lazy dog."]
    plain, small = (
        Encoder(place, device="cpu").encode(text) for place in (tiny["llama"], tmp_path)
    )
    one, other = plain.vectors, small.vectors
    cosines = (one * other).sum(1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert cosines.min() > 0.98
