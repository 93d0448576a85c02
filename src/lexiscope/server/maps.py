"""Maps of a subject's words, made beside the answers when they are first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import LexiscopeError, MissingExtraError
from lexiscope.progress import Progress
from lexiscope.server.problems import NothingToShowError
from lexiscope.server.subject import OpenSubject
from lexiscope.server.workers import Workers
from lexiscope.vectors.layout import cached
from lexiscope.vectors.layout.clusters import clusters_of
from lexiscope.vectors.layout.kept import NeighboursKept
from lexiscope.vectors.layout.landmarks import require_library
from lexiscope.vectors.layout.word_map import FEWEST_WORDS, Method, first_places, word_map
from lexiscope.vectors.search import NO_ROW, directions, unit

Places = NDArray[np.float32]
_ROWS = 16_384
# As many as there are colours that can be told apart.
CLUSTERS = 8


class _StoppedError(Exception):
    """The server ends: nobody waits for the map any more."""


@dataclass(frozen=True)
class MapStage:
    """How far a map is.

    Attributes:
        state: `missing` where the library for it is not installed.
        progress: Of what is being done; None before it began and when it is done.
        error: Why there is none, in a sentence.
        kept: The share of neighbours that it keeps, once it was measured.
    """

    state: Literal["making", "ready", "failed", "missing"]
    progress: Progress | None = None
    error: str = ""
    kept: NeighboursKept | None = None


class Maps:
    """The maps of one subject, by method; each is made once, in a thread of its own.

    A map that was made before, here or by `lexiscope map`, comes out of the user's cache. The one
    by principal components can be had at once, before anybody measured it.

    Args:
        subject: What is open.
    """

    def __init__(self, subject: OpenSubject) -> None:
        self._subject = subject
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._places: dict[Method, Places] = {}
        self._start()

    def _start(self) -> None:
        self._thread = Workers(1, "lexiscope-map")
        self._stages: dict[Method, MapStage] = {}
        self._ended = threading.Event()

    def close(self) -> None:
        """Gives up what is being made; a server that is started again begins anew."""
        self._ended.set()
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._start()

    def stage(self, method: Method) -> MapStage:
        """How far the map is, which is begun where nobody asked for it before.

        Raises:
            NothingToShowError: There are too few words or dimensions for one.
        """
        self._check()
        with self._lock:
            found = self._stages.get(method)
            if found is not None:
                return found
            stage = self._stages[method] = self._first_stage(method)
            if stage.state == "making":
                self._thread.submit(self._make, method, self._ended)
            return stage

    def places(self, method: Method) -> Places:
        """Where the words stand: float32 (V, 2), NaN for a word without direction.

        Raises:
            NothingToShowError: The map is not there yet, or there can be none.
        """
        self._check()
        found = self._places.get(method)
        if found is not None:
            return found
        if method == "pca":
            with self._first:  # whoever else asks meanwhile waits for the same
                if method not in self._places:
                    vectors = self._subject.vectors
                    self._places[method] = first_places(vectors, vectors.norms)
            return self._places[method]
        if self.stage(method).state == "ready":
            return self._places[method]
        raise NothingToShowError(
            f"the map of {self._subject.name} is still to be made; /api/map says how far it is"
        )

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Rows of the words that have a place, most frequent first."""
        rows = self._subject.by_frequency
        return rows[self._subject.vectors.norms[rows] > 0]

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """Of every row its place in that order (V); −1 for one without a place."""
        numbers = np.full(self._subject.words, NO_ROW)
        numbers[self.order] = np.arange(len(self.order))
        return numbers

    def sides(self, positive: int, negative: int) -> NDArray[np.float32]:
        """The cosine of every word with the way from one word to another: float32 (n,), in order.

        Args:
            positive, negative: The two words' rows.
        """
        vectors = self._subject.vectors
        matrix, norms = vectors.vectors, vectors.norms
        way = unit(unit(matrix[positive]) - unit(matrix[negative]))
        cosines = np.empty(len(matrix), np.float32)
        for first in range(0, len(matrix), _ROWS):
            here = slice(first, first + _ROWS)
            cosines[here] = directions(matrix[here], norms[here]) @ way
        return cosines[self.order]

    def crossed(self, left: int, right: int, below: int, above: int) -> Places:
        """Places on two axes, each from one word to another: float32 (n, 2), in order.

        Args:
            left, right, below, above: The words' rows.
        """
        return np.stack([self.sides(right, left), self.sides(above, below)], axis=1)

    @cached_property
    def clusters(self) -> NDArray[np.int8]:
        """Of every word that has a place its cluster in the vectors' own space, in order."""
        self._check()
        vectors = self._subject.vectors
        return clusters_of(vectors.vectors, vectors.norms, self.order, CLUSTERS)

    def _check(self) -> None:
        if not can_be_mapped(self._subject):
            raise NothingToShowError(
                f"{self._subject.name} has {self._subject.words:,} words of "
                f"{self._subject.vectors.vector_size:,} dimensions; a map takes at least "
                f"{FEWEST_WORDS} words of 2"
            )

    def _first_stage(self, method: Method) -> MapStage:
        """What there is without any work: a map that was kept, or none."""
        key = cached.recall(self._name(method))
        found = None if key is None else cached.read(key, self._subject.words)
        if found is not None:
            self._places[method] = found[0]
            return MapStage("ready", kept=found[1])
        if method == "neighbors":
            try:
                require_library()
            except MissingExtraError as error:
                return MapStage("missing", error=str(error))
        return MapStage("making")

    def _make(self, method: Method, ended: threading.Event) -> None:
        def told(progress: Progress) -> None:
            if ended.is_set():
                raise _StoppedError
            self._tell(method, ended, lambda stage: replace(stage, progress=progress))

        try:
            made = word_map(self._subject.vectors, method=method, progress=told)
        except _StoppedError:
            return
        except LexiscopeError as error:
            why = str(error)
            self._tell(method, ended, lambda _: MapStage("failed", error=why))
            return
        except BaseException as error:
            why = f"the map could not be made: {type(error).__name__}"
            self._tell(method, ended, lambda _: MapStage("failed", error=why))
            raise
        self._places.setdefault(method, made.places)
        if made.key is not None:
            cached.remember(self._name(method), made.key)
        self._tell(method, ended, lambda _: MapStage("ready", kept=made.kept))

    def _tell(
        self, method: Method, ended: threading.Event, change: Callable[[MapStage], MapStage]
    ) -> None:
        with self._lock:
            if not ended.is_set():
                self._stages[method] = change(self._stages[method])

    def _name(self, method: Method) -> str:
        return f"{self._subject.fingerprint}-{method}"


def can_be_mapped(subject: OpenSubject) -> bool:
    """Whether there are enough words and dimensions for a map."""
    return subject.words >= FEWEST_WORDS and subject.vectors.vector_size >= 2


def inside(places: Places, polygon: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of some points lie within a polygon, by the even-odd rule: int64, in their order.

    Args:
        places: float32 (n, 2); NaN lies nowhere.
        polygon: (k, 2), k at least 2; two are the opposite corners of a rectangle.
    """
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    near = np.flatnonzero(((places >= low) & (places <= high)).all(axis=1))
    if len(polygon) == 2:
        return near
    x, y = places[near].astype(np.float64).T
    odd = np.zeros(len(near), np.bool_)
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if y1 != y2:
            crosses = (y1 > y) != (y2 > y)
            odd ^= crosses & (x < x1 + (y - y1) / (y2 - y1) * (x2 - x1))
    found: NDArray[np.int64] = near[odd]
    return found
