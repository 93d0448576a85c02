"""Text of a session: how it is read, and the one that was read last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import TYPE_CHECKING

from lexiscope.corpus import (
    EncodedCorpus,
    TokenizerSpec,
    Vocabulary,
    VocabularyOptions,
    encode_corpus,
)
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.corpus.vocabulary import VocabularyRule
from lexiscope.errors import StateError
from lexiscope.progress import ProgressCallback
from lexiscope.training.config import check_workers

if TYPE_CHECKING:
    from lexiscope.corpus.passes.sections import SectionReaders

AnyPath = str | PathLike[str]
Files = AnyPath | Sequence[AnyPath]
Sentences = Iterable[Sequence[str]] | Iterable[str]


class SessionText:
    """What a session reads, and how; see `TrainingSession`."""

    def __init__(
        self,
        tokenizer: TokenizerSpec | None,
        vocabulary: VocabularyOptions | None,
        rule: VocabularyRule | None,
        phrases: PhraseOptions | None,
        workers: int,
        progress: ProgressCallback | None,
    ) -> None:
        self.tokenizer = TokenizerSpec() if tokenizer is None else tokenizer
        self.vocabulary = VocabularyOptions() if vocabulary is None else vocabulary
        self.rule = rule
        self.phrases = phrases
        self.workers = check_workers(workers)
        self._progress = progress
        self._corpus: EncodedCorpus | None = None
        self._words: Vocabulary | None = None

    def read(
        self,
        *,
        files: Files | None = None,
        sentences: Sentences | None = None,
        readers: SectionReaders | None = None,
    ) -> EncodedCorpus:
        """Reads a text, once: its words are chosen, or are those that the session has already.

        Args:
            files: Paths, a folder, a glob or "-"; one sentence a line.
            sentences: Instead: token lists, or strings to be tokenized.
            readers: Who else may read files; None for nobody.

        Returns:
            The text, to be closed after `train`; a context manager.

        Raises:
            CorpusError: The text cannot be trained on.
        """
        self._before_reading()
        chosen = self.vocabulary if self.rule is None else self.rule
        known = chosen if self._words is None else self._words
        corpus = self._encode(files, sentences, known, readers)
        self.take(corpus)
        return corpus

    def _before_reading(self) -> None:
        """Begins what can be done while a text is read."""

    def take(self, corpus: EncodedCorpus) -> None:
        """Takes a text that was read already, which several sessions may share."""
        self._corpus = corpus

    def _encode(
        self,
        files: Files | None,
        sentences: Sentences | None,
        vocabulary: VocabularyOptions | Vocabulary | VocabularyRule,
        readers: SectionReaders | None = None,
    ) -> EncodedCorpus:
        return encode_corpus(
            files=files,
            sentences=sentences,
            tokenizer=self.tokenizer,
            vocabulary=vocabulary,
            phrases=self.phrases,
            workers=self.workers,
            cache_dir=None,
            progress=self._progress,
            readers=readers,
        )

    def _text(self) -> EncodedCorpus:
        if self._corpus is None or not len(self._corpus.ids):
            raise StateError("the session has no open text; read one first")
        return self._corpus
