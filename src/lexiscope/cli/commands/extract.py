"""`lexiscope extract`: the embedding matrix of a language model's checkpoint."""

from __future__ import annotations

from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim_model
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_warnings,
)
from lexiscope.progress import human_bytes


def extract(
    checkpoint: Annotated[
        str,
        typer.Argument(
            metavar="CHECKPOINT",
            help="A folder laid out like a Hugging Face checkpoint, a file of weights in one, or "
            "the id of a model on the hub (of which only the matrix is downloaded).",
        ),
    ],
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="MODEL", help="The model folder to write.")
    ],
    matrix: Annotated[
        str, typer.Option(help="input (the embeddings) or output (what scores the next token).")
    ] = "input",
    tensor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", show_default=False, help="The tensor, where it has no usual name."
        ),
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a language model's embedding matrix, its tokens as words, without loading the model.

    Example: lexiscope extract openai-community/gpt2 -o gpt2
    """
    from lexiscope.contextual.pretrained import extract as pretrained

    chosen = next((name for name in pretrained.MATRICES if name == matrix), None)
    if chosen is None:
        raise wrong_call(f"no such matrix: {matrix}; expected input or output")
    claim_model(out, overwrite=overwrite)
    found = pretrained.extract(checkpoint, matrix=chosen, tensor=tensor)
    print_warnings(found.warnings)
    with LiveProgress() as progress:
        found.save(out, progress)
    document = {**found.facts(), "out": out}
    if as_json:
        print_json(document)
        return
    rows, columns = found.tensor.shape
    padding = f", and {found.names.padded:,} rows of padding" if found.names.padded else ""
    facts: list[tuple[str, Cell]] = [
        ("tensor", f"{found.tensor.name}, {rows:,} × {columns:,} {found.tensor.dtype}"),
        ("read", f"{human_bytes(found.tensor.bytes)} of the checkpoint's weights"),
        ("tokens", f"{rows - found.names.padded:,}{padding}"),
        ("output matrix", document["tied"]),
        ("model", out),
    ]
    print_facts(facts)
