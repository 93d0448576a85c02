"""`lexiscope convert`: vectors from one format to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import (
    EncodingOption,
    JsonOption,
    OutputVectorsOption,
    opened_names,
    wrong_call,
)
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_warnings,
)
from lexiscope.errors import CorpusError
from lexiscope.progress import human_bytes

if TYPE_CHECKING:
    from lexiscope.formats.conversion import Conversion

_DTYPES = ("float32", "float16")
# Those of `formats.registry` that are written, spelled out so that --help loads nothing.
FORMATS = (
    "model",
    "word2vec-binary",
    "word2vec-text",
    "glove",
    "fasttext",
    "model2vec",
    "safetensors",
    "npy",
    "projector",
    "parquet",
    "csv",
    "spacy",
)


SourceArgument = Annotated[
    str,
    typer.Argument(
        metavar="SRC",
        help="A model folder or any supported vectors file.",
        callback=opened_names,
    ),
]


def convert(
    source: SourceArgument,
    target: Annotated[str, typer.Argument(metavar="DST", help="The file or folder to write.")],
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help=f"The format of DST: {', '.join(FORMATS)}; by its ending where not given, a model "
            "folder without one.",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first rows, at most so many.")
    ] = None,
    words: Annotated[
        str | None,
        typer.Option("--words", metavar="FILE", help="Only the words of this file, one a line."),
    ] = None,
    dtype: Annotated[
        str,
        typer.Option(
            "--dtype",
            help="float32, or float16, rounded: half the size as npy, safetensors or Parquet.",
        ),
    ] = "float32",
    encoding: EncodingOption = None,
    output_vectors: OutputVectorsOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write SRC in another format, and say what is lost.

    Example: lexiscope convert GoogleNews.bin.gz model --limit 200000
    """
    from lexiscope.formats.contract import ReadOptions
    from lexiscope.formats.conversion import convert as convert_file

    if dtype not in _DTYPES:
        raise wrong_call(f"--dtype is {dtype!r}, expected {' or '.join(_DTYPES)}")
    wanted = None if words is None else _read_words(Path(words))
    options = ReadOptions(
        limit=limit,
        words=wanted,
        dtype="float16" if dtype == "float16" else "float32",
        encoding=encoding,
    )
    _claim(source, target, to, overwrite=overwrite)
    with LiveProgress() as progress:
        done = convert_file(
            source,
            target,
            to=to,
            options=options,
            output=output_vectors,
            progress=None if as_json else progress,
        )
    if as_json:
        print_json(_document(source, target, done))
        return
    print_warnings(done.warnings)
    print_facts(_facts(source, target, done))


def _claim(source: str, target: str, to: str | None, *, overwrite: bool) -> None:
    from lexiscope.formats.conversion import check_target, target_format

    write_as = target_format(Path(target), to)
    claim(
        target,
        overwrite=overwrite,
        is_folder=write_as.is_folder,
        check=lambda path: check_target(Path(source), path, write_as),
    )


def _read_words(path: Path) -> frozenset[str]:
    """The words of a list, one a line; blank lines are none."""
    from lexiscope.files import tokens
    from lexiscope.files.lists import read_list

    lines = read_list(path, "one word a line").split(b"\n")
    found = frozenset(tokens.decode(line.removesuffix(b"\r")) for line in lines if line.strip())
    if not found:
        raise CorpusError(f"{path}: is empty, expected a file with one word a line")
    return found


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(part.stat().st_size for part in path.rglob("*") if part.is_file())
    return path.stat().st_size


def _document(source: str, target: str, done: Conversion) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        "from": done.source_format,
        "to": done.target_format,
        "words": done.words,
        "dim": done.dimensions,
        "bytes": _size(Path(target)),
        "lost": done.lost,
        "largest_error": done.largest_error,
        "warnings": done.warnings,
        "seconds": done.seconds,
    }


def _facts(source: str, target: str, done: Conversion) -> list[tuple[str, Cell]]:
    return [
        ("read", f"{source} ({done.source_format})"),
        ("wrote", f"{target} ({done.target_format}, {human_bytes(_size(Path(target)))})"),
        ("words", done.words),
        ("dimensions", done.dimensions),
        ("lost", "; ".join(done.lost) or "nothing"),
        ("seconds", f"{done.seconds:.1f}"),
    ]
