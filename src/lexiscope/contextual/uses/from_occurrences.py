"""Static vectors out of contextual ones: one a word, or a sense, from its occurrences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.checks import choice, whole
from lexiscope.contextual.encoders import Encoders, begun
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.text.words import Sentence
from lexiscope.contextual.uses.reading_ahead import Looked, ReadingAhead
from lexiscope.contextual.uses.senses import senses_of
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.search import unit_rows

Floats = NDArray[np.float32]
Reduce = Literal["mean", "median", "medoid", "senses"]

SENSE_MARK = "#"
_SENTENCES = 512
_SHOWN_WORDS = 10


@dataclass(frozen=True, kw_only=True)
class StaticOptions:
    """How occurrences become one vector.

    Attributes:
        max_occurrences: A word's first so many occurrences count; sentences that only repeat full
            words do not go through the model.
        reduce: "mean" of them; "median", of each value by itself; "medoid", the occurrence that is
            most like all others; "senses", the means of clusters.
        max_senses: The most clusters of a word.

    Raises:
        ConfigError: A value is out of its range.
    """

    max_occurrences: int = 100
    reduce: Reduce = "mean"
    max_senses: int = 4

    def __post_init__(self) -> None:
        choice("reduce", self.reduce, get_args(Reduce))
        whole("max_occurrences", self.max_occurrences, 1)
        whole("max_senses", self.max_senses, 1)


def word_list(words: Iterable[str]) -> list[str]:
    """Distinct words in their order.

    Raises:
        ConfigError: There are none, or something else is among them.
    """
    if isinstance(words, str):
        raise ConfigError(f"words is the string {words[:40]!r}: expected several words")
    listed = list(dict.fromkeys(words))
    for word in listed:
        if not isinstance(word, str) or not word.strip():
            raise ConfigError(f"words holds {word!r}: expected words")
    if not listed:
        raise ConfigError("words is empty: expected at least one word")
    return listed


def from_corpus(
    encoder: WordEncoder,
    corpus: Iterable[Sentence],
    words: Iterable[str],
    options: StaticOptions,
    progress: ProgressCallback | None = None,
    encoders: Encoders | None = None,
) -> KeyedVectors:
    """Vectors of words out of their occurrences in a corpus.

    Args:
        encoder: What encodes; its words are the ones that are looked for.
        corpus: Sentences, read once, until every word has all its occurrences.
        words: The words, as they are spelled in the text.
        options: How occurrences become one vector.
        progress: Whom to tell.
        encoders: Who encodes, as this encoder does; the vectors are the same.

    Returns:
        A row a word in the order given, with the number of its occurrences that were used as its
        count. With "senses" a word of several has rows `word#1`, `word#2`, …, the most frequent
        first; a word of one sense keeps its name. Words that the corpus has not are left out, and
        named in `warnings`.

    Raises:
        ConfigError: There are no words.
        CorpusError: None of the words is in the corpus.
    """
    wanted = word_list(words)
    occurrences = _Occurrences(wanted, options)
    there = begun(encoders, encoder)
    reading = ReadingAhead(
        batches(corpus, _SENTENCES),
        occurrences.counts,
        options.max_occurrences,
        encoder.options.words if there.elsewhere else None,
    )
    meter, read = Meter("encoding", None, "sentences", progress, every=0), 0
    while reading.goes_on:
        for spellings, vectors in there.run(_occurring, reading.items()):
            if not reading.was_right():
                break  # what was handed out since is handed out anew
            for word, vector in zip(spellings, vectors, strict=True):
                occurrences.add(word, vector)
            read += reading.taken()
            told = {"words with all occurrences": occurrences.full, **there.values()}
            meter.update(read, told)
    return occurrences.vectors(_metadata(encoder, options))


def _occurring(encoder: WordEncoder, looked: Looked) -> tuple[list[str], Floats]:
    """The words looked for in some sentences, those that have tokens, and their vectors."""
    encoded = encoder.encode_words(*looked)
    rows = np.flatnonzero(encoded.pieces > 0)
    return [encoded.words.spellings[row] for row in rows.tolist()], encoded.vectors[rows]


def _metadata(encoder: WordEncoder, options: StaticOptions) -> dict[str, Any]:
    return {
        "source": encoder.model.title,
        **encoder.options.facts(encoder.layers),
        "reduce": options.reduce,
        "max_occurrences": options.max_occurrences,
        "version": __version__,
    }


class _Occurrences:
    """The occurrences of words: their sum where the mean is all that is asked for.

    Attributes:
        counts: How many there are of each word.
    """

    def __init__(self, words: list[str], options: StaticOptions) -> None:
        self._options = options
        self.counts = dict.fromkeys(words, 0)
        self._sums: dict[str, NDArray[np.float64]] = {}
        self._rows: dict[str, list[Floats]] = {}

    @property
    def full(self) -> int:
        """How many words have no more room."""
        most = self._options.max_occurrences
        return sum(count == most for count in self.counts.values())

    def add(self, word: str, vector: Floats) -> None:
        """Counts an occurrence, if there is room."""
        if self.counts[word] == self._options.max_occurrences:
            return
        self.counts[word] += 1
        if self._options.reduce != "mean":
            # A copy: a row would keep the whole batch that it is part of.
            self._rows.setdefault(word, []).append(vector.copy())
        elif word in self._sums:
            self._sums[word] += vector
        else:
            self._sums[word] = vector.astype(np.float64)

    def vectors(self, metadata: dict[str, Any]) -> KeyedVectors:
        """What the occurrences become."""
        names: list[str] = []
        rows: list[Floats] = []
        counts: list[int] = []
        for word, count in self.counts.items():
            if count == 0:
                continue
            for name, vector, size in self._reduced(word, count):
                names.append(name)
                rows.append(vector)
                counts.append(size)
        absent = [word for word, count in self.counts.items() if count == 0]
        if not names:
            raise CorpusError(
                f"none of the {len(absent):,} words is in the corpus (the first is {absent[0]!r}); "
                "words must be spelled as they are there, capitals included"
            )
        return KeyedVectors(
            names,
            np.stack(rows),
            counts=np.array(counts, dtype=np.int64),
            metadata=metadata,
            warnings=_absent_warnings(absent),
        )

    def _reduced(self, word: str, count: int) -> list[tuple[str, Floats, int]]:
        if self._options.reduce == "mean":
            return [(word, (self._sums[word] / count).astype(np.float32), count)]
        rows = np.stack(self._rows[word])
        if self._options.reduce == "median":
            return [(word, np.median(rows, axis=0).astype(np.float32), count)]
        if self._options.reduce == "medoid":
            unit = unit_rows(rows)
            return [(word, rows[int(np.argmax(unit @ unit.sum(axis=0)))], count)]
        labels = senses_of(rows, self._options.max_senses)
        sizes = np.bincount(labels)
        if len(sizes) == 1:
            return [(word, rows.mean(axis=0), count)]
        return [
            (f"{word}{SENSE_MARK}{place + 1}", rows[labels == place].mean(axis=0), int(size))
            for place, size in enumerate(sizes)
        ]


def _absent_warnings(absent: list[str]) -> list[str]:
    if not absent:
        return []
    shown = ", ".join(absent[:_SHOWN_WORDS])
    more = f" and {len(absent) - _SHOWN_WORDS:,} more" if len(absent) > _SHOWN_WORDS else ""
    return [f"not in the corpus, so left out: {shown}{more}"]
