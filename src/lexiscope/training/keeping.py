"""What a run has reached, written: its result, and what a stopped run leaves to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from os import PathLike, fspath
from pathlib import Path

from lexiscope.errors import LexiscopeError
from lexiscope.files.space import NoRoomError
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import packed_run
from lexiscope.interruption import HeldBack
from lexiscope.training.checkpoint import Checkpointer, make_room
from lexiscope.training.events import Kept, StillWriting, Stopped, Tell
from lexiscope.training.loop.guard import DivergedError, are_good
from lexiscope.training.loop.state import Observer
from lexiscope.training.loop.trainer import Interrupted
from lexiscope.training.run import Run
from lexiscope.training.watching.writing import WritingForeseen


def write_model(
    path: str | PathLike[str],
    data: VectorsData,
    extra_files: Mapping[str, bytes] | None,
    *,
    own: bool,
) -> None:
    """Writes a run's model folder, whole or not at all; over a file, one file.

    Args:
        path: The folder, or a file.
        data: The model.
        extra_files: Relative path inside the folder → content.
        own: Whether the folder holds the run's own checkpoints, whose place it takes.

    Raises:
        ConfigError: The path is taken by something that is not a model.
        LexiscopeError: The disk is full or cannot be written to.
    """
    write = partial(packed_run.save, path, data, extra_files=extra_files, over_unfinished=own)
    try:
        try:
            write()
        except NoRoomError:
            if not own:
                raise
            make_room(Path(path))
            write()
    except OSError as error:
        raise LexiscopeError(
            f"{fspath(path)} could not be written: {error.strerror or error}; nothing of it was "
            f"kept; make room there, or name another folder"
        ) from error


def keep_stopped(
    stop: BaseException, run: Run, checkpointer: Checkpointer | None, tell: Tell
) -> None:
    """Keeps what a stopped run had reached as a checkpoint, and tells of it.

    Args:
        stop: What stopped it.
        run: As it stands.
        checkpointer: Writes the checkpoint; None where none are kept.
        tell: Whom to tell.
    """
    interrupted = isinstance(stop, KeyboardInterrupt)
    kept, reason = None, ""
    tell(Stopped(run.share, interrupted))
    if isinstance(stop, DivergedError):
        worth = bool(stop.kept)
        good = None if checkpointer is None else checkpointer.good_state()
        if checkpointer is not None and good is not None and good.state.share == stop.kept:
            # It was put back from there.
            kept, worth = checkpointer.newest, False
    else:
        # At the very start the vectors are random numbers.
        worth = isinstance(stop, Interrupted) and stop.exact and run.share > 0
        worth = worth and are_good(run.weights)
    if checkpointer is not None and worth:
        kept, reason = _keep(checkpointer, tell)
    tell(Kept(kept, interrupted, reason))


def _keep(checkpointer: Checkpointer, tell: Tell) -> tuple[Path | None, str]:
    """Where the checkpoint was written; and why not in its place, if it was not."""
    kept, reason = None, "its writing was cut short"
    try:
        with HeldBack(lambda: tell(StillWriting(checkpointer.model))):
            kept, reason = checkpointer.keep()
    except OSError as error:
        reason = str(error)
    except KeyboardInterrupt:
        pass  # the run is being stopped already; what there is has been written, or cut short
    return kept, reason


def keepers(run: Run, checkpointer: Checkpointer | None, folder: Path | None) -> list[Observer]:
    """What keeps a run in its folder, and foresees the writing of its result."""
    if checkpointer is None or folder is None:
        return []
    writing = WritingForeseen(folder, run, lambda: checkpointer.seconds)
    return [checkpointer, writing]
