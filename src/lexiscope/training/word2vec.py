"""`Word2Vec`: gensim's constructor and names over Lexiscope's trainer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import (
    CorpusReport,
    EncodedCorpus,
    TokenizerSpec,
    Vocabulary,
    VocabularyOptions,
    encode_corpus,
)
from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from lexiscope.formats.kinds import model_folder
from lexiscope.progress import ProgressCallback
from lexiscope.training.arguments import refuse_unknown, word_list
from lexiscope.training.config import (
    CbowUpdate,
    ScheduleName,
    TrainingConfig,
    check_workers,
    flag,
)
from lexiscope.training.initial import (
    InitialReport,
    InitialVectors,
    Source,
    add_words,
    refuse_new_words,
    saved_frozen,
)
from lexiscope.training.losses.names import Loss
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.memory import check_memory, memory_needed
from lexiscope.training.run import Run, fixed_vocabulary, metadata, start_run, train_run
from lexiscope.training.saved import check_fit, epochs_trained, saved_tokenizer, saved_vocabulary
from lexiscope.training.watching.callbacks import Callbacks, checked
from lexiscope.vectors import KeyedVectors

Sentences = Iterable[Sequence[str]] | Iterable[str]
Files = str | PathLike[str] | Sequence[str | PathLike[str]]


class Word2Vec:
    """Trains word vectors with skip-gram or CBOW (Mikolov et al. 2013).

    Scripts written for gensim run with the import changed; what differs: texts are read once, the
    negatives of a window are shared by its words, `hs=1` means hierarchical softmax alone, and the
    loss is always counted.

    Args:
        sentences: Token lists, or strings to be tokenized; a one-pass generator will do.
        corpus_file: Instead: paths, a folder, a glob or "-"; one sentence a line.
        vector_size: Dimensions of a vector.
        alpha: Learning rate at the start.
        window: Words to either side of the center, at most.
        min_count: Words rarer than this are left out.
        sample: Subsampling threshold of frequent words; 0 keeps every token.
        seed: Of every random decision.
        workers: Threads.
        min_alpha: Learning rate at the end.
        sg: 1 for skip-gram, 0 for CBOW.
        hs: 1 for hierarchical softmax.
        negative: Negatives a window, without `hs`.
        ns_exponent: Negatives are drawn in proportion to count ** ns_exponent.
        cbow_mean: 1: CBOW's hidden vector is the mean of its context, 0: the sum.
        epochs: Passes over the text.
        max_final_vocab: Raise min_count until no more than this many words are left.
        shrink_windows: Draw each window's width from 1 … window.
        loss: "negative", "hierarchical", "softmax" or "nce"; overrules `hs`.
        cbow_update: "classic", or "exact": see `TrainingConfig`.
        schedule: "reproducible" or "hogwild": see `TrainingConfig`.
        tokenizer: "whitespace", "words" or the path of a Hugging Face tokenizer.json, for strings
            and files.
        lowercase: Lower-case the text.
        stopwords: Words to leave out before windows are cut.
        keep: Words kept whatever their count.
        specials: Tokens at rows 0, 1, …, in this order.
        order: Of the other rows: "frequency" or "alphabetical".
        progress: Called about twice a second with a `Progress`.
        callbacks: Objects with any of the methods on_train_begin, on_epoch_begin, on_report,
            on_epoch_end and on_train_end, each given this model, which they may read.
        init_from: Vectors to begin with: a file that `lexiscope.load` opens, or open vectors. Other
            words begin at random. W′ comes along where it was trained with the same loss.
        freeze: Words whose vectors stay as they are, or "loaded" for all that `init_from` has.
        gensim_options: Accepted where they change nothing: batch_words, compute_loss, …

    Example:
        model = Word2Vec(sentences, vector_size=100, sg=1, min_count=5)
        model.wv.most_similar("king")

    Raises:
        ConfigError: An option is out of range.
        CorpusError: The text cannot be trained on.
        DivergedError: The weights stopped being finite.

    Attributes:
        config: The options that decide the result.
        corpus_report: What was read, after `build_vocab`.
        epoch_losses: Mean loss a pair, epoch by epoch.
        init_report: What `init_from` and `freeze` found in the vocabulary, or None without them.
    """

    def __init__(
        self,
        sentences: Sentences | None = None,
        corpus_file: Files | None = None,
        *,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int = 3,
        min_alpha: float = 1e-4,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        epochs: int = 5,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        loss: Loss | None = None,
        cbow_update: CbowUpdate = "classic",
        schedule: ScheduleName = "reproducible",
        tokenizer: str = "whitespace",
        lowercase: bool = False,
        stopwords: Iterable[str] = (),
        keep: Iterable[str] = (),
        specials: Iterable[str] = (),
        order: str = "frequency",
        progress: ProgressCallback | None = None,
        callbacks: Iterable[object] = (),
        init_from: Source | None = None,
        freeze: Iterable[str] | str | None = None,
        **gensim_options: object,
    ) -> None:
        refuse_unknown(gensim_options)
        if loss is None:
            loss = "hierarchical" if flag("hs", hs) else "negative"
        self.config = TrainingConfig(
            architecture="skipgram" if flag("sg", sg) else "cbow",
            loss=loss,
            vector_size=vector_size,
            window=window,
            shrink_windows=shrink_windows,
            negative=negative,
            ns_exponent=ns_exponent,
            sample=sample,
            epochs=epochs,
            alpha=alpha,
            min_alpha=min_alpha,
            cbow_mean=cast(bool, cbow_mean),
            cbow_update=cbow_update,
            schedule=schedule,
            seed=seed,
        )
        self.workers = check_workers(workers)
        self._tokenizer = TokenizerSpec(
            kind=tokenizer,
            lowercase=lowercase,
            stopwords=frozenset(word_list("stopwords", stopwords)),
        )
        self._vocabulary = VocabularyOptions(
            min_count=min_count,
            max_final_vocab=max_final_vocab,
            keep=word_list("keep", keep),
            specials=word_list("specials", specials),
            order=cast(Any, order),
        )
        self._progress = progress
        self._callbacks = checked(callbacks)
        self._initial: InitialVectors | None = None
        if init_from is not None or freeze is not None:
            self._initial = InitialVectors(init_from, freeze, self.config)
        self.init_report: InitialReport | None = None
        self._run: Run | None = None
        self._metadata: dict[str, Any] | None = None
        self._effective_min_count = min_count
        self._wv: KeyedVectors | None = None
        self.corpus_report: CorpusReport | None = None
        if sentences is not None or corpus_file is not None:
            with self._encode(sentences, corpus_file, self._vocabulary) as corpus:
                self._begin(corpus)
                self._train(corpus)

    # What gensim's scripts call

    def build_vocab(
        self,
        corpus_iterable: Sentences | None = None,
        corpus_file: Files | None = None,
        *,
        update: bool = False,
        **gensim_options: object,
    ) -> None:
        """Reads a text for its words and makes fresh weights; trains nothing.

        Args:
            corpus_iterable, corpus_file: The text, as in the constructor.
            update: Keep the words and weights there are, and add the text's new words after them
                (those that min_count lets in by their count in this text); counts are added up.
            gensim_options: progress_per and keep_raw_vocab are accepted.

        Raises:
            ConfigError: An update with hierarchical softmax, whose tree would change.
            CorpusError: The text cannot be trained on.
            TrainingError: There is not enough memory.
        """
        refuse_unknown(gensim_options, ("progress_per", "keep_raw_vocab"))
        if flag("update", update):
            self._add_words(corpus_iterable, corpus_file)
            return
        with self._encode(corpus_iterable, corpus_file, self._vocabulary) as corpus:
            self._begin(corpus)

    def train(
        self,
        corpus_iterable: Sentences | None = None,
        corpus_file: Files | None = None,
        *,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        **gensim_options: object,
    ) -> tuple[int, int]:
        """Trains on a text with the vocabulary of `build_vocab`; words outside it are left out.

        Args:
            corpus_iterable, corpus_file: The text, as in the constructor.
            epochs: Passes; default: the constructor's.
            start_alpha, end_alpha: Learning rates; default: the constructor's.
            gensim_options: total_examples, total_words and their like are accepted: the text is
                counted when it is read.

        Returns:
            (words trained as centers, tokens read), over all epochs.
        """
        refuse_unknown(
            gensim_options,
            ("total_examples", "total_words", "word_count", "queue_factor", "report_delay"),
        )
        run = self._built()
        run.begin_again(self._changed(epochs, start_alpha, end_alpha))
        fixed = fixed_vocabulary(run.vocabulary)
        with self._encode(corpus_iterable, corpus_file, fixed) as corpus:
            corpus.report = replace(corpus.report, effective_min_count=self._effective_min_count)
            run.corpus_fingerprint = corpus.fingerprint
            self._train(corpus)
            return run.totals.centers, corpus.report.tokens * run.config.epochs

    @property
    def wv(self) -> KeyedVectors:
        """The word vectors (views of the weights, not copies)."""
        if self._wv is None:
            self._wv = self._built().keyed_vectors()
            if self._metadata is None:
                self._metadata = self._describe()
            self._wv.metadata = self._metadata
        return self._wv

    @property
    def syn1neg(self) -> NDArray[np.float32]:
        """W′ after negative sampling, V×D (gensim's name for `output_vectors`)."""
        return self._output("negative")

    @property
    def syn1(self) -> NDArray[np.float32]:
        """W′ after hierarchical softmax, (V−1)×D: a row an inner node of the tree."""
        return self._output("hierarchical")

    def _output(self, loss: Loss) -> NDArray[np.float32]:
        if self.config.loss != loss:
            raise AttributeError(
                f"trained with loss {self.config.loss!r}, not {loss!r}; see output_vectors"
            )
        return self.output_vectors

    def get_latest_training_loss(self) -> float:
        """Mean loss a pair in the last epoch (gensim gives a running sum)."""
        losses = self.epoch_losses
        return losses[-1] if losses else 0.0

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the model folder, whole or not at all.

        Raises:
            ConfigError: The path is taken by something that is not a model.
        """
        self.wv.save(path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Word2Vec:
        """Opens a model folder for further training.

        Raises:
            FormatError: It is no model folder, or a damaged one.
            LexiscopeError: It lacks what training needs: W′, counts or options.
        """
        data = model_folder.read(path, mmap=False)
        if data.output is None or data.counts is None or "training" not in data.metadata:
            raise LexiscopeError(
                f"{path} has no output matrix, counts or training options, so it cannot go on "
                f"training; open it with lexiscope.load for its vectors"
            )
        model = cls.__new__(cls)
        try:
            model._restore(data.metadata)
            frozen = saved_frozen(data.metadata, len(data.tokens))
            before = epochs_trained(data.metadata)
        except (TypeError, AttributeError, KeyError, ConfigError) as error:
            raise FormatError(
                Path(path) / model_folder.CONFIG, None, f"its options are not a model's ({error})"
            ) from error
        check_fit(Path(path), model.config, data)
        run = Run.restored(
            model.config, data.tokens, data.counts, data.vectors, data.output, before
        )
        run.state.weights = replace(run.weights, frozen=frozen)
        model._run = run
        return model

    # In our own words

    @property
    def input_vectors(self) -> NDArray[np.float32]:
        """W, V×D: row i belongs to wv.index_to_key[i]."""
        return self._built().weights.input_vectors

    @property
    def output_vectors(self) -> NDArray[np.float32]:
        """W′: V×D, or (V−1)×D after hierarchical softmax."""
        return self._built().weights.output_vectors

    @property
    def vector_size(self) -> int:
        """D."""
        return self.config.vector_size

    @property
    def epochs(self) -> int:
        """Passes over the text."""
        return self.config.epochs

    @property
    def epoch_losses(self) -> list[float]:
        """Mean loss a pair of each epoch of the last training."""
        return [] if self._run is None else list(self._run.totals.epoch_losses)

    @property
    def corpus_count(self) -> int:
        """Sentences of the text read last."""
        return 0 if self.corpus_report is None else self.corpus_report.sentences

    @property
    def corpus_total_words(self) -> int:
        """Tokens of the text read last."""
        return 0 if self.corpus_report is None else self.corpus_report.tokens

    def fingerprint(self) -> str:
        """Sixteen hex digits of the bytes of W and W′."""
        return self._built().fingerprint()

    def __repr__(self) -> str:
        words = "no vocabulary yet" if self._run is None else f"{len(self._run.vocabulary):,} words"
        return f"Word2Vec({words}, vector_size={self.vector_size}, alpha={self.config.alpha:g})"

    # Inside

    def _encode(
        self, sentences: Sentences | None, files: Files | None, vocabulary: VocabularyOptions
    ) -> EncodedCorpus:
        if (sentences is None) == (files is None):
            got = "neither" if sentences is None else "both"
            raise ConfigError(f"expected either sentences or corpus_file, got {got}")
        return encode_corpus(
            files=cast(Any, files),
            sentences=sentences,
            tokenizer=self._tokenizer,
            vocabulary=vocabulary,
            workers=self.workers,
            cache_dir=None,
            progress=self._progress,
        )

    def _add_words(self, sentences: Sentences | None, files: Files | None) -> None:
        run = self._built()
        refuse_new_words(self.config)
        before = len(run.vocabulary)
        options = replace(self._vocabulary, specials=tuple(run.vocabulary.tokens))
        with self._encode(sentences, files, options) as corpus:
            found = corpus.vocabulary
            self._check_memory(corpus)
            counts = found.counts.copy()
            counts[:before] += run.vocabulary.counts
            run.begin_again(self.config)
            add_words(run, Vocabulary(found.tokens, counts))
            self._effective_min_count = min(
                self._effective_min_count, corpus.report.effective_min_count
            )
            corpus.report = replace(corpus.report, effective_min_count=self._effective_min_count)
            run.corpus_fingerprint = corpus.fingerprint
            if self._initial is not None:
                self.init_report = self._initial.put_into(run, before)
            self.corpus_report = corpus.report
            self._wv = None
            self._metadata = None

    def _check_memory(self, corpus: EncodedCorpus) -> None:
        words = len(corpus.vocabulary)
        rows = rule_of(self.config.loss).output_rows(words)
        check_memory(memory_needed(words, rows, self.config, self.workers, corpus.report.tokens))

    def _describe(self) -> dict[str, Any]:
        """What config.json says of the run."""
        run, report = self._built(), self.corpus_report
        if report is None:
            raise LexiscopeError("the model has read no text; call build_vocab first")
        document = metadata(run, report, self._tokenizer, self._vocabulary)
        if self.init_report is not None:
            document["initial"] = self.init_report.to_json(run.weights.frozen)
        return document

    def _begin(self, corpus: EncodedCorpus) -> None:
        self._check_memory(corpus)
        self.corpus_report = corpus.report
        self._effective_min_count = corpus.report.effective_min_count
        run = start_run(corpus, self.config)
        if self._initial is not None:
            self.init_report = self._initial.put_into(run)
        self._run = run
        self._metadata = None
        self._wv = None

    def _train(self, corpus: EncodedCorpus) -> None:
        run = self._built()
        self.corpus_report = corpus.report
        self._wv = None
        try:
            calls = Callbacks(self._callbacks, self, self._forget_vectors, run.config.epochs)
            train_run(
                run,
                corpus,
                workers=self.workers,
                progress=self._progress,
                observers=[calls] if self._callbacks else [],
            )
        finally:
            self._metadata = self._describe()

    def _forget_vectors(self) -> None:
        self._wv = None

    def _built(self) -> Run:
        if self._run is None:
            raise LexiscopeError("the model has no vocabulary yet; call build_vocab first")
        return self._run

    def _changed(
        self, epochs: int | None, start_alpha: float | None, end_alpha: float | None
    ) -> TrainingConfig:
        changes: dict[str, Any] = {}
        if epochs is not None:
            changes["epochs"] = epochs
        if start_alpha is not None:
            changes["alpha"] = start_alpha
        if end_alpha is not None:
            changes["min_alpha"] = end_alpha
        return TrainingConfig(**{**self.config.to_json(), **changes})

    def _restore(self, saved: dict[str, Any]) -> None:
        self.config = TrainingConfig(**saved["training"])
        self.workers = 3
        self._tokenizer = saved_tokenizer(saved)
        self._vocabulary = saved_vocabulary(saved)
        self._effective_min_count = saved.get("vocabulary", {}).get("effective_min_count", 1)
        self._progress = None
        self._callbacks = ()
        self._metadata = saved
        self._initial = None
        initial = saved.get("initial")
        self.init_report = None if initial is None else InitialReport.from_json(initial)
        self._wv = None
        self.corpus_report = None
