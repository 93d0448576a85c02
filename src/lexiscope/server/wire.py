"""From payloads to bytes: JSON, or one safetensors document where arrays come along."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.server.payloads.base import BinaryPayload, Payload

JSON = "application/json"
BINARY = "application/vnd.safetensors"

# Random digits hardly shrink; counts, words and regular numbers halve.
_LEAST_JSON = 1024
_LEAST_BINARY = 64 * 1024
_LEAST_SAVED = 0.1
_LEVEL = 4


@dataclass(frozen=True)
class Encoded:
    """An answer's bytes.

    Attributes:
        body: As it is.
        media: Its content type.
        zipped: The same under gzip, or None where that saves less than a tenth.
    """

    body: bytes
    media: str
    zipped: bytes | None

    @property
    def size(self) -> int:
        """Bytes in memory."""
        return len(self.body) + (0 if self.zipped is None else len(self.zipped))


def encode(
    payload: Payload, arrays: Mapping[str, NDArray[Any]] | None = None, *, zipped: bool = True
) -> Encoded:
    """An answer's bytes.

    Args:
        payload: What there is to say.
        arrays: Those that its class declares; None for a payload that is JSON.
        zipped: Whether to try what gzip saves.

    Raises:
        ValueError: The arrays are not those that the class declares.
    """
    text = payload.model_dump_json()
    if arrays is None:
        if isinstance(payload, BinaryPayload):
            payload.check({})
        return compressed(text.encode(), JSON, _LEAST_JSON)
    _check(payload, arrays)
    content = _safetensors(text, arrays)
    return compressed(content, BINARY, _LEAST_BINARY) if zipped else Encoded(content, BINARY, None)


def _check(payload: Payload, arrays: Mapping[str, NDArray[Any]]) -> None:
    if not isinstance(payload, BinaryPayload):
        raise ValueError(f"{type(payload).__name__} declares no arrays, got {sorted(arrays)}")
    payload.check(arrays)


def compressed(body: bytes, media: str, least: int = _LEAST_JSON) -> Encoded:
    """Bytes with their gzip beside them, where that is worth it.

    Args:
        body: The bytes.
        media: Their content type.
        least: Fewer bytes are left as they are.
    """
    zipped = None
    if len(body) >= least:
        # No time of day inside, so that the same bytes always give the same bytes.
        smaller = gzip.compress(body, _LEVEL, mtime=0)
        if len(smaller) <= (1 - _LEAST_SAVED) * len(body):
            zipped = smaller
    return Encoded(body, media, zipped)


def _safetensors(text: str, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    from safetensors.numpy import save

    tensors = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content: bytes = save(tensors, {"payload": text})
    return content


def safetensors_text(payload: Payload, arrays: Mapping[str, NDArray[Any]]) -> str:
    """A binary answer as base64, as it stands in the single file.

    Raises:
        ValueError: The arrays are not those that the class declares.
    """
    _check(payload, arrays)
    return base64.b64encode(_safetensors(payload.model_dump_json(), arrays)).decode("ascii")
