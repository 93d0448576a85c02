"""Word2Vec by gensim's surface: vocabulary in steps, options as attributes, earlier names."""

from __future__ import annotations

import copy
import pickle
import random
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pytest

from lexiscope import KeyedVectors, Word2Vec
from lexiscope.errors import ConfigError, SentencesError, StateError
from lexiscope.training.losses.hierarchical import huffman_tree
from lexiscope.training.losses.registry import rule_of
from tests.support.texts import SENTENCES, TINY

TEXT = SENTENCES * 60


def train(model: Word2Vec, epochs: int = 1) -> None:
    model.train(TEXT, total_examples=len(TEXT), epochs=epochs)


@pytest.fixture
def model() -> Word2Vec:
    return Word2Vec(TEXT, **TINY)


def random_text(seed: int) -> list[list[str]]:
    rng = random.Random(seed)
    words = [f"w{number}" for number in range(40)]
    weights = [1 / (1 + number) for number in range(40)]
    return [rng.choices(words, weights, k=rng.randint(1, 9)) for _ in range(200)]


def counts_of(model: Any) -> dict[str, int]:
    return {word: model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key}


def by_name(word: str, count: int, min_count: int) -> int:
    return 2 if word == "w39" and count >= min_count else int(word == "w0")


def by_count(word: str, count: int, min_count: int) -> int:
    return int(bool(word) and count > 20 * min_count)


# The vocabulary


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "options",
    [
        {"max_vocab_size": 12},
        {"max_vocab_size": 3, "min_count": 2},
        {"trim_rule": by_name},
        {"trim_rule": by_count, "max_vocab_size": 15},
        {"max_final_vocab": 10, "min_count": 2},
        {"sorted_vocab": 0},
        {"null_word": 1},
    ],
    ids=lambda options: "+".join(options),
)
def test_vocabularies_are_gensims(options: dict[str, Any], seed: int) -> None:
    text = random_text(seed)
    rule = options.get("trim_rule")
    given = {"min_count": 1, **options}
    given.pop("trim_rule", None)
    ours, theirs = Word2Vec(**given), gensim.models.Word2Vec(**given)
    theirs.build_vocab(text, trim_rule=rule)
    if not len(theirs.wv):  # which gensim says at the training only
        with pytest.raises(RuntimeError, match="no word of the text is kept"):
            ours.build_vocab(text, trim_rule=rule)
        return
    ours.build_vocab(text, trim_rule=rule)
    if options == {"null_word": 1}:
        theirs.wv.set_vecattr("\0", "count", 1)
    assert counts_of(ours) == counts_of(theirs)
    if "sorted_vocab" in options:
        assert ours.wv.index_to_key == theirs.wv.index_to_key
    assert (ours.corpus_count, ours.corpus_total_words) == (200, theirs.corpus_total_words)


def test_the_steps_tell_what_gensims_tell() -> None:
    text = random_text(5)
    told = []
    for kind in (Word2Vec, gensim.models.Word2Vec):
        each = kind(min_count=4, vector_size=6, sample=0.01)
        scanned = each.scan_vocab(text)
        raw = dict(each.raw_vocab)
        dry = each.prepare_vocab(dry_run=True, min_count=9, keep_raw_vocab=True)
        report = each.prepare_vocab()
        each.prepare_weights()
        more = each.scan_vocab([["w1", "new", "new", "new", "new", "rare"]])
        update = each.prepare_vocab(update=True)
        each.prepare_weights(update=True)
        memory = each.estimate_memory()
        told.append(
            (
                scanned,
                raw,
                dry,
                report,
                more,
                update,
                memory,
                counts_of(each),
                each.wv.vectors.shape,
            )
        )
        assert each.cum_table[-1] == 2**31 - 1
    assert told[0] == told[1]


def test_counts_make_a_vocabulary_too() -> None:
    frequencies = {"rare": 1, "usual": 5, "common": 9}
    for kind in (Word2Vec, gensim.models.Word2Vec):
        each = kind(min_count=2, vector_size=4)
        each.build_vocab_from_freq(frequencies, corpus_count=7, keep_raw_vocab=True)
        assert each.wv.index_to_key == ["common", "usual"]
        assert each.corpus_count == 7 and each.raw_vocab == frequencies
        each.build_vocab_from_freq({"usual": 1, "new": 3}, update=True)
        assert counts_of(each) == {"common": 9, "usual": 6, "new": 3}


def test_words_are_strings_or_whole_numbers(tmp_path: Path) -> None:
    walks = [[0, 1, 2, 1], [np.int64(3), 0, 1]] * 30
    model = Word2Vec(walks, **TINY)
    assert sorted(model.wv.index_to_key) == [0, 1, 2, 3]
    assert {type(key) for key in model.wv.index_to_key} == {int}
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    opened.workers = 1
    for each in (model, opened):
        each.build_vocab([[7, 0]] * 2, update=True)
        each.train(walks, total_examples=60, epochs=1)
    assert opened.wv.index_to_key == model.wv.index_to_key and 7 in opened.wv
    assert opened.fingerprint() == model.fingerprint()
    mixed = Word2Vec([[1, "one", 2]] * 30, **TINY)
    assert set(mixed.wv.index_to_key) == {1, "one", 2}
    with pytest.raises(SentencesError, match="both 1 and '1', which would be one word"):
        Word2Vec([[1, "1"]] * 30, **TINY)
    for bad in (1.5, None, ("a", "b"), True):
        with pytest.raises(TypeError, match=r"expected only strings \(or whole numbers\)"):
            Word2Vec([[bad, "b"]] * 30, **TINY)


# Options and weights as attributes


@pytest.mark.slow
def test_what_is_assigned_counts_in_the_next_training(model: Word2Vec) -> None:
    model.window, model.alpha, model.min_alpha, model.negative = 1, 0.5, 0.4, 2
    train(model)
    run = model.config
    assert (run.window, run.alpha, run.min_alpha, run.negative, run.epochs) == (1, 0.5, 0.4, 2, 1)
    assert model.min_alpha_yet_reached == pytest.approx(0.4, abs=0.05)
    model.alpha = 0.01  # below min_alpha, which then counts
    assert model.config.alpha == 0.4
    model.hs = 1
    with pytest.raises(ConfigError, match="weights were made for 'negative'; call init_weights"):
        train(model)
    model.init_weights()
    train(model)
    assert model.syn1.shape == model.syn1neg.shape == (11, 8)
    model.sg = 7
    with pytest.raises(ConfigError, match="sg is 7"):
        train(model)


def test_the_vectors_are_one_object_that_follows_the_weights(model: Word2Vec) -> None:
    vectors = model.wv
    before = vectors["king"].copy()
    train(model)
    assert not np.array_equal(vectors["king"], before)
    model.build_vocab([["bird", "the"]] * 3, update=True)
    assert vectors is model.wv and "bird" in vectors
    assert vectors.get_vecattr("the", "count") == 243
    assert np.shares_memory(vectors.vectors, model.input_vectors)


def test_vectors_that_are_assigned_are_trained(model: Word2Vec) -> None:
    vectors = model.wv
    vectors.vectors = np.ones((11, 8), np.float32)
    vectors.vectors[0] = 2
    model.alpha = model.min_alpha = 1e-9
    train(model)
    assert np.allclose(model.input_vectors[0], 2) and np.allclose(model.input_vectors[1:], 1)
    assert np.shares_memory(model.wv.vectors, model.input_vectors)
    outputs = model.syn1neg.copy()
    other = KeyedVectors(8)
    other.add_vectors([*vectors.index_to_key[3:], "eagle"], np.full((9, 8), 3, np.float32))
    model.wv = other
    train(model)
    assert model.wv is other and np.allclose(other["eagle"], 3)
    assert np.allclose(model.syn1neg[0], outputs[3], atol=1e-6)


@pytest.mark.slow
def test_a_factor_of_zero_freezes_a_word(model: Word2Vec, tmp_path: Path) -> None:
    row = model.wv.key_to_index["king"]
    model.wv.vectors_lockf[row] = 0
    before = model.wv.vectors.copy()
    train(model)
    changed = (model.wv.vectors != before).any(axis=1)
    assert not changed[row] and changed.sum() == 10
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    assert opened.wv.vectors_lockf[row] == 0 and opened.wv.vectors_lockf.sum() == 10
    opened.wv.vectors_lockf = np.ones(1, np.float32)
    train(opened)
    assert not np.array_equal(opened.wv.vectors[row], before[row])
    opened.wv.vectors_lockf[0] = 0.5
    with pytest.raises(ConfigError, match="numbers other than 0 and 1"):
        train(opened)


def test_the_loss_is_a_sum_since_training_began() -> None:
    sums: list[float] = []

    class Notes:
        def on_epoch_end(self, model: Word2Vec) -> None:
            sums.append(model.get_latest_training_loss())

    model = Word2Vec(TEXT, callbacks=[Notes()], **TINY)
    assert 0 < sums[0] < sums[1] == model.get_latest_training_loss()
    train(model)  # the constructor's callbacks were for its own training
    assert len(sums) == 2 and model.get_latest_training_loss() < sums[1]
    model.train(TEXT, total_examples=240, epochs=1, callbacks=[Notes()])
    assert sums[2] == model.get_latest_training_loss()


def test_a_copy_and_a_pickle_train_on_alike(model: Word2Vec) -> None:
    model.wv.most_similar("king")
    others = [copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    for each in (model, *others):
        train(each)
    assert {each.fingerprint() for each in others} == {model.fingerprint()}
    assert np.array_equal(others[0].wv["king"], model.wv["king"])


def test_what_a_user_keeps_in_a_model_is_saved(tmp_path: Path, model: Word2Vec) -> None:
    model.note, model.table = {"of": ["us", 3, None]}, np.arange(6).reshape(2, 3)
    path = tmp_path / "model"
    path.write_text("a file that was there")
    train(model)
    model.window = 2
    model.save(path)
    opened = Word2Vec.load(path)
    assert opened.note == model.note and np.array_equal(opened.table, model.table)
    assert (opened.window, opened.train_count, opened.corpus_count) == (2, 2, 240)
    assert opened.get_latest_training_loss() == model.get_latest_training_loss()
    assert opened.total_train_time == model.total_train_time > 0
    assert [event["event"] for event in opened.lifecycle_events or []][-1] == "loaded"
    model.function = len
    with pytest.warns(UserWarning, match="attribute 'function' is a builtin_function_or_method"):
        model.save(path)
    assert not hasattr(Word2Vec.load(path), "function")
    with (tmp_path / "pickled").open("wb") as stream:
        model.save(stream)
    with (tmp_path / "pickled").open("rb") as stream:
        assert pickle.load(stream).fingerprint() == model.fingerprint()


# Both losses at once


@pytest.mark.slow
def test_both_losses_ask_the_questions_of_each() -> None:
    options = {**TINY, "alpha": 1e-6, "min_alpha": 1e-6, "epochs": 1, "vector_size": 16}
    parts = {"negative": 5, "hierarchical": 0}
    both = Word2Vec(TEXT, hs=1, negative=5, **options)
    alone = [
        Word2Vec(TEXT, loss=loss, negative=number, **options)  # type: ignore[arg-type]
        for loss, number in parts.items()
    ]
    total = sum(each.get_latest_training_loss() for each in alone)
    assert both.get_latest_training_loss() == pytest.approx(total, rel=1e-4)
    # W′ begins at zero, so that at this rate neither part sees anything of the other.
    assert np.allclose(both.syn1neg, alone[0].syn1neg, rtol=1e-3, atol=1e-12)
    assert np.allclose(both.syn1, alone[1].syn1, rtol=1e-3, atol=1e-12)
    assert both.syn1neg.any() and both.syn1.any()


def test_new_words_keep_the_nodes_that_ask_the_same() -> None:
    before = np.array([50, 20, 10, 9, 8, 5, 3, 2], np.int64)
    after = np.array([51, 20, 10, 9, 8, 5, 3, 2, 1, 1], np.int64)
    sources, signs = rule_of("hierarchical").carried(before, after)
    assert len(sources) == 9 and sorted(sources[sources >= 0]) == list(range(7))
    old, new = huffman_tree(before), huffman_tree(after)
    for word in range(8):
        turns = dict(
            zip(*(each[old.starts[word] : old.starts[word + 1]] for each in old[1:]), strict=True)
        )
        path = slice(new.starts[word], new.starts[word + 1])
        for node, sign in zip(new.nodes[path], new.signs[path], strict=True):
            if sources[node] >= 0:
                assert turns.pop(sources[node]) == sign * signs[node]
        assert not turns, "each question is still on the word's path"


@pytest.mark.parametrize("negative", [0, 3])
def test_words_are_added_after_hierarchical_softmax(negative: int) -> None:
    model = Word2Vec(TEXT, hs=1, negative=negative, **TINY)
    nodes = {tuple(row) for row in model.syn1[:10].tolist()}
    model.build_vocab([["bird", "sings", "rare"], ["bird", "sings"]] * 3, update=True)
    assert model.syn1.shape == (14, 8)
    kept = sum(tuple(row) in nodes for row in np.vstack([model.syn1, -model.syn1]).tolist())
    assert kept >= 1
    train(model)
    assert len(model.wv.get_vecattr("bird", "code")) == len(model.wv.get_vecattr("bird", "point"))


def test_score_is_the_logarithm_of_the_trees_probability() -> None:
    model = Word2Vec(TEXT, hs=1, negative=0, **{**TINY, "window": 1})
    rule, counts = rule_of("hierarchical"), model.wv.counts
    tree, index = huffman_tree(counts), model.wv.key_to_index
    nodes = model.syn1[:-1].astype(np.float64)
    context, center = index["king"], index["wears"]
    expected = sum(
        np.log(rule.word_probabilities(tree, nodes @ model.wv.vectors[one])[other])
        for one, other in ((context, center), (center, context))
    )
    scores = model.score([["king", "nobody", "wears"], [], ["king"]])
    assert scores.dtype == np.float32 and scores.tolist() == [pytest.approx(expected), 0, 0]
    with pytest.raises(StateError, match="score needs the tree"):
        Word2Vec(TEXT, **TINY).score(TEXT)


def test_likely_words_are_those_of_the_softmax(model: Word2Vec) -> None:
    found = model.predict_output_word(["king", 0, "nobody"], topn=11)
    assert found is not None
    hidden = model.wv.vectors[[model.wv.key_to_index["king"], 0]].mean(axis=0)
    shares = np.exp(model.syn1neg @ hidden)
    shares /= shares.sum()
    assert [word for word, _ in found] == [
        model.wv.index_to_key[row] for row in np.argsort(-shares, kind="stable")
    ]
    assert sum(share for _, share in found) == pytest.approx(1)
    assert model.predict_output_word(["nobody"]) is None


# Names of gensim 3

OLD: dict[str, Callable[[Any], Any]] = {
    "model[word]": lambda model: model["king"].shape == (8,),
    "word in model": lambda model: "king" in model,
    "model.most_similar": lambda model: len(model.most_similar("king")) == 10,
    "model.similarity": lambda model: model.similarity("king", "king") > 0.99,
    "model.doesnt_match": lambda model: model.doesnt_match(["king", "queen", "dog"]),
    "model.vocab": lambda model: model.vocab["king"].count == 60,
    "model.index2word": lambda model: model.index2word is model.wv.index_to_key,
    "model.syn0": lambda model: model.syn0 is model.wv.vectors,
    "model.word_vec": lambda model: model.word_vec("king").any(),
    "model.iter": lambda model: model.iter == 2,
    "model.size": lambda model: model.size == 8,
    "model.vocabulary": lambda model: model.vocabulary.min_count == 1,
    "model.trainables": lambda model: model.trainables.syn1neg.any(),
    "model.init_sims": lambda model: (
        model.init_sims(replace=True) is None
        and np.allclose(np.linalg.norm(model.wv.vectors, axis=1), 1)
    ),
    "model.delete_temporary_training_data": lambda model: (
        model.delete_temporary_training_data() is None
    ),
    "train\\(sentences=\\)": lambda model: model.train(
        sentences=TEXT, total_examples=240, epochs=1
    ),
}


@pytest.mark.parametrize("name", OLD)
def test_a_name_of_gensim_3_warns_once_and_works(name: str, model: Word2Vec) -> None:
    with pytest.warns(DeprecationWarning, match="is a name of gensim 3; write ") as warned:
        assert OLD[name](model)
    assert [Path(each.filename).name for each in warned] == [Path(__file__).name]


def test_the_constructors_earlier_names() -> None:
    with pytest.warns(DeprecationWarning, match=r"write (vector_size|epochs)=") as warned:
        model = Word2Vec(size=6, iter=3, min_count=1)
    assert (model.vector_size, model.epochs) == (6, 3)
    assert [Path(each.filename).name for each in warned] == [Path(__file__).name] * 2


def test_setting_by_an_earlier_name(model: Word2Vec) -> None:
    with pytest.warns(DeprecationWarning, match=r"write model\.epochs"):
        model.iter = 4
    assert model.epochs == 4 and "iter" not in vars(model)
    with warnings.catch_warnings(), pytest.raises(AttributeError, match="no attribute 'nothing'"):
        model.nothing  # type: ignore[attr-defined]  # noqa: B018
