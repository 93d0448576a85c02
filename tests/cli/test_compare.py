"""`lexiscope compare`, as a user calls it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import KeyedVectors
from lexiscope.cli.shared.comparing import names_of_two


@pytest.fixture
def models(tmp_path: Path) -> list[str]:
    """Two text files, of which the second is turned and has two words' rows exchanged."""
    rng = np.random.default_rng(1)
    words = [f"w{row}" for row in range(120)]
    matrix = (rng.normal(size=(6, 8))[np.arange(120) % 6] + 0.3 * rng.normal(size=(120, 8))).astype(
        np.float32
    )
    turned = matrix @ np.linalg.qr(rng.normal(size=(8, 8)))[0].astype(np.float32)
    turned += 0.05 * rng.normal(size=turned.shape).astype(np.float32)
    turned[[10, 21]] = turned[[21, 10]]
    paths = []
    for name, names, rows in (("a", words, matrix), ("b", [*words[:-1], "new"], turned)):
        vectors = KeyedVectors(8)
        vectors.add_vectors(names, rows)
        paths.append(str(tmp_path / f"{name}.txt"))
        vectors.save_word2vec_format(paths[-1])
    return paths


def test_the_words_that_moved_stand_first_in_table_json_and_file(
    call: Any, models: list[str], tmp_path: Path
) -> None:
    table = call("compare", *models, "-n", "2")
    assert table.code == 0
    lines = table.out.splitlines()
    assert lines[0].split()[-1] == "119"
    assert {line.split()[0] for line in lines[-2:]} == {"w10", "w21"}
    assert "first that only B has" in table.out and "new" in table.out

    out = tmp_path / "all.csv"
    document = json.loads(call("compare", *models, "-n", "3", "-o", out, "--json").out)
    assert (document["common_words"], document["only_a"]) == (119, ["w119"])
    assert {one["word"] for one in document["words"][:2]} == {"w10", "w21"}
    assert document["permutation_test"] is None and document["words"][0]["p"] is None
    with out.open(newline="") as stream:
        rows = {row["word"]: row for row in csv.DictReader(stream)}
    assert len(rows) == 119
    shown = document["words"][0]
    assert float(rows[shown["word"]]["shift"]) == pytest.approx(shown["shift"], rel=1e-5)


def test_a_word_asked_for_and_runs_to_test_against(call: Any, models: list[str]) -> None:
    one, other = models
    done = call("compare", one, other, "-w", "w10", "--runs-of-a", one, "--runs-of-b", other)
    assert done.code == 0
    assert "all divisions of the runs, 6; p is 0.17 at least" in done.out
    assert "Words asked for" in done.out
    assert done.out.splitlines()[-1].split()[0] == "w10"


def test_what_cannot_be_compared_is_told_in_a_line(call: Any, models: list[str]) -> None:
    one, other = models
    for arguments, reason in (
        ((one, other, "-w", "w99999"), "the word 'w99999' is not in the vocabulary"),
        ((one, other, "--runs-of-a", one), "further runs of one side only"),
        ((one, "nothing.txt"), "nothing.txt: no such file"),
    ):
        done = call("compare", *arguments)
        assert (done.code, done.out) == (1, "")
        assert done.err.count("\n") == 1 and reason in done.err


def test_all_words_are_written_as_json_too(call: Any, models: list[str], tmp_path: Path) -> None:
    out = tmp_path / "all.json"
    assert call("compare", *models, "-o", out).code == 0
    document = json.loads(out.read_text())
    assert (document["common_words"], len(document["words"])) == (119, 119)
    told = json.loads(call("compare", *models, "-w", "w10", "--json").out)["words"][0]
    written = next(one for one in document["words"] if one["word"] == "w10")
    assert written["shift"] == pytest.approx(told["shift"]) and written["p"] is None
    rows = np.array([line.split()[1:] for line in Path(models[1]).read_text().splitlines()[1:]])
    length = np.linalg.norm(rows.astype(float)[10])
    assert written["length_b"] == pytest.approx(length, rel=1e-5)


def test_both_are_scored_side_by_side(call: Any, models: list[str], tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("w1\tw7\t9\nw1\tw8\t2\nw2\tw8\t9\nw3\tw4\t1\nw119\tw5\t3\n")
    done = call("compare", *models, "-n", "1", "--pairs", pairs)
    assert done.code == 0 and done.out.splitlines()[-1].split()[0] == str(pairs)
    scored = json.loads(call("compare", *models, "--pairs", pairs, "--json").out)["evaluation"]
    alone = json.loads(call("evaluate", *models, "--pairs", pairs, "--json").out)["models"]
    assert scored == alone
    assert [one["pairs"][0]["used"] for one in scored] == [5, 4]


def test_the_page_alone_has_a_port(call: Any, models: list[str]) -> None:
    done = call("compare", *models, "--port", "0")
    assert done.code == 2 and "give --serve as well" in done.err


def test_two_models_of_one_name_are_told_apart() -> None:
    assert names_of_two("/x/1900/model", "/x/2000/model") == ("1900/model", "2000/model")
    assert names_of_two("/x/old", "/y/new") == ("old", "new")
    assert names_of_two("/x/old", "/x/old") == ("old (A)", "old (B)")
