"""Vectors as Keras 3's embedding layer, with PyTorch behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.interop.keras import embedding
from lexiscope.vectors import KeyedVectors
from tests.support.topic_task import (
    SEEDS,
    assert_trained_beat_random,
    random_rows,
    task,
    trained_rows,
)

# Keras with PyTorch behind it, not ours: how the one gives the other's tensors to NumPy.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def keras() -> Iterator[Any]:
    # Keras reads the variable once, when it is imported.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", "torch")
        yield pytest.importorskip("keras")


@pytest.fixture
def vectors() -> KeyedVectors:
    matrix = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    return KeyedVectors(["a", "b", "c", "d", "e"], matrix)


def test_the_layer_looks_up_the_rows(keras: Any, vectors: KeyedVectors) -> None:
    ids = np.array([[3, 0], [4, 4]])
    layer = embedding(vectors, name="words")
    assert layer.name == "words"
    assert np.array_equal(keras.ops.convert_to_numpy(layer(ids)), vectors.vectors[ids])
    aligned = lexiscope.align(vectors, ["", "[UNK]", "e", "a"])
    layer = embedding(aligned, padding_idx=0)
    assert aligned.verify(layer.get_weights()[0]) == 2


def test_frozen_or_not_and_the_mask(keras: Any, vectors: KeyedVectors) -> None:
    assert not embedding(vectors).trainable_weights
    assert len(embedding(vectors, freeze=False).trainable_weights) == 1
    mask = embedding(vectors, padding_idx=0).compute_mask(np.array([[0, 3]]))
    assert keras.ops.convert_to_numpy(mask).tolist() == [[False, True]]
    assert embedding(vectors).compute_mask(np.array([[0, 3]])) is None
    with pytest.raises(ConfigError, match="padding_idx is 2; Keras masks id 0 only"):
        embedding(vectors, padding_idx=2)


def test_a_model_with_the_layer_is_saved_and_loaded(
    keras: Any, vectors: KeyedVectors, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((2,), dtype="int32"), embedding(vectors)])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    found = again.predict(np.array([[4, 1]]), verbose=0)
    assert np.array_equal(found[0], vectors[["e", "b"]])


def test_keras_missing_or_too_old_is_told(
    vectors: KeyedVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[keras\]'"):
        embedding(vectors)
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(__version__="2.15.0"))
    with pytest.raises(MissingExtraError, match=r"found 2\.15\.0"):
        embedding(vectors)


def accuracy(keras: Any, rows: np.ndarray, seed: int) -> float:
    """Trains mean of rows → topic, the rows as well, and gives the share of right answers."""
    keras.utils.set_random_seed(seed)
    topics = int(task().topics.max()) + 1
    model = keras.Sequential(
        [
            keras.Input((task().ids.shape[1],), dtype="int32"),
            embedding(rows, freeze=False, padding_idx=0),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(topics),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    labelled, others = task().split(seed)
    ids, labels = task().ids, task().topics
    model.fit(ids[labelled], labels[labelled], batch_size=64, epochs=100, verbose=0)
    answers = model.predict(ids[others], batch_size=1024, verbose=0).argmax(axis=1)
    return float((answers == labels[others]).mean())


def test_a_classifier_learns_more_from_trained_vectors_than_from_random_ones(keras: Any) -> None:
    scores = [
        (accuracy(keras, trained_rows(seed), seed), accuracy(keras, random_rows(seed), seed))
        for seed in SEEDS
    ]
    assert_trained_beat_random(scores)
