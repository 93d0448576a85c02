"""`lexiscope contextual`: the vectors of a text's words in their sentences, to a file."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from lexiscope.cli.shared.arguments import JsonOption, read_word_list, wrong_call
from lexiscope.cli.shared.claims import claim
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    human_count,
    human_time,
    print_facts,
    print_json,
    print_note,
    print_warnings,
)
from lexiscope.progress import human_bytes

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A folder with a pretrained transformer and its tokenizer, or its id on the "
        "Hugging Face hub.",
    ),
]
LayersOption = Annotated[
    str,
    typer.Option(
        metavar="LAYERS",
        help="Hidden states: numbers with commas (0 enters the first layer, -1 leaves the last), "
        "or all.",
    ),
]
CombineOption = Annotated[
    str | None,
    typer.Option(
        show_default=False,
        help="What several layers become: mean, sum or concat. For one layer it is last.",
    ),
]
PoolingOption = Annotated[
    str,
    typer.Option(
        help="What the tokens of a word become: mean, first, last, first_last, max or sum."
    ),
]
DtypeOption = Annotated[
    str, typer.Option(help="What the model computes in: float32, bfloat16 or float16.")
]
DeviceOption = Annotated[
    str | None,
    typer.Option(show_default=False, help="cpu, cuda, …; a GPU where there is one by itself."),
]
BatchTokensOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default=False,
        help="Tokens that go through the model at a time (512 a core, 16384 on a GPU).",
    ),
]
WindowOption = Annotated[
    int | None,
    typer.Option(
        min=4,
        show_default=False,
        help="Tokens that the model sees at a time (default: as many as it can take; 512 where "
        "neither it nor its tokenizer names a limit).",
    ),
]
StrideOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default=False,
        help="In lines longer than the window: tokens from a window to the next (default: half a "
        "window).",
    ),
]
TruncateOption = Annotated[
    bool, typer.Option("--truncate", help="Cut such lines at the window's end instead.")
]


def contextual(
    model: ModelArgument,
    text: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A text, a sentence a line: a file (also .gz, .xz, .bz2, .zst), a folder, a glob, "
            "or - for stdin.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="What to write: a .parquet, .safetensors or .h5 file.",
        ),
    ],
    layers: LayersOption = "-1",
    combine: CombineOption = None,
    pooling: PoolingOption = "mean",
    dtype: DtypeOption = "float32",
    device: DeviceOption = None,
    batch_tokens: BatchTokensOption = None,
    window: WindowOption = None,
    stride: StrideOption = None,
    truncate: TruncateOption = False,
    split: Annotated[
        str,
        typer.Option(
            help="What a word is: words (letters, marks, digits) or whitespace (all that stands "
            "between spaces)."
        ),
    ] = "words",
    words: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", show_default=False, help="Only the words of this file, one a line."
        ),
    ] = None,
    postprocess: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            show_default=False,
            help="Post-process the vectors: all-but-the-top, whitening, standardising or "
            "outlier-dimensions, fitted on 2,000 lines of INPUT and stored beside FILE; or a file "
            "that was so stored.",
        ),
    ] = None,
    sentences: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="A row for each line too, in front of its words' (place -1): mean of its tokens, "
            "cls or last.",
        ),
    ] = None,
    values: Annotated[
        str, typer.Option(help="What vectors are stored as: float32 or float16.")
    ] = "float32",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a stopped run has left off.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the contextual vector of every word of a text, a row a word.

    Example: lexiscope contextual bert-base-uncased corpus.txt -o vectors.parquet
    """
    from pathlib import Path

    from lexiscope.cli.shared.postprocessing import check_given, postprocessing_of
    from lexiscope.contextual.corpus.parts import parts_folder
    from lexiscope.contextual.corpus.run import run_corpus
    from lexiscope.contextual.corpus.table_files import table_file
    from lexiscope.contextual.corpus.whole_sentences import check_whole
    from lexiscope.corpus.input.lines import TextLines

    options = encoder_options(
        layers=layers,
        combine=combine,
        pooling=pooling,
        dtype=dtype,
        device=device,
        batch_tokens=batch_tokens,
        window=window,
        stride=stride,
        truncate=truncate,
        words=split,
    )
    check_given(postprocess, text)
    if postprocess is not None and sentences is not None:
        raise wrong_call("--postprocess is fitted on words; leave out --sentences, or it")
    table_file(Path(out), cast(Any, values))
    check_whole(cast(Any, sentences), options)
    claim(out, is_folder=False, inside=parts_folder(Path(out)))
    only = wanted_words(words)
    lines = TextLines(text)
    encoder = load_encoder(model, options)
    warnings = list(encoder.warnings)
    print_warnings(warnings)
    fitted = None
    try:
        with LiveProgress() as progress:
            if postprocess is not None:
                fitted = postprocessing_of(
                    postprocess, encoder, text, out, resume=resume, progress=progress
                )
                encoder = fitted.encoder
            run = run_corpus(
                encoder,
                lines,
                out,
                only=only,
                whole=cast(Any, sentences),
                values=cast(Any, values),
                resume=resume,
                progress=progress,
            )
    except KeyboardInterrupt:
        print_note("lexiscope: stopped; go on with the same command and --resume")
        raise
    _tell(out, run, encoder, warnings, fitted, as_json=as_json)


def _tell(
    out: str, run: Any, encoder: Any, warnings: list[str], fitted: Any, *, as_json: bool
) -> None:
    rate = run.tokens / max(run.seconds, 1e-9)
    if as_json:
        print_json(
            {
                "out": out,
                "sentences": run.sentences,
                "words": run.words,
                "tokens": run.tokens,
                "missing": run.missing,
                "resumed_sentences": run.resumed,
                "dimension": encoder.vector_size,
                "warnings": warnings,
                "postprocessing": None if fitted is None else fitted.document,
                "layers": list(encoder.layers),
                "seconds": run.seconds,
            }
        )
        return
    facts: list[tuple[str, Cell]] = [
        ("text", f"{run.sentences:,} sentences, {run.tokens:,} tokens"),
        ("words", f"{run.words:,}, of which {run.missing:,} without a token"),
        ("vectors", f"{encoder.vector_size:,} values, layers {_shown(encoder.layers)}"),
        ("time", _time(run.seconds, rate, run.resumed)),
        ("file", f"{out} ({human_bytes(run.out.stat().st_size)})"),
    ]
    if fitted is not None:
        facts.insert(3, ("afterwards", fitted.told))
    print_facts(facts)


def encoder_options(**given: Any) -> Any:
    """The options of an encoder, checked; a wrong one is a wrong call.

    Raises:
        ConfigError: A value is out of its range.
    """
    from lexiscope.contextual.options import EncoderOptions

    layers = _layers(given["layers"])
    combine = given["combine"]
    if combine is None:
        if layers == "all" or len(layers) > 1:
            raise wrong_call(
                f"--layers {given['layers']} are several: say with --combine what they become "
                "(mean, sum or concat)"
            )
        combine = "last"
    return EncoderOptions(**{**given, "layers": layers, "combine": combine})


def load_encoder(model: str, options: Any) -> Any:
    """Loads a model for options that were checked."""
    from dataclasses import asdict

    from lexiscope.contextual.encoder import Encoder

    return Encoder(model, **asdict(options))


def wanted_words(path: str | None) -> list[str] | None:
    """The words of a list file; None where none is named.

    Raises:
        CorpusError: The file cannot be read, or is empty.
    """
    from lexiscope.errors import CorpusError

    if path is None:
        return None
    words = read_word_list(path)
    if not words:
        raise CorpusError(f"{path}: there is no word in it; expected one a line")
    return words


def _layers(text: str) -> tuple[int, ...] | str:
    if text.strip() == "all":
        return "all"
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise wrong_call(
            f"--layers {text!r}: expected numbers with commas, such as -4,-3,-2,-1, or all"
        ) from None


def _shown(layers: tuple[int, ...]) -> str:
    return ", ".join(map(str, layers))


def _time(seconds: float, rate: float, resumed: int) -> str:
    if resumed:
        return f"{human_time(seconds)}, after {resumed:,} sentences of an earlier run"
    return f"{human_time(seconds)}, {human_count(rate)} tokens/s"
