"""`Word2Vec`: gensim's constructor and names over Lexiscope's trainer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import warn

from lexiscope.cluster import Cluster
from lexiscope.cluster.choice import check_in_parts, chosen, parts_of
from lexiscope.corpus.function_tokenizer import TokenizerFunction
from lexiscope.corpus.input.text_form import AUTO
from lexiscope.errors import ConfigError, UnknownTextError
from lexiscope.estimator.arguments import (
    constructor_options,
    one_text,
    text_form,
    text_options,
    tokenizer_spec,
    word_list,
)
from lexiscope.estimator.callbacks import Callbacks, checked
from lexiscope.estimator.counting import TrimRule
from lexiscope.estimator.gensim3 import Gensim3Names
from lexiscope.estimator.model import WORKERS
from lexiscope.estimator.prediction import Prediction
from lexiscope.estimator.saving import Saving
from lexiscope.estimator.vocabulary_steps import VocabularySteps
from lexiscope.formats.kinds import model_folder
from lexiscope.progress import GivenProgress, as_callback
from lexiscope.training.checkpoint import newest_checkpoint
from lexiscope.training.config import EXCHANGE_EVERY, CbowUpdate, ScheduleName
from lexiscope.training.cuda.choosing import GivenDevice
from lexiscope.training.initial import InitialVectors, Source
from lexiscope.training.loop.parts import Machines
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.session import TrainingSession
from lexiscope.training.session_text import Files, Sentences
from lexiscope.training.watching.held_out import validation_source

if TYPE_CHECKING:
    from lexiscope.cluster.machines import ClusterMachines
    from lexiscope.corpus import EncodedCorpus
    from lexiscope.inspection.snapshots.recorder import Watch


class Word2Vec(VocabularySteps, Prediction, Saving, Gensim3Names):
    """Trains word vectors with skip-gram or CBOW (Mikolov et al. 2013).

    Scripts written for gensim run with the import changed; what differs is in docs/from-gensim.md:
    texts are read once, the negatives of a window are shared by its words, and the loss is always
    counted.

    Args:
        sentences: Token lists, or strings to be tokenized; a one-pass generator will do, and so
            will a `Dataset` or `IterableDataset` of Hugging Face's datasets (its column "text", or
            the only one; another by `lexiscope.corpus.DatasetSentences`). Tokens are
            strings or whole numbers, which are then the keys of `wv`.
        corpus_file: Instead: paths, a folder, a glob or "-"; one sentence a line.
        vector_size: Dimensions of a vector.
        alpha: Learning rate at the start.
        window: Words to either side of the center, at most.
        min_count: Words rarer than this are left out.
        max_vocab_size: When more distinct words than this have been counted after a sentence, the
            rarest are forgotten, by a bound that rises. Memory stays bounded without it.
        sample: Subsampling threshold of frequent words; 0 keeps every token.
        seed: Of every random decision.
        workers: Threads.
        min_alpha: Learning rate at the end.
        sg: 1 for skip-gram, 0 for CBOW.
        hs: 1 for hierarchical softmax, with `negative` above 0 both at once.
        negative: Negatives a window.
        ns_exponent: Negatives are drawn in proportion to count ** ns_exponent.
        cbow_mean: 1: CBOW's hidden vector is the mean of its context, 0: the sum.
        hashfxn: Without effect: random numbers follow from the seed alone.
        epochs: Passes over the text.
        null_word: 1 adds a word `\\0` of count 1.
        trim_rule: Called with (word, count, min_count) of each word: 1 discards it, 2 keeps it, 0
            leaves it to its count.
        sorted_vocab: 0 leaves the words in the order in which the text shows them.
        batch_words: Without effect: texts of any length are trained whole.
        compute_loss: Without effect: the loss is always counted.
        callbacks: Objects with any of the methods on_train_begin, on_epoch_begin, on_report,
            on_epoch_end and on_train_end, each given this model, which they may read. Called in the
            constructor's own training; without a text, in those by `train` that name none.
        comment: Kept with the model.
        max_final_vocab: Raise min_count until no more than this many words are left.
        shrink_windows: Draw each window's width from 1 … window.
        loss: "negative", "hierarchical", "softmax" or "nce"; overrules `hs` and `negative`.
        cbow_update: "classic", or "exact": see `TrainingConfig`.
        schedule: "reproducible" or "hogwild": see `TrainingConfig`.
        tokenizer: "whitespace", "words", the path of a Hugging Face tokenizer.json, or a function
            of a text that gives its words (or its name, "module:function"), for strings and files.
        lowercase: Lower-case the text.
        stopwords: Words to leave out before windows are cut.
        read_as: What the files of `corpus_file` are kept in: "lines", "wikipedia" (a dump), "html",
            "markdown", "jsonl", "csv", "parquet" or "conllu"; "auto" reads lines, and refuses what
            is plainly one of the others.
        column: Of JSON lines, CSV and Parquet the field with the text, by default "text"; of a
            treebank "form" or "lemma".
        encoding: Of the files, such as "windows-1252"; None for UTF-8.
        split_sentences: Cut running text into sentences, in files and in strings: an empty line
            ends a paragraph. Else a line, or a string, is a sentence.
        keep: Words kept whatever their count.
        specials: Tokens at rows 0, 1, …, in this order.
        order: Of the other rows: "frequency" or "alphabetical".
        progress: Called about twice a second with a `Progress`; or True for a line on stderr.
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
        device: Where to train: "cpu"; "cuda" or "cuda:1", an NVIDIA GPU; "auto", a GPU where there
            is one. An attribute, too. On a GPU results differ in their last digits from run to run.
        parts: Logical parts of the text: see `TrainingConfig`. On a cluster 16, unless told.
        exchange_every: With parts, words between two exchanges of what they have learned.
        cluster: Trains on the machines of a cluster of Ray: "auto" for the one that this machine
            belongs to, HOST:PORT or ray://HOST:PORT. `workers` are then the threads of each
            machine, at most.
        machines: How many of the cluster, at most.
        gensim3: `size` and `iter`, with a DeprecationWarning.

    Example:
        model = Word2Vec(sentences, vector_size=100, sg=1, min_count=5)
        model.wv.most_similar("king")

    Raises:
        ConfigError: An option is out of range.
        CorpusError: The text cannot be trained on.
        DivergedError: The weights stopped being finite.
        Interrupted: Ctrl-C during training, a KeyboardInterrupt.
    """

    _cluster: Cluster | None = None

    def __init__(
        self,
        sentences: Sentences | None = None,
        corpus_file: Files | None = None,
        vector_size: int = 100,
        alpha: float = 0.025,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: int | None = None,
        sample: float = 1e-3,
        seed: int = 1,
        workers: int = 3,
        min_alpha: float = 1e-4,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Callable[[Any], int] = hash,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: TrimRule | None = None,
        sorted_vocab: int = 1,
        batch_words: int = 10_000,
        compute_loss: bool = False,
        callbacks: Iterable[object] = (),
        comment: str | None = None,
        max_final_vocab: int | None = None,
        shrink_windows: bool = True,
        *,
        loss: TrainedLoss | None = None,
        cbow_update: CbowUpdate = "classic",
        schedule: ScheduleName = "reproducible",
        tokenizer: str | TokenizerFunction = "whitespace",
        lowercase: bool = False,
        stopwords: Iterable[str] = (),
        read_as: str = AUTO,
        column: str | None = None,
        encoding: str | None = None,
        split_sentences: bool = False,
        keep: Iterable[str] = (),
        specials: Iterable[str] = (),
        order: str = "frequency",
        progress: GivenProgress = None,
        init_from: Source | None = None,
        freeze: Iterable[str] | str | None = None,
        checkpoint_path: str | PathLike[str] | None = None,
        checkpoint_every: float | str | None = None,
        validation: float | str | PathLike[str] | None = None,
        record: bool | Iterable[str] | Watch = False,
        device: GivenDevice = "cpu",
        parts: int | None = None,
        exchange_every: int = EXCHANGE_EVERY,
        cluster: str | None = None,
        machines: int | None = None,
        **gensim3: Any,
    ) -> None:
        today = constructor_options(type(self).__name__, gensim3)
        self._cluster = chosen(cluster, machines, workers)
        today |= {"parts": parts_of(parts, self._cluster), "exchange_every": exchange_every}
        if alpha is None:  # which would be word2vec.c's for the architecture, and not gensim's
            raise ConfigError("alpha is None; expected a number from 0 to 100")
        self._set(
            {
                "vector_size": vector_size,
                "alpha": alpha,
                "window": window,
                "min_count": min_count,
                "max_vocab_size": max_vocab_size,
                "sample": sample,
                "seed": seed,
                "min_alpha": min_alpha,
                "sg": sg,
                "hs": hs,
                "negative": negative,
                "ns_exponent": ns_exponent,
                "cbow_mean": cbow_mean,
                "hashfxn": hashfxn,
                "epochs": epochs,
                "null_word": null_word,
                "sorted_vocab": sorted_vocab,
                "batch_words": batch_words,
                "compute_loss": compute_loss,
                "comment": comment,
                "max_final_vocab": max_final_vocab,
                "shrink_windows": shrink_windows,
                "loss": loss,
                "cbow_update": cbow_update,
                "schedule": schedule,
                "keep": word_list("keep", keep),
                "specials": word_list("specials", specials),
                "order": order,
                **today,
            }
        )
        config = self.config
        form = text_form(read_as, column, encoding, split_sentences, sentences)
        self._session = TrainingSession(
            config,
            tokenizer=tokenizer_spec(tokenizer, lowercase, stopwords, form),
            vocabulary=self._vocabulary_options(),
            workers=workers,
            device=device,
            validation=validation_source(validation),
            progress=as_callback(progress),
        )
        if checkpoint_path is not None:
            model_folder.check_target(checkpoint_path)
        begins = init_from is not None or freeze is not None
        initial = InitialVectors(init_from, freeze, config) if begins else None
        self._prepare(checkpoint_path, checkpoint_every, record, callbacks, initial)
        self.lifecycle_events = []
        self.add_lifecycle_event("created", params=str(self))
        if sentences is not None or corpus_file is not None:
            self._read_and_train(sentences, corpus_file, trim_rule)
            self._callbacks = ()

    def train(
        self,
        corpus_iterable: Sentences | None = None,
        corpus_file: Files | None = None,
        total_examples: int | None = None,
        total_words: int | None = None,
        epochs: int | None = None,
        start_alpha: float | None = None,
        end_alpha: float | None = None,
        word_count: int = 0,
        queue_factor: int = 2,
        report_delay: float = 1.0,
        compute_loss: bool = False,
        callbacks: Iterable[object] = (),
        **kwargs: Any,
    ) -> tuple[int, int]:
        """Trains on a text with the vocabulary of `build_vocab`; words outside it are left out.

        Where that leaves none, nothing is trained, with a UserWarning.

        What was assigned to the model's options, to `wv.vectors`, or written there, counts.

        Args:
            corpus_iterable, corpus_file: The text, as in the constructor.
            total_examples, total_words: One of them must be given, as for gensim; the text is
                counted when it is read all the same.
            epochs: Passes, which must be given; usually `model.epochs`.
            start_alpha, end_alpha: Learning rates; by default `alpha` and `min_alpha`, which they
                become.
            word_count, queue_factor, report_delay, compute_loss: Without effect.
            callbacks: Called in this training; see the constructor's.
            kwargs: gensim 3's `sentences`.

        Returns:
            (words trained as centers, tokens read), over all epochs.

        Raises:
            StateError: There is no vocabulary: a RuntimeError.
            ConfigError: Epochs or totals are missing, or an option is out of range: a ValueError.
            CorpusError: The text cannot be trained on: a TypeError where it is no iterable of lists
                of words.
        """
        del word_count, queue_factor, report_delay
        given = text_options("train", kwargs)
        corpus_iterable = given.get("corpus_iterable", corpus_iterable)
        self._built()
        _check_totals(total_examples, total_words, epochs)
        one_text(corpus_iterable, corpus_file)
        changes = {"epochs": epochs, "alpha": start_alpha, "min_alpha": end_alpha}
        before = {name: getattr(self, name) for name in changes}
        vars(self).update({name: value for name, value in changes.items() if value is not None})
        try:
            config = self._checked_config()
        except ConfigError:
            vars(self).update(before)
            raise
        self.compute_loss = compute_loss
        self._take_changes()
        try:
            with (
                self._machines() as machines,
                self._read(corpus_iterable, corpus_file, machines) as corpus,
            ):
                run = self._session.begin_again(config)
                self._train(checked(callbacks) or self._callbacks, machines)
                return run.totals.centers, corpus.report.tokens * run.config.epochs
        except UnknownTextError as error:  # gensim trains nothing, and goes on
            warn(f"nothing was trained: {error}", UserWarning, stacklevel=2)
            return 0, error.tokens * config.epochs

    @classmethod
    def resume(
        cls,
        path: str | PathLike[str],
        sentences: Sentences | None = None,
        corpus_file: Files | None = None,
        *,
        workers: int = WORKERS,
        checkpoint_every: float | str | None = None,
        record: bool | Iterable[str] | Watch = False,
        progress: GivenProgress = None,
        callbacks: Iterable[object] = (),
        tokenizer: str | TokenizerFunction | None = None,
        device: GivenDevice = "cpu",
        cluster: str | None = None,
        machines: int | None = None,
    ) -> Word2Vec:
        """Goes on with a training that was stopped, from its newest checkpoint to its end.

        The result is that of the training that nobody stopped. The options are those that it began
        with; the folder then holds the finished model.

        Args:
            path: The `checkpoint_path`, or the folder that `lexiscope train` was to write.
            sentences, corpus_file: The same text again, as in the constructor.
            workers, checkpoint_every, record, progress, callbacks, device: As in the constructor.
            cluster, machines: Likewise; for a training in parts, wherever it began.
            tokenizer: The function that the training began with, where it was one: it is not run
                because a file names it.

        Raises:
            ConfigError: The text is another one.
            LexiscopeError: There is no checkpoint that is whole.
        """
        model = cls.__new__(cls)
        model._cluster = chosen(cluster, machines, workers)
        model._session = TrainingSession.resumed(
            newest_checkpoint(Path(path)).with_tokenizer(tokenizer),
            workers=workers,
            device=device,
            progress=as_callback(progress),
        )
        model._set_config(model._session.config, model._session.vocabulary)
        if model._cluster is not None:
            check_in_parts(model.config)
        model._prepare(path, checkpoint_every, record, callbacks)
        model.lifecycle_events = []
        model._read_and_train(sentences, corpus_file, None)
        return model

    def _read_and_train(
        self, sentences: Sentences | None, files: Files | None, trim_rule: TrimRule | None
    ) -> None:
        one_text(sentences, files)
        sentences, files, chooser = self._choosing(sentences, files, trim_rule)
        self._session.rule = chooser
        # First the machines: without them there is no need to read.
        with self._machines() as machines, self._read(sentences, files, machines):
            self._session.begin(self._initial)
            self._session.rule = None
            self.raw_vocab = {}
            self._note_text()
            self._train(self._callbacks, machines)

    def _read(
        self, sentences: Sentences | None, files: Files | None, machines: ClusterMachines | None
    ) -> EncodedCorpus:
        readers = None if machines is None else machines.readers
        return self._session.read(files=files, sentences=sentences, readers=readers)

    def _machines(self) -> AbstractContextManager[ClusterMachines | None]:
        return nullcontext() if self._cluster is None else self._cluster.connected()

    def _train(self, callbacks: Iterable[object], machines: Machines | None) -> None:
        run = self._built()
        self._forget()
        recorder = None
        if self._watch is not None:
            from lexiscope.inspection.snapshots.recorder import SnapshotRecorder

            recorder = SnapshotRecorder(run.vocabulary, run.config, self._watch)
        told = list(callbacks)
        calls = Callbacks(told, self, self._refresh, run.config.epochs)
        observers = [calls] if told else []
        try:
            self._session.train(
                observers if recorder is None else [recorder, *observers],
                checkpoints=self._folder,
                every=self._every,
                machines=machines,
            )
        finally:
            self._forget()
            self.total_train_time += run.totals.seconds
        self.train_count += 1
        self._recorder = recorder
        self.add_lifecycle_event("train", epochs=run.config.epochs)
        if self._folder is not None:
            self.save(self._folder)


def _check_totals(total_examples: object, total_words: object, epochs: Any) -> None:
    """Refuses a training whose length is not said, as gensim does.

    Raises:
        ConfigError: It is not: a ValueError.
    """
    if total_examples is None and total_words is None:
        raise ConfigError(
            "neither total_examples nor total_words is given; after build_vocab of the same text "
            "write total_examples=model.corpus_count"
        )
    if epochs is None:
        raise ConfigError("epochs is not given; the usual number is epochs=model.epochs")
