"""Output of commands: tables and facts, JSON documents, and the progress of long work.

Answers go to stdout, everything else to stderr. On a terminal tables are drawn by rich; in a pipe
they are plain aligned text. Nothing else in this room writes to either, and what is written here
is made fit to be shown: words, names and messages come out of files. JSON has the true words.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Protocol, cast

from lexiscope.cli.shared.streams import Unfailing, answering
from lexiscope.progress import Progress, ProgressCallback, describe
from lexiscope.shown import LONGEST_CELL, in_json, shown, width

Cell = str | int | float

_PLAIN_SECONDS = 5.0
_LIVE_SECONDS = 0.1


# Answers


def print_json(document: Mapping[str, Any]) -> None:
    """Prints one JSON document; a number that is not finite becomes null."""
    # Where stdout is not UTF-8 its own escapes (\\xe9) would not be JSON's.
    in_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(_finite(document), ensure_ascii=not in_unicode, indent=2, allow_nan=False)
    _answer(in_json(text))


def print_line(text: str = "") -> None:
    """Prints one line of an answer."""
    _answer(shown(text))


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[Cell]], title: str | None = None
) -> None:
    """Prints a table; columns of numbers are set to the right.

    Args:
        headers: The columns' names.
        rows: The cells, long ones cut; floats are shown with four decimals, ints with separators.
        title: A line above it.
    """
    table = [list(row) for row in rows]
    numeric = [
        all(not isinstance(row[column], str) for row in table) for column in range(len(headers))
    ]
    names = [shown(header, LONGEST_CELL) for header in headers]
    cells = [[shown(_cell(cell), LONGEST_CELL) for cell in row] for row in table]
    above = None if title is None else shown(title)
    if _is_terminal(sys.stdout):
        _print_rich(names, cells, numeric, above)
    else:
        _print_plain(names, cells, numeric, above)


def print_facts(facts: Iterable[tuple[str, Cell]]) -> None:
    """Prints names and values in two columns."""
    pairs = [(shown(name, LONGEST_CELL), shown(_cell(value))) for name, value in facts]
    widest = max((width(name) for name, _value in pairs), default=0)
    for name, value in pairs:
        _answer(f"{_pad(name, widest)}  {value}")


def print_warnings(warnings: Iterable[str]) -> None:
    """Prints what a reader accepted but the user should know, to stderr."""
    for warning in warnings:
        _remark(f"lexiscope: warning: {shown(warning)}")


def print_note(text: str) -> None:
    """Prints a line that is no answer (what was written, what comes next), to stderr."""
    _remark(shown(text))


def print_error(text: str) -> None:
    """Prints why a command has failed, to stderr."""
    _remark(f"lexiscope: error: {shown(text)}")


def _answer(line: str) -> None:
    with answering() as stream:
        stream.write(f"{line}\n")


def _remark(line: str) -> None:
    Unfailing(sys.stderr).write(f"{line}\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return None
    return value


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4f}"
    return value


def _print_plain(
    headers: Sequence[str], cells: list[list[str]], numeric: list[bool], title: str | None
) -> None:
    lines = [list(headers), *cells]
    widths = [max(width(line[column]) for line in lines) for column in range(len(headers))]
    if title is not None:
        _answer(title)
    for line in lines:
        padded = (
            _pad(cell, columns, right=right)
            for cell, columns, right in zip(line, widths, numeric, strict=True)
        )
        _answer("  ".join(padded).rstrip())


def _print_rich(
    headers: Sequence[str], cells: list[list[str]], numeric: list[bool], title: str | None
) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for header, right in zip(headers, numeric, strict=True):
        table.add_column(Text(header), justify="right" if right else "left", overflow="fold")
    for row in cells:
        # A word may hold what rich takes for markup, such as [b]; Text shows it as it is.
        table.add_row(*(Text(cell) for cell in row))
    with answering() as stream:
        Console(file=stream, highlight=False).print(table)


def _pad(text: str, columns: int, *, right: bool = False) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space


def _is_terminal(stream: IO[str]) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


# Progress


class _Display(Protocol):
    def show(self, progress: Progress) -> None: ...
    def close(self) -> None: ...


class LiveProgress:
    """Shows the progress of long work on stderr while a `with` block runs.

    On a terminal one live line a stage: percent, rate, values, time left. Otherwise one plain line
    about every 5 seconds, and one at the end of a stage.

    Example:
        with LiveProgress() as progress:
            train(…, progress=progress)

    Args:
        stream: Where to; stderr where None.
        clock: Seconds, increasing; another one for tests.
    """

    def __init__(
        self, stream: IO[str] | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = cast("IO[str]", Unfailing(sys.stderr if stream is None else stream))
        self._clock = clock
        self._display: _Display | None = None

    def __enter__(self) -> ProgressCallback:
        if _is_terminal(self._stream):
            self._display = _LiveLine(self._stream, self._clock)
        else:
            self._display = _PlainLines(self._stream, self._clock)
        return self._display.show

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._display is not None:
            self._display.close()


class _PlainLines:
    """A line now and then, for a file or a pipe."""

    def __init__(self, stream: IO[str], clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._shown_at = clock()
        self._pending: Progress | None = None

    def show(self, progress: Progress) -> None:
        if self._pending is not None and self._pending.stage != progress.stage:
            self._write(self._pending)
        self._pending = progress
        if self._clock() - self._shown_at >= _PLAIN_SECONDS:
            self._write(progress)

    def close(self) -> None:
        if self._pending is not None:
            self._write(self._pending)

    def _write(self, progress: Progress) -> None:
        line = f"{shown(progress.stage)}  {describe(progress)}"
        self._stream.write(line.rstrip() + "\n")
        self._stream.flush()
        self._shown_at = self._clock()
        self._pending = None


class _LiveLine:
    """One line with a bar, redrawn in place."""

    def __init__(self, stream: IO[str], clock: Callable[[], float]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars
        from rich.table import Column

        self._clock = clock
        self._drawn_at = -_LIVE_SECONDS
        self._stage: str | None = None
        self._bars = Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn(
                "{task.fields[detail]}",
                markup=False,
                table_column=Column(no_wrap=True, overflow="ellipsis"),
            ),
            console=Console(file=stream, highlight=False),
            # Drawn at each report: no thread of its own beside the training threads.
            auto_refresh=False,
        )
        self._bars.start()

    def show(self, progress: Progress) -> None:
        detail = describe(progress)
        if progress.stage != self._stage:
            self._stage = progress.stage
            self._task = self._bars.add_task(
                shown(progress.stage, LONGEST_CELL), total=progress.total, detail=detail
            )
            self._drawn_at = -_LIVE_SECONDS
        self._bars.update(self._task, completed=progress.done, total=progress.total, detail=detail)
        if self._clock() - self._drawn_at >= _LIVE_SECONDS:
            self._bars.refresh()
            self._drawn_at = self._clock()

    def close(self) -> None:
        self._bars.refresh()
        self._bars.stop()
