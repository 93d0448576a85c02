"""Subject of a server: one run, model or vectors file, read once and never written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lexiscope import data, formats
from lexiscope._version import __version__
from lexiscope.formats.kinds import model_folder, packed_run, parquet
from lexiscope.inspection import History, Recording, SnapshotHistory, Snapshots, StepHistory
from lexiscope.replay import storage
from lexiscope.server.occurrences import ServedOccurrences
from lexiscope.server.problems import NothingToShowError
from lexiscope.server.wordsearch import WordSearch
from lexiscope.shown import shown
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.search import row_norms

if TYPE_CHECKING:
    from lexiscope.server.compared import ComparedModels
    from lexiscope.server.transformer import Transformer

# Of a file up to this size every byte counts for the fingerprint; of a larger one its size, its
# time of change and its two ends.
_HASHED_WHOLE = 64 * 2**20
_HASHED_ENDS = 2**16
_ROWS_IN_FULL = 4096
_SOURCES = {".py", ".toml", ".txt", ".tsv"}


@dataclass(eq=False)
class OpenSubject:
    """An open run, model or vectors file.

    Attributes:
        name: Of the file or folder, without its path.
        kind: A recording of every step, another model folder, or any other file.
        format: Of the file, in words.
        vectors: W, and W′ where there is one.
        recording: Of every step, or None.
        history: Of the run, recorded either way, or None.
        fingerprint: 16 hex digits that change whenever an answer could.
        transformer: The pretrained model for the contextual view, or None.
        compared: Its comparison with another model, or None.
        occurrences: Where it is a corpus' words in their sentences, these; its vectors are then the
            words' means. Else None.
    """

    name: str
    kind: Literal["recording", "model", "vectors"]
    format: str
    vectors: KeyedVectors
    recording: Recording | None
    history: History | None
    fingerprint: str
    transformer: Transformer | None = None
    compared: ComparedModels | None = None
    occurrences: ServedOccurrences | None = None

    def __post_init__(self) -> None:
        self._warming = Lock()

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        transformer: Transformer | None = None,
        output_vectors: str | PathLike[str] | None = None,
        compared: ComparedModels | None = None,
    ) -> OpenSubject:
        """Opens a path read-only.

        Args:
            path: The run, model or vectors file.
            transformer: Beside it, for the contextual view.
            output_vectors: Vectors that are W′ of the same words.
            compared: The comparison of what is there with another model.

        Raises:
            FormatError: There is nothing, or nothing that is known, or it is damaged.
        """
        target = Path(path)
        with packed_run.unpacked(target) as folder:
            output = None if output_vectors is None else Path(output_vectors)
            opened = cls._open(target, folder, transformer, output)
        if compared is None:
            return opened
        both = hashlib.blake2b(
            f"{opened.fingerprint} {compared.fingerprint}".encode(), digest_size=8
        )
        return replace(opened, compared=compared, fingerprint=both.hexdigest())

    @classmethod
    def of(cls, thing: KeyedVectors | Recording) -> OpenSubject:
        """What is in memory, as it is now: vectors, or a recording.

        Args:
            thing: It is not copied; whoever changes it opens it anew.
        """
        recording = thing if isinstance(thing, Recording) else None
        vectors = thing.vectors() if isinstance(thing, Recording) else thing
        return cls(
            name="a recording" if recording is not None else "these vectors",
            kind="recording" if recording is not None else "vectors",
            format="recording in memory" if recording is not None else "table in memory",
            vectors=vectors.in_words(),
            recording=recording,
            history=None if recording is None else StepHistory(recording),
            fingerprint=_fingerprint_of(vectors, recording),
        )

    @classmethod
    def _open(
        cls, path: Path, target: Path, transformer: Transformer | None, output: Path | None
    ) -> OpenSubject:
        """Opens what is at a path, `target` being its folder where it is an archive of one."""
        format_ = formats.detect(target)
        # The folder of an archive goes away.
        mmap: Literal["r"] | None = "r" if target == path else None
        recording = Recording.open(target) if (target / storage.STEPS_FILE).is_file() else None
        history: History | None = None
        if recording is not None:
            history = StepHistory(recording)
        elif (target / storage.SNAPSHOTS_FILE).is_file():
            history = SnapshotHistory(Snapshots.open(target))
        kind: Literal["recording", "model", "vectors"] = "vectors"
        if format_.name == model_folder.FORMAT.name:
            kind = "model" if recording is None else "recording"
        occurrences = None
        if format_.name == parquet.FORMAT.name and output is None:
            occurrences = ServedOccurrences.at(target)
        if occurrences is None:
            vectors = KeyedVectors.load(target, mmap=mmap, output_vectors=output)
            described = formats.detect(path).description
        else:
            vectors, described = occurrences.means(), "words in their sentences"
        return cls(
            name=path.resolve().name,
            kind=kind,
            format=described,
            vectors=vectors.in_words(),
            occurrences=occurrences,
            recording=recording,
            history=history,
            fingerprint=_fingerprint([target] if output is None else [target, output], transformer),
            transformer=transformer,
        )

    @property
    def words(self) -> int:
        """V."""
        return len(self.vectors)

    @property
    def tokens(self) -> list[str]:
        """The words, row by row."""
        return self.vectors.index_to_key

    @property
    def counts(self) -> NDArray[np.int64] | None:
        """The words' counts, where they are known."""
        return self.vectors.counts

    @property
    def has_output_words(self) -> bool:
        """Whether W′ is there and has a row a word."""
        return self.vectors.has_output and len(self.vectors.output_vectors) == self.words

    @cached_property
    def training(self) -> Mapping[str, Any]:
        """The options that it was trained with, as far as they are known."""
        if self.recording is not None:
            return self.recording.config.to_json()
        options = self.vectors.metadata.get("training")
        return options if isinstance(options, Mapping) else {}

    @cached_property
    def by_frequency(self) -> NDArray[np.int64]:
        """All rows, most frequent first; as they stand where there are no counts."""
        if self.counts is None:
            return np.arange(self.words)
        return np.argsort(-self.counts, kind="stable")

    def frequent(self, limit: int) -> list[int]:
        """All rows in their order, or those of the most frequent words, most frequent first."""
        if self.words <= limit:
            return list(range(self.words))
        rows: list[int] = self.by_frequency[:limit].tolist()
        return rows

    @cached_property
    def search(self) -> WordSearch:
        """The words, to find as they are typed."""
        return WordSearch(self.tokens, self.by_frequency)

    def meant(self, word: str) -> str:
        """The word that is asked for, where it was asked for as it is shown; else the same."""
        if word in self.vectors.key_to_index:
            return word
        return self._shown_otherwise.get(word, word)

    def row(self, word: str) -> int:
        """The row of a word, asked for as it is or as it is shown.

        Raises:
            UnknownWordError: There is none.
        """
        return self.vectors.get_index(self.meant(word))

    @cached_property
    def _shown_otherwise(self) -> dict[str, str]:
        """Words that are not shown as they are: what is shown → the word, of several the first."""
        otherwise: dict[str, str] = {}
        for word in self.tokens:
            text = shown(word)
            if text != word:
                otherwise.setdefault(text, word)
        return otherwise

    @cached_property
    def output_norms(self) -> NDArray[np.float32]:
        """The lengths of W′'s rows (V)."""
        return row_norms(self.vectors.output_vectors)

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """The bundled corpus' semantic groups, those whose words are all there: name → rows."""
        index = self.vectors.key_to_index
        return {
            name: [index[word] for word in words]
            for name, words in self.teaching_groups.items()
            if all(word in index for word in words)
        }

    @cached_property
    def teaching_groups(self) -> dict[str, list[str]]:
        """The bundled corpus' semantic groups, name → words; none where the text is another.

        It is another where most words are in no group: what it has of these words it has by chance,
        in senses of its own.
        """
        groups = data.groups()
        index = self.vectors.key_to_index
        there = sum(word in index for words in groups.values() for word in words)
        return groups if 2 * there >= self.words else {}

    def warm(self) -> None:
        """Does beforehand what the first query would have to wait for."""
        with self._warming:
            if self.recording is not None:
                self.recording.step(1)  # loads the kernels
            self.vectors.fill_norms()
            _ = self.search
            _ = self._shown_otherwise
            if self.has_output_words:
                _ = self.output_norms

    def recorded(self) -> Recording:
        """The recording of every step.

        Raises:
            NothingToShowError: There is none.
        """
        if self.recording is None:
            raise NothingToShowError(
                f"{self.name} has no recording of its steps; make one of a small text with "
                "`lexiscope record TEXT -o RUN`"
            )
        return self.recording

    def journey(self) -> History:
        """The run's history, recorded either way.

        Raises:
            NothingToShowError: There is none.
        """
        if self.history is None:
            raise NothingToShowError(
                f"{self.name} was trained without a recording; make one with `lexiscope train TEXT "
                "-o MODEL --record`, or of every step of a small text with `lexiscope record TEXT "
                "-o RUN`"
            )
        return self.history

    def output(self) -> NDArray[np.float32]:
        """W′, with a row a word.

        Raises:
            NothingToShowError: There is none, or its rows are the nodes of a tree.
        """
        if not self.vectors.has_output:
            raise NothingToShowError(
                f"{self.name} has no output matrix W′; a model folder that `lexiscope train` wrote "
                "has one"
            )
        if not self.has_output_words:
            raise NothingToShowError(
                f"{self.name} was trained with hierarchical softmax: the rows of its W′ are nodes "
                "of a tree, not words; train with negative sampling or the softmax to see them"
            )
        return self.vectors.output_vectors


def _fingerprint(paths: list[Path], transformer: Transformer | None) -> str:
    """Of the program and of what is open: both decide the answers."""
    digest = hashlib.blake2b(_program(), digest_size=8)
    if transformer is not None:
        digest.update(transformer.fingerprint.encode())
    for file in (file for path in paths for file in _files(path)):
        digest.update(file.name.encode("utf-8", "surrogateescape"))
        _add_content(digest, file)
    return digest.hexdigest()


def _program() -> bytes:
    """What the program is: its version and every source of it."""
    digest = hashlib.blake2b(__version__.encode(), digest_size=8)
    package = Path(str(data.__file__)).parent.parent
    for source in sorted(package.rglob("*")):
        if source.suffix in _SOURCES:
            digest.update(source.read_bytes())
    return digest.digest()


def _fingerprint_of(vectors: KeyedVectors, recording: Recording | None) -> str:
    """Of the program and of what is in memory: lengths tell of each row, some rows in full."""
    digest = hashlib.blake2b(_program(), digest_size=8)
    matrices = [vectors.vectors, *([vectors.output_vectors] if vectors.has_output else [])]
    for matrix in matrices:
        digest.update(f"{matrix.shape} {matrix.dtype}".encode())
        digest.update(row_norms(matrix).data)
        digest.update(np.ascontiguousarray(matrix[:_ROWS_IN_FULL]).data)
    words = "\n".join(map(str, vectors.index_to_key))
    digest.update(words.encode("utf-8", "surrogateescape"))
    if recording is not None:
        digest.update(recording.losses.tobytes())
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    """The files that are read of a path."""
    if not path.is_dir():
        yield path
        return
    for name in (*model_folder.FILES, storage.STEPS_FILE, storage.SNAPSHOTS_FILE):
        if (path / name).is_file():
            yield path / name


def _add_content(digest: hashlib.blake2b, file: Path) -> None:
    facts = file.stat()
    with file.open("rb") as stream:
        if facts.st_size <= _HASHED_WHOLE:
            digest.update(stream.read())
            return
        digest.update(f"{facts.st_size} {facts.st_mtime_ns}".encode())
        digest.update(stream.read(_HASHED_ENDS))
        stream.seek(-_HASHED_ENDS, 2)
        digest.update(stream.read())
