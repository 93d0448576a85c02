"""A training run from the command line: reading, training, writing, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.cli.shared.output import (
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
    from lexiscope.inspection.snapshots.recorder import SnapshotRecorder, Watch
    from lexiscope.progress import ProgressCallback
    from lexiscope.training.checkpoint import Checkpoint, Checkpointer
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.initial import InitialReport, InitialVectors
    from lexiscope.training.loop.state import Observer
    from lexiscope.training.run import Run
    from lexiscope.training.watching.held_out import HeldOutLoss

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
        initial: Vectors to start from, or None for the usual start.
        validation: A text, or a share of the sentences (0 … 1), to measure the loss on without
            training on it; or None.
        quiet: Whether to leave stdout alone.
        record: What to watch during the run, or None to record nothing.
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
    initial: InitialVectors | None = None
    validation: str | None = None
    quiet: bool = False
    record: Watch | None = None
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
        from lexiscope.training.run import metadata, train_run
        from lexiscope.training.watching.gauge import Gauge

        run, report = _begin(job, encoded)

        def describe() -> dict[str, Any]:
            document = metadata(run, encoded.report, job.spec, job.vocabulary)
            document["validation"] = job.validation
            if report is not None:
                document["initial"] = report.to_json(run.weights.frozen)
            return document

        checkpointer = Checkpointer(job.out, run, describe, job.checkpoint_every)
        recorder = _recorder(job, run)
        observers: list[Observer] = [] if job.temporary else [checkpointer]
        if not job.temporary:
            observers.append(Gauge(run.vocabulary.counts, _held_out(job, run, encoded)))
        observers += [] if recorder is None else [recorder]
        try:
            train_run(run, encoded, workers=job.workers, progress=progress, observers=observers)
        except BaseException as stop:
            _after_stop(stop, job, run, checkpointer)
            raise
        document = describe()
    _save(run, job.out, document, recorder)
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


def _begin(job: Job, encoded: EncodedCorpus) -> tuple[Run, InitialReport | None]:
    """A run ready to be trained: from the start, from given vectors, or from a checkpoint."""
    from lexiscope.training.memory import check_memory, memory_needed
    from lexiscope.training.objectives import output_rows
    from lexiscope.training.run import start_run

    words = len(encoded.vocabulary)
    rows = output_rows(job.config, words)
    estimate = memory_needed(words, rows, job.config, job.workers, encoded.report.tokens)
    check_memory(estimate)
    if not job.temporary:
        print_note(estimate.lines()[0])
    run = start_run(encoded, job.config)
    report = None
    if job.initial is not None:
        report = job.initial.put_into(run)
        for line in report.lines():
            print_note(line)
    if job.checkpoint is not None:
        report = _take_up(job, run, job.checkpoint)
    return run, report


def _held_out(job: Job, run: Run, encoded: EncodedCorpus) -> HeldOutLoss | None:
    """Sets text aside for the held-out loss; a share of the text is taken out of the training."""
    from lexiscope.training.objectives import kernel_setup
    from lexiscope.training.watching.held_out import HeldOutLoss, split_sentences

    if job.validation is None:
        return None
    share = _share(job.validation)
    if share is not None:
        ids, encoded.ids = split_sentences(encoded.ids, share, job.config.seed, None)
    else:
        from lexiscope.corpus import encode_corpus
        from lexiscope.training.run import fixed_vocabulary

        fixed = fixed_vocabulary(run.vocabulary)
        ids = encode_corpus(
            files=job.validation, tokenizer=job.spec, vocabulary=fixed, workers=job.workers
        ).ids
    setup = kernel_setup(job.config, run.vocabulary.counts)
    return HeldOutLoss(ids, job.config, setup, run.weights)


def _share(text: str) -> float | None:
    """The number that a text is, or None for a path."""
    try:
        return float(text)
    except ValueError:
        return None


def _take_up(job: Job, run: Run, checkpoint: Checkpoint) -> InitialReport | None:
    """Sets a run to where it was stopped, if the text is still the same."""
    from lexiscope.training.initial import InitialReport, saved_frozen

    print_warnings(checkpoint.skipped)
    document = checkpoint.document
    before = document["corpus"]["fingerprint"]
    if run.corpus_fingerprint != before:
        raise ConfigError(
            f"the text is not the one that {job.out} was trained on (fingerprint "
            f"{run.corpus_fingerprint}, expected {before}); give the same text to resume, or train "
            f"a new model with -o"
        )
    checkpoint.put_into(run)
    frozen = saved_frozen(document, len(run.vocabulary))
    run.state.weights = replace(run.weights, frozen=frozen)
    print_note(f"going on from {checkpoint.path} at {run.share:.1%} of the run")
    return InitialReport.from_json(document["initial"]) if "initial" in document else None


def _recorder(job: Job, run: Run) -> SnapshotRecorder | None:
    """What records the run, if it is to be; says how large the recording can become."""
    if job.record is None:
        return None
    from lexiscope.inspection.snapshots.recorder import SNAPSHOTS, SnapshotRecorder

    recorder = SnapshotRecorder(run.vocabulary, run.config, job.record)
    if recorder.unknown:
        print_note(f"not in the vocabulary, so not watched: {', '.join(recorder.unknown)}")
    print_note(
        f"recording: {recorder.watched} watched words × {SNAPSHOTS} snapshots, "
        f"at most {human_bytes(recorder.most_bytes)}"
    )
    return recorder


def _save(run: Run, out: Path, document: dict[str, Any], recorder: SnapshotRecorder | None) -> None:
    from lexiscope.formats.kinds import model_folder

    data = run.keyed_vectors().to_data()
    data.metadata = document
    extra: dict[str, bytes] = {}
    if recorder is not None:
        from lexiscope.replay.storage import SNAPSHOTS_FILE

        extra[SNAPSHOTS_FILE] = recorder.snapshots().to_bytes()
    try:
        model_folder.write(out, data, extra_files=extra, over_unfinished=True)
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
    from lexiscope.formats.kinds import model_folder

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
        *((("epochs" if i == 0 else ""), line) for i, line in enumerate(run.state.notes)),
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
