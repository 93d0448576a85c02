"""Readers: a text's sections, counted and encoded by tasks on the machines of a cluster.

A task reads a section and keeps the numbers of its words where it ran; only the table of distinct
ones comes here. When the vocabulary is chosen, another makes ids of them. Ray does a task again
whose machine has gone, and so what it had kept.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.cluster.connection import NO_PROCESS, Connection, Node
from lexiscope.cluster.worker_errors import told_in_a_line
from lexiscope.corpus.input.remote import is_remote
from lexiscope.corpus.input.sections import Section
from lexiscope.corpus.passes.recode import Recoded, Recoding
from lexiscope.corpus.passes.sections import Counted, Form, count_section, recode_section

# Stored bytes below which a text is read here before a cluster's processes have begun.
LEAST_BYTES = 1 << 28
# Sections of a core at a time: one that it is at, and one that is there when that is done.
_EACH = 2


class ClusterReaders:
    """Those machines of a cluster that will train, as readers (`SectionReaders`).

    Args:
        connection: To the cluster.
        nodes: The machines.
        tell: Called with a line when they do not see a text.
    """

    def __init__(
        self,
        connection: Connection,
        nodes: Sequence[Node],
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._connection = connection
        self._ray = connection.ray
        self._nodes = list(nodes)
        self._tell = tell
        self._at_once = _EACH * sum(node.cores for node in self._nodes)
        self._lock = threading.Lock()
        self._units: list[Any] = []
        self._tables: Sequence[NDArray[np.int32]] = []
        self._expansions: Any = None
        self._longest = 0
        self._ids: dict[int, Any] = {}
        self._asked = 0

    def see(self, sections: Sequence[Section]) -> bool:
        """See `SectionReaders`.

        Raises:
            TrainingError: A machine has no core free, or fails.
        """
        if sum(section.stored for section in sections) < LEAST_BYTES:
            return False
        sizes = {
            path: size
            for section in map(_absolute, sections)
            for path, size in zip(section.paths, section.sizes, strict=True)
            if not is_remote(path)
        }
        with told_in_a_line(self._ray):
            asked = [
                self._connection.on(node, other_sizes, num_cpus=1).remote(sizes)
                for node in self._nodes
            ]
            self._connection.await_started(asked, NO_PROCESS)
            differing = self._ray.get(asked)
        for node, paths in zip(self._nodes, differing, strict=True):
            if paths:
                more = f" (nor {len(paths) - 1} more)" if len(paths) > 1 else ""
                self._say(
                    f"{node.address} of the cluster does not have the same {paths[0]}{more}, so "
                    f"this machine alone reads the text"
                )
                return False
        return True

    def count(self, sections: Sequence[Section], form: Form) -> Iterator[Counted]:
        """See `SectionReaders`."""
        self._units, self._ids, self._asked = [], {}, 0
        counting: deque[Any] = deque()
        for number, section in enumerate(sections):
            task = self._task(number, len(sections), count_section, num_returns=2)
            counted, units = task.remote(_absolute(section), form)
            counting.append(counted)
            self._units.append(units)
            if len(counting) >= self._at_once:
                yield self._got(counting.popleft())
        while counting:
            yield self._got(counting.popleft())

    def begin_recoding(
        self, tables: Sequence[NDArray[np.int32]], table: Recoding, longest: int
    ) -> None:
        """See `SectionReaders`."""
        with told_in_a_line(self._ray):
            self._expansions = self._ray.put(table)
        self._tables, self._longest = tables, longest

    def recoded(self, section: int) -> Recoded:
        """See `SectionReaders`."""
        with self._lock:
            while self._asked < min(section + self._at_once, len(self._units)):
                number = self._asked
                task = self._task(number, len(self._units), _recode)
                codes, units = self._tables[number], self._units[number]
                self._ids[number] = task.remote(units, codes, self._expansions, self._longest)
                self._units[number] = None  # kept by Ray until the task is done
                self._asked += 1
            asked = self._ids.pop(section)
        recoded: Recoded = self._got(asked)
        return recoded

    def _task(self, number: int, of: int, function: Callable[..., Any], **options: Any) -> Any:
        """A task on the machine that is to train about there."""
        node = self._nodes[number * len(self._nodes) // of]
        return self._connection.on(node, function, soft=True, num_cpus=1, **options)

    def _got(self, asked: Any) -> Any:
        with told_in_a_line(self._ray):
            return self._ray.get(asked)

    def _say(self, line: str) -> None:
        if self._tell is not None:
            self._tell(line)


def other_sizes(sizes: dict[str, int]) -> list[str]:
    """Those of some files that have another size on this machine, or are not there."""
    return [path for path, size in sizes.items() if _size(path) != size]


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except OSError:
        return None


def _recode(
    units: NDArray[np.uint16], codes: NDArray[np.int32], expansions: Recoding, longest: int
) -> Recoded:
    # Copies: what Ray hands over is read-only, which kernels are not compiled for.
    table = Recoding(
        codes=codes.copy(), bounds=expansions.bounds.copy(), words=expansions.words.copy()
    )
    return recode_section(units.copy(), table, longest)


def _absolute(section: Section) -> Section:
    """The section, by names that mean the same in another process."""
    paths = [path if is_remote(path) else os.path.abspath(path) for path in section.paths]  # noqa: PTH100 - links stay what they are
    return replace(section, paths=tuple(paths))
