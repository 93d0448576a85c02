"""Facts about words as arrays with an entry a row, and as config.json of a model folder keeps them.

    "vecattrs": {
        "sense": {"dtype": "<i8", "data": "…base64…"},   numbers, by their bytes
        "tag": {"values": ["noun", null, …]},            anything else that JSON can say
        "count": "ranks"                                 counts made up of the rows' order
    }

Counts that are known stand in the vocabulary's file. What does not fit the rows, as where only some
of them were read, is left out and told.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FACT = "vecattrs"
COUNT = "count"
_RANKS = "ranks"
_TYPES = frozenset("bfiu")
_TYPE = re.compile(r"[<>|][bfiu][1248]")

Attributes = dict[str, NDArray[Any]]


@dataclass(kw_only=True)
class Restored:
    """What a model folder kept.

    Attributes:
        attributes: By name.
        are_ranks: Whether its counts only tell the order of the rows.
        warnings: What was left out, a line each.
    """

    attributes: Attributes = field(default_factory=dict)
    are_ranks: bool = False
    warnings: list[str] = field(default_factory=list)


def facts_of(
    attributes: Attributes, rows: int, *, known_counts: bool, ranks: bool
) -> dict[str, Any]:
    """What config.json is to keep; nothing where there is nothing but counts.

    Args:
        attributes: By name.
        rows: How many rows there are.
        known_counts: Whether the counts stand in the vocabulary's file.
        ranks: Whether they only tell the order of the rows.
    """
    saved: dict[str, Any] = {
        name: _saved(resized(values, rows))
        for name, values in attributes.items()
        if name != COUNT or not (known_counts or ranks)
    }
    if ranks:
        saved[COUNT] = _RANKS
    return {FACT: saved} if saved else {}


def _saved(values: NDArray[Any]) -> dict[str, Any]:
    if values.dtype.kind in _TYPES:
        little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        data = base64.b64encode(little.tobytes()).decode("ascii")
        return {"dtype": little.dtype.str, "data": data}
    return {"values": [_plain(value) for value in values.tolist()]}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def restored(metadata: Mapping[str, Any], rows: int) -> Restored:
    """What was kept, as far as it is sound and fits so many rows."""
    found = Restored()
    saved = metadata.get(FACT)
    for name, entry in saved.items() if isinstance(saved, Mapping) else ():
        if name == COUNT and entry == _RANKS:
            found.attributes[COUNT], found.are_ranks = ranks(rows), True
            continue
        values = _read(entry)
        if values is None or len(values) != rows:
            found.warnings.append(f"the words' attribute {name!r} does not fit and was left out")
            continue
        found.attributes[name] = values
    return found


def _read(entry: Any) -> NDArray[Any] | None:
    """An attribute out of a file; None where it is none."""
    if not isinstance(entry, Mapping):
        return None
    listed = entry.get("values")
    if isinstance(listed, list):
        values = np.empty(len(listed), dtype=object)
        for row, value in enumerate(listed):
            values[row] = value
        return values
    named = str(entry.get("dtype"))
    if not _TYPE.fullmatch(named):
        return None
    try:
        kind = np.dtype(named)
        data = base64.b64decode(str(entry.get("data")), validate=True)
    except (TypeError, ValueError):
        return None
    if len(data) % kind.itemsize:
        return None
    return np.frombuffer(data, kind).astype(kind.newbyteorder("="))


def ranks(rows: int) -> NDArray[np.int64]:
    """Made-up counts of rows, which only tell their order: V, V−1, …, 1."""
    return np.arange(rows, 0, -1, dtype=np.int64)


def resized(values: NDArray[Any], rows: int) -> NDArray[Any]:
    """An attribute for so many rows: zeros (or 0) for those that it has not yet."""
    if len(values) == rows:
        return values
    longer = np.zeros(rows, dtype=values.dtype)
    kept = min(rows, len(values))
    longer[:kept] = values[:kept]
    return longer


def picked(values: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """The entries of some rows; zeros (or 0) for −1, and for rows that it has not."""
    there = (rows >= 0) & (rows < len(values))
    chosen = np.zeros(len(rows), dtype=values.dtype)
    chosen[there] = values[rows[there]]
    return chosen
