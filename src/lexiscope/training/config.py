"""Every choice of a training run, checked once, before anything is read or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from lexiscope.checks import choice, flag, number, whole
from lexiscope.errors import ConfigError
from lexiscope.training.losses.names import FEWEST_OF_TRAINED, TrainedLoss

Architecture = Literal["skipgram", "cbow"]
CbowUpdate = Literal["classic", "exact"]
ScheduleName = Literal["reproducible", "hogwild"]

# word2vec.c's: CBOW makes one update a window where skip-gram makes several.
DEFAULT_ALPHA: dict[Architecture, float] = {"skipgram": 0.025, "cbow": 0.05}
# Typed so that the field is a number to whoever reads it, as it is once the options are checked.
_OF_ARCHITECTURE: Any = None

MAX_DIMENSION = 100_000
MAX_SEED = 2**63 - 1
MAX_WORKERS = 1024
DEFAULT_BUCKETS = 2_000_000  # fastText's and gensim's
MAX_BUCKETS = 2**31 - 1
MAX_NGRAM = 100
MAX_PARTS = 256
DEFAULT_PARTS = 16  # of a run on a cluster
EXCHANGE_EVERY = 40_000  # measured: `python -m benchmarks.cluster`
MAX_EXCHANGE_EVERY = 2**40


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """The options of a run that decide its result, apart from the text and the vocabulary.

    Names and defaults are gensim's and word2vec.c's where they have the thing.

    Attributes:
        architecture: "skipgram": each context word predicts the center; "cbow": all together do.
        loss: "negative" sampling, "hierarchical" softmax, the exact "softmax", or "nce",
            noise-contrastive estimation; or "negative+hierarchical", both at once.
        vector_size: Dimensions of a vector, 1 … 100,000.
        window: Words to either side of the center, at most.
        shrink_windows: Draw each window's width from 1 … window (Mikolov et al. 2013).
        negative: Negatives a window, with any loss that draws them.
        ns_exponent: Negatives are drawn in proportion to count ** ns_exponent.
        sample: Subsampling threshold; 0 keeps every token.
        epochs: Passes over the text.
        alpha: Learning rate at the start; by default 0.025, cbow 0.05.
        min_alpha: Learning rate at the end; the decay between is linear in the text read.
        cbow_mean: CBOW's hidden vector is the mean of the context rows, or else their sum.
        cbow_update: With the mean, "classic" adds the hidden vector's whole gradient to each row,
            as word2vec.c and gensim do; "exact" adds its true share, 1/C.
        schedule: "reproducible": the same bits for any number of workers, on every run; the first
            million tokens of a run, texts of less than about 260,000, and the losses "nce" and
            "softmax" are trained by one thread. "hogwild": threads write past each other, faster,
            a little different each time.
        subwords: Shortest and longest character n-gram, (3, 6) as in fastText: a word's vector is
            the mean of its own row and those of its n-grams (Bojanowski et al. 2017). None for
            words alone.
        buckets: How many values the n-grams' hash has, with subwords.
        seed: Of every random decision.
        parts: Into how many logical parts the text is cut, which are trained side by side, by one
            machine or by several, and exchange what they have learned now and then (see
            `training.loop.parts`); the same bits for any number of machines. None for no parts.
        exchange_every: With parts, words that all of them together train between two exchanges: the
            fewer, the better the vectors; the more, the less is sent.

    Raises:
        ConfigError: A value is out of range.
    """

    architecture: Architecture = "skipgram"
    loss: TrainedLoss = "negative"
    vector_size: int = 100
    window: int = 5
    shrink_windows: bool = True
    negative: int = 5
    ns_exponent: float = 0.75
    sample: float = 1e-3
    epochs: int = 5
    alpha: float = _OF_ARCHITECTURE
    min_alpha: float = 1e-4
    cbow_mean: bool = True
    cbow_update: CbowUpdate = "classic"
    schedule: ScheduleName = "reproducible"
    seed: int = 1
    subwords: tuple[int, int] | None = None
    buckets: int = DEFAULT_BUCKETS
    parts: int | None = None
    exchange_every: int = EXCHANGE_EVERY

    def __post_init__(self) -> None:
        choice("architecture", self.architecture, get_args(Architecture))
        choice("loss", self.loss, tuple(FEWEST_OF_TRAINED))
        choice("cbow_update", self.cbow_update, get_args(CbowUpdate))
        choice("schedule", self.schedule, get_args(ScheduleName))
        fewest = FEWEST_OF_TRAINED[self.loss]
        self._coerce("vector_size", whole("vector_size", self.vector_size, 1, MAX_DIMENSION))
        self._coerce("window", whole("window", self.window, 1, 10_000))
        self._coerce("shrink_windows", flag("shrink_windows", self.shrink_windows))
        self._coerce("negative", whole("negative", self.negative, fewest, 1_000))
        self._coerce("ns_exponent", number("ns_exponent", self.ns_exponent, -10.0, 10.0))
        self._coerce("sample", number("sample", self.sample, 0.0, 1.0))
        self._coerce("epochs", whole("epochs", self.epochs, 1, 1_000_000))
        if self.alpha is None:
            self._coerce("alpha", DEFAULT_ALPHA[self.architecture])
        self._coerce("alpha", number("alpha", self.alpha, 0.0, 100.0))
        if self.alpha == 0:
            raise ConfigError("alpha is 0, so nothing would be learned; set alpha above 0")
        highest = f" (alpha is {self.alpha:g})"
        self._coerce("min_alpha", number("min_alpha", self.min_alpha, 0.0, self.alpha, highest))
        self._coerce("cbow_mean", flag("cbow_mean", self.cbow_mean))
        self._coerce("seed", whole("seed", self.seed, 0, MAX_SEED))
        self._coerce("buckets", whole("buckets", self.buckets, 1, MAX_BUCKETS))
        if self.parts is not None:
            self._coerce("parts", whole("parts", self.parts, 1, MAX_PARTS))
            self._check_parts()
        every = whole("exchange_every", self.exchange_every, 1, MAX_EXCHANGE_EVERY)
        self._coerce("exchange_every", every)
        if self.subwords is not None:
            self._coerce("subwords", _lengths(self.subwords))
            if self.loss == "softmax":
                raise ConfigError(
                    "the exact softmax does not train subwords; expected loss negative, nce or "
                    "hierarchical"
                )

    def _check_parts(self) -> None:
        """Refuses what parts do not serve."""
        refused = {
            f"loss {self.loss}, which changes all of W′ at every word": self.loss == "softmax",
            "subwords": self.subwords is not None,
            "schedule hogwild": self.schedule == "hogwild",
        }
        for what, is_asked in refused.items():
            if is_asked:
                raise ConfigError(
                    f"a text in parts, as a cluster trains it, is not trained with {what}; leave "
                    f"out one of the two"
                )

    def _coerce(self, name: str, value: bool | int | float | tuple[int, int]) -> None:
        """Keeps a value as Python's own type: config.json takes no NumPy scalars."""
        object.__setattr__(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """All options, as config.json keeps them; of subwords and parts where there are any."""
        options = asdict(self)
        if self.subwords is None:
            del options["subwords"], options["buckets"]
        else:
            options["subwords"] = list(self.subwords)
        if self.parts is None:
            del options["parts"], options["exchange_every"]
        return options

    @classmethod
    def from_json(cls, options: Mapping[str, Any]) -> TrainingConfig:
        """Options from plain data, a command line's or config.json's; all are checked.

        Args:
            options: By name; one that is missing, as older versions wrote fewer, has its default.

        Raises:
            ConfigError: A value is out of range.
            TypeError: An option has a name that is none.
        """
        return cls(**options)


def _lengths(subwords: object) -> tuple[int, int]:
    """The shortest and the longest n-gram.

    Raises:
        ConfigError: They are no such pair.
    """
    if not isinstance(subwords, Sequence) or isinstance(subwords, str) or len(subwords) != 2:
        raise ConfigError(
            f"subwords is {subwords!r}; expected the lengths of the shortest and the longest "
            f"n-gram, as (3, 6), or None"
        )
    least = whole("the shortest n-gram", subwords[0], 1, MAX_NGRAM)
    return least, whole("the longest n-gram", subwords[1], least, MAX_NGRAM)


def check_workers(workers: object) -> int:
    """A number of threads, which decides nothing about a run's quality and so is no option of it.

    Raises:
        ConfigError: It is out of range.
    """
    return whole("workers", workers, 1, MAX_WORKERS)
