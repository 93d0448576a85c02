"""First pass over sections of a text that others read: their tables, merged into one text's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.input.sections import Section
from lexiscope.corpus.input.sources import BlockReader, TextBuffer
from lexiscope.corpus.passes.chunks import ChunkTable
from lexiscope.corpus.passes.recode import FirstPass, Recoded, Recoding, recode_units
from lexiscope.corpus.passes.spool import Piece
from lexiscope.corpus.passes.words import split_chunks
from lexiscope.corpus.tokenizers import TokenizerSpec
from lexiscope.progress import Meter


@dataclass(frozen=True, kw_only=True)
class Form:
    """How sections are read (see `BlockReader`)."""

    spec: TokenizerSpec
    joins_lines: bool
    block_bytes: int


@dataclass(frozen=True)
class Counted:
    """What is known of a section that was read; the numbers of its chunks stay with its reader.

    Attributes:
        table: Its distinct chunks.
        units: How many 16-bit units its chunks' numbers take.
        text_bytes: How long its text is.
    """

    table: ChunkTable
    units: int
    text_bytes: int


class SectionReaders(Protocol):
    """Those who read sections: the machines of a cluster."""

    def see(self, sections: Sequence[Section]) -> bool:
        """Whether to read these is for them: whether all see the files, and it is worth it."""

    def count(self, sections: Sequence[Section], form: Form) -> Iterator[Counted]:
        """Reads sections, and keeps the numbers of their chunks; in order.

        Raises:
            CorpusError: A file is missing, damaged, or no text.
        """

    def begin_recoding(
        self, tables: Sequence[NDArray[np.int32]], table: Recoding, longest: int
    ) -> None:
        """Says what chunks become.

        Args:
            tables: Of each section, what its numbers become.
            table: The expansions that these refer to.
            longest: Most words of a sentence.
        """

    def recoded(self, section: int) -> Recoded:
        """A section's ids, once; asked for in order, from any thread."""


def count_section(section: Section, form: Form) -> tuple[Counted, NDArray[np.uint16]]:
    """Reads a section.

    Returns:
        What is to be known of it, and the numbers of its chunks.

    Raises:
        CorpusError: A file is missing, damaged, or no text.
    """
    reader = BlockReader(
        section.paths,
        comments=form.spec.comments,
        form=form.spec.text,
        joins_lines=form.joins_lines,
        block_bytes=form.block_bytes,
        span=section.span,
    )
    table, buffer = ChunkTable(), TextBuffer(form.block_bytes)
    parts: list[NDArray[np.uint16]] = []
    try:
        while (block := reader.fill(buffer)) is not None:
            parts.append(table.scan(block, buffer).copy())
    finally:
        reader.close()
    units = np.concatenate([np.empty(0, np.uint16), *parts])
    return Counted(table, units.size, reader.delivered), units


def recode_section(units: NDArray[np.uint16], table: Recoding, longest: int) -> Recoded:
    """Makes ids of a section's numbers: a sentence begins with it."""
    return recode_units(units, table, longest, np.empty(0, np.int64))


@dataclass(frozen=True, kw_only=True)
class ReadSections(FirstPass):
    """A text that others have read, section by section; its pieces are the sections.

    Attributes:
        readers: Who have them.
        places: For each section, what chunk its numbers stand for.
    """

    readers: SectionReaders
    places: list[NDArray[np.int32]]

    def recoder(self, table: Recoding, longest: int) -> _SectionRecoder:
        """See `FirstPass`."""
        self.readers.begin_recoding(
            [table.codes[places] for places in self.places],
            replace(table, codes=np.empty(0, np.int32)),
            longest,
        )
        return _SectionRecoder(self.readers)


class _SectionRecoder:
    """A `Recoder` of pieces that are sections."""

    def __init__(self, readers: SectionReaders) -> None:
        self._readers = readers

    def release(self, piece: Piece) -> None:
        """Nothing is kept here."""

    def recode(self, piece: Piece, carried: NDArray[np.int64]) -> Recoded:
        """See `Recoder`; a sentence begins with each."""
        del carried
        return self._readers.recoded(piece.index)


def read_sections(
    readers: SectionReaders, sections: Sequence[Section], form: Form, meter: Meter
) -> ReadSections:
    """Has a text read by others; the result depends on the text alone.

    Raises:
        CorpusError: The text is missing, damaged or no text.
    """
    merged = ChunkTable()
    numbers: list[NDArray[np.int32]] = []
    pieces: list[Piece] = []
    text_bytes = stored = 0
    for section, counted in zip(sections, readers.count(sections, form), strict=True):
        numbers.append(merged.absorb(counted.table, text_bytes))
        pieces.append(
            Piece(
                index=len(pieces),
                spool=len(pieces),
                position=0,
                count=counted.units,
                starts_line=True,
            )
        )
        text_bytes += counted.text_bytes
        stored += section.stored
        meter.update(stored)
    meter.finish(stored)
    most = merged.most_bytes
    chunks = merged.finish()
    ranks = chunks.ranks
    return ReadSections(
        text=split_chunks(chunks, form.spec),
        pieces=pieces,
        readers=readers,
        places=[ranks[own] for own in numbers],
        text_bytes=text_bytes,
        files=sum(
            len(section.paths)
            for section in sections
            if section.span is None or section.span[0] == 0
        ),
        table_bytes=most,
    )
