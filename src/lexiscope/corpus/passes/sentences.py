"""First pass over Python's own sentences, and over text for a tokenizer of whole sentences."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby
from numbers import Integral
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.function_tokenizer import FunctionTokenizer
from lexiscope.corpus.input.lines import lines_of
from lexiscope.corpus.input.sentence_ends import sentences_of
from lexiscope.corpus.input.sources import BlockReader
from lexiscope.corpus.passes.recode import FirstPass, Recoding, SpoolRecoder
from lexiscope.corpus.passes.scan import pack_numbers
from lexiscope.corpus.passes.spool import Piece, Spool
from lexiscope.corpus.passes.words import count_words
from lexiscope.corpus.tokenizers import (
    ChunkSplitter,
    SentenceTokenizer,
    TokenizerSpec,
    WordNumbers,
    batches,
    sentence_tokenizer,
)
from lexiscope.errors import CorpusError, SentencesError
from lexiscope.progress import Meter

_FLUSH_INTEGERS = 1 << 18
_BATCH_SENTENCES = 512
_BATCH_ITEMS = 1 << 16


class _NotAWord(Exception):
    """A list of words holds something else."""


def is_word(item: object) -> bool:
    """Whether an item of a list can be a word: a string, or a whole number (a node of a graph)."""
    return isinstance(item, str) or (isinstance(item, Integral) and not isinstance(item, bool))


class _Kind(Enum):
    """What an item of a sentence is, which says what becomes of it."""

    CHUNK = "bytes without whitespace, still to be split into words"
    WORD = "a word as the user gave it"
    TOKEN = "a word as a tokenizer gave it"


class _Numbers(dict[Any, int]):
    """Numbers items of one kind in the order in which they are first asked for.

    Args:
        kind: The kind.
        items: Takes each new item with its kind; an item's place in it is its number. The numbers
            of all kinds share it.
    """

    def __init__(self, kind: _Kind, items: list[tuple[_Kind, Any]]) -> None:
        super().__init__()
        self._kind = kind
        self._items = items

    def __missing__(self, item: object) -> int:
        if self._kind is _Kind.WORD and not is_word(item):
            raise _NotAWord
        number = self[item] = len(self._items)
        self._items.append((self._kind, item))
        return number


@dataclass(frozen=True, kw_only=True)
class ReadSentences(FirstPass):
    """Sentences that were read once; words are counted as strings, with no table of chunks.

    Attributes:
        spool: Where they stand.
    """

    spool: Spool[np.uint16]

    def recoder(self, table: Recoding, longest: int) -> SpoolRecoder:
        """See `FirstPass`; the spool's numbers are the chunks' own."""
        return SpoolRecoder([self.spool], [table.codes], table, longest)


class SentenceSpooler:
    """Numbers the words of sentences and spools the numbers.

    A string is tokenized; a list of words is taken as it is, but for lowercasing and stop words.
    Words in lists may be any string, spaces included, or whole numbers, which become their text;
    empty ones are left out.

    Args:
        spec: How to tokenize strings.
        spool: Where the numbers go.
    """

    def __init__(self, spec: TokenizerSpec, spool: Spool[np.uint16]) -> None:
        self._spec = spec
        self._spool = spool
        self._items: list[tuple[_Kind, Any]] = []
        self._numbers = {kind: _Numbers(kind, self._items) for kind in _Kind}
        self._counts = np.zeros(0, np.int64)
        self._pending = array("i")
        self._pieces: list[Piece] = []

    def add(self, kind: _Kind, items: Iterable[Any]) -> None:
        """Add a sentence of items of one kind.

        Raises:
            _NotAWord: One of them is no word.
            TypeError: One of them cannot be one.
        """
        pending = self._pending
        pending.extend(map(self._numbers[kind].__getitem__, items))
        pending.append(-1)
        if len(pending) >= _FLUSH_INTEGERS:
            self.flush()

    def flush(self) -> None:
        """Write what is pending."""
        numbers = np.array(self._pending, np.int32)
        self._pending = array("i")
        if numbers.size == 0:
            return
        counts = np.bincount(numbers[numbers >= 0], minlength=len(self._items))
        counts[: self._counts.size] += self._counts
        self._counts = counts.astype(np.int64)
        units = np.empty(2 * numbers.size, np.uint16)
        units = units[: pack_numbers(numbers, units)]
        self._pieces.append(
            Piece(
                index=len(self._pieces),
                spool=0,
                position=self._spool.append(units),
                count=units.size,
                starts_line=True,
            )
        )

    def finish(self) -> ReadSentences:
        """All that was added."""
        self.flush()
        integers = self._integers()
        numbers = WordNumbers()
        splitter = ChunkSplitter(self._spec) if self._spec.splits_chunks else None
        parts = [
            _words_of(kind, part, splitter, self._spec.lowercase, numbers)
            for kind, run in groupby(self._items, itemgetter(0))
            for part in batches((item for _, item in run), _BATCH_ITEMS)
        ]
        empty = self._numbers[_Kind.WORD].get("", -1)
        sizes = np.fromiter(
            (_byte_length(item) for _, item in self._items), np.int64, len(self._items)
        )
        return ReadSentences(
            text=count_words(numbers, parts, self._counts),
            pieces=self._pieces,
            spool=self._spool,
            text_bytes=int((sizes * self._counts).sum()),
            empty_words=0 if empty < 0 else int(self._counts[empty]),
            integers=integers,
        )

    def _integers(self) -> frozenset[str]:
        """Replaces whole numbers by their text, and gives those texts.

        Raises:
            SentencesError: A number stands in the text as a string, too.
        """
        integers = set()
        for place, (kind, item) in enumerate(self._items):
            if kind is _Kind.WORD and not isinstance(item, str):
                text = str(int(item))
                if text in self._numbers[kind]:
                    raise SentencesError(
                        f"the sentences hold both {text} and {text!r}, which would be one word; "
                        f"write all words as strings, or all as whole numbers"
                    )
                integers.add(text)
                self._items[place] = (kind, text)
        return frozenset(integers)


def _byte_length(item: str | bytes) -> int:
    return len(item if isinstance(item, bytes) else item.encode("utf-8", "surrogatepass"))


def _words_of(
    kind: _Kind,
    items: list[Any],
    splitter: ChunkSplitter | None,
    lowercase: bool,
    numbers: WordNumbers,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The numbers of the words that items become, and how many each becomes."""
    if kind is _Kind.CHUNK and splitter is not None:
        words, sizes = splitter.split((b"\n".join(items) + b"\n").decode("utf-8"))
        return numbers.of(words), sizes
    if kind is _Kind.WORD and lowercase:
        items = [item.lower() for item in items]
    sizes = np.fromiter(map(bool, items), np.int64, len(items))
    return numbers.of([str(item) for item in items if item]), sizes


def read_sentences(
    sentences: Iterable[Any], spec: TokenizerSpec, spool: Spool[np.uint16], meter: Meter
) -> ReadSentences:
    """Read an iterable of strings or of lists of words, once.

    Raises:
        CorpusError: It is empty.
        SentencesError: It is a string, or holds something else.
    """
    if isinstance(sentences, (str, bytes, bytearray)):
        raise SentencesError(
            f"sentences is one {type(sentences).__name__} ({str(sentences)[:40]!r}): expected an "
            "iterable of sentences, each a string or a list of words; for a file give files= "
            "(Word2Vec: corpus_file=)"
        )
    if not isinstance(sentences, Iterable):
        raise SentencesError(
            f"sentences is of type {type(sentences).__name__}: expected an iterable of sentences, "
            "each a string or a list of words"
        )
    if spec.text.split_sentences:
        sentences = sentences_of(sentences)
    spooler = SentenceSpooler(spec, spool)
    tokenizer = None if spec.splits_chunks else sentence_tokenizer(spec)
    index = 0
    for batch in batches(sentences, _BATCH_SENTENCES):
        for offset, (kind, items) in enumerate(_tokenized(batch, index, spec, tokenizer)):
            try:
                spooler.add(kind, items)
            except (_NotAWord, TypeError) as error:
                raise _bad_word(items, index + offset) from error
        index += len(batch)
        meter.update(index)
    if index == 0:
        raise CorpusError(
            "the sentences are empty: a generator can be read only once; give a list, or a fresh "
            "generator"
        )
    meter.finish(index)
    return spooler.finish()


def _tokenized(
    batch: list[Any],
    index: int,
    spec: TokenizerSpec,
    tokenizer: SentenceTokenizer | FunctionTokenizer | None,
) -> list[tuple[_Kind, Sequence[Any]]]:
    """The items of each sentence of a batch; strings become chunks or tokens."""
    result: list[tuple[_Kind, Sequence[Any]]] = []
    strings: list[str] = []
    places: list[int] = []
    for place, sentence in enumerate(batch):
        if isinstance(sentence, str):
            if spec.comments and sentence.lstrip().startswith("#"):
                result.append((_Kind.CHUNK, ()))
                continue
            try:
                encoded = sentence.encode("utf-8")
            except UnicodeEncodeError as error:
                raise CorpusError(
                    f"sentence {index + place} holds a lone surrogate at character {error.start}: "
                    "expected text; decode the file it came from as UTF-8"
                ) from error
            if tokenizer is not None:
                strings.append(sentence)
                places.append(place)
            result.append((_Kind.CHUNK, encoded.split()))
        elif isinstance(sentence, (bytes, bytearray, Mapping)) or not isinstance(
            sentence, Iterable
        ):
            raise SentencesError(
                f"sentence {index + place} is of type {type(sentence).__name__} "
                f"({sentence!r:.40}): expected a string or a list of words"
            )
        else:
            words = sentence if isinstance(sentence, (list, tuple)) else list(sentence)
            result.append((_Kind.WORD, words))
    if tokenizer is not None and strings:
        for place, tokens in zip(places, tokenizer.tokenize(strings), strict=True):
            result[place] = (_Kind.TOKEN, tokens)
    return result


def _bad_word(words: Sequence[Any], index: int) -> Exception:
    for place, word in enumerate(words):
        if not is_word(word):
            return SentencesError(
                f"sentence {index} holds {word!r:.40} at place {place}, of type "
                f"{type(word).__name__}: expected only strings (or whole numbers)"
            )
    return SentencesError(f"sentence {index} is no list of words: {words!r:.60}")


def read_lines(
    reader: BlockReader, spec: TokenizerSpec, spool: Spool[np.uint16], meter: Meter
) -> ReadSentences:
    """Read text files with a tokenizer that must see whole lines.

    Raises:
        CorpusError: The text is missing, damaged or no text.
    """
    tokenizer = sentence_tokenizer(spec)
    spooler = SentenceSpooler(spec, spool)
    try:
        for lines in batches(lines_of(reader), _BATCH_SENTENCES):
            for tokens in tokenizer.tokenize(lines):
                spooler.add(_Kind.TOKEN, tokens)
            meter.update(reader.consumed)
    finally:
        reader.close()
    meter.finish(reader.consumed)
    return replace(spooler.finish(), text_bytes=reader.delivered, files=reader.files)
