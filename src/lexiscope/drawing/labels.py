"""Names in a picture, none over another: where each has room, found one after another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.drawing import colours
from lexiscope.drawing.figures import FONT, boxes_for_signs, settle
from lexiscope.shown import shown

Box = NDArray[np.float64]

_LONGEST = 30
_GAP = 2.0  # pixels between two names
# How far from its point a name is tried, in points of type, and in how many directions: first
# beside it, then above and below, then between.
_RINGS = (5.0, 11.0, 18.0, 27.0, 38.0, 52.0)
_DIRECTIONS = (0, 8, 4, 12, 2, 14, 6, 10, 1, 15, 7, 9, 3, 13, 5, 11)
_LINE_FROM = 9.0


class Labels:
    """Names being put into axes, whose limits are fixed by it.

    Args:
        axes: matplotlib's, with all that they show but the names.
        size: Of the type, in points.
    """

    def __init__(self, axes: Any, size: float = FONT) -> None:
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.font_manager import FontProperties

        settle(axes)
        self._axes = axes
        self._font = FontProperties(size=size)
        self._size = size
        self._dot = axes.figure.dpi / 72.0
        measuring: Any = RendererAgg
        self._renderer = measuring(1, 1, axes.figure.dpi)
        self._boxes = np.empty((64, 4))
        self._count = 0

    def keep_clear(self, places: NDArray[Any], radius: float) -> None:
        """Keeps names off points.

        Args:
            places: (n, 2), in the axes' data.
            radius: In points of type.
        """
        reach = radius * self._dot
        for x, y in self._axes.transData.transform(places):
            self._take(np.array([x - reach, y - reach, x + reach, y + reach]))

    def centred(self, place: NDArray[Any], text: str) -> bool:
        """Writes a name over a place, if there is room.

        Args:
            place: (2,), in the axes' data.
            text: As it is; it is made fit to be shown here.
        """
        told = shown(text, _LONGEST)
        x, y = self._axes.transData.transform(place)
        half = self._half(told)
        if not self._took(np.array([x, y]), half):
            return False
        self._axes.text(
            *place, told, ha="center", va="center_baseline", fontsize=self._size,
            color=colours.INK, parse_math=False,
        )  # fmt: skip
        return True

    def beside(
        self, place: NDArray[Any], text: str, colour: str = colours.INK, *, bold: bool = False
    ) -> bool:
        """Writes a name beside a point, as near as there is room; from afar with a line to it.

        Args:
            place: (2,), in the axes' data.
            text: As it is.
            colour: Of the name.
            bold: Whether it is to stand out.
        """
        told = shown(text, _LONGEST)
        point = self._axes.transData.transform(place)
        half = self._half(told) * (1.08 if bold else 1.0)
        for distance, centre in _around(point, half, self._dot):
            if not self._took(centre, half):
                continue
            offset = (centre - point) / self._dot
            line = {"arrowstyle": "-", "color": colours.RULE_STRONG, "lw": 0.6, "shrinkB": 3}
            self._axes.annotate(
                told, place, offset, textcoords="offset points", ha="center",
                va="center_baseline", fontsize=self._size, color=colour, parse_math=False,
                fontweight="bold" if bold else "normal",
                bbox={"facecolor": colours.PAPER, "alpha": 0.75, "pad": 0.5, "lw": 0},
                arrowprops=line if distance > _LINE_FROM else None,
            )  # fmt: skip
            return True
        return False

    def _half(self, text: str) -> NDArray[np.float64]:
        """Half the width and height of a name, in pixels."""
        with boxes_for_signs():
            width, height, _descent = self._renderer.get_text_width_height_descent(
                text, self._font, ismath=False
            )
        return np.array([width / 2, height / 2])

    def _took(self, centre: NDArray[np.float64], half: NDArray[np.float64]) -> bool:
        """Keeps a box for a name, if it is inside the axes and free."""
        box = np.concatenate([centre - half - _GAP, centre + half + _GAP])
        edge = self._axes.bbox
        if box[0] < edge.x0 or box[1] < edge.y0 or box[2] > edge.x1 or box[3] > edge.y1:
            return False
        there = self._boxes[: self._count]
        if ((there[:, :2] < box[2:]).all(axis=1) & (there[:, 2:] > box[:2]).all(axis=1)).any():
            return False
        self._take(box)
        return True

    def _take(self, box: Box) -> None:
        if self._count == len(self._boxes):
            self._boxes = np.concatenate([self._boxes, np.empty_like(self._boxes)])
        self._boxes[self._count] = box
        self._count += 1


def _around(
    point: NDArray[Any], half: NDArray[np.float64], dot: float
) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Centres of a name around its point, the nearest first, with the distance of its edge."""
    for ring in _RINGS:
        for direction in _DIRECTIONS:
            angle = direction * math.pi / 8
            way = np.array([math.cos(angle), math.sin(angle)])
            yield ring, point + way * (ring * dot + np.abs(way) * half)


def spread(wanted: NDArray[np.float64], gap: float, low: float, high: float) -> Box:
    """Heights near those wanted, no two nearer than a gap, between two ends where they fit.

    Args:
        wanted: (n,).
        gap: Least distance.
        low, high: The ends.
    """
    order = np.argsort(wanted, kind="stable")
    heights = np.clip(wanted[order], low, high)
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + gap)
    # Names that were pushed up past the end push those below them down.
    for i in range(len(heights) - 1, -1, -1):
        most = high if i == len(heights) - 1 else heights[i + 1] - gap
        heights[i] = min(heights[i], most)
    found = np.empty_like(heights)
    found[order] = heights
    return found
