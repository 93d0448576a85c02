"""Occurrences of a word, read out of the Parquet file that `lexiscope contextual` has written.

Row groups are gone through one after the other: first the words alone, then the columns of those
groups that hold an occurrence that is taken, vectors some thousand rows at a time. So memory does
not grow with the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path, PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.contextual.corpus.columns import METADATA, TEXT
from lexiscope.errors import CorpusError, FormatError, MissingExtraError, reason_of
from lexiscope.files import json_document
from lexiscope.files.opening import require_file
from lexiscope.files.unwrapping import unpacks_to
from lexiscope.formats.kinds.word2vec.header import MAX_DIMENSIONS
from lexiscope.one_line import one_line
from lexiscope.shown import quoted
from lexiscope.vectors.spelling import UnknownWordError, close_spellings

Ints = NDArray[np.int64]

MOST = 2_000
"""Occurrences that are taken where nothing else is said."""
FEWEST, LIMIT = 2, 20_000
_SUGGESTED = 3
_NUMBERS = ("sentence", "place", "start", "end", "pieces")
_VECTOR_ROWS = 4_096
# Of a word without a token, which has no vector.
_ROW_BYTES = 4


@one_line
@dataclass(frozen=True, kw_only=True)
class Occurrences:
    """A word's occurrences, or some of them, taken evenly in the corpus' order.

    Attributes:
        word: The word, as it is spelled in the text.
        total: How many there are in the file.
        sentences: The numbers of their sentences (n), rising.
        places: The word's number in its sentence (n).
        spans: Start and end of the word in its sentence, in characters (n × 2).
        texts: The sentences (n).
        vectors: float32 (n, D).
    """

    word: str
    total: int
    sentences: Ints
    places: Ints
    spans: Ints
    texts: list[str]
    vectors: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.texts)


class OccurrencesFile:
    """A table of words in their sentences, open to be asked for one word after the other.

    Args:
        path: A Parquet file that `lexiscope contextual` has written.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is no Parquet file, or one of something else.
        MissingExtraError: pyarrow is not installed.

    Attributes:
        path: As given.
        rows: Words in it, those without a vector too.
        dimension: D.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path)
        require_file(self.path)
        self._arrow = _library()
        with self._errors_named():
            file = self._arrow.parquet.ParquetFile(self.path)
        self.rows = int(file.metadata.num_rows)
        self._schema = file.schema_arrow
        self.dimension = self._checked(self._schema)
        if _ROW_BYTES * self.rows > unpacks_to(self.path.stat().st_size):
            raise FormatError(
                self.path, None, f"declares {self.rows:,} words, far more than it can hold"
            )

    @property
    def model(self) -> str:
        """What the vectors were made with, as the file says: a folder's name or an id of the hub;
        "" where it does not say.
        """
        content = (self._schema.metadata or {}).get(METADATA.encode())
        if content is None:
            return ""
        title = json_document.parse(content, self.path)["model"]
        named = title.text() if title.is_given else ""
        return PurePath(named).name if PurePath(named).is_absolute() else named

    @classmethod
    def at(cls, path: Path) -> OccurrencesFile | None:
        """The file at a path, or None where that is anything else."""
        try:
            return cls(path)
        except (FormatError, MissingExtraError):
            return None

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each word occurs with a vector, most frequent first."""
        counted: Counter[str] = Counter()
        for _, words, kept in self._words():
            compute = self._arrow.compute
            pairs = compute.value_counts(words.filter(self._arrow.array(kept)))
            spelled, numbers = (pairs.field(at).to_pylist() for at in (0, 1))
            counted.update(dict(zip(spelled, numbers, strict=True)))
        return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))

    def of(self, word: str, most: int = MOST) -> Occurrences:
        """A word's occurrences.

        Args:
            word: As it is spelled in the text.
            most: How many to take, 2 to 20,000; of more, they are taken evenly.

        Raises:
            UnknownWordError: It does not occur.
            CorpusError: It occurs once, which is too few to compare.
            ConfigError: `most` is out of its range.
            FormatError: The file is damaged.
        """
        whole("most", most, FEWEST, LIMIT)
        found = [(group, rows) for group, rows in self._where(word) if len(rows)]
        total = sum(len(rows) for _, rows in found)
        if total == 0:
            raise UnknownWordError(word, lambda: close_spellings(word, self.counts, _SUGGESTED))
        if total < FEWEST:
            raise CorpusError(
                f"{quoted(word)} occurs once in {self.path.name}; expected twice at least, so that "
                "there is something to compare"
            )
        taken = np.unique(np.linspace(0, total - 1, min(most, total)).round().astype(np.int64))
        parts, before = [], 0
        for group, rows in found:
            own = taken[(taken >= before) & (taken < before + len(rows))] - before
            if len(own):
                parts.append(self._read(group, rows[own]))
            before += len(rows)
        numbers = {name: np.concatenate([part[0][name] for part in parts]) for name in _NUMBERS}
        return Occurrences(
            word=word,
            total=total,
            sentences=numbers["sentence"],
            places=numbers["place"],
            spans=np.stack([numbers["start"], numbers["end"]], axis=1),
            texts=[text for part in parts for text in part[1]],
            vectors=np.concatenate([part[2] for part in parts]),
        )

    def means(self, most: int) -> tuple[list[str], NDArray[np.float32]]:
        """Words, most frequent first, and the mean of each one's vectors, a row each.

        Args:
            most: How many words, at most.

        Raises:
            FormatError: The file is damaged.
        """
        words = list(self.counts)[:most]
        numbers = {word: number for number, word in enumerate(words)}
        sums = np.zeros((len(words), self.dimension))
        for group, spelled, kept in self._words():
            known = np.fromiter(
                (numbers.get(word, -1) for word in spelled.dictionary.to_pylist()), np.int64
            )
            own = known[spelled.indices.to_numpy()]
            rows = np.flatnonzero(kept & (own >= 0))
            for here, vectors in self._vectors(group, rows):
                order = np.argsort(own[here], kind="stable")
                same, first = np.unique(own[here][order], return_index=True)
                sums[same] += np.add.reduceat(vectors[order].astype(np.float64), first, axis=0)
        counts = np.fromiter((self.counts[word] for word in words), np.float64, len(words))
        return words, (sums / counts[:, None]).astype(np.float32)

    def _where(self, word: str) -> Iterator[tuple[int, Ints]]:
        """Each row group with the rows in it where the word occurs with a vector."""
        for group, words, kept in self._words():
            same = self._arrow.compute.equal(words, word).to_numpy(zero_copy_only=False)
            yield group, np.flatnonzero(same.astype(bool) & kept)

    def _words(self) -> Iterator[tuple[int, Any, NDArray[np.bool_]]]:
        """Each row group with its words, and which of them are words that have a vector."""
        with self._errors_named():
            file = self._opened()
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=["word", "place", "pieces"])
                words = table["word"].combine_chunks()
                place, pieces = (table[name].to_numpy() for name in ("place", "pieces"))
                # At place −1 stands a whole sentence; what has no token has no vector.
                yield group, words, (place >= 0) & (pieces > 0)

    def _read(
        self, group: int, rows: Ints
    ) -> tuple[dict[str, Ints], list[str], NDArray[np.float32]]:
        """Numbers, sentences and vectors of some rows of a row group, which rise."""
        with self._errors_named():
            table = self._opened().read_row_group(group, columns=[*_NUMBERS, TEXT]).take(rows)
            numbers = {name: table[name].to_numpy().astype(np.int64) for name in _NUMBERS}
            texts: list[Any] = table[TEXT].to_pylist()
        if None in texts:
            raise FormatError(self.path, f"row group {group}", "lacks a word's sentence")
        vectors = np.concatenate([part for _, part in self._vectors(group, rows)])
        return numbers, texts, vectors

    def _vectors(self, group: int, rows: Ints) -> Iterator[tuple[Ints, NDArray[np.float32]]]:
        """Some of a row group's rows, which rise, some at a time with their vectors."""
        with self._errors_named():
            first = 0
            batches = self._opened().iter_batches(
                _VECTOR_ROWS, row_groups=[group], columns=["vector"]
            )
            for batch in batches:
                here = rows[(rows >= first) & (rows < first + len(batch))]
                if len(here):
                    lists = batch.column(0).take(self._arrow.array(here - first))
                    values = lists.flatten().to_numpy(zero_copy_only=False)
                    if len(values) != len(here) * self.dimension:
                        raise FormatError(self.path, f"row group {group}", "lacks a word's vector")
                    if not np.isfinite(values).all():
                        raise FormatError(
                            self.path,
                            f"row group {group}",
                            "has a vector with a value that is no number",
                        )
                    yield here, values.reshape(len(here), self.dimension).astype(np.float32)
                first += len(batch)

    def _opened(self) -> Any:
        return self._arrow.parquet.ParquetFile(self.path, read_dictionary=["word"])

    def _checked(self, schema: Any) -> int:
        """D; refuses a table of anything else.

        Raises:
            FormatError: As said.
        """
        types, names = self._arrow.types, list(schema.names)
        missing = [name for name in (*_NUMBERS, "word", "vector") if names.count(name) != 1]
        if missing:
            what = "word vectors" if {"word", "vector"} <= set(names) else "something else"
            raise FormatError(
                self.path,
                None,
                f"is a Parquet file of {what}: it has no column {missing[0]!r}; expected the words "
                "of a corpus with their vectors, as `lexiscope contextual MODEL TEXT -o "
                "FILE.parquet` writes them",
            )
        if TEXT not in names:
            raise FormatError(
                self.path,
                None,
                f"has no column {TEXT!r} with the words' sentences; write it anew with "
                "`lexiscope contextual`",
            )
        vector = schema.field("vector").type
        integers = all(types.is_integer(schema.field(name).type) for name in _NUMBERS)
        if (
            not integers
            or not types.is_fixed_size_list(vector)
            or not types.is_floating(vector.value_type)
            or not 1 <= vector.list_size <= MAX_DIMENSIONS
            or not all(_is_text(types, schema.field(name).type) for name in ("word", TEXT))
        ):
            shown = ", ".join(f"{field.name}: {field.type}" for field in schema)[:300]
            raise FormatError(
                self.path,
                None,
                f"has columns of other types than `lexiscope contextual` writes ({shown})",
            )
        return int(vector.list_size)

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        """The library's errors as ours; it raises OSError for damaged content too."""
        try:
            yield
        except (self._arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            if isinstance(error, FormatError):
                raise
            raise FormatError(
                self.path,
                None,
                f"is not a whole and sound Parquet file ({reason_of(error)}); expected what "
                "`lexiscope contextual MODEL TEXT -o FILE.parquet` writes",
            ) from error


def _is_text(types: Any, kind: Any) -> bool:
    inner = kind.value_type if types.is_dictionary(kind) else kind
    return bool(types.is_string(inner) or types.is_large_string(inner))


def _library() -> Any:
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("a Parquet file", "parquet") from error
    return pyarrow
