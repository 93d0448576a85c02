"""`lexiscope export`: what is in a run or a model, in the files of other programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.arguments import wrong_call
from lexiscope.cli.output import LiveProgress, print_note


def _json_steps(path: str, out: str) -> None:
    from lexiscope.inspection import Recording, json_steps

    json_steps.check_target(Path(out))
    recording = Recording.open(path)
    with LiveProgress() as progress:
        json_steps.export(recording, out, progress)


# Name → what writes PATH as that to OUT.
FORMATS: dict[str, Callable[[str, str], None]] = {"json-steps": _json_steps}


def export(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The folder of a recorded run.")],
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="FORMAT", help=f"What to write: {', '.join(FORMATS)} (of a run)."
        ),
    ],
    out: Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="Where to.")],
) -> None:
    """Write PATH in another program's files.

    Example: lexiscope export run --to json-steps -o steps
    """
    write = FORMATS.get(to)
    if write is None:
        raise wrong_call(f"no such format: {to}; expected one of {', '.join(FORMATS)}")
    write(path, out)
    print_note(f"wrote {out}")
