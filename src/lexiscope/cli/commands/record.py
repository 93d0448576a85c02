"""`lexiscope record`: a small run of which every step can be looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.shared.arguments import JsonOption, read_stopwords, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim_model
from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_json,
    print_line,
    print_note,
    print_warnings,
)
from lexiscope.cli.shared.results import write_result
from lexiscope.progress import human_bytes, human_count

if TYPE_CHECKING:
    from lexiscope.inspection import RecordConfig, Recording

SMOOTHED = 500  # steps at the end of a run whose mean loss is told
_WINDOW = 3

CorpusArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CORPUS]…",
        show_default=False,
        help="Texts, one sentence a line, # lines skipped; the bundled text where none is named.",
    ),
]
CorpusOption = Annotated[
    str | None,
    typer.Option("--corpus", metavar="FILE", help="The same as the argument.", show_default=False),
]
OutOption = Annotated[
    str, typer.Option("--out", "-o", "--output-dir", metavar="RUN", help="The run folder.")
]
StepsOption = Annotated[
    int | None, typer.Option(help="Examples, one a step.", show_default="15000")
]
EpochsOption = Annotated[
    int | None,
    typer.Option(help="Passes over the text, instead of --steps.", show_default="next-word: 500"),
]
SizeOption = Annotated[
    int | None,
    typer.Option(
        "--vector-size", "--dim", help="Dimensions of a vector.", show_default="8; next-word: 16"
    ),
]
AlphaOption = Annotated[
    float | None,
    typer.Option("--alpha", "--lr", help="Learning rate.", show_default="0.1; adam: 0.01"),
]
WindowOption = Annotated[int, typer.Option(help="Words to either side.")]
MinCountOption = Annotated[
    int | None, typer.Option(help="Leave out rarer words.", show_default="3; next-word: 1")
]
SeedOption = Annotated[int, typer.Option(help="Of every random decision.")]
DenseOption = Annotated[int, typer.Option(help="json-steps has each of the first so many steps …")]
IntervalOption = Annotated[int, typer.Option(help="… and then every so-many-th.")]
PcaOption = Annotated[
    str, typer.Option(help="Project on the axes of final_pca or global_pca (all snapshots).")
]
ArchitectureOption = Annotated[
    str, typer.Option("--architecture", "--objective", help="skipgram, cbow or next-word.")
]
LossOption = Annotated[str, typer.Option(help="softmax, negative, hierarchical or nce.")]
OptimizerOption = Annotated[
    str | None, typer.Option(help="sgd or adam.", show_default="sgd; next-word: adam")
]
NegativeOption = Annotated[int, typer.Option(help="Negatives a step.")]
UpdateOption = Annotated[
    str, typer.Option(help="CBOW: exact (the true gradient), or classic (word2vec.c's).")
]
PrecisionOption = Annotated[str, typer.Option(help="float32 or float64 while training.")]
StopwordsOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Words to leave out, one a line; or english, or none.",
        show_default="english; next-word: none",
    ),
]
ShareOption = Annotated[
    bool,
    typer.Option("--share", help="Print a link that trains the same run in anybody's page."),
]


def record(
    out: OutOption,
    corpus: CorpusArgument = None,
    corpus_option: CorpusOption = None,
    steps: StepsOption = None,
    vector_size: SizeOption = None,
    alpha: AlphaOption = None,
    window: WindowOption = _WINDOW,
    min_count: MinCountOption = None,
    seed: SeedOption = 42,
    dense_steps: DenseOption = 200,
    record_interval: IntervalOption = 10,
    pca: PcaOption = "final_pca",
    architecture: ArchitectureOption = "skipgram",
    loss: LossOption = "softmax",
    optimizer: OptimizerOption = None,
    epochs: EpochsOption = None,
    negative: NegativeOption = 5,
    cbow_update: UpdateOption = "exact",
    precision: PrecisionOption = "float32",
    stopwords: StopwordsOption = None,
    share: ShareOption = False,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Train a small model on a small text and record every step of it.

    Example: lexiscope record -o run
    """
    from lexiscope.inspection import RecordConfig, record_text

    files = _files(corpus, corpus_option, share=share)
    options: dict[str, Any] = {
        "steps": steps,
        "vector_size": vector_size,
        "alpha": alpha,
        "window": window,
        "min_count": min_count,
        "seed": seed,
        "dense_steps": dense_steps,
        "record_interval": record_interval,
        "pca": pca,
        "architecture": architecture,
        "loss": loss,
        "optimizer": optimizer,
        "epochs": epochs,
        "negative": negative,
        "cbow_update": cbow_update,
        "precision": precision,
    }
    config = RecordConfig(**options)
    claim_model(out, overwrite=overwrite)
    leave_out = None if stopwords is None else read_stopwords(stopwords)
    shared = _shared_text(files, config) if share else None
    with LiveProgress() as progress:
        recording = record_text(
            files, config, stopwords=leave_out, progress=None if as_json else progress
        )
    write_result(recording.save, Path(out), recording.run.states.nbytes)
    document = _document(recording, Path(out)) | _link(shared, recording.config, leave_out)
    if as_json:
        print_json(document)
    else:
        _tell(recording, document)


def _files(corpus: list[str] | None, corpus_option: str | None, *, share: bool) -> list[str] | None:
    """The texts that are named, either way; None for the bundled one."""
    if corpus and corpus_option is not None:
        raise wrong_call(f"the corpus is given twice: {corpus[0]} and --corpus {corpus_option}")
    files = corpus if corpus_option is None else [corpus_option]
    if share and files and "-" in files:
        raise wrong_call("--share reads the text before it is trained on; name a file instead of -")
    return files or None


def _shared_text(files: list[str] | None, config: RecordConfig) -> str:
    """The text as a link has it; what is too long is refused before anything is trained.

    Raises:
        ConfigError: It is too long.
    """
    from lexiscope.replay.recorder import text_files
    from lexiscope.replay.text import read_sentences
    from lexiscope.server.sharing import packed_text

    return packed_text(read_sentences(text_files(files, config)[0]))


def _link(
    text: str | None, config: RecordConfig, stopwords: frozenset[str] | None
) -> dict[str, str]:
    """The link for the document, where one was asked for."""
    if text is None:
        return {}
    from lexiscope.replay.recorder import usual_stopwords
    from lexiscope.server.sharing import USUAL_PAGE, share_link

    left_out = usual_stopwords(config) if stopwords is None else stopwords
    return {"link": share_link(USUAL_PAGE, text, config, left_out)}


def _document(recording: Recording, out: Path) -> dict[str, Any]:
    run, losses = recording.run, recording.losses
    smooth = min(SMOOTHED, recording.steps)
    return {
        "run": str(out),
        "bytes": sum(part.stat().st_size for part in out.rglob("*") if part.is_file()),
        "words": len(run.tokens),
        "examples": run.epoch_length,
        "steps": recording.steps,
        "seconds": run.seconds,
        "first_loss": float(losses[:smooth].mean()),
        "final_loss": float(losses[-smooth:].mean()),
        "smoothed_over": smooth,
        "config": run.config.to_json(),
    }


def _tell(recording: Recording, document: dict[str, Any]) -> None:
    run, corpus = recording.run, recording.corpus
    facts: list[tuple[str, Cell]] = [
        ("text", f"{corpus.name}: {corpus.sentence_count:,} sentences"),
        ("", f"{corpus.used_sentences:,} with two words or more after the stop words"),
        ("vocabulary", f"{len(run.tokens):,} words"),
        (
            "examples",
            f"{run.epoch_length:,}, gone through {_times(recording.steps, run.epoch_length)} times",
        ),
        (
            "recorded",
            f"{recording.steps:,} steps in {run.seconds:.2f} s, "
            f"{human_count(recording.steps / max(run.seconds, 1e-9))} steps/s",
        ),
        (
            "loss",
            f"{document['first_loss']:.4f} → {document['final_loss']:.4f} "
            f"(means of the first and the last {document['smoothed_over']} steps)",
        ),
        ("run", f"{document['run']} ({human_bytes(document['bytes'])})"),
    ]
    print_facts(facts)
    if recording.steps < run.epoch_length:
        print_warnings([_too_few_steps(recording.steps, run.epoch_length)])
    if (idle := _idle_window(recording)) is not None:
        print_note(f"lexiscope: {idle}")
    if "link" in document:
        print_line(document["link"])
        print_note(
            "lexiscope: the link opens in a page of `lexiscope serve`; what follows # can be put "
            "behind the address of any page of Lexiscope, a single file too"
        )


def _idle_window(recording: Recording) -> str | None:
    """What to say of a window that changes nothing; None where it does, or nobody set it."""
    window, corpus = recording.config.window, recording.corpus
    if window == _WINDOW:
        return None
    if recording.config.architecture == "next-word":
        return "--window changes nothing: next-word goes by the word before alone"
    if len(corpus.sentences) < corpus.sentence_count:
        return None  # not all of a large text is kept
    words = frozenset(recording.run.tokens)
    longest = max(sum(word in words for word in line.split()) for line in corpus.sentences)
    if window < longest:
        return None
    return (
        f"--window {window} is as --window {longest - 1}: no sentence has more than {longest} "
        "words of the vocabulary"
    )


def _times(steps: int, examples: int) -> str:
    """How often a text was gone through: to a tenth, or to two digits where that is less."""
    passes = steps / examples
    return f"{passes:.1f}" if passes >= 1 else f"{passes:.2g}"


def _too_few_steps(steps: int, examples: int) -> str:
    return (
        f"{steps:,} steps are {steps / examples:.2%} of the text's {examples:,} examples, so that "
        f"most words were hardly learned; --steps {examples} goes through all of them once, and a "
        "shorter text or a higher --min-count has fewer"
    )
