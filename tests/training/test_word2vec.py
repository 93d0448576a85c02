"""`Word2Vec` by gensim's names, and its vectors beside gensim's own."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pytest
import zstandard

import lexiscope
from lexiscope import Word2Vec, data
from lexiscope.errors import ConfigError, CorpusError, FormatError, LexiscopeError
from lexiscope.progress import Progress
from lexiscope.training import DivergedError
from tests.support import texts
from tests.support.texts import TINY, WORDS

SENTENCES = texts.SENTENCES * 60


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return texts.write(tmp_path / "text.txt", texts.lines(60))


# Both ways to build one


def test_the_constructor_trains() -> None:
    model = Word2Vec(SENTENCES, **TINY)
    assert set(model.wv.index_to_key) == WORDS
    assert model.wv.index_to_key[:2] == ["the", "a"], "the commonest first"
    assert model.wv.vectors.shape == (11, 8)
    assert model.wv.counts[0] == 240
    assert len(model.epoch_losses) == 2
    assert model.epoch_losses[0] > model.epoch_losses[1] > 0
    pairs = model.wv.metadata["result"]["pairs"]
    mean = sum(model.epoch_losses) / 2
    assert model.get_latest_training_loss() == pytest.approx(mean * pairs, rel=0.01)
    assert (model.corpus_count, model.corpus_total_words) == (240, 1_200)
    assert (model.vector_size, model.epochs, model.workers) == (8, 2, 1)
    assert repr(model) == "Word2Vec(11 words, vector_size=8, alpha=0.025)"
    assert str(model) == "Word2Vec<vocab=11, vector_size=8, alpha=0.025>", "gensim's"


def test_building_and_training_apart_give_the_same() -> None:
    at_once = Word2Vec(SENTENCES, **TINY)
    model = Word2Vec(**TINY)
    assert "no vocabulary yet" in repr(model)
    model.build_vocab(SENTENCES, progress_per=10)
    assert model.epoch_losses == [] and model.get_latest_training_loss() == 0.0
    before = model.fingerprint()
    trained = model.train(SENTENCES, total_examples=model.corpus_count, epochs=model.epochs)
    assert trained == (2 * 1_200, 2 * 1_200)
    assert before != model.fingerprint() == at_once.fingerprint()


def test_a_file_gives_the_same_as_its_sentences(text: Path) -> None:
    by_file = Word2Vec(corpus_file=str(text), **TINY)
    assert by_file.fingerprint() == Word2Vec(SENTENCES, **TINY).fingerprint()
    model = Word2Vec(**TINY)
    model.build_vocab(corpus_file=text)
    model.train(corpus_file=text, total_words=model.corpus_total_words, epochs=2)
    assert model.fingerprint() == by_file.fingerprint()


@pytest.mark.parametrize(
    ("suffix", "compress"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", lambda raw: zstandard.ZstdCompressor().compress(raw)),
        ("", gzip.compress),
    ],
)
def test_a_compressed_file(text: Path, suffix: str, compress: Callable[[bytes], bytes]) -> None:
    packed = text.with_name(f"packed{suffix}")
    packed.write_bytes(compress(text.read_bytes()))
    assert (
        Word2Vec(corpus_file=packed, **TINY).fingerprint()
        == Word2Vec(corpus_file=text, **TINY).fingerprint()
    )


def test_a_one_pass_generator_trains_in_every_epoch() -> None:
    calls = []

    def once() -> Iterator[list[str]]:
        calls.append(1)
        yield from SENTENCES

    model = Word2Vec(once(), **{**TINY, "epochs": 4})
    assert calls == [1]
    assert model.wv.metadata["result"]["windows"] == 4 * 1_200
    assert model.fingerprint() == Word2Vec(SENTENCES, **{**TINY, "epochs": 4}).fingerprint()


def test_strings_are_tokenized() -> None:
    raw = ["The King, wears the Crown!", "the queen wears THE ring."] * 30
    model = Word2Vec(raw, tokenizer="words", lowercase=True, stopwords=["the"], **TINY)
    assert set(model.wv.index_to_key) == {"king", "wears", "crown", "queen", "ring"}
    assert model.corpus_report is not None
    assert model.corpus_report.stopwords_removed == 120


def test_special_and_kept_tokens() -> None:
    options = {**TINY, "min_count": 100, "specials": ["<pad>", "a"], "keep": ("mouse",)}
    model = Word2Vec(SENTENCES, order="alphabetical", **options)
    assert model.wv.index_to_key == ["<pad>", "a", "cat", "chases", "mouse", "the", "wears"]
    assert np.isfinite(model.wv.vectors).all()


# What is asked of it afterwards


@pytest.mark.slow
@pytest.mark.parametrize("sg", [0, 1])
@pytest.mark.parametrize(
    ("options", "loss", "rows"),
    [
        ({}, "negative", 11),
        ({"hs": 1}, "negative+hierarchical", 21),
        ({"hs": 1, "negative": 2}, "negative+hierarchical", 21),
        ({"hs": 1, "negative": 0}, "hierarchical", 10),
        ({"hs": 0, "negative": 3}, "negative", 11),
        ({"loss": "softmax"}, "softmax", 11),
        ({"hs": 1, "loss": "negative"}, "negative", 11),
    ],
)
def test_losses_by_gensims_options(sg: int, options: dict[str, Any], loss: str, rows: int) -> None:
    model = Word2Vec(SENTENCES, sg=sg, **TINY, **options)
    assert model.config.loss == loss
    assert model.config.architecture == ("skipgram" if sg else "cbow")
    assert model.output_vectors.shape == (rows, 8)
    assert np.shares_memory(model.wv.vectors, model.input_vectors)
    assert np.shares_memory(model.wv.output_vectors, model.output_vectors)
    assert model.output_vectors.any()
    for name, belongs in (("syn1neg", "negative"), ("syn1", "hierarchical")):
        if belongs in loss:
            rows = getattr(model, name)
            assert rows.shape == (11, 8), "gensim's"
            if name == "syn1neg":
                assert np.shares_memory(rows, model.output_vectors)
            else:
                assert np.array_equal(rows[:10], model.output_vectors[-10:]) and not rows[10].any()
        else:
            with pytest.raises(AttributeError, match=f"trained with loss '{loss}'"):
                getattr(model, name)


def test_nothing_to_ask_before_there_are_words() -> None:
    model = Word2Vec(**TINY)
    for ask in (
        lambda: model.train(SENTENCES),
        model.init_weights,
        lambda: model.save("nowhere"),
        model.fingerprint,
    ):
        with pytest.raises(LexiscopeError, match="call build_vocab first"):
            ask()
    assert len(model.wv) == 0 and not hasattr(model, "syn1neg")


def test_queries_after_more_training_see_the_new_vectors() -> None:
    model = Word2Vec(SENTENCES, **TINY)
    before = model.wv.most_similar("king", topn=11)
    model.train(SENTENCES, total_examples=240, epochs=30, start_alpha=0.1)
    after = model.wv
    direct = after.vectors @ after["king"] / np.linalg.norm(after.vectors, axis=1)
    direct /= np.linalg.norm(after["king"])
    for word, cosine in after.most_similar("king", topn=10):
        assert cosine == pytest.approx(direct[after.key_to_index[word]], abs=1e-5)
    assert after.most_similar("king", topn=11) != before


# Saved, opened, and trained further


@pytest.mark.parametrize("options", [{"sg": 1}, {"hs": 1}, {"loss": "softmax", "sg": 1}])
def test_saved_and_opened_it_trains_on_just_as_before(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    model = Word2Vec(SENTENCES, lowercase=True, **TINY, **options)
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    opened.workers = 1
    assert opened.fingerprint() == model.fingerprint()
    assert opened.config == model.config
    assert (opened.wv.counts == model.wv.counts).all()
    for one in (model, opened):
        text = [["THE", "king", "chases", "nobody"]] * 40
        one.train(text, total_examples=40, epochs=3, start_alpha=0.05)
    assert opened.fingerprint() == model.fingerprint()
    assert "nobody" not in opened.wv
    assert opened.corpus_report is not None
    assert opened.corpus_report.dropped_tokens == 40
    # And what is saved then is again a model.
    opened.save(tmp_path / "model")
    again = Word2Vec.load(tmp_path / "model")
    assert again.fingerprint() == model.fingerprint()
    assert again.config.alpha == 0.05 and again.config.epochs == 3


def test_what_is_saved_says_where_it_comes_from(tmp_path: Path) -> None:
    options = {**TINY, "min_count": np.int64(50), "max_final_vocab": 7}
    model = Word2Vec(SENTENCES, specials=["<s>"], **options)
    model.save(tmp_path / "one")
    opened = Word2Vec.load(tmp_path / "one")
    opened.train(SENTENCES, total_examples=240, epochs=1)
    opened.save(tmp_path / "two")
    for name, epochs in (("one", 2), ("two", 1)):
        config = json.loads((tmp_path / name / "config.json").read_text())
        assert config["training"]["epochs"] == epochs
        assert config["vocabulary"] == {
            "words": 6,
            "min_count": 50,
            "effective_min_count": 61,
            "max_final_vocab": 7,
            "order": "frequency",
            "specials": ["<s>"],
            "keep": [],
        }
        assert config["corpus"]["effective_min_count"] == 61
        assert config["result"]["finished"] is True
        assert len(config["result"]["epoch_losses"]) == epochs
    assert lexiscope.load(tmp_path / "two").most_similar("the", topn=1)


def test_a_vocabulary_can_be_saved_before_training(tmp_path: Path) -> None:
    model = Word2Vec(**TINY)
    model.build_vocab(SENTENCES)
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    assert opened.wv.metadata["result"]["share"] == 0
    opened.workers = 1
    opened.train(SENTENCES, total_examples=240, epochs=2)
    assert opened.fingerprint() == Word2Vec(SENTENCES, **TINY).fingerprint()


def test_a_run_without_a_pair_is_saved_as_json(tmp_path: Path) -> None:
    model = Word2Vec([["one", "two"]], **{**TINY, "sample": 1e-12})
    model.save(tmp_path / "model")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    content = (tmp_path / "model" / "config.json").read_text()
    config = json.loads(content, parse_constant=refuse)
    assert config["result"]["epoch_losses"] == [None, None]
    assert config["result"]["final_loss"] is None
    assert math.isnan(model.epoch_losses[0]) and model.get_latest_training_loss() == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vector_size": 9}, r"shapes \(11, 8\) and \(11, 8\).*expect \(11, 9\) and \(11, 9\)"),
        ({"loss": "hierarchical"}, r"expect \(11, 8\) and \(10, 8\)"),
        ({"window": 0}, "window is 0"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_options_that_do_not_fit_the_matrices_are_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "model"
    Word2Vec(SENTENCES, **TINY).save(path)
    config = json.loads((path / "config.json").read_text())
    config["training"] |= change
    (path / "config.json").write_text(json.dumps(config))
    with pytest.raises(FormatError, match=message) as caught:
        Word2Vec.load(path)
    assert "\n" not in str(caught.value)


def test_vectors_without_an_output_matrix_cannot_train_on(tmp_path: Path) -> None:
    wv = Word2Vec(SENTENCES, **TINY).wv
    lexiscope.KeyedVectors(wv.index_to_key, wv.vectors).save(tmp_path / "model")
    with pytest.raises(LexiscopeError, match=r"cannot go on training; open it with lexiscope.load"):
        Word2Vec.load(tmp_path / "model")


# More words


MORE = [["the", "bird", "sings"], ["a", "bird", "eats", "a", "worm"]] * 20 + [["rare", "the"]] * 3


@pytest.mark.parametrize("options", [{}, {"sg": 1}, {"loss": "softmax", "sg": 1}])
def test_new_words_come_after_the_old_ones(options: dict[str, Any]) -> None:
    model = Word2Vec(SENTENCES, **{**TINY, "min_count": 5}, **options)
    words, counts = model.wv.index_to_key, model.wv.counts
    assert counts is not None
    inputs, outputs = model.input_vectors.copy(), model.output_vectors.copy()
    model.build_vocab(MORE, update=True)
    assert model.wv.index_to_key == [*words, "bird", "sings", "eats", "worm"]
    added = np.zeros(11, np.int64)
    added[:2] = 23, 40  # the, a
    assert model.wv.counts is not None
    assert model.wv.counts.tolist() == [*(counts + added), 40, 20, 20, 20]
    assert np.array_equal(model.input_vectors[:11], inputs)
    assert np.array_equal(model.output_vectors[:11], outputs)
    assert not model.output_vectors[11:].any()
    fresh = model.input_vectors[11:].copy()
    assert fresh.any(axis=1).all()
    assert len(np.unique(np.concatenate([inputs, fresh]), axis=0)) == 15
    model.train(MORE, total_examples=43, epochs=2)
    assert not np.array_equal(model.input_vectors[11:], fresh)
    assert model.output_vectors[11:].any(axis=1).all()
    assert model.wv.most_similar("bird", topn=3)


def test_new_words_are_saved(tmp_path: Path) -> None:
    model = Word2Vec(SENTENCES, **TINY)
    model.build_vocab(MORE, update=True)
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    opened.workers = 1
    assert "bird" in opened.wv and opened.wv.metadata["vocabulary"]["words"] == 16
    for one in (model, opened):
        one.train(MORE, total_examples=43, epochs=2)
    assert opened.fingerprint() == model.fingerprint()


def test_new_words_begin_with_their_vectors_too() -> None:
    vectors = lexiscope.KeyedVectors(["king", "worm"], np.ones((2, 8), np.float32))
    model = Word2Vec(SENTENCES, init_from=vectors, freeze=["king", "worm", "bird"], **TINY)
    model.build_vocab(MORE, update=True)
    bird = model.wv["bird"].copy()
    model.train(MORE + SENTENCES, total_examples=283, epochs=2)
    for word, row in (("king", np.ones(8)), ("worm", np.ones(8)), ("bird", bird)):
        assert np.array_equal(model.wv[word], row)
    assert model.init_report is not None
    assert (model.init_report.found, model.init_report.frozen) == (2, 3)


def test_new_words_that_cannot_be_added_leave_the_model_as_it_was() -> None:
    with pytest.raises(LexiscopeError, match="call build_vocab first"):
        Word2Vec(**TINY).build_vocab(MORE, update=True)
    model = Word2Vec(SENTENCES, **TINY)
    before = model.fingerprint()
    with pytest.raises(CorpusError):
        model.build_vocab([], update=True)
    assert model.fingerprint() == before
    assert set(model.wv.index_to_key) == WORDS


def test_training_again_draws_anew(tmp_path: Path) -> None:
    """Two trainings are not one training with the same random numbers twice."""
    options = {**TINY, "alpha": 0.025, "min_alpha": 0.025}
    model = Word2Vec(SENTENCES, **{**options, "epochs": 1})
    first = model.epoch_losses[0]
    model.train(SENTENCES, total_examples=240, epochs=1)
    model.save(tmp_path / "model")
    opened = Word2Vec.load(tmp_path / "model")
    opened.workers = 1
    for one in (model, opened):
        one.train(SENTENCES, total_examples=240, epochs=2)
    whole = Word2Vec(SENTENCES, **{**options, "epochs": 4})
    assert whole.epoch_losses[0] == first
    assert opened.fingerprint() == model.fingerprint() == whole.fingerprint()


# Wrong calls


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"colour": 5}, "unexpected argument 'colour'"),
        ({"size": 8, "colour": 5}, "unexpected argument 'colour'"),
    ],
)
def test_unknown_arguments_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Word2Vec(SENTENCES, **options)


def test_gensims_arguments_that_change_nothing_are_taken() -> None:
    model = Word2Vec(
        sentences=SENTENCES,
        compute_loss=True,
        batch_words=500,
        hashfxn=hash,
        sorted_vocab=1,
        comment=None,
        null_word=0,
        trim_rule=None,
        max_vocab_size=None,
        callbacks=(),
        **TINY,
    )
    model.build_vocab(SENTENCES, update=False, keep_raw_vocab=False, trim_rule=None)
    model.train(
        SENTENCES, total_examples=9, total_words=9, epochs=2, queue_factor=2, report_delay=1.0
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vector_size": 0}, "vector_size is 0; expected a whole number from 1"),
        ({"window": -1}, "window is -1"),
        ({"epochs": 0}, "epochs is 0"),
        ({"workers": 0}, "workers is 0"),
        ({"negative": 0}, "negative is 0"),
        ({"alpha": "fast"}, "alpha is 'fast'; expected a number"),
        ({"alpha": None}, "alpha is None; expected a number"),
        ({"sg": 2}, r"sg is 2; expected True or False \(1 or 0\)"),
        ({"hs": "no"}, "hs is 'no'; expected True or False"),
        ({"loss": "cosine"}, "loss is 'cosine'"),
        ({"min_count": -1}, "min_count is -1"),
        ({"order": "random"}, "order is 'random'"),
        ({"stopwords": "the"}, "stopwords is 'the'; expected a list of words"),
        ({"specials": "the"}, "specials is 'the'; expected a list of words"),
        ({"keep": 5}, "keep is 5; expected a list of words"),
    ],
)
def test_options_are_checked_before_anything_is_read(options: dict[str, Any], message: str) -> None:
    def unread() -> Iterator[list[str]]:
        raise AssertionError("the text was read")
        yield []

    with pytest.raises(ConfigError, match=message):
        Word2Vec(unread(), **options)


def test_a_text_is_given_in_one_way() -> None:
    with pytest.raises(ConfigError, match="either sentences or corpus_file, got both"):
        Word2Vec(SENTENCES, corpus_file="text.txt")
    model = Word2Vec(**TINY)
    with pytest.raises(ConfigError, match="either sentences or corpus_file, got neither"):
        model.build_vocab()


def test_a_str_is_no_list_of_sentences() -> None:
    with pytest.raises(CorpusError, match=r"sentences is one str .*expected an iterable of sent"):
        Word2Vec("the king wears the crown", **TINY)


def test_an_exhausted_generator() -> None:
    sentences = iter(SENTENCES)
    Word2Vec(sentences, **TINY)
    with pytest.raises(CorpusError, match="a generator can be read only once"):
        Word2Vec(sentences, **TINY)
    model = Word2Vec(**TINY)
    model.build_vocab(SENTENCES)
    with pytest.raises(CorpusError, match="a generator can be read only once"):
        model.train(sentences, total_examples=240, epochs=2)


def test_too_rare_words_say_what_to_set() -> None:
    with pytest.raises(CorpusError, match=r"min_count; the commonest: 'the' 240.*set min_count to"):
        Word2Vec(SENTENCES, min_count=1_000)


def test_a_failed_training_leaves_a_model_that_can_be_asked_and_saved(tmp_path: Path) -> None:
    model = Word2Vec(cbow_mean=0, **TINY)
    model.build_vocab(SENTENCES)
    with pytest.raises(DivergedError):
        model.train(SENTENCES, total_examples=240, epochs=2, start_alpha=90)
    assert np.isfinite(model.wv.vectors).all()
    assert np.isfinite(model.output_vectors).all()
    model.save(tmp_path / "model")
    model.train(SENTENCES, total_examples=240, epochs=2, start_alpha=0.01)
    assert model.get_latest_training_loss() > 0


def test_progress_tells_of_every_stage() -> None:
    reports: list[Progress] = []
    Word2Vec(SENTENCES, progress=reports.append, **TINY)
    stages = list(dict.fromkeys(report.stage for report in reports))
    assert [stage for stage in stages if not stage.startswith("compiling")] == [
        "reading",
        "encoding",
        "training",
    ]
    last = reports[-1]
    assert last.done == last.total == 2 * 1_200
    assert set(last.values) == {"epoch", "loss", "epoch_loss", "alpha"}


# Beside gensim


def teaching_sentences() -> list[list[str]]:
    stops = data.stopwords()
    lines = data.corpus_path().read_text().splitlines()
    texts = [line.lower().split() for line in lines if line.strip() and not line.startswith("#")]
    return [[word for word in words if word not in stops] for words in texts]


def near_of_a_group(vectors: Any) -> float:
    """The share of words with one of their own group among the three nearest."""
    groups = data.groups()
    group_of = {word: name for name, words in groups.items() for word in words}
    hits = 0
    for word, name in group_of.items():
        near = [other for other, _ in vectors.most_similar(word, topn=3)]
        hits += any(group_of[other] == name for other in near)
    return hits / len(group_of)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"sg": 1, "negative": 5},
        {"sg": 0, "negative": 5, "alpha": 0.1},
        {"sg": 1, "hs": 1, "negative": 0},
        {"sg": 0, "hs": 1, "negative": 0, "alpha": 0.1},
    ],
    ids=["skipgram", "cbow", "skipgram-tree", "cbow-tree"],
)
def test_neighbours_are_as_good_as_gensims(options: dict[str, Any]) -> None:
    sentences = teaching_sentences()
    common = {"vector_size": 16, "window": 3, "min_count": 3, "sample": 0, "epochs": 60}
    common |= {"alpha": 0.05, "workers": 1, **options}
    ours, theirs = [], []
    for seed in (1, 2):
        ours.append(near_of_a_group(Word2Vec(sentences, seed=seed, **common).wv))
        peer = gensim.models.Word2Vec(sentences, seed=seed, **common)
        theirs.append(near_of_a_group(peer.wv))
    assert np.mean(ours) > 0.65
    assert np.mean(ours) >= np.mean(theirs) - 0.1


def test_vocabularies_are_gensims() -> None:
    sentences = teaching_sentences()
    for options in ({"min_count": 3}, {"min_count": 2, "max_final_vocab": 50}, {"min_count": 20}):
        ours = Word2Vec(**options)
        ours.build_vocab(sentences)
        theirs = gensim.models.Word2Vec(**options)
        theirs.build_vocab(sentences)
        counts = {word: theirs.wv.get_vecattr(word, "count") for word in theirs.wv.index_to_key}
        assert dict(zip(ours.wv.index_to_key, ours.wv.counts.tolist(), strict=True)) == counts
