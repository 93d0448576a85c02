"""LoRA adapters in PEFT's layout, folded into the model that they were trained on."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

from lexiscope.contextual import Encoder
from lexiscope.errors import FormatError

TEXT = ["The grassy bank of the river."]
_HERE = "base_model.model."
Pairs = dict[str, tuple[Any, Any]]


def _adapter(folder: Path, base: Path, pairs: Pairs, more: Any = None, **fields: Any) -> Path:
    folder.mkdir()
    config = {"peft_type": "LORA", "base_model_name_or_path": str(base), "r": 2, "lora_alpha": 6}
    (folder / "adapter_config.json").write_text(json.dumps({**config, "bias": "none", **fields}))
    tensors = dict(more or {})
    for layer, (first, second) in pairs.items():
        embedding = "embed" in layer or "wte" in layer
        ends = ("lora_embedding_A", "lora_embedding_B")
        ends = ends if embedding else ("lora_A.weight", "lora_B.weight")
        tensors |= {f"{_HERE}{layer}.{ends[0]}": first, f"{_HERE}{layer}.{ends[1]}": second}
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def _pair(inputs: int, outputs: int) -> tuple[Any, Any]:
    return torch.randn(2, inputs), torch.randn(outputs, 2) * 0.1


@pytest.mark.parametrize(
    ("family", "prefix", "layer", "embedding", "shape"),
    [
        ("roberta", "roberta.", "encoder.layer.1.attention.self.query", None, (32, 32)),
        ("gpt2", "transformer.", "h.0.attn.c_attn", "wte", (32, 96)),
        ("llama", "", "layers.2.mlp.down_proj", "embed_tokens", (48, 32)),
    ],
)
@pytest.mark.parametrize("rooted", [True, False])
def test_weights_are_what_the_paper_says(
    tiny: dict[str, Path],
    tmp_path: Path,
    family: str,
    prefix: str,
    layer: str,
    embedding: str | None,
    shape: tuple[int, int],
    rooted: bool,
) -> None:
    torch.manual_seed(1)
    module = AutoModel.from_pretrained(tiny[family]).eval()
    first, second = _pair(*shape)
    pairs: Pairs = {f"{prefix}{layer}": (first, second), "score": _pair(32, 3)}
    scale = 6 / math.sqrt(2) if rooted else 3.0
    with torch.no_grad():
        change = scale * (second @ first)
        weight = module.get_submodule(layer).weight
        weight += change.T if family == "gpt2" else change
        if embedding is not None:
            rows = module.get_submodule(embedding).weight
            pairs[f"{prefix}{embedding}"] = own = _pair(*rows.shape)
            rows += scale * (own[1] @ own[0]).T
    folder = _adapter(
        tmp_path / "a", tiny[family], pairs, {f"{_HERE}score.weight": torch.ones(3, 32)},
        use_rslora=rooted, fan_in_fan_out=family == "gpt2",
    )  # fmt: skip
    tokenizer = AutoTokenizer.from_pretrained(tiny[family])
    wanted = Encoder(module, tokenizer=tokenizer).encode(TEXT).vectors
    encoder = Encoder(folder)
    found = encoder.encode(TEXT).vectors
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)
    assert not np.allclose(found, Encoder(tiny[family]).encode(TEXT).vectors, atol=1e-2)
    assert encoder.model.name == str(folder)
    again = pickle.loads(pickle.dumps(encoder))
    assert np.array_equal(again.encode(TEXT).vectors, found)


def test_what_cannot_be_folded_is_refused_by_name(tiny: dict[str, Path], tmp_path: Path) -> None:
    base = tiny["llama"]
    layer = "model.layers.0.self_attn.q_proj"
    good: Pairs = {layer: _pair(32, 32)}
    cases: list[tuple[Pairs, Any, Any, str]] = [
        (good, {}, {"peft_type": "IA3"}, "kind 'IA3', not LoRA"),
        (good, {}, {"use_dora": True}, "use_dora, which cannot be folded"),
        (good, {}, {"bias": "all"}, "bias='all'"),
        (good, {}, {"init_lora_weights": "pissa_niter_4"}, "pissa_niter_4"),
        (good, {}, {"rank_pattern": {"^a.*": 3}}, "regular expressions"),
        (good, {}, {"rank_pattern": [3]}, "regular expressions"),
        (good, {}, {"r": 4}, r"r=4 .* rank 2"),
        (good, {}, {"lora_alpha": "6"}, "lora_alpha='6'"),
        (good, {}, {"base_model_name_or_path": None}, "names no base_model"),
        (good, {}, {"base_model_name_or_path": "no/such"}, "no folder here"),
        ({"model.layers.9.self_attn.q_proj": _pair(32, 32)}, {}, {}, "it is of another"),
        ({layer: _pair(32, 30)}, {}, {}, "by 30×32 values, and the base has 32×32"),
        ({"score": _pair(32, 3)}, {}, {}, "changes no layer"),
        ({}, {f"{_HERE}{layer}.lora_A.weight": torch.ones(2, 32)}, {}, "without"),
        (good, {f"{_HERE}{layer}.lora_magnitude_vector": torch.ones(32)}, {}, "magnitude"),
    ]
    for number, (pairs, more, fields, message) in enumerate(cases):
        folder = _adapter(tmp_path / str(number), base, pairs, more, **fields)
        with pytest.raises(FormatError, match=message):
            Encoder(folder)
    folder = _adapter(tmp_path / "cut", base, good)
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(FormatError, match="is damaged"):
        Encoder(folder)
    weights.unlink()
    with pytest.raises(FormatError, match=r"has no adapter_model\.safetensors"):
        Encoder(folder)
    layers = {f"{layer}": _pair(32, 32)}
    folder = _adapter(tmp_path / "own", base, layers, alpha_pattern={"q_proj": 2}, lora_alpha="?")
    assert np.isfinite(Encoder(folder).encode(TEXT).vectors).all()
