"""GloVe's text format: word2vec's without the line of sizes.

Layout: rows of a token, a space and D decimals with a space between, newline. Some tokens hold
spaces (`. . .`), so D is what most of the first rows have, and values are counted from the right.
`<unk>` may be the last row; it is a word like any other. A first row of a number and one value
would read as a word2vec header, so files of one dimension are not recognised by themselves.

Source: Pennington et al. (https://nlp.stanford.edu/projects/glove).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_file
from lexiscope.files.opening import HEAD_BYTES, chunks
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    Writable,
)
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS, parse_header
from lexiscope.formats.reading import table_shape
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.outgoing import check_head, outgoing
from lexiscope.formats.reading.text_rows import (
    BLANK,
    BOM,
    TextRows,
    in_row_fault,
    text_lines,
)
from lexiscope.formats.reading.text_values import Place, is_value
from lexiscope.formats.token_rule import LONGEST_IN_TEXT, TokenRule

_FEWEST_COLUMNS = 2
_SAID_BY = "as most rows before; the row is damaged"
_MOST_LINE_BYTES = 1 << 22


def _fault(word: str, is_first: bool) -> str | None:
    if is_first and word.startswith(BOM):
        return "starts the file with a byte order mark"
    if is_first and not word:
        return "is empty and starts the file"
    return in_row_fault(word, is_first)


_TOKENS = TokenRule(spelling="bytes", without="\n\0", longest=LONGEST_IN_TEXT, special=_fault)


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The rows of a GloVe file, some at a time.

    Raises:
        FormatError: There are no rows of values; while the rows are gone through: see `read`.
    """
    with chunks(path, is_part=options.limit is not None) as content:
        head = _with_a_whole_row(content.read(HEAD_BYTES), content.read)
        head = head.removeprefix(tokens.encode(BOM))
        columns = _columns(head)
        if columns is None:
            raise FormatError(
                path, "line 1", "is not a word and its values, expected rows of GloVe's format"
            )
        place = Place(path=path, lines_before=0, said_by=_SAID_BY)
        rows = TextRows(place, content, head, columns, options.limit, options.decimals)
        warnings: list[str] = []
        yield VectorsStream(
            columns=columns,
            rows=None,
            dtype=options.dtype,
            blocks=_blocks(rows, options, warnings),
            warnings=warnings,
            progress=content.progress,
        )


def _blocks(rows: TextRows, options: ReadOptions, warnings: list[str]) -> Iterator[Block]:
    intake = Intake(replace(options, limit=None))
    for words, vectors in rows.blocks():
        yield intake.take(words, vectors)
        if intake.done:
            break
    else:
        if options.limit is None:
            rows.check_words()
    warnings += intake.warnings()
    if rows.cut_line is not None and rows.cut_line.strip() and options.limit is None:
        warnings.append("the last row has no line end; the file may be cut in its last number")


def _with_a_whole_row(head: bytes, read: Callable[[int], bytes]) -> bytes:
    """A file's first bytes, and more where they are less than a row."""
    while b"\n" not in head and len(head) < _MOST_LINE_BYTES:
        more = read(HEAD_BYTES)
        if not more:
            break
        head += more
    return head


def _columns(head: bytes) -> int | None:
    """D, from the first whole rows; None where they are no rows of values.

    It is what most of them end in: tokens may hold spaces, even most of them.
    """
    lines = head.split(b"\n")
    is_cut = len(lines) == 1
    if not is_cut:
        lines.pop()  # the rest of a row that goes on, or nothing
    counts = Counter(
        _values_at_end(fields[:-1] if is_cut else fields) + is_cut
        for fields in map(_fields, lines)
        if fields
    )
    if not counts:
        return None
    columns = counts.most_common(1)[0][0]
    return columns if 1 <= columns <= MAX_DIMENSIONS else None


def _values_at_end(fields: list[bytes]) -> int:
    """How many values a row has, by its fields; the first one is its token whatever it is."""
    for count, field in enumerate(reversed(fields[1:])):
        if not is_value(field):
            return count
    return max(0, len(fields) - 1)


def _fields(line: bytes) -> list[bytes]:
    line = line.rstrip(BLANK).replace(b"\t", b" ")
    return [field for field in line.split(b" ") if field]


def write(path: Path, data: Writable) -> None:
    """Writes a GloVe file whose values come back as the same float32.

    Raises:
        FormatError: A token cannot stand in this format; the file is not touched.
        OSError: The disk is full or cannot be written to.
    """
    source = outgoing(path, data, _TOKENS, columns=(_FEWEST_COLUMNS, MAX_DIMENSIONS))
    with atomic_file(Path(path)) as out:
        for block in source.blocks:
            words, lines = text_lines(block)
            out.writelines(
                b"%b %b\n" % (word, line) for word, line in zip(words, lines, strict=True)
            )
        check_head(
            path,
            out,
            lambda head, path: (
                _sniff(head, path) and _columns(_with_a_whole_row(head, out.read)) == source.columns
            ),
        )


def _sniff(head: bytes, _path: Path) -> bool:
    head = head.removeprefix(tokens.encode(BOM))
    if parse_header(head) is not None or b"\x00" in head:
        return False
    columns = _columns(head)
    if columns is None or columns < _FEWEST_COLUMNS:
        return False
    if b"\n" not in head:  # of a row that is not whole no shape can be told
        return True
    shape = table_shape.shape_of(head)
    return shape is None or shape.is_words_and_values


FORMAT = Format(
    name="glove",
    description="GloVe text, rows without a first line of sizes (.txt)",
    extensions=(".txt",),
    sniff=_sniff,
    write=write,
    stream=stream,
    is_text=True,
    tokens=_TOKENS,
    is_bare=True,
    indexed="now",
)
