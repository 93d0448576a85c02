"""word2vec's text format, which is fastText's .vec too.

Layout: `V D` newline, then V rows of a token, a space and D decimals with a space between, newline.
The C tool and fastText leave a space before the newline; the C tool writes 6 decimals, fastText 5
significant digits, gensim the shortest that give the same float32, and so does `write`.

What a row may look like is in `text_rows`; a byte order mark is accepted besides. deeplearning4j
writes a third number into the first line, and words as `B64:` and their UTF-8 in base64.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.atomic import counted_file
from lexiscope.files.opening import HEAD_BYTES, Chunks, chunks
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.header import (
    MAX_DIMENSIONS,
    parse_header,
    read_header,
    starts_as_text,
)
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import check_head, outgoing
from lexiscope.formats.reading.text_rows import TextRows, in_row_fault, text_lines
from lexiscope.formats.reading.text_values import Place
from lexiscope.formats.token_rule import LONGEST_IN_TEXT, TokenRule

_SAID_BY = "as line 1 declares; the row is damaged or the header wrong"
_TOKENS = TokenRule(
    spelling="bytes",
    without="\n",
    longest=LONGEST_IN_TEXT,
    special=in_row_fault,
)


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of a word2vec text file, some at a time.

    Raises:
        FormatError: The header cannot be true; while the rows are gone through: see `read`.
    """
    with chunks(path, is_part=options.limit is not None) as content:
        yield stream_of(content, path, options)


def stream_of(content: Chunks, path: Path, options: ReadOptions) -> VectorsStream:
    """The rows of a text that is open at its start.

    Raises:
        FormatError: As `stream`.
    """
    head = content.read(HEAD_BYTES)
    # A row has a separator and a digit for each value, and a line end.
    header = read_header(
        head, path, size=content.size, row_bytes=1, value_bytes=2, limit=options.limit
    )
    if not starts_as_text(head, header) and b"\x00" in head:
        raise FormatError(path, "row 1", "is raw bytes, not decimals; read it as word2vec binary")
    count = header.rows if options.limit is None else min(options.limit, header.rows)
    place = Place(path=path, lines_before=1, said_by=_SAID_BY)
    rows = TextRows(
        place,
        content,
        head[header.end :],
        header.columns,
        count,
        options.decimals,
        is_counted=True,
    )
    warnings: list[str] = []
    return VectorsStream(
        columns=header.columns,
        rows=None if content.size is None else count,
        dtype=options.dtype,
        blocks=_blocks(rows, options, count, header.rows, warnings),
        warnings=warnings,
        progress=content.progress,
    )


def _blocks(
    rows: TextRows, options: ReadOptions, count: int, declared: int, warnings: list[str]
) -> Iterator[Block]:
    intake = Intake(replace(options, limit=None))
    for words, vectors in rows.blocks():
        yield intake.take(words, vectors)
        if intake.done:
            break
    warnings += intake.warnings()
    if intake.done:
        return
    if rows.done < count:
        raise rows.missing(declared)
    if count == declared:
        rows.check_words()
        extra = rows.rows_left_over()
        if extra > 0:
            warnings.append(
                f"{extra:,} rows after the {count:,} that line 1 declares were left out"
            )
        elif rows.cut_line is not None and rows.cut_line.strip():
            warnings.append("the last row has no line end; the file may be cut in its last number")


def write(path: Path, data: Writable) -> None:
    """Writes a word2vec text file whose values come back as the same float32.

    Raises:
        FormatError: A token cannot stand in this format; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    source = outgoing(path, data, _TOKENS, columns=(1, MAX_DIMENSIONS))
    with counted_file(Path(path), partial(_header, columns=source.columns), source.rows) as out:
        for block in source.blocks:
            words, lines = text_lines(block)
            out.write(
                len(words),
                (b"%b %b\n" % (word, line) for word, line in zip(words, lines, strict=True)),
            )
        check_head(path, out.stream, _sniff)


def _header(rows: int, columns: int) -> bytes:
    return b"%d %d\n" % (rows, columns)


def _sniff(head: bytes, _path: Path) -> bool:
    header = parse_header(head)
    if header is None:
        return False
    return len(head) == header.end or starts_as_text(head, header)


FORMAT = Format(
    name="word2vec-text",
    description="word2vec text (.txt), fastText text (.vec)",
    extensions=(".txt", ".vec"),
    sniff=_sniff,
    write=write,
    stream=stream,
    is_text=True,
    tokens=_TOKENS,
    indexed="now",
)
