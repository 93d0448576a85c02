"""The health of a vectors file: what its reader told, and what only its numbers tell.

Work is bounded: everything but the hubs goes through the matrix in blocks, once; hubs are looked
for among a sample.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.maps import rows_of
from lexiscope.formats import VectorsData, registry
from lexiscope.formats.contract import Matrix, ReadOptions
from lexiscope.formats.salvage import salvage
from lexiscope.one_line import one_line
from lexiscope.vectors.nearest import nearest_rows
from lexiscope.vectors.search import NO_ROW, row_norms
from lexiscope.vectors.statistics import spearman

_SAMPLE_ROWS = 20_000
_SAMPLE_QUERIES = 1_000
_NEIGHBOURS = 10
# In an unremarkable sample a word is a neighbour of some per cent of the others at the most.
_HUB_SHARE = 0.2
_FEWEST_FOR_HUBS = 100
_NAMED = 3
_BLANK = re.compile(r"[ \t\n\r\v\f]")
_USUAL_LENGTHS = (1e-3, 1e3)
_LENGTH_SPREAD = 20.0


@dataclass(kw_only=True, repr=False)
class Health:
    """What was found out about a file.

    Attributes:
        path: The file.
        format: Its format's name; None where it is of none.
        words: V; None where it was refused.
        dim: D; None where it was refused.
        warnings: What a user should know, a line each; the file is usable all the same.
        problems: Why it must be refused; none for a sound file.
        facts: Names and values for people: what reading rounds, lengths, hubs.
    """

    path: str
    format: str | None = None
    words: int | None = None
    dim: int | None = None
    warnings: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)

    def __repr__(self) -> str:
        found = f"{len(self.problems):,} problems, {len(self.warnings):,} warnings"
        return f"Health({self.path!r}, {self.format}, {found})"

    @property
    def is_sound(self) -> bool:
        """Whether the file can be used, with warnings or without."""
        return not self.problems


def examine(path: str | PathLike[str], encoding: str | None = None) -> Health:
    """Reads a file and looks at what is in it.

    Args:
        path: The file.
        encoding: Of its words; None for UTF-8.

    Raises:
        ConfigError: There is no such encoding.
        MissingPathError: There is nothing at the path.
    """
    health = Health(path=str(path))
    options = ReadOptions(encoding=encoding)
    try:
        known = registry.detect(path)
        health.format = known.name
        # The registry's own reading may take rows from an index; here the file itself is asked.
        data = known.load(Path(path), options)
    except FileNotFoundError:
        raise
    except FormatError as error:
        health.problems.append(str(error))
        return health
    health.words, health.dim = len(data.tokens), int(data.vectors.shape[1])
    health.warnings += data.warnings
    health.facts += [("read with", str(item)) for item in data.lost]
    _look_at_words(health, data.tokens)
    norms = row_norms(data.vectors)
    _look_at_lengths(health, data, norms)
    _look_at_columns(health, data.vectors)
    _look_for_twins(health, data, norms)
    _look_for_hubs(health, data, norms)
    return health


@one_line
@dataclass(frozen=True, kw_only=True)
class Repair:
    """What could be kept of a file.

    Attributes:
        data: The sound rows.
        notes: What was left out, a line each.
    """

    data: VectorsData
    notes: list[str]


def repaired(path: str | PathLike[str], encoding: str | None = None) -> Repair:
    """The sound rows of a file: those that are finite, each word once; also of a damaged file.

    Raises:
        FormatError: Nothing in it can be told to be sound.
    """
    source = Path(path)
    options = ReadOptions(encoding=encoding)
    try:
        data = registry.detect(source).load(source, options)
    except FileNotFoundError:
        raise
    except FormatError as error:
        data = salvage(source, error, options)
    notes = list(data.warnings)
    finite = np.flatnonzero(np.isfinite(row_norms(data.vectors)))
    if len(finite) < len(data.tokens):
        notes.append(f"{len(data.tokens) - len(finite):,} rows that are not finite were left out")
        output = data.output
        if output is not None and len(output) != len(data.tokens):
            output = None
            notes.append("the output matrix has no row a word and was left out")
        data = VectorsData(
            [data.tokens[row] for row in finite],
            data.vectors[finite],
            None if data.counts is None else data.counts[finite],
            None if output is None else output[finite],
            data.metadata,
            subwords=data.subwords,
            lost=data.lost,
        )
    if not data.tokens:
        raise FormatError(source, None, "has no row that is finite; nothing can be kept")
    return Repair(data=data, notes=notes)


def _named(words: Sequence[str]) -> str:
    more = ", …" if len(words) > _NAMED else ""
    return ", ".join(map(repr, words[:_NAMED])) + more


def _look_at_words(health: Health, words: list[str]) -> None:
    """Damage that an encoding did, and tokens that will trouble others."""
    unusual = [word for word in words if not word.isascii()]
    replaced = [word for word in unusual if "\ufffd" in word]
    if replaced:
        health.warnings.append(
            f"{len(replaced):,} words hold U+FFFD, where an earlier program lost characters "
            f"({_named(replaced)})"
        )
    twice = [word for word in unusual if _is_twice_encoded(word)]
    if twice:
        health.warnings.append(
            f"{len(twice):,} words look like UTF-8 that was read as another encoding "
            f"({_named(twice)})"
        )
    blank = [word for word in words if not word or _BLANK.search(word)]
    if blank:
        health.warnings.append(
            f"{len(blank):,} words are empty or hold blanks, which some text formats cannot keep "
            f"({_named(blank)})"
        )


def _is_twice_encoded(word: str) -> bool:
    """Whether the word's characters, taken as Windows' bytes, are UTF-8 of fewer characters."""
    if tokens.is_cut(word):
        return False
    for encoding in ("cp1252", "latin-1"):
        try:
            return len(word.encode(encoding).decode("utf-8")) < len(word)
        except UnicodeError:
            continue
    return False


def _look_at_lengths(health: Health, data: VectorsData, norms: NDArray[np.float32]) -> None:
    """Lengths of rows: their scale, outliers, and how they go with frequency."""
    usable = norms[norms > 0].astype(np.float64)  # NaN is not above 0
    if usable.size == 0:
        health.warnings.append("no row has a direction: all are zero or not finite")
        return
    least, median, most = np.quantile(usable, [0, 0.5, 1])
    health.facts.append(("lengths", f"{least:.4g} to {most:.4g}, median {median:.4g}"))
    if usable.size > 1 and most - least < 1e-4 * median:
        health.warnings.append(
            f"all rows have length {median:.4g}: they were normalised, what lengths told is lost"
        )
    elif not _USUAL_LENGTHS[0] <= median <= _USUAL_LENGTHS[1]:
        health.warnings.append(
            f"the median length is {median:.3g}, which no usual training gives; the numbers may be "
            "scaled or of another type"
        )
    far = np.flatnonzero(norms > _LENGTH_SPREAD * median)
    if len(far):
        words = [data.tokens[row] for row in far]
        health.warnings.append(
            f"{len(far):,} rows are more than {_LENGTH_SPREAD:.0f} times as long as the median "
            f"({_named(words)})"
        )
    _look_at_frequency(health, data, norms)


def _look_at_frequency(health: Health, data: VectorsData, norms: NDArray[np.float32]) -> None:
    """Whether lengths fall or rise with frequency, by counts or else by the rows' order."""
    rows = _spread(len(norms), _SAMPLE_ROWS)
    rows = rows[norms[rows] > 0]
    if data.counts is not None:
        frequency, source = data.counts[rows].astype(np.float64), "counts"
    else:
        frequency, source = -rows.astype(np.float64), "the rows' order"
    correlation = spearman(frequency, norms[rows].astype(np.float64)).value
    if math.isfinite(correlation):
        health.facts.append(
            ("length and frequency", f"ρ = {correlation:+.2f} (frequency by {source})")
        )


def _look_at_columns(health: Health, vectors: Matrix) -> None:
    """Columns that are the same in every row, and tell nothing."""
    if len(vectors) < 2:
        return
    least = np.full(vectors.shape[1], np.inf, dtype=np.float32)
    most = -least
    for block in rows_of(vectors):
        # fmin and fmax pass over NaN.
        np.fmin(least, np.fmin.reduce(block, axis=0), out=least)
        np.fmax(most, np.fmax.reduce(block, axis=0), out=most)
    constant = int(np.count_nonzero(least == most))
    if constant:
        health.warnings.append(
            f"{constant:,} of {vectors.shape[1]:,} columns have the same value in every row"
        )


def _look_for_twins(health: Health, data: VectorsData, norms: NDArray[np.float32]) -> None:
    """Words that have the very same vector as another; rows of zeros are told by the reader."""
    keys: list[int] = []
    for block in rows_of(data.vectors):
        keys += [hash(row.tobytes()) for row in np.ascontiguousarray(block)]
    rows = np.flatnonzero(norms > 0)
    _, first, counts = np.unique(
        np.array(keys, dtype=np.int64)[rows], return_index=True, return_counts=True
    )
    twins = int((counts - 1).sum())
    if twins:
        shared = [data.tokens[row] for row in rows[np.sort(first[counts > 1])]]
        health.warnings.append(
            f"{twins:,} words have the very same vector as another word ({_named(shared)})"
        )


def _look_for_hubs(health: Health, data: VectorsData, norms: NDArray[np.float32]) -> None:
    """Words that are near to very many others, among a sample (Radovanović et al., 2010)."""
    rows = _spread(len(norms), _SAMPLE_ROWS)
    rows = rows[norms[rows] > 0]
    if len(rows) < _FEWEST_FOR_HUBS:
        return
    queries = _spread(len(rows), _SAMPLE_QUERIES)
    found = nearest_rows(data.vectors[rows], queries, _NEIGHBOURS)
    times = np.bincount(found[found != NO_ROW], minlength=len(rows))
    order = np.argsort(-times, kind="stable")[:_NAMED]
    shares = times[order] / len(queries)
    shown = ", ".join(
        f"{data.tokens[rows[row]]!r} {share:.1%}" for row, share in zip(order, shares, strict=True)
    )
    health.facts.append(
        (f"nearest hubs (of {len(queries):,} words' {_NEIGHBOURS} neighbours)", shown)
    )
    if shares[0] > _HUB_SHARE:
        health.warnings.append(
            f"{data.tokens[rows[order[0]]]!r} is among the {_NEIGHBOURS} nearest of "
            f"{shares[0]:.0%} of the words asked: a hub, as in vectors of little training or with "
            "a common direction"
        )


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """Row numbers over the whole range, at most so many."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
