"""Matrices that MLX has packed: their true dimensions are told, and their values read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from lexiscope.contextual.pretrained.census import census
from lexiscope.contextual.pretrained.extract import extract
from lexiscope.errors import FormatError

ROWS, COLUMNS, GROUP = 24, 64, 32


def packed(bits: int, folder: Path, *, config: bool = True, biases: bool = True) -> np.ndarray:
    """Writes a checkpoint of one packed matrix, and gives the values that it stands for."""
    rng = np.random.default_rng(bits)
    numbers = rng.integers(0, 1 << bits, size=(ROWS, COLUMNS), dtype=np.uint8)
    stream = ((numbers[:, :, None] >> np.arange(bits)) & 1).astype(np.uint8).reshape(ROWS, -1)
    words = np.packbits(stream, axis=1, bitorder="little").view("<u4")
    scales = rng.normal(size=(ROWS, COLUMNS // GROUP)).astype(np.float16)
    offsets = rng.normal(size=(ROWS, COLUMNS // GROUP)).astype(np.float16)
    tensors = {"model.embed_tokens.weight": words, "model.embed_tokens.scales": scales}
    if biases:
        tensors["model.embed_tokens.biases"] = offsets
    save_file({**tensors, "model.norm.weight": np.ones(COLUMNS, np.float16)},
              folder / "model.safetensors")  # fmt: skip
    document = {"architectures": ["LlamaForCausalLM"], "vocab_size": ROWS}
    if config:
        document["quantization"] = {"group_size": GROUP, "bits": bits, "mode": "affine"}
    (folder / "config.json").write_text(json.dumps(document))
    wide = [np.repeat(part.astype(np.float32), GROUP, axis=1) for part in (scales, offsets)]
    return wide[0] * numbers + wide[1]


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_a_packed_matrix_has_its_true_shape_and_values(bits: int, tmp_path: Path) -> None:
    expected = packed(bits, tmp_path)
    found = census(tmp_path)
    assert (found.embedding.shape, found.embedding.dtype) == ((ROWS, COLUMNS), f"{bits}-bit")
    assert found.parameters == ROWS * COLUMNS + COLUMNS
    assert found.embedding.bytes == ROWS * (COLUMNS * bits // 8 + 2 * 2 * COLUMNS // GROUP)
    assert np.array_equal(extract(tmp_path).to_vectors().vectors, expected)


def test_what_says_how_it_is_packed_must_be_there(tmp_path: Path) -> None:
    packed(4, tmp_path, config=False)
    with pytest.raises(FormatError, match=r"is packed .* config\.json does not say"):
        census(tmp_path)


def test_groups_without_biases_are_told_and_not_read(tmp_path: Path) -> None:
    packed(4, tmp_path, biases=False)
    assert census(tmp_path).embedding.shape == (ROWS, COLUMNS)
    with pytest.raises(FormatError, match="not quantised"):
        extract(tmp_path)


@pytest.mark.parametrize(
    ("architecture", "tensors", "output", "tied"),
    [
        (
            "RwkvForCausalLM",
            {"rwkv.embeddings.weight": 40, "head.weight": 40},
            "head.weight",
            "not",
        ),
        ("", {"emb.weight": 40, "head.weight": 40}, "head.weight", "not"),
        ("MarianMTModel", {"model.shared.weight": 40}, None, "tied: stored once"),
        ("BertGenerationDecoder", {"bert.embeddings.word_embeddings.weight": 40}, None, "tied"),
        (
            "MarianMTModel",
            {
                "model.encoder.embed_tokens.weight": 40,
                "model.decoder.embed_tokens.weight": 44,
                "lm_head.weight": 44,
            },
            "lm_head.weight",
            "not tied",
        ),
    ],
)
def test_output_matrices_under_other_names(
    architecture: str, tensors: dict[str, int], output: str | None, tied: str, tmp_path: Path
) -> None:
    rng = np.random.default_rng(1)
    save_file(
        {name: rng.normal(size=(rows, 8)).astype(np.float32) for name, rows in tensors.items()},
        tmp_path / "model.safetensors",
    )
    (tmp_path / "config.json").write_text(json.dumps({"architectures": [architecture]}))
    found = census(tmp_path)
    assert (None if found.output is None else found.output.name) == output
    assert str(found.tied).startswith(tied)
