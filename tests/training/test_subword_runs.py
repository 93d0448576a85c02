"""Runs with subwords: schedules, checkpoints, model folders, fastText's files, gensim's names."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import FastText, KeyedVectors, Word2Vec
from lexiscope.cli.main import main
from lexiscope.errors import ConfigError, FormatError
from lexiscope.estimator.fasttext import (
    load_facebook_model,
    load_facebook_vectors,
    save_facebook_model,
)
from lexiscope.formats.kinds import model_folder
from lexiscope.training import Interrupted, fasttext_files
from lexiscope.training.losses.hierarchical import huffman_tree
from lexiscope.vectors.fasttext_vectors import FastTextKeyedVectors
from tests.support.fasttext_bytes import Golden

OPTIONS: dict[str, Any] = {
    "vector_size": 16,
    "min_count": 1,
    "epochs": 3,
    "sg": 1,
    "min_n": 2,
    "max_n": 4,
    "bucket": 5_000,
}
STEMS = ["walk", "talk", "jump", "paint", "cook", "climb", "shout", "count", "visit", "open"]
ENDINGS = ["", "s", "ed", "ing", "er", "ers"]


def sentences(number: int = 400) -> list[list[str]]:
    """Sentences in which a stem's forms stand among words of the stem's own."""
    rng = np.random.default_rng(5)
    lines = []
    for _ in range(number):
        stem = int(rng.integers(len(STEMS)))
        forms = [STEMS[stem] + ENDINGS[int(rng.integers(len(ENDINGS)))] for _ in range(3)]
        around = [f"{'abcdefghij'[stem]}{int(rng.integers(6))}" for _ in range(6)]
        line = [*forms, *around]
        rng.shuffle(line)
        lines.append([str(word) for word in line])
    return lines


@pytest.fixture(scope="module")
def model() -> FastText:
    return FastText(sentences(), workers=1, **OPTIONS)


class CtrlC:
    """Presses it once so much of the run is done."""

    def on_epoch_end(self, model: FastText) -> None:
        run = model._session.run
        assert run is not None
        if run.share >= 0.6:
            signal.raise_signal(signal.SIGINT)


# Schedules, and stops


@pytest.mark.slow
def test_the_same_bits_for_any_number_of_workers_and_on_every_run(model: FastText) -> None:
    for workers in (1, 2, 3):
        again = FastText(sentences(), workers=workers, **OPTIONS)
        assert again.fingerprint() == model.fingerprint()
    assert FastText(sentences(), seed=2, **OPTIONS).fingerprint() != model.fingerprint()


@pytest.mark.slow
def test_threads_without_locks_learn_as_much(model: FastText) -> None:
    free = FastText(sentences(), workers=2, schedule="hogwild", **OPTIONS)
    assert free.epoch_losses[-1] == pytest.approx(model.epoch_losses[-1], rel=0.03)


def test_a_run_that_is_resumed_ends_where_one_ends_that_nobody_stopped(
    model: FastText, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    with pytest.raises(Interrupted):
        FastText(sentences(), checkpoint_path=folder, callbacks=[CtrlC()], **OPTIONS)
    resumed = FastText.resume(folder, sentences())
    assert isinstance(resumed, FastText)
    assert resumed.fingerprint() == model.fingerprint()
    assert (resumed.min_n, resumed.max_n, resumed.bucket) == (2, 4, 5_000)
    assert lexiscope.load(folder).get_vector("climbings").tolist() == (
        model.wv.get_vector("climbings").tolist()
    )


def test_words_alone_are_what_is_trained_without_ngrams() -> None:
    options = {**OPTIONS, "max_n": 1}
    plain = {name: OPTIONS[name] for name in ("vector_size", "min_count", "epochs", "sg")}
    alone = FastText(sentences(), **options)
    assert alone.bucket == 0 and alone.config.subwords is None
    assert alone.fingerprint() == Word2Vec(sentences(), **plain).fingerprint()
    assert "climbings" not in alone.wv


# What was learned


def test_unseen_words_are_near_words_of_their_stem() -> None:
    model = FastText(sentences(2_000), workers=2, **{**OPTIONS, "vector_size": 32})
    right = 0
    for stem in STEMS:
        nearest = [word for word, _ in model.wv.most_similar(f"{stem}ingly", topn=3)]
        right += sum(word.startswith(stem) for word in nearest)
    assert right >= 24, "of 30"


# Folders


def test_a_folder_keeps_all_that_training_needs(model: FastText, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    assert (tmp_path / "m" / model_folder.SUBWORDS).is_file()
    again = FastText.load(tmp_path / "m")
    assert again.fingerprint() == model.fingerprint()
    assert isinstance(again.wv, FastTextKeyedVectors)
    for word in ("climbers", "climbings", "日本"):
        np.testing.assert_array_equal(again.wv[word], model.wv[word])
    again.train(sentences(50), total_examples=50, epochs=1)
    assert again.fingerprint() != model.fingerprint()
    with pytest.raises(ConfigError, match="open it with FastText"):
        Word2Vec.load(tmp_path / "m")


def test_vectors_alone_keep_their_ngrams(model: FastText, tmp_path: Path) -> None:
    KeyedVectors.from_data(model.wv.to_data()).save(tmp_path / "m")
    for kind in (KeyedVectors, FastTextKeyedVectors):
        opened = kind.load(tmp_path / "m")
        np.testing.assert_array_equal(opened["climbings"], model.wv["climbings"])


@pytest.mark.parametrize(
    ("tensor", "change", "message"),
    [
        ("buckets", lambda numbers: numbers[::-1], "does not rise"),
        ("ngrams", lambda rows: rows[:, :8], "do not fit vectors of shape"),
        ("words", lambda rows: rows[:-1], "do not fit vectors of shape"),
    ],
)
def test_damaged_ngrams_are_told_of(
    model: FastText, tmp_path: Path, tensor: str, change: Any, message: str
) -> None:
    from safetensors.numpy import load_file, save_file

    model.save(tmp_path / "m")
    path = tmp_path / "m" / model_folder.SUBWORDS
    tensors = load_file(path)
    tensors[tensor] = np.ascontiguousarray(change(tensors[tensor]))
    texts = {"min_n": "2", "max_n": "4", "buckets": "5000"}
    save_file(tensors, path, texts)
    with pytest.raises(FormatError, match=message):
        lexiscope.load(tmp_path / "m")
    texts["max_n"] = "1"
    save_file(tensors, path, texts)
    with pytest.raises(FormatError, match=r"n-grams of 2 to 1 characters"):
        lexiscope.load(tmp_path / "m")


def test_ngrams_of_other_words_are_not_trained_on(model: FastText, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    path = tmp_path / "m" / "vocabulary.tsv"
    path.write_text(path.read_text().replace("climbers", "zzyzx"))
    with pytest.raises(ConfigError, match="its files are not of one model"):
        FastText.load(tmp_path / "m")


# More words


def test_new_words_come_behind_with_their_ngrams(model: FastText, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    more = FastText.load(tmp_path / "m")
    before = {word: more.wv[word].copy() for word in ("climbers", "climbings")}
    more.build_vocab([["zebra", "zebras", "climbers"]] * 5, update=True)
    assert len(more.wv) == len(model.wv) + 2
    np.testing.assert_allclose(more.wv["climbers"], before["climbers"], atol=1e-7)
    np.testing.assert_allclose(more.wv["climbings"], before["climbings"], atol=1e-7)
    assert more.wv["zebra"].any()
    more.train([["zebra", "zebras", "climbers"]] * 50, total_examples=50, epochs=2)
    assert not np.array_equal(more.wv["climbings"], before["climbings"])


# fastText's files


def test_gensim_reads_what_is_written_and_trains_it_on(model: FastText, tmp_path: Path) -> None:
    gensim = pytest.importorskip("gensim.models.fasttext")
    save_facebook_model(model, tmp_path / "m.bin")
    theirs = gensim.load_facebook_model(str(tmp_path / "m.bin"))
    assert theirs.wv.index_to_key == model.wv.index_to_key
    for word in ("climbers", "climbings", "</s>", "naïve"):
        np.testing.assert_allclose(theirs.wv[word], model.wv[word], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(theirs.wv.vectors_vocab, model.wv.vectors_vocab)
    np.testing.assert_array_equal(theirs.wv.vectors_ngrams, model.wv.vectors_ngrams[:])
    np.testing.assert_array_equal(theirs.syn1neg, model.syn1neg)
    for name in ("sg", "hs", "window", "negative", "epochs", "sample"):
        assert getattr(theirs, name) == pytest.approx(getattr(model, name)), name
    theirs.train(sentences(20), total_examples=20, epochs=1)
    gensim.save_facebook_model(theirs, str(tmp_path / "theirs.bin"))
    back = load_facebook_model(tmp_path / "theirs.bin")
    np.testing.assert_allclose(back.wv["climbings"], theirs.wv["climbings"], rtol=0, atol=1e-6)
    before = back.fingerprint()
    back.train(sentences(20), total_examples=20, epochs=1)
    assert back.fingerprint() != before


def test_a_file_comes_back_to_the_bit(model: FastText, tmp_path: Path) -> None:
    save_facebook_model(model, tmp_path / "m.bin")
    again = load_facebook_model(tmp_path / "m.bin")
    assert again.fingerprint() == model.fingerprint()
    save_facebook_model(again, tmp_path / "again.bin")
    assert (tmp_path / "again.bin").read_bytes() == (tmp_path / "m.bin").read_bytes()


def test_all_rows_of_fasttexts_own_files_are_kept(tmp_path: Path) -> None:
    golden = Golden()
    (tmp_path / "g.bin").write_bytes(golden.content())
    model = load_facebook_model(tmp_path / "g.bin")
    np.testing.assert_allclose(model.wv.vectors, golden.vectors, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(model.wv.vectors_ngrams, golden.inputs[len(golden.words) :])
    np.testing.assert_array_equal(model.syn1neg, golden.output)
    vectors = load_facebook_vectors(tmp_path / "g.bin")
    np.testing.assert_allclose(vectors["日本人"], model.wv["日本人"], rtol=0, atol=1e-6)
    save_facebook_model(model, tmp_path / "again.bin")
    head = len(golden.head())
    assert (tmp_path / "again.bin").read_bytes()[head:] == golden.content()[head:]


def test_models_that_cannot_be_trained_further(tmp_path: Path) -> None:
    golden = Golden(labels=["__label__a", "__label__b"], model=3, loss=3)
    (tmp_path / "g.bin").write_bytes(golden.content())
    with pytest.raises(NotImplementedError, match="is a supervised model"):
        load_facebook_model(tmp_path / "g.bin")
    with pytest.raises(NotImplementedError, match="word_ngrams is 2"):
        FastText(word_ngrams=2)


def test_nodes_of_fasttexts_tree_answer_in_ours_as_there() -> None:
    """Its score is that of the heavier side: P(word) is the product of the turns on its path."""
    rng = np.random.default_rng(4)
    counts = np.sort(rng.choice(np.arange(1, 400), 25, replace=False))[::-1].astype(np.int64)
    output = rng.normal(size=(25, 6)).astype(np.float32)
    hidden = rng.normal(size=6)
    rows, lost = fasttext_files._nodes(counts, output)
    assert lost == 0
    starts, nodes, turns = fasttext_files._paths(counts)
    ours = huffman_tree(counts)
    for word in range(25):
        path = slice(starts[word], starts[word + 1])
        theirs = np.where(turns[path] == 1, 1.0, -1.0) * (output[nodes[path]] @ hidden)
        path = slice(ours.starts[word], ours.starts[word + 1])
        mine = ours.signs[path] * (rows[ours.nodes[path]] @ hidden)
        assert np.logaddexp(0, -mine).sum() == pytest.approx(np.logaddexp(0, -theirs).sum())


@pytest.mark.slow
@pytest.mark.parametrize(
    "hs", [0, pytest.param(1, marks=[pytest.mark.slow, pytest.mark.filterwarnings("ignore")])]
)
def test_what_gensims_own_save_wrote_is_trained_on(hs: int, tmp_path: Path) -> None:
    gensim = pytest.importorskip("gensim.models.fasttext")
    options = {**OPTIONS, "hs": hs, "negative": 0 if hs else 5}
    theirs = gensim.FastText(sentences(100), workers=1, **options)
    theirs.save(str(tmp_path / "g.model"))
    model = FastText.load(tmp_path / "g.model")
    assert (model.min_n, model.max_n, model.bucket, model.sg) == (2, 4, 5_000, 1)
    np.testing.assert_allclose(model.wv.vectors, theirs.wv.vectors, rtol=0, atol=1e-6)
    np.testing.assert_allclose(model.wv["climbings"], theirs.wv["climbings"], rtol=0, atol=1e-6)
    assert model.estimate_memory() == theirs.estimate_memory()
    model.train(sentences(100), total_examples=100, epochs=2)
    assert not np.allclose(model.wv["climbings"], theirs.wv["climbings"])
    with pytest.raises(AttributeError, match="is gensim's FastText, no Word2Vec"):
        Word2Vec.load(tmp_path / "g.model")


# gensim's names


def test_gensims_names_of_the_vectors(model: FastText) -> None:
    gensim = pytest.importorskip("gensim.models.fasttext")
    wv = model.wv
    assert (wv.min_n, wv.max_n, wv.bucket) == (2, 4, 5_000)
    assert wv.vectors_ngrams.shape == (5_000, 16)
    for word, buckets in zip(wv.index_to_key, wv.buckets_word, strict=True):
        assert buckets.tolist() == gensim.ft_ngram_hashes(word, 2, 4, 5_000)
    rows = wv.vectors_ngrams[wv.buckets_word[4]]
    mean = (wv.vectors_vocab[4] + rows.sum(axis=0)) / (1 + len(rows))
    np.testing.assert_allclose(wv.vectors[4], mean, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(wv.vectors_ngrams[7], np.asarray(wv.vectors_ngrams)[7])
    assert "nobody" in wv and not wv[""].any(), "gensim has a vector for everything"
    assert wv.get_sentence_vector(["walk", "unseenish"]).shape == (16,)
    empty = FastTextKeyedVectors(10, 3, 6, 100, count=2)
    assert empty.vectors.shape == (2, 10) and not empty["anything"].any()


def test_what_is_written_into_rows_counts(model: FastText, tmp_path: Path) -> None:
    model.save(tmp_path / "m")
    other = FastText.load(tmp_path / "m")
    other.wv.vectors_vocab[0] += 1
    other._clear_post_train()
    assert not np.allclose(other.wv.vectors[0], model.wv.vectors[0])
    with pytest.raises(ConfigError, match="not to be replaced"):
        other.wv = FastTextKeyedVectors(16, 2, 4, 5_000, count=1)


# The command line


def test_the_command_line_trains_and_asks_for_unseen_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("\n".join(" ".join(line) for line in sentences()))
    out = str(tmp_path / "m")
    options = ["--vector-size", "16", "--min-count", "1", "--epochs", "3", "--workers", "2"]
    assert main(["train", str(text), "-o", out, "--subwords", "2-4", *options]) == 0
    assert main(["neighbors", out, "climbings"]) == 0
    assert "climb" in capsys.readouterr().out
    assert main(["convert", out, str(tmp_path / "m.bin"), "--to", "fasttext"]) == 0
    opened = lexiscope.load(tmp_path / "m.bin")
    expected = lexiscope.load(out)["climbings"]
    np.testing.assert_allclose(opened["climbings"], expected, rtol=0, atol=1e-6)
    for bad in ("3-", "a-b", "3-6-9", "6-3", "0-3"):
        assert main(["train", str(text), "-o", str(tmp_path / "n"), "--subwords", bad]) == 1
        assert "n-gram" in capsys.readouterr().err
