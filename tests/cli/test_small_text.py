"""Texts too small for their options: known by the vectors, and told with what to set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import Word2Vec
from lexiscope.training.watching.alike import ALIKE, ENOUGH, SELDOM, mean_cosine, told_apart


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """300 sentences of 80 words, of two topics."""
    draw = np.random.default_rng(3)
    rows = []
    for number in range(300):
        topic = 40 * (number % 2)
        rows.append(" ".join(f"w{topic + n}" for n in (draw.random(14) ** 2 * 40).astype(int)))
    path = tmp_path / "small.txt"
    path.write_text("\n".join(rows))
    return path


def trained(text: Path, epochs: int) -> Any:
    return Word2Vec(corpus_file=text, min_count=1, sg=0, epochs=epochs, workers=1, alpha=0.05)


def test_the_mean_cosine_is_that_of_all_pairs() -> None:
    vectors = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32) + 0.5
    vectors[7] = 0
    kept = np.delete(vectors, 7, axis=0)
    units = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    pairs = (units @ units.T)[np.triu_indices(39, 1)]
    assert mean_cosine(vectors) == pytest.approx(pairs.mean(), abs=1e-6)
    assert mean_cosine(np.ones((50, 3), np.float32)) == pytest.approx(1)
    assert mean_cosine(np.zeros((50, 3), np.float32)) == 0


def test_words_that_came_out_alike_are_told_and_the_epochs_told_set_them_apart(text: Path) -> None:
    tokens = 300 * 14
    few = trained(text, 5)
    found = told_apart(few.wv.vectors, tokens, 5)
    assert found is not None and found.cosine > ALIKE
    assert found.epochs == -(-ENOUGH * len(few.wv) // tokens)
    assert f"--epochs {found.epochs}" in found.line()
    more = trained(text, found.epochs)
    assert mean_cosine(more.wv.vectors) < ALIKE
    assert told_apart(more.wv.vectors, tokens, found.epochs) is None


def test_vectors_that_are_hardly_trained_are_told() -> None:
    vectors = np.random.default_rng(1).normal(size=(800, 50)).astype(np.float32)
    found = told_apart(vectors, 4000, 1)
    assert found is not None and found.epochs == 200
    assert "random numbers they began as" in found.line()
    assert told_apart(vectors, 4000, 4) is None
    alike = np.ones((800, 50), np.float32)
    assert told_apart(alike, 800 * SELDOM - 1, 1) is not None
    assert told_apart(alike, 800 * SELDOM, 1) is None


def test_training_says_it_once_behind_its_result(call: Any, text: Path, tmp_path: Path) -> None:
    options = ["--min-count", 1, "--architecture", "cbow", "--epochs", 5, "--workers", 1]
    done = call("train", text, "-o", tmp_path / "model", *options)
    assert done.code == 0
    warned = [line for line in done.said if "came out alike" in line]
    assert len(warned) == 1 and "5 epochs showed a word of the vocabulary" in warned[0]
    losses = next(line for line in done.out.splitlines() if line.startswith("loss"))
    assert losses.count("→") == 4
