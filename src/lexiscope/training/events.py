"""Events of a training session: what it has to tell, as plain data, to a callback."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lexiscope.training.cuda.device import Device
from lexiscope.training.cuda.limits import DeviceMemory
from lexiscope.training.initial import InitialReport
from lexiscope.training.memory import MemoryEstimate


@dataclass(frozen=True)
class MemoryEstimated:
    """Before the run begins: what it will take."""

    estimate: MemoryEstimate


@dataclass(frozen=True)
class TrainedInOrder:
    """One thread will train, whatever the workers: the rounds do not serve the options.

    Attributes:
        what: Which of them: "loss nce", "subwords".
    """

    what: str


@dataclass(frozen=True)
class TrainedByFew:
    """Fewer threads will train than there are workers: a round has no more shards.

    Attributes:
        threads: Of them, at least 4.
        workers: As asked for.
    """

    threads: int
    workers: int


@dataclass(frozen=True)
class TrainedOn:
    """A GPU will train; the order in which changes are added there is free.

    Attributes:
        device: The GPU.
        memory: What the run takes there.
    """

    device: Device
    memory: DeviceMemory


@dataclass(frozen=True)
class GpuPassedOver:
    """The CPU will train, where a GPU would have been taken if there were one.

    Attributes:
        reason: Why, one line.
    """

    reason: str


@dataclass(frozen=True)
class VectorsPlaced:
    """The weights begin with vectors from elsewhere, or with frozen words."""

    report: InitialReport


@dataclass(frozen=True)
class TakenUp:
    """A run that was stopped goes on.

    Attributes:
        checkpoint: The folder that it goes on from.
        share: How much of the run was done, 0 … 1.
        skipped: Why newer checkpoints were passed over, a line each.
    """

    checkpoint: Path
    share: float
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Stopped:
    """Training ended before its time; `Kept` follows.

    Attributes:
        share: How much of the run was done, 0 … 1.
        interrupted: Whether by Ctrl-C; else the weights diverged.
    """

    share: float
    interrupted: bool


@dataclass(frozen=True)
class CheckpointFailed:
    """A checkpoint could not be written on the way; the run goes on, and it is tried again.

    Attributes:
        reason: One line.
    """

    reason: str


@dataclass(frozen=True)
class StillWriting:
    """A request to stop came while what the run has reached is written, which goes on.

    Attributes:
        path: Where to.
    """

    path: Path


@dataclass(frozen=True)
class Kept:
    """What a stopped run left behind.

    Attributes:
        checkpoint: The folder written after the stop, in the run's model folder or, where that
            cannot hold it, in another; None where the state was not worth keeping or there is no
            place for it. Earlier checkpoints are left as they are.
        interrupted: As in `Stopped`.
        reason: Why it could not be written, or not into the run's folder; "" where it was.
    """

    checkpoint: Path | None
    interrupted: bool
    reason: str = ""


Event = (
    MemoryEstimated
    | TrainedInOrder
    | TrainedByFew
    | TrainedOn
    | GpuPassedOver
    | VectorsPlaced
    | TakenUp
    | CheckpointFailed
    | StillWriting
    | Stopped
    | Kept
)
Tell = Callable[[Event], None]
