"""`lexiscope layers`: the geometry of every layer of a pretrained transformer, on a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.model_options import (
    BatchTokensOption,
    ColumnOption,
    DeviceOption,
    DtypeOption,
    ModelArgument,
    PoolingOption,
    encoder_options,
    load_encoder,
    sentence_reader,
)
from lexiscope.cli.shared.output import (
    LiveProgress,
    print_json,
    print_line,
    print_table,
    print_warnings,
)
from lexiscope.cli.shared.training_options import (
    ReadAsOption,
    SplitSentencesOption,
    TextEncodingOption,
)

if TYPE_CHECKING:
    from lexiscope.contextual.uses.layer_report import LayerMeasures, LayerReport, ReportOptions
    from lexiscope.vectors.geometry import Estimate


def layers(
    model: ModelArgument,
    text: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="A text, a sentence a line; - for stdin."),
    ],
    other: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", show_default=False, help="Compare with another model's layers (CKA)."
        ),
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Instead: usage pairs against every layer's cosines. A table with tabs: word, "
            "first and second (sentences), score.",
        ),
    ] = None,
    postprocess: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            show_default=False,
            help="With --pairs: all-but-the-top, whitening, standardising or outlier-dimensions, "
            "fitted on each layer's words of INPUT.",
        ),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option(
            metavar="OUT",
            show_default=False,
            help="With --pairs: learn what each layer should count, and write it to this file for "
            "--layer-weights.",
        ),
    ] = None,
    sentences: Annotated[int, typer.Option(min=2, help="Sentences to draw.")] = 1000,
    occurrences: Annotated[
        int, typer.Option(min=4, help="Words to draw, each where it stands, of these sentences.")
    ] = 1000,
    words: Annotated[
        int, typer.Option(min=1, help="Words to compare with themselves in other sentences.")
    ] = 200,
    contexts: Annotated[
        int, typer.Option(min=2, help="In so many different sentences at least.")
    ] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 1,
    pooling: PoolingOption = "mean",
    dtype: DtypeOption = "float32",
    device: DeviceOption = None,
    batch_tokens: BatchTokensOption = None,
    column: ColumnOption = None,
    read_as: ReadAsOption = "auto",
    encoding: TextEncodingOption = None,
    split_sentences: SplitSentencesOption = False,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure every layer: how alike any two words are, and a word to itself elsewhere.

    Example: lexiscope layers bert-base-uncased corpus.txt --other roberta-base
    """
    from lexiscope.cli.shared.postprocessing import KINDS
    from lexiscope.contextual.uses.layer_report import ReportOptions, compare_models, layer_report

    if postprocess is not None and (pairs is None or postprocess not in KINDS):
        raise wrong_call(
            f"--postprocess {postprocess}: expected one of {', '.join(KINDS)}, and --pairs"
        )
    if pairs is not None and other is not None:
        raise wrong_call("--pairs and --other are two reports; ask for one at a time")
    if mix is not None and (pairs is None or postprocess is not None):
        raise wrong_call("--mix learns on --pairs, without --postprocess")
    if mix is not None:
        claim(mix, overwrite=overwrite, is_folder=False)
    options = ReportOptions(
        sentences=sentences, occurrences=occurrences, words=words, contexts=contexts, seed=seed
    )
    how = encoder_options(
        layers="-1",
        combine=None,
        pooling=pooling,
        dtype=dtype,
        device=device,
        batch_tokens=batch_tokens,
    )
    if other is not None and text == "-":
        raise wrong_call("--other reads the text twice, which - (stdin) cannot be; name a file")
    read = sentence_reader(text, column, read_as, encoding, split_sentences=split_sentences)
    lines = read()
    encoder = load_encoder(model, how)
    second = None if other is None else load_encoder(other, how)
    print_warnings([*encoder.warnings, *(() if second is None else second.warnings)])
    if pairs is not None and mix is not None:
        _learn(encoder, pairs, mix, seed, as_json=as_json)
        return
    if pairs is not None:
        _usage(encoder, lines, options, pairs, kind=postprocess, as_json=as_json)
        return
    compared = None
    with LiveProgress() as progress:
        report = layer_report(encoder, lines, options, progress)
        if second is not None:
            compared = compare_models(encoder, second, read(), options, progress)
    if as_json:
        print_json(_document(report, options.seed, compared))
        return
    _tell(report)
    title = "CKA of each layer with each, the same words"
    print_line()
    _matrix(title, report.cka)
    if compared is not None:
        print_line()
        _matrix(f"CKA of each layer with those of {other}, the same words", compared)


def _learn(encoder: Any, path: str, out: str, seed: int, *, as_json: bool) -> None:
    from lexiscope.contextual.uses.layer_mix import learn_mix, write_mix
    from lexiscope.contextual.uses.usage import read_pairs

    learned = learn_mix(encoder, read_pairs(path), seed=seed)
    write_mix(learned, encoder.model.title, out)
    if as_json:
        print_json({"out": out, **learned.document()})
        return
    print_table(
        ["cosines of", "Spearman", "p"],
        [
            (what, f"{one.value:.2f}", f"{one.p:.3f}")
            for what, one in (
                ("the mix, held out", learned.held_out),
                ("the best layer, held out", learned.best_layer),
                ("all layers alike", learned.uniform),
                ("the mix, on its own pairs", learned.fitted),
            )
        ],
        f"{learned.pairs} usage pairs, {learned.folds} folds, λ {learned.penalty:g}",
    )
    print_line()
    print_table(
        ["layer", "weight"],
        [(str(layer), f"{weight:.3f}") for layer, weight in enumerate(learned.weights.tolist())],
        out,
    )


def _usage(
    encoder: Any, lines: Any, options: ReportOptions, path: str, *, kind: str | None, as_json: bool
) -> None:
    from lexiscope.contextual.sampling import sample
    from lexiscope.contextual.uses.usage import fit_layers, read_pairs, score_usage
    from lexiscope.vectors.postprocessing import FitOptions

    pairs = read_pairs(path)
    fitted, seen = None, 0
    if kind is not None:
        found = sample(lines, options.sentences, options.seed)
        fitted, seen = fit_layers(encoder, found.drawn, FitOptions(kind=kind)), len(found.drawn)
    scores = score_usage(encoder, pairs, fitted)
    if as_json:
        print_json(
            {
                "pairs": len(pairs),
                "postprocess": kind,
                "fitted_on_sentences": seen,
                "spearman": [one.value for one in scores.correlations],
                "p": [one.p for one in scores.correlations],
                "cosines": scores.cosines.tolist(),
            }
        )
        return
    done = f", {kind} fitted on {seen:,} sentences" if kind is not None else ""
    print_table(
        ["layer", "Spearman", "p", "mean cosine", "lowest", "highest"],
        [
            (str(layer), f"{one.value:.2f}", f"{one.p:.3f}", *(f"{value:.2f}" for value in of))
            for layer, (one, of) in enumerate(
                zip(
                    scores.correlations,
                    [(own.mean(), own.min(), own.max()) for own in scores.cosines],
                    strict=True,
                )
            )
        ],
        f"{len(pairs)} usage pairs{done}",
    )


def _tell(report: LayerReport) -> None:
    print_line(
        f"{report.sentences:,} different sentences drawn of {report.of_sentences:,}, "
        f"{report.occurrences:,} words of them for the anisotropy and CKA, {report.words:,} words "
        "in several sentences for the self-similarity; ± is half of a 95 % interval"
    )
    if report.too_long:
        print_line(f"{report.too_long:,} of more than 512 words were left out")
    print_line()
    print_table(
        ["layer", "anisotropy", "self-similarity", "adjusted", "intra-sentence", "adjusted",
         "outlier dimensions", "their part"],
        [
            (
                str(one.layer),
                _shown(one.anisotropy),
                _shown(one.self_similarity),
                _shown(one.adjusted_self_similarity),
                _shown(one.intra_sentence),
                _shown(one.adjusted_intra_sentence),
                str(len(one.outliers)),
                f"{one.outlier_part:.2f}",
            )
            for one in report.layers
        ],
    )  # fmt: skip


def _shown(estimate: Estimate) -> str:
    if not estimate.of:
        return "-"
    return f"{estimate.value:.2f} ± {estimate.half:.2f}"


def _matrix(title: str, values: Any) -> None:
    print_table(
        ["layer", *map(str, range(values.shape[1]))],
        [(str(row), *(f"{value:.2f}" for value in own)) for row, own in enumerate(values.tolist())],
        title,
    )


def _document(report: LayerReport, seed: int, compared: Any) -> dict[str, Any]:
    return {
        "sentences": report.sentences,
        "of_sentences": report.of_sentences,
        "too_long": report.too_long,
        "occurrences": report.occurrences,
        "words": report.words,
        "seed": seed,
        "layers": [_layer(one) for one in report.layers],
        "cka": report.cka.tolist(),
        "other_cka": None if compared is None else compared.tolist(),
    }


def _layer(one: LayerMeasures) -> dict[str, Any]:
    estimates = {
        "anisotropy": one.anisotropy,
        "self_similarity": one.self_similarity,
        "adjusted_self_similarity": one.adjusted_self_similarity,
        "intra_sentence": one.intra_sentence,
        "adjusted_intra_sentence": one.adjusted_intra_sentence,
    }
    return {
        "layer": one.layer,
        **{
            name: {"value": each.value, "half_95": each.half, "of": each.of}
            for name, each in estimates.items()
        },
        "outlier_dimensions": one.outliers,
        "outlier_part": one.outlier_part,
        "largest_dimension": one.largest[0],
        "largest_part": one.largest[1],
    }
