"""Post-processing as commands have it: a kind that is fitted, or a file that was stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.cli.shared.arguments import wrong_call
from lexiscope.progress import ProgressCallback

# Those of `vectors.postprocessing`, spelled out so that --help loads nothing.
KINDS = ("all-but-the-top", "whitening", "standardising", "outlier-dimensions")
_STDIN = "-"


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What a command does to vectors.

    Attributes:
        encoder: The one whose vectors are post-processed.
        told: In one line.
        document: As plain data.
    """

    encoder: Any
    told: str
    document: dict[str, Any]


def check_given(given: str | None, text: str) -> None:
    """Refuses what is neither a kind nor a file, and a text that cannot be read twice."""
    if given is None:
        return
    if given not in KINDS and not Path(given).is_file():
        raise wrong_call(
            f"--postprocess {given}: there is no such file; expected one, or {', '.join(KINDS)}"
        )
    if given in KINDS and text == _STDIN:
        raise wrong_call(
            f"--postprocess {given} reads the text twice, which - (stdin) cannot be; name a file, "
            "or a post-processing that was stored"
        )


def postprocessing_of(
    given: str,
    encoder: Any,
    text: str,
    out: str,
    *,
    read: Callable[[], Any],
    resume: bool,
    progress: ProgressCallback,
) -> Applied:
    """Reads a stored post-processing, or fits one on a text and stores it beside OUT.

    Args:
        given: A kind or a file.
        encoder: What encodes.
        text: The name of what it is fitted on.
        out: Beside which it is stored.
        read: Reads that.
        resume: Whether one that an earlier run has stored there is taken.
        progress: Whom to tell.
    """
    from lexiscope.contextual.postprocessed import PostprocessedEncoder, fit_on
    from lexiscope.vectors.postprocessing import FitOptions, beside, write
    from lexiscope.vectors.postprocessing import read as read_stored

    stored, on = beside(out), ""
    if given not in KINDS:
        stored = Path(given)
        postprocessing = read_stored(stored)
    elif resume and stored.is_file():
        postprocessing = read_stored(stored)
    else:
        fitted = fit_on(encoder, read(), FitOptions(kind=given), progress=progress)
        postprocessing, facts = fitted.postprocessing, fitted.fitted_on
        write(postprocessing, stored, {**facts, "text": text})
        on = (
            f", fitted on {facts['words']:,} words of {facts['sentences']:,} of "
            f"{facts['of_sentences']:,} sentences"
        )
    processed = PostprocessedEncoder(encoder, postprocessing)
    told = f"{postprocessing.kind}: {postprocessing.told()}{on} ({stored})"
    return Applied(encoder=processed, told=told, document={**processed.facts, "file": str(stored)})
