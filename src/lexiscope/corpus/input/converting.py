"""Text taken out of what it is kept in, in pieces, as bytes of UTF-8 with a sentence a line."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from lexiscope.corpus.input import text_form
from lexiscope.corpus.input.text_form import TextForm
from lexiscope.errors import CorpusError

Read = Callable[[int], bytes]

_PIECE = 1 << 18
_LONGEST_LINE = 1 << 28  # characters
_ALONE = re.compile("[\ud800-\udfff]")
_MARK = "\ufeff"


class Converted:
    """What is in a file, as a stream of text.

    Args:
        read: Gives up to so many bytes of the file, unpacked; none at its end.
        form: What the file is.
        path: Where it is, for a form that is not read from its beginning to its end.
        name: What to call it.
    """

    def __init__(self, read: Read, form: TextForm, path: str, name: str) -> None:
        pieces = _pieces(read, form, path, name)
        if form.split_sentences:
            from lexiscope.corpus.input.sentence_ends import sentences

            pieces = map(_line, sentences(_paragraphed(pieces, form, name)))
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readinto(self, buffer: memoryview) -> int:
        """Reads up to the buffer's length; 0 at the end.

        Raises:
            CorpusError: The file is not what it was said to be, or is damaged.
        """
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(_ALONE.sub("\ufffd", piece).encode())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _pieces(read: Read, form: TextForm, path: str, name: str) -> Iterator[str]:
    """The text of a file, by its form; each piece ends where a line does, but for plain lines."""
    if form.kind == text_form.PARQUET:
        from lexiscope.corpus.input.records import parquet_texts

        return map(_line, parquet_texts(Path(path), form.field))
    text = decoded(read, form.encoding or "utf-8", name)
    if form.kind == text_form.WIKIPEDIA:
        from lexiscope.corpus.input.wikipedia import articles

        return map(_line, articles(text, name))
    if form.kind == text_form.HTML:
        from lexiscope.corpus.input.markup import html_text

        return html_text(text)
    if form.kind == text_form.MARKDOWN:
        from lexiscope.corpus.input.markup import markdown_text

        return markdown_text(lines(text, name))
    if form.kind == text_form.JSONL:
        from lexiscope.corpus.input.records import json_texts

        return map(_line, json_texts(lines(text, name), form.field, name))
    if form.kind == text_form.CSV:
        from lexiscope.corpus.input.records import csv_texts

        return map(_line, csv_texts(lines(text, name), form.field, name))
    if form.kind == text_form.CONLLU:
        from lexiscope.corpus.input.records import treebank_sentences

        return map(_line, treebank_sentences(lines(text, name), form.field, name))
    return text


def _paragraphed(pieces: Iterable[str], form: TextForm, name: str) -> Iterator[str]:
    """The lines of a text; a record or an article of its own ends a paragraph at each line."""
    for line in lines(pieces, name):
        yield line
        if form.kind not in (text_form.AUTO, text_form.LINES):
            yield ""


def _line(text: str) -> str:
    return text + "\n"


def decoded(read: Read, encoding: str, name: str) -> Iterator[str]:
    """The text of a file's bytes, in pieces, without a byte order mark.

    Raises:
        CorpusError: It is not of that encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    offset, first = 0, True
    while True:
        content = read(_PIECE)
        try:
            text = decoder.decode(content, final=not content)
        except UnicodeError as error:
            at = offset + (error.start if isinstance(error, UnicodeDecodeError) else 0)
            raise CorpusError(
                f"{name}: is not {encoding}, from about offset {at:,} on; name its encoding with "
                "--encoding (encoding= in Python)"
            ) from error
        offset += len(content)
        if text:
            yield text.removeprefix(_MARK) if first else text
            first = False
        if not content:
            return


def lines(pieces: Iterable[str], name: str) -> Iterator[str]:
    """The lines of a text that comes in pieces, without their ends.

    Raises:
        CorpusError: One has no end.
    """
    unfinished: list[str] = []
    length = 0
    for piece in pieces:
        first, *others = piece.split("\n")
        unfinished.append(first)
        length += len(first)
        if length > _LONGEST_LINE:
            raise CorpusError(f"{name}: a line has more than {_LONGEST_LINE:,} characters")
        for line in others:
            yield "".join(unfinished).removesuffix("\r")
            unfinished, length = [line], len(line)
    if any(unfinished):
        yield "".join(unfinished).removesuffix("\r")
