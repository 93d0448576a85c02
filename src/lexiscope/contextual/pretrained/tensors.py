"""Tensors of a pretrained model: names and shapes without their bytes, and rows of one of them.

safetensors (https://huggingface.co/docs/safetensors): u64 little-endian length of the header; the
header, JSON of name → {dtype, shape, data_offsets}; the tensors' bytes, row by row. A model in
several files has `model.safetensors.index.json`, whose `weight_map` tells the file of each tensor.
PyTorch's own files (`pytorch_model.bin`, likewise indexed) are mapped (`torch_file`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.pretrained.files import Files
from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.files.json_document import Value
from lexiscope.files.opening import is_file_name
from lexiscope.formats import registry
from lexiscope.formats.reading.torch_file import TorchFile

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
TORCH_SINGLE, TORCH_INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"
_TORCH_ENDINGS = (".bin", ".pt", ".pth", ".ckpt")
# Formats whose files a language model may have, and what to call those that may hold anything.
_HOLDING_TENSORS = frozenset({"safetensors", "torch"})
_CALLED = {"gensim": "a file that gensim saved", "pickle": "a Python pickle"}
# The specification's own bound of a header.
_MOST_HEADER = 100_000_000
# Nearly every header fits, so that one request brings it.
_FIRST_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 24
_LONGEST_NAME, _SHOWN = 1000, 60
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_NUMBERS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_OTHER_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "I16": 2, "U16": 2, "I32": 4,
    "U32": 4, "I64": 8, "U64": 8, "C64": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """A tensor without its bytes, as a header has it.

    Attributes:
        name: Its name.
        dtype: "F32", "F16", "BF16", …, as safetensors has them.
        shape: Its shape.
        file: The file that has it.
        start: Where its bytes start in the file; 0 in PyTorch's own files.
        stored_bytes: What it takes where that does not follow from its dtype.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: str
    start: int = 0
    stored_bytes: int | None = None

    @property
    def values(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """What it takes in its own dtype."""
        if self.stored_bytes is not None:
            return self.stored_bytes
        return self.values * {**_ITEM_BYTES, **_OTHER_BYTES}.get(self.dtype, 1)


class Tensors(Protocol):
    """The tensors of a pretrained model."""

    def names(self) -> list[str]:
        """Every tensor's name."""

    def info(self, name: str) -> Tensor:
        """A tensor's dtype and shape."""

    def rows(self, tensor: Tensor, start: int, stop: int) -> NDArray[np.float32]:
        """Some rows of a matrix as float32 (n×D)."""


def open_tensors(files: Files, file: str | None) -> Tensors:
    """Finds the weights of a pretrained model.

    Args:
        files: The pretrained model.
        file: The one file to take; None for the usual names.

    Raises:
        FormatError: There are none, or they cannot be read.
    """
    if file is not None and not file.endswith(".json"):
        _refuse_vectors(files, file)
        return (Torch if file.endswith(_TORCH_ENDINGS) else SafeTensors)(files, [file])
    for index, single, kind in ((INDEX, SINGLE, SafeTensors), (TORCH_INDEX, TORCH_SINGLE, Torch)):
        if files.has(index):
            return kind(files, _weight_map(files, index))
        if files.has(single):
            return kind(files, [single])
    raise FormatError(
        files.name,
        None,
        f"has none of {SINGLE}, {INDEX}, {TORCH_SINGLE}, {TORCH_INDEX}; expected a folder laid out "
        "like a Hugging Face checkpoint",
    )


def packed_dtype(bits: int) -> str:
    """The dtype of a matrix that is packed (`packed`)."""
    return f"{bits}-bit"


_PACKED = tuple(map(packed_dtype, range(1, 9)))


def _refuse_vectors(files: Files, file: str) -> None:
    """Refuses a file that holds no tensors of a language model, by the name of what it is.

    Raises:
        FormatError: It is a pickle, or vectors of words that open by themselves.
    """
    if files.is_remote:
        return
    try:
        known = registry.detect(files.path(file))
    except FormatError:
        return  # whoever reads it says what is wrong
    if known.name in _HOLDING_TENSORS:
        return
    what = _CALLED.get(known.name, f"a file of vectors ({known.description})")
    raise FormatError(
        files.path(file),
        None,
        f"is {what}, not a language model's checkpoint ({SINGLE}, {TORCH_SINGLE}); vectors of "
        "words need no extracting: open them as they are, with `lexiscope info`",
    )


def blocks(tensors: Tensors, tensor: Tensor) -> Iterator[NDArray[np.float32]]:
    """A matrix from its first row to its last, some megabytes at a time."""
    step = max(1, _BLOCK_BYTES // (4 * max(1, tensor.shape[1])))
    for start in range(0, tensor.shape[0], step):
        yield tensors.rows(tensor, start, min(start + step, tensor.shape[0]))


class SafeTensors:
    """Tensors in safetensors files.

    Args:
        files: The pretrained model.
        places: The files, or the file of each tensor.
    """

    def __init__(self, files: Files, places: list[str] | Mapping[str, str]) -> None:
        self._files = files
        self._places = dict(places) if isinstance(places, Mapping) else None
        self._headers: dict[str, dict[str, Tensor]] = {}
        self._single = places[0] if isinstance(places, list) else ""

    def names(self) -> list[str]:
        """See `Tensors`."""
        return list(self._header(self._single) if self._places is None else self._places)

    def info(self, name: str) -> Tensor:
        """See `Tensors`."""
        file = self._single if self._places is None else self._places[name]
        tensor = self._header(file).get(name)
        if tensor is None:
            raise FormatError(
                self._files.path(file), None, f"has no tensor {name!r}, which the index says it has"
            )
        return tensor

    def rows(self, tensor: Tensor, start: int, stop: int) -> NDArray[np.float32]:
        """See `Tensors`.

        Raises:
            FormatError: The tensor is quantised, or its file ends too early.
        """
        check_readable(self._files, tensor)
        width = _ITEM_BYTES[tensor.dtype] * tensor.shape[1]
        content = self._files.read(
            tensor.file, tensor.start + start * width, tensor.start + stop * width
        )
        values = np.frombuffer(content, dtype=_NUMBERS[tensor.dtype])
        return as_float32(values, tensor.dtype).reshape(stop - start, tensor.shape[1])

    def _header(self, file: str) -> dict[str, Tensor]:
        if file not in self._headers:
            self._headers[file] = read_header(self._files, file)
        return self._headers[file]


def read_header(files: Files, file: str) -> dict[str, Tensor]:
    """The tensors of a safetensors file, checked against its size; none of their bytes is read.

    Raises:
        FormatError: It is missing, cut short, or no safetensors file.
    """
    path = files.path(file)
    if not files.has(file):
        raise FormatError(path, None, "is missing, though the index names it; download it")
    size = files.size(file)
    first = files.read(file, 0, min(size, _FIRST_BYTES))
    length = int.from_bytes(first[:8], "little")
    if size < 8 or length > min(size - 8, _MOST_HEADER):
        raise FormatError(
            path,
            "byte 0",
            f"declares a header of {length:,} bytes in a file of {size:,}; it is no safetensors "
            "file, or was cut short",
        )
    end = 8 + length
    content = first[8:end] if end <= len(first) else files.read(file, 8, end)
    header = json_document.parse(
        content, path, json_document.TABLE, position="the header", advice="download it again"
    )
    return {
        name: _tensor(file, name, entry, end, size)
        for name, entry in header.fields().items()
        if name != "__metadata__"
    }


def _tensor(file: str, name: str, entry: Value, end: int, size: int) -> Tensor:
    """A tensor as the header has it.

    Raises:
        FormatError: Its bytes are not in the file, or not as many as its shape says.
    """
    if len(name) > _LONGEST_NAME:
        raise entry.error(f"has a tensor with a name of {len(name):,} characters")
    offsets = entry["data_offsets"]
    if len(offsets.wholes()) != 2 or offsets.plain[0] > offsets.plain[1]:
        raise offsets.fault("where the tensor starts and ends")
    first, last = offsets.plain
    if not entry["dtype"].text().isprintable():
        raise entry["dtype"].fault("the name of a type")
    tensor = Tensor(name, entry["dtype"].text(), tuple(entry["shape"].wholes()), file, end + first)
    if end + last > size:
        raise entry.error(
            f"tensor {name!r} ends at byte {end + last:,} of {size:,}: the file was cut short"
        )
    sized = tensor.dtype in _ITEM_BYTES or tensor.dtype in _OTHER_BYTES
    if sized and last - first != tensor.bytes:
        raise entry.error(f"tensor {name!r} has {last - first:,} bytes, expected {tensor.bytes:,}")
    return tensor


def check_readable(files: Files, tensor: Tensor) -> None:
    """Refuses a tensor whose values cannot be read as numbers.

    Raises:
        FormatError: It is quantised, sparse, without values, or shows more than are stored.
    """
    if tensor.dtype not in _ITEM_BYTES and tensor.dtype not in _PACKED:
        raise FormatError(
            files.path(tensor.file),
            f"tensor {tensor.name!r}",
            f"is {tensor.dtype}, expected {', '.join(_ITEM_BYTES)}; take a checkpoint whose "
            "matrices are stored plainly, not quantised",
        )


def as_float32(values: NDArray[Any], dtype: str) -> NDArray[np.float32]:
    """Numbers as they are stored as float32; bfloat16 is the upper half of one."""
    if dtype == "BF16":
        wide = values.astype(np.uint32)
        wide <<= 16
        return wide.view(np.float32)
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


class Torch:
    """Tensors in PyTorch's own files, which are mapped.

    Args:
        files: The pretrained model, on disk.
        places: The files, or the file of each tensor.

    Raises:
        FormatError: The pretrained model is on a hub.
    """

    def __init__(self, files: Files, places: list[str] | Mapping[str, str]) -> None:
        if files.is_remote:
            raise FormatError(
                files.name,
                None,
                "has its weights in PyTorch's own files only, of which no ranges can be read; "
                "download it, or take a checkpoint with safetensors",
            )
        self._files = files
        self._places = dict(places) if isinstance(places, Mapping) else None
        self._single = places[0] if isinstance(places, list) else ""
        self._opened: dict[str, TorchFile] = {}

    def names(self) -> list[str]:
        """See `Tensors`."""
        return list(self._open(self._single).tensors if self._places is None else self._places)

    def info(self, name: str) -> Tensor:
        """See `Tensors`."""
        file = self._single if self._places is None else self._places[name]
        stored = self._open(file).tensors.get(name)
        if stored is None:
            raise FormatError(
                self._files.path(file), None, f"has no tensor {name!r}, which the index says it has"
            )
        return Tensor(name, stored.dtype, stored.shape, file)

    def rows(self, tensor: Tensor, start: int, stop: int) -> NDArray[np.float32]:
        """See `Tensors`."""
        check_readable(self._files, tensor)
        return as_float32(self._open(tensor.file).rows(tensor.name, start, stop), tensor.dtype)

    def _open(self, file: str) -> TorchFile:
        if file not in self._opened:
            path = Path(self._files.path(file))
            if not path.is_file():
                raise FormatError(path, None, "is missing, though the index names it; download it")
            self._opened[file] = TorchFile(path)
        return self._opened[file]


def _weight_map(files: Files, index: str) -> dict[str, str]:
    """The file of each tensor, by a pretrained model's index.

    Raises:
        FormatError: The index is damaged, or names files outside the pretrained model.
    """
    document = json_document.parse(
        files.whole(index), files.path(index), json_document.TABLE, advice="download it again"
    )
    places = document["weight_map"].plain_fields()
    for file in dict.fromkeys(map(str, places.values())):
        if not is_file_name(file):
            raise document.error(
                f"has no sound weight_map: {file[:_SHOWN]!r} is no name of a file in its folder"
            )
    for name, file in places.items():
        if not isinstance(file, str) or len(name) > _LONGEST_NAME:
            raise document.error(
                f"has no sound weight_map: {name[:_SHOWN]!r} has no file, or no name of a tensor"
            )
    return dict(places)
