"""Data of an export, as plain matrices, and what a target is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from lexiscope.files import tokens
from lexiscope.one_line import one_line
from lexiscope.vectors.aligning.align import Aligned
from lexiscope.vectors.keyed_vectors import KeyedVectors
from lexiscope.vectors.keys import as_tokens
from lexiscope.vectors.table import VectorTable

INPUT, OUTPUT = "input", "output"
# Of a matrix in the order of other ids: id, token, where its row comes from, whose vector it is.
SOURCES = "sources.tsv"
Matrices = dict[str, NDArray[np.float32]]


@one_line
@dataclass(frozen=True, kw_only=True)
class ExportData:
    """Matrices and the tokens of their rows.

    Attributes:
        tokens: The token of each row of `input`, V. They are distinct unless the ids of another
            program repeat a token.
        matrices: "input" (W, V×D float32) and, where there is one, "output" (W′, V×D; (V−1)×D
            after hierarchical softmax, where a row is an inner node).
        counts: How often each token occurs, V int64, where it is known.
        facts: What else the manifest tells.
        files: Further files, name → content.
    """

    tokens: list[str]
    matrices: Matrices
    counts: NDArray[np.int64] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, source: VectorTable | Aligned) -> ExportData:
        """Takes vectors, or a matrix in the order of other ids."""
        if isinstance(source, Aligned):
            return cls._of_aligned(source)
        matrices = {INPUT: np.asarray(source.vectors, dtype=np.float32)}
        if source.has_output:
            matrices[OUTPUT] = np.asarray(source.output_vectors, dtype=np.float32)
        return cls(tokens=as_tokens(source.index_to_key), matrices=matrices, counts=source.counts)

    @classmethod
    def _of_aligned(cls, aligned: Aligned) -> ExportData:
        counts = aligned.ids.counts
        if counts is not None:
            counts = np.append(counts, np.zeros(len(aligned) - len(counts), dtype=np.int64))
        rows = zip(aligned.names, aligned.sources, aligned.words, strict=True)
        lines = [
            f"{number}\t{tokens.escape(name)}\t{source}\t{tokens.escape(word or '')}\n"
            for number, (name, source, word) in enumerate(rows)
        ]
        return cls(
            tokens=aligned.names,
            matrices={INPUT: aligned.matrix},
            counts=counts,
            facts={"coverage": aligned.coverage.to_json()},
            files={SOURCES: ("id\ttoken\tsource\tword\n" + "".join(lines)).encode()},
        )

    def to_vectors(self) -> KeyedVectors:
        """The vectors, to search.

        Raises:
            ConfigError: A token is there twice.
        """
        return KeyedVectors(
            self.tokens,
            self.matrices[INPUT],
            counts=self.counts,
            output=self.matrices.get(OUTPUT),
        )

    def to_dict(self) -> dict[str, NDArray[np.float32]]:
        """Token → its row of the input matrix (a view)."""
        return dict(zip(self.tokens, self.matrices[INPUT], strict=True))


@dataclass(frozen=True, kw_only=True)
class Target:
    """One kind of file for matrices.

    Attributes:
        name: On the command line.
        description: One line for people.
        write: Writes matrices into a folder and gives the file of each.
        read: Reads them again, given the file of each.
    """

    name: str
    description: str
    write: Callable[[Path, ExportData], dict[str, str]]
    read: Callable[[Path, Mapping[str, str]], Matrices]


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file for another library to write, which is on disk at the end.

    Raises:
        OSError: The system's own error where the disk is full; NumPy's tells no number then, and
            PyTorch raises one of its own.
    """
    with path.open("xb") as file:
        stream = _Remembering(file)
        try:
            # No file of Python's own, which NumPy would write past it.
            yield cast(BinaryIO, stream)
            stream.flush()
        except Exception:
            if stream.error is not None:
                raise stream.error from None
            raise
        os.fsync(file.fileno())


class _Remembering:
    """A file that remembers the first error in writing to it.

    Attributes:
        error: It, or None.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: Any) -> int:
        """Writes, unless that has failed before: then nothing, so that a library can clean up."""
        if self.error is not None:
            return memoryview(content).nbytes
        try:
            return self._file.write(content)
        except OSError as error:
            self.error = error
            raise

    def flush(self) -> None:
        """Writes what waits in memory."""
        try:
            self._file.flush()
        except OSError as error:
            self.error = self.error or error
            raise
