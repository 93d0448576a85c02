"""Files changed so that their structure stays: lengths, opcodes, headers and JSON fit again.

Damage to single bytes is mostly seen at once by a checksum, a length or a parser. What is changed
here gets past them, to what a reader makes of values that it does not expect.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import pickletools
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import zstandard

from tests.support.fuzz import EXTREMES, damaged

Mutated = tuple[bytes, str]

_TEXTS = (
    "", "a", "\0", "\n", "\x1b[2J", "\u202e", "\ufeff", "é", "😀", "²", "٣", "1e400", "-1", "nan",
    "Infinity", "../../x", "/", "a" * 300, "true", "null", "\ud800", "__class__", "F32", "<f4",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 0.5, -0.0, 1e308,
    float("inf"), float("nan"), [], {}, [[]], [0, 0], [-1, 2], [10**9, 0], {"": 0}, [None], *_TEXTS,
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_UNWRAP: dict[bytes, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": (gzip.decompress, gzip.compress),
    b"BZh": (bz2.decompress, bz2.compress),
    b"\xfd7zXZ": (lzma.decompress, lzma.compress),
    b"\x28\xb5\x2f\xfd": (
        lambda content: zstandard.ZstdDecompressor().decompressobj().decompress(content),
        zstandard.ZstdCompressor(write_checksum=True).compress,
    ),
}
_SIMPLE_OPCODES = b"(01N\x88\x89]}).tl\x85\x86\x87aesubR\x81\x8f\x90\x91\x93\x94d"
_MOST_VALUES = 2000


def mutated(content: bytes, rng: np.random.Generator) -> Mutated:
    """A file's content with one thing changed that fits in, and what.

    Files of kinds that are not known here are damaged anywhere.
    """
    for magic, (unpack, pack) in _UNWRAP.items():
        if content.startswith(magic):
            inner, what = mutated(unpack(content), rng)
            return pack(inner), f"inside: {what}"
    for fits, change in _KINDS:
        if fits(content):
            return change(content, rng)
    return damaged(content, rng)


def _one_of(values: Any, rng: np.random.Generator) -> Any:
    return values[int(rng.integers(0, len(values)))]


# Pickles


def _of_pickle(content: bytes, rng: np.random.Generator) -> Mutated:
    """Opcodes changed, moved, doubled, left out or put in."""
    starts = [place for _code, _argument, place in pickletools.genops(content)]
    found = [
        content[start:end] for start, end in zip(starts, [*starts[1:], len(content)], strict=True)
    ]
    place = int(rng.integers(1, len(found) - 1))
    kind = _one_of(("number", "text", "double", "leave out", "put in", "swap", "get"), rng)
    if kind == "number":
        found[place] = _number(rng)
    elif kind == "text":
        encoded = _one_of(_TEXTS, rng).encode("utf-8", "surrogatepass")
        found[place] = b"X" + struct.pack("<I", len(encoded)) + encoded
    elif kind == "double":
        found.insert(int(rng.integers(1, len(found))), found[place])
    elif kind == "leave out":
        del found[place]
    elif kind == "put in":
        found.insert(place, bytes([_one_of(_SIMPLE_OPCODES, rng)]))
    elif kind == "swap":
        other = int(rng.integers(1, len(found) - 1))
        found[place], found[other] = found[other], found[place]
    else:
        found[place] = b"h" + bytes([int(rng.integers(0, 40))])
    return b"".join(found), f"{kind} at opcode {place}"


def _number(rng: np.random.Generator) -> bytes:
    value = _one_of((*EXTREMES, 2**64, -(2**70), 2**700), rng)
    encoded = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8b" + struct.pack("<I", len(encoded)) + encoded


# JSON, also in front of tensors


def _is_json(content: bytes) -> bool:
    if content[:1] not in (b"{", b"["):
        return False
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def _of_json(content: bytes, rng: np.random.Generator) -> Mutated:
    document = json.loads(content)
    document, what = _changed(document, rng)
    return json.dumps(document).encode("utf-8", "surrogatepass"), what


def _changed(document: Any, rng: np.random.Generator) -> tuple[Any, str]:
    """A document with one value replaced, left out, doubled or wrapped."""
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting and len(places) < _MOST_VALUES:
        value = waiting.pop()
        keys = list(value) if isinstance(value, dict) else range(len(value))
        places += [(value, key) for key in keys]
        waiting += [value[key] for key in keys if isinstance(value[key], dict | list)]
    if not places:
        return _one_of(_VALUES, rng), "all of it"
    holder, key = _one_of(places, rng)
    kind = _one_of(("replace", "replace", "replace", "leave out", "wrap", "nest", "rename"), rng)
    if kind == "replace":
        holder[key] = _one_of(_VALUES, rng)
    elif kind == "leave out":
        del holder[key]
    elif kind == "wrap":
        holder[key] = [holder[key]] if rng.random() < 0.5 else {"a": holder[key]}
    elif kind == "nest":
        value: Any = holder[key]
        for _ in range(500):
            value = [value]
        holder[key] = value
    elif isinstance(holder, dict):
        holder[_one_of(_TEXTS, rng)] = holder.pop(key)
    return document, f"{kind} of {str(key)[:40]!r}"


def _header(content: bytes) -> bytes:
    """The JSON at the start of a safetensors file; nothing where it is none."""
    length = int.from_bytes(content[:8], "little")
    header = content[8 : 8 + length]
    return header if length < len(content) and _is_json(header) else b""


def _of_safetensors(content: bytes, rng: np.random.Generator) -> Mutated:
    header = _header(content)
    changed, what = _of_json(header, rng)
    rest = content[8 + len(header) :]
    if rng.random() < 0.2:
        rest, more = damaged(rest, rng)
        what += f", {more}"
    return len(changed).to_bytes(8, "little") + changed + rest, what


# NumPy's files


def _of_npy(content: bytes, rng: np.random.Generator) -> Mutated:
    """Another type, shape or order in the header, whose length fits."""
    length = int.from_bytes(content[8:10], "little")
    header = content[10 : 10 + length].decode("latin-1")
    fields = {
        "descr": ("<f2", ">f4", "<f8", "|b1", "<u8", "|O", "<M8[s]", "|V0", "<f3", "|S0", "²"),
        "fortran_order": ("True", "False", "1", "None"),
        "shape": ("()", "(0,)", "(0, 5)", "(8, 0)", "(8, -5)", "(1000000000, 0)", "(40,)", "(5, 8)",
                  "(999999999999999999, 999999999999999999)", "(0, 999999999999999999)",
                  "(8, 5, 1)", "(8.0, 5)", "(True, 5)"),
    }  # fmt: skip
    name = _one_of(tuple(fields), rng)
    value = _one_of(fields[name], rng)
    shown = repr(value) if name == "descr" else value
    header = re.sub(rf"(?<='{name}': )(?:'[^']*'|\([^)]*\)|\w+)", shown, header)
    changed = header.encode("latin-1").ljust(length)
    return content[:8] + len(changed).to_bytes(2, "little") + changed + content[10 + length :], name


# Text


def _is_text(content: bytes) -> bool:
    try:
        return b"\n" in content and "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _of_text(content: bytes, rng: np.random.Generator) -> Mutated:
    """A field replaced, doubled or left out, or a number set to an extreme."""
    lines = content.split(b"\n")
    row = int(rng.integers(0, len(lines)))
    separator = next((mark for mark in (b"\t", b",", b" ") if mark in lines[row]), b" ")
    fields = lines[row].split(separator)
    place = int(rng.integers(0, len(fields)))
    kind = _one_of(("text", "number", "double", "leave out", "long"), rng)
    if kind == "text":
        fields[place] = _one_of(_TEXTS, rng).encode("utf-8", "surrogatepass")
    elif kind == "number":
        fields[place] = _NUMBER.sub(b"%d" % _one_of(EXTREMES, rng), fields[place], count=1)
    elif kind == "double":
        fields.insert(place, fields[place])
    elif kind == "leave out":
        del fields[place]
    else:
        fields[place] = b"9" * int(rng.integers(1, 5000))
    lines[row] = separator.join(fields)
    return b"\n".join(lines), f"{kind} in line {row + 1}, field {place + 1}"


_KINDS: tuple[
    tuple[Callable[[bytes], bool], Callable[[bytes, np.random.Generator], Mutated]], ...
] = (
    (lambda content: content[:1] == b"\x80" and content[-1:] == b".", _of_pickle),
    (lambda content: content.startswith(b"\x93NUMPY\x01"), _of_npy),
    (_is_json, _of_json),
    (lambda content: bool(_header(content)), _of_safetensors),
    (_is_text, _of_text),
)
