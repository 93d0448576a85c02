"""`compare`: two models side by side, word by word.

Three questions: which words have moved (for change of meaning over time, or between two texts),
how alike the two are as a whole (for "which of them do I keep"), and what each has that the other
has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.errors import ConfigError
from lexiscope.one_line import one_line
from lexiscope.vectors.comparing.common import Common, common_words, unit_rows_of
from lexiscope.vectors.comparing.procrustes import cosines_after, rotation
from lexiscope.vectors.comparing.shifts import PermutationTest, expectation, permutation_test
from lexiscope.vectors.keyed_vectors import KeyedVectors
from lexiscope.vectors.nearest import nearest_rows, nearest_to, shared_share
from lexiscope.vectors.search import NO_ROW, directions, row_norms
from lexiscope.vectors.spelling import UnknownWordError, close_spellings
from lexiscope.vectors.statistics import spearman

DEFAULT_WORDS = 50_000
DEFAULT_TOPN = 10
_SAMPLE = 1000

Near = tuple[str, float]
Model = KeyedVectors | str | PathLike[str] | Any


@one_line
@dataclass(frozen=True, kw_only=True)
class WordShift:
    """How a word has moved.

    Attributes:
        word: The word.
        shift: 1 − the cosine of its two vectors after alignment, 0 to 2.
        expected: What words about as frequent shift.
        excess: How many usual spreads the shift stands above that.
        p: Of the permutation test; None where there is one run a side.
        kept, lost, gained: Its nearest common words in both, in the first only, in the second only;
            nearest first.
    """

    word: str
    shift: float
    expected: float
    excess: float
    p: float | None
    kept: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two models compared on their common words.

    Attributes:
        words: V, those that are frequent in both first.
        shifts: float32 (V,).
        expected: float32 (V,): what words about as frequent shift.
        excess: float32 (V,): how many usual spreads a shift stands above that.
        test: The permutation test; None where there is one run a side.
        turn: float64 (D, E): what takes the first model's rows to the second's.
        sizes: Words of the first and of the second.
        dimensions: D and E.
        only_first, only_second: The words that the other has not, in their rows' order.
        without_direction: Common words left out, whose row is zero or not finite.
        neighbours_shared: The mean share of a word's nearest common words that are the same in
            both, over `sampled` words; alignment has no part in it.
        sampled: How many words that was taken over.
        norms_correlation: Spearman's ρ of the rows' lengths in the two.
        topn: How many neighbours were compared.
        rows: For each model int64 (V,): the words' rows in it.
        lengths: For each model float32 (V,): how long these rows are.
    """

    words: list[str]
    shifts: NDArray[np.float32]
    expected: NDArray[np.float32]
    excess: NDArray[np.float32]
    test: PermutationTest | None
    turn: NDArray[np.float64]
    sizes: tuple[int, int]
    dimensions: tuple[int, int]
    only_first: list[str]
    only_second: list[str]
    without_direction: int
    neighbours_shared: float
    sampled: int
    norms_correlation: float
    topn: int
    rows: tuple[NDArray[np.int64], NDArray[np.int64]]
    lengths: tuple[NDArray[np.float32], NDArray[np.float32]]
    _units: tuple[NDArray[np.float32], NDArray[np.float32]]

    def __repr__(self) -> str:
        return f"Comparison({len(self.words):,} common words, mean shift {self.mean_shift:.3f})"

    @property
    def mean_shift(self) -> float:
        """The mean of all shifts."""
        return float(self.shifts.mean())

    def most_shifted(self, topn: int = 20) -> list[WordShift]:
        """The words that moved most: by p where runs were tested, then by excess over the expected.

        Args:
            topn: How many, at least 1.
        """
        if self.test is None:
            order = np.argsort(-self.excess, kind="stable")
        else:
            order = np.lexsort((-self.excess, self.test.p_values))
        return self._described(order[: whole("topn", topn, 1, None)])

    def shift_of(self, word: str) -> WordShift:
        """How one word has moved.

        Raises:
            UnknownWordError: It is not among the common words.
        """
        return self._described(np.array([self.place_of(word)]))[0]

    def place_of(self, word: str) -> int:
        """Where a word stands among the common words.

        Raises:
            UnknownWordError: It is not among them.
        """
        place = self._places.get(word)
        if place is None:
            raise UnknownWordError(word, lambda: close_spellings(word, self.words))
        return place

    def neighbours(self, word: str) -> tuple[list[Near], list[Near]]:
        """A word's nearest common words in either model and their cosines, nearest first.

        Raises:
            UnknownWordError: It is not among the common words.
        """
        place = self.place_of(word)
        first, second = (self._near(units, place) for units in self._units)
        return first, second

    def _near(self, units: NDArray[np.float32], place: int) -> list[Near]:
        (rows,) = nearest_rows(units, np.array([place]), self.topn)
        rows = rows[rows != NO_ROW]
        cosines = (units[rows] @ units[place]).tolist()
        return [(self.words[row], cosine) for row, cosine in zip(rows, cosines, strict=True)]

    def where_seconds_stand(
        self, places: NDArray[np.int64], among: NDArray[np.int64], topn: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The words nearest, in the first model, to words' vectors of the second, turned onto it.

        Args:
            places: int64 (Q,), the words that are asked for, by their places among the common ones.
            among: int64 (M,), the words that may be found; a word is not its own neighbour.
            topn: How many, less than M.

        Returns:
            int64 (Q, topn), places of the nearest, nearest first; float32 (Q, topn), their cosines.
        """
        turned = self._units[1][places] @ self.turn.T.astype(np.float32)
        candidates = self._units[0][among]
        lengths = row_norms(candidates)
        wanted = directions(turned, row_norms(turned))
        found, cosines = nearest_to(candidates, lengths, wanted, topn + 1)
        near = among[found]
        own = near == places[:, None]
        own[~own.any(axis=1), -1] = True  # one too many was asked for
        shape = (len(places), topn)
        return near[~own].reshape(shape), cosines[~own].reshape(shape)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words)}

    def _described(self, places: NDArray[np.int64]) -> list[WordShift]:
        first, second = (nearest_rows(units, places, self.topn) for units in self._units)
        return [
            self._word(int(place), before.tolist(), after.tolist())
            for place, before, after in zip(places, first, second, strict=True)
        ]

    def _word(self, place: int, before: list[int], after: list[int]) -> WordShift:
        def named(rows: list[int], wanted: Any) -> tuple[str, ...]:
            return tuple(self.words[row] for row in rows if row >= 0 and wanted(row))

        return WordShift(
            word=self.words[place],
            shift=float(self.shifts[place]),
            expected=float(self.expected[place]),
            excess=float(self.excess[place]),
            p=None if self.test is None else float(self.test.p_values[place]),
            kept=named(before, lambda row: row in after),
            lost=named(before, lambda row: row not in after),
            gained=named(after, lambda row: row not in before),
        )


def compare(
    first: Model,
    second: Model,
    *,
    first_runs: list[Model] | None = None,
    second_runs: list[Model] | None = None,
    words: int = DEFAULT_WORDS,
    topn: int = DEFAULT_TOPN,
    center: bool = False,
    seed: int = 1,
) -> Comparison:
    """Compares two models: their vectors are turned onto each other by orthogonal Procrustes.

    Args:
        first, second: Vectors, an estimator with `wv`, or a path that `load` opens.
        first_runs, second_runs: Further models of the same text and options as the first or the
            second, from other seeds: what differs between them is chance.
        words: Compare so many common words, the most frequent.
        topn: Neighbours of a word.
        center: Take the mean of the rows away before they are compared.
        seed: Of what is drawn.

    Returns:
        The comparison.

    Raises:
        ConfigError: Fewer than three words in common, or runs of one side only.
        FormatError: A path is no file of vectors.
    """
    whole("words", words, 3, None)
    whole("topn", topn, 1, None)
    if bool(first_runs) != bool(second_runs):
        raise ConfigError(
            "further runs of one side only were given; give some of both, or none: chance is what "
            "differs within either"
        )
    models = [_opened(one) for one in (first, *(first_runs or []), second, *(second_runs or []))]
    side = 1 + len(first_runs or [])
    common = common_words(models, words)
    units = [
        unit_rows_of(model, rows, center=center)
        for model, rows in zip(models, common.rows, strict=True)
    ]
    turn = rotation(units[0], units[side])
    shifts = 1 - cosines_after(units[0], units[side], turn)
    test = None
    if len(models) > 2:
        test = permutation_test(_all_shifts(units), side, seed=seed)
    usual = expectation(shifts)
    return Comparison(
        words=common.words,
        shifts=shifts,
        expected=usual.shift,
        excess=usual.excess,
        test=test,
        turn=turn,
        topn=topn,
        rows=(common.rows[0], common.rows[side]),
        _units=(units[0], units[side]),
        **_facts(models[0], models[side], common, side),
        **_neighbours(units[0], units[side], topn, seed),
    )


def _opened(model: Model) -> KeyedVectors:
    if isinstance(model, str | PathLike):
        from lexiscope.vectors import load

        return load(model).in_words()
    vectors = model if isinstance(model, KeyedVectors) else getattr(model, "wv", None)
    if not isinstance(vectors, KeyedVectors):
        raise ConfigError(
            f"expected vectors, a model with wv, or a path, not {type(model).__name__}"
        )
    return vectors


def _all_shifts(units: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The shift of each word from each run to each other (N, N, V)."""
    between = np.zeros((len(units), len(units), len(units[0])), np.float32)
    for one, source in enumerate(units):
        for other in range(one + 1, len(units)):
            cosines = cosines_after(source, units[other], rotation(source, units[other]))
            between[one, other] = between[other, one] = 1 - cosines
    return between


def _facts(first: KeyedVectors, second: KeyedVectors, common: Common, side: int) -> dict[str, Any]:
    lengths = (first.norms[common.rows[0]], second.norms[common.rows[side]])
    return {
        "sizes": (len(first), len(second)),
        "dimensions": (first.vector_size, second.vector_size),
        "only_first": _missing(first, second),
        "only_second": _missing(second, first),
        "without_direction": common.without_direction,
        "lengths": lengths,
        "norms_correlation": spearman(*(one.astype(np.float64) for one in lengths)).value,
    }


def _missing(model: KeyedVectors, other: KeyedVectors) -> list[str]:
    return [word for word in model.index_to_key if word not in other.key_to_index]


def _neighbours(
    first: NDArray[np.float32], second: NDArray[np.float32], topn: int, seed: int
) -> dict[str, Any]:
    count = min(_SAMPLE, len(first))
    rows = np.sort(np.random.default_rng(seed).choice(len(first), count, replace=False))
    shared = shared_share(nearest_rows(first, rows, topn), nearest_rows(second, rows, topn))
    return {"neighbours_shared": float(np.nanmean(shared)), "sampled": count}
