"""Run over a whole corpus: the vectors of its words to a file, in bounded memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sized
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from lexiscope._version import __version__
from lexiscope.contextual.corpus.columns import PARQUET, TEXT, Values
from lexiscope.contextual.corpus.fitted_sif import FittedSif
from lexiscope.contextual.corpus.freed import give_back_freed
from lexiscope.contextual.corpus.making import Chunk, PartMaker
from lexiscope.contextual.corpus.parts import Part, Parts
from lexiscope.contextual.corpus.table_files import table_file
from lexiscope.contextual.corpus.whole_sentences import whole_pooling
from lexiscope.contextual.encoders import Encoders, begun
from lexiscope.contextual.postprocessed import PostprocessedEncoder
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.text.sentence_pooling import SentenceKind
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
    encoders: Encoders | None = None,
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
        encoders: Who encodes, as this encoder does: the workers of a cluster (`Cluster.encoders`).
            The file is the same.
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
        meter = _Meter(sentences, progress, even=words is None)
        chunks = _to_make(sentences, encoder.vector_size, parts, meter)
        try:
            there = begun(encoders, encoder)
            make = PartMaker(table=table, words=words, pooling=pooling, packed=there.elsewhere)
            return _run(there, make, chunks, parts, work, meter)
        except BaseException:
            if not parts.done:  # there is nothing to go on from
                parts.remove()
            raise


def _run(
    there: Encoders,
    make: PartMaker,
    chunks: Iterator[Chunk],
    parts: Parts,
    work: dict[str, Any],
    meter: _Meter,
) -> CorpusRun:
    resumed = sum(part.sentences for part in parts.done.values())
    began = time.monotonic()
    is_first = True
    for made in there.run(make, chunks, in_order=False):
        number = made.number
        parts.add(number, made.part, made.write)
        del made  # its vectors go before the next part's are there
        give_back_freed()
        meter.made(number, parts.done[number], there, len(parts.done))
        if is_first:
            is_first = False
            _check_room(parts, meter.share)
    if not parts.done:
        raise CorpusError("there is no sentence: expected text, a sentence a line")
    meter.joining(len(parts.done))
    parts.finish(partial(make.table.join, metadata=work), is_folder=make.table.is_folder)
    done = parts.done.values()
    return CorpusRun(
        out=parts.target,
        sentences=sum(part.sentences for part in done),
        words=sum(part.words for part in done),
        tokens=sum(part.tokens for part in done),
        missing=sum(part.missing for part in done),
        resumed=resumed,
        seconds=time.monotonic() - began,
    )


def _to_make(
    sentences: Iterable[Sentence], width: int, parts: Parts, meter: _Meter
) -> Iterator[Chunk]:
    """What is still to be made into parts.

    Raises:
        CorpusError: The sentences are not those that the parts which are there were made from.
    """
    number, first = -1, 0
    for number, chunk in enumerate(_chunks(sentences, width)):
        digest, before = _digest(chunk), parts.done.get(number)
        if before is None:
            meter.taken(number)
            yield Chunk(number=number, first=first, sentences=chunk, digest=digest)
        elif before.digest != digest:
            raise CorpusError(
                f"the sentences from number {first:,} on are not those that {parts.folder} was "
                "made from; give the same input to resume, or remove that folder"
            )
        else:
            meter.skip(len(chunk))
        first += len(chunk)
    if number < max(parts.done, default=-1):
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
        self._sentences = self._tokens = self._done = 0
        # What was read for each part that is being made, and how far the input was read by then.
        self._being_made: dict[int, int] = {}
        self._read = 0

    def _more(self) -> int:
        """What was read since this was last asked, where the input knows it."""
        if self._measured is None:
            return 0
        before, self._read = self._read, self._measured.consumed
        return self._read - before

    @property
    def share(self) -> float | None:
        """How much is done, of room too; None where that is not known."""
        return None if not self._total or not self._even else min(1.0, self._done / self._total)

    def skip(self, sentences: int) -> None:
        """A part was there already; the rate counts from here on."""
        self._done += sentences if self._measured is None else self._more()
        self._began = time.monotonic()
        self._sentences = self._tokens = 0
        self._meter.skip(self._done)

    def taken(self, number: int) -> None:
        """A part's sentences have been read."""
        self._being_made[number] = self._more()

    def made(self, number: int, part: Part, there: Encoders, parts: int) -> None:
        """A part was made, and there are so many."""
        read = self._being_made.pop(number)
        self._done += part.sentences if self._measured is None else read
        self._sentences += part.sentences
        self._tokens += part.tokens
        seconds = max(time.monotonic() - self._began, 1e-9)
        told: dict[str, float] = {"tokens/s": round(self._tokens / seconds)}
        if there.elsewhere:
            told = {
                "sentences/s": round(self._sentences / seconds),
                **told,
                **there.values(),
                "parts": parts,
            }
        self._meter.update(self._done, told)

    def joining(self, parts: int) -> None:
        """The parts are being joined."""
        if self._callback is not None:
            self._callback(
                Progress(
                    stage="joining", done=parts, total=parts, unit="parts", rate=0.0, remaining=None
                )
            )
