"""A map as a picture: where words are dense, and the most frequent words' names, none over another.

Drawn by matplotlib (extra `plot`) without a display.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.drawing import colours, figures
from lexiscope.drawing.labels import Labels
from lexiscope.vectors.layout.word_map import WordMap

DEFAULT_LABELS = 200
MOST_LABELS = 2_000

_INCHES = 12.0
_CELLS = 360
_PLACE = (0.02, 0.04, 0.96, 0.94)
_DENSE = colours.RULE_STRONG
# How many words are tried for each name that is wanted.
_TRIED = 20


def write_picture(path: Path, made: WordMap, labels: int = DEFAULT_LABELS) -> int:
    """Draws a map into a PNG, SVG or PDF file, by the path's ending.

    Args:
        path: The file.
        made: The map.
        labels: How many names at most, of the most frequent words, 0 to 2,000.

    Returns:
        How many names it has.

    Raises:
        ConfigError: `labels` is out of its range.
        MissingExtraError: matplotlib is not installed.
        OSError: The disk is full or cannot be written to.
    """
    whole("labels", labels, 0, MOST_LABELS)
    axes = figures.new_axes(_INCHES, _INCHES, _PLACE)
    written = _draw(axes, made, labels)
    figures.write_figure(path, axes.figure)
    return written


def _draw(axes: Any, made: WordMap, labels: int) -> int:
    """Draws the map; how many names there was room for."""
    from matplotlib.colors import LinearSegmentedColormap

    axes.set_axis_off()
    placed = made.places[made.order]
    low, high = _frame(placed)
    density = np.histogram2d(
        placed[:, 1], placed[:, 0], bins=_CELLS, range=[(low[1], high[1]), (low[0], high[0])]
    )[0]
    axes.imshow(
        np.log1p(density),
        cmap=LinearSegmentedColormap.from_list("lexiscope", [colours.PAPER, _DENSE]),
        origin="lower",
        extent=(low[0], high[0], low[1], high[1]),
        interpolation="nearest",
        aspect="auto",
    )
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    axes.figure.text(
        0.02, 0.012,
        f"{len(made.order):,} words. Neighbours kept: {made.kept}.",
        fontsize=figures.FONT, color=colours.INK, parse_math=False,
    )  # fmt: skip
    names, count = Labels(axes), 0
    for row in made.order[: _TRIED * labels]:  # the most frequent first
        if count == labels:
            break
        count += names.centred(made.places[row], str(made.words[row]))
    return count


def _frame(placed: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners of what is drawn: all points, with a margin."""
    low, high = placed.min(axis=0).astype(np.float64), placed.max(axis=0).astype(np.float64)
    margin = np.maximum(0.02 * (high - low), 1e-6)
    return low - margin, high + margin
