"""Making of a part of a corpus' table out of its sentences, here or in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.corpus.columns import Columns, TableFile
from lexiscope.contextual.corpus.parts import Part
from lexiscope.contextual.corpus.whole_sentences import WHOLE, encode_with_sentences
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.text.sentence_pooling import SentencePooling
from lexiscope.contextual.text.words import Sentence


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Sentences that become a part.

    Attributes:
        number: The part's, from 0.
        first: The number of the first sentence in the whole input.
        sentences: They.
        digest: Of them.
    """

    number: int
    first: int
    sentences: list[Sentence]
    digest: str


@dataclass(frozen=True, kw_only=True)
class MadePart:
    """A part that is ready to be written.

    Attributes:
        number: Its own.
        part: What the manifest says of it.
        write: Writes its file.
    """

    number: int
    part: Part
    write: Callable[[BinaryIO], None]


@dataclass(frozen=True, kw_only=True)
class PartMaker:
    """Makes parts.

    Attributes:
        table: The kind of file.
        words: Only these; None for all.
        pooling: What becomes of a whole sentence; None for nothing.
        packed: Whether the file's bytes are made at once, so that they can be sent, or when it is
            written.
    """

    table: TableFile
    words: frozenset[str] | None
    pooling: SentencePooling | None
    packed: bool

    def __call__(self, encoder: WordEncoder, chunk: Chunk) -> MadePart:
        """The part of some sentences."""
        encoded = self._encoded(encoder, chunk.sentences)
        is_word = encoded.places != WHOLE
        part = Part(
            digest=chunk.digest,
            sentences=len(chunk.sentences),
            words=int(is_word.sum()),
            missing=int(((encoded.pieces == 0) & is_word).sum()),
            tokens=encoded.tokens,
        )
        write = partial(self.table.write, columns=Columns.of(encoded, chunk.first))
        if self.packed:
            stream = BytesIO()
            write(stream)
            # An array, not bytes: it is sent without a copy.
            write = partial(_put, content=np.frombuffer(stream.getbuffer(), np.uint8))
        return MadePart(number=chunk.number, part=part, write=write)

    def _encoded(self, encoder: WordEncoder, sentences: list[Sentence]) -> Any:
        if self.pooling is None:
            return encoder.encode_words(sentences, self.words)
        return encode_with_sentences(encoder, sentences, self.words, self.pooling)


def _put(stream: BinaryIO, content: NDArray[np.uint8]) -> None:
    stream.write(content.data)
