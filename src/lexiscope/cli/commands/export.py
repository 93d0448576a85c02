"""`lexiscope export`: what is in a run or a model, in the files of other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import OutputVectorsOption, opened_names, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import Cell, LiveProgress, print_facts, print_warnings
from lexiscope.progress import human_bytes


def _json_steps(path: str, out: str) -> None:
    from lexiscope.inspection import Recording, json_steps

    recording = Recording.open(path)
    with LiveProgress() as progress:
        json_steps.export(recording, out, progress)


def _matrices(to: str, path: str, out: str, output_vectors: str | None) -> None:
    from lexiscope.interop import exports
    from lexiscope.vectors import load

    vectors = load(path, output_vectors=output_vectors).in_words()
    print_warnings(vectors.warnings)
    exports.export(vectors, out, to)


# Of vectors, by the names of `interop.exports.TARGETS`; spelled out so that --help loads nothing.
MATRICES = ("npy", "npz", "safetensors", "tsv", "torch", "parquet")
RUNS = ("json-steps",)
FORMATS = (*RUNS, *MATRICES)
_MOST_NAMED = 12


def export(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A model folder or any vectors file; for json-steps a recorded run.",
            callback=opened_names,
        ),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help=f"What to write: {', '.join(MATRICES)} (matrices, vocabulary with counts, and a "
            f"manifest that ties them); {', '.join(RUNS)} (of a run).",
        ),
    ],
    out: Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="The folder to write.")],
    output_vectors: OutputVectorsOption = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Write PATH in another program's files.

    Example: lexiscope export model --to npy -o matrices
    """
    if to not in FORMATS:
        raise wrong_call(f"no such format: {to}; expected one of {', '.join(FORMATS)}")
    if to in RUNS and output_vectors is not None:
        raise wrong_call(f"--output-vectors is of vectors; leave it out with --to {to}")
    claim(out, overwrite=overwrite, check=_check_target(to))
    if to in RUNS:
        _json_steps(path, out)
    else:
        _matrices(to, path, out, output_vectors)
    print_facts(_written(Path(out)))


def _check_target(to: str) -> Callable[[Path], None]:
    """What refuses a folder that holds something else than an earlier export."""
    if to in RUNS:
        from lexiscope.inspection import json_steps

        return json_steps.check_target
    from lexiscope.interop import exports

    return exports.check_target


def _written(folder: Path) -> list[tuple[str, Cell]]:
    """What was written: the files one by one, where they are few."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    total = human_bytes(sum(file.stat().st_size for file in files))
    facts: list[tuple[str, Cell]] = [("wrote", f"{folder} ({len(files):,} files, {total})")]
    if len(files) <= _MOST_NAMED:
        facts += [
            (file.relative_to(folder).as_posix(), human_bytes(file.stat().st_size))
            for file in files
        ]
    return facts
