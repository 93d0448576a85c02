"""`lexiscope demo`: trains the bundled corpus in seconds, asks the result, and shows its page."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption
from lexiscope.cli.shared.claims import OverwriteOption, claim_model
from lexiscope.cli.shared.output import (
    LiveProgress,
    print_json,
    print_line,
    print_note,
    print_table,
)

if TYPE_CHECKING:
    from lexiscope.vectors import KeyedVectors

WORDS = ("king", "dog", "bread")
NEIGHBORS = 5


def demo(
    out: Annotated[
        str | None,
        typer.Option("--out", "-o", metavar="MODEL", help="Keep the model in this folder."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of every random decision.")] = 1,
    serve: Annotated[
        bool,
        typer.Option(
            "--serve/--no-serve", help="Then show a recorded run in the browser, until Ctrl-C."
        ),
    ] = True,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train the bundled corpus of 545 sentences and show what was learned.

    It ends with the page of a recorded run of the same corpus; --json and --no-serve leave it out.
    """
    from lexiscope import data
    from lexiscope.vectors import load
    from lexiscope.vectors.evaluation import analogies

    if out is not None:
        claim_model(out, overwrite=overwrite)
    with TemporaryDirectory(prefix="lexiscope-demo-") as folder:
        target = Path(folder) / "model" if out is None else Path(out)
        document = _train(target, seed, quiet=as_json, temporary=out is None)
        vectors = load(target)
        report = analogies(vectors, data.analogies_path())
        found = {word: vectors.most_similar(word, topn=NEIGHBORS) for word in WORDS}
        answers = _answers(vectors, data.analogies_path())
    if as_json:
        print_json(
            {
                "result": document["result"],
                "neighbors": {word: dict(near) for word, near in found.items()},
                "analogies": answers,
                "correct": report.correct,
                "total": report.total,
            }
        )
        return
    print_line()
    rows = [
        (word, "  ".join(f"{other} {cosine:.2f}" for other, cosine in near))
        for word, near in found.items()
    ]
    print_table(["word", "nearest words, by cosine"], rows)
    print_line()
    print_table(
        ["analogy", "answer", ""],
        [
            (a["question"], a["answer"], "✓" if a["correct"] else f"expected {a['expected']}")
            for a in answers
        ],
    )
    print_line(f"{report.correct} of {report.total} analogies hold")
    if serve:
        _serve(seed)


def _serve(seed: int) -> None:
    """Records the bundled corpus and shows every step of it in the browser."""
    from lexiscope.cli.commands.serve import show
    from lexiscope.cli.shared.arguments import HOST, listen_somewhere
    from lexiscope.inspection import RecordConfig, record_text
    from lexiscope.server import site

    if not site.is_built():
        print_note(f"lexiscope: {site.HOW_TO_BUILD} (it needs Node 20) to see every step in it")
        return
    print_line()
    with TemporaryDirectory(prefix="lexiscope-demo-") as folder:
        run = Path(folder) / "demo"
        with LiveProgress() as progress:
            recording = record_text(None, RecordConfig(seed=seed), progress=progress)
        recording.save(run)
        print_line(f"recorded all {recording.steps:,} steps of a run on the same corpus")
        show(run, listen_somewhere(), HOST)


def _train(target: Path, seed: int, *, quiet: bool, temporary: bool) -> dict[str, Any]:
    from lexiscope import data
    from lexiscope.cli.shared.job import Fresh, Job, run_job
    from lexiscope.corpus import TokenizerSpec, VocabularyOptions
    from lexiscope.training.checkpoint import EVERY_SECONDS
    from lexiscope.training.config import TrainingConfig

    # The exact softmax, as in the textbook: with 96 words nothing has to be sampled.
    config = TrainingConfig(
        loss="softmax", vector_size=16, window=3, sample=0, epochs=40, alpha=0.05, seed=seed
    )
    return run_job(
        Job(
            files=[data.corpus_path()],
            out=target,
            start=Fresh(
                config=config,
                vocabulary=VocabularyOptions(min_count=3),
                tokenizer=TokenizerSpec(lowercase=True, stopwords=data.stopwords(), comments=True),
            ),
            workers=1,  # 1,752 pairs are no work to share
            checkpoint_every=EVERY_SECONDS,
            quiet=quiet,
            temporary=temporary,
        )
    )


def _answers(vectors: KeyedVectors, path: Path) -> list[dict[str, Any]]:
    """Each bundled question with the model's answer."""
    answers = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(":") or not line.strip():
            continue
        a, b, c, expected = line.split()
        ((answer, _),) = vectors.most_similar(positive=[b, c], negative=[a], topn=1)
        answers.append(
            {
                "question": f"{b} − {a} + {c}",
                "expected": expected,
                "answer": answer,
                "correct": answer == expected,
            }
        )
    return answers
