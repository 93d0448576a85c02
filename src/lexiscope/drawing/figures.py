"""Figures: axes in the page's colours, and the file that a figure is written to.

No display is needed, and nothing of the process is changed: a figure that is to be written is no
business of pyplot's. Only axes that a notebook is to show are made by it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lexiscope.drawing import colours
from lexiscope.errors import MissingExtraError
from lexiscope.files.atomic import atomic_file
from lexiscope.shown import shown

ENDINGS = (".png", ".svg", ".pdf")
FONT, TITLE_FONT = 8.0, 11.0
DOTS = 150
# Shares of the figure: left, bottom, width, height.
_PLACE = (0.085, 0.1, 0.885, 0.8)
# What each kind of file would have of the moment, or of the program that wrote it.
_TIMELESS = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def require_library() -> None:
    """Makes sure that matplotlib is there.

    Raises:
        MissingExtraError: It is not installed.
    """
    library()


def library() -> Any:
    """The package matplotlib.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import matplotlib
        import matplotlib.figure
    except ImportError as error:
        raise MissingExtraError("a picture", "plot") from error
    return matplotlib


def new_axes(width: float, height: float, place: tuple[float, float, float, float] = _PLACE) -> Any:
    """Axes of a figure of their own, to be written to a file.

    Args:
        width, height: Inches.
        place: Shares of the figure: left, bottom, width, height.
    """
    library()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=DOTS, facecolor=colours.PAPER)
    FigureCanvasAgg(figure)
    return figure.add_axes(place)


def axes_for(
    given: Any, width: float, height: float, place: tuple[float, float, float, float] = _PLACE
) -> Any:
    """The axes to draw on: those that were given, or new ones of pyplot's, which notebooks show.

    Args:
        given: matplotlib's Axes, or None.
        width, height: Inches of a new figure.
        place: Shares of a new figure: left, bottom, width, height.
    """
    if given is not None:
        return given
    library()
    from matplotlib import pyplot

    return pyplot.figure(figsize=(width, height), facecolor=colours.PAPER).add_axes(place)


def dress(axes: Any, title: str, across: str = "", up: str = "") -> None:
    """Gives axes the page's colours, a title, made fit to be shown, and names."""
    axes.set_facecolor(colours.PAPER)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(colours.RULE_STRONG)
    axes.tick_params(colors=colours.INK_3, labelsize=FONT)
    axes.set_title(
        shown(title), loc="left", fontsize=TITLE_FONT, color=colours.INK, pad=10, parse_math=False
    )
    axes.set_xlabel(across, fontsize=FONT + 1, color=colours.INK_2, parse_math=False)
    axes.set_ylabel(up, fontsize=FONT + 1, color=colours.INK_2, parse_math=False)


def settle(axes: Any) -> None:
    """Fixes the limits that follow from what is drawn, so that places in the picture are known."""
    axes.set_xlim(axes.get_xlim())
    axes.set_ylim(axes.get_ylim())


def write_figure(path: Path, figure: Any) -> None:
    """Writes a figure as PNG, SVG or PDF, by the path's ending: the same bytes for the same figure.

    Raises:
        OSError: The disk is full or cannot be written to.
    """
    kind = path.suffix.lower().removeprefix(".")
    # An SVG's names are made from this and not drawn, and its text stays text.
    settings = {"svg.hashsalt": "lexiscope", "svg.fonttype": "none"}
    with library().rc_context(settings), boxes_for_signs(), atomic_file(path) as stream:
        figure.savefig(stream, format=kind, metadata=_TIMELESS[kind])


@contextmanager
def boxes_for_signs() -> Iterator[None]:
    """Has nothing said of signs that the font has not: each is drawn as a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield
