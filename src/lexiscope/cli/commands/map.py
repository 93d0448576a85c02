"""`lexiscope map`: a place in a plane for every word, as a table or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, PathArgument, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_note,
    print_warnings,
)
from lexiscope.cli.shared.results import write_result

if TYPE_CHECKING:
    from lexiscope.vectors.layout.word_map import WordMap

_LABELS = 200
_LINE_BYTES = 40  # of a word in a table, about
_PICTURE_BYTES = 4_000_000
_TABLES, _PICTURES = (".parquet", ".csv"), (".png", ".svg", ".pdf")

OutOption = Annotated[
    str,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="What to write: places as .parquet or .csv, a picture as .png, .svg or .pdf.",
    ),
]
MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="M",
        help="neighbors: words stand beside their neighbours; pca: the directions of the largest "
        "variance, at once.",
    ),
]
LandmarksOption = Annotated[
    int | None,
    typer.Option(
        "--landmarks",
        min=100,
        max=20_000,
        help="How many of the most frequent words are laid out together; the others stand among "
        "the landmarks nearest to them. 5000, or 10000 of more than 200,000 words.",
        show_default=False,
    ),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="Only the first words, at most so many.")
]
LabelsOption = Annotated[
    int, typer.Option("--labels", min=0, max=2_000, help="Names on a picture, at most.")
]


def map(
    path: PathArgument,
    out: OutOption,
    method: MethodOption = "neighbors",
    landmarks: LandmarksOption = None,
    limit: LimitOption = None,
    labels: LabelsOption = _LABELS,
    seed: Annotated[int, typer.Option(min=0, help="Of the sample that is measured.")] = 1,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw a map of the words of PATH, or write where they stand, and say how far to trust it.

    Example: lexiscope map model -o map.png
    """
    from lexiscope.vectors import load
    from lexiscope.vectors.layout.word_map import METHODS, word_map

    chosen = next((name for name in METHODS if name == method), None)
    if chosen is None:
        raise wrong_call(f"no such --method: {method}; expected one of {', '.join(METHODS)}")
    target = Path(out)
    _check_kind(target)
    claim(target, overwrite=overwrite, is_folder=False)
    vectors = load(path, limit=limit).in_words()
    print_warnings(vectors.warnings)
    with LiveProgress() as progress:
        made = word_map(vectors, method=chosen, landmarks=landmarks, seed=seed, progress=progress)
    names = _write(made, target, labels)
    if as_json:
        print_json(_document(made, out, names))
    else:
        _tell(made, names)
    print_note(f"wrote {out}: {len(made.order):,} words")


def _check_kind(target: Path) -> None:
    """Refuses what cannot be written before any work is done."""
    ending = target.suffix.lower()
    if ending not in (*_TABLES, *_PICTURES):
        raise wrong_call(
            f"{target}: expected a name that ends in .parquet, .csv, .png, .svg or .pdf"
        )
    if ending in _PICTURES:
        from lexiscope.drawing.figures import require_library

        require_library()
    elif ending == ".parquet":
        from lexiscope.vectors.layout import writing

        writing.require_parquet()


def _write(made: WordMap, target: Path, labels: int) -> int | None:
    """Writes the map; how many names a picture has, None of a table."""
    if target.suffix.lower() in _PICTURES:
        from lexiscope.vectors.layout.picture import write_picture

        return write_result(
            lambda place: write_picture(place, made, labels), target, _PICTURE_BYTES
        )
    from lexiscope.vectors.layout.writing import write_csv, write_parquet

    write = write_csv if target.suffix.lower() == ".csv" else write_parquet
    write_result(lambda place: write(place, made), target, _LINE_BYTES * len(made.words))
    return None


def _tell(made: WordMap, names: int | None) -> None:
    kept = made.kept
    laid_out = made.landmarks if made.method == "neighbors" else 0
    facts: list[tuple[str, Cell]] = [("words", len(made.order))]
    if laid_out:
        facts.append(("landmarks", f"{laid_out:,}, others among their 10 nearest"))
    if made.without_place:
        facts.append(("without a place", f"{made.without_place:,} (zeros, or not finite)"))
    facts.append(("neighbours kept", f"{kept.everything:.1%} of a word's 10 nearest"))
    facts.append(("among landmarks", f"{kept.landmarks:.1%} of a landmark's"))
    if kept.placed is not None:
        facts.append(("", f"{kept.placed:.1%} of another word's"))
    if names is not None:
        facts.append(("names", names))
    if made.from_cache:
        facts.append(("from the cache", True))
    print_facts(facts)


def _document(made: WordMap, out: str, names: int | None) -> dict[str, Any]:
    kept = made.kept
    return {
        "out": out,
        "method": made.method,
        "words": len(made.order),
        "without_place": made.without_place,
        "landmarks": made.landmarks,
        "names": names,
        "neighbors_kept": {
            "of": 10,
            "among_all_words": round(kept.everything, 4),
            "of_landmarks_among_landmarks": round(kept.landmarks, 4),
            "of_placed_words_among_landmarks": None
            if kept.placed is None
            else round(kept.placed, 4),
            "sampled_at_most": kept.sampled,
        },
        "from_cache": made.from_cache,
    }
