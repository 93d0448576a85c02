"""spaCy's vectors, of a pipeline, its `vocab` or by themselves, and sense2vec's.

A folder with `vectors`, a `.npy` of V×D; `key2row`, words' hashes and their rows (see `key_rows`);
`strings.json`, a list of the words, in no order of theirs; and `vectors.cfg`, whose mode is
"default". sense2vec has the same with `freqs.json`, pairs of hash and count, and keys like
`duck|NOUN`. Several words may share a row. Source: spaCy's vectors.pyx and strings.pyx,
https://spacy.io/api/vectors; https://github.com/explosion/sense2vec.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_folder, counted_rows, sync_files
from lexiscope.files.opening import read_within, require_file
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.not_kept import Narrowing, NotKept, native
from lexiscope.formats.reading import npy_file
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.key_rows import keys_of, packed_key_rows, read_key_rows, symbols
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.token_rule import TokenRule

_VECTORS, _KEYS, _STRINGS, _CONFIG, _COUNTS = (
    "vectors", "key2row", "strings.json", "vectors.cfg", "freqs.json",
)  # fmt: skip
# Below the folder that a user names: of a pipeline; of its package, whose folder has a version.
_BELOW = (".", "vocab", "*/vocab")
_TOKENS = TokenRule(spelling="utf-8", empty=False)  # the hash of nothing is 0 in spaCy
_MOST_KEY_BYTES = 1 << 30
_BLOCK_VALUES = 1 << 21


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Words, and each one's row.

    Attributes:
        words: n, in the order of their rows.
        rows: n int64.
        counts: n int64, where the folder has them.
        warnings: What the user should know, a line each.
    """

    words: list[str]
    rows: NDArray[np.int64]
    counts: NDArray[np.int64] | None
    warnings: list[str]


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The words and vectors of a folder, some at a time; a row that words share comes for each.

    Raises:
        FormatError: A file is missing or damaged, does not fit the others, or the vectors are
            floret's.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    folder = _folder_of(path)
    if folder is None:
        raise FormatError(path, None, f"has no {_VECTORS} and {_KEYS}, expected spaCy's vectors")
    _refuse_floret(folder)
    matrix = npy_file.map_array(folder / _VECTORS)
    if matrix.ndim != 2 or matrix.dtype.kind != "f" or 0 in matrix.shape:
        raise FormatError(
            folder / _VECTORS,
            None,
            f"is of shape {matrix.shape} and type {matrix.dtype}, expected a matrix of floats",
        )
    rows = _rows_of(folder, len(matrix))
    warnings: list[str] = []
    lost: list[NotKept] = []
    yield VectorsStream(
        columns=int(matrix.shape[1]),
        # Words that share a row take more room than the file.
        rows=None,
        has_counts=rows.counts is not None,
        dtype=options.dtype,
        blocks=_blocks(matrix, rows, options, warnings, lost),
        warnings=warnings,
        lost=lost,
    )


def _rows_of(folder: Path, most: int) -> _Rows:
    keys_path, strings_path = folder / _KEYS, folder / _STRINGS
    require_file(keys_path)
    with keys_path.open("rb") as file:
        content = read_within(file, _MOST_KEY_BYTES)
    if content is None:
        raise FormatError(keys_path, None, f"has more than {_MOST_KEY_BYTES:,} bytes of keys")
    keys, rows = read_key_rows(content, keys_path)
    if not len(rows):
        raise FormatError(folder, None, "has vectors of no word, expected some")
    if int(rows.max()) >= most:
        raise FormatError(
            keys_path,
            None,
            f"names row {int(rows.max()):,} of {most:,}; the files are not of one folder",
        )
    words = json_document.read(strings_path, json_document.TABLE).texts()
    words += sorted(symbols().keys() - set(words))
    hashes = keys_of(words)
    order = np.argsort(hashes, kind="stable")
    places = np.searchsorted(hashes, keys, sorter=order)
    places[places == len(hashes)] = 0
    found = (hashes[order[places]] == keys) & (rows >= 0) if len(words) else rows < -1
    warnings = []
    if not bool(found.all()):
        warnings.append(
            f"{int((~found).sum()):,} of {len(keys):,} keys have no word in {_STRINGS} or no row; "
            "left out"
        )
    if not bool(found.any()):
        raise FormatError(
            strings_path, None, f"has none of the words of {_KEYS}; the files are not of one model"
        )
    keys, rows, places = keys[found], rows[found], order[places[found]]
    by_row = np.argsort(rows, kind="stable")
    rows, places = rows[by_row], places[by_row]
    shared = len(rows) - len(np.unique(rows))
    if shared:
        warnings.append(f"{shared:,} words share the row of another one, whose vector they have")
    return _Rows(
        words=[words[place] for place in places.tolist()],
        rows=rows,
        counts=_counts_of(folder, keys[by_row]),
        warnings=warnings,
    )


def _counts_of(folder: Path, keys: NDArray[np.uint64]) -> NDArray[np.int64] | None:
    """sense2vec's counts of some keys; None where there are none, or not of every key."""
    path = folder / _COUNTS
    if not path.is_file():
        return None
    pairs = json_document.read(path, json_document.TABLE).plain_entries()
    sound = all(
        isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n >= 0 for n in pair)
        for pair in pairs
    )
    if not sound:
        raise FormatError(path, None, "is no list of pairs of a key and a count; it is damaged")
    if not pairs or any(count >= 1 << 62 for _key, count in pairs):
        return None
    known = np.array([key for key, _count in pairs], np.uint64)
    counts = np.array([count for _key, count in pairs], np.int64)
    order = np.argsort(known, kind="stable")
    places = np.searchsorted(known, keys, sorter=order)
    places[places == len(known)] = 0
    places = order[places]
    return counts[places] if bool((known[places] == keys).all()) else None


def _blocks(
    matrix: NDArray[np.floating],
    rows: _Rows,
    options: ReadOptions,
    warnings: list[str],
    lost: list[NotKept],
) -> Iterator[Block]:
    intake, narrowing = Intake(options), Narrowing()
    step = max(1, _BLOCK_VALUES // matrix.shape[1])
    for start in range(0, len(rows.words), step):
        end = start + step
        vectors = native(narrowing.take(matrix[rows.rows[start:end]]))
        counts = None if rows.counts is None else rows.counts[start:end]
        yield intake.take(rows.words[start:end], vectors, counts)
        if intake.done:
            break
    warnings += rows.warnings + intake.warnings()
    lost += narrowing.not_kept()


def write(path: Path, data: Writable) -> None:
    """Writes a folder that spaCy's `Vectors.from_disk` and `nlp.vocab.from_disk` read.

    Over an existing one, if there is one of vectors alone.

    Raises:
        ConfigError: Something else is in the way, such as a whole pipeline.
        FormatError: A word is cut in mid-character, which JSON cannot say, or two words have one
            hash.
        OSError: The disk is full or cannot be written to.
    """
    target = Path(path)
    if target.is_symlink() or (target.exists() and not _holds_vectors_alone(target)):
        raise ConfigError(f"{target} exists and is no folder of vectors alone; name a new folder")
    stream = outgoing(target, data, _TOKENS)
    dtype = np.dtype(stream.dtype).newbyteorder("<")
    header = partial(npy_file.matrix_header, columns=stream.columns, dtype=dtype)
    words: list[str] = []
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(target, stream.least_bytes(dtype.itemsize)) as folder:
        with (
            (folder / _VECTORS).open("x+b") as file,
            counted_rows(file, header, stream.rows) as out,
        ):
            for block in stream.blocks:
                words += block.tokens
                out.write(len(block.tokens), [block.vectors.astype(dtype, copy=False).tobytes()])
        keys = keys_of(words)
        if len(np.unique(keys)) < len(keys):
            raise FormatError(target, None, "cannot hold two words that have one key in spaCy")
        (folder / _KEYS).write_bytes(packed_key_rows(keys))
        (folder / _STRINGS).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        (folder / _CONFIG).write_text(json.dumps({"mode": "default"}), encoding="utf-8")
        sync_files(folder)


def _holds_vectors_alone(path: Path) -> bool:
    """Whether a folder has nothing but what `write` writes."""
    names = {_VECTORS, _KEYS, _STRINGS, _CONFIG}
    return path.is_dir() and {inside.name for inside in path.iterdir()} <= names


def _refuse_floret(folder: Path) -> None:
    path = folder / _CONFIG
    if not path.is_file():
        return
    mode = json_document.read(path).plain_fields().get("mode", "default")
    if mode != "default":
        raise FormatError(
            folder,
            None,
            f"has vectors of the mode {mode!r:.40}, in which no word has a row of its own; export "
            "the words that you need from spaCy: nlp.vocab[word].vector for each",
        )


def _folder_of(path: Path) -> Path | None:
    """The folder with the vectors, at or below the one that was named; None where it is not one."""
    for pattern in _BELOW:
        places = [path] if pattern == "." else sorted(path.glob(pattern))
        fitting = [place for place in places if (place / _KEYS).is_file()]
        if len(fitting) == 1 and (fitting[0] / _VECTORS).is_file():
            return fitting[0]
    return None


def _sniff(_head: bytes, path: Path) -> bool:
    try:
        return path.is_dir() and _folder_of(path) is not None
    except OSError:
        return False


FORMAT = Format(
    name="spacy",
    description="spaCy's or sense2vec's folder of vectors",
    extensions=(),
    sniff=_sniff,
    stream=stream,
    write=write,
    tokens=_TOKENS,
    is_folder=True,
)
