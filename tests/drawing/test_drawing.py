"""What pictures are made of: the page's colours, names that keep apart, files without a date."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.drawing import charts, colours, figures
from lexiscope.drawing.labels import Labels, spread

CSS = Path(__file__).parents[2] / "web/src/styles/tokens.css"


def test_the_colours_are_the_pages() -> None:
    light = CSS.read_text(encoding="utf-8").split("\n}")[0]
    page = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", light))
    ours = {
        name.lower().replace("_", "-"): value
        for name, value in vars(colours).items()
        if name.isupper() and isinstance(value, str)
    }
    ours |= {f"group-{number}": value for number, value in enumerate(colours.GROUPS, 1)}
    assert len(ours) >= 18 and ours.items() <= page.items()


def boxes_of(axes: Any) -> list[Any]:
    from matplotlib.text import Text  # an Annotation's own extent has its point in it

    renderer = axes.figure.canvas.get_renderer()
    return [Text.get_window_extent(text, renderer) for text in axes.texts]


def overlapping(boxes: list[Any]) -> int:
    return sum(
        one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
        for place, one in enumerate(boxes)
        for other in boxes[:place]
    )


def test_names_beside_crowded_points_keep_apart_and_off_the_points() -> None:
    pytest.importorskip("matplotlib")
    axes = figures.new_axes(9, 7)
    places = np.random.default_rng(1).normal(size=(90, 2))
    axes.scatter(*places.T)
    labels = Labels(axes)
    labels.keep_clear(places, 2)
    written = [labels.beside(place, f"word {row}") for row, place in enumerate(places)]
    axes.figure.canvas.draw()
    names = [text for text in axes.texts if text.get_text()]
    assert sum(written) == len(names) >= 85
    assert overlapping(boxes_of(axes)) == 0
    points = axes.transData.transform(places)
    for box in boxes_of(axes):
        inside = (points > (box.x0, box.y0)).all(axis=1) & (points < (box.x1, box.y1)).all(axis=1)
        assert not inside.any()


def test_heights_are_spread_within_their_ends_and_keep_their_order() -> None:
    wanted = np.array([0.5, 0.51, 0.02, 0.99, 1.0, 0.5])
    found = spread(wanted, 0.1, 0.0, 1.0)
    assert found.min() >= 0 and found.max() <= 1
    assert np.diff(np.sort(found)).min() >= 0.1 - 1e-9
    assert (np.argsort(found) == np.argsort(wanted, kind="stable")).all()
    assert (spread(np.array([0.1, 0.9]), 0.1, 0, 1) == [0.1, 0.9]).all()


def test_a_table_says_its_numbers_where_they_can_be_read() -> None:
    pytest.importorskip("matplotlib")
    small, large = figures.new_axes(5, 5), figures.new_axes(5, 5)
    names = [f"$w_{row}$" for row in range(3)]
    charts.draw_table(small, np.eye(3) * 2 - 1, names, names)
    assert [text.get_text() for text in small.texts[:2]] == ["1.00", "−1.00"]
    assert [label.get_text() for label in small.get_yticklabels()] == names
    charts.draw_table(large, np.eye(40), list(map(str, range(40))), list(map(str, range(40))))
    assert len(large.texts) == 0


@pytest.mark.parametrize("ending", figures.ENDINGS)
def test_a_picture_is_the_same_at_another_time(tmp_path: Path, ending: str) -> None:
    pytest.importorskip("matplotlib")
    for name in ("a", "b"):
        axes = figures.new_axes(4, 3)
        figures.dress(axes, "\u6f22 $x$")
        values = np.array([1.0, np.nan, 3.0])
        curve = charts.Curve(name="$y_1", at=np.arange(3), values=values, colour=colours.ACCENT)
        charts.draw_curves(axes, [curve])
        figures.write_figure(tmp_path / f"{name}{ending}", axes.figure)
        time.sleep(1.1 if name == "a" else 0)
    assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()
