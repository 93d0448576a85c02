"""Requests to stop, by Ctrl-C or another signal: raised once, and held back from work in hand.

A request is an exception, `KeyboardInterrupt`, that comes between any two lines. `OneAtATime` sees
to it that a second one does not disturb what the first has set going, and `HeldBack` that none
comes while a step is taken that must be taken wholly.

Only handlers that raise such an exception are ever replaced, and they are put back; a program's own
handler is left alone. Handlers are called in the main thread, so that in others nothing is done.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

# Ctrl-C first: it is the last to be put back. SIGTERM is what `kill`, docker, slurm and systemd
# send, SIGHUP what a closed terminal does.
SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
# Requests this soon after the first mean the same as the first.
PATIENCE_SECONDS = 1.0
# A request that was swallowed comes again after this long: not within what swallowed it.
AGAIN_SECONDS = 0.02


class EndRequest(KeyboardInterrupt):
    """A request to end by another signal than Ctrl-C's.

    Attributes:
        number: The signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


def signal_of(stop: BaseException) -> int:
    """The number of the signal behind a request to stop."""
    return int(getattr(stop, "number", signal.SIGINT))


def exit_code(number: int | None) -> int:
    """A program's exit code after a signal's request to stop, as a shell tells it; of Ctrl-C's."""
    return 128 + (signal.SIGINT if number is None else number)


class _Handlers:
    """Handlers of signals, in place while a `with` block runs."""

    def __init__(self) -> None:
        self._before: list[tuple[int, Any]] = []

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handles a signal."""
        raise NotImplementedError

    def _takes(self, number: int, handler: Any) -> bool:
        """Whether to stand in for a handler."""
        del number
        return handler is signal.default_int_handler or isinstance(
            getattr(handler, "__self__", None), _Handlers
        )

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            try:
                for number in SIGNALS:
                    before = signal.getsignal(number)
                    if self._takes(number, before):
                        self._before.append((number, before))
                        signal.signal(number, self.handle)
            except BaseException:
                self._put_back()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._put_back()
        except BaseException:
            self._put_back()
            raise

    def _put_back(self) -> None:
        """May be called again where it was interrupted."""
        while self._before:
            signal.signal(*self._before[-1])
            self._before.pop()


class AtOnce(_Handlers):
    """Ends the process at a request, without a word: for a program that has nothing in hand.

    That is the time of its imports, in the midst of which an exception would be told by whatever
    is being imported, and the time after its work, when the interpreter waits for threads.
    """

    def _takes(self, number: int, handler: Any) -> bool:
        return super()._takes(number, handler) or _is_default_end(number, handler)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Ends the process."""
        del frame
        os._exit(exit_code(number))


class OneAtATime(_Handlers):
    """Raises a request at once, and drops those that come within a second of it.

    Who is impatient presses Ctrl-C twice, and systems send two signals: the second one would
    otherwise fall into the midst of what the first has set going.

    A request that falls where Python can raise nothing, in a function that a C library calls
    (LLVM does while kernels are compiled) or in a finalizer, would be printed and forgotten there.
    It is raised again, a moment later. What finalizers then say of what was left half done is not
    told.

    Args:
        asked_to_end: Whether to take the signals that ask a program to end, too, unless they are
            to be ignored (`nohup`). That is for a program, not for a library.

    Attributes:
        number: Of the signal raised last; None where there was none.
    """

    def __init__(self, *, asked_to_end: bool = False) -> None:
        super().__init__()
        self._asked_to_end = asked_to_end
        self._raised_at = -PATIENCE_SECONDS
        self._hook_before: Callable[[sys.UnraisableHookArgs], object] | None = None
        self.number: int | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        if self._before:
            self._hook_before, sys.unraisablehook = sys.unraisablehook, self._raise_again
        return self

    def _put_back(self) -> None:
        if self._hook_before is not None:
            sys.unraisablehook, self._hook_before = self._hook_before, None
        super()._put_back()

    def _raise_again(self, swallowed: sys.UnraisableHookArgs) -> None:
        """Stands in for `sys.unraisablehook`."""
        if isinstance(swallowed.exc_value, KeyboardInterrupt):
            self._raised_at = -PATIENCE_SECONDS
            number = signal_of(swallowed.exc_value)
            again = threading.Timer(AGAIN_SECONDS, raise_in_main_thread, (number,))
            again.daemon = True
            again.start()
        elif self.number is None and self._hook_before is not None:
            self._hook_before(swallowed)

    def _takes(self, number: int, handler: Any) -> bool:
        if isinstance(getattr(handler, "__self__", None), OneAtATime):
            return False  # it does the same, and a program asks it for its exit code
        taken = super()._takes(number, handler)
        return taken or (self._asked_to_end and _is_default_end(number, handler))

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Raises `KeyboardInterrupt`, unless one has just been raised."""
        del frame
        now = time.monotonic()
        if self.number is None or now - self._raised_at >= PATIENCE_SECONDS:
            self.number, self._raised_at = number, now
            raise _request(number)


class HeldBack(_Handlers):
    """Holds requests back while a block runs; the first is passed on when it has come to its end.

    Who insists, a second or more after the first, gets through: no block may take for ever.

    Args:
        tell: Called at the first request, between any two lines of the block.

    Attributes:
        requested: Whether there was a request.

    Example:
        with HeldBack():
            weights.advance()
            position += 1  # a request between the two lines would tear them apart
    """

    def __init__(self, tell: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._tell = tell
        self._number: int | None = None
        self._since = 0.0

    @property
    def requested(self) -> bool:
        """See the class."""
        return self._number is not None

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Notes a request."""
        del frame
        if self._number is None:
            self._number, self._since = number, time.monotonic()
            if self._tell is not None:
                self._tell()
        elif time.monotonic() - self._since >= PATIENCE_SECONDS:
            raise _request(number)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Passes the request on, unless the block has ended by an exception anyway."""
        super().__exit__(kind, error, traceback)
        if self._number is not None and error is None:
            handler = signal.getsignal(self._number)
            if callable(handler):
                handler(self._number, None)


def raise_in_main_thread(number: int) -> None:
    """Raises a signal where it ends a wait, too: only the main thread's own waits are looked at."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def _is_default_end(number: int, handler: Any) -> bool:
    """Whether a signal that asks to end would kill the process, as it does unless it is ignored."""
    return number != signal.SIGINT and handler == signal.SIG_DFL


def _request(number: int) -> KeyboardInterrupt:
    return KeyboardInterrupt() if number == signal.SIGINT else EndRequest(number)
