"""`lexiscope export`: what is in a run or a model, in the files of other programs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import wrong_call
from lexiscope.cli.shared.claims import claim
from lexiscope.cli.shared.output import LiveProgress, print_note, print_warnings


def _json_steps(path: str, out: str) -> None:
    from lexiscope.inspection import Recording, json_steps

    json_steps.check_target(Path(out))
    recording = Recording.open(path)
    with LiveProgress() as progress:
        json_steps.export(recording, out, progress)


def _matrices(to: str, path: str, out: str) -> None:
    from lexiscope.interop import exports
    from lexiscope.vectors import load

    exports.check_target(out)
    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    exports.export(vectors, out, to)


# Of vectors, by the names of `interop.exports.TARGETS`; spelled out so that --help loads nothing.
MATRICES = ("npy", "npz", "safetensors", "tsv", "torch", "parquet")
RUNS = ("json-steps",)
# Name → what writes PATH as that to OUT.
FORMATS: dict[str, Callable[[str, str], None]] = {
    "json-steps": _json_steps,
    **{name: partial(_matrices, name) for name in MATRICES},
}


def export(
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="A model folder or any vectors file; for json-steps a recorded run.",
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
) -> None:
    """Write PATH in another program's files.

    Example: lexiscope export model --to npy -o matrices
    """
    write = FORMATS.get(to)
    if write is None:
        raise wrong_call(f"no such format: {to}; expected one of {', '.join(FORMATS)}")
    claim(out)
    write(path, out)
    print_note(f"wrote {out}")
