"""Small checkpoints, laid out as Hugging Face's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

ROWS, COLUMNS = 12, 4
# GPT-2's marks: Ġ is a space in front.
TOKENS = ["<|endoftext|>", "Ġking", "king", "Ġqueen", "ing", ".", "Ġ.", "Ċ", "Ã", "ĠÃ©tÃ©"]


def matrix(seed: int = 0, rows: int = ROWS) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, COLUMNS)).astype(np.float32)


def write_tokenizer(folder: Path, tokens: list[str] = TOKENS) -> None:
    document = {
        "model": {
            "type": "BPE",
            "vocab": {token: number for number, token in enumerate(tokens) if number},
            "merges": [],
        },
        "pre_tokenizer": {"type": "ByteLevel"},
        "added_tokens": [{"id": 0, "content": tokens[0], "special": True}],
    }
    (folder / "tokenizer.json").write_text(json.dumps(document))


def write_config(folder: Path, **config: Any) -> None:
    (folder / "config.json").write_text(json.dumps(config))


def write_checkpoint(
    folder: Path, tensors: Mapping[str, np.ndarray], tokens: list[str] | None = TOKENS
) -> Path:
    folder.mkdir(exist_ok=True)
    save_file(dict(tensors), folder / "model.safetensors")
    if tokens is not None:
        write_tokenizer(folder, tokens)
    return folder


def write_shards(folder: Path, shards: list[Mapping[str, np.ndarray]]) -> Path:
    folder.mkdir(exist_ok=True)
    places = {}
    for number, tensors in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file(dict(tensors), folder / name)
        places |= dict.fromkeys(tensors, name)
    index = {"metadata": {"total_size": 1}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    write_tokenizer(folder)
    return folder


def raw_safetensors(header: Mapping[str, Any], content: bytes) -> bytes:
    head = json.dumps(header).encode()
    return len(head).to_bytes(8, "little") + head + content
