"""`lexiscope senses`, as a user calls it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lexiscope.contextual.occurrences.places import places_of
from tests.support.calling import Called
from tests.support.occurring import Corpus, corpus_of_banks


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of_banks(tmp_path_factory.mktemp("banks"))


def test_clusters_are_told_with_their_words_and_sentences(
    corpus: Corpus, call: Callable[..., Called]
) -> None:
    told = call("senses", corpus.path, "bank").out
    assert "2, which stand apart best (mean silhouette 0." in told
    river = int(corpus.senses.sum())
    assert f"1                 {60 - river}" in told and f"2                 {river}" in told
    assert "water" in told and "cluster 2, nearest to its centre first" in told
    examples = [line for line in told.splitlines() if "[bank]" in line]
    assert len(examples) == 6 and len({line.index("[bank]") for line in examples}) == 1
    some = call("senses", corpus.path, "bank", "--most", "9", "--clusters", "1").out
    assert "60, of which 9 were taken evenly" in some and "1, as asked for" in some


def test_json_has_every_occurrence(corpus: Corpus, call: Callable[..., Called]) -> None:
    told = call("senses", corpus.path, "bank", "--json").json
    assert (told["occurrences"], told["taken"], told["clusters"]) == (60, 60, 2)
    assert told["by_silhouette"] and set(told["silhouettes"]) >= {"2", "3"}
    for number, sense in enumerate(told["senses"]):
        rows = np.array([row["sentence"] for row in sense["rows"]])
        assert sorted(rows) == np.flatnonzero(corpus.senses == number).tolist()
        assert {row["text"][row["start"] : row["end"]] for row in sense["rows"]} == {"bank"}


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_has_clusters_places_and_sentences(
    corpus: Corpus, call: Callable[..., Called], tmp_path: Path, ending: str
) -> None:
    out = tmp_path / f"bank.{ending}"
    told = call("senses", corpus.path, "bank", "-o", out, "--method", "pca")
    assert "neighbours kept" in told.out and f"wrote {out}: 60 occurrences" in told.err
    if ending == "csv":
        rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    else:
        rows = pq.read_table(out).to_pylist()
    assert [row["text"] for row in rows] == corpus.texts
    assert [int(row["cluster"]) - 1 for row in rows] == corpus.senses.tolist()
    places = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    assert places == pytest.approx(places_of(corpus.vectors, "pca").at, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_a_picture_is_the_same_each_time(
    corpus: Corpus, call: Callable[..., Called], tmp_path: Path, ending: str
) -> None:
    pictures = []
    for name in ("one", "two"):
        out = tmp_path / f"{name}.{ending}"
        call("senses", corpus.path, "bank", "-o", out, "--json")
        pictures.append(out.read_bytes())
    assert pictures[0] == pictures[1] and len(pictures[0]) > 2_000
    if ending == "svg":
        assert b"bank: 60 occurrences" in pictures[0] and b"water" in pictures[0]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["bnk"], 1, "close spellings that are: bank"),
        (["Once"], 1, "'Once' occurs once"),
        (["bank", "--clusters", "9"], 2, "less than or equal to 8"),
        (["bank", "-o", "bank.txt"], 2, "expected a name that ends in .csv, .parquet, .png"),
        (["bank", "-o", "bank.csv", "--method", "tsne"], 2, "no such --method: tsne"),
    ],
)
def test_wrong_calls_are_one_line_and_leave_nothing(
    corpus: Corpus,
    call: Callable[..., Called],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    told = call("senses", corpus.path, *arguments)
    assert told.code == code
    assert message in told.err and told.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
