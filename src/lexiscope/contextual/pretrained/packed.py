"""Packed matrices of MLX: several numbers in each stored one, under their true shape.

Layout (https://ml-explore.github.io/mlx, `mlx.core.quantize`): `NAME.weight`, U32, whose bits are a
row's numbers of `bits` bits one after the other, the lowest first; `NAME.scales` and `NAME.biases`,
one for each `group_size` numbers of a row: value = scale × number + bias. `config.json` says how
many bits and how large groups are, for all matrices or for one by its name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.pretrained.files import Files
from lexiscope.contextual.pretrained.tensors import Tensor, Tensors, packed_dtype
from lexiscope.errors import FormatError
from lexiscope.files import json_document

_WEIGHT, _SCALES, _BIASES = ".weight", ".scales", ".biases"
_CONFIG = "config.json"
_MOST_BITS = 8


def unpacked(files: Files, tensors: Tensors) -> Tensors:
    """The tensors, those that are packed under their true shapes; the same where none is."""
    names = frozenset(tensors.names())
    packed = [name for name in names if name.endswith(_WEIGHT) and _part(name, _SCALES) in names]
    if not any(tensors.info(name).dtype == "U32" for name in packed):
        return tensors
    return _Unpacked(files, tensors, names, frozenset(packed))


def _part(weight: str, ending: str) -> str:
    return weight.removesuffix(_WEIGHT) + ending


class _Unpacked:
    """See `Tensors`.

    Args:
        files: The pretrained model.
        tensors: Its tensors as they are stored.
        names: Their names.
        packed: Those that are packed.
    """

    def __init__(
        self, files: Files, tensors: Tensors, names: frozenset[str], packed: frozenset[str]
    ) -> None:
        self._files = files
        self._tensors = tensors
        self._names = names
        self._packed = packed
        config = (
            json_document.parse(files.whole(_CONFIG), files.path(_CONFIG), as_written=True)
            if files.has(_CONFIG)
            else None
        )
        fields: dict[str, Any] = {} if config is None else config.plain_fields()
        told = fields.get("quantization") or fields.get("quantization_config")
        self._told: dict[str, Any] = told if isinstance(told, dict) else {}

    def names(self) -> list[str]:
        """See `Tensors`; scales and biases belong to their matrices."""
        parts = {_part(name, ending) for name in self._packed for ending in (_SCALES, _BIASES)}
        return [name for name in self._tensors.names() if name not in parts]

    def info(self, name: str) -> Tensor:
        """See `Tensors`."""
        stored = self._tensors.info(name)
        if name not in self._packed or stored.dtype != "U32" or len(stored.shape) != 2:
            return stored
        bits, group = self._layout(name, stored)
        columns = stored.shape[1] * 32 // bits
        scales = self._tensors.info(_part(name, _SCALES))
        if scales.shape != (stored.shape[0], -(-columns // group)):
            raise FormatError(
                self._files.path(stored.file),
                f"tensor {name!r}",
                f"is packed {stored.shape}, with scales {scales.shape}, which do not fit {bits} "
                f"bits in groups of {group} as {_CONFIG} says",
            )
        parts = [self._tensors.info(part).bytes for part in self._parts(name)]
        affine = _part(name, _BIASES) in self._names
        return replace(
            stored,
            dtype=packed_dtype(bits) if affine else str(self._of(name).get("mode", "packed")),
            shape=(stored.shape[0], columns),
            stored_bytes=stored.bytes + sum(parts),
        )

    def rows(self, tensor: Tensor, start: int, stop: int) -> NDArray[np.float32]:
        """See `Tensors`."""
        stored = self._tensors.info(tensor.name)
        if stored.shape == tensor.shape:
            return self._tensors.rows(tensor, start, stop)
        bits, group = self._layout(tensor.name, stored)
        width = 4 * stored.shape[1]
        content = self._files.read(
            stored.file, stored.start + start * width, stored.start + stop * width
        )
        count = stop - start
        flat = np.unpackbits(np.frombuffer(content, dtype=np.uint8), bitorder="little")
        digits = flat.reshape(count, tensor.shape[1], bits)
        numbers = digits @ (1 << np.arange(bits, dtype=np.uint8)).astype(np.float32)
        scales, biases = (
            np.repeat(self._tensors.rows(self._tensors.info(part), start, stop), group, axis=1)[
                :, : tensor.shape[1]
            ]
            for part in self._parts(tensor.name)
        )
        values: NDArray[np.float32] = (scales * numbers + biases).astype(np.float32)
        return values

    def _parts(self, name: str) -> list[str]:
        parts = (_part(name, ending) for ending in (_SCALES, _BIASES))
        return [part for part in parts if part in self._names]

    def _of(self, name: str) -> dict[str, Any]:
        own = self._told.get(name.removesuffix(_WEIGHT))
        return {**self._told, **(own if isinstance(own, dict) else {})}

    def _layout(self, name: str, stored: Tensor) -> tuple[int, int]:
        """Bits and group size.

        Raises:
            FormatError: The configuration does not say them.
        """
        told = self._of(name)
        bits, group = told.get("bits"), told.get("group_size")
        if (
            isinstance(bits, int)
            and isinstance(group, int)
            and 0 < bits <= _MOST_BITS
            and group > 0
        ):
            columns, rest = divmod(stored.shape[1] * 32, bits)
            if columns and not rest:
                return bits, group
        raise FormatError(
            self._files.path(stored.file),
            f"tensor {name!r}",
            f"is packed (U32 of shape {stored.shape}), and {_CONFIG} does not say in how many bits "
            f"(quantization: {str(told)[:80]}); take the folder with its {_CONFIG}",
        )
