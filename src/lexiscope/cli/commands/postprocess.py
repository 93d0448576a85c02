"""`lexiscope postprocess`: vectors whitened, standardised, or without what they all share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, PathArgument, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim, claim_model
from lexiscope.cli.shared.output import Cell, print_facts, print_json, print_warnings
from lexiscope.cli.shared.results import write_result


def postprocess(
    path: PathArgument,
    out: Annotated[
        str, typer.Option("--out", "-o", metavar="OUT", help="The model folder to write.")
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            show_default=False,
            help="What to fit: all-but-the-top, whitening, standardising or outlier-dimensions.",
        ),
    ] = None,
    use: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Apply one that was fitted before: OUT.postprocessing.safetensors.",
        ),
    ] = None,
    directions: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default=False,
            help="all-but-the-top: principal directions to take away (a hundredth of the "
            "dimensions).",
        ),
    ] = None,
    components: Annotated[
        int | None,
        typer.Option(min=1, show_default=False, help="whitening: components to keep (all)."),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            help="outlier-dimensions: standard deviations beyond which one is an outlier."
        ),
    ] = 3.0,
    sample: Annotated[
        int | None,
        typer.Option(min=2, show_default=False, help="Fit on so many words, drawn by the seed."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw.")] = 1,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Post-process the vectors of PATH, and store what was fitted beside them.

    Example: lexiscope postprocess vectors --kind all-but-the-top -o better
    """
    from lexiscope.vectors import load
    from lexiscope.vectors.postprocessing import (
        FitOptions,
        beside,
        fit_vectors,
        processed,
        read,
        write,
    )
    from lexiscope.vectors.postprocessing.stored import facts

    if (kind is None) == (use is None):
        raise wrong_call("say with --kind what to fit, or with --use what to apply")
    options = None
    if kind is not None:
        options = FitOptions(
            kind=kind, directions=directions, components=components, threshold=threshold
        )
    claim_model(out, overwrite=overwrite)
    stored = beside(out) if use is None else Path(use)
    if use is None:
        claim(stored, overwrite=overwrite, is_folder=False)
    fitted = read(stored) if options is None else None
    vectors = load(path).in_words()
    if options is not None:
        fitted = fit_vectors(vectors, options, sample=sample, seed=seed)
    if fitted is None:  # one of the two was given
        raise wrong_call("nothing to apply")
    result = processed(vectors, fitted)
    print_warnings(result.warnings)
    used = min(len(vectors), len(vectors) if sample is None else sample)
    if use is None:
        write(fitted, stored, {"vectors": path, "words": used, "of_words": len(vectors)})
    write_result(result.save, Path(out), result.vectors.nbytes)
    if as_json:
        words = {"words": len(result), "fitted_on": used if use is None else None}
        print_json({**facts(fitted), **words, "file": str(stored), "out": out})
        return
    lines: list[tuple[str, Cell]] = [
        ("vectors", f"{len(result):,} × {result.vector_size:,}"),
        ("done", f"{fitted.kind}: {fitted.told()}"),
        ("model", out),
        ("stored" if use is None else "as stored in", str(stored)),
    ]
    if use is None:
        lines.insert(2, ("fitted on", f"{used:,} of {len(vectors):,} words"))
    print_facts(lines)
