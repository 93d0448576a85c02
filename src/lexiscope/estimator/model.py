"""The model: a training session, its weights as gensim's attributes, and what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import CorpusReport
from lexiscope.errors import ConfigError, StateError
from lexiscope.estimator.arguments import watch
from lexiscope.estimator.callbacks import checked
from lexiscope.estimator.options import Options
from lexiscope.estimator.word_facts import WordFacts
from lexiscope.notebook import FIRST_WORDS, Showable, facts_html
from lexiscope.training.assembling import run_around
from lexiscope.training.checkpoint import parse_duration
from lexiscope.training.config import TrainingConfig, check_workers
from lexiscope.training.cuda.choosing import GivenDevice
from lexiscope.training.initial import InitialReport, InitialVectors
from lexiscope.training.losses.names import TrainedLoss
from lexiscope.training.run import Run
from lexiscope.training.session import TrainingSession
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.plots import Kind

if TYPE_CHECKING:
    from lexiscope.inspection.snapshots.recorder import SnapshotRecorder, Watch

EVERY = "5m"
WORKERS = 3


class Model(Options, Showable):
    """Weights that are trained, and what is known of them."""

    _session: TrainingSession

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
        self._loss_before = 0.0
        self.raw_vocab: dict[Any, int] | None = None
        self._cum_table: NDArray[np.uint32] | None = None

    # W

    @property
    def wv(self) -> KeyedVectors:
        """The word vectors: views of the weights, not copies, always the same object.

        What is written into its matrix, or put into its place, counts in the next training.
        """
        run = self._session.run
        if self._wv is None:
            self._wv = self._no_vectors() if run is None else self._vectors_of(run)
        if run is not None and self._metadata is None:
            self._metadata = self._session.document()
            self._wv.metadata = self._metadata
        return self._wv

    @wv.setter
    def wv(self, vectors: KeyedVectors) -> None:
        if not isinstance(vectors, KeyedVectors):
            raise ConfigError(f"wv is a {type(vectors).__name__}; expected KeyedVectors")
        self._wv = vectors
        if len(vectors):
            self._take_words(vectors)

    def _take_changes(self) -> None:
        """Brings what was written into `wv` from outside into the weights."""
        run, vectors = self._built(), self._wv
        if vectors is None:
            return
        if not _is_view(vectors, run):
            self._take_words(vectors)
            run = self._built()
        run.freeze(_frozen_by(vectors.vectors_lockf, len(run.vocabulary)))
        frozen = run.weights.frozen
        if frozen is not None and self._session.initial_report is None:
            words = len(run.vocabulary)
            self._session.initial_report = InitialReport(
                source=None, words=words, found=0, output=False, frozen=int(frozen.sum())
            )

    def _take_words(self, vectors: KeyedVectors) -> None:
        """Makes the weights those of some vectors; words of before keep their rows of W′."""
        run, matrix = self._session.run, np.asarray(vectors.vectors, np.float32)
        keys = list(vectors.index_to_key)
        self.vector_size = int(matrix.shape[1])
        if (
            run is not None
            and keys == run.keys()
            and matrix.shape == run.weights.input_vectors.shape
        ):
            run.weights.input_vectors[:] = matrix
        else:
            counts = range(len(keys), 0, -1) if vectors.counts is None else vectors.counts.tolist()
            words = list(zip(keys, counts, strict=True))
            run = run_around(self.config, words, matrix, before=run)
            self._session.take_run(run)
        vectors.vectors = run.weights.input_vectors
        vectors.output_vectors = run.weights.output_vectors
        self._metadata = None

    def _no_vectors(self) -> KeyedVectors:
        """What `wv` is before there are words."""
        return KeyedVectors(self.vector_size)

    def _vectors_of(self, run: Run) -> KeyedVectors:
        """A run's vectors, with what gensim keeps of each word."""
        vectors = run.keyed_vectors()
        vectors.expandos = WordFacts(run, vectors.expandos)
        if run.weights.frozen is not None:
            vectors.vectors_lockf = 1.0 - run.weights.frozen.astype(np.float32)
        return vectors

    # W′

    @property
    def input_vectors(self) -> NDArray[np.float32]:
        """W, V×D: row i belongs to wv.index_to_key[i]."""
        return self._built().weights.input_vectors

    @property
    def output_vectors(self) -> NDArray[np.float32]:
        """W′: V×D; (V−1)×D after hierarchical softmax; after both one below the other."""
        return self._built().weights.output_vectors

    @property
    def syn1neg(self) -> NDArray[np.float32]:
        """W′ after negative sampling, V×D: gensim's name for `output_vectors`."""
        return self._output("negative")[: len(self._built().vocabulary)]

    @syn1neg.setter
    def syn1neg(self, matrix: NDArray[np.float32]) -> None:
        self.syn1neg[:] = matrix

    @property
    def syn1(self) -> NDArray[np.float32]:
        """W′ after hierarchical softmax, V×D as in gensim: a row an inner node, and one of zeros.

        A copy, not to be written into; what is assigned counts.
        """
        nodes = self._nodes()
        padded = np.concatenate([nodes, np.zeros((1, nodes.shape[1]), np.float32)])
        padded = padded[: len(self._built().vocabulary)]
        padded.setflags(write=False)
        return padded

    @syn1.setter
    def syn1(self, matrix: NDArray[np.float32]) -> None:
        nodes = self._nodes()
        nodes[:] = np.asarray(matrix)[: len(nodes)]

    def _nodes(self) -> NDArray[np.float32]:
        """The rows of W′ that are inner nodes."""
        outputs = self._output("hierarchical")
        return outputs[
            len(self._built().vocabulary) * (self._loss_of_weights() != "hierarchical") :
        ]

    def _output(self, loss: TrainedLoss) -> NDArray[np.float32]:
        if self._session.run is None:
            raise AttributeError("the model has no vocabulary yet; call build_vocab first")
        if self._loss_of_weights() not in (loss, "negative+hierarchical"):
            raise AttributeError(
                f"trained with loss {self._loss_of_weights()!r}, not {loss!r}; see output_vectors"
            )
        return self.output_vectors

    def _loss_of_weights(self) -> TrainedLoss:
        return self._built().config.loss

    # What was counted

    @property
    def workers(self) -> int:
        """Threads."""
        return self._session.workers

    @workers.setter
    def workers(self, workers: int) -> None:
        self._session.workers = check_workers(workers)

    @property
    def device(self) -> GivenDevice:
        """Where trainings to come run; see `Word2Vec`."""
        return self._session.device

    @device.setter
    def device(self, device: GivenDevice) -> None:
        self._ready().set_device(device)

    @property
    def corpus_report(self) -> CorpusReport | None:
        """What was read, after `build_vocab`."""
        return self._session.corpus_report

    @property
    def init_report(self) -> InitialReport | None:
        """What `init_from` and `freeze` found in the vocabulary, or None without them."""
        return self._session.initial_report

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
    def running_training_loss(self) -> float:
        """The loss summed over all pairs since the training under way, or the last one, began."""
        run = self._session.run
        if run is None or not run.totals.all_pairs:
            return self._loss_before
        return run.totals.all_loss

    def get_latest_training_loss(self) -> float:
        """The loss summed over all pairs since training began: differences are those of epochs.

        It is the true sum, in float64, and is counted whatever `compute_loss` says. For the mean a
        pair see `epoch_losses`.
        """
        return self.running_training_loss

    @property
    def min_alpha_yet_reached(self) -> float:
        """The learning rate now, or at the end of the last training."""
        run = self._session.run
        return self.alpha if run is None or not run.state.alpha else run.state.alpha

    def plot(
        self,
        kind: Kind = "words",
        words: Sequence[str] | None = None,
        *,
        topn: int | None = None,
        ax: Any = None,
    ) -> Any:
        """Draws a picture of the vectors, or the loss of the last training: `KeyedVectors.plot`.

        Returns:
            matplotlib's Axes.
        """
        return self.wv.plot(kind, words, topn=topn, ax=ax)

    def fingerprint(self) -> str:
        """Sixteen hex digits of the bytes of W and W′."""
        return self._built().fingerprint()

    def __repr__(self) -> str:
        run = self._session.run
        words = "no vocabulary yet" if run is None else f"{len(run.vocabulary):,} words"
        name = type(self).__name__
        return f"{name}({words}, vector_size={self.vector_size}, alpha={self.alpha:g})"

    def _repr_html_(self) -> str:
        """A small table, for a notebook's cell."""
        config = self.config
        facts = [
            ("architecture, loss", f"{config.architecture}, {config.loss}"),
            ("window, dimensions", f"{config.window:,}, {self.vector_size:,}"),
        ]
        if self._session.run is not None:
            words = self.wv.index_to_key
            facts.append(("first words", ", ".join(map(str, words[:FIRST_WORDS])) or "none"))
        if losses := self.epoch_losses:
            facts.append(("mean loss of each epoch", ", ".join(f"{loss:.4f}" for loss in losses)))
        return facts_html(repr(self), facts)

    def __str__(self) -> str:
        run = self._session.run
        words = 0 if run is None else len(run.vocabulary)
        name = type(self).__name__
        return f"{name}<vocab={words}, vector_size={self.vector_size}, alpha={self.alpha}>"

    # Inside

    def _ready(self) -> TrainingSession:
        """The session, with the options as they stand now."""
        self._session.config = self.config
        self._session.vocabulary = self._vocabulary_options()
        return self._session

    def _checked_config(self) -> TrainingConfig:
        """The options as they stand now, if the weights are of their kind.

        Raises:
            ConfigError: They are not: the loss or the vectors' size was set to something else.
        """
        run, config = self._built(), self.config
        for name in ("loss", "vector_size", "subwords", "buckets"):
            had, wanted = getattr(run.config, name), getattr(config, name)
            if had != wanted:
                raise ConfigError(
                    f"{name} is {wanted!r} now, but the weights were made for {had!r}; call "
                    f"init_weights or build_vocab to begin with others"
                )
        return config

    def _forget(self) -> None:
        """Drops what was computed from the weights as they were, and their recording."""
        self._metadata = None
        self._recorder = None
        self._refresh()

    def _refresh(self) -> None:
        """Tells the vectors, which somebody may hold, that the weights are others."""
        run, vectors = self._session.run, self._wv
        if run is None or vectors is None:
            return
        run.weights.fetch()
        if not _is_view(vectors, run):
            _bring_up_to_date(vectors, self._vectors_of(run), run)
        vectors.norms = None

    def _built(self) -> Run:
        if self._session.run is None:
            raise StateError("the model has no vocabulary yet; call build_vocab first")
        return self._session.run


def _bring_up_to_date(vectors: KeyedVectors, current: KeyedVectors, run: Run) -> None:
    """Gives vectors that somebody may hold the words and matrices of a run that has new ones."""
    vectors.index_to_key = current.index_to_key
    vectors.vectors = current.vectors
    vectors.output_vectors = current.output_vectors
    vectors.subwords = current.subwords
    vectors.expandos = WordFacts(run, {**vectors.expandos, **current.expandos})
    if run.weights.frozen is not None:
        vectors.vectors_lockf = current.vectors_lockf


def _is_view(vectors: KeyedVectors, run: Run) -> bool:
    """Whether vectors are of a run's words, and their matrix is the run's."""
    return (
        len(vectors) == len(run.vocabulary)
        and vectors.vectors.shape == run.weights.input_vectors.shape
        and np.may_share_memory(vectors.vectors, run.weights.inputs)
    )


def _frozen_by(factors: Any, words: int) -> NDArray[np.uint8] | None:
    """Which words' rows stay as they are, by gensim's factors of change: 0 keeps, 1 lets change.

    Args:
        factors: (n,): of all words where n is 1; words beyond n change.
        words: V.

    Raises:
        ConfigError: One is something between.
    """
    given = np.ravel(np.asarray(factors, np.float32))
    if given.size and not np.isin(given, (0.0, 1.0)).all():
        raise ConfigError(
            "vectors_lockf holds numbers other than 0 and 1; expected 0 for words that stay as "
            "they are, and 1 for words that are trained"
        )
    frozen = np.zeros(words, np.uint8)
    if given.size == 1:
        frozen[:] = given[0] == 0
    else:
        frozen[: given.size] = given[:words] == 0
    return frozen if frozen.any() else None
