"""`lexiscope contextual`: the vectors of a text's words in their sentences, to a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.encoding_cluster import (
    EncodingClusterOption,
    EncodingMachinesOption,
    EncodingWorkersOption,
    encoders_of,
    encoding_cluster,
)
from lexiscope.cli.shared.model_options import (
    BatchTokensOption,
    ColumnOption,
    CombineOption,
    CompileOption,
    DeviceOption,
    DtypeOption,
    LayersOption,
    LayerWeightsOption,
    ModelArgument,
    PoolingOption,
    SplitOption,
    StrideOption,
    TruncateOption,
    WindowOption,
    encoder_options,
    load_encoder,
    sentence_reader,
    wanted_words,
)
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_note,
    print_warnings,
)
from lexiscope.cli.shared.training_options import (
    ReadAsOption,
    SplitSentencesOption,
    TextEncodingOption,
)
from lexiscope.progress import human_bytes, human_count, human_time


def contextual(
    model: ModelArgument,
    text: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A text, a sentence a line: a file (also .gz, .xz, .bz2, .zst), a folder, a glob, "
            "or - for stdin; or a data set saved by Hugging Face's datasets.",
        ),
    ],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="What to write: a .parquet, .safetensors or .h5 file, a .zarr folder, or .hf, a "
            "folder for Hugging Face's datasets.",
        ),
    ],
    column: ColumnOption = None,
    read_as: ReadAsOption = "auto",
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    layers: LayersOption = "-1",
    combine: CombineOption = None,
    layer_weights: LayerWeightsOption = None,
    pooling: PoolingOption = "mean",
    dtype: DtypeOption = "float32",
    compile_model: CompileOption = False,
    device: DeviceOption = None,
    batch_tokens: BatchTokensOption = None,
    window: WindowOption = None,
    stride: StrideOption = None,
    truncate: TruncateOption = False,
    split: SplitOption = "words",
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
            "cls, last, or sif of its words, fitted on INPUT, which is read twice.",
        ),
    ] = None,
    values: Annotated[
        str, typer.Option(help="What vectors are stored as: float32 or float16.")
    ] = "float32",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a stopped run has left off.")
    ] = False,
    cluster: EncodingClusterOption = None,
    machines: EncodingMachinesOption = None,
    workers: EncodingWorkersOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the contextual vector of every word of a text, a row a word.

    Example: lexiscope contextual bert-base-uncased corpus.txt -o vectors.parquet
    """
    from lexiscope.cli.shared.postprocessing import check_given, postprocessing_of
    from lexiscope.contextual.corpus.run import run_corpus

    options = encoder_options(
        layers=layers,
        combine=combine,
        layer_weights=layer_weights,
        pooling=pooling,
        dtype=dtype,
        compile=compile_model,
        device=device,
        batch_tokens=batch_tokens,
        window=window,
        stride=stride,
        truncate=truncate,
        words=split,
    )
    chosen = encoding_cluster(cluster, machines, workers)
    check_given(postprocess, text)
    _check_sentences(sentences, options, text, postprocess)
    # What goes on belongs to its own unfinished parts; whether they are there is asked below.
    _claim(out, values, overwrite=overwrite or resume)
    only = wanted_words(words)
    read = sentence_reader(text, column, read_as, encoding, split_sentences=split_sentences)
    lines = read()
    fitted = None
    try:
        with encoders_of(chosen, workers, options) as (encoders, own_options):
            encoder = load_encoder(model, own_options)
            warnings = list(encoder.warnings)
            print_warnings(warnings)
            with LiveProgress() as progress:
                if postprocess is not None:
                    fitted = postprocessing_of(
                        postprocess,
                        encoder,
                        text,
                        out,
                        read=read,
                        resume=resume,
                        progress=progress,
                    )
                    encoder = fitted.encoder
                run = run_corpus(
                    encoder,
                    lines,
                    out,
                    only=only,
                    whole=_whole(sentences, encoder, read, progress),
                    values=cast(Any, values),
                    resume=resume,
                    encoders=encoders,
                    progress=progress,
                )
    except KeyboardInterrupt:
        print_note("lexiscope: stopped; go on with the same command and --resume")
        raise
    _tell(out, run, encoder, warnings, fitted, as_json=as_json)


def _claim(out: str, values: str, *, overwrite: bool) -> None:
    from pathlib import Path

    from lexiscope.contextual.corpus.parts import parts_folder
    from lexiscope.contextual.corpus.table_files import table_file

    table, inside = table_file(Path(out), cast(Any, values)), parts_folder(Path(out))
    claim(out, overwrite=overwrite, is_folder=table.is_folder, inside=inside)


def _check_sentences(kind: str | None, options: Any, text: str, postprocess: str | None) -> None:
    """Refuses rows for whole sentences where they cannot be made."""
    from lexiscope.contextual.corpus.whole_sentences import whole_pooling

    if postprocess is not None and kind is not None:
        raise wrong_call("--postprocess is fitted on words; leave out --sentences, or it")
    if kind == "sif" and text == "-":
        raise wrong_call("--sentences sif reads the text twice, which - (stdin) cannot be")
    whole_pooling(cast(Any, kind), options, by_parts=kind != "sif")


def _whole(kind: str | None, encoder: Any, read: Callable[[], Any], progress: Any) -> Any:
    """How sentences get rows; SIF is fitted on the text."""
    from lexiscope.contextual.corpus.fitted_sif import fit_sif

    if kind != "sif":
        return kind
    return fit_sif(encoder, read(), progress=progress)


def _tell(
    out: str, run: Any, encoder: Any, warnings: list[str], fitted: Any, *, as_json: bool
) -> None:
    from lexiscope.files.atomic import bytes_in

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
        ("file", f"{out} ({human_bytes(bytes_in(run.out))})"),
    ]
    if fitted is not None:
        facts.insert(3, ("afterwards", fitted.told))
    print_facts(facts)


def _shown(layers: tuple[int, ...]) -> str:
    return ", ".join(map(str, layers))


def _time(seconds: float, rate: float, resumed: int) -> str:
    if resumed:
        return f"{human_time(seconds)}, after {resumed:,} sentences of an earlier run"
    return f"{human_time(seconds)}, {human_count(rate)} tokens/s"
