"""`Word2Vec`: gensim's constructor and names over Lexiscope's trainer."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import flag
from lexiscope.corpus import CorpusReport, TokenizerSpec, VocabularyOptions
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.estimator.arguments import one_text, refuse_unknown, watch, word_list
from lexiscope.estimator.callbacks import Callbacks, checked
from lexiscope.formats.kinds import model_folder
from lexiscope.progress import ProgressCallback
from lexiscope.training.checkpoint import newest_checkpoint, parse_duration
from lexiscope.training.config import (
    CbowUpdate,
    ScheduleName,
    TrainingConfig,
    check_workers,
)
from lexiscope.training.initial import InitialReport, InitialVectors, Source
from lexiscope.training.losses.names import Loss
from lexiscope.training.run import Run
from lexiscope.training.session import Files, Sentences, TrainingSession
from lexiscope.training.watching.held_out import validation_source
from lexiscope.vectors import KeyedVectors

if TYPE_CHECKING:
    from lexiscope.inspection.snapshots.recorder import SnapshotRecorder, Watch

EVERY = "5m"
WORKERS = 3


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
        checkpoint_path: A model folder. While a training goes on its last two states are kept
            there, one at Ctrl-C too, for `Word2Vec.resume`; the finished model takes their place.
        checkpoint_every: Time between two checkpoints, as "30s", "5m", "1h" or a number of seconds.
        validation: A share of the sentences (0 … 1), which are then not trained on, or the path of
            a text: the loss is measured on it at the end of each epoch.
        record: Words to watch along the training, or True for the most frequent ones and those of
            the bundled analogies; or a `Watch`. The recording is saved with the model.
        gensim_options: Accepted where they change nothing: batch_words, compute_loss, …

    Example:
        model = Word2Vec(sentences, vector_size=100, sg=1, min_count=5)
        model.wv.most_similar("king")

    Raises:
        ConfigError: An option is out of range.
        CorpusError: The text cannot be trained on.
        DivergedError: The weights stopped being finite.
        Interrupted: Ctrl-C during training, a KeyboardInterrupt.
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
        checkpoint_path: str | PathLike[str] | None = None,
        checkpoint_every: float | str | None = None,
        validation: float | str | PathLike[str] | None = None,
        record: bool | Iterable[str] | Watch = False,
        **gensim_options: object,
    ) -> None:
        refuse_unknown(gensim_options)
        if loss is None:
            loss = "hierarchical" if flag("hs", hs) else "negative"
        if alpha is None:  # which would be word2vec.c's for the architecture, and not gensim's
            raise ConfigError("alpha is None; expected a number from 0 to 100")
        config = TrainingConfig(
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
        self._session = TrainingSession(
            config,
            tokenizer=TokenizerSpec(
                kind=tokenizer,
                lowercase=lowercase,
                stopwords=frozenset(word_list("stopwords", stopwords)),
            ),
            vocabulary=VocabularyOptions(
                min_count=min_count,
                max_final_vocab=max_final_vocab,
                keep=word_list("keep", keep),
                specials=word_list("specials", specials),
                order=cast(Any, order),
            ),
            workers=workers,
            validation=validation_source(validation),
            progress=progress,
        )
        if checkpoint_path is not None:
            model_folder.check_target(checkpoint_path)
        initial = None
        if init_from is not None or freeze is not None:
            initial = InitialVectors(init_from, freeze, config)
        self._prepare(checkpoint_path, checkpoint_every, record, callbacks, initial)
        if sentences is not None or corpus_file is not None:
            self._read_and_train(sentences, corpus_file)

    def _prepare(
        self,
        checkpoint_path: str | PathLike[str] | None = None,
        checkpoint_every: float | str | None = None,
        record: bool | Iterable[str] | Watch = False,
        callbacks: Iterable[object] = (),
        initial: InitialVectors | None = None,
    ) -> None:
        """What belongs to this door: where to keep, what to watch, whom to call."""
        if checkpoint_every is not None and checkpoint_path is None:
            raise ConfigError(
                f"checkpoint_every is {checkpoint_every!r}, but there is no place for checkpoints; "
                f"name a model folder with checkpoint_path"
            )
        self._folder = None if checkpoint_path is None else Path(checkpoint_path)
        self._every = parse_duration(EVERY if checkpoint_every is None else checkpoint_every)
        self._watch = watch(record)
        self._callbacks = checked(callbacks)
        self._initial = initial
        self._recorder: SnapshotRecorder | None = None
        self._wv: KeyedVectors | None = None
        self._metadata: dict[str, Any] | None = None

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
        one_text(corpus_iterable, corpus_file)
        session = self._session.afresh()  # what fails leaves the model as it was
        with session.read(files=corpus_file, sentences=corpus_iterable):
            session.begin(self._initial)
        self._session = session
        self._forget()

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
        self._built()
        one_text(corpus_iterable, corpus_file)
        changes = {"epochs": epochs, "alpha": start_alpha, "min_alpha": end_alpha}
        given = {name: value for name, value in changes.items() if value is not None}
        config = TrainingConfig.from_json(self.config.to_json() | given)
        with self._session.read(files=corpus_file, sentences=corpus_iterable) as corpus:
            run = self._session.begin_again(config)
            self._train()
            return run.totals.centers, corpus.report.tokens * run.config.epochs

    @property
    def wv(self) -> KeyedVectors:
        """The word vectors (views of the weights, not copies)."""
        if self._wv is None:
            self._wv = self._built().keyed_vectors()
            if self._metadata is None:
                self._metadata = self._session.document()
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
        """Writes the model folder, whole or not at all, with the recording if there is one.

        Raises:
            ConfigError: The path is taken by something that is not a model.
            LexiscopeError: The disk is full or cannot be written to.
        """
        self._built()
        self._session.save(path, {} if self._recorder is None else self._recorder.files())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Word2Vec:
        """Opens a model folder for further training.

        Raises:
            FormatError: It is no model folder, or a damaged one.
            LexiscopeError: It lacks what training needs: W′, counts or options.
        """
        model = cls.__new__(cls)
        model._session = TrainingSession.opened(path, workers=WORKERS)
        model._prepare()
        return model

    @classmethod
    def resume(
        cls,
        path: str | PathLike[str],
        sentences: Sentences | None = None,
        corpus_file: Files | None = None,
        *,
        workers: int = WORKERS,
        checkpoint_every: float | str = EVERY,
        record: bool | Iterable[str] | Watch = False,
        progress: ProgressCallback | None = None,
        callbacks: Iterable[object] = (),
    ) -> Word2Vec:
        """Goes on with a training that was stopped, from its newest checkpoint to its end.

        The result is that of the training that nobody stopped. The options are those that it began
        with; the folder then holds the finished model.

        Args:
            path: The `checkpoint_path`, or the folder that `lexiscope train` was to write.
            sentences, corpus_file: The same text again, as in the constructor.
            workers, checkpoint_every, record, progress, callbacks: As in the constructor.

        Raises:
            ConfigError: The text is another one.
            LexiscopeError: There is no checkpoint that is whole.
        """
        model = cls.__new__(cls)
        model._session = TrainingSession.resumed(
            newest_checkpoint(Path(path)), workers=workers, progress=progress
        )
        model._prepare(path, checkpoint_every, record, callbacks)
        model._read_and_train(sentences, corpus_file)
        return model

    # In our own words

    @property
    def config(self) -> TrainingConfig:
        """The options that decide the result."""
        return self._session.config

    @property
    def workers(self) -> int:
        """Threads."""
        return self._session.workers

    @workers.setter
    def workers(self, workers: int) -> None:
        self._session.workers = check_workers(workers)

    @property
    def corpus_report(self) -> CorpusReport | None:
        """What was read, after `build_vocab`."""
        return self._session.corpus_report

    @property
    def init_report(self) -> InitialReport | None:
        """What `init_from` and `freeze` found in the vocabulary, or None without them."""
        return self._session.initial_report

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
        run = self._session.run
        return [] if run is None else list(run.totals.epoch_losses)

    @property
    def validation_losses(self) -> list[float | None]:
        """Mean loss a pair on what `validation` held out, of each epoch of the last training."""
        return self._session.validation_losses

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
        run = self._session.run
        words = "no vocabulary yet" if run is None else f"{len(run.vocabulary):,} words"
        return f"Word2Vec({words}, vector_size={self.vector_size}, alpha={self.config.alpha:g})"

    # Inside

    def _read_and_train(self, sentences: Sentences | None, files: Files | None) -> None:
        one_text(sentences, files)
        with self._session.read(files=files, sentences=sentences):
            self._session.begin(self._initial)
            self._train()

    def _add_words(self, sentences: Sentences | None, files: Files | None) -> None:
        self._built()
        one_text(sentences, files)
        self._session.extend(self._initial, files=files, sentences=sentences)
        self._forget()

    def _train(self) -> None:
        run = self._built()
        self._forget()
        recorder = None
        if self._watch is not None:
            from lexiscope.inspection.snapshots.recorder import SnapshotRecorder

            recorder = SnapshotRecorder(run.vocabulary, run.config, self._watch)
        calls = Callbacks(self._callbacks, self, self._forget_vectors, run.config.epochs)
        observers = [calls] if self._callbacks else []
        try:
            self._session.train(
                observers if recorder is None else [recorder, *observers],
                checkpoints=self._folder,
                every=self._every,
            )
        finally:
            self._forget()
        self._recorder = recorder
        if self._folder is not None:
            self.save(self._folder)

    def _forget(self) -> None:
        """Drops what was computed from the weights as they were, and their recording."""
        self._wv = None
        self._metadata = None
        self._recorder = None

    def _forget_vectors(self) -> None:
        self._wv = None

    def _built(self) -> Run:
        if self._session.run is None:
            raise LexiscopeError("the model has no vocabulary yet; call build_vocab first")
        return self._session.run
