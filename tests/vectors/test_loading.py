"""`lexiscope.load` with a part of the file, and in half the memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.kinds.word2vec import text as word2vec_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    vectors = np.random.default_rng(0).normal(size=(200, 16)).astype(np.float32)
    vectors[7] = 0
    word2vec_text.write(tmp_path / "v.txt", VectorsData([f"w{i}" for i in range(200)], vectors))
    return tmp_path / "v.txt"


def test_a_part_of_a_file(path: Path) -> None:
    whole = lexiscope.load(path)
    first = lexiscope.load(path, limit=3)
    assert first.index_to_key == ["w0", "w1", "w2"]
    some = lexiscope.load(path, words=["w9", "w4", "zebra"])
    assert some.index_to_key == ["w4", "w9"]
    assert np.array_equal(some["w9"], whole["w9"])
    assert lexiscope.load(path, words=(w for w in ["w4"])).index_to_key == ["w4"]


def test_wrong_arguments_are_refused_before_reading(tmp_path: Path) -> None:
    for wrong in ({"limit": 0}, {"words": []}, {"dtype": "int8"}):
        with pytest.raises(lexiscope.ConfigError, match="expected"):
            lexiscope.load(tmp_path / "not there", **wrong)  # type: ignore[arg-type]


def test_half_the_memory_answers_nearly_the_same(path: Path) -> None:
    whole, half = lexiscope.load(path), lexiscope.load(path, dtype="float16")
    assert half.vectors.nbytes * 2 == whole.vectors.nbytes
    assert half["w3"].dtype == np.float32 and half[["w3", "w4"]].dtype == np.float32
    assert half.get_vector("w3", norm=True).dtype == np.float32
    assert not half["w3"].flags.writeable
    assert np.allclose(half["w3"], whole["w3"], atol=2e-3)
    assert half.similarity("w1", "w2") == pytest.approx(whole.similarity("w1", "w2"), abs=2e-3)
    ours = [word for word, _ in half.most_similar("w5", topn=5)]
    theirs = [word for word, _ in whole.most_similar("w5", topn=5)]
    assert len(set(ours) & set(theirs)) >= 4
    everything = half.most_similar("w5", topn=None)
    assert everything.dtype == np.float32 and not np.isnan(everything).any()
    assert "w7" not in [word for word, _ in half.most_similar("w5", topn=200)]


def test_half_a_model_keeps_its_output_matrix(path: Path, tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    model_folder.write(tmp_path / "m", VectorsData(list("abcd"), vectors, output=vectors))
    half = lexiscope.load(tmp_path / "m", dtype="float16", words=["b", "d"])
    assert half.output_vectors.dtype == np.float16
    assert np.array_equal(half.output_vectors, half.vectors)
    half.save(tmp_path / "again")
    again = lexiscope.load(tmp_path / "again")
    assert np.array_equal(again.vectors, half.vectors.astype(np.float32))


def test_a_lazily_made_dictionary_is_the_words(path: Path) -> None:
    loaded = lexiscope.load(path)
    assert "key_to_index" not in vars(loaded)
    assert "w5" in loaded
    assert loaded.key_to_index == {f"w{row}": row for row in range(200)}
