"""Conversion between formats, a block of rows at a time, telling what the other cannot hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.files.compression import SUFFIXES
from lexiscope.files.reserving import check_place, reserved_early
from lexiscope.files.space import check_room
from lexiscope.formats import registry
from lexiscope.formats.contract import (
    Block,
    Format,
    Matrix,
    Part,
    ReadOptions,
    Rows,
    VectorsStream,
    as_stream,
    to_dtype,
)
from lexiscope.formats.not_kept import NotKept, Rounding
from lexiscope.formats.reading.text_rows import text_lines
from lexiscope.formats.respelling import Respelling
from lexiscope.one_line import one_line
from lexiscope.progress import Meter, ProgressCallback

_NAMED = 3
# Of the first rows so many tell how long all will be; so much of that is sure to be needed.
_SAMPLED_ROWS = 64
_SURE_SHARE = 0.9
_LEAST_SHARE = 1e-6


@one_line
@dataclass(kw_only=True)
class Conversion:
    """What a conversion did.

    Attributes:
        source_format, target_format: Names of formats.
        words: Rows written.
        dimensions: D.
        lost: What the source had and the target has not, a line each, with numbers.
        largest_error: The largest change of a value by rounding; 0 where none was changed.
        warnings: What the reader accepted but the user should know.
        seconds: How long it took.
    """

    source_format: str
    target_format: str
    words: int = 0
    dimensions: int = 0
    lost: list[str] = field(default_factory=list)
    largest_error: float = 0.0
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0


def convert(
    source: str | Path,
    target: str | Path,
    *,
    to: str | None = None,
    options: ReadOptions | None = None,
    output: str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> Conversion:
    """Writes vectors in another format, whole or not at all.

    Memory does not grow with the file where the source can be read in a stream or mapped: a block
    of rows and 8 bytes a word.

    Args:
        source: What `lexiscope.load` opens.
        target: What to write; a file or folder of vectors there is replaced.
        to: The target's format by name; None: by the target's ending, a model folder where there is
            no ending.
        options: Which rows, and as what; None for everything.
        output: A file whose vectors are W′ of the source's words. Both are then read whole.
        progress: Called with "converting" reports.

    Raises:
        ConfigError: No such format, or one that is only read; something that is no vectors stands
            at the target; source and target are the same; a value does not fit into float16.
        FormatError: The source is damaged, or the target's format cannot hold a value; the output
            matrix is not of the same words and dimensions.
        MissingExtraError: A format needs a package that is not installed.
        BusyError: Another process is writing the target.
        NoRoomError: The disk is full, or has less room than the target will take.
        OSError: The disk cannot be written to.
    """
    began = time.perf_counter()
    wanted = ReadOptions() if options is None else options
    source_path, target_path = Path(source), Path(target)
    write_as = target_format(target_path, to)
    read_as = registry.detect(source_path)
    check_target(source_path, target_path, write_as)
    done = Conversion(source_format=read_as.name, target_format=write_as.name)
    # Rounding is done here, where its error is measured.
    exact = replace(wanted, dtype="float32")
    with (
        reserved_early(target_path, is_folder=write_as.is_folder),
        _opened(source_path, read_as, exact, output) as stream,
    ):
        done.dimensions = stream.columns
        seen = _Seen(wanted, done, progress, partial(_check_room, target_path, write_as))
        not_carried = leave_out(stream, write_as)
        seen.attach(stream)
        respelling = Respelling(stream, write_as)
        registry.write(target_path, stream, write_as.name)
        done.words -= respelling.left_out
        done.warnings = list(stream.warnings)
    not_kept = [*not_carried, *stream.lost, *seen.lost()]
    done.lost = [str(item) for item in not_kept]
    done.largest_error = max((item.error for item in not_kept), default=0.0)
    done.seconds = time.perf_counter() - began
    return done


@contextmanager
def _opened(
    source: Path, format_: Format, options: ReadOptions, output: str | Path | None
) -> Iterator[VectorsStream]:
    """The source's rows, some at a time; at once where an output matrix is put to their words."""
    if output is None:
        with format_.open(source, options) as stream:
            yield stream
    else:
        yield as_stream(registry.read(source, options, output))


def target_format(target: Path, to: str | None) -> Format:
    """The format to write a target in.

    Args:
        target: The target.
        to: The format by name; None: by the target's ending.

    Raises:
        ConfigError: There is none, it is only read, or the ending is a compressed file's.
    """
    if to is not None:
        format_: Format | None = registry.by_name(to)
    else:
        format_ = registry.by_extension(target)
    if target.suffix.lower() in SUFFIXES:
        raise ConfigError(
            f"{target}: compressed files are only read; write {target.with_suffix('')} and "
            "compress it afterwards"
        )
    writable = ", ".join(f.name for f in registry.FORMATS if f.write is not None)
    if format_ is None:
        ending = target.suffix.lower()
        format_ = next((f for f in registry.FORMATS if ending in f.extensions), None)
    if format_ is None:
        raise ConfigError(
            f"{target}: no format is known by the ending {target.suffix!r}; say which with --to "
            f"({writable})"
        )
    if format_.write is None:
        raise ConfigError(
            f"{target}: format {format_.name!r} is only read; choose one of {writable}"
        )
    return format_


def check_target(source: Path, target: Path, format_: Format) -> None:
    """Refuses a target early, before any work.

    Args:
        source: What is read.
        target: What would be written.
        format_: The target's format.

    Raises:
        ConfigError: As `convert`.
    """
    check_place(target, is_folder=format_.is_folder)
    if not target.exists():
        return
    if target.resolve() == source.resolve():
        raise ConfigError(f"{target} is the source itself; name another target")
    if target.is_dir() != format_.is_folder:
        there, expected = ("folder", "file") if target.is_dir() else ("file", "folder")
        raise ConfigError(
            f"{target} is a {there}, but {format_.name} is a {expected}; name another target"
        )
    try:
        registry.detect(target)
    except LexiscopeError:
        raise ConfigError(
            f"{target} exists and is no vectors that could be replaced; name another target"
        ) from None


def leave_out(stream: VectorsStream, format_: Format) -> list[NotKept]:
    """Takes out of a stream what a format does not hold, so that no writer has to look at it.

    Args:
        stream: It is changed.
        format_: The format that it will be written in.

    Returns:
        What was taken out.
    """
    has = _parts(stream)
    stream.output = stream.output if "output" in format_.carries else None
    stream.subwords = stream.subwords if "subwords" in format_.carries else None
    stream.metadata = stream.metadata if "metadata" in format_.carries else {}
    return [loss for part, loss in has.items() if part not in format_.carries]


def _parts(stream: VectorsStream) -> dict[Part, NotKept]:
    """What the source has besides words and vectors, and how its loss is told."""
    parts: dict[Part, NotKept] = {}
    if stream.output is not None:
        parts["output"] = NotKept(f"output matrix not carried ({_shape(stream.output)})")
    if stream.has_counts:
        parts["counts"] = NotKept("counts not carried")
    if stream.subwords is not None:
        parts["subwords"] = NotKept(
            f"subword rows not carried ({_shape(stream.subwords.rows)}): unseen words get no vector"
        )
    values = _leaves(stream.metadata)
    if values:
        parts["metadata"] = NotKept(
            f"training options not carried ({values:,} {'value' if values == 1 else 'values'})"
        )
    return parts


def _shape(matrix: Matrix | Rows) -> str:
    return f"{matrix.shape[0]:,} × {matrix.shape[1]:,}"


def _leaves(metadata: Mapping[str, Any]) -> int:
    """How many values there are, those in groups counted one by one."""
    return sum(_leaves(value) if isinstance(value, Mapping) else 1 for value in metadata.values())


def _check_room(target: Path, format_: Format, block: Block, rows: int) -> None:
    """Refuses a target that will not fit, going by the first rows.

    Args:
        target: Where it will be.
        format_: Its format.
        block: The first rows, as they will be written.
        rows: About so many there will be in all.

    Raises:
        NoRoomError: As said.
    """
    sampled = block.vectors[:_SAMPLED_ROWS]
    if not len(sampled):
        return
    if format_.is_text:
        lines = text_lines(Block(block.tokens[: len(sampled)], sampled))[1]
        size = sum(len(line) + 1 for line in lines) / len(sampled)
    else:
        size = sampled.nbytes / len(sampled)
    words = sum(map(len, block.tokens)) / len(block.tokens)
    check_room(target, int(rows * (_SURE_SHARE * size + words)))


class _Seen:
    """Stands between reader and writer: rounds, counts and reports.

    Args:
        options: What was asked for.
        done: Where the figures go.
        progress: Where reports go.
        check_room: Given the first rows and how many there will be, refuses what will not fit.
    """

    def __init__(
        self,
        options: ReadOptions,
        done: Conversion,
        progress: ProgressCallback | None,
        check_room: Callable[[Block, int], None],
    ) -> None:
        self._check_room = check_room
        self._options = options
        self._done = done
        self._progress = progress
        self._rounding = Rounding("float16 rounding")
        self._missing = set() if options.words is None else set(options.words)

    def attach(self, stream: VectorsStream) -> None:
        """Takes a stream's blocks, and gives it its own."""
        stream.dtype = self._options.dtype
        stream.blocks = self._blocks(stream, stream.blocks)

    def _blocks(self, stream: VectorsStream, blocks: Iterator[Block]) -> Iterator[Block]:
        told = stream.progress if self._options.limit is None else None
        rows = stream.rows if self._options.words is None else None
        total, unit = (rows or None, "words") if told is None else (told()[1], "bytes")
        meter = Meter("converting", total, unit, self._progress)
        for block in blocks:
            vectors = block.vectors
            if self._options.dtype == "float16":
                vectors = to_dtype(block.vectors, "float16")
                self._rounding.see(block.vectors, vectors.astype(np.float32))
            self._missing.difference_update(block.tokens)
            written = Block(block.tokens, vectors, block.counts)
            if not self._done.words and self._options.words is None:
                share = 1.0 if told is None else told()[0] / max(1, told()[1])
                foreseen = rows or int(len(block.tokens) / max(share, _LEAST_SHARE))
                self._check_room(written, min(foreseen, self._options.limit or foreseen))
            yield written
            self._done.words += len(block.tokens)
            meter.update(self._done.words if told is None else told()[0])

    def lost(self) -> list[NotKept]:
        """What rounding and the choice of words cost."""
        not_kept = self._rounding.not_kept()
        if self._missing:
            named = ", ".join(map(repr, sorted(self._missing)[:_NAMED]))
            more = ", …" if len(self._missing) > _NAMED else ""
            wanted = len(self._options.words or ())
            not_kept.append(
                NotKept(
                    f"{len(self._missing):,} of the {wanted:,} words asked for are not among the "
                    f"rows ({named}{more})"
                )
            )
        return not_kept
