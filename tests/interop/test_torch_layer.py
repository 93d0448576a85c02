"""Vectors as PyTorch's embedding layer."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch

import lexiscope
from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.interop.torch import embedding, fill
from lexiscope.vectors import KeyedVectors
from tests.support.topic_task import (
    SEEDS,
    assert_trained_beat_random,
    random_rows,
    task,
    trained_rows,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def vectors() -> KeyedVectors:
    matrix = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    return KeyedVectors(["a", "b", "c", "d", "e"], matrix)


def test_the_layer_looks_up_the_rows(vectors: KeyedVectors) -> None:
    ids = torch.tensor([[3, 0], [4, 4]])
    found = embedding(vectors)(ids)
    assert found.shape == (2, 2, 3)
    assert np.array_equal(found.numpy(), vectors.vectors[ids.numpy()])
    aligned = lexiscope.align(vectors, ["<pad>", "e", "a"])
    layer = embedding(aligned, freeze=False, padding_idx=0)
    assert np.array_equal(layer(torch.tensor([1, 2])).detach().numpy(), vectors[["e", "a"]])
    assert aligned.verify(layer.weight) == 2
    assert np.array_equal(embedding(np.ones((2, 2))).weight.numpy(), np.ones((2, 2)))


def test_frozen_or_not_and_padding(vectors: KeyedVectors) -> None:
    assert not embedding(vectors).weight.requires_grad
    layer = embedding(vectors, freeze=False, padding_idx=1)
    layer(torch.tensor([0, 1, 2])).sum().backward()
    assert layer.weight.grad is not None
    assert layer.weight.grad.abs().sum(dim=1).tolist() == [3, 0, 3, 0, 0]


def test_the_vectors_are_copied(vectors: KeyedVectors) -> None:
    before = vectors.vectors.copy()
    layer = embedding(vectors, freeze=False)
    with torch.no_grad():
        layer.weight.zero_()
    assert np.array_equal(vectors.vectors, before)


def test_vectors_go_into_a_layer_of_their_shape_only(vectors: KeyedVectors) -> None:
    layer = torch.nn.Embedding(5, 3)
    fill(layer, vectors)
    assert np.array_equal(layer.weight.detach().numpy(), vectors.vectors)
    assert layer.weight.requires_grad
    with pytest.raises(ConfigError, match="the vectors are 5 × 3, but the layer is 8 × 3"):
        fill(torch.nn.Embedding(8, 3), vectors)


def test_wrong_arguments(vectors: KeyedVectors) -> None:
    for wrong in (-1, 5):
        with pytest.raises(ConfigError, match=f"padding_idx is {wrong}, expected a row from 0 to"):
            embedding(vectors, padding_idx=wrong)
    for given in (np.ones(3), np.array([["a"]]), np.ones((0, 3))):
        with pytest.raises(ConfigError, match="expected vectors or a matrix of numbers"):
            embedding(given)


def test_torch_missing_is_told(vectors: KeyedVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[torch\]'"):
        embedding(vectors)


def accuracy(rows: np.ndarray, seed: int) -> float:
    """Trains mean of rows → topic, the rows as well, and gives the share of right answers."""
    torch.manual_seed(seed)
    layer = embedding(rows, freeze=False, padding_idx=0)
    head = torch.nn.Linear(rows.shape[1], int(task().topics.max()) + 1)
    ids, topics = torch.tensor(task().ids), torch.tensor(task().topics)
    weights = [*layer.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(weights, lr=0.01)

    def logits(part: np.ndarray) -> torch.Tensor:
        present = (ids[part] != 0).unsqueeze(-1)
        return head((layer(ids[part]) * present).sum(dim=1) / present.sum(dim=1))

    labelled, others = task().split(seed)
    for _ in range(100):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(logits(labelled), topics[labelled]).backward()
        optimizer.step()
    return float((logits(others).argmax(dim=1) == topics[others]).float().mean())


def test_a_classifier_learns_more_from_trained_vectors_than_from_random_ones() -> None:
    scores = [
        (accuracy(trained_rows(seed), seed), accuracy(random_rows(seed), seed)) for seed in SEEDS
    ]
    assert_trained_beat_random(scores)
