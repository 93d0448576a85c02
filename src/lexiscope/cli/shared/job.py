"""Training job of the command line: what a session tells of its run, printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.cli.shared.output import (
    Cell,
    LiveProgress,
    print_facts,
    print_note,
    print_warnings,
)
from lexiscope.progress import human_bytes, human_count, human_memory, human_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lexiscope.cli.shared.watched import WatchPage
    from lexiscope.cluster import Cluster
    from lexiscope.cluster.machines import ClusterMachines
    from lexiscope.corpus import CorpusReport, EncodedCorpus, TokenizerSpec, VocabularyOptions
    from lexiscope.corpus.phrases.options import PhraseOptions
    from lexiscope.inspection.snapshots.recorder import SnapshotRecorder, Watch
    from lexiscope.progress import Progress, ProgressCallback
    from lexiscope.training.checkpoint import Checkpoint
    from lexiscope.training.config import TrainingConfig
    from lexiscope.training.events import Event, Tell
    from lexiscope.training.initial import InitialVectors
    from lexiscope.training.run import Run
    from lexiscope.training.session import TrainingSession
    from lexiscope.training.watching.held_out import Validation
    from lexiscope.training.watching.live import LiveRun


_LOOKED_AT_BYTES = 1 << 16
_MANY_LINES = 0.2
_MOST_LOSSES = 8  # of a summary's line


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """A run that is to begin.

    Attributes:
        config, vocabulary, tokenizer, phrases: Its options.
        initial: Vectors to start from, or None for the usual start.
        validation: What to measure the held-out loss on, or None.
    """

    config: TrainingConfig
    vocabulary: VocabularyOptions
    tokenizer: TokenizerSpec
    phrases: PhraseOptions | None = None
    initial: InitialVectors | None = None
    validation: Validation = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to train on what, and where to.

    Attributes:
        files: The texts.
        out: The model folder.
        start: The run to begin, or the checkpoint to go on from.
        workers: Threads.
        device: Where to train: "cpu", "cuda", "cuda:1", …, or "auto".
        checkpoint_every: Seconds between checkpoints.
        quiet: Whether to leave stdout alone.
        record: What to watch during the run, or None to record nothing.
        page: The page on which to watch it while it runs, or None.
        cluster: Whose machines are to train, or None for this one.
        temporary: Whether the folder will soon be gone, so that it is not spoken of, and nothing is
            kept there of a run that stops.
    """

    files: Sequence[str | Path]
    out: Path
    start: Fresh | Checkpoint
    workers: int
    checkpoint_every: float
    device: str = "cpu"
    quiet: bool = False
    record: Watch | None = None
    page: WatchPage | None = None
    cluster: Cluster | None = None
    temporary: bool = False


def run_job(job: Job) -> dict[str, Any]:
    """Reads, trains, writes the model folder, and tells of it.

    Returns:
        The model's config.json.
    """
    if job.page is None:
        return _run_job(job, None)
    from lexiscope.cli.shared.watched import watched

    with watched(job.page, job.files, job.out) as live:
        return _run_job(job, live)


def _run_job(job: Job, live: LiveRun | None) -> dict[str, Any]:
    if job.cluster is None:
        return _run_with(job, live, None)
    with job.cluster.connected(lambda line: print_warnings([line])) as machines:
        return _run_with(job, live, machines)


def _run_with(job: Job, live: LiveRun | None, machines: ClusterMachines | None) -> dict[str, Any]:
    with LiveProgress() as shown:
        said = _explained(shown)
        progress = said if live is None else _told_twice(said, live.progress)
        session = _session(job, progress, lambda event: _print_event(event, job))
        with _read(session, job, machines):
            _tell_of_lines(job)
            run = session.begin(job.start.initial if isinstance(job.start, Fresh) else None)
            recorder = _recorder(job, run)
            _begin_live(live, session, run, told=recorder is not None)
            session.train(
                [observer for observer in (recorder, live) if observer is not None],
                gauge=not job.temporary,
                checkpoints=None if job.temporary else job.out,
                every=job.checkpoint_every,
                machines=machines,
            )
    document = _save(session, job, {} if recorder is None else recorder.files())
    if not job.quiet and session.corpus_report is not None:
        _print_result(run, session.corpus_report, None if job.temporary else job.out, document)
    if not job.temporary and session.corpus_report is not None:
        _tell_of_words(run, session.corpus_report)
    return document


def _told_twice(one: ProgressCallback, other: ProgressCallback) -> ProgressCallback:
    def tell(report: Progress) -> None:
        one(report)
        other(report)

    return tell


def _begin_live(live: LiveRun | None, session: TrainingSession, run: Run, *, told: bool) -> None:
    """Tells the page which run it is; `told` where unknown words have been told already."""
    if live is None:
        return
    live.held_out = lambda: session.validation_losses
    live.begin(run.vocabulary, run.config.epochs)
    if live.unknown and not told:
        print_note(f"not in the vocabulary, so not watched: {', '.join(live.unknown)}")


def _session(job: Job, progress: ProgressCallback, tell: Tell) -> TrainingSession:
    from lexiscope.training.session import TrainingSession

    start = job.start
    if not isinstance(start, Fresh):
        return TrainingSession.resumed(
            start, workers=job.workers, device=job.device, progress=progress, tell=tell
        )
    return TrainingSession(
        start.config,
        tokenizer=start.tokenizer,
        vocabulary=start.vocabulary,
        phrases=start.phrases,
        workers=job.workers,
        device=job.device,
        validation=start.validation,
        progress=progress,
        tell=tell,
    )


def _explained(progress: ProgressCallback) -> ProgressCallback:
    """Progress that says what "neighbours_changed" is, where it is shown first."""
    told = False

    def show(report: Progress) -> None:
        nonlocal told
        if not told and "neighbours_changed" in report.values:
            from lexiscope.training.watching.convergence import TOPN, WORDS

            told = True
            print_note(
                f"neighbours_changed: the share of the {TOPN} nearest words of each of the {WORDS} "
                f"most frequent that were not among them at the look before, some seconds ago; "
                f"it falls as the vectors settle"
            )
        progress(report)

    return show


def _read(session: TrainingSession, job: Job, machines: ClusterMachines | None) -> EncodedCorpus:
    try:
        return session.read(files=job.files, readers=None if machines is None else machines.readers)
    except KeyboardInterrupt:
        print_note("lexiscope: stopped while reading the text; nothing was kept")
        raise


def _tell_of_lines(job: Job) -> None:
    """Warns where many of the first lines are no sentences: markup, records, tables."""
    from lexiscope.corpus.input.sources import find_files
    from lexiscope.corpus.survey.line_survey import survey_lines

    form = job.start.tokenizer.text if isinstance(job.start, Fresh) else None
    if form is None or form.kind != "auto":
        return
    first = [path for path in find_files(job.files) if Path(path).is_file()][:1]
    seen = survey_lines(first, _LOOKED_AT_BYTES, form)
    print_warnings(
        f"{found.lines / seen.lines:.0%} of the first lines of {first[0]} are {found.kind.name}: "
        f"{found.kind.advice} (`lexiscope corpus` tells more)"
        for found in seen.findings
        if found.lines > _MANY_LINES * seen.lines
    )


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


def _save(session: TrainingSession, job: Job, extra: dict[str, bytes]) -> dict[str, Any]:
    from lexiscope.cli.shared.results import write_result

    run = session.run
    size = 0 if run is None else run.weights.saved_bytes
    size += sum(map(len, extra.values()))
    try:
        return write_result(lambda place: session.save(place, extra), job.out, size)
    except KeyboardInterrupt:
        if not job.temporary and _has_checkpoint(job.out):
            print_note(_what_is_there(job.out))
        raise


def _print_event(event: Event, job: Job) -> None:
    from lexiscope.training import events

    match event:
        case events.MemoryEstimated(estimate):
            if not job.temporary:
                print_note(estimate.lines()[0])
        case events.TrainedInOrder(what):
            print_note(
                f"one thread trains {what}, in the order of the text, so that the result is "
                f"always the same; --schedule hogwild uses all workers"
            )
        case events.TrainedByFew(threads, workers):
            print_note(
                f"{threads} of {workers} threads train, which is what the rounds of a text of this "
                f"length have work for; --schedule hogwild uses all of them, and so does --parts "
                f"{workers}, to the same bits each time"
            )
        case events.TrainedOn(device, memory):
            print_note(
                f"training on {device.name} ({device.label}), about {human_memory(memory.total)} "
                f"there; changes are added in any order, so the last digits differ from run to run"
            )
        case events.GpuPassedOver(reason):
            print_note(f"training on the CPU: {reason}")
        case events.VectorsPlaced(report):
            for line in report.lines():
                print_note(line)
        case events.TakenUp(checkpoint, share, skipped):
            print_warnings(skipped)
            print_note(f"going on from {checkpoint} at {share:.1%} of the run")
        case events.CheckpointFailed(reason):
            print_warnings([f"{reason}; the run goes on, and will try again"])
        case events.StillWriting(model):
            print_note(
                f"lexiscope: a checkpoint of {model} is being written; "
                f"Ctrl-C once more in a second or later gives it up"
            )
        case events.Stopped(share, interrupted):
            if interrupted:
                print_note(f"lexiscope: stopped at {share:.1%} of the run")
        case events.Kept(None, _, reason):
            if reason:
                print_warnings([f"no checkpoint was written: {reason}"])
            print_note("nothing was kept" if job.temporary else _what_is_there(job.out))
        case events.Kept(Path() as checkpoint, interrupted, reason):
            if reason:
                print_warnings([f"{reason}; the checkpoint went elsewhere"])
            if not interrupted:
                print_note(f"kept the last good state, {checkpoint}")
                return
            model = checkpoint.parent.parent
            print_note(f"kept {checkpoint}; go on with: lexiscope train … --resume {model}")


def _has_checkpoint(out: Path) -> bool:
    from lexiscope.formats.kinds import model_folder

    return bool(model_folder.states_in(out / model_folder.CHECKPOINTS))


def _what_is_there(out: Path) -> str:
    """What a run that stopped without a checkpoint of its own leaves."""
    from lexiscope.formats.kinds import model_folder

    if _has_checkpoint(out):
        return f"the last checkpoint is kept; go on with: lexiscope train … --resume {out}"
    if out.exists() and not model_folder.is_barren(out):
        return f"{out} is left as it was"
    # At the very start the vectors are random numbers.
    return "nothing was kept"


def _print_result(
    run: Run, report: CorpusReport, out: Path | None, document: dict[str, Any]
) -> None:
    result = document["result"]
    seconds = result["seconds"]
    read = report.tokens * run.config.epochs
    facts: list[tuple[str, Cell]] = [
        *((("text" if i == 0 else ""), line) for i, line in enumerate(report.lines())),
        (
            "training",
            f"{human_count(read)} words in {human_time(seconds)}, "
            f"{human_count(read / max(seconds, 1e-9))} words/s, "
            f"{human_count(result['pairs'])} pairs",
        ),
        ("loss", _loss_line(result["epoch_losses"])),
        *_held_out(document),
        *((("epochs" if i == 0 else ""), line) for i, line in enumerate(run.state.notes)),
        ("fingerprint", result["fingerprint"]),
    ]
    if out is not None:
        size = sum(part.stat().st_size for part in out.iterdir() if part.is_file())
        facts.append(("model", f"{out} ({human_bytes(size)})"))
    print_facts(facts)


def _tell_of_words(run: Run, report: CorpusReport) -> None:
    """Warns where the text was too small for the options, and says what to set."""
    from lexiscope.training.watching.alike import told_apart

    found = told_apart(
        run.weights.input_vectors, report.tokens - report.dropped_tokens, run.config.epochs
    )
    if found is not None:
        print_warnings([found.line()])


def _held_out(document: dict[str, Any]) -> list[tuple[str, Cell]]:
    """The loss of the sentences that were not trained on, where some were held out."""
    losses = [loss for loss in document["result"].get("validation_losses", ()) if loss is not None]
    if not losses:
        return []
    if len(losses) == 1:
        when = "the epoch"
    else:
        when = "each epoch" if len(losses) <= _MOST_LOSSES else "the first and last epoch"
    return [("held out", f"{_loss_line(losses)}, after {when}")]


def _loss_line(losses: list[float | None]) -> str:
    """Each epoch's mean loss, or, where there are many, the first's and the last's."""
    finite = [loss for loss in losses if loss is not None]
    if not finite:
        return "none: subsampling left no two neighbouring words; try --sample 0"
    ends = finite if len(finite) <= _MOST_LOSSES else [finite[0], finite[-1]]
    return f"{' → '.join(f'{loss:.4f}' for loss in ends)} a pair"
