"""`python -m benchmarks.queries`: queries beside gensim's, on the same vectors in one process.

Ours and gensim's take turns, question by question, so that a slow moment of the machine hits both.
Two matrices are asked: *groups*, rows that have some thousand directions in common, as words that
are used alike have; and *chance*, rows of independent normal numbers, of which none has near ones.
Threads are limited by threadpoolctl, for NumPy's products on both sides and for ours alike.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from gensim.models import KeyedVectors as Peer
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from benchmarks import machine
from lexiscope.vectors import KeyedVectors

COLUMNS = 300
_KINDS = ("groups", "chance")
_GROUPS = 3000
_PAIRS = 37
_GOOGLES_QUESTIONS = 19_544  # of questions-words.txt
# OpenBLAS's threads wait busily for a while after a product, and would take a core from whoever is
# asked next: measured, ours took 27 ms behind gensim's turn and 15 ms after a pause.
_PAUSE = 0.15


@dataclass(frozen=True)
class Row:
    """A measured query.

    Attributes:
        name: What was asked.
        ours, theirs: Seconds of each turn.
        least: How many times gensim's speed is asked for; None for no bound.
    """

    name: str
    ours: list[float]
    theirs: list[float]
    least: float | None

    def line(self) -> str:
        """A line of the table."""
        best = min(self.theirs) / min(self.ours)
        middle = statistics.median(self.theirs) / statistics.median(self.ours)
        asked = "" if self.least is None else f"{self.least:g}×"
        figures = [min(self.ours), min(self.theirs)]
        shown = " | ".join(f"{1e3 * seconds:.4g} ms" for seconds in figures)
        return f"| {self.name} | {shown} | {best:.2f}× | {middle:.2f}× | {asked} |"


def vectors_of(kind: str, rows: int) -> NDArray[np.float32]:
    """A matrix of a kind, V×300, of lengths as different as words' are."""
    rng = np.random.default_rng(1)
    matrix = rng.standard_normal((rows, COLUMNS), dtype=np.float32)
    if kind == "groups":
        centers = rng.standard_normal((_GROUPS, COLUMNS), dtype=np.float32)
        matrix *= np.float32(0.6)
        matrix += np.float32(0.8) * centers[rng.integers(0, _GROUPS, rows)]
    matrix *= rng.uniform(0.5, 2, (rows, 1)).astype(np.float32)
    return matrix


def peers(matrix: NDArray[np.float32]) -> tuple[KeyedVectors, Any]:
    """Ours and gensim's, of the same matrix."""
    words = [f"w{row}" for row in range(len(matrix))]
    theirs = Peer(matrix.shape[1])
    theirs.index_to_key = words
    theirs.key_to_index = {word: row for row, word in enumerate(words)}
    theirs.vectors = matrix
    theirs.fill_norms()
    return KeyedVectors(words, matrix), theirs


def turns(
    name: str,
    ask: Callable[[Any, int], object],
    pair: tuple[KeyedVectors, Any],
    count: int,
    least: float | None,
    repeats: int = 1,
    pause: float = 0.0,
) -> Row:
    """Asks both in turns.

    Args:
        name: What is asked.
        ask: Asks one of them the question of a number.
        pair: Ours and gensim's.
        count: How many turns.
        least: For the table.
        repeats: How many times within a turn, for what takes microseconds.
        pause: Seconds before each turn.
    """
    seconds: tuple[list[float], list[float]] = ([], [])
    for one in pair:  # ours makes its int8 for the third
        for number in range(3):
            ask(one, number)
    for number in range(count):
        for one, taken in zip(pair, seconds, strict=True):
            time.sleep(pause)
            began = time.perf_counter()
            for _ in range(repeats):
                ask(one, number)
            taken.append((time.perf_counter() - began) / repeats)
    return Row(name, *seconds, least)


def _small(pair: tuple[KeyedVectors, Any], count: int) -> list[Row]:
    asked: dict[str, Callable[[Any, int], object]] = {
        "similarity": lambda v, n: v.similarity(f"w{n}", "w77"),
        "kv[word]": lambda v, n: v[f"w{n}"],
        "doesnt_match, 4 words": lambda v, n: v.doesnt_match([f"w{n}", "w2", "w3", "w4"]),
        "n_similarity, 2 and 2 words": lambda v, n: v.n_similarity([f"w{n}", "w2"], ["w3", "w4"]),
    }
    return [turns(name, ask, pair, count, 1, repeats=200) for name, ask in asked.items()]


def _batch(pair: tuple[KeyedVectors, Any], questions: int) -> Row:
    ours, theirs = pair
    words = [f"w{row}" for row in range(questions)]
    ours.similar_by_word(words[:8])  # loads what is compiled
    began = time.perf_counter()
    ours.similar_by_word(words)
    ours_took = time.perf_counter() - began
    few = words[:: max(1, questions // 50)]
    began = time.perf_counter()
    for word in few:
        theirs.similar_by_word(word)
    theirs_took = (time.perf_counter() - began) * questions / len(few)
    name = f"{questions:,} questions as a batch, gensim's in a loop"
    return Row(name, [ours_took], [theirs_took], 20)


def analogy_questions(rows: int, questions: int, seed: int) -> list[str]:
    """Questions in the shape of questions-words.txt: of 37 pairs of words, every two, both ways."""
    rng = np.random.default_rng(seed)
    lines: list[str] = []
    while len(lines) < questions:
        pairs = rng.choice(rows, (_PAIRS, 2), replace=False).tolist()
        lines += [f"w{a} w{b} w{c} w{d}" for (a, b), (c, d) in permutations(pairs, 2)]
    return lines[:questions]


def _analogies(rows: int, questions: int) -> Row:
    pair = peers(vectors_of("groups", rows))
    took = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "q.txt"
        for one in pair:
            # A few first, of other words: they load what is compiled, and make what is kept.
            for seed, number in ((3, 20), (2, questions)):
                lines = analogy_questions(rows, number, seed)
                path.write_text("\n".join([": all", *lines, ""]))
                began = time.perf_counter()
                one.evaluate_word_analogies(str(path), restrict_vocab=rows)
            took.append(time.perf_counter() - began)
    name = f"evaluate_word_analogies, {questions:,} questions, {rows:,} words"
    return Row(name, [took[0]], [took[1]], 30)


def _memory(kind: str, rows: int) -> str:
    """What questions leave behind, in the matrix' bytes."""
    matrix = vectors_of(kind, rows)
    ours = KeyedVectors([f"w{row}" for row in range(rows)], matrix)
    tracemalloc.start()
    try:
        shares = []
        for number in (1, 2, 3):
            ours.most_similar(f"w{number}")
            shares.append(tracemalloc.get_traced_memory()[0] / matrix.nbytes)
    finally:
        tracemalloc.stop()
    return (
        f"memory beyond the matrix ({kind}): {100 * shares[0]:.2f} % after the first question, "
        f"{100 * shares[1]:.2f} % after the second, {100 * shares[2]:.2f} % after the third"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000, help="words (default: 300,000)")
    parser.add_argument("--turns", type=int, default=30, help="of each question (default: 30)")
    parser.add_argument("--questions", type=int, default=1000, help="in the batch and the file")
    parser.add_argument("--hnsw", action="store_true", help="also the index (takes minutes)")
    options = parser.parse_args(arguments)
    print(f"{machine.describe()}; load average {machine.load()}\n")
    print("| work | ours, best | gensim's, best | best | median | asked |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in _KINDS:
        pair = peers(vectors_of(kind, options.rows))
        for threads in (1, 2):
            with threadpool_limits(threads, user_api="blas"):
                name = f"most_similar, {kind}, {threads} thread{'s' if threads > 1 else ''}"
                ask = lambda v, n: v.most_similar(f"w{n}")  # noqa: E731 - a question as any other
                row = turns(name, ask, pair, options.turns, 3, pause=_PAUSE)
                print(row.line(), flush=True)
        if kind == "groups":
            for row in _small(pair, options.turns):
                print(row.line(), flush=True)
            print(_batch(pair, options.questions).line(), flush=True)
        if options.hnsw and kind == "groups":
            facts = pair[0].build_index()
            both: Any = (pair[0], pair[0])
            exact = turns("", lambda v, n: v.most_similar(f"w{n}"), both, options.turns, None)
            index = turns(
                "", lambda v, n: v.most_similar(f"w{n}", index="hnsw"), both, options.turns, None
            )
            name = f'index="hnsw" beside exact, recall {facts.recall:.3f}'
            print(Row(name, index.ours, exact.ours, 20).line(), flush=True)
        del pair
    for questions in (options.questions, _GOOGLES_QUESTIONS):
        print(_analogies(30_000, questions).line(), flush=True)
    print()
    for kind in _KINDS:
        print(_memory(kind, options.rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
