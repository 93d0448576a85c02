"""What a request can be refused with; `problems` turns each into its `Problem`."""

from __future__ import annotations

from lexiscope.errors import LexiscopeError


class NothingToShowError(LexiscopeError):
    """What was asked for is not in what is open: the message says how it could be made."""


class UnknownRowError(LexiscopeError):
    """There is no such sentence or step."""


class ModelNotLoadedError(LexiscopeError):
    """The transformer cannot be loaded; the message says why."""


class BusyError(LexiscopeError):
    """So many wait already that a further one would wait too long."""
