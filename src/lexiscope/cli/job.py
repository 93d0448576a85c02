"""A training run from the command line: reading, training, writing, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.cli.output import (
    Cell,
    LiveProgress,
    human_bytes,
    human_count,
    human_time,
    print_facts,
    print_note,
    print_warnings,
)
from lexiscope.errors import ConfigError, LexiscopeError

if TYPE_CHECKING:
    from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions
    from lexiscope.progress import ProgressCallback
    from lexiscope.training.checkpoint import Checkpoint, Checkpointer
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.run import Run

CHECKPOINT_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to train on what, and where to.

    Attributes:
        files: The texts.
        out: The model folder.
        config, vocabulary, spec: The run's options.
        workers: Threads.
        checkpoint_every: Seconds between checkpoints.
        checkpoint: Where to go on from, or None to begin.
        quiet: Whether to leave stdout alone.
        temporary: Whether the folder will soon be gone, so that it is not spoken of, and nothing is
            kept there of a run that stops.
    """

    files: list[str] | list[Path]
    out: Path
    config: TrainingConfig
    vocabulary: VocabularyOptions
    spec: TokenizerSpec
    workers: int
    checkpoint_every: float = CHECKPOINT_SECONDS
    checkpoint: Checkpoint | None = None
    quiet: bool = False
    temporary: bool = False

    @property
    def shown(self) -> Path | None:
        """The folder, where it may be spoken of."""
        return None if self.temporary else self.out


def run_job(job: Job) -> dict[str, Any]:
    """Reads, trains, writes the model folder, and tells of it.

    Returns:
        The model's config.json.
    """
    with LiveProgress() as progress, _read(job, progress) as encoded:
        from lexiscope.training.checkpoint import Checkpointer
        from lexiscope.training.run import metadata, start_run, train_run

        run = start_run(encoded, job.config)
        if job.checkpoint is not None:
            _take_up(job, run, job.checkpoint)

        def describe() -> dict[str, Any]:
            return metadata(run, encoded, job.spec, job.vocabulary)

        checkpointer = Checkpointer(job.out, run, describe, job.checkpoint_every)
        observers = [] if job.temporary else [checkpointer]
        try:
            train_run(run, encoded, workers=job.workers, progress=progress, observers=observers)
        except BaseException as stop:
            _after_stop(stop, job, run, checkpointer)
            raise
        document = describe()
    _save(run, job.out, document)
    if not job.quiet:
        _tell(run, encoded, job.shown, document)
    return document


def _read(job: Job, progress: ProgressCallback) -> EncodedCorpus:
    from lexiscope.corpus import encode_corpus

    try:
        return encode_corpus(
            files=job.files,
            tokenizer=job.spec,
            vocabulary=job.vocabulary,
            workers=job.workers,
            cache_dir=None,
            progress=progress,
        )
    except KeyboardInterrupt:
        print_note("lexiscope: stopped while reading the text; nothing was kept")
        raise


def _take_up(job: Job, run: Run, checkpoint: Checkpoint) -> None:
    """Sets a run to where it was stopped, if the text is still the same."""
    print_warnings(checkpoint.skipped)
    before = checkpoint.document["corpus"]["fingerprint"]
    if run.corpus_fingerprint != before:
        raise ConfigError(
            f"the text is not the one that {job.out} was trained on (fingerprint "
            f"{run.corpus_fingerprint}, expected {before}); give the same text to resume, or train "
            f"a new model with -o"
        )
    checkpoint.put_into(run)
    print_note(f"going on from {checkpoint.path} at {run.share:.1%} of the run")


def _save(run: Run, out: Path, document: dict[str, Any]) -> None:
    from lexiscope.formats import model_folder

    data = run.keyed_vectors().to_data()
    data.metadata = document
    try:
        model_folder.write(out, data, over_unfinished=True)
    except OSError as error:
        raise LexiscopeError(
            f"{out} could not be written: {error.strerror or error}; nothing of it was kept; make "
            f"room there, or name another folder"
        ) from error
    except KeyboardInterrupt:
        print_note(f"lexiscope: stopped while writing {out}; nothing of it was kept")
        raise


def _after_stop(stop: BaseException, job: Job, run: Run, checkpointer: Checkpointer) -> None:
    """Keeps what a stopped run had reached as a checkpoint, and says so."""
    from lexiscope.training import DivergedError, Interrupted

    if isinstance(stop, KeyboardInterrupt):
        print_note(f"lexiscope: stopped at {run.share:.1%} of the run")
    elif not isinstance(stop, DivergedError):
        return
    if job.temporary:
        print_note("nothing was kept")
        return
    if isinstance(stop, Interrupted) and stop.exact and 0 < run.share < 1:
        written = checkpointer.write()
        print_note(f"kept {written}; go on with: lexiscope train … --resume {job.out}")
    elif isinstance(stop, DivergedError) and stop.kept:
        written = checkpointer.write()
        print_note(f"kept the last good state, {written}")
    else:
        _say_what_is_there(job.out)


def _say_what_is_there(out: Path) -> None:
    from lexiscope.formats import model_folder

    folder = out / model_folder.CHECKPOINTS
    if folder.is_dir() and any(folder.iterdir()):
        print_note(f"the last checkpoint is kept; go on with: lexiscope train … --resume {out}")
    elif out.exists():
        print_note(f"{out} is left as it was")
    else:
        # At the very start the vectors are random numbers.
        print_note("nothing was kept")


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
