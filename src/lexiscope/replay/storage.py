"""Files of recordings: `recording/steps.bin` of small runs, `recording/moments.bin` of others.

Layout of both (all numbers little-endian):
    8 bytes   the magic, b"LXSTEPS\\n" or b"LXMOMNT\\n"
    u32       version, 1
    u32       length of the header
    u32       CRC-32 of the header's bytes
    header    JSON: `facts`, an object; `parts`, a list of
              {name, dtype, shape, packed, offset, size, crc32}, offsets counted from the header's
              end, without gaps
    parts     arrays in C order, raw or deflated (zlib) where `packed`

Parts of `steps.bin` (those of `moments.bin` are the arrays of `inspection.snapshots`):
    order     int32 (steps), the example of each step
    members, starts, targets   the examples
    negatives int32 (steps, K), where negatives were drawn
    losses    float32 (steps)
    states    (keyframes, numbers of a state): W, W′, with Adam their moments
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.files.compression import DamagedDataError, inflate
from lexiscope.files.json_document import TABLE, Value
from lexiscope.files.opening import require_file

FOLDER = "recording"
STEPS_FILE = f"{FOLDER}/steps.bin"
# "Moments" is what the format called snapshots first; files are still found by it.
SNAPSHOTS_FILE = f"{FOLDER}/moments.bin"
MAGIC = b"LXSTEPS\n"
SNAPSHOTS_MAGIC = b"LXMOMNT\n"
VERSION = 1

_HEAD = struct.Struct("<8sIII")
_DTYPES = {"<i4", "<i8", "<f4", "<f8"}
# Losses and weights are left as they are: deflating random digits gains a tenth, and takes a third
# of the time that the run itself takes.
_PACKED = {"order", "members", "starts", "targets", "negatives"}
# A packed part may stand for so many bytes, or so many times its own, or twice the file's: the loss
# of each step stands there unpacked, and of what is packed only negatives take more a step.
_ALWAYS_ALLOWED, _MOST_EXPANSION, _FILES_ALLOWED = 48 << 20, 32, 2


@dataclass(frozen=True)
class Kind:
    """A kind of recording.

    Attributes:
        file: Its path in the model folder.
        magic: Eight bytes.
        made_by: The command that makes one.
    """

    file: str
    magic: bytes
    made_by: str


STEPS = Kind(STEPS_FILE, MAGIC, "lexiscope record")
SNAPSHOTS = Kind(SNAPSHOTS_FILE, SNAPSHOTS_MAGIC, "lexiscope train --record")


def encode(
    facts: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], kind: Kind = STEPS
) -> bytes:
    """A recording's file as bytes.

    Args:
        facts: What JSON can hold.
        arrays: Name → array.
        kind: Of the recording.
    """
    parts: list[dict[str, Any]] = []
    contents: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content = little.tobytes()
        packed = zlib.compress(content, 1) if name in _PACKED else content
        # What packs closer than a reader allows stays as it is.
        is_packed = name in _PACKED and len(content) <= max(
            _ALWAYS_ALLOWED, _MOST_EXPANSION * len(packed)
        )
        if is_packed:
            content = packed
        parts.append(
            {
                "name": name,
                "dtype": little.dtype.str,
                "shape": list(array.shape),
                "packed": is_packed,
                "offset": offset,
                "size": len(content),
                "crc32": zlib.crc32(content),
            }
        )
        contents.append(content)
        offset += len(content)
    header = json.dumps({"facts": facts, "parts": parts}).encode()
    head = _HEAD.pack(kind.magic, VERSION, len(header), zlib.crc32(header))
    return b"".join([head, header, *contents])


def decode(path: Path, kind: Kind = STEPS) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Reads and checks a recording's file, every byte of it.

    Args:
        path: The file.
        kind: What it is to be.

    Returns:
        The facts, and name → array. Arrays are writable only because a kernel is compiled anew for
        those that are not.

    Raises:
        FormatError: The file is missing, truncated, damaged, or of another version.
    """
    if not path.exists():
        raise FormatError(
            path.parent.parent if path.parent.name == FOLDER else path,
            None,
            f"holds no recording ({kind.file} is missing); make one with `{kind.made_by}`",
        )
    require_file(path)
    content = path.read_bytes()
    header, start = _header(path, content, kind.magic)
    arrays: dict[str, NDArray[Any]] = {}
    at = start
    for part in header["parts"].entries():
        name = part["name"].text()
        if name in arrays:
            raise part.error(f"lists the part {name!r:.60} twice")
        arrays[name], at = _part(path, content, at, start, part)
    if at != len(content):
        raise FormatError(
            path, f"byte {at}", f"{len(content) - at:,} bytes too many; copy the recording again"
        )
    return header["facts"].plain_fields(), arrays


def _header(path: Path, content: bytes, magic: bytes) -> tuple[Value, int]:
    if content[: len(magic)] != magic[: len(content)]:
        raise FormatError(path, "byte 0", f"starts with {content[:8]!r}, expected {magic!r}")
    if len(content) < _HEAD.size:
        raise _truncated(path, len(content), _HEAD.size)
    _, version, length, check = _HEAD.unpack_from(content)
    if version != VERSION:
        raise FormatError(
            path,
            None,
            f"is a recording of version {version}, this program reads version {VERSION}; "
            + ("update lexiscope" if version > VERSION else "record the run again"),
        )
    raw = content[_HEAD.size : _HEAD.size + length]
    if len(raw) != length:
        raise _truncated(path, len(content), _HEAD.size + length)
    if zlib.crc32(raw) != check:
        raise FormatError(
            path, f"byte {_HEAD.size}", "the header is damaged (its checksum differs); copy again"
        )
    return json_document.parse(raw, path, TABLE, position="the header"), _HEAD.size + length


def _part(path: Path, content: bytes, at: int, start: int, part: Value) -> tuple[NDArray[Any], int]:
    """One array, and where the next begins."""
    name, size, shape = part["name"].text(), part["size"].whole(), part["shape"].wholes()
    where = f"part {name!r:.60}"
    if part["dtype"].text() not in _DTYPES:
        raise part["dtype"].fault(f"one of {', '.join(sorted(_DTYPES))}")
    if part["offset"].whole() != at - start:
        raise FormatError(path, where, "does not lie where the part before it ends")
    stored = memoryview(content)[at : at + size]
    if len(stored) != size:
        raise _truncated(path, len(content), at + size, where)
    if zlib.crc32(stored) != part["crc32"].whole():
        raise FormatError(path, where, "is damaged (its checksum differs); copy the folder again")
    dtype = np.dtype(part["dtype"].text())
    expected = prod(shape) * dtype.itemsize
    allowed = max(_ALWAYS_ALLOWED, _MOST_EXPANSION * size, _FILES_ALLOWED * len(content))
    if part["packed"].plain is not True:
        if size != expected:
            raise FormatError(path, where, f"has {size:,} bytes, its shape needs {expected:,}")
        plain = bytearray(stored)
    elif name not in _PACKED or expected > allowed:
        raise FormatError(
            path,
            where,
            f"is packed {size:,} bytes for {expected:,}, more than it can stand for",
        )
    else:
        try:
            plain = inflate(stored, expected)
        except DamagedDataError as error:
            raise FormatError(path, where, f"cannot be unpacked ({error.reason})") from error
    return np.frombuffer(plain, dtype).reshape(shape), at + size


def _truncated(path: Path, got: int, expected: int, where: str | None = None) -> FormatError:
    return FormatError(
        path,
        where,
        f"is truncated: {got:,} bytes, expected at least {expected:,}; copy the folder again",
    )
