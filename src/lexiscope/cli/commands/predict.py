"""`lexiscope predict`: what a recorded model says comes after a word."""

from __future__ import annotations

from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption
from lexiscope.cli.shared.output import print_json, print_table

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="The folder of a recorded run (`lexiscope record`).")
]


def predict(
    run: RunArgument,
    word: Annotated[str, typer.Argument(metavar="WORD", help="The word before.")],
    topn: Annotated[
        int, typer.Option("--topn", "-n", min=1, help="How many words to show, at most.")
    ] = 5,
    step: Annotated[
        int | None, typer.Option(help="As the model stood after so many steps.", show_default="all")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the most probable words after WORD.

    Example: lexiscope record --architecture next-word -o next && lexiscope predict next cats
    """
    from lexiscope.inspection import Recording
    from lexiscope.inspection.views.prediction import predict as most_probable

    recording = Recording.open(run)
    found = most_probable(recording, word, topn, step)
    if as_json:
        print_json(
            {
                "run": run,
                "word": word,
                "step": recording.steps if step is None else step,
                "predictions": [
                    {"word": one.word, "probability": one.probability} for one in found
                ],
            }
        )
        return
    print_table(
        [f"after {word}", "probability"], [(one.word, float(one.probability)) for one in found]
    )
