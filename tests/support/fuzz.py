"""Damage to single bytes and stretches of a file, and what must still be right after it.

The run that opens what is damaged is `tests.reliability.fuzz`.
"""

from __future__ import annotations

import re

import numpy as np

from lexiscope.formats.contract import VectorsData
from tests.support.fuzz_cases import Case

EXTREMES = (0, 1, -1, 2, 255, 256, 65535, 65536, 2**31 - 1, -(2**31), 2**32 - 1, 10**12, 2**62)
_NUMBER = re.compile(rb"\d+")
_HEAD = 400


def damaged(content: bytes, rng: np.random.Generator) -> tuple[bytes, str]:
    """A file's content with one thing wrong, and what."""
    size = len(content)
    if size == 0:
        return content, "nothing left"
    place = int(rng.integers(0, size))
    kinds = ["flip", "set", "cut", "insert", "delete", "splice", "number"]
    kind = rng.choice([*kinds, "line"] if _is_text(content) else kinds)
    data = bytearray(content)
    if kind == "flip":
        data[place] ^= 1 << int(rng.integers(0, 8))
    elif kind == "set":
        length = int(rng.integers(1, 9))
        data[place : place + length] = rng.bytes(min(length, size - place))
    elif kind == "cut":
        del data[place:]
    elif kind == "insert":
        data[place:place] = rng.bytes(int(rng.integers(1, 30)))
    elif kind == "delete":
        del data[place : place + int(rng.integers(1, 60))]
    elif kind == "splice":
        kind = "copied"
        start = int(rng.integers(0, size))
        piece = data[start : start + int(rng.integers(1, 80))]
        data[place : place + (len(piece) if rng.random() < 0.5 else 0)] = piece
    elif kind == "number":
        place = _set_number(data, rng)
    else:
        lines = content.split(b"\n")
        start, target = (int(rng.integers(0, len(lines))) for _ in range(2))
        lines.insert(target, lines[start])
        data = bytearray(b"\n".join(lines))
        place = target
    return bytes(data), f"{kind} at {place}"


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


def _set_number(data: bytearray, rng: np.random.Generator) -> int:
    """Sets a number near the start, in decimals or in binary, to an extreme; gives where."""
    value = EXTREMES[int(rng.integers(0, len(EXTREMES)))]
    texts = list(_NUMBER.finditer(data[:_HEAD]))
    if texts and rng.random() < 0.5:
        found = texts[int(rng.integers(0, len(texts)))]
        data[found.start() : found.end()] = b"%d" % value
        return found.start()
    width = int(rng.choice([1, 2, 4, 8]))
    place = int(rng.integers(0, max(1, min(_HEAD, len(data) - width))))
    data[place : place + width] = (value % (1 << 8 * width)).to_bytes(width, "little")
    return place


def fault_of(case: Case, files: dict[str, bytes], data: VectorsData, what: str = "") -> str | None:
    """What is wrong with what was read from damaged files; None where nothing is."""
    if len(data.tokens) != len(data.vectors) or len(set(data.tokens)) != len(data.tokens):
        return "words and rows do not fit each other"
    intact = list(range(len(case.words))) if case.checked else case.intact(files)
    rows = {token: row for row, token in enumerate(data.tokens)}
    # Damage may have copied a row and then hit the first of the two, or put it beyond the last.
    copied = "copied" in what or "line" in what
    told = any(
        "repeat a word" in warning
        or "not whole UTF-8" in warning
        or "control characters" in warning
        or (copied and " after the " in warning)
        for warning in data.warnings
    ) or (copied and ", " in what)
    for row in intact:
        word = case.words[row]
        if word not in rows:
            if not data.warnings:
                return f"the row of {word!r} is lost without a warning"
        elif not told and not _same(data.vectors[rows[word]], case.vectors[row]):
            return f"the vector of {word!r} is another"
    return None


def _same(found: np.ndarray, expected: np.ndarray) -> bool:
    return found.shape == expected.shape and np.allclose(found, expected, rtol=1e-5, atol=1e-6)
