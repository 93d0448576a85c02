"""Tensors of a pretrained model: names and shapes without their bytes, and rows of one of them.

safetensors (https://huggingface.co/docs/safetensors): u64 little-endian length of the header; the
header, JSON of name → {dtype, shape, data_offsets}; the tensors' bytes, row by row. A model in
several files has `model.safetensors.index.json`, whose `weight_map` tells the file of each tensor.
PyTorch's own files (`pytorch_model.bin`, likewise indexed) are opened by torch, which maps them and
runs nothing of what is in them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.pretrained.files import Files
from lexiscope.errors import FormatError, MissingExtraError

SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
TORCH_SINGLE, TORCH_INDEX = "pytorch_model.bin", "pytorch_model.bin.index.json"
# The specification's own bound of a header.
_MOST_HEADER = 100_000_000
# Nearly every header fits, so that one request brings it.
_FIRST_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 24
_ITEM_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
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
        start: Where its bytes start in the file; 0 where torch reads it.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: str
    start: int = 0

    @property
    def values(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """What it takes in its own dtype."""
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
        MissingExtraError: They are PyTorch's own, and it is not installed.
    """
    if file is not None and not file.endswith(".json"):
        return (Torch if file.endswith((".bin", ".pt", ".pth")) else SafeTensors)(files, [file])
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
        item = _ITEM_BYTES.get(tensor.dtype)
        if item is None:
            raise FormatError(
                self._files.path(tensor.file),
                f"tensor {tensor.name!r}",
                f"is {tensor.dtype}, expected {', '.join(_ITEM_BYTES)}; take the checkpoint that "
                "is not quantised",
            )
        width = item * tensor.shape[1]
        content = self._files.read(
            tensor.file, tensor.start + start * width, tensor.start + stop * width
        )
        return _as_float32(content, tensor.dtype).reshape(stop - start, tensor.shape[1])

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
    try:
        header = json.loads(content)
        entries = [(name, entry) for name, entry in header.items() if name != "__metadata__"]
        return {name: _tensor(file, name, entry, end, size) for name, entry in entries}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FormatError(path, "byte 8", f"has no sound header ({error})") from error


def _tensor(file: str, name: str, entry: dict[str, Any], end: int, size: int) -> Tensor:
    """A tensor as the header has it.

    Raises:
        ValueError: Its bytes are not in the file, or not as many as its shape says.
    """
    first, last = entry["data_offsets"]
    shape = tuple(entry["shape"])
    if not all(isinstance(number, int) and number >= 0 for number in (first, last, *shape)):
        raise ValueError(f"tensor {name!r} has a shape or offsets that are no numbers from 0")
    tensor = Tensor(name, str(entry["dtype"]), shape, file, end + first)
    if end + last > size:
        raise ValueError(
            f"tensor {name!r} ends at byte {end + last:,} of {size:,}: the file was cut short"
        )
    sized = tensor.dtype in _ITEM_BYTES or tensor.dtype in _OTHER_BYTES
    if sized and last - first != tensor.bytes:
        raise ValueError(f"tensor {name!r} has {last - first:,} bytes, expected {tensor.bytes:,}")
    return tensor


def _as_float32(content: bytes, dtype: str) -> NDArray[np.float32]:
    """Little-endian numbers as float32; bfloat16 is the upper half of a float32."""
    if dtype == "BF16":
        wide = np.frombuffer(content, dtype="<u2").astype(np.uint32)
        wide <<= 16
        return wide.view(np.float32)
    kind = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[dtype]
    return np.frombuffer(content, dtype=kind).astype(np.float32, copy=False)


class Torch:
    """Tensors in PyTorch's own files, which are mapped.

    Args:
        files: The pretrained model, on disk.
        places: The files, or the file of each tensor.

    Raises:
        MissingExtraError: PyTorch is not installed.
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
        try:
            import torch
        except ImportError as error:
            raise MissingExtraError("a checkpoint in PyTorch's own files", "torch") from error
        self._torch = torch
        self._files = files
        self._places = dict(places) if isinstance(places, Mapping) else None
        self._single = places[0] if isinstance(places, list) else ""
        self._opened: dict[str, dict[str, Any]] = {}

    def names(self) -> list[str]:
        """See `Tensors`."""
        return list(self._open(self._single) if self._places is None else self._places)

    def info(self, name: str) -> Tensor:
        """See `Tensors`."""
        file = self._single if self._places is None else self._places[name]
        stored = self._open(file).get(name)
        if stored is None:
            raise FormatError(
                self._files.path(file), None, f"has no tensor {name!r}, which the index says it has"
            )
        torch = self._torch
        dtypes = {
            torch.float64: "F64",
            torch.float32: "F32",
            torch.float16: "F16",
            torch.bfloat16: "BF16",
        }
        return Tensor(name, dtypes.get(stored.dtype, str(stored.dtype)), tuple(stored.shape), file)

    def rows(self, tensor: Tensor, start: int, stop: int) -> NDArray[np.float32]:
        """See `Tensors`."""
        if tensor.dtype not in _ITEM_BYTES:
            raise FormatError(
                self._files.path(tensor.file),
                f"tensor {tensor.name!r}",
                f"is {tensor.dtype}, expected a matrix of floats",
            )
        stored = self._open(tensor.file)[tensor.name][start:stop]
        matrix: NDArray[np.float32] = stored.to(self._torch.float32).contiguous().numpy()
        return matrix

    def _open(self, file: str) -> dict[str, Any]:
        if file not in self._opened:
            self._opened[file] = self._load(file)
        return self._opened[file]

    def _load(self, file: str) -> dict[str, Any]:
        from pickle import UnpicklingError

        path = Path(self._files.path(file))
        if not path.is_file():
            raise FormatError(path, None, "is missing, though the index names it; download it")
        try:
            # Files of PyTorch before 1.6 are no zip archives and cannot be mapped.
            with path.open("rb") as stream:
                mappable = stream.read(4) == b"PK\x03\x04"
            content = self._torch.load(path, map_location="cpu", weights_only=True, mmap=mappable)
        except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
            reason = str(error).split("\n", 1)[0]
            raise FormatError(
                path, None, f"is not a file of weights that torch opens safely ({reason})"
            ) from error
        if not isinstance(content, dict):
            raise FormatError(path, None, "holds no tensors by name, expected a state dict")
        return {
            name: tensor
            for name, tensor in content.items()
            if isinstance(name, str) and isinstance(tensor, self._torch.Tensor)
        }


def _weight_map(files: Files, index: str) -> dict[str, str]:
    """The file of each tensor, by a pretrained model's index.

    Raises:
        FormatError: The index is damaged, or names files outside the pretrained model.
    """
    try:
        places = json.loads(files.whole(index))["weight_map"]
        sound = isinstance(places, dict) and all(
            isinstance(file, str) and file == Path(file).name for file in places.values()
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise FormatError(files.path(index), None, "has no sound weight_map; download it again")
    return dict(places)
