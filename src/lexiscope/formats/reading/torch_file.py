"""Files of `torch.save`, read as data: nothing in them is run, and PyTorch is not needed for it.

Since PyTorch 1.6 such a file is a zip archive in which nothing is compressed: `NAME/data.pkl`, a
pickle of protocol 2; `NAME/data/KEY`, the bytes of each storage; `NAME/byteorder`, where it is
there, "little" or "big". Before, it was five pickles in a row (a magic number, the version 1001,
facts of the system, the object, the keys of the storages), and then of each storage its length
(int64, in values) and its bytes. In the pickle a storage is a persistent id ("storage", class, key,
device, length), and a tensor a call with a storage, an offset, a shape and strides.
Source: https://docs.pytorch.org/docs/stable/notes/serialization.html, and torch.serialization.

A tensor may show more values than its storage has (an expanded one, whose stride is 0, takes no
room for a shape of any size), or hold none (of the device "meta"): such are named as what they are,
and are not for reading.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError, reason_of
from lexiscope.files.opening import require_file
from lexiscope.formats.reading import inert_pickle
from lexiscope.formats.reading.inert import PERSISTENT, Global, Instance, Items

_ARCHIVE = b"PK\x03\x04"
# The end of the pickle of 0x1950A86A20F9469CFC6C, with which the files of before 1.6 begin.
LEGACY_MAGIC = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
_MAGIC_WITHIN = 64
_LEGACY_VERSION = 1001
_LOCAL_HEADER = struct.Struct("<4s22xHH")
# Names, shapes and an optimizer's settings; what has values stands outside of it.
_MOST_PICKLE = 1 << 26
_LONGEST_NAME = 1000
_DEEPEST = 8
# Storage class, and dtype of newer files → name as safetensors has it, and NumPy's type.
_DTYPES = {
    "DoubleStorage": ("F64", "f8"), "float64": ("F64", "f8"),
    "FloatStorage": ("F32", "f4"), "float32": ("F32", "f4"),
    "HalfStorage": ("F16", "f2"), "float16": ("F16", "f2"),
    "BFloat16Storage": ("BF16", "u2"), "bfloat16": ("BF16", "u2"),
    "LongStorage": ("I64", "i8"), "int64": ("I64", "i8"),
    "IntStorage": ("I32", "i4"), "int32": ("I32", "i4"),
    "ShortStorage": ("I16", "i2"), "int16": ("I16", "i2"),
    "CharStorage": ("I8", "i1"), "int8": ("I8", "i1"),
    "ByteStorage": ("U8", "u1"), "uint8": ("U8", "u1"),
    "BoolStorage": ("BOOL", "u1"), "bool": ("BOOL", "u1"),
    "ComplexFloatStorage": ("C64", "c8"), "complex64": ("C64", "c8"),
    "ComplexDoubleStorage": ("C128", "c16"), "complex128": ("C128", "c16"),
    "uint16": ("U16", "u2"), "uint32": ("U32", "u4"), "uint64": ("U64", "u8"),
    "float8_e4m3fn": ("F8_E4M3", "u1"), "float8_e5m2": ("F8_E5M2", "u1"),
}  # fmt: skip
# Types whose values are numbers as NumPy has them.
_PLAIN = ("F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8")
_UNTYPED = "UntypedStorage"
_REBUILD = "torch._utils."
# Functions that make a tensor, whose first three arguments after the storage are alike.
_STRIDED = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3")
_PARAMETERS = ("_rebuild_parameter", "_rebuild_parameter_with_state")
_V3_DTYPE = 6
# Functions of tensors that are no plain ones → what they are, and which argument is their shape.
_ODD = {
    "_rebuild_sparse_tensor": ("sparse", None),
    "_rebuild_sparse_csr_tensor": ("sparse", None),
    "_rebuild_nested_tensor": ("nested", None),
    "_rebuild_qtensor": ("quantised", 2),
    "_rebuild_meta_tensor_no_storage": ("meta, without values", 1),
    "_rebuild_wrapper_subclass": ("of a class of its own", 2),
    "_rebuild_device_tensor_from_numpy": ("of another device", None),
    "_rebuild_device_tensor_from_cpu_tensor": ("of another device", None),
    "_rebuild_xla_tensor": ("of another device", None),
}
# What programs save beside tensors. Nothing of it is ever imported; a name beyond these is refused
# because whoever opened the file in PyTorch would run it.
_MODULES = (
    "torch", "collections", "numpy", "_codecs", "copyreg", "copy_reg", "argparse", "pathlib",
    "datetime", "lightning", "lightning_fabric", "lightning_utilities", "pytorch_lightning",
    "omegaconf", "transformers",
)  # fmt: skip
_BUILTINS = frozenset(
    {"set", "frozenset", "bytearray", "complex", "int", "float", "str", "bytes", "list", "dict",
     "tuple", "slice", "range", "object", "bool"}
)  # fmt: skip
# Where programs keep a model's tensors beside other things, the likeliest first.
_WRAPPERS = ("state_dict", "model_state_dict", "model", "module", "net", "params", "ema")


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A tensor of a file.

    Attributes:
        dtype: As safetensors calls it ("F32"), or what it is instead of a plain tensor.
        shape: Its shape.
        strides: In values; empty where it is not for reading.
        start: The byte of the file where its storage starts.
        offset: Its first value in the storage.
        length: The storage's values.
        number: NumPy's type of a value, with the order of its bytes; "" where not for reading.
    """

    dtype: str
    shape: tuple[int, ...]
    strides: tuple[int, ...] = ()
    start: int = 0
    offset: int = 0
    length: int = 0
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class _Storage:
    """Values in a row.

    Attributes:
        start: The byte of the file where they start.
        size: Their bytes.
        kind: Name of the storage's class.
        offset: Where, in values, a view of it starts.
    """

    start: int
    size: int
    kind: str
    offset: int = 0


class TorchFile:
    """A file of `torch.save`, mapped.

    Args:
        path: The file.
        needs_names: Whether to refuse a file without tensors by name: a tensor, a tuple of some.

    Attributes:
        content: The object in it, as data.
        tensors: Name → tensor, in the file's order; none where they have no names.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is no such file, is damaged, or names what has no place in one.
    """

    def __init__(self, path: Path, *, needs_names: bool = True) -> None:
        self._path = path
        self._needs_names = needs_names
        self.content: Any = None
        require_file(path)
        with path.open("rb") as stream:
            if not stream.read(1):
                raise FormatError(path, None, "is empty; download or write it again")
            self._data = mmap(stream.fileno(), 0, access=ACCESS_READ)
        is_archive = self._data[: len(_ARCHIVE)] == _ARCHIVE
        self.tensors = self._read_archive() if is_archive else self._read_legacy()

    def rows(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """Some rows of a tensor with strides, as they are stored; bfloat16 as uint16."""
        return self._rows(self.tensors[name], start, stop)

    def array(self, value: Any) -> NDArray[Any] | None:
        """The values of a tensor in `content`, bfloat16 as float32; None where it is none.

        Raises:
            FormatError: It is one, and not sound.
        """
        if not _is_tensor(value):
            return None
        try:
            stored = _stored(value, self._storage, self._order)
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            raise self._error(f"has a tensor that is not sound ({reason_of(error)})") from error
        if not stored.number or not stored.shape or stored.dtype not in _PLAIN:
            return None
        found = self._rows(stored, 0, stored.shape[0])
        if stored.dtype == "BF16":
            return (found.astype(np.uint32) << 16).view(np.float32)
        return found

    def _rows(self, stored: Stored, start: int, stop: int) -> NDArray[Any]:
        number = np.dtype(stored.number)
        flat = np.frombuffer(self._data, number, stored.length, stored.start)
        strides = tuple(stride * number.itemsize for stride in stored.strides)
        # All that the strides reach is known to lie in the storage.
        shown = np.lib.stride_tricks.as_strided(
            flat[stored.offset :], stored.shape, strides, writeable=False
        )
        found: NDArray[Any] = shown[start:stop].astype(number.newbyteorder("="))
        return found

    def _read_archive(self) -> dict[str, Stored]:
        records = self._records()
        pickles = [name for name in records if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise self._error("is a zip archive, but none of torch.save: it has no data.pkl")
        root = pickles[0].removesuffix("data.pkl")
        at, size = records[pickles[0]]
        if size > _MOST_PICKLE:
            raise self._error(f"has a data.pkl of {size:,} bytes, too many for names and shapes")
        order = "<"
        if f"{root}byteorder" in records:
            place, length = records[f"{root}byteorder"]
            order = ">" if self._data[place : place + min(length, 8)] == b"big" else "<"
        content, _end = inert_pickle.read_persistent(
            self._data[at : at + size], 0, self._path, self._allowed, len(self._data)
        )

        def storage(arguments: tuple[Any, ...]) -> _Storage:
            if len(arguments) != 5:
                raise ValueError("a storage that is none")
            _storage, kind, key, _device, _length = arguments
            place = records.get(f"{root}data/{key}") if isinstance(key, str) else None
            if place is None or not isinstance(kind, Global):
                raise ValueError("a storage that is not in the file")
            return _Storage(start=place[0], size=place[1], kind=kind.name)

        return self._tensors(content, storage, order)

    def _records(self) -> dict[str, tuple[int, int]]:
        """Name → first byte and bytes of everything in the archive.

        Raises:
            FormatError: The archive is damaged, compressed, or has a name twice.
        """
        data = self._data
        try:
            with self._path.open("rb") as stream, ZipFile(stream) as archive:
                entries = archive.infolist()
        except (BadZipFile, NotImplementedError, ValueError, struct.error, OSError) as error:
            raise self._error(f"is not a whole zip archive ({reason_of(error)})") from error
        records: dict[str, tuple[int, int]] = {}
        if any(entry.filename.endswith("/constants.pkl") for entry in entries):
            raise self._error(
                "is a program of TorchScript's; load it with torch.jit.load and save its "
                "state_dict() with torch.save"
            )
        for entry in entries:
            if entry.compress_type != ZIP_STORED or entry.file_size != entry.compress_size:
                raise self._error("is a compressed zip archive, which torch.save never writes")
            if entry.filename in records:
                raise self._error(f"has {entry.filename[:60]!r} twice; it is damaged")
            at = entry.header_offset
            if not 0 <= at <= len(data) - _LOCAL_HEADER.size:
                raise self._error("is a damaged zip archive: an entry lies outside of it")
            magic, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, at)
            start = at + _LOCAL_HEADER.size + name_length + extra_length
            if magic != _ARCHIVE or start + entry.file_size > len(data):
                raise self._error("is a damaged zip archive: an entry lies outside of it")
            records[entry.filename] = (start, entry.file_size)
        return records

    def _read_legacy(self) -> dict[str, Stored]:
        """A file as PyTorch wrote it before 1.6."""
        data, path = self._data, self._path
        at = data.find(LEGACY_MAGIC, 0, _MAGIC_WITHIN)
        if at < 0:
            raise self._error("is no file of torch.save")
        position, parts = at + len(LEGACY_MAGIC), []
        for _part in range(4):
            value, position = inert_pickle.read_persistent(data, position, path, self._allowed)
            parts.append(value)
        version, facts, content, keys = parts
        if version != _LEGACY_VERSION or not isinstance(keys, list) or not isinstance(facts, Items):
            raise self._error("is of a version of torch.save that is not known; save it again")
        order = "<" if facts.get("little_endian") in (True, None) else ">"
        found = {
            arguments[2]: arguments[1].name
            for arguments in _persistent(content)
            if len(arguments) == 6
            and isinstance(arguments[2], str)
            and isinstance(arguments[1], Global)
        }
        places: dict[str, tuple[int, int]] = {}
        for key in keys:
            dtype = _DTYPES.get(found.get(key, "")) if isinstance(key, str) else None
            if dtype is None or position + 8 > len(data):
                raise self._error("lists a storage that is not there; it is damaged or cut")
            length = int.from_bytes(data[position : position + 8], "little", signed=True)
            size = length * np.dtype(dtype[1]).itemsize
            if length < 0 or size > len(data) - position - 8:
                raise self._error(
                    f"declares a storage of {length:,} values where {len(data) - position - 8:,} "
                    "bytes are left; it is damaged or cut"
                )
            places[key] = (position + 8, size)
            position += 8 + size

        def storage(arguments: tuple[Any, ...]) -> _Storage:
            if len(arguments) != 6 or arguments[2] not in places:
                raise ValueError("a storage that is not in the file")
            _storage, kind, key, _device, _length, view = arguments
            offset = 0 if view is None else view[1]
            if not _is_size(offset):
                raise ValueError("a view of a storage that is none")
            start, size = places[key]
            return _Storage(start=start, size=size, kind=kind.name, offset=offset)

        return self._tensors(content, storage, order)

    def _tensors(
        self, content: Any, storage: Callable[[tuple[Any, ...]], _Storage], order: str
    ) -> dict[str, Stored]:
        """The tensors by name: those of the object itself, or of the part that has a model's.

        Raises:
            FormatError: There is none, or one is not sound.
        """
        self.content, self._storage, self._order = content, storage, order
        named = self._state_dict(content)
        tensors: dict[str, Stored] = {}
        for name, value in named.items():
            if len(name) > _LONGEST_NAME:
                raise self._error(f"has a tensor with a name of {len(name):,} characters")
            try:
                tensors[name] = _stored(value, storage, order)
            except (ValueError, TypeError, IndexError, AttributeError) as error:
                raise FormatError(
                    self._path,
                    f"tensor {name!r}",
                    f"is not sound ({reason_of(error)}); copy it again",
                ) from error
        return tensors

    def _state_dict(self, content: Any) -> dict[str, Instance]:
        fields = _fields(content)
        for _level in range(_DEEPEST):
            own = {name: value for name, value in fields.items() if _is_tensor(value)}
            if own:
                return own
            inner = {name: _fields(value) for name, value in fields.items() if _fields(value)}
            wrapper = next((name for name in _WRAPPERS if name in inner), None)
            if wrapper is None and len(inner) == 1:
                wrapper = next(iter(inner))
            if wrapper is None:
                break
            fields = inner[wrapper]
        if not self._needs_names:
            return {}
        raise self._error("holds no tensors by name, expected a state dict")

    def _allowed(self, found: Global) -> bool:
        root = found.module.partition(".")[0]
        if root in _MODULES or (
            # Protocol 2 calls the module as Python 2 did.
            found.module in ("builtins", "__builtin__") and found.name in _BUILTINS
        ):
            return True
        raise self._error(
            f"is not a file of weights that torch opens safely: it refers to {str(found)[:100]!r}, "
            "which could run anything, so nothing was loaded; save the model's state_dict() instead"
        )

    def _error(self, reason: str) -> FormatError:
        return FormatError(self._path, None, reason)


def _stored(value: Instance, storage: Callable[[tuple[Any, ...]], _Storage], order: str) -> Stored:
    """A tensor, with all that its strides reach inside its storage.

    Raises:
        ValueError, TypeError, IndexError, AttributeError: It is not sound.
    """
    value = _unwrapped(value)
    name, arguments = value.kind.name, value.arguments
    if name not in _STRIDED:
        what, place = _ODD.get(name, ("of a class of its own", None))
        shape = () if place is None else _sizes(arguments[place])
        return Stored(dtype=what, shape=shape)
    if not isinstance(arguments[0], Instance) or arguments[0].kind != PERSISTENT:
        raise ValueError("it has no storage")
    found = storage(arguments[0].arguments[0])
    kind = arguments[_V3_DTYPE].name if name.endswith("_v3") else found.kind
    shape, strides = _sizes(arguments[2]), _sizes(arguments[3])
    if kind not in _DTYPES:
        return Stored(dtype=kind, shape=shape)
    dtype, number = _DTYPES[kind]
    length = found.size // np.dtype(number).itemsize
    if not _is_size(arguments[1]) or len(shape) != len(strides):
        raise ValueError("its offset, shape and strides do not fit each other")
    offset = arguments[1] + found.offset
    values = math.prod(shape)
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if offset > length or (values and last >= length):
        raise ValueError(f"it reaches beyond its storage of {length:,} values")
    plain = Stored(
        dtype=dtype,
        shape=shape,
        strides=strides,
        start=found.start,
        offset=offset,
        length=length,
        number=order + number,
    )
    if values > length:
        return replace(plain, dtype=f"{dtype} expanded from {length:,} values", number="")
    return plain


def _unwrapped(value: Instance) -> Instance:
    """A tensor out of the parameter or the class around it."""
    for _level in range(_DEEPEST):
        name, arguments = value.kind.name, value.arguments
        if name in _PARAMETERS or name == "Parameter":
            inner = arguments[0]
        elif name == "_rebuild_from_type_v2":
            function, _class, inner_arguments, _state = arguments
            inner = Instance(function, inner_arguments)
        else:
            return value
        if not isinstance(inner, Instance) or not isinstance(inner.kind, Global):
            raise ValueError("a parameter without a tensor")
        value = inner
    raise ValueError("parameters inside each other")


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Instance) and (
        str(value.kind).startswith((f"{_REBUILD}_rebuild_", "torch._tensor._rebuild_"))
        or str(value.kind) == "torch.nn.parameter.Parameter"
    )


def _fields(value: Any) -> dict[str, Any]:
    """The named things of a dict, or of an object that is a kind of one; else none."""
    found = value.items if isinstance(value, Instance) else value
    if not isinstance(found, Items):
        return {}
    return {name: inner for name, inner in found if isinstance(name, str)}


def _persistent(content: Any) -> Iterator[tuple[Any, ...]]:
    """The persistent ids in an object; what contains itself is gone through once."""
    waiting, seen = [content], set()
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, str | bytes | int | float):
            continue
        seen.add(id(value))
        if isinstance(value, Items):
            waiting += [inner for _name, inner in value]
        elif isinstance(value, list | tuple):
            waiting += value
        elif isinstance(value, Instance):
            if value.kind == PERSISTENT and isinstance(value.arguments[0], tuple):
                yield value.arguments[0]
            else:
                waiting += [value.arguments, value.state, value.items, value.elements]


def _sizes(value: Any) -> tuple[int, ...]:
    """A shape, or strides.

    Raises:
        ValueError: It is no tuple of numbers from 0 on that a machine could count.
    """
    if isinstance(value, Instance) and str(value.kind) == "torch.Size":
        value = value.arguments[0]
    if not isinstance(value, tuple) or not all(map(_is_size, value)):
        raise ValueError("a shape or strides that are no numbers from 0")
    return value


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62
