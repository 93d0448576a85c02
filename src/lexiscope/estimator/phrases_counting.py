"""Sentences counted for `Phrases`: as a whole where it is known what they come from."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from lexiscope.cores import cores_allowed
from lexiscope.corpus.first_pass import Reading, read_text_files, read_whole
from lexiscope.corpus.input.dataset_rows import sentences_in
from lexiscope.corpus.input.sentence_files import LineSentence, SentenceFiles
from lexiscope.corpus.passes.spool import Spool
from lexiscope.corpus.phrases import kernels
from lexiscope.corpus.phrases.counting import PairCounter, PairCounts
from lexiscope.corpus.phrases.joining import WholeText, count_pairs_of, join_stages
from lexiscope.corpus.phrases.options import Stage, StagedSentences
from lexiscope.corpus.tokenizers import TokenizerSpec
from lexiscope.errors import SentencesError

_FLUSH = 1 << 18
_MOST_WORKERS = 4


class _Numbers(dict[str, int]):
    """Numbers words in the order in which they are first asked for."""

    def __missing__(self, word: object) -> int:
        if not isinstance(word, str):
            raise SentencesError(
                f"a sentence holds {word!r:.40} of type {type(word).__name__}; expected "
                "only strings"
            )
        number = self[word] = len(self)
        return number


def count(sentences: Any, *, connectors: frozenset[str], delimiter: str, most: float) -> PairCounts:
    """All pairs of some sentences.

    Args:
        sentences: A path, a reader of files, sentences that go through other phrases first, or any
            iterable of lists of words.
        connectors, delimiter, most: See `PairCounter`.

    Raises:
        CorpusError: A file cannot be read.
        SentencesError: A sentence holds something that is no string.
    """
    counter = PairCounter(connectors=connectors, delimiter=delimiter, most=most)
    if isinstance(sentences, (str, os.PathLike)):
        sentences = LineSentence(sentences)
    sentences = sentences_in(sentences)
    with ExitStack() as stack:
        whole = _whole(sentences, stack)
        if whole is not None:
            return count_pairs_of(whole, counter)
        kernels.compile_kernels()
        words: list[str] = []
        for text, words in _numbered(sentences):
            counter.add(text, words)
        return counter.finish(words)


def _numbered(sentences: Iterable[Any]) -> Iterator[tuple[Any, list[str]]]:
    """Sentences as ids, −1 at the end of each, many at a time, with all words so far."""
    numbers = _Numbers()
    words: list[str] = []
    pending = array("i")
    take = numbers.__getitem__
    for sentence in sentences:
        pending.extend(map(take, sentence))
        pending.append(-1)
        if len(pending) >= _FLUSH:
            words += list(numbers)[len(words) :]
            yield np.frombuffer(pending, np.int32), words
            pending = array("i")
    words += list(numbers)[len(words) :]
    yield np.frombuffer(pending, np.int32), words


def _whole(sentences: Any, stack: ExitStack) -> WholeText | None:
    """Sentences as a whole text, where what they come from is known; None where it is not."""
    stages: list[Stage] = []
    while isinstance(sentences, StagedSentences) and (staged := sentences.as_staged()):
        sentences, stage = staged
        stages.insert(0, stage)
    files = sentences.as_files() if isinstance(sentences, SentenceFiles) else None
    if files is not None:
        workers = min(cores_allowed(), _MOST_WORKERS)
        reading = Reading(spec=TokenizerSpec(), workers=workers)
        whole = read_whole(
            read_text_files(files, reading, stack), None, files.longest, reading, stack
        )
    elif stages:
        spool = stack.enter_context(Spool(None, np.int32))
        words: Sequence[str] = ()
        for text, words_so_far in _numbered(sentences):
            spool.append(text)
            words = words_so_far
        whole = WholeText(words=list(words), text=spool.map() if spool.size else _nothing())
    else:
        return None
    if stages and "" in whole.words:
        return None  # an empty word ends what a phrase could be, and is left out
    if not whole.text.size:
        return whole

    def spools() -> Iterator[Spool[np.int32]]:
        while True:
            yield stack.enter_context(Spool(None, np.int32))

    return join_stages(whole, stages, spools()).whole


def _nothing() -> Any:
    return np.empty(0, np.int32)
