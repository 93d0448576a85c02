"""Charts: curves with their names at their ends, and tables of numbers as colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.drawing import colours
from lexiscope.drawing.figures import FONT, settle
from lexiscope.drawing.labels import spread
from lexiscope.shown import shown

_LONGEST = 24
# Of the axes' width, from the last point to its name.
_TO_NAME = 0.025
_MOST_NUMBERS = 20  # a side, up to which a table's cells have their numbers in them


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A curve with a name.

    Attributes:
        name: Written at its end.
        at: (n,), from left to right.
        values: (n,); NaN for a gap.
        colour: Of both.
    """

    name: str
    at: NDArray[Any]
    values: NDArray[Any]
    colour: str


def draw_curves(axes: Any, curves: Sequence[Curve], *, points: bool = False) -> None:
    """Draws curves and writes each one's name at its end, the names spread so that all are read.

    Args:
        axes: Right of them there must be room for the names.
        curves: Some.
        points: Whether to show the points too.
    """
    for curve in curves:
        axes.plot(
            curve.at, curve.values, color=curve.colour, lw=1.6, solid_capstyle="round",
            marker="o" if points else None, markersize=3.2,
        )  # fmt: skip
    axes.grid(axis="y", color=colours.RULE, lw=0.6)
    axes.set_axisbelow(True)
    axes.margins(x=0.01)
    _name_ends(axes, [curve for curve in curves if np.isfinite(curve.values).any()])


def _name_ends(axes: Any, curves: Sequence[Curve]) -> None:
    settle(axes)
    if not curves:
        return
    ends = []
    for curve in curves:
        last = int(np.flatnonzero(np.isfinite(curve.values))[-1])
        ends.append((float(curve.at[last]), float(curve.values[last])))
    across = axes.transAxes.inverted().transform(axes.transData.transform(ends))
    # A line of type, as a share of the axes' height.
    line = 1.35 * FONT * axes.figure.dpi / 72 / axes.bbox.height
    heights = spread(across[:, 1], line, 0.0, 1.0)
    for curve, (x, y), height in zip(curves, across, heights, strict=True):
        axes.annotate(
            shown(curve.name, _LONGEST), (x, y), (1 + _TO_NAME, height), xycoords="axes fraction",
            textcoords="axes fraction", ha="left", va="center", fontsize=FONT, color=curve.colour,
            parse_math=False, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": curve.colour, "lw": 0.5, "alpha": 0.5,
                        "shrinkA": 1, "shrinkB": 2},
        )  # fmt: skip


def draw_level(axes: Any, height: float, text: str) -> None:
    """Draws a level that something is held against, and says what it is."""
    axes.axhline(height, color=colours.INK_3, lw=0.9, ls=(0, (4, 3)))
    axes.annotate(
        text, (0.99, height), (0, 3), xycoords=("axes fraction", "data"), ha="right", va="bottom",
        textcoords="offset points", fontsize=FONT, color=colours.INK_3, parse_math=False,
    )  # fmt: skip


def draw_table(
    axes: Any, values: NDArray[Any], rows: Sequence[str], columns: Sequence[str]
) -> None:
    """Draws numbers from −1 to 1 as colours, and few of them as numbers too.

    Args:
        axes: matplotlib's.
        values: (n, m).
        rows, columns: Names.
    """
    from matplotlib.colors import LinearSegmentedColormap

    ramp = LinearSegmentedColormap.from_list(
        "lexiscope", [colours.MINUS, colours.ZERO, colours.PLUS]
    )
    axes.imshow(values, cmap=ramp, vmin=-1, vmax=1, aspect="equal", interpolation="nearest")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, pad=4)
    for axis, names in ((axes.xaxis, columns), (axes.yaxis, rows)):
        axis.set_ticks(range(len(names)))
        axis.set_ticklabels([shown(name, _LONGEST) for name in names], parse_math=False)
        for label in axis.get_ticklabels():
            label.set_color(colours.INK)
    for label in axes.get_xticklabels():
        label.set(rotation=45, ha="right", rotation_mode="anchor")
    if max(values.shape) > _MOST_NUMBERS:
        return
    for (row, column), value in np.ndenumerate(values):
        axes.text(
            column, row, f"{value:.2f}".replace("-", "−"), ha="center", va="center",
            fontsize=FONT - 1, color=colours.PAPER if abs(value) > 0.6 else colours.INK,
        )  # fmt: skip
