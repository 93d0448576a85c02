"""`lexiscope map`: tables and pictures, what is told, and what goes wrong in one line."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.files.cache import VARIABLE
from lexiscope.vectors import KeyedVectors

ODD = ["a,b", '"', "$x_1$", "word", "\u6f22\u5b57", "a\u202eb"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    yield


@pytest.fixture
def model(tmp_path: Path) -> Path:
    draw = np.random.default_rng(1)
    centers = draw.standard_normal((6, 8))
    matrix = (centers[np.arange(400) % 6] + 0.4 * draw.standard_normal((400, 8))).astype("f4")
    matrix[17] = 0
    words = [*ODD, *(f"w{row}" for row in range(len(ODD), 400))]
    KeyedVectors(words, matrix).save(tmp_path / "model")
    return tmp_path / "model"


def test_a_table_has_every_word(call: Any, model: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("m.csv", "m.parquet"):
        done = call("map", model, "-o", tmp_path / name, "--landmarks", 100)
        assert done.code == 0, done.err
        assert "wrote" in done.err and "399" in done.out
    with (tmp_path / "m.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    assert [line["word"] for line in lines[: len(ODD)]] == ODD
    assert (lines[17]["x"], lines[17]["y"]) == ("", "")
    assert sum(line["landmark"] == "1" for line in lines) == 100
    table = parquet.read_table(tmp_path / "m.parquet").to_pylist()
    assert [one["word"] for one in table] == [line["word"] for line in lines]
    assert table[17]["x"] is None
    for one, line in zip(table, lines, strict=True):
        if one["x"] is not None:
            assert math.isclose(one["x"], float(line["x"]), rel_tol=1e-4, abs_tol=1e-4)


def test_a_picture_is_the_same_twice_and_names_do_not_overlap(
    call: Any, model: Path, tmp_path: Path
) -> None:
    for ending, begins in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        files = [tmp_path / f"{number}.{ending}" for number in (1, 2)]
        for file in files:
            done = call("map", model, "-o", file, "--method", "pca", "--labels", 40, "--json")
            assert done.code == 0, done.err
            told = json.loads(done.out)
            assert 5 < told["names"] <= 40 and told["without_place"] == 1
        assert files[0].read_bytes() == files[1].read_bytes()
        assert files[0].read_bytes().startswith(begins)
    assert told["from_cache"] is True
    drawn = (tmp_path / "1.svg").read_text()
    assert ">word<" in drawn and "\u202e" not in drawn


@pytest.mark.filterwarnings("ignore:Glyph")
def test_names_have_room(model: Path) -> None:
    pytest.importorskip("matplotlib")
    from lexiscope.drawing.figures import new_axes
    from lexiscope.vectors.layout import picture
    from lexiscope.vectors.layout.word_map import word_map

    axes = new_axes(12, 12)
    written = picture._draw(axes, word_map(model, method="pca"), 60)
    renderer = axes.figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert len(boxes) == written > 10
    assert not any(
        one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
        for place, one in enumerate(boxes)
        for other in boxes[:place]
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "m.gif"], 2, "ends in .parquet, .csv, .png, .svg or .pdf"),
        (["-o", "m"], 2, "ends in .parquet, .csv, .png, .svg or .pdf"),
        (["-o", "m.csv", "--method", "umap"], 2, "neighbors, pca"),
        (["-o", "m.csv", "--landmarks", "10"], 2, "10"),
        (["-o", "m.csv", "--limit", "10"], 1, "at least 11 words"),
        (["-o", "no/m.csv"], 1, "is not there; make it"),
    ],
)
def test_a_fault_is_one_line(
    call: Any, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = call("map", model, *arguments)
    assert (done.code, done.out) == (code, "")
    assert len(done.said) == 1 and said in done.said[0]
    assert not list(tmp_path.glob("m.*"))


def test_a_folder_in_the_way_is_said_and_a_file_is_replaced(
    call: Any, model: Path, tmp_path: Path
) -> None:
    (tmp_path / "m.csv").mkdir()
    done = call("map", model, "-o", tmp_path / "m.csv", "--method", "pca")
    assert done.code == 1 and len(done.said) == 1 and "folder" in done.said[0]
    (tmp_path / "n.csv").write_text("old")
    done = call("map", model, "-o", tmp_path / "n.csv", "--method", "pca")
    assert done.code == 1 and "--overwrite" in done.said[-1]
    assert (tmp_path / "n.csv").read_text() == "old"
    done = call("map", model, "-o", tmp_path / "n.csv", "--method", "pca", "--overwrite")
    assert done.code == 0
    assert (tmp_path / "n.csv").read_text().startswith("word,x,y,landmark")


@pytest.mark.parametrize(
    ("package", "name", "extra"),
    [("matplotlib", "m.svg", "plot"), ("pyarrow.parquet", "m.parquet", "parquet")],
)
def test_an_extra_that_is_missing_is_named_before_the_work(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    package: str, name: str, extra: str,
) -> None:  # fmt: skip
    monkeypatch.setitem(sys.modules, package, None)
    done = call("map", "nothing", "-o", tmp_path / name)
    assert done.code == 1 and f"lexiscope[{extra}]" in done.said[0]


def test_the_cache_lists_maps_and_lets_them_go(call: Any, model: Path, tmp_path: Path) -> None:
    call("map", model, "-o", tmp_path / "m.csv", "--method", "pca")
    assert "maps of words" in call("cache").out
    assert "removed maps of words" in call("cache", "--remove", "maps of words").out
    assert "nothing is in" in call("cache").out
