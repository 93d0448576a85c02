"""`lexiscope plot`: pictures of vectors, of a run, and of a word in its sentences."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import (
    JsonOption,
    PathArgument,
    ask_in_its_case,
    wrong_call,
)
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import print_facts, print_json, print_note, print_warnings
from lexiscope.cli.shared.results import write_result

if TYPE_CHECKING:
    from lexiscope.vectors import KeyedVectors

_KINDS = {
    "words": "words in a plane",
    "similarity": "cosines of words",
    "norms": "lengths against counts",
    "loss": "loss",
    "neighbors": "neighbours over a run",
    "layers": "a word in its sentences, layer by layer",
}
_RUN = ("loss", "neighbors")
_PICTURE_BYTES = 2_000_000
_MOST_SENTENCES = 4
_LONGEST = 110
_LINE = 0.034  # of type, as a share of the figure's height

OutOption = Annotated[
    str,
    typer.Option("--out", "-o", metavar="FILE", help="The picture: .png, .svg or .pdf."),
]
KindOption = Annotated[
    str,
    typer.Option(
        metavar="KIND",
        help="words in a plane; similarity, their cosines; norms, lengths against counts; loss, of "
        "a training or a recorded run; neighbors of a word over a recorded run; layers, a word in "
        "--sentence's by a pretrained transformer.",
    ),
]
PlotTopnOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=300,
        show_default="8",
        help="Of words that are named: how many of each one's nearest are drawn with it.",
    ),
]
SentenceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sentence",
        metavar="TEXT",
        help="Of layers: a sentence with WORD in it; two to four of them.",
    ),
]


def plot(
    path: PathArgument,
    out: OutOption,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORD]…",
            show_default=False,
            help="What to draw; the most frequent words where none is named.",
        ),
    ] = None,
    kind: KindOption = "words",
    topn: PlotTopnOption = None,
    sentence: SentenceOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw a picture of PATH: its words, their cosines and lengths, a run's loss and neighbours.

    Example: lexiscope plot model king dog bread -o words.png
    """
    from lexiscope.drawing.figures import require_library, write_figure

    target = Path(out)
    _check(target, kind, words, topn, sentence)
    require_library()
    claim(target, overwrite=overwrite, is_folder=False)
    if kind == "layers":
        axes, named = _layers(path, words or [], sentence or [])
    else:
        axes, named = _drawn(path, kind, words or None, topn)
    write_result(lambda place: write_figure(place, axes.figure), target, _PICTURE_BYTES)
    if as_json:
        print_json({"out": out, "kind": kind, "words": named})
    else:
        told = ", ".join(named[:8]) + (f", … ({len(named)})" if len(named) > 8 else "")
        print_facts([("picture", _KINDS[kind]), *([("words", told)] if named else [])])
    print_note(f"wrote {out}")


def _check(
    target: Path,
    kind: str,
    words: list[str] | None,
    topn: int | None,
    sentences: list[str] | None,
) -> None:
    """Refuses what cannot be drawn before any work is done."""
    from lexiscope.drawing.figures import ENDINGS

    if kind not in _KINDS:
        raise wrong_call(f"no such --kind: {kind}; expected one of {', '.join(_KINDS)}")
    if target.suffix.lower() not in ENDINGS:
        raise wrong_call(f"{target}: expected a name that ends in .png, .svg or .pdf")
    if topn is not None and (kind != "words" or not words):
        raise wrong_call("--topn is of --kind words with words that are named; leave it out")
    if kind == "loss" and words:
        raise wrong_call("--kind loss takes no words")
    if kind == "neighbors" and words and len(words) > 1:
        raise wrong_call(f"--kind neighbors is of one word, got {len(words)}")
    if kind != "layers" and sentences:
        raise wrong_call("--sentence is of --kind layers; leave it out")
    if kind == "layers" and (
        len(words or ()) != 1 or not 2 <= len(sentences or ()) <= _MOST_SENTENCES
    ):
        raise wrong_call(
            f"--kind layers takes one word and 2 to {_MOST_SENTENCES} sentences: "
            f"lexiscope plot MODEL bank --kind layers --sentence … --sentence …"
        )


def _drawn(
    path: str, kind: str, words: list[str] | None, topn: int | None
) -> tuple[Any, list[str]]:
    """Axes with the picture, and the words that are on it."""
    from lexiscope.drawing.figures import new_axes
    from lexiscope.replay.plots import PLACE, SIZE
    from lexiscope.vectors import plots

    run = _run(path, kind) if kind in _RUN else None
    if kind == "neighbors" and run is None:
        raise wrong_call(
            f"{path} has no recorded run; `lexiscope record` and `lexiscope train --record` keep "
            f"one"
        )
    if run is not None:
        axes = new_axes(*SIZE, PLACE)
        run.plot(kind, *(words or ()), ax=axes)
        return axes, list(words or ())
    vectors = _vectors(path, words)
    chosen = next(one for one in plots.KINDS if one == kind)
    axes = new_axes(*plots.SIZES[chosen], plots.PLACES[chosen])
    return axes, plots.draw(axes, vectors, chosen, words, topn)


def _vectors(path: str, words: list[str] | None) -> KeyedVectors:
    from lexiscope.vectors import load

    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    ask_in_its_case(vectors, words or ())
    return vectors


def _run(path: str, kind: str) -> Any:
    """The recorded run at a path; None where there is none, or the epochs tell the loss."""
    from lexiscope.formats.kinds import packed_run
    from lexiscope.inspection import Recording, Snapshots
    from lexiscope.replay import storage

    with packed_run.unpacked(Path(path)) as folder:
        if (folder / storage.STEPS_FILE).is_file():
            return Recording.open(folder)
        if (folder / storage.SNAPSHOTS_FILE).is_file():
            seen = Snapshots.open(folder)
            return None if kind == "loss" and seen.config.get("epochs", 1) > 1 else seen
    return None


def _layers(model: str, words: list[str], sentences: list[str]) -> tuple[Any, list[str]]:
    """Axes with a word's cosines of each two sentences, which stand below them."""
    from lexiscope.cli.shared.model_options import encoder_options, load_encoder
    from lexiscope.contextual.uses.similarity import draw_layers
    from lexiscope.drawing import colours, figures
    from lexiscope.shown import shown

    (word,) = words
    options = encoder_options(layers="-1", combine=None, pooling="mean")
    encoder = load_encoder(model, options)
    print_warnings(encoder.warnings)
    numbered = list(enumerate(sentences, 1))
    pairs = {
        f"{first} and {second}": encoder.layer_similarity(one, other, word)
        for (first, one), (second, other) in combinations(numbered, 2)
    }
    below = _LINE * len(sentences)
    axes = figures.new_axes(9.0, 5.6, (0.085, 0.145 + below, 0.79, 0.755 - below))
    draw_layers(axes, pairs, f"{shown(word)} in {len(sentences)} sentences, layer by layer")
    for number, text in numbered:
        axes.figure.text(
            0.085, 0.03 + _LINE * (len(sentences) - number), f"{number}  {shown(text, _LONGEST)}",
            fontsize=figures.FONT, color=colours.INK_2, parse_math=False,
        )  # fmt: skip
    return axes, [word]
