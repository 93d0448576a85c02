"""First pass over a text, whatever it is read from: its distinct words, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.input.sections import sections_of
from lexiscope.corpus.input.sentence_files import SentenceFiles, TextFiles
from lexiscope.corpus.input.sources import (
    BLOCK_BYTES,
    BlockReader,
    PathLike,
    find_files,
    stored_bytes,
)
from lexiscope.corpus.input.text_form import AS_IT_IS
from lexiscope.corpus.passes.spool import SEGMENT_SIZE, Spool
from lexiscope.corpus.tokenizers import UNICODE_WHITESPACE, TokenizerSpec
from lexiscope.corpus.vocabulary import OUTSIDE
from lexiscope.progress import Compiling, Meter, ProgressCallback

if TYPE_CHECKING:
    from lexiscope.corpus.passes.recode import FirstPass
    from lexiscope.corpus.passes.sections import SectionReaders
    from lexiscope.corpus.phrases.joining import WholeText


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a text is read.

    Attributes:
        spec: What a word is.
        workers: Threads.
        cache_dir: A folder for what is kept between passes; None for the system's temporary folder.
        progress: Told how far it is.
        block_bytes: Text that a thread takes at a time.
        readers: Who else may read files; None for nobody.
    """

    spec: TokenizerSpec
    workers: int = 1
    cache_dir: Path | None = None
    progress: ProgressCallback | None = None
    block_bytes: int = BLOCK_BYTES
    readers: SectionReaders | None = None

    def spool(self, stack: ExitStack) -> Spool[np.uint16]:
        """A new spool for the numbers of chunks, closed with the stack."""
        return stack.enter_context(Spool(self.cache_dir, np.uint16, SEGMENT_SIZE))


def read_text(
    files: PathLike | Sequence[PathLike] | None,
    sentences: Iterable[Any] | None,
    reading: Reading,
    stack: ExitStack,
) -> FirstPass:
    """Reads a text once: files, or sentences, of which it may be known what files they are from.

    Returns:
        What a second pass needs.

    Raises:
        CorpusError: The text is missing, empty, damaged or no text, or the disk is full.
    """
    if files is not None:
        return _read_files(find_files(files), reading, stack)
    known = sentences.as_files() if isinstance(sentences, SentenceFiles) else None
    if known is not None:
        return read_text_files(known, reading, stack)
    return _read_sentences(sentences, reading, stack)


def read_text_files(files: TextFiles, reading: Reading, stack: ExitStack) -> FirstPass:
    """Reads what sentences are read from; a word is what it is in them, but for its case."""
    spec = replace(reading.spec, kind=UNICODE_WHITESPACE, comments=False, text=AS_IT_IS)
    paths = find_files(files.files)
    return _read_files(paths, replace(reading, spec=spec), stack, joins_lines=files.joins_lines)


def _read_files(
    paths: list[str], reading: Reading, stack: ExitStack, *, joins_lines: bool = False
) -> FirstPass:
    from lexiscope.corpus.passes.reading import read_files
    from lexiscope.corpus.passes.sections import Form, read_sections
    from lexiscope.corpus.passes.sentences import read_lines

    spec = reading.spec
    reader = BlockReader(
        paths,
        comments=spec.comments,
        form=spec.text,
        joins_lines=joins_lines,
        block_bytes=reading.block_bytes,
    )
    total = stored_bytes(paths)
    stack.callback(reader.close)
    reader.look()
    _compile(reading.progress)
    meter = Meter("reading", total, "bytes", reading.progress)
    if not spec.splits_chunks:
        return read_lines(reader, spec, reading.spool(stack), meter)
    if reading.readers is not None:
        sections = sections_of(paths, form=spec.text, whole_files=joins_lines)
        if sections is not None and reading.readers.see(sections):
            form = Form(spec=spec, joins_lines=joins_lines, block_bytes=reading.block_bytes)
            return read_sections(reading.readers, sections, form, meter)
    spools = [reading.spool(stack) for _ in range(reading.workers)]
    return read_files(reader, spec, spools, meter)


def _read_sentences(sentences: Any, reading: Reading, stack: ExitStack) -> FirstPass:
    from lexiscope.corpus.passes.sentences import read_sentences

    spool = reading.spool(stack)
    _compile(reading.progress)
    # Strings that run on hold nobody knows how many.
    counted = isinstance(sentences, Sized) and not reading.spec.text.split_sentences
    total = len(sentences) if counted else None
    meter = Meter("reading", total, "sentences", reading.progress)
    return read_sentences(sentences, reading.spec, spool, meter)


class _NoDigest:
    """What a hash would be told, told to nobody."""

    def update(self, _data: object) -> None:
        pass


def read_whole(
    first: FirstPass,
    excluded: NDArray[np.bool_] | None,
    longest: int,
    reading: Reading,
    stack: ExitStack,
) -> WholeText:
    """A text that was read, with all its words but those that are excluded.

    Args:
        first: As `read_text` gives it.
        excluded: bool, by word, those that leave the text; None for none.
        longest: After so many words a sentence ends as well.
        reading: How it was read.
        stack: Closes what the text is kept in.
    """
    from lexiscope.corpus.passes.recode import Recoding, recode_pieces
    from lexiscope.corpus.phrases.joining import WholeText

    words = first.text.words
    ids = np.arange(words.counts.size, dtype=np.int32)
    if excluded is not None:
        ids[excluded] = OUTSIDE
    recoding = Recoding.of(first.text.expansion, ids)
    target = stack.enter_context(Spool(reading.cache_dir, np.int32))
    recode_pieces(
        first.pieces,
        first.recoder(recoding, longest),
        target,
        workers=reading.workers,
        digest=_NoDigest(),
        meter=Meter("encoding", 2 * sum(p.count for p in first.pieces), "bytes", None),
    )
    text = target.map() if target.size else np.empty(0, np.int32)
    return WholeText(words=words.take(np.arange(words.counts.size)), text=text)


def _compile(progress: ProgressCallback | None) -> None:
    from lexiscope.corpus.passes.scan import compile_kernels

    with Compiling("reading", progress):
        compile_kernels()
