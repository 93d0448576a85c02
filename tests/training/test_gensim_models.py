"""`Word2Vec.load` of what gensim saved: options and matrices come along, and training goes on."""

from __future__ import annotations

import warnings
from pathlib import Path

import gensim
import numpy as np
import pytest

import lexiscope
from lexiscope.errors import FormatError, IncompleteModelError
from lexiscope.training.losses.hierarchical import huffman_tree
from lexiscope.training.losses.registry import rule_of
from tests.support import gensim_golden as golden
from tests.support.gensim_old import OldGensim, save

TEXT = [
    sentence.split()
    for sentence in ("the sea is blue", "the naïve sea has 日本 fish", "fish swim in the sea")
] * 20
# Word i 2**i times: of such counts there is one Huffman tree only.
STEPS = [[f"w{row}" for row in range(power, 6)] for power in range(6) for _ in range(2**power)]
MATRIX = np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32)


def check_matrices(model: lexiscope.Word2Vec, facts: dict[str, object]) -> None:
    assert model.wv.index_to_key == facts["words"]
    assert model.wv.counts.tolist() == facts["counts"]
    assert np.allclose(model.wv.vectors, facts["vectors"], atol=1e-7)
    assert np.allclose(model.syn1neg, facts["syn1neg"], atol=1e-7)


@pytest.mark.parametrize("name", golden.names("negative"))
def test_every_version_s_models_are_taken_up(name: str, tmp_path: Path) -> None:
    model = lexiscope.Word2Vec.load(golden.laid(name, tmp_path))
    check_matrices(model, golden.facts(name))
    assert (model.sg, model.hs, model.negative, model.window, model.epochs) == (1, 0, 5, 3, 2)
    assert (model.min_count, model.seed, model.vector_size) == (1, 7, 4)
    assert model.sample == (0 if name.startswith("0.12.0") else 0.001)
    assert model.corpus_count == 18


@pytest.mark.parametrize("name", ["0.12.0-py27/bytes.model", "2.3.0-py36/packed.model.gz"])
def test_training_goes_on_and_the_result_is_a_model_of_ours(name: str, tmp_path: Path) -> None:
    model = lexiscope.Word2Vec.load(golden.laid(name, tmp_path))
    model.sample = 0
    words, before = list(model.wv.index_to_key), model.wv.vectors.copy()
    model.train(TEXT, total_examples=len(TEXT), epochs=15, start_alpha=0.2)
    assert model.epoch_losses[-1] < model.epoch_losses[0]
    assert model.wv.index_to_key == words
    assert not np.allclose(model.wv.vectors, before, atol=1e-3)
    model.save(tmp_path / "ours")
    again = lexiscope.Word2Vec.load(tmp_path / "ours")
    assert again.fingerprint() == model.fingerprint()
    assert again.wv.counts.tolist() == model.wv.counts.tolist()


def test_a_model_that_was_only_taken_up_is_saved_as_ours(tmp_path: Path) -> None:
    name = "3.8.3-py36/negative.model"
    model = lexiscope.Word2Vec.load(golden.laid(name, tmp_path))
    model.save(tmp_path / "ours")
    again = lexiscope.Word2Vec.load(tmp_path / "ours")
    check_matrices(again, golden.facts(name))
    assert (again.sg, again.window, again.epochs, again.corpus_count) == (1, 3, 2, 18)


@pytest.mark.slow
@pytest.mark.parametrize("negative", [0, 3])
def test_a_tree_of_the_same_questions_gives_the_same_probabilities(
    negative: int, tmp_path: Path
) -> None:
    theirs = gensim.models.Word2Vec(
        STEPS, vector_size=5, min_count=1, hs=1, negative=negative, workers=1, sample=0, epochs=5
    )
    theirs.save(str(tmp_path / "w.model"))
    ours = lexiscope.Word2Vec.load(tmp_path / "w.model")
    assert ours.config.loss == ("negative+hierarchical" if negative else "hierarchical")
    hidden = np.random.default_rng(1).normal(size=5).astype(np.float32)
    expected = []
    for row in range(6):
        code = theirs.wv.get_vecattr(row, "code")
        scores = theirs.syn1[theirs.wv.get_vecattr(row, "point")] @ hidden
        expected.append(np.prod(1 / (1 + np.exp(-(1.0 - 2.0 * code) * scores))))
    tree = huffman_tree(ours.wv.counts)
    nodes = ours.output_vectors[6 if negative else 0 :]
    found = rule_of("hierarchical").word_probabilities(tree, nodes @ hidden)
    assert np.allclose(found, expected, atol=1e-6)
    assert found.sum() == pytest.approx(1)
    if negative:
        assert np.array_equal(ours.syn1neg, theirs.syn1neg)
    ours.train(STEPS, total_examples=len(STEPS), epochs=10)
    assert ours.epoch_losses[-1] < ours.epoch_losses[0]


def test_nodes_that_ask_other_questions_begin_at_zero_and_are_told(tmp_path: Path) -> None:
    name = "3.6.0-py27/tree.model"
    with pytest.warns(UserWarning, match=r"of the 9 inner nodes of its Huffman tree part other"):
        model = lexiscope.Word2Vec.load(golden.laid(name, tmp_path))
    nodes = np.array(golden.facts(name)["syn1"], np.float32)
    for row in model.output_vectors[model.output_vectors.any(axis=1)]:
        assert (
            min(np.abs(nodes - row).max(axis=1).min(), np.abs(nodes + row).max(axis=1).min()) < 1e-7
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(model.wv.vectors, golden.facts(name)["vectors"])


@pytest.mark.parametrize("name", golden.names("own"))
def test_what_is_not_gensim_s_is_left_out_with_a_warning(name: str, tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="my_note"):
        model = lexiscope.Word2Vec.load(golden.laid(name, tmp_path))
    assert not hasattr(model, "my_note")


def test_whole_numbers_stay_whole_numbers(tmp_path: Path) -> None:
    walks = [[1, 2, 3], [4, 2, 1], [3, 1, 5]] * 10
    theirs = gensim.models.Word2Vec(walks, vector_size=4, min_count=1, workers=1)
    theirs.save(str(tmp_path / "nodes.model"))
    ours = lexiscope.Word2Vec.load(tmp_path / "nodes.model")
    assert ours.wv.index_to_key == theirs.wv.index_to_key
    assert np.array_equal(ours.wv[3], theirs.wv[3])
    assert np.array_equal(lexiscope.load(tmp_path / "nodes.model")[3], theirs.wv[3])


@pytest.mark.slow
def test_words_that_were_frozen_stay_frozen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = OldGensim(monkeypatch)
    lockf = np.array([1, 0, 1, 0], np.float32)
    model = old.model(old.vectors(MATRIX), syn1neg=MATRIX, vectors_lockf=lockf)
    model.negative, model.hs, model.sample = 5, 0, 0
    ours = lexiscope.Word2Vec.load(save(model, tmp_path / "w.model"))
    ours.train([["the", "naïve", "日本", "sea"]] * 30, total_examples=30, epochs=3)
    moved = np.abs(ours.wv.vectors - MATRIX).max(axis=1) > 0
    assert moved.tolist() == [True, False, True, False]


@pytest.mark.parametrize("name", ["3.8.3-py36/fasttext.model", "4.4.0-py311/fasttext.model"])
def test_fasttext_s_models_are_taken_up_with_their_ngrams(name: str, tmp_path: Path) -> None:
    facts = golden.facts(name)
    model = lexiscope.FastText.load(golden.laid(name, tmp_path))
    assert model.wv.index_to_key == facts["words"]
    assert np.allclose(model.wv.vectors, facts["vectors"], atol=1e-6)
    assert np.allclose(model.syn1neg, facts["syn1neg"], atol=1e-7)
    assert (model.min_n, model.max_n, model.bucket, model.epochs) == (2, 4, 40, 2)
    for word, vector in facts["unseen"].items():
        assert np.allclose(model.wv[word], vector, atol=1e-6), word


def test_ngrams_of_gensim_s_first_hash_cannot_go_on(tmp_path: Path) -> None:
    with pytest.raises(IncompleteModelError, match="gensim's first hash"):
        lexiscope.FastText.load(golden.laid("3.6.0-py27/fasttext.model", tmp_path))
    with pytest.raises(IncompleteModelError, match="is gensim's Word2Vec, no FastText"):
        lexiscope.FastText.load(golden.laid("3.6.0-py27/negative.model", tmp_path))


def test_vectors_alone_cannot_go_on(tmp_path: Path) -> None:
    theirs = gensim.models.Word2Vec(TEXT, vector_size=4, min_count=1, workers=1)
    theirs.wv.save(str(tmp_path / "w.kv"))
    with pytest.raises(IncompleteModelError, match=r"is gensim's KeyedVectors, no Word2Vec"):
        lexiscope.Word2Vec.load(tmp_path / "w.kv")
    with pytest.raises(AttributeError):
        lexiscope.Word2Vec.load(tmp_path / "w.kv")
    name = "3.8.3-py36/fasttext.model"
    with pytest.raises(IncompleteModelError, match=r"is gensim's FastText, no Word2Vec"):
        lexiscope.Word2Vec.load(golden.laid(name, tmp_path))


def test_options_that_no_training_can_have_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = OldGensim(monkeypatch)
    for name, value in (("window", 0), ("epochs", -1), ("alpha", -0.5)):
        model = old.model(old.vectors(MATRIX), syn1neg=MATRIX)
        model.negative, model.hs = 5, 0
        setattr(model, name, value)
        with pytest.raises(FormatError, match=f"cannot be trained further: {name}"):
            lexiscope.Word2Vec.load(save(model, tmp_path / "w.model"))


@pytest.mark.parametrize("made", [lexiscope.Word2Vec, lexiscope.FastText])
def test_a_file_in_its_place_becomes_the_model_as_one_file(
    made: type[lexiscope.Word2Vec], tmp_path: Path
) -> None:
    """As gensim's tutorials save: to a temporary file, which they remove at the end."""
    model = made([["sea", "fish"], ["boat"]] * 9, vector_size=4, min_count=1, seed=3, epochs=1)
    vars(model).update(notes="mine", marks=np.arange(3))
    path = tmp_path / "saved_model"
    path.write_bytes(b"")
    model.save(str(path), separately=[])
    assert [file.name for file in tmp_path.iterdir()] == ["saved_model"] and path.is_file()
    back = made.load(str(path))
    assert vars(back)["notes"] == "mine" and vars(back)["marks"].tolist() == [0, 1, 2]
    assert np.array_equal(back.wv.vectors, model.wv.vectors)
    assert np.array_equal(lexiscope.load(path).vectors, model.wv.vectors)
    for again in (model, back):
        again.train([["sea", "boat"]], total_examples=1, epochs=1)
    assert np.array_equal(back.wv.vectors, model.wv.vectors)
    back.wv.save(str(path))
    assert lexiscope.KeyedVectors.load(str(path)).key_to_index == model.wv.key_to_index
    with pytest.raises(AttributeError, match=rf"^{path} has no output matrix"):
        made.load(str(path))
    path.unlink()
    model.save(str(path))
    assert path.is_dir()
