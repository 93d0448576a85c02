"""Snapshots of a large run, its recording: some words, looked at about sixty times during the run.

`lexiscope train --record` writes it to `MODEL/recording/moments.bin` (see `storage` for the file).
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.checks import choice
from lexiscope.drawing.figures import axes_for
from lexiscope.errors import FormatError
from lexiscope.files.json_document import Value
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder
from lexiscope.one_line import one_line
from lexiscope.replay import plots, storage
from lexiscope.vectors import UnknownWordError
from lexiscope.vectors.search import unit_rows
from lexiscope.vectors.spelling import close_spellings

TOPN = 10
# At fewer looks at all words a word's neighbours make no curve.
_FEWEST_LOOKS = 10
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@one_line
@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshots:
    """What was seen of a run. M snapshots, N watched words, A analogies, Q quantiles (`QUANTILES`).

    Attributes:
        config: The run's options.
        tokens, counts: The whole vocabulary (V).
        sampled: How many rows, evenly spaced, movement was measured of: at most 5,000.
        rows: int32 (N,), the watched words' rows.
        questions: int32 (A, 4), rows a, b, c, d: a is to b as c is to d.
        shares: float64 (M,), how much of the run was done.
        alphas: float64 (M,), learning rate.
        losses: float64 (M,), mean loss a pair since the snapshot before; NaN where there was
            none.
        inputs: float32 (M, N, D), the words' rows of W.
        outputs: float32 (M, N, D), of W′; None after hierarchical softmax, whose rows of W′ are
            no words.
        input_norms: float32 (M, Q), quantiles of the lengths of all rows of W where `scanned`,
            else of the sampled rows.
        output_norms: float32 (M, Q), likewise of W′.
        movement: float32 (M, Q), quantiles of how far the sampled rows of W came since the snapshot
            before; 0 at the first.
        scanned: int32 (M,), 1 where there was time for all rows, and so for what follows.
        neighbors: int32 (M, N, 10), nearest rows, nearest first; −1 for none.
        cosines: float32 (M, N, 10), of these.
        answers: int32 (M, A), the row nearest to b − a + c; −1 for none.
        ranks: int32 (M, A), of the right answer among all rows but the three; 0 for none.
    """

    config: dict[str, Any]
    tokens: list[str]
    counts: NDArray[np.int64]
    sampled: int
    rows: Ints
    questions: Ints
    shares: NDArray[np.float64]
    alphas: NDArray[np.float64]
    losses: NDArray[np.float64]
    inputs: Floats
    outputs: Floats | None
    input_norms: Floats
    output_norms: Floats
    movement: Floats
    scanned: Ints
    neighbors: Ints
    cosines: Floats
    answers: Ints
    ranks: Ints

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Snapshots:
        """Opens the recording of a model folder; every byte of it is checked.

        Raises:
            FormatError: There is none, or it is damaged, of another version, or of another model.
        """
        folder = Path(path)
        if not folder.exists():
            raise FormatError(folder, None, "is not there; expected a folder of `train --record`")
        file = folder / storage.SNAPSHOTS_FILE
        facts, arrays = storage.decode(file, storage.SNAPSHOTS)
        data = model_folder.read(folder)
        try:
            return _restore(file, Value(facts, "facts", file, "the header"), arrays, data)
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(
                file, None, f"has parts missing or wrong ({type(error).__name__}: {error})"
            ) from error

    def to_bytes(self) -> bytes:
        """The recording's file."""
        facts = {
            "lexiscope": __version__,
            "config": self.config,
            "words": len(self.tokens),
            "vocabulary_crc32": _vocabulary_crc(self.tokens, self.counts),
            "sampled": self.sampled,
        }
        arrays = {name: getattr(self, name) for name in _PARTS}
        present = {name: array for name, array in arrays.items() if array is not None}
        return storage.encode(facts, present, storage.SNAPSHOTS)

    def __len__(self) -> int:
        """How many snapshots."""
        return len(self.shares)

    @property
    def words(self) -> list[str]:
        """The watched words."""
        return [self.tokens[row] for row in self.rows]

    def place(self, word: str) -> int:
        """A watched word's place among them.

        Raises:
            UnknownWordError: It was not watched.
        """
        words = self.words
        if word not in words:
            raise UnknownWordError(word, close_spellings(word, words))
        return words.index(word)

    def plot(self, kind: plots.Kind = "loss", word: str | None = None, *, ax: Any = None) -> Any:
        """Draws a picture of the run (extra `plot`).

        Args:
            kind: "loss" between each two snapshots; "neighbors", the cosines over the run of a
                watched word with those that end as its nearest, and with each that was once the
                first: of all words where they were looked at ten times, else of those watched.
            word: Whose neighbours; by default the first watched word's.
            ax: matplotlib's Axes to draw on; by default new ones, which a notebook shows.

        Returns:
            The Axes.

        Raises:
            ConfigError: `kind` is neither, or no other word is known beside the word.
            MissingExtraError: matplotlib is not installed.
            UnknownWordError: The word was not watched.
        """
        choice("kind", kind, plots.KINDS)
        place = 0 if word is None else self.place(word)
        axes = axes_for(ax, *plots.SIZE, plots.PLACE)
        if kind == "loss":
            plots.draw_shares(axes, self.shares[1:], self.losses[1:])
            return axes
        many = int(self.scanned.astype(bool).sum()) >= _FEWEST_LOOKS
        seen = np.flatnonzero(self.scanned) if many else np.arange(len(self))
        others = self._recorded(seen, place) if many else self._among_watched(place)
        at = (100 * self.shares[seen]).tolist()
        title = f"The words nearest to {self.words[place]}"
        if many:
            title += f" (a gap: not among its {TOPN} nearest then)"
        else:
            title += f", of {len(self.rows)} that were watched"
        plots.draw_neighbours(axes, title, at, others, "% of the run")
        return axes

    def _recorded(self, seen: NDArray[np.int64], place: int) -> dict[str, Floats]:
        """Cosines of a word with its nearest of all words; NaN where one was not among them."""
        rows, cosines = self.neighbors[seen, place], self.cosines[seen, place]
        others = {}
        for row in np.unique(rows[rows >= 0]).tolist():
            there = rows == row
            found = np.where(there, cosines, 0).sum(axis=1)
            others[self.tokens[row]] = np.where(there.any(axis=1), found, np.nan)
        return others

    def _among_watched(self, place: int) -> dict[str, Floats]:
        """Cosines of a word with the other watched words at every snapshot."""
        units = (unit_rows(inputs) for inputs in self.inputs)
        cosines = np.array([unit @ unit[place] for unit in units])
        return {word: cosines[:, other] for other, word in enumerate(self.words) if other != place}


# Array → (dtype, axes): M snapshots, N words, A analogies, Q quantiles, K neighbours, D dimensions.
_PARTS = {
    "rows": ("int32", "N"),
    "questions": ("int32", "A4"),
    "shares": ("float64", "M"),
    "alphas": ("float64", "M"),
    "losses": ("float64", "M"),
    "inputs": ("float32", "MND"),
    "outputs": ("float32", "MND"),
    "input_norms": ("float32", "MQ"),
    "output_norms": ("float32", "MQ"),
    "movement": ("float32", "MQ"),
    "scanned": ("int32", "M"),
    "neighbors": ("int32", "MNK"),
    "cosines": ("float32", "MNK"),
    "answers": ("int32", "MA"),
    "ranks": ("int32", "MA"),
}


def _restore(
    file: Path, facts: Value, arrays: Mapping[str, NDArray[Any]], data: VectorsData
) -> Snapshots:
    counts = np.zeros(len(data.tokens), np.int64) if data.counts is None else data.counts
    if _vocabulary_crc(data.tokens, counts) != facts["vocabulary_crc32"].whole():
        raise FormatError(
            file,
            None,
            "belongs to another vocabulary than the folder's vocabulary.tsv; the folder's files "
            "are not of one run",
        )
    _check_parts(file, arrays, len(data.tokens), data.vectors.shape[1])
    snapshots = Snapshots(
        config=dict(facts["config"].plain_fields()),
        tokens=data.tokens,
        counts=counts,
        sampled=facts["sampled"].whole(),
        **{name: arrays.get(name) for name in _PARTS},  # type: ignore[arg-type]
    )
    final = np.ascontiguousarray(data.vectors[snapshots.rows])
    whole = len(snapshots) > 0 and snapshots.shares[-1] >= 1
    if whole and final.tobytes() != snapshots.inputs[-1].tobytes():
        raise FormatError(
            file,
            None,
            "ends with other weights than the folder's model.safetensors; the folder's files are "
            "not of one run",
        )
    return snapshots


def _check_parts(file: Path, arrays: Mapping[str, NDArray[Any]], words: int, dim: int) -> None:
    sizes = {
        "M": len(arrays["shares"]),
        "N": len(arrays["rows"]),
        "A": len(arrays["questions"]),
        "Q": len(QUANTILES),
        "K": TOPN,
        "D": dim,
        "4": 4,
    }
    for name, (dtype, axes) in _PARTS.items():
        array = arrays.get(name)
        if array is None and name == "outputs":
            continue
        shape = tuple(sizes[axis] for axis in axes)
        if array is None or array.dtype != dtype or array.shape != shape:
            got = "missing" if array is None else f"{array.dtype} of shape {array.shape}"
            raise FormatError(file, f"part {name!r}", f"is {got}, expected {dtype} of {shape}")
    for name, least in (("rows", 0), ("questions", 0), ("neighbors", -1), ("answers", -1)):
        array = arrays[name]
        if array.size and (array.min() < least or array.max() >= words):
            raise FormatError(
                file, f"part {name!r}", f"has numbers outside {least} … {words - 1}, no rows"
            )


def _vocabulary_crc(tokens: list[str], counts: NDArray[np.int64]) -> int:
    words = "\n".join(tokens).encode("utf-8", "surrogateescape")
    return zlib.crc32(counts.astype("<i8").tobytes(), zlib.crc32(words))
