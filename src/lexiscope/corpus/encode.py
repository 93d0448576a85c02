"""A text, read once, as int32 ids in a file that training maps."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.corpus.first_pass import Reading, read_text
from lexiscope.corpus.input.dataset_rows import sentences_in
from lexiscope.corpus.input.sentence_files import NO_LIMIT, SentenceFiles
from lexiscope.corpus.input.sources import BLOCK_BYTES, PathLike
from lexiscope.corpus.passes.spool import Spool
from lexiscope.corpus.phrases.options import PhraseOptions, Stage, StagedSentences
from lexiscope.corpus.report import CorpusReport
from lexiscope.corpus.tokenizers import TokenizerSpec, check_kind
from lexiscope.corpus.vocabulary import (
    Vocabulary,
    VocabularyChoice,
    VocabularyOptions,
    VocabularyRule,
    choose_vocabulary,
    commonest,
    find_vocabulary,
)
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.progress import Meter, ProgressCallback

if TYPE_CHECKING:
    from lexiscope.corpus.passes.recode import FirstPass, SentenceCounts
    from lexiscope.corpus.passes.sections import SectionReaders

_TOP_WORDS = 10


class EncodedCorpus:
    """A corpus as ids on disk. A context manager; closing it drops the file.

    The file has no name where the system can do without one, so that nothing stays behind even when
    the process is killed.

    Attributes:
        ids: Read-only int32, mapped from disk: the sentences' words by id, −1 at the end of each
            sentence. Words outside the vocabulary are left out.
        vocabulary: The words.
        report: What was read and what became of it.
        fingerprint: 32 hex digits, the same for the same sentences and options however the text was
            stored, split over files or shared out between threads.
        table_bytes: What the tables of the text's distinct words took while it was read.
        integers: Words that were given as whole numbers, as text.
    """

    def __init__(
        self,
        ids: NDArray[np.int32],
        vocabulary: Vocabulary,
        report: CorpusReport,
        fingerprint: str,
        table_bytes: int = 0,
        integers: frozenset[str] = frozenset(),
    ) -> None:
        self._ids = ids
        self.vocabulary: Final = vocabulary
        self.report: Final = report
        self.fingerprint: Final = fingerprint
        self.table_bytes: Final = table_bytes
        self.integers: Final = integers

    def __repr__(self) -> str:
        return f"EncodedCorpus({self._ids.size:,} ids, {self.vocabulary!r})"

    @property
    def ids(self) -> NDArray[np.int32]:
        """Read-only int32, see above; empty once closed."""
        return self._ids

    def close(self) -> None:
        """Let go of the ids. An array taken from them stays valid as long as it is held."""
        self._ids = np.empty(0, np.int32)

    def __enter__(self) -> EncodedCorpus:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class _Job:
    """What was asked for."""

    reading: Reading
    vocabulary: VocabularyOptions | Vocabulary | VocabularyRule
    longest: int
    began: float


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What a text is read from, and what becomes of its phrases.

    Attributes:
        sentences: Sentences, if it is not read from files.
        stages: What joins its phrases, one after another.
        longest: Where phrases are joined, the words after which a sentence ends as well.
        tokens: Words that are given, whose phrases are the only ones.
    """

    sentences: Iterable[Any] | None
    stages: tuple[Stage, ...] = ()
    longest: int = NO_LIMIT
    tokens: frozenset[str] | None = None


@dataclass(frozen=True)
class _Phrased:
    """What joining phrases has done to a text: see `CorpusReport`."""

    phrases: tuple[int, ...] = ()
    words_joined: int = 0
    stopwords_removed: int = 0


def encode_corpus(
    *,
    files: PathLike | Sequence[PathLike] | None = None,
    sentences: Iterable[Any] | None = None,
    tokenizer: TokenizerSpec | None = None,
    vocabulary: VocabularyOptions | Vocabulary | VocabularyRule | None = None,
    phrases: PhraseOptions | None = None,
    workers: int = 1,
    cache_dir: Path | None = None,
    progress: ProgressCallback | None = None,
    max_sentence_tokens: int = 10_000,
    block_bytes: int = BLOCK_BYTES,
    readers: SectionReaders | None = None,
) -> EncodedCorpus:
    """Read a text once, choose its vocabulary, and encode it to ids on disk.

    Args:
        files: A path, or several: files (plain, gzip, bzip2, xz or Zstandard, told by content),
            folders, globs, or "-" for standard input. One sentence a line.
        sentences: Instead of files, any iterable of strings (tokenized) or of lists of words (taken
            as they are, but for lowercasing and stop words), or a data set of Hugging Face's; it is
            gone through once.
        tokenizer: What a word is; by default what stands between whitespace.
        vocabulary: Which words to keep; or the words themselves, with their ids, and no others; or
            whoever is to choose them.
        phrases: How to find phrases, which become words before the vocabulary is chosen; None for
            none. Of words that are given, those with the delimiter in them are the phrases.
        workers: Threads.
        cache_dir: A folder for the encoded text; None for the system's temporary folder.
        progress: Told how far it is, in the calling thread: stage "compiling", then "reading" in
            bytes as stored (of `sentences`: in sentences), then "encoding" in bytes.
        max_sentence_tokens: Most words of the vocabulary in one sentence; a longer one is split.
        block_bytes: Text that a thread takes at a time.
        readers: Who else may read files, section by section, to the same result: the machines of
            a cluster; None for nobody.

    Raises:
        ConfigError: An option is out of range, or both or neither of `files` and `sentences` given.
        CorpusError: The text is missing, empty, damaged or no text; no word is left; the disk is
            full.
        MissingExtraError: The tokenizer needs a package that is not installed.
    """
    began = time.monotonic()
    _check_options(files, sentences, workers, max_sentence_tokens, block_bytes)
    sentences = sentences_in(sentences)
    job = _Job(
        reading=Reading(
            spec=TokenizerSpec() if tokenizer is None else tokenizer,
            workers=int(workers),
            cache_dir=None if cache_dir is None else Path(cache_dir),
            progress=progress,
            block_bytes=int(block_bytes),
            readers=readers,
        ),
        vocabulary=VocabularyOptions() if vocabulary is None else vocabulary,
        longest=int(max_sentence_tokens),
        began=began,
    )
    check_kind(job.reading.spec)
    source = _source(sentences, job, phrases)
    with ExitStack() as stack:
        first = read_text(files, source.sentences, job.reading, stack)
        phrased = _Phrased()
        if source.stages:
            first, phrased = _join_phrases(first, source, job, stack)
        return _second_pass(first, phrased, job, stack)


def _source(sentences: Iterable[Any] | None, job: _Job, phrases: PhraseOptions | None) -> _Source:
    """What is to be read, and the stages of phrases that it goes through."""
    stages: list[Stage] = []
    spec = job.reading.spec
    # Words are lower-cased, and leave the text, behind the phrases of sentences that have them.
    if not spec.lowercase and not spec.stopwords:
        while isinstance(sentences, StagedSentences) and (staged := sentences.as_staged()):
            sentences, stage = staged
            stages.insert(0, stage)
    known = sentences.as_files() if stages and isinstance(sentences, SentenceFiles) else None
    given = job.vocabulary if isinstance(job.vocabulary, Vocabulary) else None
    tokens = None if given is None or phrases is None else frozenset(given.tokens)
    if phrases is not None:
        stages += phrases.stages(tokens)
    longest = NO_LIMIT if known is None else known.longest
    return _Source(sentences=sentences, stages=tuple(stages), longest=longest, tokens=tokens)


def _check_options(
    files: object, sentences: object, workers: int, max_sentence_tokens: int, block_bytes: int
) -> None:
    if (files is None) == (sentences is None):
        given = "both" if files is not None else "neither"
        raise ConfigError(f"{given} of files and sentences given: expected one of them")
    whole("workers", workers, 1)
    whole("max_sentence_tokens", max_sentence_tokens, 1)
    whole("block_bytes", block_bytes, 1)


def _join_phrases(
    first: FirstPass, source: _Source, job: _Job, stack: ExitStack
) -> tuple[FirstPass, _Phrased]:
    """A text that was read, with its phrases joined before its words are chosen."""
    from lexiscope.corpus.first_pass import read_whole
    from lexiscope.corpus.phrases.joining import as_first_pass, join_stages

    reading = job.reading
    words = first.text.words
    stopwords = list(words.find(reading.spec.stopword_set()).values())
    excluded = np.zeros(words.counts.size, np.bool_)
    excluded[stopwords] = True
    if not words.counts[~excluded].any():
        return first, _Phrased()
    whole = read_whole(first, excluded, source.longest, reading, stack)

    def spools() -> Iterator[Spool[np.int32]]:
        while True:
            yield stack.enter_context(Spool(reading.cache_dir, np.int32))

    joined = join_stages(whole, source.stages, spools(), reading.progress)
    spool = reading.spool(stack)
    again = as_first_pass(joined, spool, first, source.tokens)
    removed = int(words.counts[stopwords].sum())
    return again, _Phrased(joined.phrases, joined.words_joined, removed)


def _second_pass(first: FirstPass, phrased: _Phrased, job: _Job, stack: ExitStack) -> EncodedCorpus:
    from lexiscope.corpus.passes.recode import Recoding, recode_pieces

    reading = job.reading
    words = first.text.words
    if not words.counts.any():
        raise CorpusError(_no_words(first))
    stopwords = words.find(reading.spec.stopword_set())
    excluded = np.zeros(words.counts.size, np.bool_)
    excluded[list(stopwords.values())] = True
    if isinstance(job.vocabulary, Vocabulary):
        choice = find_vocabulary(words, excluded, job.vocabulary)
    elif isinstance(job.vocabulary, VocabularyOptions):
        choice = choose_vocabulary(words, excluded, job.vocabulary)
    else:
        choice = job.vocabulary.choose(words, excluded)
    recoding = Recoding.of(first.text.expansion, choice.ids)
    target = stack.enter_context(Spool(reading.cache_dir, np.int32))
    digest = _start_digest(choice.vocabulary)
    sentence_counts = recode_pieces(
        first.pieces,
        first.recoder(recoding, job.longest),
        target,
        workers=reading.workers,
        digest=digest,
        meter=Meter("encoding", 2 * sum(p.count for p in first.pieces), "bytes", reading.progress),
    )
    report = _account(first, choice, excluded, sentence_counts, job, phrased)
    return EncodedCorpus(
        target.map(),
        choice.vocabulary,
        report,
        digest.hexdigest(),
        first.table_bytes,
        first.integers,
    )


def _start_digest(vocabulary: Vocabulary) -> Any:
    """A hash of the vocabulary, to be updated with the ids."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(len(vocabulary).to_bytes(8, "little"))
    for token in vocabulary.tokens:
        encoded = token.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    digest.update(vocabulary.counts.astype("<i8").tobytes())
    return digest


def _no_words(first: FirstPass) -> str:
    if first.files:
        what = "file is" if first.files == 1 else f"{first.files:,} files are"
        if first.text_bytes == 0:
            return f"the corpus is empty: the {what} empty; expected one sentence a line"
    return (
        f"the corpus is empty: {first.text_bytes:,} bytes were read and held no word; expected "
        "one sentence a line"
    )


def _account(
    first: FirstPass,
    choice: VocabularyChoice,
    excluded: NDArray[np.bool_],
    sentences: SentenceCounts,
    job: _Job,
    phrased: _Phrased,
) -> CorpusReport:
    counts = first.text.words.counts
    present = counts > 0
    outside = choice.ids < 0
    candidates = np.flatnonzero(present & ~(excluded & outside))
    top = commonest(counts, candidates, _TOP_WORDS)
    return CorpusReport(
        files=first.files,
        bytes=first.text_bytes,
        sentences=sentences.sentences,
        empty_sentences=sentences.empty,
        tokens=int(counts.sum()) + phrased.stopwords_removed,
        tokens_in_vocabulary=sentences.ids,
        dropped_tokens=int(counts[outside & ~excluded].sum()),
        stopwords_removed=int(counts[outside & excluded].sum()) + phrased.stopwords_removed,
        distinct=candidates.size,
        dropped_distinct=int(np.count_nonzero(present & outside & ~excluded)),
        vocabulary_size=len(choice.vocabulary),
        effective_min_count=choice.effective_min_count,
        long_lines=sentences.long,
        long_line_pieces=sentences.long_pieces,
        max_sentence_tokens=job.longest,
        empty_words=first.empty_words,
        top=tuple(zip(first.text.words.take(top), counts[top].tolist(), strict=True)),
        seconds=time.monotonic() - job.began,
        phrases=phrased.phrases,
        words_joined=phrased.words_joined,
    )
