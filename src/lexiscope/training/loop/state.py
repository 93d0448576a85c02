"""Training state, and the observers that may look at it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from lexiscope.training.loop.allowance import Allowance

if TYPE_CHECKING:  # an observer needs no Numba, which rows' padding is taken from
    from lexiscope.training.loop.weights import Weights


@dataclass(frozen=True)
class Pace:
    """The learning rate along an epoch: linear in the position, never below `end`."""

    start: float
    slope: float
    end: float

    def at(self, position: int) -> float:
        """The learning rate at a position."""
        return max(self.end, self.start + self.slope * position)


@dataclass(frozen=True)
class Outcome:
    """What became of a stretch.

    Attributes:
        position: How far all windows have been trained; below the stretch's end after a stop.
        loss: Sum over pairs, float64.
        pairs: Pairs of input and target.
        centers: Windows.
        bad: The position at which the loss was found not to be finite, or None.
        interrupted: Whether Ctrl-C cut it short.
    """

    position: int
    loss: float
    pairs: int
    centers: int
    bad: int | None
    interrupted: bool = False


@dataclass
class Totals:
    """What was counted along a run.

    Attributes:
        epoch_losses: Mean loss a pair of each finished epoch.
        loss: Sum of the loss in the epoch under way.
        pairs: Pairs in the epoch under way.
        all_pairs, centers: Pairs and windows of the whole run.
        all_loss: Sum of the loss in the whole run.
        seconds: Time in training, compilation not counted.
    """

    epoch_losses: list[float] = field(default_factory=list)
    loss: float = 0.0
    pairs: int = 0
    all_pairs: int = 0
    centers: int = 0
    seconds: float = 0.0
    all_loss: float = 0.0

    def add(self, outcome: Outcome, seconds: float) -> None:
        """Counts a stretch."""
        self.loss += outcome.loss
        self.all_loss += outcome.loss
        self.pairs += outcome.pairs
        self.all_pairs += outcome.pairs
        self.centers += outcome.centers
        self.seconds += seconds

    def end_epoch(self) -> None:
        """Closes the epoch under way."""
        self.epoch_losses.append(self.loss / self.pairs if self.pairs else float("nan"))
        self.loss, self.pairs = 0.0, 0


@dataclass
class TrainingState:
    """Where a run stands, between two stretches: no thread writes to the weights meanwhile.

    Attributes:
        epoch: Epochs finished.
        position: Positions of the encoded corpus trained in the epoch under way.
        share: How much of the run is done, 0 … 1.
        alpha: Learning rate now.
        loss: Mean loss a pair over the last stretch.
        totals: All that was counted.
        weights: W and W′ themselves; to be read, not kept.
        notes: What observers have to say at the end, a line each.
        allowance: What looks at the run may cost.
    """

    weights: Weights
    epoch: int = 0
    position: int = 0
    share: float = 0.0
    alpha: float = 0.0
    loss: float = float("nan")
    totals: Totals = field(default_factory=Totals)
    notes: list[str] = field(default_factory=list)
    allowance: Allowance = field(default_factory=Allowance)

    def noted(self) -> TrainingState:
        """How far the run has come, as it goes on; the weights are not copied."""
        return replace(self, totals=deepcopy(self.totals))


@dataclass(frozen=True)
class GoodState:
    """A state that a run which has gone wrong can be put back to.

    Attributes:
        what: What it is kept as, for people.
        state: How far the run had come; the weights are the run's, as they are now.
        put_back: Sets the run's weights to those of that time; False where they cannot be read.
    """

    what: str
    state: TrainingState
    put_back: Callable[[], bool]


class Observer:
    """Sees a run's state at its turns; each method does nothing unless a subclass says so.

    `values` are numbers to be shown beside the loss.

    Attributes:
        keeps_states: Whether it keeps states of the run, of which `good_state` gives the newest.
    """

    keeps_states: ClassVar[bool] = False

    def on_train_begin(self, state: TrainingState) -> None:
        """Before the first stretch, kernels compiled."""

    def will_keep(self, state: TrainingState) -> bool:
        """Whether `on_report` is to keep the weights now; they are looked at first."""
        del state
        return False

    def on_report(self, state: TrainingState) -> None:
        """About twice a second."""

    def good_state(self) -> GoodState | None:
        """The newest state that it has kept."""
        return None

    def wanted_share(self, state: TrainingState) -> float | None:
        """The next share of the run at which `on_share` is to be called; None for never."""
        del state
        return None

    def on_share(self, state: TrainingState) -> None:
        """As soon as a stretch can end at or after the wanted share."""

    def hold(self) -> None:
        """Between two stretches: comes back when the run may go on.

        What it takes is no time of the run: rates and the time left know nothing of it.
        """

    def on_epoch_end(self, state: TrainingState) -> None:
        """After each epoch."""

    def on_train_end(self, state: TrainingState) -> None:
        """After the last epoch; not after a run that was stopped."""

    def epoch_end_seconds(self, word_seconds: float) -> float:
        """About how long `on_epoch_end` will take; asked before it was called.

        Args:
            word_seconds: What a thread needs for a word of the text.
        """
        del word_seconds
        return 0.0

    def end_seconds(self) -> float:
        """About how long what comes after the last epoch will take: `on_train_end`, and writing."""
        return 0.0

    def values(self) -> dict[str, float]:
        """Numbers to show in the progress line."""
        return {}
