"""Pictures of a run: its loss, and a word's neighbours as they came and went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.drawing import charts, colours, figures
from lexiscope.drawing.labels import Labels
from lexiscope.errors import ConfigError

Kind = Literal["loss", "neighbors"]
KINDS: tuple[Kind, ...] = ("loss", "neighbors")

SIZE = (9.0, 5.0)
PLACE = (0.085, 0.13, 0.75, 0.76)
NEIGHBOURS = 6
SMOOTHED_STEPS = 500
"""Of so many steps a readable curve shows the mean."""
_LOOKS = 60


def looks(last: int) -> list[int]:
    """Steps at which to look at neighbours: some sixty, even, and ten that are denser at first."""
    even = np.linspace(0, last, _LOOKS + 1).round().astype(int).tolist()
    return sorted({*even, *(last // 2**power for power in range(1, 11))})


def draw_loss(
    axes: Any, at: NDArray[Any], losses: NDArray[Any], window: int, chance: float | None
) -> None:
    """Draws the loss over a run of steps: each, faintly, and their mean.

    Args:
        axes: matplotlib's.
        at: (n,), the steps.
        losses: (n,); NaN where there was nothing to learn.
        window: Of so many the mean is shown.
        chance: The loss of guessing all words alike; None where that says nothing.
    """
    window = max(1, min(window, len(losses) // 4))
    known = np.isfinite(losses)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, losses, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    total = counts[window:] - counts[:-window]
    with np.errstate(invalid="ignore"):
        means = np.where(total > 0, (sums[window:] - sums[:-window]) / total, np.nan)
    figures.dress(axes, f"Loss of {len(losses):,} steps", "step", "loss")
    axes.plot(at, losses, ",", color=colours.RULE_STRONG, zorder=1)
    name = f"mean of {window:,}" if window > 1 else "loss"
    charts.draw_curves(
        axes,
        [charts.Curve(name=name, at=at[window - 1 :], values=means, colour=colours.ACCENT)],
    )
    _count_steps(axes)
    if chance is not None:
        charts.draw_level(axes, chance, f"all words alike: ln V = {chance:.2f}")


def draw_shares(axes: Any, shares: NDArray[Any], losses: NDArray[Any]) -> None:
    """Draws the mean loss a pair between each two looks at a large run.

    Args:
        axes: matplotlib's.
        shares: (n,), how much of the run was done, 0 to 1.
        losses: (n,); NaN where there was none.
    """
    figures.dress(axes, "Loss over the run", "% of the run", "mean loss a pair")
    curve = charts.Curve(name="training", at=100 * shares, values=losses, colour=colours.ACCENT)
    charts.draw_curves(axes, [curve], points=True)


def draw_neighbours(
    axes: Any,
    title: str,
    at: Sequence[float],
    cosines: Mapping[str, NDArray[Any]],
    across: str,
) -> list[str]:
    """Draws the cosines of a word with those that end as its nearest, and that were on the way.

    Args:
        axes: matplotlib's.
        title: Above it.
        at: (n,), when.
        cosines: Other words' (n,); NaN where it is not known.
        across: What `at` is told in.

    Returns:
        The words that are nearest at the end, nearest first.

    Raises:
        ConfigError: No word has been near at any moment.
    """
    table = np.array([cosines[other] for other in cosines])
    if not table.size or not np.isfinite(table).any():
        raise ConfigError("no other word is known beside it at any moment of the run")
    names = list(cosines)
    filled = np.where(np.isfinite(table), table, -np.inf)
    order = np.argsort(-filled[:, -1], kind="stable")
    ends = [int(row) for row in order[:NEIGHBOURS] if np.isfinite(table[row, -1])]
    firsts = dict.fromkeys(int(row) for row in filled.argmax(axis=0) if int(row) not in ends)
    when = np.asarray(at, np.float64)
    for row in firsts:
        axes.plot(when, table[row], color=colours.RULE_STRONG, lw=0.9, zorder=1)
    figures.dress(axes, title, across, "cosine")
    curves = [
        charts.Curve(name=names[row], at=when, values=table[row], colour=colours.of_group(number))
        for number, row in enumerate(ends)
    ]
    charts.draw_curves(axes, curves, points=not np.isfinite(table[ends]).all())
    _count_steps(axes)
    labels = Labels(axes)
    for row in firsts:  # each named where it was the first
        peak = int(np.argmax(np.where(filled.argmax(axis=0) == row, filled[row], -np.inf)))
        labels.beside(np.array([when[peak], table[row, peak]]), names[row], colours.INK_3)
    return [names[row] for row in ends]


def _count_steps(axes: Any) -> None:
    from matplotlib.ticker import StrMethodFormatter

    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
