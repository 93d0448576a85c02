"""Files whose sentences are gone through from Python, by gensim's names.

They behave as gensim's do, one list of words a sentence; and they know what their sentences are
read from, so that who counts or trains reads the files himself, without a Python object a word
(`as_files`). Compressed files are told by their content, whatever their names.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lexiscope.corpus.input.sources import BlockReader, TextBuffer
from lexiscope.errors import ConfigError, CorpusError

PathLike = str | os.PathLike[str]

MAX_WORDS_IN_BATCH = 10_000
"""Words of a sentence, after which gensim begins another."""

NO_LIMIT = 1 << 62
"""Words of a sentence where there is no bound."""

_BLOCK = 1 << 16


class WrongTextError(CorpusError, UnicodeError):
    """A text is not in the encoding that it should be in."""


@dataclass(frozen=True, kw_only=True)
class TextFiles:
    """What sentences are read from.

    Attributes:
        files: One sentence a line, its words apart by whitespace of any kind.
        longest: After so many words a sentence ends as well.
        joins_lines: Whether a line's end is nothing but whitespace.
    """

    files: tuple[str, ...]
    longest: int
    joins_lines: bool = False


class SentenceFiles(ABC):
    """Sentences out of files, to be gone through any number of times."""

    @abstractmethod
    def __iter__(self) -> Iterator[list[str]]:
        """The words of each sentence."""

    @abstractmethod
    def as_files(self) -> TextFiles | None:
        """What the sentences are read from; None where only going through them tells."""

    def _goes_as(self, kind: type[SentenceFiles]) -> bool:
        """Whether no subclass has changed what the sentences are."""
        return type(self).__iter__ is kind.__iter__


@runtime_checkable
class _Seekable(Protocol):
    def seek(self, offset: int, /) -> Any: ...


def _path(source: object) -> str:
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    raise ConfigError(
        f"source is of type {type(source).__name__}; expected a path, or an open file with seek()"
    )


def _lines(path: str) -> Iterator[bytes]:
    """A file's lines with their ends, unpacked where they are packed, without a mark in front."""
    reader, buffer = BlockReader([path], block_bytes=_BLOCK), TextBuffer(_BLOCK)
    unfinished: list[bytes] = []
    try:
        while (block := reader.fill(buffer)) is not None:
            # Without the end of the last line, where the reader has added it.
            first, *others = bytes(memoryview(buffer.data)[: block.text_size]).split(b"\n")
            unfinished.append(first)
            for line in others:
                yield b"".join(unfinished) + b"\n"
                unfinished = [line]
        if any(unfinished):
            yield b"".join(unfinished)
    finally:
        reader.close()


def _decoded(line: str | bytes, source: object) -> str:
    if isinstance(line, str):
        return line
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise WrongTextError(
            f"{source}: byte 0x{line[error.start]:02x} of a line ({line[:40]!r}) is not UTF-8: "
            "convert the file, for example with iconv -f LATIN1 -t UTF-8"
        ) from error


def _cut(lines: Iterable[str | bytes], longest: int, source: object) -> Iterator[list[str]]:
    """The words of each line, in lists that are no longer than allowed."""
    for line in lines:
        words = _decoded(line, source).split()
        for begin in range(0, len(words), longest):
            yield words[begin : begin + longest]


class LineSentence(SentenceFiles):
    """Sentences of a file, one a line, their words apart by whitespace.

    Args:
        source: A path, or an open file with `seek`, in text or binary mode.
        max_sentence_length: Words after which a sentence ends as well.
        limit: Lines to read, or None for all.

    Raises:
        CorpusError: While it is gone through: the file is missing, damaged or not in UTF-8.
    """

    def __init__(
        self,
        source: Any,
        max_sentence_length: int = MAX_WORDS_IN_BATCH,
        limit: int | None = None,
    ) -> None:
        self.source = source
        self.max_sentence_length = max_sentence_length
        self.limit = limit

    def __iter__(self) -> Iterator[list[str]]:
        source = self.source
        if isinstance(source, _Seekable):
            source.seek(0)
            lines: Iterable[str | bytes] = source  # type: ignore[assignment]
        else:
            lines = _lines(_path(source))
        return _cut(islice(lines, self.limit), self.max_sentence_length, source)

    def as_files(self) -> TextFiles | None:
        if isinstance(self.source, _Seekable) or self.limit is not None:
            return None
        if not self._goes_as(LineSentence):
            return None
        return TextFiles(files=(_path(self.source),), longest=self.max_sentence_length)


class PathLineSentences(SentenceFiles):
    """Sentences of all files in a folder, one after another by name, one sentence a line.

    Args:
        source: The folder, or a file. Folders in it are left out.
        max_sentence_length: Words after which a sentence ends as well.
        limit: Lines to read of each file, or None for all.

    Attributes:
        input_files: The files' paths, in order.

    Raises:
        ConfigError: There is no such folder or file; a ValueError.
    """

    def __init__(
        self,
        source: PathLike,
        max_sentence_length: int = MAX_WORDS_IN_BATCH,
        limit: int | None = None,
    ) -> None:
        self.source = os.fspath(source)
        self.max_sentence_length = max_sentence_length
        self.limit = limit
        place = Path(self.source)
        if place.is_file():
            self.input_files = [self.source]
        elif place.is_dir():
            self.source = os.path.join(self.source, "")  # noqa: PTH118 - gensim's, a str
            self.input_files = sorted(
                self.source + path.name for path in place.iterdir() if not path.is_dir()
            )
        else:
            raise ConfigError(f"{source}: there is no such folder or file; check the path")

    def __iter__(self) -> Iterator[list[str]]:
        for path in self.input_files:
            yield from _cut(islice(_lines(path), self.limit), self.max_sentence_length, path)

    def as_files(self) -> TextFiles | None:
        if self.limit is not None or not self.input_files:
            return None
        if not self._goes_as(PathLineSentences):
            return None
        return TextFiles(files=tuple(self.input_files), longest=self.max_sentence_length)


class Text8Corpus(SentenceFiles):
    """Sentences of a text without marks of any, such as text8: so many words each.

    Args:
        fname: The file; the ends of its lines are whitespace as any other.
        max_sentence_length: Words of a sentence; the last one has what is left.

    Raises:
        CorpusError: While it is gone through: the file is missing, damaged or not in UTF-8.
    """

    def __init__(self, fname: PathLike, max_sentence_length: int = MAX_WORDS_IN_BATCH) -> None:
        self.fname = fname
        self.max_sentence_length = max_sentence_length

    def __iter__(self) -> Iterator[list[str]]:
        longest = self.max_sentence_length
        pending: list[str] = []
        for words in _words_of(_path(self.fname)):
            pending += words
            whole = len(pending) - len(pending) % longest
            for begin in range(0, whole, longest):
                yield pending[begin : begin + longest]
            del pending[:whole]
        if pending:
            yield pending

    def as_files(self) -> TextFiles | None:
        if not self._goes_as(Text8Corpus):
            return None
        files = (_path(self.fname),)
        return TextFiles(files=files, longest=self.max_sentence_length, joins_lines=True)


def _words_of(path: str) -> Iterator[list[str]]:
    """The words of a file, some at a time; a block of it never ends inside of one."""
    reader, buffer = BlockReader([path], block_bytes=_BLOCK), TextBuffer(_BLOCK)
    try:
        while (block := reader.fill(buffer)) is not None:
            yield _decoded(bytes(memoryview(buffer.data)[: block.size]), path).split()
    finally:
        reader.close()


class BrownCorpus(SentenceFiles):
    """Sentences of the Brown corpus as NLTK has it: a folder of files, words with their tags.

    A sentence is a line; its words are "the/at": lower-cased, with two letters of the tag. What has
    no letters for a tag (commas and their like), and lines without any word, are left out.

    Args:
        dirname: The folder.

    Raises:
        CorpusError: While it is gone through: a file is missing, damaged or not in UTF-8.
    """

    def __init__(self, dirname: PathLike) -> None:
        self.dirname = dirname

    def __iter__(self) -> Iterator[list[str]]:
        for path in sorted(Path(self.dirname).iterdir()):
            if path.is_file():
                for line in _lines(str(path)):
                    words = list(_tagged(_decoded(line, path)))
                    if words:
                        yield words

    def as_files(self) -> TextFiles | None:
        return None


def _tagged(line: str) -> Iterator[str]:
    for item in line.split():
        word, *tags = item.split("/")
        if len(tags) == 1 and tags[0][:2].isalpha():
            yield f"{word.lower()}/{tags[0][:2]}"
