"""gensim's options as attributes of the model: what stands in them counts in the next training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any, ClassVar, cast

from lexiscope.checks import flag
from lexiscope.corpus import VocabularyOptions
from lexiscope.errors import ConfigError
from lexiscope.training.config import EXCHANGE_EVERY, CbowUpdate, ScheduleName, TrainingConfig
from lexiscope.training.losses.names import TrainedLoss

# The attributes that config.json keeps besides the options of the run: those without a place there.
KEPT = (
    "alpha", "batch_words", "cbow_mean", "comment", "compute_loss", "corpus_count",
    "corpus_total_words", "effective_min_count", "epochs", "hs", "max_vocab_size", "min_alpha",
    "negative", "ns_exponent", "null_word", "sample", "seed", "sg", "shrink_windows",
    "sorted_vocab", "total_train_time", "train_count", "window",
)  # fmt: skip


class Options:
    """The options of a `Word2Vec` by gensim's names, each an attribute that may be set.

    They are checked when they are used: by `config`, and by whatever trains or reads a text. Where
    `min_alpha` is above `alpha` the learning rate is `min_alpha` throughout, as in gensim.

    Attributes:
        loss: The loss that was asked for by name, or None where `hs` and `negative` say it.
        cbow_update, schedule, parts, exchange_every: See `TrainingConfig`.
        keep, specials, order: See `VocabularyOptions`.
        corpus_count, corpus_total_words: Sentences and tokens of the vocabulary's text.
        effective_min_count: The least count that let a word in.
        train_count: Calls of `train`, the constructor's own counted.
        total_train_time: Seconds in all of them.
        compute_loss: Without effect: the loss is always counted.
    """

    _takes_subwords: ClassVar[bool] = False

    vector_size: int
    alpha: float
    min_alpha: float
    window: int
    shrink_windows: bool
    sample: float
    seed: int
    sg: int
    hs: int
    negative: int
    ns_exponent: float
    cbow_mean: int
    epochs: int
    loss: TrainedLoss | None
    cbow_update: CbowUpdate
    schedule: ScheduleName
    parts: int | None = None
    exchange_every: int = EXCHANGE_EVERY

    min_count: int
    max_final_vocab: int | None
    max_vocab_size: int | None
    sorted_vocab: int
    null_word: int
    keep: tuple[str, ...]
    specials: tuple[str, ...]
    order: str

    hashfxn: Callable[[Any], int]
    batch_words: int
    compute_loss: bool
    comment: str | None

    corpus_count: int
    corpus_total_words: int
    effective_min_count: int | None
    train_count: int
    total_train_time: float

    def _set(self, options: Mapping[str, Any]) -> None:
        """Takes options by name; what was counted begins at zero."""
        vars(self).update(options)
        self.corpus_count = self.corpus_total_words = self.train_count = 0
        self.effective_min_count = None
        self.total_train_time = 0.0

    def _set_config(self, config: TrainingConfig, vocabulary: VocabularyOptions) -> None:
        """Takes the options of a run out of a file."""
        if config.subwords is not None and not self._takes_subwords:
            raise ConfigError(
                f"the model has subwords, which {type(self).__name__} does not train; open it with "
                f"FastText"
            )
        tree = config.loss in ("hierarchical", "negative+hierarchical")
        self._set(
            {
                **{name: getattr(config, name) for name in _OF_CONFIG},
                "sg": int(config.architecture == "skipgram"),
                "hs": int(tree),
                "cbow_mean": int(config.cbow_mean),
                "loss": None,
                "min_count": vocabulary.min_count,
                "max_final_vocab": vocabulary.max_final_vocab,
                "keep": vocabulary.keep,
                "specials": vocabulary.specials,
                "order": vocabulary.order,
                "max_vocab_size": None,
                "sorted_vocab": 1,
                "null_word": 0,
                "hashfxn": hash,
                "batch_words": 10_000,
                "compute_loss": False,
                "comment": None,
            }
        )
        if self._loss_by_options() != config.loss:
            self.loss = config.loss

    @property
    def config(self) -> TrainingConfig:
        """The options that decide the result, as they stand now.

        Raises:
            ConfigError: One is out of range.
        """
        start, end = self.alpha, self.min_alpha
        if isinstance(start, Real) and isinstance(end, Real):
            start = max(start, end)
        return TrainingConfig(
            architecture="skipgram" if flag("sg", self.sg) else "cbow",
            loss=self._loss(),
            alpha=start,
            cbow_mean=cast(bool, self.cbow_mean),
            **{name: getattr(self, name) for name in _OF_CONFIG if name != "alpha"},
        )

    def _loss(self) -> TrainedLoss:
        return self._loss_by_options() if self.loss is None else self.loss

    def _loss_by_options(self) -> TrainedLoss:
        if not flag("hs", self.hs):
            return "negative"
        return "negative+hierarchical" if self.negative else "hierarchical"

    @property
    def layer1_size(self) -> int:
        """Values of the hidden vector, which is as long as a word's."""
        return self.vector_size

    def _vocabulary_options(self) -> VocabularyOptions:
        return VocabularyOptions(
            min_count=self.min_count,
            max_final_vocab=self.max_final_vocab,
            keep=self.keep,
            specials=self.specials,
            order=cast(Any, self.order),
        )


# Options of the same name and meaning in `TrainingConfig`.
_OF_CONFIG = (
    "vector_size", "alpha", "min_alpha", "window", "shrink_windows", "sample", "seed", "negative",
    "ns_exponent", "epochs", "cbow_update", "schedule", "parts",
    "exchange_every",
)  # fmt: skip
