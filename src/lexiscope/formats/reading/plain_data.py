"""Plain data that scripts save, dicts and tuples of words and arrays, as words and a matrix.

What `inert_pickle` and `torch_file` give is gone through by its shapes: a dict word → vector, a
list of such pairs, or lists of words and matrices side by side in a dict or a tuple, as polyglot
((words, matrix)), torchtext ((list, dict, tensor, size)) and most scripts have them. What each
part is: `named_parts`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.reading.inert import Instance, Items
from lexiscope.formats.reading.inert_arrays import array_or_none, number_of, texts_of
from lexiscope.formats.reading.named_parts import Parts, add_array, add_numbered

Fields = Items | list[tuple[Any, Any]]
ToArray = Callable[[Any], "NDArray[Any] | None"]
# A module of PyTorch's saved as a whole.
_MODULES = "torch.nn.modules."
_DEEPEST = 6
_LOOKED_AT = 4
_LARGEST_ROW = 1 << 40
_MOST_FIELDS = 1000


def parts_of(root: Any, path: Path, to_array: ToArray) -> Parts:
    """The parts of an object.

    Args:
        root: The object.
        path: For messages.
        to_array: Gives the array that a value is; None where it is none.

    Raises:
        FormatError: Vectors of one dict are of several lengths.
    """
    parts = Parts()
    _Walk(parts, path, to_array).add("", root, 0)
    return parts


def add_to(parts: Parts, name: str, value: Any, path: Path) -> None:
    """Files a value of a container that has others too.

    Raises:
        FormatError: As `parts_of`.
    """
    _Walk(parts, path, lambda array: array_or_none(array, path)).add(name, value, 0)


class _Walk:
    """One going through an object.

    Args:
        parts: Where the parts go.
        path: For messages.
        to_array: As for `parts_of`.
    """

    def __init__(self, parts: Parts, path: Path, to_array: ToArray) -> None:
        self._parts = parts
        self._path = path
        self._to_array = to_array

    def add(self, name: str, value: Any, level: int) -> None:
        """Files what a value is, or what is in it."""
        fields = items_of(value)
        if fields is not None:
            self._add_dict(name, fields, level)
            return
        found = self._to_array(value)
        if found is not None:
            add_array(self._parts, name or "matrix", found)
        elif isinstance(value, list | tuple):
            self._add_list(name, value, level)
        elif isinstance(value, Instance) and str(value.kind).startswith(_MODULES):
            for field in ("_parameters", "_modules"):
                held = value.state.get(field) if isinstance(value.state, Items) else None
                if held is not None and level < _DEEPEST:
                    self.add(name, held, level + 1)
        elif isinstance(value, Instance):
            self._parts.others[name or "it"] = f"an object of {str(value.kind)[:60]}"

    def _add_dict(self, name: str, fields: Fields, level: int) -> None:
        own = name or "vectors"
        if self._are_pairs(fields):
            words = [word for word, _vector in fields]
            self._add_vectors(own, words, [vector for _word, vector in fields])
        elif (held := self._held(fields)) is not None:
            self._add_vectors(own, *held)
        elif (numbered := _numbered(fields)) is not None:
            add_numbered(self._parts, name or "words", *numbered)
        elif level < _DEEPEST and len(fields) <= _MOST_FIELDS:
            for field, value in fields:
                if isinstance(field, str):
                    self.add(f"{name}.{field}" if name else field, value, level + 1)
        else:
            self._parts.others[own] = f"a dict of {len(fields):,}"

    def _are_pairs(self, pairs: Any) -> bool:
        """Whether the first of some pairs are words and vectors, as all are then."""
        first = list(islice(pairs, _LOOKED_AT))
        if not first or texts_of([word for word, _value in first]) is None:
            return False
        vectors = [self._vector(value) for _word, value in first]
        return len({-1 if vector is None else len(vector) for vector in vectors} - {0}) == 1 and (
            vectors[0] is not None
            # Some scalars by name are no words.
            and any(vector is not None and vector.dtype.kind == "f" for vector in vectors)
        )

    def _held(self, fields: Fields) -> tuple[list[Any], list[Any]] | None:
        """Words and vectors of a dict word → what has one vector among other things."""
        if len(fields) <= _LOOKED_AT or texts_of(_keys(fields)) is None:
            return None
        name: Any = None
        found: tuple[list[Any], list[Any]] = ([], [])
        for word, value in fields:
            held = items_of(value)
            if held is None and isinstance(value, tuple):
                held = list(enumerate(value))
            rows = [(key, one) for key, one in held or [] if self._vector(one) is not None]
            name = rows[0][0] if rows and name is None else name
            if len(rows) != 1 or rows[0][0] != name:
                return None
            found[0].append(word)
            found[1].append(rows[0][1])
        return found

    def _add_vectors(self, name: str, words: Sequence[Any], values: Sequence[Any]) -> None:
        texts = texts_of(list(words))
        vectors = [self._vector(value) for value in values]
        sizes = [-1 if vector is None else len(vector) for vector in vectors]
        odd = next((row for row, size in enumerate(sizes) if size != sizes[0]), None)
        if texts is None:
            raise FormatError(self._path, None, f"has a key in {name} that is no word")
        if odd is not None:
            found = "no vector" if sizes[odd] < 0 else f"{sizes[odd]:,} values"
            raise FormatError(
                self._path,
                f"word {texts[odd]!r:.80}",
                f"has {found}, where the first word has {sizes[0]:,}; expected as many for each",
            )
        rows = [vector for vector in vectors if vector is not None]
        kind = np.result_type(*{vector.dtype for vector in rows}, np.float16)
        matrix = np.empty((len(rows), sizes[0]), kind)
        for row, vector in enumerate(rows):
            matrix[row] = vector
        self._parts.words[name] = texts
        add_array(self._parts, name, matrix)

    def _vector(self, value: Any) -> NDArray[Any] | None:
        """A row of numbers: an array, or a list of Python's own."""
        found = self._to_array(value)
        if found is not None:
            # Some keep a row as a matrix of one.
            found = found.reshape(-1) if 1 in found.shape[:-1] and found.ndim == 2 else found
            return found if found.ndim == 1 and found.dtype.kind in "fiu" else None
        if not isinstance(value, list | tuple) or not value:
            return None
        if len(value) == 1 and isinstance(value[0], array):  # as `inert_runs` keeps a list
            return np.array(value[0])
        numbers = list(_numbers(value))
        if any(number is None for number in numbers):
            return None
        with np.errstate(over="ignore"):
            return np.array(numbers, np.float64)

    def _add_list(self, name: str, values: Sequence[Any], level: int) -> None:
        if not values:
            return
        words = texts_of(list(values))
        if words is not None:
            self._parts.words[name or "words"] = words
        elif self._are_rows(values):
            vectors = [self._vector(value) for value in values]
            rows = [vector for vector in vectors if vector is not None]
            if len(rows) == len(values) and len({len(row) for row in rows}) == 1:
                add_array(self._parts, name or "matrix", np.stack(rows))
            else:
                self._parts.others[name or "matrix"] = f"a list of {len(values):,}"
        elif len(values) > _LOOKED_AT and self._are_listed_pairs(values):
            self._add_vectors(name or "vectors", *zip(*values, strict=True))
        elif (records := self._of_records(values)) is not None:
            self._add_vectors(name or "vectors", *records)
        elif level < _DEEPEST and len(values) <= _MOST_FIELDS:
            start = f"{name} " if name else ""
            for number, value in enumerate(values, 1):
                self.add(f"{start}item {number}", value, level + 1)

    def _are_rows(self, values: Sequence[Any]) -> bool:
        first = [self._vector(value) for value in values[:_LOOKED_AT]]
        return len(values) > 1 and all(vector is not None for vector in first)

    def _of_records(self, values: Sequence[Any]) -> tuple[list[Any], list[Any]] | None:
        """The words and vectors of records of one layout; None where they are none."""
        records = [items_of(value) for value in values]
        first = records[0]
        if first is None or len(values) < 2:
            return None
        texts = [name for name, value in first if texts_of([value]) is not None]
        rows = [name for name, value in first if self._vector(value) is not None]
        if len(texts) != 1 or len(rows) != 1:
            return None
        found: tuple[list[Any], list[Any]] = ([], [])
        for record in records:
            fields = dict(record) if record is not None and texts_of(_keys(record)) else {}
            if texts[0] not in fields or rows[0] not in fields:
                return None
            found[0].append(fields[texts[0]])
            found[1].append(fields[rows[0]])
        return found

    def _are_listed_pairs(self, values: Sequence[Any]) -> bool:
        are_pairs = all(isinstance(value, list | tuple) and len(value) == 2 for value in values)
        return are_pairs and self._are_pairs(values)


def items_of(value: Any) -> Fields | None:
    """The keys and values of a dict, or of an object that is a kind of one; None for others."""
    if isinstance(value, Items):
        return value
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, Instance) and str(value.kind).startswith("collections."):
        return value.items
    return None


def _keys(fields: Fields) -> list[Any]:
    return [key for key, _value in fields]


def _numbers(values: Sequence[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, array):  # many in a row, as `inert_runs` keeps them
            yield from value
        else:
            yield number_of(value) if type(value) is not bool else None


def _numbered(fields: Fields) -> tuple[list[str], list[int]] | None:
    """Words and rows, out of word → row or row → word; None where it is neither."""
    keys = [key for key, _value in fields]
    values = [value for _key, value in fields]
    for words, rows in ((keys, values), (values, keys)):
        numbers = [number_of(row) for row in rows[:_LOOKED_AT]]
        if not rows or not all(type(number) is int for number in numbers):
            continue
        texts = texts_of(words)
        found = [number_of(row) for row in rows]
        if texts is not None and all(type(row) is int and abs(row) < _LARGEST_ROW for row in found):
            return texts, [int(row) for row in found if row is not None]
    return None
