"""Picture of a word's occurrences: a point each, by cluster, clusters told by their words.

Drawn by matplotlib (extra `plot`) without a display.
"""

from __future__ import annotations

from pathlib import Path

from lexiscope.contextual.occurrences.places import Places
from lexiscope.contextual.occurrences.word_senses import WordSenses
from lexiscope.drawing import colours, figures
from lexiscope.shown import shown

_WIDTH, _HEIGHT = 10.0, 6.5
_PLACE = (0.04, 0.06, 0.64, 0.86)
# As on the page, by the cluster's number: no two have the same colour and the same shape.
_SHAPES = ("o", "s", "^", "D", "P", "*")
_TOLD = 5
_AREA, _MANY = 14.0, 600


def write_picture(path: Path, found: WordSenses, places: Places) -> None:
    """Draws the occurrences into a PNG, SVG or PDF file, by the path's ending.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: The disk is full or cannot be written to.
    """
    axes = figures.new_axes(_WIDTH, _HEIGHT, _PLACE)
    total, taken = found.occurrences.total, len(found.occurrences)
    of = f"{taken:,}" if taken == total else f"{taken:,} of {total:,}"
    figures.dress(axes, f"{found.word}: {of} occurrences")
    for side in ("bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    for number, sense in enumerate(found.senses):
        words = ", ".join(one.word for one in sense.telling[:_TOLD])
        axes.scatter(
            *places.at[sense.rows].T,
            s=_AREA if taken <= _MANY else _AREA / 2,
            marker=_SHAPES[number % len(_SHAPES)],
            color=colours.of_group(number),
            linewidths=0,
            alpha=0.75,
            label=f"{number + 1}: {len(sense.rows):,}" + (f"\n{shown(words)}" if words else ""),
        )
    axes.set_aspect("equal", adjustable="datalim")
    legend = axes.legend(
        loc="upper left", bbox_to_anchor=(1.02, 1), fontsize=figures.FONT, frameon=False,
        labelcolor=colours.INK, labelspacing=1.1,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)
    kept = "" if places.kept is None else f" Of 10 nearest, {places.kept:.0%} are kept here."
    axes.figure.text(
        0.04, 0.015, f"{_METHODS[places.method]}.{kept}",
        fontsize=figures.FONT, color=colours.INK_2, parse_math=False,
    )  # fmt: skip
    figures.write_figure(path, axes.figure)


_METHODS = {
    "pca": "The two directions of the largest variance",
    "neighbors": "Laid out so that neighbours stay together",
}
