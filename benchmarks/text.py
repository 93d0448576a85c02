"""The text that is trained on, as the plain file that gensim needs."""

from __future__ import annotations

import random
from pathlib import Path

from lexiscope.corpus.input.streams import TextInput

_BLOCK = 2**20


def plain_copy(source: Path, target: Path, megabytes: float | None = None) -> Path:
    """Unpacks a text, whole or its first lines.

    Args:
        source: Plain, gzip, bzip2, xz or Zstandard; one sentence a line.
        target: The file to write; not written where `source` can be used as it is.
        megabytes: Stop after the line in which so many MB are reached.

    Returns:
        The plain file: `target` or `source`.

    Raises:
        CorpusError: The text is missing or damaged.
    """
    text = TextInput(str(source))
    try:
        if text.compression is None and megabytes is None:
            return source
        left = float("inf") if megabytes is None else megabytes * 1e6
        buffer = bytearray(_BLOCK)
        view = memoryview(buffer)
        with target.open("wb") as out:
            while count := text.readinto(view):
                if count >= left:
                    end = buffer.find(b"\n", max(int(left) - 1, 0), count)
                    if end >= 0:
                        out.write(view[: end + 1])
                        break
                out.write(view[:count])
                left -= count
    finally:
        text.close()
    return target


def write_warm_up(target: Path) -> Path:
    """A text of a few lines, for compiling kernels and loading code before the clock starts."""
    rng = random.Random(1)
    words = [f"word{i}" for i in range(60)]
    lines = (" ".join(rng.choices(words, k=15)) for _ in range(300))
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target
