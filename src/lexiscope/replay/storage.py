"""The files of recordings: `recording/steps.bin` of small runs, `recording/moments.bin` of others.

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
    states    (checkpoints, numbers of a state): W, W′, with Adam their moments
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
        if name in _PACKED:
            content = zlib.compress(content, 1)
        parts.append(
            {
                "name": name,
                "dtype": little.dtype.str,
                "shape": list(array.shape),
                "packed": name in _PACKED,
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
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FormatError(
            path.parent.parent if path.parent.name == FOLDER else path,
            None,
            f"holds no recording ({kind.file} is missing); make one with `{kind.made_by}`",
        ) from None
    header, start = _header(path, content, kind.magic)
    arrays: dict[str, NDArray[Any]] = {}
    at = start
    for part in header["parts"]:
        try:
            name, array, at = _part(path, content, at, start, part)
        except (KeyError, TypeError, ValueError) as error:
            reason = f"lists a part that is none ({type(error).__name__}: {error})"
            raise FormatError(path, "the header", reason) from error
        arrays[name] = array
    if at != len(content):
        raise FormatError(
            path, f"byte {at}", f"{len(content) - at:,} bytes too many; copy the recording again"
        )
    return header["facts"], arrays


def _header(path: Path, content: bytes, magic: bytes) -> tuple[dict[str, Any], int]:
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
    try:
        header = json.loads(raw)
    except ValueError as error:
        raise FormatError(path, f"byte {_HEAD.size}", f"is no JSON ({error})") from error
    if not isinstance(header, dict) or not {"facts", "parts"} <= set(header):
        raise FormatError(path, f"byte {_HEAD.size}", "the header has no facts and parts")
    return header, _HEAD.size + length


def _part(
    path: Path, content: bytes, at: int, start: int, part: Mapping[str, Any]
) -> tuple[str, NDArray[Any], int]:
    """One array, and where the next begins."""
    name, size, shape = str(part["name"]), int(part["size"]), [int(n) for n in part["shape"]]
    where = f"part {name!r}"
    if part["offset"] != at - start or size < 0 or part["dtype"] not in _DTYPES:
        raise FormatError(path, where, "does not lie where the part before it ends")
    stored = memoryview(content)[at : at + size]
    if len(stored) != size:
        raise _truncated(path, len(content), at + size, where)
    if zlib.crc32(stored) != part["crc32"]:
        raise FormatError(path, where, "is damaged (its checksum differs); copy the folder again")
    dtype = np.dtype(part["dtype"])
    expected = prod(shape) * dtype.itemsize
    plain: bytes | memoryview = stored
    if part["packed"]:
        try:
            plain = zlib.decompress(stored)
        except zlib.error as error:
            raise FormatError(path, where, f"cannot be unpacked ({error})") from error
    if len(plain) != expected:
        raise FormatError(path, where, f"has {len(plain):,} bytes, its shape needs {expected:,}")
    return name, np.frombuffer(bytearray(plain), dtype).reshape(shape), at + size


def _truncated(path: Path, got: int, expected: int, where: str | None = None) -> FormatError:
    return FormatError(
        path,
        where,
        f"is truncated: {got:,} bytes, expected at least {expected:,}; copy the folder again",
    )
