"""`lexiscope stability`, as a user calls it, and what it measures."""

from __future__ import annotations

import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import Word2Vec
from lexiscope.cli.shared.output import LiveProgress
from lexiscope.corpus import VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError
from lexiscope.progress import Progress
from lexiscope.training.config import MAX_SEED, TrainingConfig
from lexiscope.training.stability import (
    Stability,
    StabilityOptions,
    WordStability,
    _Meter,
    mean_shared,
    measure_stability,
)
from tests.support import texts

QUICK = [*texts.QUICK, "--epochs", 2, "--seeds", 3]


def lines() -> list[str]:
    """Two topics, well told apart; a few words that occur once."""
    rng = np.random.default_rng(0)
    topics = [[f"{name}{i}" for i in range(8)] for name in ("sea", "sky")]
    text = [" ".join(rng.choice(topics[i % 2], 6)) for i in range(400)]
    return [*text, "sea0 hapax sky0", "sky1 once"]


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return texts.write(tmp_path / "text.txt", lines())


# The measure


def test_the_mean_share_over_all_pairs_of_runs() -> None:
    runs = [[[1, 2], [3, -1]], [[2, 1], [-1, -1]], [[2, 9], [-1, -1]]]
    nearest = [np.array(run, np.int32) for run in runs]
    expected = np.mean([len(set(a[0]) & set(b[0])) / 2 for a, b in itertools.combinations(runs, 2)])
    # The second word: nothing in common in two pairs; in the third there is nothing to compare.
    np.testing.assert_allclose(mean_shared(nearest), [expected, 0])
    assert np.isnan(mean_shared([nearest[1]] * 3)[1])


@pytest.mark.slow
def test_it_is_what_separate_trainings_and_most_similar_give(text: Path) -> None:
    options = {"vector_size": 8, "epochs": 2, "workers": 1, "min_count": 1, "sg": 1}
    models = [Word2Vec(corpus_file=text, seed=seed, **options) for seed in (7, 8, 9)]
    config = TrainingConfig(vector_size=8, epochs=2, seed=7)
    with encode_corpus(files=text, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        found = measure_stability(corpus, config, StabilityOptions(seeds=3, topn=4), workers=2)
    assert found.seeds == [7, 8, 9]
    assert found.losses == [model.epoch_losses[-1] for model in models]
    assert [word.word for word in found.words] == models[0].wv.index_to_key
    for word in found.words:
        lists = [{w for w, _ in model.wv.most_similar(word.word, topn=4)} for model in models]
        shares = [len(a & b) / 4 for a, b in itertools.combinations(lists, 2)]
        assert word.shared == pytest.approx(np.mean(shares)), word.word
        assert word.count == models[0].wv.get_vecattr(word.word, "count")


def test_bands_means_and_ranks() -> None:
    shares = {5: 0.2, 9: 0.4, 10: 0.5, 99: 0.9, 1000: float("nan"), 4000: 1.0}
    words = [WordStability(word=f"w{n}", count=n, shared=s) for n, s in shares.items()]
    found = Stability(words, [1, 2, 3, 4], [], 10)
    assert found.pairs == 6
    assert found.mean() == pytest.approx(0.6)
    bands = found.bands()
    assert [(band.least, band.most, band.words) for band in bands] == [
        (1000, 9999, 1),
        (10, 99, 2),
        (1, 9, 2),
    ]
    assert bands[1].shared == pytest.approx(0.7)
    assert bands[2].low == pytest.approx(0.22) and bands[2].high == pytest.approx(0.38)
    assert [word.word for word in found.most_stable(2)] == ["w4000", "w99"]
    assert [word.word for word in found.least_stable(9)] == ["w5", "w9", "w10", "w99", "w4000"]
    assert np.isnan(Stability([], [1, 2], [], 10).mean())


def test_only_the_most_frequent_words_and_those_named_are_looked_at(text: Path) -> None:
    config = TrainingConfig(vector_size=8, epochs=1)
    options = StabilityOptions(seeds=2, max_words=3, words=("hapax", "sea0", "hapax"))
    vocabulary = VocabularyOptions(min_count=1, order="alphabetical")
    with encode_corpus(files=text, vocabulary=vocabulary) as corpus:
        found = measure_stability(corpus, config, options, workers=1)
        counts = sorted(corpus.vocabulary.counts, reverse=True)
    assert [word.count for word in found.words][:3] == counts[:3]
    names = [word.word for word in found.words]
    assert names[-1] == "hapax" and "sea0" in names and len(names) == len(set(names)) <= 5


def test_the_time_left_is_that_of_all_runs_and_of_their_searches() -> None:
    reports: list[Progress] = []
    meter = _Meter(3, reports.append)
    for done, comparing in ((50, 4.0), (100, 2.0), (100, 0.0)):
        meter.show(
            Progress(stage="training", done=done, total=100, unit="", rate=10.0, remaining=0.0)
        )
        meter.end_run(comparing)
    assert [report.remaining for report in reports] == [25.0, 10.0 + 2 * 4.0, 0.0 + 1 * 3.0]


def test_progress_counts_all_runs(text: Path) -> None:
    reports: list[Progress] = []
    config = TrainingConfig(vector_size=8, epochs=1)
    with encode_corpus(files=text, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        measure_stability(
            corpus, config, StabilityOptions(seeds=3), workers=1, progress=reports.append
        )
        tokens = corpus.report.tokens
    training = [report for report in reports if report.stage == "training"]
    # A slow machine reports more than once a run.
    last = {report.values["run"]: report.done for report in training}
    assert last == {1: tokens, 2: 2 * tokens, 3: 3 * tokens}
    assert [report.done for report in training] == sorted(report.done for report in training)
    assert {report.total for report in training} == {3 * tokens}
    assert all(report.remaining is not None and report.remaining >= 0 for report in training)
    stream = io.StringIO()
    with LiveProgress(stream) as show:
        show(next(one for one in training if one.done == 2 * tokens))
    assert re.search(r"training +67%.*run 2 ", stream.getvalue())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seeds": 1}, "seeds is 1; expected a whole number from 2 to 100"),
        ({"seeds": 101}, "seeds is 101"),
        ({"topn": 0}, "topn is 0; expected a whole number from 1"),
        ({"max_words": 0}, "max_words is 0"),
        ({"max_words": True}, "max_words is True"),
    ],
)
def test_options_out_of_range(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        StabilityOptions(**options)


def test_seeds_that_would_leave_their_range(text: Path) -> None:
    config = TrainingConfig(seed=MAX_SEED)
    with (
        encode_corpus(files=text) as corpus,
        pytest.raises(ConfigError, match="so that 2 seeds follow one another"),
    ):
        measure_stability(corpus, config, StabilityOptions(seeds=2), workers=1)


# The command


def test_the_answer_for_a_reader(call: Any, text: Path) -> None:
    done = call("stability", text, *QUICK, "--words", "sea0", "hapax")
    assert done.code == 0
    for part in ("seeds 1 to 3; 18 words in 3 pairs of runs", "most stable", "least stable"):
        assert part in done.out
    assert re.search(r"^shared +\d\.\d of a word's 10 nearest words are the same", done.out, re.M)
    assert re.search(r"^100–999 +16 +[01]\.\d{4} +[01]\.\d{4} +[01]\.\d{4}$", done.out, re.M)
    assert re.search(r"^1–9 +2 +", done.out, re.M)
    last = done.out.split("\n\n")[-1].splitlines()
    assert [line.split()[0] for line in last] == ["word", "sea0", "hapax"]
    assert re.search(r"training +100%.*run 3 ", done.err)


def test_json_and_the_file_hold_the_same(call: Any, text: Path) -> None:
    done = call(
        "stability", text, *QUICK, "--topn", 3, "-o", "all.tsv", "--json", "--words", "sky1"
    )
    document = json.loads(done.out)
    assert (document["seeds"], document["pairs"], document["topn"]) == ([1, 2, 3], 3, 3)
    assert document["training"]["vector_size"] == 8
    header, *rows = Path("all.tsv").read_text().splitlines()
    assert header == "word\tcount\tshared"
    table = {
        word: (int(count), float(shared)) for word, count, shared in (r.split("\t") for r in rows)
    }
    assert len(table) == document["words"] == sum(band["words"] for band in document["bands"]) == 18
    assert document["shared"] == pytest.approx(np.mean([s for _, s in table.values()]), abs=1e-4)
    (named,) = document["named"]
    assert named["word"] == "sky1" and table["sky1"][1] == pytest.approx(named["shared"], abs=1e-4)
    again = call(
        "stability", text, *QUICK, "--topn", 3, "--json", "--words", "sky1", "--workers", 3
    )
    for key in ("shared", "bands", "final_losses", "least_stable"):
        assert json.loads(again.out)[key] == document[key]


@pytest.mark.slow
def test_other_trainings_can_be_asked_for(call: Any, text: Path) -> None:
    options = ["--architecture", "cbow", "--loss", "hierarchical", "--seed", 5, "--sample", 0]
    options += ["--window", 2, "--negative", 3, "--min-count", 2, "--max-words", 4, "--lowercase"]
    document = json.loads(call("stability", text, *QUICK, *options, "--json").out)
    training = document["training"]
    assert (training["architecture"], training["loss"]) == ("cbow", "hierarchical")
    assert (training["alpha"], training["window"], training["sample"]) == (0.05, 2, 0)
    assert (document["seeds"], document["words"]) == ([5, 6, 7], 4)
    assert document["corpus"]["vocabulary_size"] == 16


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seeds", 1], "seeds is 1; expected"),
        (["--words", "unicorn"], "'unicorn' is not in the vocabulary of 18 words"),
        (["-o", "."], "is a folder; name a file"),
        (["-o", "missing/all.tsv"], "missing is not there; make it"),
        (["--loss", "hinge"], "loss is 'hinge'"),
        (["--workers", 0], "workers is 0"),
        (["--stopwords", "missing.txt"], "missing.txt"),
    ],
)
def test_a_mistake_is_told_in_one_line(call: Any, text: Path, options: Any, said: str) -> None:
    done = call("stability", text, *QUICK, *options)
    assert (done.code, done.out) == (1, "")
    (line,) = [line for line in done.err.splitlines() if line.startswith("lexiscope")]
    assert line.startswith("lexiscope: error: ") and said in line
    assert not re.search(r"training +\d", done.err)


def test_the_help_names_every_option(call: Any) -> None:
    shown = call("stability", "--help").out
    for name in (
        *("seeds", "topn", "max-words", "words", "out", "architecture", "loss", "vector-size"),
        *("window", "min-count", "epochs", "negative", "sample", "alpha", "workers", "seed"),
        *("tokenizer", "lowercase", "stopwords", "json"),
    ):
        assert re.search(rf"^ +(?:-\w, )?--{name}\b", shown, re.M), name
