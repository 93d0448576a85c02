"""Maps of words: how long they take, what memory, and which neighbours they keep.

    python -m benchmarks.map --words 50000 --dimensions 100
    python -m benchmarks.map --words 1000000 --dimensions 300
    python -m benchmarks.map MODEL --library

Vectors are generated (clusters of normally distributed rows, the largest of them first) unless a
model is given. `--twice` makes the map two times and compares the bits; `--library` lays the
landmarks out by openTSNE's own defaults too, for the share of neighbours that it keeps.
"""

from __future__ import annotations

import argparse
import resource
import threading
import time

import numpy as np
from numpy.typing import NDArray

from lexiscope.progress import Progress
from lexiscope.vectors import KeyedVectors, load
from lexiscope.vectors.layout.kept import TOPN, nearest_on_map, share_kept
from lexiscope.vectors.layout.landmarks import nearest_landmarks
from lexiscope.vectors.layout.word_map import WordMap, word_map
from lexiscope.vectors.search import directions, row_norms

_CLUSTERS_PER = 200  # words of a cluster, in the mean
_NOISE = 1.0
_BLOCK = 50_000


def clustered(words: int, dimensions: int, seed: int = 1) -> NDArray[np.float32]:
    """Rows around centers that are themselves around centers: float32 (V, D)."""
    draw = np.random.default_rng(seed)
    clusters = max(8, words // _CLUSTERS_PER)
    groups = draw.standard_normal((max(4, clusters // 20), dimensions), np.float32)
    centers = groups[draw.integers(len(groups), size=clusters)]
    centers += draw.standard_normal(centers.shape, np.float32)
    rows = np.empty((words, dimensions), np.float32)
    for first in range(0, words, _BLOCK):
        here = rows[first : first + _BLOCK]
        draw.standard_normal(dtype=np.float32, out=here)
        here *= np.float32(_NOISE)
        here += centers[draw.integers(clusters, size=len(here))]
    return rows


def measured(vectors: KeyedVectors, landmarks: int | None) -> tuple[WordMap, str]:
    """A map made, and what it took: seconds, seconds of processor, memory beyond what there was."""
    before = _resident()
    highest, stop = before, threading.Event()

    def watch() -> None:
        nonlocal highest
        while not stop.wait(0.05):
            highest = max(highest, _resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    began, used = time.perf_counter(), time.process_time()
    stages: dict[str, float] = {}

    def tell(progress: Progress) -> None:
        stages[progress.stage] = time.perf_counter() - began

    made = word_map(vectors, landmarks=landmarks, cache=False, progress=tell)
    took, busy = time.perf_counter() - began, time.process_time() - used
    stop.set()
    watcher.join()
    ends = ", ".join(f"{name} until {seconds:.0f} s" for name, seconds in stages.items())
    return made, (
        f"{took:.1f} s, {busy:.1f} s of processor, {(highest - before) / 2**20:,.0f} MB beyond the "
        f"matrix ({ends})"
    )


def library_share(vectors: KeyedVectors, made: WordMap) -> tuple[float, float]:
    """Neighbours kept on all landmarks: by this map, and by openTSNE's own defaults."""
    from openTSNE import TSNE

    rows = made.order[: made.landmarks]
    matrix = vectors.vectors[rows]
    units = directions(matrix, row_norms(matrix))
    true = nearest_landmarks(units, TOPN)
    asked = np.arange(len(rows))
    theirs = np.asarray(TSNE(metric="cosine", random_state=1).fit(units), np.float32)
    ours = made.places[rows]
    return (
        share_kept(units, units.__getitem__, true, nearest_on_map(ours, asked, TOPN)),
        share_kept(units, units.__getitem__, true, nearest_on_map(theirs, asked, TOPN)),
    )


def _resident() -> int:
    """Bytes of memory that this process has and no file has given it."""
    try:
        with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123 - read often
            return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) << 10
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def main() -> None:
    """Measures one map and prints it."""
    parser = argparse.ArgumentParser(description="How long a map takes, and what it keeps.")
    parser.add_argument("model", nargs="?")
    parser.add_argument("--words", type=int, default=50_000)
    parser.add_argument("--dimensions", type=int, default=100)
    parser.add_argument("--landmarks", type=int)
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--library", action="store_true")
    given = parser.parse_args()
    if given.model is None:
        rows = clustered(given.words, given.dimensions)
        vectors = KeyedVectors([str(row) for row in range(len(rows))], rows, distinct=True)
    else:
        vectors = load(given.model)
    print(f"{len(vectors):,} × {vectors.vector_size}")
    made, took = measured(vectors, given.landmarks)
    print(f"{made.landmarks:,} landmarks: {took}")
    print(f"neighbours kept: {made.kept}")
    if given.twice:
        again, took = measured(vectors, given.landmarks)
        same = np.array_equal(made.places.view(np.uint32), again.places.view(np.uint32))
        print(f"again: {took}; {'the same bits' if same else 'OTHER BITS'}")
    if given.library:
        ours, theirs = library_share(vectors, made)
        print(f"of all landmarks, among landmarks: {ours:.1%}; by openTSNE's defaults {theirs:.1%}")


if __name__ == "__main__":
    main()
