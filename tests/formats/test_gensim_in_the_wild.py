"""What people's own gensim files have in them and beside them."""

from __future__ import annotations

import functools
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors, Word2Vec

from lexiscope import formats
from lexiscope.errors import FormatError

WORDS = ["sea", "fish", "boat"]
MATRIX = np.array([[0.5, -2.0], [0.25, 3.0], [1.0, 0.0]], np.float32)


def saved(path: Path, **options: object) -> Path:
    vectors = KeyedVectors(2)
    vectors.add_vectors(WORDS, MATRIX)
    vectors.save(str(path), **options)
    return path


@pytest.mark.parametrize(
    "function",
    [zlib.adler32, functools.partial(zlib.crc32, b"x"), len, os.system, "text".count],
    ids=["adler32", "partial", "len", "system", "bound"],
)
def test_a_function_that_a_model_keeps_is_passed_over_since_nothing_is_run(
    function: Callable[..., int], tmp_path: Path
) -> None:
    model = Word2Vec([["sea", "fish"]] * 3, vector_size=3, min_count=1, seed=1)
    model.hashfxn = function
    model.save(str(tmp_path / "x.model"))
    data = formats.read(tmp_path / "x.model")
    assert np.array_equal(data.vectors, model.wv.vectors)
    assert data.tokens == model.wv.index_to_key
    assert any("whose code was not run" in line for line in data.warnings)


@pytest.mark.parametrize("ending", [".gz", ".bz2"])
def test_packed_saves_have_packed_arrays_beside_them(ending: str, tmp_path: Path) -> None:
    path = saved(tmp_path / f"x.kv{ending}", separately=["vectors"])
    assert sorted(file.name for file in tmp_path.iterdir())[1].endswith(".vectors.npz")
    data = formats.read(path)
    assert data.tokens == WORDS
    assert np.array_equal(data.vectors, MATRIX)


@pytest.mark.parametrize("name", ["x.kv", "x", "x.kv.gz", "my.wv"])
def test_an_array_given_by_itself_names_its_main_file(name: str, tmp_path: Path) -> None:
    saved(tmp_path / name, separately=["vectors"])
    (array,) = (file for file in tmp_path.iterdir() if ".vectors.np" in file.name)
    with pytest.raises(FormatError, match=rf"keeps beside {name}, .*open .*{name}$"):
        formats.read(array)
    assert formats.read(tmp_path / name).tokens == WORDS


def test_an_array_whose_main_file_is_gone_is_no_matrix_without_words(tmp_path: Path) -> None:
    model = Word2Vec([["sea", "fish"]] * 3, vector_size=3, min_count=1)
    model.save(str(tmp_path / "x.model"), separately=["syn1neg"])
    model.wv.save(str(tmp_path / "y"), separately=["vectors"])
    shutil.move(tmp_path / "y.vectors.npy", tmp_path / "x.model.trainables.syn1neg.npy")
    (tmp_path / "x.model").unlink()
    with pytest.raises(FormatError, match=r"beside x\.model, which has the words and is not there"):
        formats.read(tmp_path / "x.model.trainables.syn1neg.npy")
    # A name that could be anybody's.
    shutil.move(tmp_path / "x.model.syn1neg.npy", tmp_path / "my.vectors.npy")
    assert formats.read(tmp_path / "my.vectors.npy").tokens == ["0", "1"]
