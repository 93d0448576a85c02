"""`lexiscope train`: word vectors from a text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.arguments import JsonOption
from lexiscope.cli.output import (
    Cell,
    LiveProgress,
    human_bytes,
    human_count,
    human_time,
    print_facts,
    print_json,
    print_note,
)
from lexiscope.errors import CorpusError, LexiscopeError

if TYPE_CHECKING:
    from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions
    from lexiscope.progress import ProgressCallback
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.run import Run

ENGLISH = "english"
# word2vec.c's: CBOW makes one update a window where skip-gram makes several.
DEFAULT_ALPHA = {"skipgram": 0.025, "cbow": 0.05}


def train(
    corpus: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS…",
            help="Texts, one sentence a line: files (plain, .gz, .bz2, .xz, .zst), folders, globs, "
            "or - for standard input.",
        ),
    ],
    out: Annotated[str, typer.Option("--out", "-o", metavar="MODEL", help="The model folder.")],
    architecture: Annotated[str, typer.Option(help="skipgram or cbow.")] = "skipgram",
    loss: Annotated[str, typer.Option(help="negative, hierarchical or softmax.")] = "negative",
    vector_size: Annotated[int, typer.Option(help="Dimensions of a vector.")] = 100,
    window: Annotated[int, typer.Option(help="Words to either side, at most.")] = 5,
    min_count: Annotated[int, typer.Option(help="Leave out rarer words.")] = 5,
    negative: Annotated[int, typer.Option(help="Negatives a window.")] = 5,
    ns_exponent: Annotated[
        float, typer.Option(help="Negatives are drawn by count to this power.")
    ] = 0.75,
    sample: Annotated[
        float, typer.Option(help="Subsampling threshold of frequent words; 0: keep all.")
    ] = 1e-3,
    epochs: Annotated[int, typer.Option(help="Passes over the text.")] = 5,
    alpha: Annotated[
        float | None,
        typer.Option(help="Learning rate at the start.", show_default="0.025; cbow: 0.05"),
    ] = None,
    min_alpha: Annotated[float, typer.Option(help="Learning rate at the end.")] = 1e-4,
    workers: Annotated[int | None, typer.Option(help="Threads.", show_default="one a core")] = None,
    seed: Annotated[int, typer.Option(help="Of every random decision.")] = 1,
    tokenizer: Annotated[
        str, typer.Option(help="whitespace, words, or a Hugging Face tokenizer.json.")
    ] = "whitespace",
    lowercase: Annotated[bool, typer.Option("--lowercase", help="Lower-case the text.")] = False,
    stopwords: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Words to leave out, one a line; or 'english'."),
    ] = None,
    max_vocab: Annotated[
        int | None, typer.Option(help="Raise min-count until no more words are left.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="FILE", help="Words to keep whatever their count.")
    ] = None,
    special: Annotated[
        list[str] | None, typer.Option(metavar="TOKEN", help="Token at row 0, 1, …; repeatable.")
    ] = None,
    order: Annotated[str, typer.Option(help="Rows by frequency, or alphabetical.")] = "frequency",
    shrink_windows: Annotated[
        bool, typer.Option(help="Draw each window's width from 1 to --window.")
    ] = True,
    cbow_mean: Annotated[
        bool, typer.Option("--cbow-mean/--cbow-sum", help="CBOW: mean of the context, or sum.")
    ] = True,
    cbow_update: Annotated[
        str, typer.Option(help="CBOW: classic (word2vec.c's), or exact (the true gradient).")
    ] = "classic",
    schedule: Annotated[
        str,
        typer.Option(help="reproducible: the same bits for any --workers; or hogwild: faster."),
    ] = "reproducible",
    as_json: JsonOption = False,
) -> None:
    """Train word vectors on a text.

    Example: lexiscope train books.txt -o books-model --epochs 3
    """
    from lexiscope.corpus import TokenizerSpec, VocabularyOptions
    from lexiscope.formats import model_folder
    from lexiscope.training.config import TrainingConfig, check_workers

    if alpha is None:
        alpha = DEFAULT_ALPHA.get(architecture, 0.025)
    config = TrainingConfig(
        architecture=architecture,  # type: ignore[arg-type]
        loss=loss,  # type: ignore[arg-type]
        vector_size=vector_size,
        window=window,
        shrink_windows=shrink_windows,
        negative=negative,
        ns_exponent=ns_exponent,
        sample=sample,
        epochs=epochs,
        alpha=alpha,
        min_alpha=min_alpha,
        cbow_mean=cbow_mean,
        cbow_update=cbow_update,  # type: ignore[arg-type]
        schedule=schedule,  # type: ignore[arg-type]
        seed=seed,
    )
    vocabulary = VocabularyOptions(
        min_count=min_count,
        max_final_vocab=max_vocab,
        keep=tuple(_word_list(keep)),
        specials=tuple(special or ()),
        order=order,  # type: ignore[arg-type]
    )
    if stopwords == ENGLISH:
        from lexiscope import data

        stops = data.stopwords()
    else:
        stops = frozenset(_word_list(stopwords))
    spec = TokenizerSpec(kind=tokenizer, lowercase=lowercase, stopwords=stops)
    if workers is None:
        workers = os.cpu_count() or 1
    check_workers(workers)
    model_folder.check_target(out)
    document = train_and_save(
        corpus, Path(out), config, vocabulary, spec, workers=workers, quiet=as_json
    )
    if as_json:
        print_json(document)


def train_and_save(
    files: list[str] | list[Path],
    out: Path,
    config: TrainingConfig,
    vocabulary: VocabularyOptions,
    spec: TokenizerSpec,
    *,
    workers: int,
    quiet: bool,
    temporary: bool = False,
) -> dict[str, Any]:
    """Reads, trains, writes the model folder, and tells of it.

    Args:
        quiet: Whether to leave stdout alone.
        temporary: Whether the folder will soon be gone, so that it is not spoken of, and nothing is
            kept there of a run that stops.

    Returns:
        The model's config.json.
    """
    with (
        LiveProgress() as progress,
        _read(files, vocabulary, spec, workers, progress) as encoded,
    ):
        from lexiscope.training.run import metadata, start_run, train_run

        run = start_run(encoded, config)
        try:
            train_run(run, encoded, workers=workers, progress=progress)
        except BaseException as stop:
            document = metadata(run, encoded, spec, vocabulary)
            _after_stop(stop, run, None if temporary else out, document)
            raise
        document = metadata(run, encoded, spec, vocabulary)
    _save(run, out, document)
    if not quiet:
        _tell(run, encoded, None if temporary else out, document)
    return document


def _read(
    files: list[str] | list[Path],
    vocabulary: VocabularyOptions,
    spec: TokenizerSpec,
    workers: int,
    progress: ProgressCallback,
) -> EncodedCorpus:
    from lexiscope.corpus import encode_corpus

    try:
        return encode_corpus(
            files=files,
            tokenizer=spec,
            vocabulary=vocabulary,
            workers=workers,
            cache_dir=None,
            progress=progress,
        )
    except KeyboardInterrupt:
        print_note("lexiscope: stopped while reading the text; nothing was kept")
        raise


def _save(run: Run, out: Path, document: dict[str, Any]) -> None:
    vectors = run.keyed_vectors()
    vectors.metadata = document
    try:
        vectors.save(out)
    except OSError as error:
        raise LexiscopeError(
            f"{out} could not be written: {error.strerror or error}; nothing of it was kept; make "
            f"room there, or name another folder"
        ) from error
    except KeyboardInterrupt:
        print_note(f"lexiscope: stopped while writing {out}; nothing of it was kept")
        raise


def _after_stop(stop: BaseException, run: Run, out: Path | None, document: dict[str, Any]) -> None:
    """Keeps what a run had reached, unless a finished model stands in the way."""
    from lexiscope.training import DivergedError, Interrupted

    whole = isinstance(stop, Interrupted) or (
        isinstance(stop, DivergedError) and stop.kept is not None
    )
    if not whole and not isinstance(stop, KeyboardInterrupt):
        return
    if isinstance(stop, KeyboardInterrupt):
        print_note(f"lexiscope: stopped at {run.share:.1%} of the run")
    if out is not None and out.exists():
        print_note(f"{out} is left as it was")
    elif out is None or not whole or run.share == 0:
        # At the very start the vectors are random numbers.
        print_note("nothing was kept")
    else:
        _save(run, out, document)
        print_note(f"kept the vectors as they stood at {run.share:.1%} of the run in {out}")


def _tell(run: Run, encoded: EncodedCorpus, out: Path | None, document: dict[str, Any]) -> None:
    result = document["result"]
    seconds = result["seconds"]
    read = encoded.report.tokens * run.config.epochs
    facts: list[tuple[str, Cell]] = [
        *((("text" if i == 0 else ""), line) for i, line in enumerate(encoded.report.lines())),
        (
            "training",
            f"{human_count(read)} words in {human_time(seconds)}, "
            f"{human_count(read / max(seconds, 1e-9))} words/s, "
            f"{human_count(result['pairs'])} pairs",
        ),
        ("loss", _loss_line(result["epoch_losses"])),
        ("fingerprint", result["fingerprint"]),
    ]
    if out is not None:
        size = sum(part.stat().st_size for part in out.iterdir() if part.is_file())
        facts.append(("model", f"{out} ({human_bytes(size)})"))
    print_facts(facts)


def _loss_line(losses: list[float | None]) -> str:
    """The first and the last epoch's mean loss."""
    known = [loss for loss in losses if loss is not None]
    if not known:
        return "none: subsampling left no two neighbouring words; try --sample 0"
    ends = known[:1] + known[1:][-1:]
    return f"{' → '.join(f'{loss:.4f}' for loss in ends)} a pair"


def _word_list(path: str | None) -> list[str]:
    """The words of a list file, one a line."""
    if path is None:
        return []
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CorpusError(
            f"{path}: {error.strerror}; expected a file with one word a line"
        ) from None
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}: byte {error.start} is not UTF-8; expected a text file with one word a line"
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]
