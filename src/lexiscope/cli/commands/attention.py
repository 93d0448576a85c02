"""`lexiscope attention`: what the words of a sentence attend to in a pretrained transformer."""

from __future__ import annotations

from typing import Annotated, Any, cast

import numpy as np
import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.model_options import (
    DeviceOption,
    DtypeOption,
    ModelArgument,
    SplitOption,
)
from lexiscope.cli.shared.output import print_json, print_table, print_warnings


def attention(
    model: ModelArgument,
    sentence: Annotated[str, typer.Argument(metavar="SENTENCE", help="The sentence.")],
    layer: Annotated[
        int, typer.Option(help="Which layer's table is shown: 1 is the first, -1 the last.")
    ] = -1,
    head: Annotated[
        int | None,
        typer.Option(min=1, show_default=False, help="Which head's; without it their mean."),
    ] = None,
    split: SplitOption = "words",
    dtype: DtypeOption = "float32",
    device: DeviceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what each word of a sentence attends to; with --json in every layer and head.

    Example: lexiscope attention bert-base-uncased "The bank of the river." --layer 3
    """
    from lexiscope.contextual.encoder import Encoder

    encoder = Encoder(model, words=cast(Any, split), dtype=cast(Any, dtype), device=device)
    print_warnings(encoder.warnings)
    found = encoder.attention(sentence)
    if as_json:
        print_json({"model": model, "warnings": list(encoder.warnings), **found.document()})
        return
    layers, heads = found.words_to_words.shape[:2]
    if not (1 <= layer <= layers or -layers <= layer <= -1):
        raise wrong_call(f"--layer {layer}: the model has layers 1 to {layers}, or -1 to -{layers}")
    if head is not None and head > heads:
        raise wrong_call(f"--head {head}: the model has heads 1 to {heads}")
    number = layer - 1 if layer > 0 else layer
    chosen = slice(None) if head is None else slice(head - 1, head)
    table = found.words_to_words[number, chosen].mean(axis=0)
    rest = found.elsewhere[number, chosen].mean(axis=0)
    rows = np.concatenate([table, rest[:, None]], axis=1).astype(float).tolist()
    print_table(
        ["from", *found.words, "elsewhere"],
        [[word, *row] for word, row in zip(found.words, rows, strict=True)],
    )
