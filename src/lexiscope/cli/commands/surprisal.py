"""`lexiscope surprisal`: how little a language model expected each word of a text, in bits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any, cast

import typer

from lexiscope.cli.shared.arguments import JsonOption
from lexiscope.cli.shared.model_options import (
    BatchTokensOption,
    ColumnOption,
    DeviceOption,
    DtypeOption,
    ModelArgument,
    SplitOption,
    StrideOption,
    WindowOption,
    sentence_reader,
)
from lexiscope.cli.shared.output import print_json, print_note, print_table, print_warnings
from lexiscope.cli.shared.training_options import (
    ReadAsOption,
    SplitSentencesOption,
    TextEncodingOption,
)

_LINES = 256  # at a time


def surprisal(
    model: ModelArgument,
    text: Annotated[
        str,
        typer.Argument(
            metavar="INPUT", help="A text, a sentence a line: a file, a folder, or - for stdin."
        ),
    ],
    masking: Annotated[
        str,
        typer.Option(
            help="Of a masked model: within_word_l2r hides a word's later tokens too (Kauf & "
            "Ivanova 2023), token one token at a time."
        ),
    ] = "within_word_l2r",
    beginning: Annotated[
        bool,
        typer.Option(
            help="Of a causal model whose tokenizer puts nothing in front of a text: put its token "
            "of a text's beginning there."
        ),
    ] = True,
    split: SplitOption = "words",
    dtype: DtypeOption = "float32",
    device: DeviceOption = None,
    batch_tokens: BatchTokensOption = None,
    window: WindowOption = None,
    stride: StrideOption = None,
    column: ColumnOption = None,
    read_as: ReadAsOption = "auto",
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print the surprisal of every word of a text, in bits, by a causal or masked language model.

    Example: lexiscope surprisal gpt2 sentences.txt --json
    """
    from lexiscope.contextual.uses.surprisal import Surprisal
    from lexiscope.errors import CorpusError

    read = sentence_reader(text, column, read_as, encoding, split_sentences=split_sentences)
    lines = read()
    asked = Surprisal(
        model,
        masking=cast(Any, masking),
        beginning=beginning,
        words=cast(Any, split),
        dtype=cast(Any, dtype),
        device=device,
        batch_tokens=batch_tokens,
        window=window,
        stride=stride,
    )
    print_warnings(asked.model.body.warnings)
    rows = list(_rows(asked, iter(lines)))
    if not rows:
        raise CorpusError(f"{text}: there is no word in it; expected text, a sentence a line")
    _tell(asked, model, masking, rows, as_json=as_json)


def _tell(
    asked: Any, model: str, masking: str, rows: list[dict[str, Any]], *, as_json: bool
) -> None:
    prediction, before = asked.model.prediction, asked.first_word
    if as_json:
        print_json(
            {
                "model": model,
                "unit": "bits",
                "prediction": prediction,
                "masking": masking if prediction == "masked" else None,
                "before_first_word": before,
                "warnings": list(asked.model.body.warnings),
                "words": rows,
            }
        )
        return
    names = ("sentence", "place", "word", "start", "end", "pieces")
    table = [
        [*(row[name] for name in names), float("nan") if row["bits"] is None else row["bits"]]
        for row in rows
    ]
    print_table([*names, "bits"], table)
    if prediction == "causal" and before is None:
        print_note(
            "lexiscope: nothing stands before a line's first word, so that its surprisal is nan: "
            "this model has no token of a text's beginning"
        )


def _rows(asked: Any, lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    first = 0
    while chunk := list(islice(lines, _LINES)):
        for row in asked.words(chunk).rows():
            yield {**row, "sentence": first + row["sentence"]}
        first += len(chunk)
