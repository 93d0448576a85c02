"""`FastText`: gensim's constructor and names over subwords trained, and fastText's own files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from os import PathLike
from typing import Any, ClassVar
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import whole
from lexiscope.corpus import VocabularyOptions
from lexiscope.errors import ConfigError
from lexiscope.estimator.counting import TrimRule
from lexiscope.estimator.model import WORKERS
from lexiscope.estimator.word2vec import Word2Vec
from lexiscope.estimator.word_facts import WordFacts
from lexiscope.formats import read
from lexiscope.training.config import DEFAULT_BUCKETS, TrainingConfig
from lexiscope.training.fasttext_files import read_fasttext, write_fasttext
from lexiscope.training.run import Run
from lexiscope.training.session import TrainingSession
from lexiscope.training.session_text import Files, Sentences
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.fasttext_vectors import FastTextKeyedVectors


class UnsupportedOptionError(ConfigError, NotImplementedError):
    """An option asks for what neither gensim nor Lexiscope does."""


class FastText(Word2Vec):
    """Trains word vectors that are made of character n-grams' too (Bojanowski et al. 2017).

    A word's vector is the mean of its own row and those of its n-grams, so that words never seen
    have vectors, and rare ones better vectors. All else is as in `Word2Vec`. What differs from
    gensim is in docs/from-gensim.md.

    Args:
        sentences, corpus_file: The text, as in `Word2Vec`.
        sg, hs, vector_size, alpha, window, min_count, max_vocab_size, sample, seed, workers,
            min_alpha, negative, ns_exponent, cbow_mean, hashfxn, epochs, null_word, sorted_vocab,
            trim_rule, batch_words, callbacks, max_final_vocab, shrink_windows: As in `Word2Vec`.
        word_ngrams: 1; n-grams of words are only for classifiers.
        min_n: Shortest n-gram, in characters, the marks of a word's ends counted.
        max_n: Longest n-gram; below `min_n` for none.
        bucket: How many values the n-grams' hash has. Rows are kept of those that words use.
        options: Those of `Word2Vec` that are Lexiscope's own: schedule, checkpoint_path, ….

    Example:
        model = FastText(sentences, vector_size=100, sg=1)
        model.wv.most_similar("unseenword")

    Raises:
        As `Word2Vec`; UnsupportedOptionError: `word_ngrams` is not 1.
    """

    _takes_subwords: ClassVar[bool] = True

    min_n: int
    max_n: int
    bucket: int
    word_ngrams: int

    def __init__(
        self,
        sentences: Sentences | None = None,
        corpus_file: Files | None = None,
        sg: int = 0,
        hs: int = 0,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        word_ngrams: int = 1,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int = 3,
        min_alpha: float = 0.0001,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Callable[[Any], int] = hash,
        epochs: int = 5,
        null_word: int = 0,
        min_n: int = 3,
        max_n: int = 6,
        sorted_vocab: int = 1,
        bucket: int = DEFAULT_BUCKETS,
        trim_rule: TrimRule | None = None,
        batch_words: int = 10_000,
        callbacks: Iterable[object] = (),
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        **options: Any,
    ) -> None:
        self._set_subwords(min_n, max_n, bucket, word_ngrams)
        more: dict[str, Any] = {
            "trim_rule": trim_rule,
            "sorted_vocab": sorted_vocab,
            "batch_words": batch_words,
        }
        more |= {"max_final_vocab": max_final_vocab, "shrink_windows": shrink_windows}
        super().__init__(
            sentences,
            corpus_file,
            vector_size=vector_size,
            alpha=alpha,
            window=window,
            min_count=min_count,
            max_vocab_size=max_vocab_size,
            sample=sample,
            seed=seed,
            workers=workers,
            min_alpha=min_alpha,
            sg=sg,
            hs=hs,
            negative=negative,
            ns_exponent=ns_exponent,
            cbow_mean=cbow_mean,
            hashfxn=hashfxn,
            epochs=epochs,
            null_word=null_word,
            callbacks=callbacks,
            **more,
            **options,
        )

    def _set_subwords(self, min_n: int, max_n: int, bucket: int, word_ngrams: int = 1) -> None:
        if word_ngrams != 1:
            raise UnsupportedOptionError(
                f"word_ngrams is {word_ngrams!r}; expected 1, as n-grams of words are only for "
                f"fastText's classifiers"
            )
        self.word_ngrams = word_ngrams
        self.min_n, self.max_n = whole("min_n", min_n, 0), whole("max_n", max_n, 0)
        self.bucket = whole("bucket", bucket, 0) if max_n >= min_n else 0

    # Options

    @property
    def config(self) -> TrainingConfig:
        """The options that decide the result, as they stand now.

        Raises:
            ConfigError: One is out of range.
        """
        if self.bucket == 0 or self.max_n < self.min_n:
            return super().config
        subwords = (self.min_n, self.max_n)
        return replace(super().config, subwords=subwords, buckets=self.bucket)

    def _set_config(self, config: TrainingConfig, vocabulary: VocabularyOptions) -> None:
        super()._set_config(config, vocabulary)
        if config.subwords is None:
            self._set_subwords(1, 0, 0)
        else:
            self._set_subwords(*config.subwords, config.buckets)

    # W

    wv: FastTextKeyedVectors

    def _no_vectors(self) -> KeyedVectors:
        return FastTextKeyedVectors(self.vector_size, self.min_n, self.max_n, self.bucket)

    def _vectors_of(self, run: Run) -> KeyedVectors:
        vectors = run.vectors_as(FastTextKeyedVectors)
        vectors.expandos = WordFacts(run, vectors.expandos)
        return vectors

    def _take_changes(self) -> None:
        """Nothing: vectors are made of rows, and what is written into those counts by itself."""

    def _take_words(self, _vectors: KeyedVectors) -> None:
        raise ConfigError(
            "the vectors of a FastText model are made of its words' and n-grams' rows, and are not "
            "to be replaced; write into wv.vectors_vocab, or train a Word2Vec from these vectors"
        )

    def _clear_post_train(self) -> None:
        """Has `wv` made anew, after its rows were written to."""
        self._built().weights.trained  # noqa: B018  (says that they were)
        self._refresh()

    def estimate_memory(
        self, vocab_size: int | None = None, report: dict[str, int] | None = None
    ) -> dict[str, int]:
        """Bytes that a model takes, by gensim's estimate: with a row for each bucket.

        What a training takes here, where only buckets that words use have rows, is told before it
        begins.

        Args:
            vocab_size: Words; by default those there are.
            report: What is known already, by name, to be added to.
        """
        found = super().estimate_memory(vocab_size, report)
        row = 4 * self.vector_size
        found["syn0_vocab"] = found.pop("vectors")
        if self.bucket:
            words, parts = len(self.wv), self.wv.buckets_word
            found["syn0_ngrams"] = self.bucket * row
            found["buckets_word"] = 64 + 100 * words + 4 * sum(map(len, parts))
        del found["total"]
        found["total"] = sum(found.values())
        return found

    # fastText's own files

    @classmethod
    def load_fasttext_format(
        cls, model_file: str | PathLike[str], encoding: str = "utf8"
    ) -> FastText:
        """gensim 3's name of `load_facebook_model`."""
        message = "load_fasttext_format is a name of gensim 3; write load_facebook_model"
        warn(message, DeprecationWarning, stacklevel=2)
        return load_facebook_model(model_file, encoding)


def load_facebook_model(path: str | PathLike[str], encoding: str = "utf-8") -> FastText:
    """Opens a fastText `.bin` for its vectors, and to train it further.

    Args:
        path: The file; it may be packed.
        encoding: Without effect: words that are not UTF-8 are kept as they are.

    Raises:
        FormatError: It is not whole and sound.
        UnsupportedModelError: It is supervised, or quantised: a NotImplementedError.
    """
    del encoding
    saved = read_fasttext(path)
    run = saved.run
    model = FastText.__new__(FastText)
    vocabulary = VocabularyOptions(min_count=saved.min_count)
    model._session = TrainingSession(run.config, vocabulary=vocabulary, workers=WORKERS)
    model._session.take_run(run)
    model._set_config(run.config, vocabulary)
    model._prepare()
    model.lifecycle_events = []
    model.corpus_total_words = saved.tokens
    for note in saved.notes:
        warn(note, UserWarning, stacklevel=2)
    return model


def load_facebook_vectors(
    path: str | PathLike[str], encoding: str = "utf-8"
) -> FastTextKeyedVectors:
    """Opens a fastText `.bin` (or `.ftz`) for its vectors; the n-grams' rows stay on disk.

    Args:
        path: The file; it may be packed.
        encoding: Without effect: words that are not UTF-8 are kept as they are.

    Raises:
        FormatError: It is not whole and sound.
    """
    del encoding
    return FastTextKeyedVectors.from_data(read(path))


def save_facebook_model(
    model: FastText,
    path: str | PathLike[str],
    encoding: str = "utf-8",
    lr_update_rate: int = 100,
    word_ngrams: int = 1,
) -> None:
    """Writes a model as a fastText `.bin`, which fastText's own program and gensim read.

    A row is written for each bucket, zeros for those that no word uses: some 800 MB with the
    defaults. W′ is left out of models with hierarchical softmax.

    Args:
        model: The model.
        path: The file.
        encoding: Without effect: it is UTF-8, which fastText expects.
        lr_update_rate, word_ngrams: Of fastText's program, which are written there.

    Raises:
        ConfigError: It is no FastText model.
        FormatError: A word cannot stand in such a file.
    """
    del encoding
    if not isinstance(model, FastText):
        raise ConfigError(f"got a {type(model).__name__}, expected a FastText model")
    others = {"lrUpdateRate": lr_update_rate, "wordNgrams": word_ngrams}
    write_fasttext(path, model._built(), model.min_count, others)


def ft_ngram_hashes(word: str, minn: int, maxn: int, num_buckets: int) -> list[int]:
    """The buckets of a word's n-grams, in fastText's order."""
    from lexiscope.files import tokens
    from lexiscope.formats.kinds.fasttext.subwords import ngram_hashes

    found: NDArray[np.int64] = np.array(ngram_hashes(tokens.encode(word), minn, maxn), np.int64)
    buckets: list[int] = (found % num_buckets).tolist()
    return buckets
