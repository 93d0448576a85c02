"""Initial weights, where they are not random: vectors from elsewhere, frozen words, more words."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus import Vocabulary
from lexiscope.errors import ConfigError
from lexiscope.files.compression import DamagedDataError, inflate
from lexiscope.training.config import TrainingConfig
from lexiscope.training.kernels.memory import zeros
from lexiscope.training.loop.weights import Weights, initial_rows
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.run import Run, ngrams_of
from lexiscope.vectors import KeyedVectors, load

Source = str | PathLike[str] | KeyedVectors

LOADED = "loaded"
_BLOCK = 2**16


@dataclass(frozen=True, kw_only=True)
class InitialReport:
    """What a run's weights began with.

    Attributes:
        source: The file, or "KeyedVectors"; None where only words were frozen.
        words: Words of the vocabulary, V.
        found: How many of them had a vector there.
        output: Whether their rows of W′ came from there too.
        frozen: Words whose row of W does not change.
    """

    source: str | None
    words: int
    found: int
    output: bool
    frozen: int

    def to_json(self, frozen: NDArray[np.uint8] | None) -> dict[str, Any]:
        """The report, and the frozen rows of W if any, as config.json keeps them."""
        packed = None
        if frozen is not None:
            packed = base64.b64encode(zlib.compress(np.packbits(frozen).tobytes())).decode()
        return {**asdict(self), "frozen_rows": packed}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> InitialReport:
        """The report from config.json, where more may be said."""
        return cls(**{field.name: saved[field.name] for field in fields(cls)})

    def lines(self) -> list[str]:
        """A summary for people."""
        lines = []
        if self.source is not None:
            both = " (W and W′)" if self.output else ""
            lines.append(
                f"{self.found:,} of {self.words:,} words begin with their vectors{both} from "
                f"{self.source}"
            )
        if self.frozen:
            lines.append(f"{self.frozen:,} words are frozen")
        return lines


class InitialVectors:
    """Vectors to begin with and words to freeze, checked before any text is read.

    Args:
        source: A model folder, any vectors file that `lexiscope.load` opens, or vectors that are
            open; None to begin at random.
        freeze: Words whose rows of W are read but never changed, or "loaded" for all that the
            source has; W′ is trained for all words. None freezes nothing.
        config: The run's options.

    Raises:
        ConfigError: The source has another dimension, or "loaded" is said without a source.
        FormatError: The file is missing, of no known format, or damaged.
    """

    def __init__(
        self, source: Source | None, freeze: Iterable[str] | str | None, config: TrainingConfig
    ) -> None:
        if isinstance(freeze, str) and freeze != LOADED:
            raise ConfigError(f"freeze is {freeze!r:.60}; expected a list of words, or {LOADED!r}")
        if freeze == LOADED and source is None:
            raise ConfigError(
                f"freeze is {LOADED!r}, but no vectors are loaded; name some with init_from"
            )
        if freeze is not None and not isinstance(freeze, Iterable):
            raise ConfigError(f"freeze is {freeze!r:.60}; expected a list of words, or {LOADED!r}")
        if config.subwords is not None and (source is not None or freeze is not None):
            raise ConfigError(
                "init_from and freeze are of words' own rows, which with subwords are a part of "
                "their vectors only; leave them out, or train without subwords"
            )
        self._freeze = freeze if isinstance(freeze, str) else frozenset(freeze or ())
        self._config = config
        self._name: str | None = None
        self._vectors: KeyedVectors | None = None
        if source is None:
            return
        if isinstance(source, KeyedVectors):
            self._name, self._vectors = "KeyedVectors", source
        else:
            self._name, self._vectors = fspath(source), load(source)
        found = self._vectors.vector_size
        if found != config.vector_size:
            raise ConfigError(
                f"{self._name} has vectors of {found} dimensions, but vector_size is "
                f"{config.vector_size}; set vector_size to {found}, or begin with other vectors"
            )

    def put_into(self, run: Run, first: int = 0) -> InitialReport:
        """Sets a run's weights, from row `first` on, to the vectors found, and freezes words.

        Raises:
            ConfigError: A vector that is wanted is not finite.
        """
        tokens = run.vocabulary.tokens
        rows, places = self._matches(tokens[first:])
        rows += first
        copied = False
        if self._vectors is not None:
            _copy_rows(self._vectors.vectors, places, run.weights.input_vectors, rows, tokens)
            copied = self._put_output(run, rows, places, first)
        frozen = self._frozen(tokens, first, rows, run.weights.frozen)
        run.freeze(frozen if frozen.any() else None)
        # Earlier rows were looked up when they came in; a report is of the whole vocabulary.
        return InitialReport(
            source=self._name,
            words=len(tokens),
            found=len(self._matches(tokens)[0]) if first else len(rows),
            output=copied,
            frozen=int(frozen.sum()),
        )

    def _matches(self, tokens: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the tokens that the source has, and their rows there."""
        index = {} if self._vectors is None else self._vectors.key_to_index
        places = np.fromiter((index.get(token, -1) for token in tokens), np.int64, len(tokens))
        rows = np.flatnonzero(places >= 0)
        return rows, places[rows]

    def _put_output(
        self, run: Run, rows: NDArray[np.int64], places: NDArray[np.int64], first: int
    ) -> bool:
        """Takes the source's rows of W′ where they mean the same. Returns whether they did."""
        source = self._vectors
        if source is None:
            return False
        data = source.to_data()
        trained = data.metadata.get("training")
        loss = trained.get("loss") if isinstance(trained, Mapping) else None
        if data.output is None or loss != self._config.loss:
            return False
        outputs = run.weights.output_vectors
        # What a row stands for may be decided by all counts, as an inner node's place in the tree.
        counts = data.counts
        same = (
            first == 0
            and data.tokens == run.vocabulary.tokens
            and counts is not None
            and np.array_equal(counts, run.vocabulary.counts)
        )
        if same:
            nodes = np.arange(len(outputs))
            _copy_rows(data.output, nodes, outputs, nodes, run.vocabulary.tokens)
        elif rule_of(self._config.loss).words_have_rows:
            _copy_rows(data.output, places, outputs, rows, run.vocabulary.tokens)
            return True
        return same

    def _frozen(
        self,
        tokens: list[str],
        first: int,
        rows: NDArray[np.int64],
        before: NDArray[np.uint8] | None,
    ) -> NDArray[np.uint8]:
        frozen = np.zeros(len(tokens), np.uint8)
        if before is not None:
            frozen[:first] = before[:first]
        if isinstance(self._freeze, str):
            frozen[rows] = 1
        else:
            for row in range(first, len(tokens)):
                frozen[row] = tokens[row] in self._freeze
        return frozen


def _copy_rows(
    source: NDArray[np.float32],
    places: NDArray[np.int64],
    target: NDArray[np.float32],
    rows: NDArray[np.int64],
    tokens: list[str],
) -> None:
    """target[rows] = source[places], block by block, so that no second matrix is ever needed."""
    for start in range(0, len(rows), _BLOCK):
        block = source[places[start : start + _BLOCK]]
        good = np.isfinite(block).all(axis=1)
        if not good.all():
            word = tokens[int(rows[start + int(np.argmin(good))]) % len(tokens)]
            raise ConfigError(
                f"the vector of {word!r} to begin with is not finite; training would spread it to "
                f"all others; take it out of the file, or begin with other vectors"
            )
        target[rows[start : start + _BLOCK]] = block


def add_words(run: Run, vocabulary: Vocabulary) -> None:
    """Gives a run more words: old rows keep their places and values, and their state.

    Rows of W′ that are inner nodes of a tree are kept where the new tree asks the same question.

    Args:
        run: Its weights are replaced; whoever holds the old ones keeps what they were.
        vocabulary: The run's words in their order, then the new ones; counts of all the text.

    Raises:
        ConfigError: The loss cannot take in so many words.
    """
    config, old = run.config, run.weights
    rule = rule_of(config.loss)
    rule.check(len(vocabulary), config.vector_size)
    before, words = len(run.vocabulary), len(vocabulary)
    if vocabulary.tokens[:before] != run.vocabulary.tokens:
        raise ConfigError(f"a vocabulary is extended by words after its own {before:,}")
    frozen = None
    if old.frozen is not None:
        frozen = np.zeros(words, np.uint8)
        frozen[:before] = old.frozen
    ngrams = None if old.ngrams is None else ngrams_of(vocabulary, config, old.ngrams.used)
    inputs = zeros(words if ngrams is None else ngrams.rows, old.rows.shape[1])
    outputs = zeros(rule.output_rows(words), old.outputs.shape[1])
    new = Weights(inputs, outputs, old.dimension, frozen, ngrams)
    inputs[:before] = old.rows[:before]
    sources, signs = rule.carried(run.vocabulary.counts, vocabulary.counts)
    for start in range(0, len(sources), _BLOCK):
        rows = start + np.flatnonzero(sources[start : start + _BLOCK] >= 0)
        outputs[rows] = signs[rows, None] * old.outputs[sources[rows]]
    # The seed with the number of rows before: not the random numbers of the first rows again.
    initial_rows(config, inputs[before:], [config.seed, before])
    if ngrams is not None and old.ngrams is not None:
        inputs[words + np.searchsorted(ngrams.used, old.ngrams.used)] = old.rows[before:]
    run.vocabulary = vocabulary
    run.state.weights = new


def saved_frozen(document: Mapping[str, Any], words: int) -> NDArray[np.uint8] | None:
    """The frozen rows of W that a config.json tells of, uint8 (words), or None for none.

    Raises:
        ConfigError: They are damaged, or of another number of words.
        TypeError, AttributeError, KeyError: What is there is no report.
    """
    initial = document.get("initial")
    packed = None if initial is None else initial["frozen_rows"]
    if packed is None:
        return None
    try:
        data = inflate(base64.b64decode(packed, validate=True), -(-words // 8))
    except (ValueError, DamagedDataError) as error:
        raise ConfigError(
            f"its frozen rows cannot be read, expected a bit for each of {words:,} words: {error}"
        ) from error
    return np.unpackbits(np.frombuffer(data, np.uint8), count=words)
