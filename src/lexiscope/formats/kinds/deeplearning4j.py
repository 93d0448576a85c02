"""deeplearning4j's model: a zip archive of tables.

Parts: `syn0.txt`, W as word2vec's text, with a line of three numbers (words, columns, documents)
and words as `B64:` and base64; `syn1Neg.txt` or `syn1.txt`, W′, a row a line without words;
`frequencies.txt`, a line `word count documents` a word; and the tree's codes and the options, which
are not read. Source: WordVectorSerializer.writeWord2VecModel of
https://github.com/deeplearning4j/deeplearning4j.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, cast
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files.archives import ZIP_MAGIC, opened_zip, zip_names
from lexiscope.files.opening import Chunks, read_within
from lexiscope.files.unwrapping import unpacks_to
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    VectorsData,
    fits,
)
from lexiscope.formats.kinds.word2vec import text
from lexiscope.formats.reading.intake import select
from lexiscope.formats.reading.text_rows import from_base64
from lexiscope.formats.reading.text_values import Place, parse_decimals

_INPUT, _COUNTS = "syn0.txt", "frequencies.txt"
_OUTPUTS = ("syn1Neg.txt", "syn1.txt")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads words, W, and where they are there W′ and counts.

    Raises:
        FormatError: The archive is damaged, or a part of it.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    with opened_zip(path) as archive:
        content = _part(archive, _INPUT, path)
        if content is None:
            raise FormatError(path, None, f"has no {_INPUT}, expected deeplearning4j's archive")
        data = text.stream_of(Chunks.of_bytes(content), path, ReadOptions()).collect()
        data.counts = _counts(_part(archive, _COUNTS, path), data.tokens)
        for name in _OUTPUTS:
            lines = (_part(archive, name, path) or b"").split(b"\n")
            rows = [line.strip() for line in lines if line.strip()]
            if rows:
                _take_output(data, rows, name, path)
                break
    return select(data, options)


def _take_output(data: VectorsData, rows: list[bytes], name: str, path: Path) -> None:
    columns = int(data.vectors.shape[1])
    place = Place(path=path, lines_before=0, said_by=f"of {name}")
    for row, line in enumerate(rows):
        if line.count(b" ") + 1 != columns:
            raise place.error(row, f"of {name} has not {columns:,} values")
    output: Matrix = parse_decimals(rows, columns, place, 0)
    if fits(data.vectors.shape, output):
        data.output = output
    else:
        data.warnings.append(f"{name} of shape {output.shape} does not fit and was left out")


def _counts(content: bytes | None, words: list[str]) -> NDArray[np.int64] | None:
    """A count for each word; none where a word has none."""
    counts: dict[str, int] = {}
    for line in (content or b"").split(b"\n"):
        fields = line.split(b" ")
        try:
            counts[from_base64(fields[0])] = int(float(fields[1]))
        except (IndexError, ValueError, OverflowError):
            continue
    if any(not 0 <= counts.get(word, -1) < 1 << 62 for word in words):
        return None
    return np.array([counts[word] for word in words], dtype=np.int64)


def _part(archive: ZipFile, name: str, path: Path) -> bytes | None:
    """A part's content, as much as vectors can be; None where there is none."""
    if name not in archive.namelist():
        return None
    with archive.open(name) as part:
        content = read_within(cast(BinaryIO, part), unpacks_to(path.stat().st_size))
    if content is None:
        raise FormatError(path, None, f"{name} unpacks to more than vectors do")
    return content


def _sniff(head: bytes, path: Path) -> bool:
    # Of an archive with one text of vectors the head is that text's.
    if not path.is_file() or not head:
        return False
    try:
        with path.open("rb") as stream:
            return stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC and _INPUT in zip_names(path)
    except OSError:
        return False


FORMAT = Format(
    name="deeplearning4j",
    description="deeplearning4j's zip archive",
    extensions=(".zip",),
    sniff=_sniff,
    write=None,
    read=read,
)
