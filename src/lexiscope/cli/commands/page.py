"""`lexiscope page`: the page as one file that opens anywhere, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import LiveProgress, print_facts, print_note
from lexiscope.progress import human_bytes

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="The folder of a recorded run, or a small model.")
]


def page(
    run: RunArgument,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="FILE.html", help="The file to write.")
    ],
    title: Annotated[
        str | None, typer.Option(help="Of the page.", show_default="Lexiscope")
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Write the page of RUN as one HTML file with all its data inside.

    Example: lexiscope record -o run && lexiscope page run -o run.html
    """
    from lexiscope.cli.commands.serve import trainers_options
    from lexiscope.server.single_file import write_page

    target = Path(out)
    claim(target, overwrite=overwrite, is_folder=False)
    with LiveProgress() as progress:
        written = write_page(
            run, target, title=title, options=trainers_options(), progress=progress
        )
    if not written.keyframes:
        print_note(
            "lexiscope: this model has no recording of its steps, so the page has no walkthrough; "
            "`lexiscope record TEXT -o RUN` makes a run that has"
        )
    print_facts([("page", f"{out} ({human_bytes(written.bytes)})")])
