"""Runs that begin with vectors from elsewhere, with frozen words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import Word2Vec
from lexiscope.errors import ConfigError, FormatError

SENTENCES = [
    ["the", "king", "wears", "the", "crown"],
    ["the", "queen", "wears", "the", "ring"],
    ["a", "dog", "chases", "a", "cat"],
] * 30
TINY: dict[str, Any] = {"vector_size": 8, "min_count": 1, "workers": 1, "sample": 0, "epochs": 2}
LOADED = ["queen", "dog", "unicorn", "the"]


@pytest.fixture
def vectors() -> lexiscope.KeyedVectors:
    rows = np.random.default_rng(3).normal(size=(len(LOADED), 8)).astype(np.float32)
    rows[0, 0] = -0.0
    return lexiscope.KeyedVectors(LOADED, rows)


def begin(**options: Any) -> Word2Vec:
    model = Word2Vec(**{**TINY, **options})
    model.build_vocab(SENTENCES)
    return model


@pytest.mark.parametrize("form", ["folder", "text", "binary", "open"])
def test_the_vectors_of_any_file_are_the_start(
    tmp_path: Path, vectors: lexiscope.KeyedVectors, form: str
) -> None:
    source: Any = tmp_path / "vectors"
    if form == "folder":
        vectors.save(source)
    elif form == "open":
        source = vectors
    else:
        vectors.save_word2vec_format(source, binary=form == "binary")
    plain, model = begin(), begin(init_from=source)
    for word in model.wv.index_to_key:
        expected = vectors[word] if word in vectors else plain.wv[word]
        assert np.array_equal(model.wv[word], expected), word
    assert not model.output_vectors.any()
    report = model.init_report
    assert report is not None
    assert (report.words, report.found, report.frozen, report.output) == (10, 3, 0, False)
    name = "KeyedVectors" if form == "open" else str(source)
    assert report.lines() == [f"3 of 10 words begin with their vectors from {name}"]
    assert plain.init_report is None
    model.train(SENTENCES, total_examples=240, epochs=2)
    assert not np.array_equal(model.wv["queen"], vectors["queen"])


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["negative", "softmax", "hierarchical"])
@pytest.mark.parametrize("sg", [0, 1])
def test_loaded_words_can_be_frozen(vectors: lexiscope.KeyedVectors, loss: Any, sg: int) -> None:
    model = begin(init_from=vectors, freeze="loaded", loss=loss, sg=sg)
    before = model.wv.vectors.copy()
    model.train(SENTENCES, total_examples=240, epochs=3)
    model.train(SENTENCES, total_examples=240, epochs=1)
    for row, word in enumerate(model.wv.index_to_key):
        stays = model.wv.vectors[row].tobytes() == before[row].tobytes()
        assert stays == (word in LOADED), word
    assert model.output_vectors.any()
    assert model.init_report is not None
    assert model.init_report.lines()[1] == "3 words are frozen"


def test_chosen_words_can_be_frozen(vectors: lexiscope.KeyedVectors) -> None:
    model = begin(init_from=vectors, freeze=iter(["dog", "king", "nobody"]))
    before = {word: model.wv[word].copy() for word in model.wv.index_to_key}
    model.train(SENTENCES, total_examples=240, epochs=2)
    still = {word for word, row in before.items() if np.array_equal(model.wv[word], row)}
    assert still == {"dog", "king"}


def test_freezing_goes_on_after_saving_and_opening(
    tmp_path: Path, vectors: lexiscope.KeyedVectors
) -> None:
    model = Word2Vec(SENTENCES, init_from=vectors, freeze="loaded", **TINY)
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    assert opened.init_report == model.init_report
    for one in (model, opened):
        one.workers = 1
        one.train(SENTENCES, total_examples=240, epochs=2)
    assert opened.fingerprint() == model.fingerprint()
    for word in ("queen", "dog", "the"):
        assert np.array_equal(opened.wv[word], vectors[word])
    opened.save(tmp_path / "model")
    assert Word2Vec.load(tmp_path / "model").init_report == model.init_report


@pytest.mark.parametrize("damage", ["gone", "no text", "too short", "list"])
def test_damaged_frozen_rows_are_refused(
    tmp_path: Path, vectors: lexiscope.KeyedVectors, damage: str
) -> None:
    begin(init_from=vectors, freeze="loaded").save(tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    config = json.loads(path.read_text())
    if damage == "gone":
        del config["initial"]["frozen_rows"]
    elif damage == "list":
        config["initial"]["frozen_rows"] = [1]
    else:
        config["initial"]["frozen_rows"] = "eJwDAAAAAAE=" if damage == "too short" else "@"
    path.write_text(json.dumps(config))
    with pytest.raises(FormatError, match="its options are not a model's"):
        Word2Vec.load(tmp_path / "model")


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["negative", "softmax", "nce"])
def test_the_output_matrix_comes_along_where_the_loss_is_the_same(loss: Any) -> None:
    first = Word2Vec(SENTENCES, **TINY, loss=loss)
    more = [*SENTENCES, *[["a", "bird", "sings"]] * 200]
    model = Word2Vec(**TINY, loss=loss, init_from=first.wv)
    model.build_vocab(more)
    assert model.init_report is not None and model.init_report.output
    assert "(W and W′) from KeyedVectors" in model.init_report.lines()[0]
    assert model.wv.index_to_key != first.wv.index_to_key
    for word in first.wv.index_to_key:
        here, there = model.wv.key_to_index[word], first.wv.key_to_index[word]
        assert np.array_equal(model.input_vectors[here], first.input_vectors[there])
        assert np.array_equal(model.output_vectors[here], first.output_vectors[there])
    assert not model.output_vectors[model.wv.key_to_index["bird"]].any()
    other = begin(loss="softmax" if loss == "negative" else "negative", init_from=first.wv)
    assert other.init_report is not None and not other.init_report.output
    assert not other.output_vectors.any()


def test_a_trees_output_rows_come_along_only_with_the_same_tree() -> None:
    first = Word2Vec(SENTENCES, **TINY, loss="hierarchical")
    same = begin(loss="hierarchical", init_from=first.wv)
    assert np.array_equal(same.output_vectors, first.output_vectors)
    other = Word2Vec(**TINY, loss="hierarchical", init_from=first.wv)
    other.build_vocab([*SENTENCES, *[["a", "dog"]] * 200])
    assert other.wv.index_to_key != first.wv.index_to_key
    assert not other.output_vectors.any()
    assert np.array_equal(other.wv["dog"], first.wv["dog"])


def test_what_does_not_fit_is_refused_before_the_text_is_read(
    tmp_path: Path, vectors: lexiscope.KeyedVectors
) -> None:
    def unread() -> Any:
        raise AssertionError("the text was read")
        yield []

    for options, message in (
        ({"init_from": vectors, "vector_size": 9}, "of 8 dimensions, but vector_size is 9; set"),
        ({"freeze": "loaded"}, "no vectors are loaded; name some with init_from"),
        ({"freeze": "king"}, "freeze is 'king'; expected a list of words, or 'loaded'"),
        ({"freeze": 3}, "freeze is 3; expected a list of words, or 'loaded'"),
    ):
        with pytest.raises(ConfigError, match=message):
            Word2Vec(unread(), **{**TINY, **options})
    with pytest.raises(FormatError, match="nowhere"):
        Word2Vec(unread(), init_from=tmp_path / "nowhere", **TINY)


def test_a_vector_that_is_not_finite_is_named(vectors: lexiscope.KeyedVectors) -> None:
    vectors.vectors[2] = np.nan  # no word of the text
    begin(init_from=vectors)
    vectors.vectors[1, 3] = np.inf
    with pytest.raises(ConfigError, match="the vector of 'dog' to begin with is not finite"):
        begin(init_from=vectors)
