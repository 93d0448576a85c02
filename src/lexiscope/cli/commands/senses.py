"""`lexiscope senses`: a word's occurrences in a corpus, in clusters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_line,
    print_note,
    print_table,
)
from lexiscope.cli.shared.results import write_result

if TYPE_CHECKING:
    from lexiscope.contextual.occurrences.places import Places
    from lexiscope.contextual.occurrences.word_senses import Sense, WordSenses

_LINE_BYTES = 200  # of an occurrence in a table, about
_PICTURE_BYTES = 1_000_000
_TABLES, _PICTURES = (".csv", ".parquet"), (".png", ".svg", ".pdf")
_BESIDE = 48  # characters of a sentence on either side of the word

ClustersOption = Annotated[
    int | None,
    typer.Option(
        "--clusters",
        min=1,
        max=8,
        help="So many clusters; by default as many as stand apart best by their silhouette.",
        show_default=False,
    ),
]
MostOption = Annotated[
    int,
    typer.Option(
        "--most", min=2, max=20_000, help="Of more occurrences so many are taken, evenly."
    ),
]
ExamplesOption = Annotated[
    int, typer.Option("--examples", min=0, help="Sentences shown of a cluster, nearest first.")
]
MethodOption = Annotated[
    str,
    typer.Option(
        "--method",
        metavar="M",
        help="Of a table's places and a picture. neighbors: occurrences stand beside their "
        "neighbours; pca: the directions of the largest variance.",
    ),
]
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Write all occurrences as .csv or .parquet, or draw them as .png, .svg or .pdf.",
    ),
]


def senses(
    path: Annotated[
        str,
        typer.Argument(metavar="FILE", help="What `lexiscope contextual` has written, a .parquet."),
    ],
    word: Annotated[str, typer.Argument(metavar="WORD", help="As it is spelled in the text.")],
    clusters: ClustersOption = None,
    most: MostOption = 2_000,
    examples: ExamplesOption = 3,
    method: MethodOption = "neighbors",
    out: OutOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Sort the occurrences of a word by sense: clusters of their vectors, and what tells them.

    Example: lexiscope senses vectors.parquet bank -o bank.png
    """
    from lexiscope.contextual.occurrences.word_senses import word_senses

    target = None if out is None else Path(out)
    if target is not None:
        _check(target, method)
        claim(target, overwrite=overwrite, is_folder=False)
    found = word_senses(path, word, clusters=clusters, most=most)
    places = None
    if target is not None:
        places = _write(found, target, method)
    if as_json:
        print_json(_document(found, places, out))
    else:
        _tell(found, places, examples)
    if target is not None:
        print_note(f"wrote {out}: {len(found.occurrences):,} occurrences")


def _check(target: Path, method: str) -> None:
    """Refuses what cannot be written before any work is done."""
    from lexiscope.vectors.layout.landmarks import require_library
    from lexiscope.vectors.layout.word_map import METHODS

    if method not in METHODS:
        raise wrong_call(f"no such --method: {method}; expected one of {', '.join(METHODS)}")
    ending = target.suffix.lower()
    if ending not in (*_TABLES, *_PICTURES):
        raise wrong_call(
            f"{target}: expected a name that ends in .csv, .parquet, .png, .svg or .pdf"
        )
    if method == "neighbors":
        require_library()
    if ending in _PICTURES:
        from lexiscope.drawing import figures

        figures.require_library()
    elif ending == ".parquet":
        from lexiscope.vectors.layout.writing import require_parquet

        require_parquet()


def _write(found: WordSenses, target: Path, method: str) -> Places:
    from lexiscope.contextual.occurrences.picture import write_picture
    from lexiscope.contextual.occurrences.places import places_of
    from lexiscope.contextual.occurrences.writing import write_csv, write_parquet

    with LiveProgress() as progress:
        chosen: Any = method
        places = places_of(found.occurrences.vectors, chosen, progress)
    ending = target.suffix.lower()
    if ending in _PICTURES:
        write_result(lambda place: write_picture(place, found, places), target, _PICTURE_BYTES)
        return places
    write = write_csv if ending == ".csv" else write_parquet
    size = _LINE_BYTES * len(found.occurrences)
    write_result(lambda place: write(place, found, places), target, size)
    return places


def _tell(found: WordSenses, places: Places | None, examples: int) -> None:
    occurrences, clusters = found.occurrences, found.clusters
    taken = f"{occurrences.total:,}"
    if len(occurrences) < occurrences.total:
        taken += f", of which {len(occurrences):,} were taken evenly"
    facts: list[tuple[str, Cell]] = [
        ("word", found.word),
        ("occurrences", taken),
        ("clusters", _clusters_told(found)),
    ]
    if clusters.silhouettes:
        tried = ", ".join(f"{k} {value:.3f}" for k, value in clusters.silhouettes.items())
        facts.append(("silhouettes", tried))
    if places is not None and places.kept is not None:
        facts.append(("neighbours kept", f"{places.kept:.1%} of an occurrence's 10 nearest"))
    print_facts(facts)
    print_line()
    rows: list[list[Cell]] = [
        [
            str(number),
            len(sense.rows),
            f"{len(sense.rows) / len(occurrences):.0%}",
            ", ".join(one.word for one in sense.telling) or "–",
        ]
        for number, sense in enumerate(found.senses, 1)
    ]
    print_table(["cluster", "occurrences", "share", "words that its sentences have more"], rows)
    if examples:
        for number, sense in enumerate(found.senses, 1):
            print_line()
            print_line(f"cluster {number}, nearest to its centre first")
            for line in _examples(found, sense, examples):
                print_line(line)


def _clusters_told(found: WordSenses) -> str:
    from lexiscope.contextual.uses.senses import LEAST_SILHOUETTE

    clusters = found.clusters
    if not found.by_silhouette:
        return f"{clusters.count}, as asked for"
    if clusters.count > 1:
        return (
            f"{clusters.count}, which stand apart best (mean silhouette {clusters.silhouette:.3f})"
        )
    if not clusters.silhouettes:
        return "1: there are too few occurrences for two"
    return f"1: no number of clusters reaches a mean silhouette of {LEAST_SILHOUETTE}"


def _examples(found: WordSenses, sense: Sense, most: int) -> list[str]:
    """Sentences around the word, the word below the word."""
    from lexiscope.shown import shown, width

    lines = []
    for row in sense.rows[:most].tolist():
        text = found.occurrences.texts[row]
        start, end = found.occurrences.spans[row].tolist()
        before = shown(text[max(0, start - _BESIDE) : start])[-_BESIDE:]
        after = shown(text[end : end + _BESIDE])[:_BESIDE]
        room = " " * max(0, _BESIDE - width(before))
        lines.append(f"  {room}{before}[{shown(text[start:end])}]{after}")
    return lines


def _document(found: WordSenses, places: Places | None, out: str | None) -> dict[str, Any]:
    occurrences, clusters = found.occurrences, found.clusters
    document: dict[str, Any] = {
        "word": found.word,
        "occurrences": occurrences.total,
        "taken": len(occurrences),
        "clusters": clusters.count,
        "by_silhouette": found.by_silhouette,
        "silhouettes": {str(k): round(value, 4) for k, value in clusters.silhouettes.items()},
        "senses": [
            {
                "occurrences": len(sense.rows),
                "telling_words": [
                    {
                        "word": one.word,
                        "sentences": one.inside,
                        "sentences_elsewhere": one.elsewhere,
                        "log_likelihood_ratio": round(one.ratio, 2),
                    }
                    for one in sense.telling
                ],
                "rows": [
                    {
                        "sentence": int(occurrences.sentences[row]),
                        "place": int(occurrences.places[row]),
                        "start": int(occurrences.spans[row, 0]),
                        "end": int(occurrences.spans[row, 1]),
                        "text": occurrences.texts[row],
                    }
                    for row in sense.rows.tolist()
                ],
            }
            for sense in found.senses
        ],
    }
    if places is not None:
        kept = None if places.kept is None else round(places.kept, 4)
        document |= {"out": out, "method": places.method, "neighbors_kept": kept}
    return document
