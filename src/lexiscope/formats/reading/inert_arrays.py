"""NumPy's arrays and numbers out of the inert instances that `inert_pickle` gives.

Source: NumPy's `ndarray.__reduce__` and `__reduce_ex__`, of Python 2 and 3; and joblib's
numpy_pickle, whose arrays stand in the file as they are, after a description of theirs.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.formats.reading.inert import Global, Instance, Items, LongText

INLINE_ARRAY = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
"""joblib's description of an array, whose bytes follow in the file, no opcode's argument."""

RECONSTRUCT_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
FROM_BUFFER_MODULES = ("numpy.core.numeric", "numpy._core.numeric")
_Content = bytes | memoryview
_PLAIN = frozenset(
    {
        *((module, name) for module in RECONSTRUCT_MODULES for name in ("_reconstruct", "scalar")),
        *((module, "_frombuffer") for module in FROM_BUFFER_MODULES),
        *(("numpy", name)
          for name in ("dtype", "ndarray", "float16", "float32", "float64", "int32", "int64")),
        ("_codecs", "encode"),
        *((module, name)
          for module in ("collections", "UserDict", "UserString")
          for name in ("OrderedDict", "defaultdict", "Counter")),
        *((module, name)
          for module in ("builtins", "__builtin__")
          for name in ("dict", "list", "tuple", "set", "frozenset", "str", "unicode", "bytes",
                       "bytearray", "int", "float", "long", "bool", "object", "complex")),
        *((module, name)
          for module in ("copyreg", "copy_reg")
          for name in ("_reconstructor", "__newobj__")),
    }
)  # fmt: skip
# NumPy's names of numbers without their order of bytes.
_TYPES = frozenset({"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"})
# A side longer than any array's that is not empty; NumPy counts in 63 bits.
_LONGEST_SIDE = 1 << 40


def number_of(value: Any) -> int | float | None:
    """A plain number, Python's own or NumPy's; None for anything else.

    Args:
        value: What stands in the pickle. True and False are numbers as well.
    """
    if isinstance(value, int | float):
        return value
    if not isinstance(value, Instance) or not is_scalar(value.kind) or len(value.arguments) != 2:
        return None
    dtype, content = _dtype(value.arguments[0]), _content(value.arguments[1])
    if dtype is None or content is None or len(content) != dtype.itemsize:
        return None
    found: int | float = np.frombuffer(content, dtype=dtype)[0].item()
    return found


def bytes_of(value: Any) -> bytes | None:
    """Some bytes, as Python 2 or 3 pickles them; None for anything else, and for too many."""
    content = None if isinstance(value, str) else _content(value)
    return content if isinstance(content, bytes) else None


def to_objects(value: Any) -> list[Any] | None:
    """What stands in a NumPy array of Python objects; None for anything else."""
    if not isinstance(value, Instance) or not is_reconstruct(value.kind):
        return None
    held = value.state[-1] if isinstance(value.state, tuple) and value.state else None
    return held if isinstance(held, list) else None


def to_array(value: Any, path: Path, name: str) -> NDArray[Any]:
    """A NumPy array out of what NumPy pickles of it.

    Raises:
        FormatError: It is none, of Python objects, or its parts do not fit each other.
    """
    parts = _parts(value)
    if parts is None:
        raise FormatError(path, f"attribute {name!r}", "is no NumPy array; the file is damaged")
    shape, dtype, by_columns, content = parts
    if math.prod(shape) * dtype.itemsize != len(content):
        raise FormatError(
            path,
            f"attribute {name!r}",
            f"has {len(content):,} bytes for a shape of {shape} and type {dtype}; the file is "
            "damaged",
        )
    flat = np.frombuffer(content, dtype=dtype)
    return flat.reshape(shape, order="F" if by_columns else "C")


def array_or_none(value: Any, path: Path) -> NDArray[Any] | None:
    """The array that a value is, plain or as joblib keeps it; None for anything else.

    Raises:
        FormatError: It is one whose bytes do not fit its shape.
    """
    if isinstance(value, Instance) and value.kind == INLINE_ARRAY:
        return inline_array(value)
    return None if _parts(value) is None else to_array(value, path, "an array")


def inline_size(value: Instance) -> int | None:
    """Bytes of an array that joblib keeps behind its description; None where it is none."""
    layout = _inline_layout(value)
    return None if layout is None else math.prod(layout[0]) * layout[1].itemsize


def inline_array(value: Instance) -> NDArray[Any] | None:
    """The array that joblib keeps behind its description, once its bytes have been found."""
    layout = _inline_layout(value)
    if layout is None or value.elements is None:
        return None
    shape, dtype, order = layout
    flat = np.frombuffer(value.elements[0], dtype=dtype)
    return flat.reshape(shape, order=order)


def _inline_layout(value: Instance) -> tuple[tuple[int, ...], np.dtype[Any], Any] | None:
    state = value.state
    if not isinstance(state, Items):
        return None
    shape, dtype, order = state.get("shape"), _dtype(state.get("dtype")), state.get("order")
    if dtype is None or not _is_shape(shape) or order not in ("C", "F"):
        return None
    return shape, dtype, order


def _parts(value: Any) -> tuple[tuple[int, ...], np.dtype[Any], bool, _Content] | None:
    """Shape, type, whether columns come first, and the bytes."""
    if not isinstance(value, Instance):
        return None
    kind = value.kind
    if is_from_buffer(kind) and len(value.arguments) == 4:
        content, dtype, shape, order = value.arguments
    elif is_reconstruct(kind) and isinstance(value.state, tuple) and len(value.state) == 5:
        _version, shape, dtype, by_columns, content = value.state
        if type(by_columns) not in (bool, int):
            return None
        order = "F" if by_columns else "C"
    else:
        return None
    known, raw = _dtype(dtype), _content(content)
    if known is None or raw is None or not _is_shape(shape):
        return None
    return shape, known, order == "F", raw


def _is_shape(value: Any) -> bool:
    """Whether it is the shape of an array; True and False are ones of Python's numbers."""
    return (
        isinstance(value, tuple)
        and len(value) <= 2
        and all(type(size) is int and 0 <= size < _LONGEST_SIDE for size in value)
    )


def _dtype(value: Any) -> np.dtype[Any] | None:
    if not isinstance(value, Instance) or str(value.kind) != "numpy.dtype":
        return None
    code = value.arguments[0] if value.arguments else None
    order = value.state[1] if isinstance(value.state, tuple) and len(value.state) > 1 else "|"
    if not isinstance(code, str) or code not in _TYPES:
        return None
    if not isinstance(order, str) or order not in ("<", ">", "|", "="):
        return None
    return np.dtype(code if order == "|" else order + code)


def _content(value: Any) -> _Content | None:
    """The array's bytes: as such, as text of one character a byte (Python 2), or that to encode."""
    if isinstance(value, Instance) and str(value.kind) == "_codecs.encode":
        value = value.arguments[0] if value.arguments else None
    if isinstance(value, str | LongText):
        try:
            return value.encode("latin-1") if isinstance(value, str) else value.to_latin()
        except UnicodeError:
            return None
    return value if isinstance(value, bytes | memoryview) else None


def texts_of(values: Any) -> list[str] | None:
    """Words out of a list or tuple of texts, or of a Python 2 program's bytes; None for others."""
    if not isinstance(values, list | tuple) or not values:
        return None
    if set(map(type, values)) == {str}:
        return list(values)
    words: list[str] = []
    for value in values:
        content = bytes_of(value)
        if not isinstance(value, str) and content is None:
            return None
        words.append(value if isinstance(value, str) else tokens.decode(content or b""))
    return words


def is_plain_name(found: Global) -> bool:
    """Whether a name is of what plain data are made of: Python's own types, and NumPy's arrays."""
    return (found.module, found.name) in _PLAIN


def is_reconstruct(found: Global) -> bool:
    """Whether it is what NumPy makes an array with, whose state says the rest."""
    return found.module in RECONSTRUCT_MODULES and found.name == "_reconstruct"


def is_scalar(found: Global) -> bool:
    """Whether it is what NumPy makes a number with."""
    return found.module in RECONSTRUCT_MODULES and found.name == "scalar"


def is_from_buffer(found: Global) -> bool:
    """Whether it is what NumPy makes an array with since protocol 5."""
    return found.module in FROM_BUFFER_MODULES and found.name == "_frombuffer"
