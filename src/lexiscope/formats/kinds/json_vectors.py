"""JSON: a word, and the list of its values.

Layouts: an object from words to lists, which may stand in a field of its own (`{"vectors": {"sea":
[0.5, …]}}`, as ml5 has it), or an object a line; a list of records, or a record a line (`{"word":
"sea", "vector": [0.5, …]}`); pairs (`["sea", [0.5, …]]`) in a list or a line each. Such files are
of the size of any other of vectors, so entries are taken one by one as they come; strings with
escapes are read by `json_document`. What has words and a matrix apart (`{"words": […], "vectors":
[[…]]}`), and pandas' tables, are read as a whole (`json_parts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path

from lexiscope.errors import FormatError, TruncatedError
from lexiscope.files import json_document, tokens
from lexiscope.files.opening import HEAD_BYTES, Chunks, chunks
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsStream,
    as_stream,
)
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.formats.reading import json_parts
from lexiscope.formats.reading.intake import Intake
from lexiscope.formats.reading.text_values import Place, parse_decimals

_ROWS = 2048
_PIECE_BYTES = 1 << 20
_MOST_ENTRY = 1 << 23
_SAID_BY = "as the first has"
_BOM = b"\xef\xbb\xbf"
_STRING = rb'"((?:[^"\\]|\\.)*+)"'
_LIST = rb"\[([^\[\]{}\"]*+)\]"
_OPENING = re.compile(rb'\s*\{(?:\s*"(?:vectors|embeddings|words)"\s*:\s*\{)?', re.DOTALL)
_ENTRY = re.compile(rb"\s*,?\s*%b\s*:\s*%b" % (_STRING, _LIST), re.DOTALL)
# A list of numbers beside one of words or rows is of a document that has the two apart.
_APART = re.compile(rb"\s*,\s*%b\s*:\s*\[\s*[\"\[]" % _STRING, re.DOTALL)
# An object a line, whose entries may be several.
_LINE_ENTRY = re.compile(rb"\s*(?:\}\s*\{|,)?\s*%b\s*:\s*%b" % (_STRING, _LIST), re.DOTALL)
_ENDS_OBJECT = re.compile(rb"\s*\}\s*\n\s*\{")
_PAIR = re.compile(rb"[\s,]*+\[?\s*\[\s*%b\s*,\s*%b\s*\]" % (_STRING, _LIST), re.DOTALL)
_RECORD = re.compile(rb'[\s,\[]*+\{((?:[^{}"]|"(?:[^"\\]|\\.)*+")*+)\}', re.DOTALL)
_FIELD = re.compile(
    rb"%b\s*:\s*(?:%b|%b|([^\s,\[\]{}\"]++))" % (_STRING, _STRING, _LIST), re.DOTALL
)
_NUMBER = rb"[-\dNI]"
_IS_WORDS = re.compile(_OPENING.pattern + rb"\s*%b\s*:\s*\[\s*%b" % (_STRING, _NUMBER), re.DOTALL)
_IS_PAIRS = re.compile(rb"\s*(?:\[\s*)?\[\s*%b\s*,\s*\[\s*%b" % (_STRING, _NUMBER), re.DOTALL)
_IS_PAIR_LINE = re.compile(rb"\s*\[\s*\"")
# A document of JSON's: no word of a table begins so and goes on so.
_IS_JSON = re.compile(
    rb"\s*(?:\{\s*%b\s*:|\[\s*(?:\{\s*\"|\[\s*(?:\"|%b)|%b\s*[,\]]))" % (_STRING, _NUMBER, _STRING),
    re.DOTALL,
)
_IS_RECORDS = re.compile(
    rb"\s*\[?\s*\{\s*(?:%b\s*:\s*(?:%b|[-\d.eE+]++)\s*,\s*)*%b\s*:\s*\[\s*%b"
    % (_STRING, _STRING, _STRING, _NUMBER),
    re.DOTALL,
)
_OTHER_FIELD = re.compile(rb"\s*,\s*%b\s*:\s*(?:[^\s\[]|\[\s*[\"\[])" % _STRING, re.DOTALL)
_WORD_FIELDS = (b"word", b"token", b"key", b"text", b"label", b"name", b"term", b"id")
_END = re.compile(rb"[\s,\]}]*")

_Entry = tuple[bytes, bytes]


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The words and values of the file, some at a time.

    Raises:
        FormatError: It is of none of the layouts; while the entries are gone through: one is
            damaged, or the file is cut.
    """
    if _has_parts(path):
        yield as_stream(json_parts.read(path, options, beside=partial(manifest.words_beside, path)))
        return
    with chunks(path, is_part=options.limit is not None) as content:
        entries = _entries(content, content.read(HEAD_BYTES).removeprefix(_BOM), path)
        if entries is None:
            raise FormatError(path, None, "is being written to; try again")
        first = next(entries)
        columns = len(_values(first[1]).split(b" "))
        if not 1 <= columns <= MAX_DIMENSIONS:
            raise FormatError(path, "row 1", f"has {columns:,} values")
        warnings: list[str] = []
        yield VectorsStream(
            columns=columns,
            rows=None,
            dtype=options.dtype,
            blocks=_blocks(chain([first], entries), columns, path, options, warnings),
            warnings=warnings,
            progress=content.progress,
        )


def _has_parts(path: Path) -> bool:
    """Whether words and matrix stand apart; what unwraps the file is let go of again."""
    with chunks(path, is_part=True) as content:
        return _entries(content, content.read(HEAD_BYTES).removeprefix(_BOM), path) is None


def _entries(content: Chunks, head: bytes, path: Path) -> Iterator[_Entry] | None:
    """The words and their values as they come; None where the document must be read as a whole."""
    opening = _OPENING.match(head)
    start = 0 if opening is None else opening.end()
    first = None if opening is None else _ENTRY.match(head, start)
    if first is not None and _APART.match(head, first.end()):
        return None
    if _is_words(head):
        a_line = first is not None and _ENDS_OBJECT.match(head, first.end())
        return _pairs(_Text(content, head[start:], path), _LINE_ENTRY if a_line else _ENTRY)
    if _IS_RECORDS.match(head):
        closes = head.lstrip().startswith(b"[")
        return _records(_Text(content, head, path, closes=closes))
    if _IS_PAIRS.match(head):
        closes = _IS_PAIR_LINE.match(head) is None
        return _pairs(_Text(content, head, path, closes=closes), _PAIR)
    return None


class _Text:
    """What follows in a file, and what matches at its place.

    Args:
        content: The file.
        start: What was read of it already.
        path: For messages.
        closes: Whether a bracket closes all entries, as it does not where each has a line.
    """

    def __init__(self, content: Chunks, start: bytes, path: Path, *, closes: bool = True) -> None:
        self.path = path
        self._closes = closes
        self._content = content
        self._rest = start
        self._position = 0
        self._done = 0

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The next entry; None at the end of all.

        Raises:
            FormatError: What follows is no entry, or the file ends in one.
        """
        while True:
            match = pattern.match(self._rest, self._position)
            if match is not None:
                self._position = match.end()
                self._done += 1
                return match
            piece = self._content.read(_PIECE_BYTES)
            if not piece:
                self._content.confirm_end()
            left = self._rest[self._position :]
            if piece and len(left) < _MOST_ENTRY:
                self._rest, self._position = left + piece, 0
                continue
            end = _END.match(left)
            closed = not self._closes or left.strip().endswith((b"}", b"]"))
            if not piece and end is not None and end.end() == len(left) and closed:
                return None
            raise self._fault(left)

    def _fault(self, left: bytes) -> FormatError:
        shown = left.lstrip()[:40].decode("utf-8", "backslashreplace")
        place = f"row {self._done + 1:,}"
        if len(left) < _MOST_ENTRY and not left.rstrip().endswith((b"}", b"]")):
            return TruncatedError(
                self.path, place, f"is cut at {shown!r}; download or write the file again"
            )
        return FormatError(
            self.path, place, f"is {shown!r}, expected a word and a list of its values"
        )


def _pairs(text: _Text, pattern: re.Pattern[bytes]) -> Iterator[_Entry]:
    while (match := text.take(pattern)) is not None:
        yield match[1], match[2]


def _records(text: _Text) -> Iterator[_Entry]:
    """Word and values of records: the one string, or the field that is named so; the one list."""
    row = 0
    while (match := text.take(_RECORD)) is not None:
        row += 1
        fields = list(_FIELD.finditer(match[1]))
        lists = [field[3] for field in fields if field[3] is not None]
        texts = {field[1]: field[2] if field[2] is not None else field[4] for field in fields}
        strings = [field[2] for field in fields if field[2] is not None]
        named = next((texts[name] for name in _WORD_FIELDS if texts.get(name) is not None), None)
        word = named if named is not None else (strings[0] if len(strings) == 1 else None)
        if word is None or len(lists) != 1:
            raise FormatError(
                text.path,
                f"row {row:,}",
                f"has {len(strings)} texts and {len(lists)} lists, expected a word (a field "
                "'word') and one list of values",
            )
        yield word, lists[0]


def _values(listed: bytes) -> bytes:
    return b" ".join(listed.replace(b",", b" ").split())


def _blocks(
    entries: Iterator[_Entry],
    columns: int,
    path: Path,
    options: ReadOptions,
    warnings: list[str],
) -> Iterator[Block]:
    intake = Intake(options)
    place = Place(path=path, lines_before=0, said_by=_SAID_BY)
    done = 0
    while not intake.done and (some := list(islice(entries, intake.wanted(_ROWS)))):
        rows = [_values(listed) for _word, listed in some]
        for row, values in enumerate(rows, done):
            if values.count(b" ") + 1 != columns or not values:
                found = values.count(b" ") + bool(values)
                raise FormatError(
                    path,
                    f"row {row + 1:,}",
                    f"has {found:,} values, expected {columns:,} {_SAID_BY}",
                )
        words = [_word(word, path) for word, _listed in some]
        yield intake.take(words, parse_decimals(rows, columns, place, done))
        done += len(some)
    warnings += intake.warnings()


def _word(string: bytes, path: Path) -> str:
    if b"\\" not in string:
        return tokens.decode(string)
    return json_document.parse(b'"%b"' % string, path, position=f"word {string[:40]!r}").text()


def _sniff(head: bytes, _path: Path) -> bool:
    return _IS_JSON.match(head.removeprefix(_BOM)) is not None


def _is_words(head: bytes) -> bool:
    """Whether an object is words and lists, and not a record that begins with its list."""
    if _IS_WORDS.match(head) is None:
        return False
    opening = _OPENING.match(head)
    entry = None if opening is None else _ENTRY.match(head, opening.end())
    return entry is None or _OTHER_FIELD.match(head, entry.end()) is None


FORMAT = Format(
    name="json",
    description="JSON: words and the lists of their values (.json)",
    extensions=(".json", ".jsonl"),
    sniff=_sniff,
    write=None,
    stream=stream,
    is_text=True,
)
