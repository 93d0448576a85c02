"""Sources of text: files, folders, globs and standard input, as blocks of bytes.

A text is cut into blocks at ends of lines; a line longer than a block is cut between two of its
chunks, and a chunk longer than a block makes the block grow. So a block always ends in whitespace,
no chunk is ever torn, and the blocks of a text say together exactly what the text says. Memory
stays at one block a reader, whatever the text's size.
"""

from __future__ import annotations

import glob
import os
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.input.remote import expand, is_remote, size_of
from lexiscope.corpus.input.streams import HEAD_BYTES, STDIN, MissingTextError, Span, TextInput
from lexiscope.corpus.input.text_form import AS_IT_IS, AUTO, TextForm, refusal
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.files import encodings, tokens
from lexiscope.files.disguises import (
    EPUB,
    OFFICE_DOCUMENT,
    OPEN_DOCUMENT,
    RICH_TEXT,
    describe_binary,
    describe_encoding,
    describe_vectors,
)

PathLike = str | os.PathLike[str]

BLOCK_BYTES = 1 << 20
"""Text in a block: small enough to stay in the second-level cache with the hot words."""

PADDING = 128
"""Spaces behind the text of a block, so that the kernels may load past its end."""

LONGEST_CHUNK = 1 << 28
"""Bytes without a space, past which a file is no text (256 MiB)."""

_LOOKED_AT_WORDS = 1000
# Of a model folder (`formats.kinds.model_folder`), which is no text.
_MODEL_FILES = ("model.safetensors", "vocabulary.tsv", "config.json")
_BOM = b"\xef\xbb\xbf"
_WHITESPACE = b" \t\n\v\f\r"
_COMMENT = re.compile(rb"^[ \t\v\f\r]*#[^\n]*", re.MULTILINE)


def find_files(files: PathLike | Sequence[PathLike]) -> list[str]:
    """The files that paths, folders, globs and "-" stand for, in the order they are read.

    Folders are walked recursively in the order of their names; hidden files and folders (whose name
    begins with a dot) are skipped, and links to folders are not followed. A name with ``*``, ``?``
    or ``[`` in it that is no file is a glob (``**`` for any depth). Addresses such as ``s3://…``
    stand for files, folders and globs likewise (see `input.remote`).

    Raises:
        CorpusError: Something is missing, a folder or a glob holds no file, or no path was given.
        ConfigError: Standard input is named twice.
    """
    given = [files] if isinstance(files, (str, os.PathLike)) else list(files)
    found = [path for item in given for path in _expand(os.fspath(item))]
    if not found:
        raise CorpusError("no file was given: name a file, a folder, a glob, or - for stdin")
    if found.count(STDIN) > 1:
        raise ConfigError("standard input (-) is named twice: it can be read only once")
    return found


def _expand(path: str) -> list[str]:
    if path == STDIN:
        return [STDIN]
    if is_remote(path):
        return expand(path)
    place = Path(path)
    if place.is_dir():
        if all((place / name).is_file() for name in _MODEL_FILES):
            raise CorpusError(
                f"{path}: this is a model folder, expected a text; to train from its vectors, give "
                "it by --init-from"
            )
        inside = _files_in(place)
        if not inside:
            raise CorpusError(f"{path}: the folder holds no file (hidden files are skipped)")
        return inside
    if os.path.lexists(path):
        return [path]
    if glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 - absolute and relative alike
        expanded = [
            file
            for match in matches
            for file in (_files_in(Path(match)) if Path(match).is_dir() else [match])
        ]
        if not expanded:
            raise CorpusError(f"{path}: the glob matches no file")
        return list(dict.fromkeys(expanded))
    raise MissingTextError(f"{path}: no such file")


def _files_in(folder: Path) -> list[str]:
    found: list[str] = []
    for root, folders, names in os.walk(folder, onerror=_raise_walk_error):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [str(Path(root) / name) for name in names if not name.startswith(".")]
    # A pipe or a socket in a folder would block for ever; a broken link is kept and reported.
    found = [path for path in found if Path(path).is_file() or not Path(path).exists()]
    return sorted(found, key=lambda path: Path(path).parts)


def _raise_walk_error(error: OSError) -> None:
    raise CorpusError(
        f"{error.filename}: the folder cannot be read: {os.strerror(error.errno or 0)}"
    ) from error


def stored_bytes(paths: Sequence[str]) -> int | None:
    """The files' sizes on disk together, or None where one has no size (a pipe)."""
    total = 0
    for path in paths:
        size = stored_size(path)
        if size is None:
            return None
        total += size
    return total


def stored_size(path: str) -> int | None:
    """A file's size on disk; 0 where there is none, None where it has no size (a pipe)."""
    if is_remote(path):
        return size_of(path)
    place = Path(path)
    if path == STDIN or (place.exists() and not place.is_file()):
        return None
    return place.stat().st_size if place.exists() else 0


@dataclass(frozen=True, kw_only=True)
class Block:
    """A stretch of one file's text, in the buffer that it was read into.

    Attributes:
        index: Its number in the whole corpus.
        size: Its bytes; it ends in whitespace.
        text_size: Those of them that come from the file (the end of the last line may be added).
        position: Its first byte's position in the whole corpus' text.
        file_name: The file, for messages.
        file_position: Its first byte's position in that file's text.
        starts_line: Whether a line begins with it.
    """

    index: int
    size: int
    text_size: int
    position: int
    file_name: str
    file_position: int
    starts_line: bool


class TextBuffer:
    """Room for a block, used again and again by one reader."""

    def __init__(self, capacity: int) -> None:
        self.data = bytearray(capacity + PADDING)

    @property
    def capacity(self) -> int:
        return len(self.data) - PADDING

    def grow(self, kept: int) -> None:
        """Double the room; the first `kept` bytes stay."""
        larger = bytearray(2 * self.capacity + PADDING)
        larger[:kept] = memoryview(self.data)[:kept]
        self.data = larger


class BlockReader:
    """Hands out the blocks of some files, in order, to any number of threads.

    Args:
        paths: As `find_files` gives them.
        comments: Blank out the lines whose first character is "#".
        form: What each file's text is kept in.
        joins_lines: Turn the ends of lines into spaces, so that a file is one line.
        block_bytes: A block's size.
        span: Which bytes of the one file, from the begin of a line to the end of one; None for all.

    Attributes:
        delivered: Text bytes handed out.
        files: Files finished or begun.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        comments: bool = False,
        form: TextForm = AS_IT_IS,
        joins_lines: bool = False,
        block_bytes: int = BLOCK_BYTES,
        span: Span | None = None,
    ) -> None:
        self._paths = list(paths)
        self._span = span
        self._comments = comments
        self._form = form
        self._joins_lines = joins_lines
        self.block_bytes = block_bytes
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._input: TextInput | None = None
        self._carry = b""
        self._head = memoryview(b"")
        self._in_line = False
        self._line_kind: Literal["blank", "text", "comment"] = "blank"
        self._file_position = 0
        self._stored: tuple[int, TextInput | None] = (0, None)
        self._index = 0
        self.delivered = 0
        self.files = 0

    @property
    def consumed(self) -> int:
        """Stored bytes used so far, over all files."""
        before, current = self._stored  # as one, since another thread may be moving on
        return before + (0 if current is None else current.consumed)

    def cancel(self) -> None:
        """Let a thread that waits for standard input give up."""
        self._cancelled.set()

    def close(self) -> None:
        """Close the file that is being read."""
        with self._lock:
            self._finish_input()

    def look(self) -> None:
        """Opens the first file, so that what is no text is told before anything else is done.

        Standard input and pipes are left: nobody knows when something will come from them.

        Raises:
            CorpusError: It is missing, or no text.
        """
        with self._lock:
            if self._input is not None or not self._paths:
                return
            first = self._paths[0]
            if first == STDIN or (Path(first).exists() and not Path(first).is_file()):
                return
            self._open(self._paths.pop(0))

    def fill(self, buffer: TextBuffer) -> Block | None:
        """Read the next block into a buffer; None after the last.

        Raises:
            CorpusError: A file is missing, damaged, or no text.
        """
        with self._lock:
            try:
                while self._input is not None or self._paths:
                    if self._input is None:
                        self._open(self._paths.pop(0))
                    block = self._next_block(buffer)
                    if block is not None:
                        return block
            except BaseException:
                # Whoever asks next must not get a text that goes on behind the failure.
                self._paths.clear()
                self._finish_input()
                raise
            return None

    def _open(self, path: str) -> None:
        self._input = TextInput(path, self._form, self._cancelled, self._span)
        self._stored = (self._stored[0], self._input)
        self.files += 1
        head = bytearray(HEAD_BYTES)
        filled = self._read(memoryview(head))
        del head[filled:]
        begin = 0 if self._span is None else self._span[0]
        skipped = 0
        if begin == 0:
            _refuse_binary(self._input.name, bytes(head))
            _refuse_form(self._input.name, bytes(head), self._form)
            skipped = len(_BOM) if head.startswith(_BOM) else 0
        self._head = memoryview(bytes(head))[skipped:]
        self._file_position = begin + skipped
        self._in_line = False
        self._line_kind = "blank"

    def _read(self, view: memoryview) -> int:
        """Fill a view as far as the file goes."""
        filled = min(len(self._head), len(view))
        view[:filled] = self._head[:filled]
        self._head = self._head[filled:]
        while filled < len(view) and self._input is not None:
            count = self._input.readinto(view[filled:])
            if count == 0:
                break
            filled += count
        return filled

    def _next_block(self, buffer: TextBuffer) -> Block | None:
        while buffer.capacity - 1 < len(self._carry):
            buffer.grow(0)
        filled = len(self._carry)
        buffer.data[:filled] = self._carry
        self._carry = b""
        while True:
            room = buffer.capacity - 1  # one byte stays free for the last line's end
            with memoryview(buffer.data) as view:
                filled += self._read(view[filled:room])
            if filled < room:
                return self._finish_file(buffer, filled)
            cut = _cut(buffer.data, filled)
            if cut > 0:
                self._carry = bytes(memoryview(buffer.data)[cut:filled])
                return self._block(buffer, cut, cut)
            if filled > LONGEST_CHUNK:
                raise CorpusError(
                    f"{self._name()}: {filled:,} bytes without a space from offset "
                    f"{self._file_position:,} on: this is no text"
                )
            buffer.grow(filled)

    def _finish_file(self, buffer: TextBuffer, filled: int) -> Block | None:
        block = None
        if filled > 0 or self._in_line:
            size = filled
            if filled == 0 or buffer.data[filled - 1] != 10:
                buffer.data[filled] = 10
                size += 1
            block = self._block(buffer, size, filled, ends_file=True)
        self._finish_input()
        return block

    def _finish_input(self) -> None:
        if self._input is not None:
            self._stored = (self._stored[0] + self._input.consumed, None)
            self._input.close()
            self._input = None

    def _block(
        self, buffer: TextBuffer, size: int, text_size: int, *, ends_file: bool = False
    ) -> Block:
        starts_line = not self._in_line
        if self._joins_lines:
            end = size - 1 if ends_file else size
            buffer.data[:end] = buffer.data[:end].replace(b"\n", b" ")
        self._in_line = buffer.data[size - 1] != 10
        if self._comments:
            self._blank_comments(buffer.data, size)
        buffer.data[size : size + PADDING] = b" " * PADDING
        block = Block(
            index=self._index,
            size=size,
            text_size=text_size,
            position=self.delivered,
            file_name=self._name(),
            file_position=self._file_position,
            starts_line=starts_line,
        )
        self._index += 1
        self._file_position += text_size
        self.delivered += text_size
        return block

    def _blank_comments(self, data: bytearray, size: int) -> None:
        """Turn comments into spaces, so that positions stay what they were."""
        begin = 0
        if self._line_kind != "blank":  # what the line is was settled in an earlier block
            newline = data.find(b"\n", 0, size)
            begin = size if newline < 0 else newline
            if self._line_kind == "comment":
                data[:begin] = b" " * begin
        comments = [match.span() for match in _COMMENT.finditer(data, begin, size)]
        for start, stop in comments:
            data[start:stop] = b" " * (stop - start)
        if not self._in_line:
            self._line_kind = "blank"
        elif self._line_kind == "blank":  # a block that ends inside a line is all of that line
            if comments:
                self._line_kind = "comment"
            elif data[:size].strip():
                self._line_kind = "text"

    def _name(self) -> str:
        return "" if self._input is None else self._input.name


def _cut(data: bytearray, filled: int) -> int:
    """Where to end a block: behind the last newline, else behind the last whitespace, else 0."""
    newline = data.rfind(b"\n", 0, filled)
    if newline >= 0:
        return newline + 1
    return 1 + max(data.rfind(bytes([byte]), 0, filled) for byte in _WHITESPACE)


_PANDOC = "take its text out first (`pandoc -t plain FILE -o FILE.txt`)"
_WHAT_TO_DO = {
    EPUB: _PANDOC,
    OFFICE_DOCUMENT: _PANDOC,
    OPEN_DOCUMENT: _PANDOC,
    RICH_TEXT: _PANDOC,
    "a PDF document": "take its text out first (`pdftotext -layout FILE.pdf FILE.txt`)",
    "a Parquet file": (
        "--read-as parquet --column NAME reads a column of it (in Python read_as=, column=)"
    ),
}


def _refuse_form(name: str, head: bytes, form: TextForm) -> None:
    if form.kind != AUTO:
        return
    reason = refusal(head.removeprefix(_BOM))
    if reason is not None:
        raise CorpusError(f"{name}: {reason}")


def _refuse_binary(name: str, head: bytes) -> None:
    encoding = describe_encoding(head)
    if encoding is not None:
        raise CorpusError(
            f"{name}: the text is in {encoding}, expected UTF-8: give --encoding "
            f"{encoding.lower()} (encoding= in Python), or convert it "
            f"(iconv -f {encoding} -t UTF-8)"
        )
    kind = describe_binary(head)
    if kind is not None:
        what = _WHAT_TO_DO.get(kind, "unpack or convert it first")
        raise CorpusError(f"{name}: this is {kind}, expected a text: {what}")
    vectors = describe_vectors(head)
    if vectors is not None:
        raise CorpusError(
            f"{name}: this is {vectors}, expected a text; to train from vectors that are there, "
            "give them by --init-from (init_from= in Python)"
        )


Positions = Sequence[int] | NDArray[np.int64]


def check_text(chunks: bytes, name: str, positions: Positions, starts: Positions) -> None:
    """Refuse chunks that are not UTF-8 or hold NUL bytes.

    Args:
        chunks: Chunks one after another, a space behind each.
        name: The file.
        positions: Where in the file's text each stands.
        starts: Where in `chunks` each begins.

    Raises:
        CorpusError: With the byte's offset in the file's text.
    """
    nul = chunks.find(b"\x00")
    try:
        chunks.decode("utf-8")
        bad = -1
    except UnicodeDecodeError as error:
        bad = error.start
    if nul < 0 and bad < 0:
        return
    at = min(place for place in (nul, bad) if place >= 0)
    number = int(np.searchsorted(starts, at, side="right")) - 1
    offset = positions[number] + at - starts[number]
    if at == nul:
        raise CorpusError(
            f"{name}: NUL byte at offset {offset:,}: this is a binary file or in UTF-16, "
            "expected a text in UTF-8"
        )
    near = ascii(chunks[max(starts[number], at - 12) : at + 12].split(b" ")[0])[2:-1]
    raise CorpusError(
        f"{name}: byte 0x{chunks[at]:02x} at offset {offset:,} is not UTF-8 (near '{near}')"
        f"{_encoding_hint(chunks)}"
    )


def _encoding_hint(chunks: bytes) -> str:
    """What to do about a text that is not UTF-8: the likeliest encoding, where one is likely."""
    words = [word for word in chunks.split() if not word.isascii()][:_LOOKED_AT_WORDS]
    return encodings.hint([tokens.decode(word) for word in words]) or (
        ": name its encoding by --encoding (encoding= in Python), or convert the file "
        "(iconv -f LATIN1 -t UTF-8)"
    )
