"""Callbacks of a user's code: gensim's turns, with the model as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lexiscope.errors import ConfigError
from lexiscope.training.loop.state import Observer, TrainingState

TURNS = ("on_train_begin", "on_epoch_begin", "on_report", "on_epoch_end", "on_train_end")


def checked(callbacks: Iterable[object]) -> tuple[object, ...]:
    """The callbacks, if each has at least one of the turns as a method.

    Raises:
        ConfigError: One has none.
    """
    found = tuple(callbacks)
    for callback in found:
        if not any(callable(getattr(callback, turn, None)) for turn in TURNS):
            raise ConfigError(
                f"the callback {callback!r} has no method that would be called; expected one or "
                f"more of {', '.join(TURNS)}, each taking the model"
            )
    return found


class CallbackAny2Vec:
    """Base class of callbacks, by gensim's name: each turn does nothing unless a subclass says so.

    A callback is given the model, which it may search, measure and save. It is called from the
    thread that trains, while no weight changes. It need not derive from this class.
    """

    def on_train_begin(self, model: Any) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, model: Any) -> None:
        """Before each epoch."""

    def on_epoch_end(self, model: Any) -> None:
        """After each epoch."""

    def on_train_end(self, model: Any) -> None:
        """After the last epoch; not after a training that was stopped."""


class Callbacks(Observer):
    """Calls `callback.on_…(model)` at a run's turns.

    No thread writes to the weights meanwhile, so that a callback may search, measure and save.

    Args:
        callbacks: Objects with some of the methods in TURNS.
        model: What they are given.
        refresh: Called before them: forgets what was computed from the weights as they were.
        epochs: Epochs of the run.
    """

    def __init__(
        self, callbacks: Sequence[object], model: object, refresh: Callable[[], None], epochs: int
    ) -> None:
        self._callbacks = callbacks
        self._model = model
        self._refresh = refresh
        self._epochs = epochs

    def _call(self, turn: str) -> None:
        self._refresh()
        for callback in self._callbacks:
            method: Any = getattr(callback, turn, None)
            if method is not None:
                method(self._model)

    def on_train_begin(self, state: TrainingState) -> None:
        """The run's beginning, and the first epoch's."""
        self._call("on_train_begin")
        if state.epoch < self._epochs:
            self._call("on_epoch_begin")

    def on_report(self, state: TrainingState) -> None:
        """About twice a second."""
        del state
        self._call("on_report")

    def on_epoch_end(self, state: TrainingState) -> None:
        """An epoch's end, and the next one's beginning."""
        self._call("on_epoch_end")
        if state.epoch < self._epochs:
            self._call("on_epoch_begin")

    def on_train_end(self, state: TrainingState) -> None:
        """The run's end."""
        del state
        self._call("on_train_end")
