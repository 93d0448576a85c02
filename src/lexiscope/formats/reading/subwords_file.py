"""`subwords.safetensors` of a model folder: the rows of character n-grams.

Tensors: `ngrams`, N×D float32, a row for each bucket that has one; `buckets`, N int32, which those
are, rising; and `words`, V×D float32, the words' own rows, where they are known. The header's texts
say `min_n`, `max_n` and `buckets` (how many there are in all); `pruned` where a bucket without a
row does not count in a word's mean, as in fastText's quantised models, while elsewhere it has a row
of zeros; and `hashed_characters` where characters are hashed and not bytes, as in gensim up to 3.6.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.contract import Matrix, Rows, Subwords
from lexiscope.formats.reading import safetensors_file
from lexiscope.formats.reading.spread import SpreadRows

NAME = "subwords.safetensors"
_BLOCK = 2**14
_LONGEST_NGRAM = 100
_MOST_BUCKETS = 2**31 - 1


def write(path: Path, subwords: Subwords) -> None:
    """Writes the rows to a new file and waits until the disk has it."""
    texts = {"min_n": subwords.minn, "max_n": subwords.maxn, "buckets": subwords.buckets}
    rows = subwords.rows
    if subwords.hashing == "characters":
        texts["hashed_characters"] = 1
    if subwords.pruned is not None:
        texts["pruned"] = 1
        used = np.array(sorted(subwords.pruned), dtype=np.int32)
        places = np.array([subwords.pruned[bucket] for bucket in used.tolist()], dtype=np.int64)
    elif isinstance(rows, SpreadRows):
        used, rows = rows.used, rows.rows
        places = np.arange(len(used))
    else:
        used = np.arange(subwords.buckets, dtype=np.int32)
        places = np.arange(subwords.buckets)
    matrices: dict[str, Matrix | safetensors_file.Rows] = {
        "ngrams": safetensors_file.Rows(
            columns=rows.shape[1], expected=len(used), blocks=_blocks(rows, places)
        ),
        "buckets": safetensors_file.Rows(
            columns=1, expected=len(used), blocks=iter([used[:, None]]), dtype="int32"
        ),
    }
    if subwords.own is not None:
        matrices["words"] = subwords.own
    with path.open("xb") as stream:
        header = {name: str(value) for name, value in texts.items()}
        safetensors_file.put_matrices(stream, matrices, header)
        stream.flush()
        os.fsync(stream.fileno())


def _blocks(rows: Rows, places: NDArray[np.int64]) -> Iterator[Matrix]:
    for start in range(0, len(places), _BLOCK):
        block = places[start : start + _BLOCK]
        in_order = len(block) == block[-1] - block[0] + 1
        yield rows[int(block[0]) : int(block[-1]) + 1] if in_order else rows[block]


def read(path: Path, shape: tuple[int, ...], *, mmap: bool) -> Subwords:
    """Reads the rows.

    Args:
        path: The file.
        shape: Of the words' vectors, (V, D).
        mmap: Whether they are mapped, or loaded.

    Raises:
        FormatError: It is damaged, or not of these words.
    """
    tensors, texts = safetensors_file.tensors_of(path)
    for name in ("ngrams", "buckets"):
        if name not in tensors:
            raise FormatError(path, None, f"has no tensor {name!r}; copy or train the model again")
    minn, maxn, buckets = (_number(path, texts, name) for name in ("min_n", "max_n", "buckets"))
    if not (1 <= minn <= maxn <= _LONGEST_NGRAM and 1 <= buckets <= _MOST_BUCKETS):
        raise FormatError(
            path,
            "the header",
            f"says n-grams of {minn:,} to {maxn:,} characters in {buckets:,} buckets, which cannot "
            "be; the file is damaged",
        )
    used = safetensors_file.read_numbers(path, tensors["buckets"])
    rows = safetensors_file.read_float32(path, tensors["ngrams"], mmap=mmap)
    own = None
    if "words" in tensors:
        own = safetensors_file.read_float32(path, tensors["words"], mmap=mmap)
    if rows.shape != (len(used), shape[1]) or (own is not None and own.shape != shape):
        raise FormatError(
            path,
            None,
            f"has rows of shape {rows.shape} for {len(used):,} buckets"
            + ("" if own is None else f", and words' own of shape {own.shape}")
            + f", which do not fit vectors of shape {shape}; the folder's files are not of one "
            "model",
        )
    rising = len(used) == 0 or (
        used[0] >= 0 and used[-1] < buckets and bool(np.all(used[1:] > used[:-1]))
    )
    if not rising:
        raise FormatError(
            path, "tensor 'buckets'", f"does not rise from 0 to below {buckets:,}; it is damaged"
        )
    known: dict[str, Any] = {"minn": minn, "maxn": maxn, "buckets": buckets, "own": own}
    if "hashed_characters" in texts:
        known["hashing"] = "characters"
    if "pruned" in texts:
        pruned = dict(zip(used.tolist(), range(len(used)), strict=True))
        return Subwords(**known, rows=rows, pruned=pruned)
    return Subwords(**known, rows=SpreadRows(buckets, used, rows))


def _number(path: Path, texts: dict[str, str], name: str) -> int:
    text = texts.get(name, "")
    if not (isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) < 12):
        raise FormatError(
            path, "the header", f"has {text!r:.40} for {name}, expected a whole number"
        )
    return int(text)
