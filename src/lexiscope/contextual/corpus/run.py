"""Run over a whole corpus: the vectors of its words to a file, in bounded memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lexiscope._version import __version__
from lexiscope.contextual.corpus.columns import PARQUET, TEXT, Columns, TableFile, Values
from lexiscope.contextual.corpus.fitted_sif import FittedSif
from lexiscope.contextual.corpus.freed import give_back_freed
from lexiscope.contextual.corpus.parts import Part, Parts
from lexiscope.contextual.corpus.table_files import table_file
from lexiscope.contextual.corpus.whole_sentences import (
    WHOLE,
    encode_with_sentences,
    whole_pooling,
)
from lexiscope.contextual.postprocessed import PostprocessedEncoder
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.results import WordVectors
from lexiscope.contextual.text.sentence_pooling import SentenceKind, SentencePooling
from lexiscope.contextual.text.words import Sentence, SpannedText
from lexiscope.errors import CorpusError
from lexiscope.files.atomic import bytes_in
from lexiscope.files.reserving import reserved_early
from lexiscope.files.space import check_room
from lexiscope.progress import Meter, Progress, ProgressCallback

# A part has at most so many sentences, and so many bytes of vectors by a guess of its words.
_PART_SENTENCES = 2048
_PART_BYTES = 1 << 26
_WORD_CHARACTERS = 5
# Of the room that the first part lets foresee so much is sure to be needed.
_SURE_SHARE = 0.8
# A run may go on elsewhere, or compiled: that changes vectors by rounding only.
_FREE_OPTIONS = ("device", "compile")


@runtime_checkable
class Measured(Protocol):
    """Sentences that know how far they have been read (`corpus.lines.TextLines`)."""

    @property
    def total(self) -> int | None: ...
    @property
    def consumed(self) -> int: ...
    @property
    def unit(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class CorpusRun:
    """What a run has written.

    Attributes:
        out: The file or folder.
        sentences, words, tokens: How many went in.
        missing: Words without a token.
        resumed: Sentences that an earlier run had done.
        seconds: How long it took, what was resumed left out.
    """

    out: Path
    sentences: int
    words: int
    tokens: int
    missing: int
    resumed: int
    seconds: float


def run_corpus(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    out: str | PathLike[str],
    *,
    only: Iterable[str] | None = None,
    whole: SentenceKind | FittedSif | None = None,
    values: Values = "float32",
    resume: bool = False,
    progress: ProgressCallback | None = None,
) -> CorpusRun:
    """Writes the vectors of a corpus' words to a file, a row a word, in the corpus' order.

    The work is kept in parts (`parts.py`), so that after a kill `resume` goes on where it was and
    ends with the same file, byte by byte.

    Args:
        encoder: What encodes.
        sentences: Read once, some thousand at a time.
        out: A name that ends in .parquet, .safetensors or .h5, or of a folder in .zarr or .hf (see
            `table_files.py`).
        only: Only these words.
        whole: A row for each sentence too, in front of its words', with `place` −1: the "mean" of
            its tokens, the "cls" token, the "last"; or SIF as `fitted_sif.fit_sif` makes it.
        values: What vectors are stored as, "float32" or "float16".
        resume: Go on with what an earlier run has left. The sentences must be the same.
        progress: Whom to tell.

    Raises:
        ConfigError: The file's name is of no known kind, or there is unfinished work of other
            options.
        CorpusError: There is no sentence, or another one than before the kill.
        MissingExtraError: A package for the file is not installed.
        BusyError: Another process is writing the file.
        NoRoomError: The disk has less room than the file will take, by what the first sentences
            took; or it is full.
    """
    target = Path(out)
    table = table_file(target, values)
    pooling = whole_pooling(whole, encoder.options, by_parts=True)
    words = None if only is None else frozenset(only)
    work = _work(encoder, words, whole, values)
    if target.suffix == PARQUET:  # parts of earlier work are without
        work[TEXT] = True
    with reserved_early(target, is_folder=table.is_folder):
        parts = Parts(target)
        parts.begin(work, resume=resume)
        encode = partial(_encode, encoder, words, pooling)
        meter = _Meter(sentences, progress, even=words is None)
        return _run(encode, encoder.vector_size, sentences, parts, table, work, meter)


Encode = Callable[[list[Sentence]], WordVectors]


def _encode(
    encoder: WordEncoder,
    words: frozenset[str] | None,
    pooling: SentencePooling | None,
    chunk: list[Sentence],
) -> WordVectors:
    if pooling is None:
        return encoder.encode_words(chunk, words)
    return encode_with_sentences(encoder, chunk, words, pooling)


def _run(
    encode: Encode,
    width: int,
    sentences: Iterable[Sentence],
    parts: Parts,
    table: TableFile,
    work: dict[str, Any],
    meter: _Meter,
) -> CorpusRun:
    resumed = sum(part.sentences for part in parts.done)
    began = time.monotonic()
    try:
        _encode_parts(encode, width, sentences, parts, table, meter)
        if not parts.done:
            raise CorpusError("there is no sentence: expected text, a sentence a line")
    except BaseException:
        if not parts.done:  # there is nothing to go on from
            parts.remove()
        raise
    meter.joining(len(parts.done))
    parts.finish(partial(table.join, metadata=work), is_folder=table.is_folder)
    return CorpusRun(
        out=parts.target,
        sentences=sum(part.sentences for part in parts.done),
        words=sum(part.words for part in parts.done),
        tokens=sum(part.tokens for part in parts.done),
        missing=sum(part.missing for part in parts.done),
        resumed=resumed,
        seconds=time.monotonic() - began,
    )


def _encode_parts(
    encode: Encode,
    width: int,
    sentences: Iterable[Sentence],
    parts: Parts,
    table: TableFile,
    meter: _Meter,
) -> None:
    before, first = len(parts.done), 0
    number = -1
    for number, chunk in enumerate(_chunks(sentences, width)):
        digest = _digest(chunk)
        if number < before:
            if parts.done[number].digest != digest:
                raise CorpusError(
                    f"the sentences from number {first:,} on are not those that {parts.folder} was "
                    "made from; give the same input to resume, or remove that folder"
                )
            meter.skip(len(chunk))
        else:
            encoded = encode(chunk)
            columns = Columns.of(encoded, first)
            part = Part(
                digest=digest,
                sentences=len(chunk),
                words=int((encoded.places != WHOLE).sum()),
                missing=int(((encoded.pieces == 0) & (encoded.places != WHOLE)).sum()),
                tokens=encoded.tokens,
            )
            parts.add(part, partial(table.write, columns=columns))
            del encoded, columns
            give_back_freed()
            meter.update(len(chunk), part.tokens)
            if number == before:
                _check_room(parts, meter.share)
        first += len(chunk)
    if number + 1 < before:
        raise CorpusError(
            f"the input ends after {first:,} sentences, but {parts.folder} has more; give the same "
            "input to resume, or remove that folder"
        )


def _check_room(parts: Parts, share: float | None) -> None:
    """Refuses work whose parts, and the file that they are joined to, will not fit.

    Args:
        parts: What has been written.
        share: How much of the work that is, where it is known.

    Raises:
        NoRoomError: As said.
    """
    if share:
        written = bytes_in(parts.folder)
        check_room(parts.target, int(_SURE_SHARE * (2 * written / share - written)))


def _work(
    encoder: WordEncoder,
    words: frozenset[str] | None,
    whole: SentenceKind | FittedSif | None,
    values: Values,
) -> dict[str, Any]:
    """What the vectors depend on besides the sentences."""
    options = asdict(encoder.options)
    for name in _FREE_OPTIONS:
        del options[name]
    listed = None
    if words is not None:
        listed = hashlib.blake2b("\0".join(sorted(words)).encode(), digest_size=16).hexdigest()
    return {
        "model": encoder.model.title,
        **options,
        "layers": list(encoder.layers),
        **_postprocessing(encoder),
        "words_asked_for": listed,
        # Named where they are not as they were always, so that earlier work goes on.
        **_whole(whole),
        **({} if values == "float32" else {"values": values}),
        "version": __version__,
    }


def _whole(whole: SentenceKind | FittedSif | None) -> dict[str, Any]:
    if isinstance(whole, FittedSif):
        return {"sentences": "sif", "sif": whole.facts}
    return {} if whole is None else {"sentences": whole}


def _postprocessing(encoder: WordEncoder) -> dict[str, Any]:
    if not isinstance(encoder, PostprocessedEncoder):
        return {}
    return {"postprocessing": encoder.facts}


def _chunks(sentences: Iterable[Sentence], width: int) -> Iterator[list[Sentence]]:
    """The sentences in lists of bounded size, which depends on nothing but them and D."""
    most = max(1, _PART_BYTES // (4 * width)) * _WORD_CHARACTERS
    chunk: list[Sentence] = []
    characters = 0
    for item in sentences:
        if isinstance(item, str | SpannedText):
            chunk.append(item)
            characters += len(item if isinstance(item, str) else item.text)
        else:
            words = list(item)
            chunk.append(words)
            characters += _WORD_CHARACTERS * len(words)
        if characters >= most or len(chunk) == _PART_SENTENCES:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _digest(chunk: list[Sentence]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for sentence in chunk:
        if isinstance(sentence, SpannedText):
            words = ["", "", sentence.text, *map(str, sentence.spans)]
        else:
            words = [sentence] if isinstance(sentence, str) else ["", *sentence]
        for word in words:
            content = str(word).encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "little") + content)
        digest.update(b"\xff")
    return digest.hexdigest()


class _Meter:
    """Tells how far a run is: by bytes of the input where it knows them, else by sentences."""

    def __init__(
        self, sentences: Iterable[Sentence], callback: ProgressCallback | None, *, even: bool
    ) -> None:
        self._measured = sentences if isinstance(sentences, Measured) else None
        self._total = (
            self._measured.total
            if self._measured is not None
            else (len(sentences) if isinstance(sentences, Sized) else None)
        )
        self._even = even  # whether each part of the input takes about the same room
        self._unit = "sentences" if self._measured is None else self._measured.unit
        self._callback = callback
        self._meter = Meter("encoding", self._total, self._unit, callback, every=0)
        self._began = time.monotonic()
        self._sentences = self._tokens = 0

    @property
    def _done(self) -> int:
        return self._sentences if self._measured is None else self._measured.consumed

    @property
    def share(self) -> float | None:
        """How much is done, of room too; None where that is not known."""
        return None if not self._total or not self._even else min(1.0, self._done / self._total)

    def skip(self, sentences: int) -> None:
        """A part was there already; the rate counts from here on."""
        self._sentences += sentences
        self._began = time.monotonic()
        self._meter.skip(self._done)

    def update(self, sentences: int, tokens: int) -> None:
        """A part was encoded."""
        self._sentences += sentences
        self._tokens += tokens
        seconds = max(time.monotonic() - self._began, 1e-9)
        self._meter.update(self._done, {"tokens/s": round(self._tokens / seconds)})

    def joining(self, parts: int) -> None:
        """The parts are being joined."""
        if self._callback is not None:
            self._callback(
                Progress(
                    stage="joining", done=parts, total=parts, unit="parts", rate=0.0, remaining=None
                )
            )
