"""Sections of a text: what can be read by itself, by whoever sees the files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from lexiscope.corpus.input.sources import stored_size
from lexiscope.corpus.input.streams import RawInput, Span, TextInput
from lexiscope.corpus.input.text_form import TextForm

SECTION_BYTES = 1 << 27
"""Stored bytes of a section, about: a second or two of reading."""

_MOST_SECTIONS = 4096
# Bytes behind a place within which a line ends, or the place is no place to cut.
_LINE_WITHIN = 1 << 24
_LOOKS_AT = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Section:
    """Some files of a text, or some lines of one.

    Attributes:
        paths: The files.
        sizes: Their stored bytes.
        span: Which bytes of the one file; None for all.
    """

    paths: tuple[str, ...]
    sizes: tuple[int, ...]
    span: Span | None = None

    @property
    def stored(self) -> int:
        """Stored bytes."""
        return sum(self.sizes) if self.span is None else self.span[1] - self.span[0]


def sections_of(paths: Sequence[str], *, form: TextForm, whole_files: bool) -> list[Section] | None:
    """Cuts a text into sections, in its order.

    A file whose bytes are the text is cut between lines; one that is compressed or converted can
    only be read from its begin. Small files go together.

    Args:
        paths: As `find_files` gives them.
        form: What each file's text is kept in.
        whole_files: Whether files are not to be cut.

    Returns:
        They; None where a file has no size (standard input, a pipe).

    Raises:
        CorpusError: A file is missing or cannot be opened.
    """
    sizes: list[int] = []
    for path in paths:
        stored = stored_size(path)
        if stored is None:
            return None
        sizes.append(stored)
    size = max(SECTION_BYTES, sum(sizes) // _MOST_SECTIONS)
    sections: list[Section] = []
    files = _Together(sections)
    for path, stored in zip(paths, sizes, strict=True):
        spans = [] if whole_files or stored <= size else _spans(path, form, stored, size)
        if len(spans) > 1:
            files.close()
            sections += [Section(paths=(path,), sizes=(stored,), span=span) for span in spans]
            continue
        files.add(path, stored)
        if files.stored >= size:
            files.close()
    files.close()
    return sections


class _Together:
    """Files that become one section.

    Args:
        sections: Takes it.

    Attributes:
        stored: Their stored bytes so far.
    """

    def __init__(self, sections: list[Section]) -> None:
        self._sections = sections
        self._files: list[tuple[str, int]] = []
        self.stored = 0

    def add(self, path: str, stored: int) -> None:
        self._files.append((path, stored))
        self.stored += stored

    def close(self) -> None:
        if self._files:
            paths, sizes = zip(*self._files, strict=True)
            self._sections.append(Section(paths=paths, sizes=sizes))
        self._files, self.stored = [], 0


def _spans(path: str, form: TextForm, stored: int, size: int) -> list[Span]:
    """A file's bytes from line to line; all of them where they are not its text."""
    if not form.is_as_stored:
        return []
    text = TextInput(path)
    text.close()
    if text.compression is not None:
        return []
    places = [0]
    for place in range(size, stored, size):
        end = _line_end(path, max(place, places[-1]))
        if end is not None and places[-1] < end < stored:
            places.append(end)
    return list(zip(places, [*places[1:], stored], strict=True))


def _line_end(path: str, place: int) -> int | None:
    """Behind the first end of a line from a place on; None where there is none near."""
    stream = RawInput(path, threading.Event(), (place, place + _LINE_WITHIN))
    try:
        while block := stream.read(_LOOKS_AT):
            at = block.find(b"\n")
            if at >= 0:
                return place + at + 1
            place += len(block)
    finally:
        stream.close()
    return None
