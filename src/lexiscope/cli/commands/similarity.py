"""`lexiscope similarity`: the cosine of two words."""

from __future__ import annotations

from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, PathArgument, ask_in_its_case
from lexiscope.cli.shared.output import print_json, print_line, print_warnings


def similarity(
    path: PathArgument,
    a: Annotated[str, typer.Argument(metavar="A", help="A word.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another.")],
    as_json: JsonOption = False,
) -> None:
    """Show the cosine of two words, between −1 and 1."""
    from lexiscope.vectors import load

    vectors = load(path).in_words()
    print_warnings(vectors.warnings)
    ask_in_its_case(vectors, (a, b))
    value = vectors.similarity(a, b)
    if as_json:
        print_json({"path": path, "a": a, "b": b, "similarity": value})
    else:
        print_line(f"{value:.4f}")
