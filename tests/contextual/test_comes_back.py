"""A real model's embeddings, extracted and aligned to its own tokenizer: every row in its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope import align
from lexiscope.contextual.pretrained.extract import extract
from lexiscope.formats.conversion import convert
from lexiscope.vectors import load

ROWS = 30_522


def test_every_row_of_minilm_comes_back(minilm: Path) -> None:
    extracted = extract(minilm).to_vectors()
    aligned = align(extracted, minilm)
    assert aligned.matrix.shape == extracted.vectors.shape and len(aligned.matrix) == ROWS
    assert np.array_equal(aligned.matrix, extracted.vectors)
    coverage = aligned.coverage
    assert coverage.tokens_found == coverage.tokens == ROWS and coverage.share == 1
    # 5,828 of its tokens are `##` pieces.
    assert coverage.pieces_found == coverage.pieces == 5828
    assert aligned.verify() == ROWS


@pytest.mark.slow
@pytest.mark.parametrize("target", ["m.bin", "m.txt", "m.npy", "m.csv", "model"])
def test_every_row_comes_back_through_a_file(target: str, minilm: Path, tmp_path: Path) -> None:
    extracted = extract(minilm).to_vectors()
    extracted.save(tmp_path / "own")
    convert(tmp_path / "own", tmp_path / target)
    found = load(tmp_path / target)
    for tokenizer in (minilm, minilm / "vocab.txt", minilm / "tokenizer.json"):
        aligned = align(found, tokenizer)
        assert np.array_equal(aligned.matrix, extracted.vectors), tokenizer
        assert aligned.coverage.share == 1
