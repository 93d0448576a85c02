"""Pictures of vectors: words in a plane, their cosines, lengths against counts, a training's loss.

`KeyedVectors.plot` is the door to them. A map of a whole vocabulary is `layout.word_map`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import choice, whole
from lexiscope.drawing import charts, colours, figures
from lexiscope.drawing.labels import Labels
from lexiscope.errors import ConfigError
from lexiscope.vectors.queries import Queries
from lexiscope.vectors.search import row_norms, unit_rows

Kind = Literal["words", "similarity", "norms", "loss"]
KINDS: tuple[Kind, ...] = ("words", "similarity", "norms", "loss")

# How many words are drawn where none is named, and how many at most.
WORDS, TABLE_WORDS, MOST_WORDS = 80, 20, 300
NEIGHBOURS = 8
SIZES: dict[str, tuple[float, float]] = {
    "words": (9.0, 7.0), "similarity": (7.6, 7.6), "norms": (9.0, 6.0), "loss": (9.0, 5.0),
}  # fmt: skip
PLACES: dict[str, tuple[float, float, float, float]] = {
    "words": (0.06, 0.08, 0.91, 0.84),
    "similarity": (0.17, 0.17, 0.8, 0.75),
    "norms": (0.08, 0.11, 0.89, 0.8),
    "loss": (0.085, 0.13, 0.72, 0.76),
}
_CELLS, _BINS = 160, 16
_FEW_POINTS, _FEW_DECADES = 3_000, 2.2


def draw(
    axes: Any, vectors: Queries, kind: Kind, words: Sequence[str] | None, topn: int | None
) -> list[str]:
    """Draws one of the pictures.

    Args:
        axes: matplotlib's.
        vectors: The words' vectors; their metadata for the loss.
        kind: Which picture.
        words: The words that it is of; None for the most frequent ones.
        topn: Of "words": how many of each named word's nearest are drawn with it, by default 8.

    Returns:
        The words that are drawn or named.

    Raises:
        ConfigError: An argument is out of its range, or there is nothing to draw.
        MissingAttributeError: There are no counts for "norms".
        UnknownWordError: A word has no vector.
    """
    choice("kind", kind, KINDS)
    if kind == "loss":
        draw_epochs(axes, *losses_of(vectors.metadata))
        return []
    if words is not None and not 1 <= len(words) <= MOST_WORDS:
        raise ConfigError(f"got {len(words):,} words; a picture takes 1 to {MOST_WORDS}")
    if kind == "words":
        count = NEIGHBOURS if topn is None else whole("topn", topn, 0, MOST_WORDS)
        return _draw_words(axes, vectors, words, count)
    if kind == "similarity":
        return _draw_similarity(axes, vectors, words)
    return _draw_norms(axes, vectors, words)


def _commonest(vectors: Queries, most: int) -> list[str]:
    """The most frequent words with finite vectors; the first ones where there are no counts."""
    counts = vectors.counts
    rows: Any = range(len(vectors)) if counts is None else np.argsort(-counts, kind="stable")
    finite = (row for row in rows if np.isfinite(vectors.vectors[row]).all())
    return [vectors.index_to_key[row] for row in islice(finite, most)]


def _units(vectors: Queries, words: Sequence[str]) -> NDArray[np.float64]:
    """The words' vectors, scaled to length 1."""
    rows = np.array([vectors.get_vector(word) for word in words], np.float64)
    for word, row in zip(words, rows, strict=True):
        if not np.isfinite(row).all():
            raise ConfigError(f"the vector of {word!r} is not finite; leave the word out")
    return unit_rows(rows)


# Words in a plane


def _draw_words(axes: Any, vectors: Queries, words: Sequence[str] | None, topn: int) -> list[str]:
    asked = [] if words is None else list(dict.fromkeys(words))
    groups = _groups(vectors, asked, topn) if asked else dict.fromkeys(_commonest(vectors, WORDS))
    drawn = list(groups)
    dimension = vectors.vectors.shape[1]
    if len(drawn) < 3 or dimension < 2:
        raise ConfigError(
            f"{len(drawn)} words of {dimension} dimensions; a plane takes 3 words of 2"
        )
    units = _units(vectors, drawn)
    places, shares = _principal(units)
    shade = [
        colours.INK_2 if group is None else colours.of_group(group) for group in groups.values()
    ]
    if asked:
        title = f"{_listed(asked)} and the words nearest to {'it' if len(asked) == 1 else 'each'}"
        title = title if topn else f"{len(asked)} words"
    else:
        title = f"The {len(drawn)} most frequent words"
    axes.scatter(*places.T, s=16, c=shade, linewidths=0, zorder=3)
    axes.margins(0.08)
    figures.dress(
        axes,
        title,
        f"first direction, {shares[0]:.0%} of these words' variance",
        f"second direction, {shares[1]:.0%}",
    )
    axes.set_xticks([])
    axes.set_yticks([])
    labels = Labels(axes)
    labels.keep_clear(places, 2.5)
    # Those that were asked first, for which there is always room then.
    order = sorted(range(len(drawn)), key=lambda place: drawn[place] not in asked)
    for place in order:
        word = drawn[place]
        labels.beside(places[place], str(word), shade[place], bold=word in asked)
    return [str(word) for word in drawn]


def _groups(vectors: Queries, asked: Sequence[str], topn: int) -> dict[str, int | None]:
    """Words to draw, each with the number of the asked word that it is nearest to."""
    found: dict[str, int | None] = {word: number for number, word in enumerate(asked)}
    nearest: dict[str, float] = {}
    for number, word in enumerate(asked):
        for other, cosine in vectors.most_similar(word, topn=topn) if topn else []:
            if other not in asked and cosine > nearest.get(other, -math.inf):
                found[other], nearest[other] = number, cosine
    if len(found) > MOST_WORDS:
        raise ConfigError(
            f"{len(found):,} words would be drawn, at most {MOST_WORDS} can be; "
            f"name fewer, or a lower topn"
        )
    return found


def _principal(units: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places along the two directions of the largest variance (n, 2), and their shares of it."""
    centred = units - units.mean(axis=0)
    left, lengths, right = np.linalg.svd(centred, full_matrices=False)
    variance = lengths**2
    # The sign is free: the larger end of each direction is put to the right, and up.
    signs = np.sign(right[[0, 1], np.abs(right[:2]).argmax(axis=1)])
    shares = variance[:2] / max(float(variance.sum()), 1e-300)
    return left[:, :2] * lengths[:2] * signs, shares


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(str, words[:6])) + (f" … ({len(words)})" if len(words) > 6 else "")


# Cosines


def _draw_similarity(axes: Any, vectors: Queries, words: Sequence[str] | None) -> list[str]:
    chosen = list(dict.fromkeys(words or _commonest(vectors, TABLE_WORDS)))
    if len(chosen) < 2:
        raise ConfigError(f"got {len(chosen)} word; cosines take at least 2")
    units = _units(vectors, chosen)
    names = [str(word) for word in chosen]
    figures.dress(axes, "Cosines of words")
    charts.draw_table(axes, units @ units.T, names, names)
    return names


# Lengths


def _draw_norms(axes: Any, vectors: Queries, words: Sequence[str] | None) -> list[str]:
    from matplotlib.ticker import FuncFormatter

    counts = vectors.known_counts()
    norms = row_norms(vectors.vectors)
    rows = np.flatnonzero((counts > 0) & (norms > 0))
    if len(rows) < 2:
        raise ConfigError(f"{len(rows)} words have a count and a length; expected at least 2")
    across, up = np.log10(counts[rows]), norms[rows].astype(np.float64)
    title = f"Lengths of {len(rows):,} words' vectors"
    figures.dress(axes, title, "times in the text", "length of the vector")
    _draw_points(axes, across, up)
    places = _draw_mean(axes, across, up)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda power, _place: f"{10**power:,.0f}"))
    low, high = axes.get_xlim()
    steps = (1, 2, 5) if high - low < _FEW_DECADES else (1,)
    ticks = [power + math.log10(step) for power in range(13) for step in steps]
    axes.set_xticks([tick for tick in ticks if low <= tick <= high])
    labels = Labels(axes)
    labels.keep_clear(places, 1.5)
    return _name_lengths(axes, labels, vectors, words, counts, norms)


def _draw_points(axes: Any, across: NDArray[Any], up: NDArray[Any]) -> None:
    """Draws words as points, many of them as how dense they are."""
    from matplotlib.colors import LinearSegmentedColormap

    spans = np.maximum([np.ptp(across), np.ptp(up)], 1e-3)
    low = np.array([across.min(), up.min()]) - 0.04 * spans
    high = np.array([across.max(), up.max()]) + 0.06 * spans
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    if len(across) <= _FEW_POINTS:
        axes.scatter(across, up, s=9, color=colours.GROUPS[5], linewidths=0, alpha=0.6)
        return
    density = np.histogram2d(
        across, up, bins=(_CELLS, _CELLS // 2), range=[axes.get_xlim(), axes.get_ylim()]
    )[0]
    axes.imshow(
        np.log1p(density.T), origin="lower", aspect="auto", interpolation="nearest",
        extent=(low[0], high[0], low[1], high[1]),
        cmap=LinearSegmentedColormap.from_list("lexiscope", [colours.PAPER, colours.GROUPS[5]]),
    )  # fmt: skip


def _draw_mean(axes: Any, across: NDArray[Any], up: NDArray[Any]) -> NDArray[np.float64]:
    """Draws the mean length of words about as frequent; its points."""
    edges = np.linspace(across.min(), across.max() + 1e-9, _BINS)
    bins = np.digitize(across, edges)
    filled = [number for number in range(1, len(edges) + 1) if (bins == number).any()]
    means = np.array([[across[bins == n].mean(), up[bins == n].mean()] for n in filled])
    axes.plot(*means.T, color=colours.ACCENT, lw=1.8)
    axes.text(
        0.99, 1.02, "line: mean of words about as frequent", transform=axes.transAxes, ha="right",
        va="bottom", fontsize=figures.FONT, color=colours.ACCENT,
    )  # fmt: skip
    return means


def _name_lengths(
    axes: Any,
    labels: Labels,
    vectors: Queries,
    words: Sequence[str] | None,
    counts: NDArray[np.int64],
    norms: NDArray[np.float32],
) -> list[str]:
    """Points and names of the words that were asked, or of the longest and the commonest."""
    if words is None:
        longest = np.argsort(-norms, kind="stable")[:30]
        commonest = np.argsort(-counts, kind="stable")[:30]
        rows = [row for pair in zip(longest, commonest, strict=True) for row in pair]
    else:
        rows = [vectors.get_index(word) for word in words]
    named = []
    for row in dict.fromkeys(int(row) for row in rows if counts[row] > 0):
        place = np.array([math.log10(counts[row]), float(norms[row])])
        if labels.beside(place, str(vectors.index_to_key[row])):
            axes.plot(*place, "o", ms=2.6, color=colours.INK_2)
            named.append(str(vectors.index_to_key[row]))
    return named


# Loss


def losses_of(metadata: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Each epoch's training loss and held-out loss, NaN where there is none, of a model's facts.

    Raises:
        ConfigError: The model was not trained here, so that nobody has kept them.
    """
    result = metadata.get("result")
    facts = result if isinstance(result, Mapping) else {}
    losses = _numbers(facts.get("epoch_losses"))
    if not any(map(math.isfinite, losses)):
        raise ConfigError(
            "these vectors have no loss to show; a model has one that Lexiscope has trained"
        )
    held_out = _numbers(facts.get("validation_losses"))
    return losses, [*held_out, *[math.nan] * len(losses)][: len(losses)]


def _numbers(values: Any) -> list[float]:
    if not isinstance(values, list):
        return []
    return [float(v) if isinstance(v, int | float) else math.nan for v in values]


def draw_epochs(axes: Any, losses: Sequence[float], held_out: Sequence[float]) -> None:
    """Draws the mean loss a pair of each epoch, and beside it that of the text held out.

    Args:
        axes: matplotlib's.
        losses: In training.
        held_out: As many; NaN where it was not measured.
    """
    from matplotlib.ticker import MaxNLocator

    at = np.arange(1, len(losses) + 1)
    curves = [
        charts.Curve(name="training", at=at, values=np.array(losses), colour=colours.ACCENT),
        charts.Curve(name="held out", at=at, values=np.array(held_out), colour=colours.WARM),
    ]
    shown = [curve for curve in curves if np.isfinite(curve.values).any()]
    figures.dress(axes, "Loss of each epoch", "epoch", "mean loss a pair")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    charts.draw_curves(axes, shown, points=len(losses) <= 40)
    measured = shown[-1].values
    if len(shown) == 2 and len(losses) > 1:
        best = int(np.nanargmin(measured))
        axes.plot(at[best], measured[best], "o", ms=7, mfc="none", color=colours.WARM)
        axes.annotate(
            f"lowest after epoch {best + 1}: {measured[best]:.4f}", (at[best], measured[best]),
            (0, -15), ha="right" if best > len(losses) / 2 else "left",
            textcoords="offset points", fontsize=figures.FONT, color=colours.WARM,
        )  # fmt: skip
