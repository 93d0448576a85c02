"""`lexiscope plot` and `.plot()`: each kind of picture, what is on it, what cannot be drawn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import LexiscopeError, Recording, Word2Vec
from lexiscope.vectors import KeyedVectors, UnknownWordError

pytest.importorskip("matplotlib")
from matplotlib.text import Text


@pytest.fixture(autouse=True)
def no_window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MPLBACKEND", "agg")
    from matplotlib import pyplot

    yield
    pyplot.close("all")


def vectors(counts: bool = True) -> KeyedVectors:
    """Six groups of twenty words."""
    draw = np.random.default_rng(1)
    centers = 2 * draw.standard_normal((6, 12))
    matrix = (centers[np.arange(120) % 6] + 0.4 * draw.standard_normal((120, 12))).astype("f4")
    words = [f"w{row}" for row in range(120)]
    many = np.arange(120, 0, -1, dtype=np.int64) ** 2
    return KeyedVectors(words, matrix, counts=many if counts else None)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    vectors().save(tmp_path / "model")
    return tmp_path / "model"


def names_on(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


def test_words_stand_in_the_plane_of_their_largest_variance_with_their_neighbours() -> None:
    table = vectors()
    axes = table.plot("words", ["w0", "w1"], topn=5)
    near = {word for asked in ("w0", "w1") for word, _ in table.most_similar(asked, topn=5)}
    assert set(names_on(axes)) == {"w0", "w1", *near}
    places = axes.collections[0].get_offsets()
    units = table.vectors / np.linalg.norm(table.vectors, axis=1, keepdims=True)
    drawn = units[[table.key_to_index[word] for word in dict.fromkeys(["w0", "w1", *near])]]
    values = np.linalg.eigvalsh(np.cov(drawn.T, bias=True))[::-1]
    found = np.sort(np.var(np.asarray(places), axis=0))[::-1]
    np.testing.assert_allclose(found, values[:2], rtol=1e-4)
    assert f"{values[0] / values.sum():.0%}" in axes.get_xlabel()


def test_without_names_it_is_the_commonest() -> None:
    assert "The 80 most frequent words" in vectors().plot().get_title(loc="left")
    assert len(names_on(vectors().plot(words=["w3", "w4", "w9"], topn=0))) == 3


@pytest.mark.parametrize("kind", ["words", "similarity"])
def test_words_that_are_not_finite_are_left_out_or_named(kind: str) -> None:
    given = vectors()
    matrix = given.vectors.copy()
    matrix[0, 3], matrix[2, 0] = np.nan, np.inf
    broken = KeyedVectors(given.index_to_key, matrix, counts=given.counts)
    drawn = {text.get_text() for text in broken.plot(kind).figure.findobj(Text)}
    assert "w1" in drawn and not drawn & {"w0", "w2"}
    with pytest.raises(LexiscopeError, match="the vector of 'w2' is not finite"):
        broken.plot(kind, ["w1", "w2", "w3"])
    none = KeyedVectors(["a", "b", "c"], np.full((3, 4), np.nan, np.float32))
    with pytest.raises(LexiscopeError, match=r"^(0 words of 4 dimensions|got 0 word)"):
        none.plot(kind)


def test_cosines_are_those_of_the_words() -> None:
    table = vectors()
    axes = table.plot("similarity", ["w0", "w6", "w1"])
    shown = np.asarray(axes.images[0].get_array())
    assert shown[0, 1] == pytest.approx(table.similarity("w0", "w6"), abs=1e-5)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["w0", "w6", "w1"]


def test_lengths_stand_against_counts() -> None:
    table = vectors()
    axes = table.plot("norms", ["w5"])
    assert names_on(axes)[1:] == ["w5"]
    place = axes.lines[-1].get_xydata()[0]
    assert place == pytest.approx([np.log10(115**2), np.linalg.norm(table["w5"])], rel=1e-5)
    with pytest.raises(LexiscopeError, match="no word counts"):
        vectors(counts=False).plot("norms")


@pytest.mark.slow
def test_a_model_shows_its_losses() -> None:
    text = [["the", "king", "rules"], ["a", "queen", "rules"]] * 60
    model = Word2Vec(text, min_count=1, vector_size=4, epochs=4, sample=0, validation=0.2)
    axes = model.plot("loss")
    training, held_out = (line.get_ydata() for line in axes.lines[:2])
    assert training.tolist() == model.epoch_losses
    assert held_out.tolist() == model.validation_losses
    best = int(np.argmin(held_out))
    assert f"lowest after epoch {best + 1}: {min(held_out):.4f}" in names_on(axes)


@pytest.mark.slow
def test_a_recording_shows_its_loss_and_a_words_neighbours(bundled: Recording) -> None:
    axes = bundled.plot("loss")
    (mean,) = [line for line in axes.lines if line.get_color() == "#1d4f8c"]
    assert mean.get_ydata()[-1] == pytest.approx(bundled.losses[-500:].mean(), rel=1e-5)
    assert any("ln V = 4.56" in name for name in names_on(axes))
    axes = bundled.plot("neighbors", "king")
    nearest = [word for word, _ in bundled.vectors().most_similar("king", topn=6)]
    assert names_on(axes)[:6] == nearest
    curve = next(line for line in axes.lines if line.get_color() == "#0a69a8")
    at, cosines = curve.get_data()
    for place in (0, 9, -1):
        seen = bundled.vectors(int(at[place])).similarity("king", nearest[0])
        assert cosines[place] == pytest.approx(seen, abs=1e-5)
    with pytest.raises(UnknownWordError):
        bundled.plot("neighbors", "zebra")


def test_axes_that_are_given_are_drawn_on() -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert vectors().plot("similarity", ["w0", "w1"], ax=axes) is axes


@pytest.mark.parametrize("kind", ["words", "similarity", "norms"])
def test_each_kind_is_written_and_told(call: Any, model: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "p.png"
    done = call("plot", model, "w1", "w2", "w3", "-o", out, "--kind", kind, "--json")
    assert done.code == 0, done.err
    assert {"w1", "w2", "w3"} <= set(done.json["words"]) and done.json["kind"] == kind
    assert out.read_bytes().startswith(b"\x89PNG")
    done = call("plot", model, "-o", out, "--kind", kind)
    assert done.code == 1 and "--overwrite" in done.said[-1]


def test_hostile_words_are_drawn_escaped(call: Any, tmp_path: Path) -> None:
    words = ["a\u202eb", "$x_1$", "\x1b[31mred", "<b>"]
    KeyedVectors(words, np.eye(4, dtype="f4")).save(tmp_path / "model")
    for kind in ("words", "similarity"):
        out = tmp_path / f"{kind}.svg"
        done = call("plot", tmp_path / "model", *words, "-o", out, "--kind", kind)
        assert done.code == 0, done.err
        drawn = out.read_text()
        assert "$x_1$" in drawn and "&lt;b&gt;" in drawn
        assert "\u202e" not in drawn and "\x1b" not in drawn


@pytest.mark.slow
def test_runs_are_drawn_as_they_were_recorded(call: Any, saved: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the king rules the land\nthe queen rules the sea\n" * 40)
    options = ["--min-count", 1, "--epochs", 1, "--record", "--watch-words", "king"]
    assert call("train", text, "-o", tmp_path / "m", *options).code == 0
    for number, (path, kind, words) in enumerate(
        [(saved, "loss", []), (saved, "neighbors", ["king"]), (tmp_path / "m", "loss", []),
         (tmp_path / "m", "neighbors", ["king"])]
    ):  # fmt: skip
        out = tmp_path / f"{number}.svg"
        done = call("plot", path, *words, "-o", out, "--kind", kind)
        assert done.code == 0, done.err
        drawn = out.read_text()
        assert ("nearest to king" in drawn) == (kind == "neighbors")
        assert ("step" in drawn) == (path == saved)


@pytest.mark.slow
def test_a_word_in_its_sentences(call: Any, minilm: Path, encoder: Any, tmp_path: Path) -> None:
    first, second = "The river bank was muddy.", "The bank lent $5 and $6."
    said = ["--sentence", first, "--sentence", second]
    out = tmp_path / "p.svg"
    done = call("plot", minilm, "bank", "--kind", "layers", *said, "-o", out)
    assert done.code == 0, done.err
    assert "The bank lent $5 and $6." in out.read_text()
    alike = encoder.layer_similarity(first, second, "bank")
    (line,) = alike.plot().lines
    assert line.get_ydata().tolist() == alike.cosines.tolist()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["-o", "p.gif"], 2, ".png, .svg or .pdf"),
        (["-o", "p.png", "--kind", "pie"], 2, "words, similarity, norms, loss"),
        (["zebra", "-o", "p.png"], 1, "zebra"),
        (["-o", "p.png", "--kind", "loss"], 1, "no loss to show"),
        (["-o", "p.png", "--kind", "neighbors"], 2, "has no recorded run"),
        (["w1", "-o", "p.png", "--kind", "similarity"], 1, "at least 2"),
        (["w1", "w2", "-o", "p.png", "--topn", "0"], 1, "a plane takes 3"),
        (["-o", "p.png", "--topn", "3"], 2, "named"),
        (["w1", "-o", "p.png", "--kind", "layers", "--sentence", "a"], 2, "2 to 4 sentences"),
    ],
)
def test_a_fault_is_one_line(
    call: Any, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: list[str], code: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    done = call("plot", model, *arguments)
    assert (done.code, done.out) == (code, "")
    assert len(done.said) == 1 and said in done.said[0]
    assert not list(tmp_path.glob("p.*"))


def test_the_extra_that_is_missing_is_named(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    done = call("plot", "nothing", "-o", tmp_path / "p.png")
    assert done.code == 1 and "lexiscope[plot]" in done.said[0]
