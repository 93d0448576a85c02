"""Training session: one run from its text to its model folder, whoever drives it.

The estimator, the command line and the stability measure are doors to it: they turn what they are
given into options and observers, and show what it tells. It prints nothing and asks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from lexiscope.corpus import (
    CorpusReport,
    EncodedCorpus,
    TokenizerSpec,
    Vocabulary,
    VocabularyOptions,
)
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.corpus.vocabulary import VocabularyRule
from lexiscope.errors import IncompleteModelError, StateError
from lexiscope.formats.kinds import model_folder
from lexiscope.interruption import OneAtATime
from lexiscope.progress import ProgressCallback
from lexiscope.training.checkpoint import EVERY_SECONDS, Checkpoint, Checkpointer
from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda.choosing import GivenDevice, as_told, check_ready, choose_device
from lexiscope.training.document import SavedRun, checkpoint_document, read_run, run_document
from lexiscope.training.events import (
    CheckpointFailed,
    Event,
    GpuPassedOver,
    MemoryEstimated,
    TakenUp,
    Tell,
    TrainedOn,
    VectorsPlaced,
)
from lexiscope.training.initial import InitialReport, InitialVectors, add_words
from lexiscope.training.keeping import keep_stopped, keepers, write_model
from lexiscope.training.logged import log_read, log_trained
from lexiscope.training.loop.compiling import compile_ahead
from lexiscope.training.loop.guard import DivergedError
from lexiscope.training.loop.parts import Machines
from lexiscope.training.loop.state import Observer
from lexiscope.training.memory import check_memory, memory_of
from lexiscope.training.ngrams import NgramIndex
from lexiscope.training.run import Run, ngrams_of, start_run, train_run
from lexiscope.training.session_text import AnyPath, Files, Sentences, SessionText
from lexiscope.training.threads import fewer_threads
from lexiscope.training.watching.convergence import epochs_before
from lexiscope.training.watching.gauge import Gauge
from lexiscope.training.watching.held_out import Validation, held_out_of


class TrainingSession(SessionText):
    """One training run: `read`, `begin`, `train`, `save`, in this order.

    Args:
        config: The options that decide the result.
        tokenizer: How text becomes words; by default at whitespace.
        vocabulary: Which words to keep.
        rule: Who chooses the words instead, with the vocabulary's options told in the document.
        phrases: How to find phrases, which become words; None for none.
        workers: Threads.
        device: Where to train: "cpu", "cuda", "cuda:1", …, or "auto", a GPU where there is one.
        validation: What to measure the held-out loss on at each epoch's end: a share of the
            sentences, which are then not trained on, or a text of its own. See `validation_source`.
        progress: Called about twice a second.
        tell: Called with the events of `training.events`.

    Attributes:
        corpus_report: Of the text read last, or None.
        initial_report: What the weights began with, if not at random.

    Raises:
        ConfigError: The number of workers is out of range; there is no such device, or the options
            do not go there.
        MissingExtraError: A GPU is asked for, and CuPy is not installed.
    """

    def __init__(
        self,
        config: TrainingConfig,
        *,
        tokenizer: TokenizerSpec | None = None,
        vocabulary: VocabularyOptions | None = None,
        rule: VocabularyRule | None = None,
        phrases: PhraseOptions | None = None,
        workers: int = 1,
        device: GivenDevice = "cpu",
        validation: Validation = None,
        progress: ProgressCallback | None = None,
        tell: Tell | None = None,
    ) -> None:
        super().__init__(tokenizer, vocabulary, rule, phrases, workers, progress)
        self.config = config
        self.set_device(device)
        self.validation = validation
        self.corpus_report: CorpusReport | None = None
        self.initial_report: InitialReport | None = None
        self._tell_of = _tell_nobody if tell is None else tell
        self._words_given = False
        self._effective_min_count: int | None = None
        self._run: Run | None = None
        self._gauge: Gauge | None = None
        self._losses_before: list[float | None] = []
        self._checkpoint: Checkpoint | None = None
        self._folder: Path | None = None
        self._taken_up: Path | None = None
        self._document: dict[str, Any] | None = None

    @classmethod
    def resumed(
        cls,
        checkpoint: Checkpoint,
        *,
        workers: int = 1,
        device: GivenDevice = "cpu",
        progress: ProgressCallback | None = None,
        tell: Tell | None = None,
    ) -> TrainingSession:
        """The session of a run that was stopped, which goes on with the options it began with."""
        saved = checkpoint.saved
        session = cls._of(saved, workers, progress, tell)
        session.set_device(device)
        session.validation = saved.validation
        session._losses_before = saved.validation_losses
        session._checkpoint = checkpoint
        if not saved.words_given:
            # Chosen anew from the same text they are the same, and from another one may not be.
            session._words = None
        return session

    @classmethod
    def opened(
        cls, path: AnyPath, *, workers: int = 1, title: AnyPath | None = None
    ) -> TrainingSession:
        """The session of a finished model, whose weights are to be trained further.

        Args:
            path: The model folder.
            workers: Threads.
            title: What messages name it by; None for its path.

        Raises:
            FormatError: It is no model folder, or a damaged one.
            IncompleteModelError: It lacks what training needs: W′, counts or options.
        """
        data = model_folder.read(path, mmap=False)
        alone = data.metadata.get(model_folder.HOLDS) == model_folder.VECTORS_ONLY
        whole = data.output is not None and data.counts is not None and not alone
        if not whole or "training" not in data.metadata:
            raise IncompleteModelError(
                f"{path if title is None else title} has no output matrix, counts or training "
                f"options, so it cannot go on training; open it with lexiscope.load for its vectors"
            )
        saved = read_run(Path(path), data)
        session = cls._of(saved, workers)
        session._run = saved.run()
        return session

    @classmethod
    def _of(
        cls,
        saved: SavedRun,
        workers: int,
        progress: ProgressCallback | None = None,
        tell: Tell | None = None,
    ) -> TrainingSession:
        session = cls(
            saved.config,
            tokenizer=saved.tokenizer,
            vocabulary=saved.vocabulary,
            phrases=saved.phrases,
            workers=workers,
            progress=progress,
            tell=tell,
        )
        session.initial_report = saved.initial
        session._effective_min_count = saved.effective_min_count
        session._words = saved.words
        session._document = saved.document
        return session

    def afresh(self) -> TrainingSession:
        """A session of the same options that has read nothing yet."""
        return TrainingSession(
            self.config,
            tokenizer=self.tokenizer,
            vocabulary=self.vocabulary,
            rule=self.rule,
            phrases=self.phrases,
            workers=self.workers,
            device=self.device,
            validation=self.validation,
            progress=self._progress,
            tell=self._tell_of,
        )

    def set_device(self, device: GivenDevice) -> None:
        """Says where trainings to come run; see the class."""
        self._chosen = choose_device(device, self.config)
        self.device = device

    def _before_reading(self) -> None:
        if self._chosen.device is None:
            compile_ahead(self.config, self.workers)

    @property
    def run(self) -> Run | None:
        """The weights and their state; None before `begin`."""
        return self._run

    @property
    def validation_losses(self) -> list[float | None]:
        """Mean held-out loss a pair at the end of each epoch; None where it is not known."""
        if self.validation is None or self._run is None:
            return []
        losses = self._losses_before
        if self._gauge is not None:
            losses = [record.held_out for record in self._gauge.history]
        # Where a diverged run was put back, so are these.
        return losses[: len(self._run.totals.epoch_losses)]

    def begin(self, initial: InitialVectors | None = None) -> Run:
        """Makes the weights for the text that was read, or takes them up where they stood.

        Args:
            initial: Vectors to begin with, and words to freeze; not for a resumed run.

        Raises:
            ConfigError: The text is not the one of the run that is resumed; a vector to begin with
                is not finite; the exact softmax over too large a vocabulary.
            TrainingError: There is not enough memory.
        """
        corpus, checkpoint = self._text(), self._checkpoint
        if checkpoint is not None:
            checkpoint.check_text(corpus)
        fresh = checkpoint is None
        ngrams = ngrams_of(corpus.vocabulary, self.config) if fresh else None
        self._check_memory(corpus, ngrams)
        if checkpoint is not None:
            run = checkpoint.saved.run()
            self._tell_of(TakenUp(checkpoint.path, run.share, checkpoint.skipped))
            self._taken_up = checkpoint.path
            self._checkpoint = None  # its matrices are not needed any more
        else:
            run = start_run(corpus, self.config, ngrams)
            self._effective_min_count = corpus.report.effective_min_count
            if initial is not None:
                self.initial_report = initial.put_into(run)
                self._tell_of(VectorsPlaced(self.initial_report))
        self._begun(run, corpus)
        return run

    def begin_again(self, config: TrainingConfig) -> Run:
        """Sets the weights, as they stand, to the start of another training on the text just read.

        Args:
            config: The other training's options.
        """
        run, corpus = self._built(), self._text()
        self.config = config
        run.begin_again(config)
        run.corpus_fingerprint = corpus.fingerprint
        self._losses_before = []
        self._begun(run, corpus)
        return run

    def extend(
        self,
        initial: InitialVectors | None = None,
        *,
        files: Files | None = None,
        sentences: Sentences | None = None,
        rule: VocabularyRule | None = None,
    ) -> Run:
        """Adds a text's new words after the run's own; trains nothing.

        Args:
            initial: Vectors for the new words.
            files, sentences: The text, as for `read`.
            rule: Who chooses the words, the run's own first; by default the session's options.

        Raises:
            CorpusError: The text cannot be trained on.
            TrainingError: There is not enough memory.
        """
        run = self._built()
        before = len(run.vocabulary)
        options = replace(self.vocabulary, specials=tuple(run.vocabulary.tokens))
        with self._encode(files, sentences, options if rule is None else rule) as corpus:
            self._check_memory(corpus, ngrams_of(corpus.vocabulary, self.config))
            run.integers |= corpus.integers
            self.extend_by(corpus.vocabulary)
            least = (self._effective_min_count, corpus.report.effective_min_count)
            counts = [count for count in least if count is not None]
            self._effective_min_count = min(counts, default=None)
            run.corpus_fingerprint = corpus.fingerprint
            if initial is not None:
                self.initial_report = initial.put_into(run, before)
            self._losses_before = []
            self._begun(run, corpus)
        return run

    def extend_by(self, vocabulary: Vocabulary) -> None:
        """Adds words that were counted elsewhere; counts are added up.

        Args:
            vocabulary: The run's words in their order, then the new ones; counts of the new text.

        Raises:
            ConfigError: The loss cannot take in so many words.
        """
        run = self._built()
        counts = vocabulary.counts.copy()
        counts[: len(run.vocabulary)] += run.vocabulary.counts
        run.begin_again(self.config)
        add_words(run, Vocabulary(vocabulary.tokens, counts))
        self._words = run.vocabulary

    def take_run(self, run: Run) -> None:
        """Takes weights that were made elsewhere, to be trained; no text has been read for them."""
        self._run, self._words, self._words_given = run, run.vocabulary, True
        self._effective_min_count = self.corpus_report = self.initial_report = None
        self._document = self._gauge = None

    def train(
        self,
        observers: Sequence[Observer] = (),
        *,
        gauge: bool = False,
        checkpoints: AnyPath | None = None,
        every: float = EVERY_SECONDS,
        machines: Machines | None = None,
    ) -> None:
        """Trains what is left of the run, its weights in place.

        Args:
            observers: Called at the run's turns.
            gauge: Whether to measure how much the neighbours of frequent words still change, and to
                say when more epochs no longer pay; with a held-out loss it always is.
            checkpoints: The model folder in which to keep states to go on from, one at a stop too.
            every: Seconds between two checkpoints.
            machines: Who trains a text in parts; None for this process.

        Raises:
            ConfigError: The share to hold out leaves nothing on one side.
            CorpusError: The text, or that to measure on, cannot be used.
            DivergedError: The weights went bad; the last good state has been put back.
            Interrupted: Ctrl-C; the weights stand as they were at that moment.
        """
        run, corpus = self._built(), self._text()
        checkpointer = None
        if checkpoints is not None:
            self._folder = Path(checkpoints)
            checkpointer = Checkpointer(
                self._folder, run, self._stand, every, self._failed, self._taken_up
            )
        self._taken_up = None
        # A second Ctrl-C is not to fall into what the first one has begun.
        with OneAtATime():
            self._train(run, corpus, checkpointer, observers, gauge, machines)
        log_trained(run.totals.epoch_losses, self.validation_losses, run.state.notes)

    def _train(
        self,
        run: Run,
        corpus: EncodedCorpus,
        checkpointer: Checkpointer | None,
        observers: Sequence[Observer],
        gauge: bool,
        machines: Machines | None,
    ) -> None:
        try:
            held_out, ids = held_out_of(
                self.validation,
                run,
                corpus,
                tokenizer=self.tokenizer,
                phrases=self.phrases,
                workers=self.workers,
            )
            watching = keepers(run, checkpointer, self._folder)
            if gauge or held_out is not None:
                history = epochs_before(run.totals.epoch_losses, self._losses_before)
                self._gauge = Gauge(run.vocabulary.counts, held_out, history)
                watching.append(self._gauge)
            train_run(
                run,
                corpus,
                workers=self.workers,
                ids=ids,
                device=self._chosen.device,
                progress=self._progress,
                observers=[*watching, *observers],
                machines=machines,
            )
        except (KeyboardInterrupt, DivergedError) as stop:
            keep_stopped(stop, run, checkpointer, self._tell_of)
            raise
        finally:
            if checkpointer is not None:
                checkpointer.close()

    def document(self) -> dict[str, Any]:
        """What config.json keeps of the run as it stands.

        Raises:
            StateError: Nothing has begun.
        """
        run = self._built()
        if self._document is not None:
            return self._document
        document = run_document(
            run,
            self.corpus_report,
            self.tokenizer,
            self.vocabulary,
            self.phrases,
            validation=self.validation,
            validation_losses=self.validation_losses,
            initial=self.initial_report,
        )
        if self._chosen.device is not None:
            document["device"] = as_told(self._chosen.device)
        return document

    def save(
        self,
        path: AnyPath,
        extra_files: Mapping[str, bytes] | None = None,
        *,
        extra: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """Writes the model folder, whole or not at all; it takes the place of its checkpoints.

        Args:
            path: The folder; or a file that is there, which becomes the model as one file.
            extra_files: Relative path inside the folder → content.
            extra: More for its config.json.

        Returns:
            Its config.json.

        Raises:
            ConfigError: The path is taken by something that is not a model.
            LexiscopeError: The disk is full or cannot be written to.
        """
        data = self._built().data()
        data.metadata = {**self.document(), **extra}
        own = self._folder is not None and Path(path).resolve() == self._folder.resolve()
        write_model(path, data, extra_files, own=own)
        return data.metadata

    def _built(self) -> Run:
        if self._run is None:
            raise StateError("the session has no weights yet; begin first")
        return self._run

    def _check_memory(self, corpus: EncodedCorpus, ngrams: NgramIndex | None) -> None:
        estimate = memory_of(corpus, self.config, self.workers, ngrams)
        check_memory(estimate)
        self._tell_of(MemoryEstimated(estimate))

    def _begun(self, run: Run, corpus: EncodedCorpus) -> None:
        """Notes that the run stands at the start of training on this text."""
        self._run = run
        self._words = run.vocabulary
        self._words_given = corpus.report.effective_min_count is None
        self._gauge = None
        self._document = None
        if self._chosen.reason:
            self._tell_of(GpuPassedOver(self._chosen.reason))
        if self._chosen.device is not None:
            memory = check_ready(self._chosen.device, self.config, len(run.vocabulary))
            self._tell_of(TrainedOn(self._chosen.device, memory))
        elif (few := fewer_threads(self.config, self.workers, len(corpus.ids))) is not None:
            self._tell_of(few)
        # A vocabulary that was given to the corpus was chosen by count once.
        self.corpus_report = replace(corpus.report, effective_min_count=self._effective_min_count)
        log_read(self.corpus_report)

    def _stand(self) -> dict[str, Any]:
        """A checkpoint's config.json."""
        run, given = self._built(), self._words_given
        return checkpoint_document(self.document(), run.state, run.vocabulary, words_given=given)

    def _failed(self, reason: str) -> None:
        self._tell_of(CheckpointFailed(reason))


def _tell_nobody(_event: Event) -> None:
    """The default; it has a name so that a session can be pickled."""
