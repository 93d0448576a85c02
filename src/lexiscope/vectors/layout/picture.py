"""A map as a picture: where words are dense, and the most frequent words' names, none over another.

Drawn by matplotlib (extra `plot`) without a display.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.errors import MissingExtraError
from lexiscope.files.atomic import atomic_file
from lexiscope.shown import shown
from lexiscope.vectors.layout.word_map import WordMap

DEFAULT_LABELS = 200
MOST_LABELS = 2_000
ENDINGS = (".png", ".svg")

_INCHES, _DOTS = 12.0, 150
_CELLS = 360
_FONT = 8.0
_GAP = 2.0  # pixels between two names
_LONGEST = 30
_INK, _PAPER, _DENSE = "#1d1b16", "#fdfcf9", "#8f8a7e"
# How many words are tried for each name that is wanted.
_TRIED = 20


def require_library() -> None:
    """Makes sure that the library is there.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    _library()


def write_picture(path: Path, made: WordMap, labels: int = DEFAULT_LABELS) -> int:
    """Draws a map into a PNG or SVG file, by the path's ending.

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
    matplotlib = _library()
    kind = path.suffix.lower().removeprefix(".")
    # Without a date and with names of its own that are no draw, an SVG is the same every time.
    settings = {"svg.hashsalt": "lexiscope", "svg.fonttype": "none"}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # A sign that the font has not is drawn as a box.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure, written = _drawn(made, labels)
        with atomic_file(path) as stream:
            metadata = {"Date": None} if kind == "svg" else {"Software": None}
            figure.savefig(stream, format=kind, metadata=metadata)
    return written


def _drawn(made: WordMap, labels: int) -> tuple[Any, int]:
    """The figure, and how many names it has."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_INCHES, _INCHES), dpi=_DOTS, facecolor=_PAPER)
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.add_axes((0.02, 0.04, 0.96, 0.94))
    axes.set_axis_off()
    placed = made.places[made.order]
    low, high = _frame(placed)
    density = np.histogram2d(
        placed[:, 1], placed[:, 0], bins=_CELLS, range=[(low[1], high[1]), (low[0], high[0])]
    )[0]
    axes.imshow(
        np.log1p(density),
        cmap=LinearSegmentedColormap.from_list("paper", [_PAPER, _DENSE]),
        origin="lower",
        extent=(low[0], high[0], low[1], high[1]),
        interpolation="nearest",
        aspect="auto",
    )
    axes.set_xlim(low[0], high[0])
    axes.set_ylim(low[1], high[1])
    figure.text(
        0.02, 0.012,
        f"{len(made.order):,} words. Neighbours kept: {made.kept}.",
        fontsize=_FONT, color=_INK, parse_math=False,
    )  # fmt: skip
    return figure, _name(axes, canvas.get_renderer(), made, labels)


def _frame(placed: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The corners of what is drawn: all points, with a margin."""
    low, high = placed.min(axis=0).astype(np.float64), placed.max(axis=0).astype(np.float64)
    margin = np.maximum(0.02 * (high - low), 1e-6)
    return low - margin, high + margin


def _name(axes: Any, renderer: Any, made: WordMap, labels: int) -> int:
    """Writes names, most frequent first, each where no other is; how many there was room for."""
    from matplotlib.font_manager import FontProperties

    font = FontProperties(size=_FONT)
    boxes = np.empty((labels, 4))
    count = 0
    rows = made.order[: _TRIED * labels]
    edge = axes.get_window_extent(renderer)
    for row, (x, y) in zip(rows, axes.transData.transform(made.places[rows]), strict=True):
        if count == labels:
            break
        text = shown(str(made.words[row]), _LONGEST)
        width, height, _descent = renderer.get_text_width_height_descent(text, font, ismath=False)
        box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
        box += (-_GAP, -_GAP, _GAP, _GAP)
        there = boxes[:count]
        over = (there[:, :2] < box[2:]).all(axis=1) & (there[:, 2:] > box[:2]).all(axis=1)
        outside = box[0] < edge.x0 or box[2] > edge.x1 or box[1] < edge.y0 or box[3] > edge.y1
        if over.any() or outside:
            continue
        boxes[count] = box
        count += 1
        axes.text(
            *made.places[row], text,
            ha="center", va="center_baseline", fontsize=_FONT, color=_INK, parse_math=False,
        )  # fmt: skip
    return count


def _library() -> Any:
    try:
        import matplotlib
        import matplotlib.figure
    except ImportError as error:
        raise MissingExtraError("a picture of a map", "plot") from error
    return matplotlib
