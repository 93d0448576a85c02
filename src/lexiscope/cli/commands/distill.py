"""`lexiscope distill`: static vectors of words out of a pretrained transformer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim_model
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
    StrideOption,
    TruncateOption,
    WindowOption,
    encoder_options,
    load_encoder,
    sentence_reader,
    wanted_words,
)
from lexiscope.cli.shared.output import Cell, LiveProgress, print_facts, print_json, print_warnings
from lexiscope.cli.shared.results import write_result
from lexiscope.cli.shared.training_options import (
    ReadAsOption,
    SplitSentencesOption,
    TextEncodingOption,
)

_TOKENS = "tokens"
_OCCURRENCES = ("mean", "median", "medoid", "senses")


def distill(
    model: ModelArgument,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="MODEL", help="The model folder to write.")
    ],
    words: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="The words, one a line; without --corpus the most frequent first.",
        ),
    ],
    corpus: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            show_default=False,
            help="Take each word from its occurrences in this text, a sentence a line. Without "
            "it each word goes through the model alone.",
        ),
    ] = None,
    reduce: Annotated[
        str | None,
        typer.Option(
            show_default=False,
            help="What occurrences become: mean (by itself), median, medoid or senses (rows "
            "bank#1, bank#2). Without --corpus: tokens.",
        ),
    ] = None,
    max_occurrences: Annotated[
        int, typer.Option(min=1, help="A word's first so many occurrences count.")
    ] = 100,
    max_senses: Annotated[int, typer.Option(min=1, help="The most senses of a word.")] = 4,
    dim: Annotated[
        int, typer.Option(min=0, help="Without --corpus: principal components to keep; 0 for all.")
    ] = 256,
    sif: Annotated[
        float,
        typer.Option(
            min=0.0,
            help="Without --corpus: a of the weight a/(a+p) of a word of probability p (by Zipf's "
            "law); 0 for no weights.",
        ),
    ] = 1e-4,
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
    column: ColumnOption = None,
    read_as: ReadAsOption = "auto",
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    cluster: EncodingClusterOption = None,
    machines: EncodingMachinesOption = None,
    workers: EncodingWorkersOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make static vectors of words out of a pretrained transformer.

    Example: lexiscope distill bert-base-uncased --words words.txt --corpus corpus.txt -o vectors
    """
    from lexiscope.contextual.uses.distillation import DistillOptions
    from lexiscope.contextual.uses.from_occurrences import StaticOptions
    from lexiscope.files.space import check_room

    way = _way(reduce, corpus)
    chosen = encoding_cluster(cluster, machines, workers)
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
    )
    StaticOptions(max_occurrences=max_occurrences, max_senses=max_senses)
    kept, weight = (None if dim == 0 else dim), (None if sif == 0 else sif)
    DistillOptions(dimension=kept, sif=weight)
    claim_model(out, overwrite=overwrite)
    wanted = wanted_words(words) or []
    lines = _lines(corpus, column, read_as, encoding, split_sentences=split_sentences)
    with encoders_of(chosen, workers, options) as (encoders, own_options):
        encoder = load_encoder(model, own_options)
        width = encoder.vector_size if kept is None or lines is not None else kept
        check_room(Path(out), 4 * len(set(wanted)) * min(width, encoder.vector_size))
        with LiveProgress() as progress:
            shared: dict[str, Any] = {"progress": progress, "encoders": encoders}
            if lines is None:
                vectors = encoder.distill(wanted, dimension=kept, sif=weight, **shared)
            else:
                vectors = encoder.static(
                    lines,
                    wanted,
                    max_occurrences=max_occurrences,
                    reduce=way,
                    max_senses=max_senses,
                    **shared,
                )
    print_warnings(vectors.warnings)
    write_result(vectors.save, Path(out), vectors.vectors.nbytes)
    rows, columns = vectors.vectors.shape
    if as_json:
        print_json({**vectors.metadata, "words": rows, "dimension": columns, "out": out})
        return
    facts: list[tuple[str, Cell]] = [
        ("vectors", f"{rows:,} × {columns:,}, for {len(set(wanted)):,} words asked for"),
        ("from", "each word alone" if lines is None else f"occurrences in {corpus}, {way}"),
        ("model", out),
    ]
    print_facts(facts)


def _lines(
    corpus: str | None,
    column: str | None,
    read_as: str,
    encoding: str | None,
    *,
    split_sentences: bool,
) -> Any:
    """The sentences of --corpus; None without."""
    if corpus is not None:
        read = sentence_reader(corpus, column, read_as, encoding, split_sentences=split_sentences)
        return read()
    if (column, read_as, encoding, split_sentences) != (None, "auto", None, False):
        raise wrong_call(
            "--column, --read-as, --encoding and --split-sentences are for the text of --corpus: "
            "name one, or leave them out"
        )
    return None


def _way(reduce: str | None, corpus: str | None) -> str:
    if corpus is None:
        if reduce not in (None, _TOKENS):
            raise wrong_call(f"--reduce {reduce} needs occurrences: name a text with --corpus")
        return _TOKENS
    if reduce is None:
        return _OCCURRENCES[0]
    if reduce not in _OCCURRENCES:
        raise wrong_call(f"--reduce {reduce}: expected one of {', '.join(_OCCURRENCES)}")
    return reduce
