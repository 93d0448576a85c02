"""Inference: sentences through the model in batches, and what it gives to rows of results."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.batches import batches
from lexiscope.contextual.model.forward import sent
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.landing import Landing, Landings
from lexiscope.contextual.model.placing import Places, Sequences, Share
from lexiscope.contextual.model.replicas import Replicas
from lexiscope.contextual.model.workers import Workers
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.text.pieces import Pieces
from lexiscope.contextual.text.pooling import pool, pool_places
from lexiscope.contextual.text.segmentation import Segmentation
from lexiscope.contextual.text.windows import Limits, plan_windows

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where vectors go: of the words, or of the tokens, of some sentences.

    Attributes:
        array: The result.
        rows: The row of each in it.
    """

    array: Floats
    rows: Ints


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How some sentences go through the model.

    Attributes:
        segmentation: The sentences.
        batches: The ids of each sequence of each batch.
        places: Where their tokens stand in these.
    """

    segmentation: Segmentation
    batches: list[list[Ints]]
    places: Places


class Inference:
    """Runs a model over sentences.

    Args:
        states: What gives hidden states.
        workers: Where the model is run.
        layers: Which of its hidden states.
        options: How they are combined and pooled, and how many tokens go through the model at a
            time.
        limits: How many tokens the model sees at a time.
    """

    def __init__(
        self,
        states: HiddenStates | Replicas,
        workers: Workers,
        layers: tuple[int, ...],
        options: EncoderOptions,
        limits: Limits,
    ) -> None:
        self._states = states
        self._workers = workers
        self._layers = layers
        self._options = options
        self._limits = limits

    @cached_property
    def token_width(self) -> int:
        """D of a token's vector."""
        return self._states.width(self._layers, self._options.combine)

    @property
    def word_width(self) -> int:
        """D of a word's vector."""
        return self.token_width * (2 if self._options.pooling == "first_last" else 1)

    def landing(self) -> Landing:
        """A way for vectors from the model to arrays."""
        return Landings()

    def plan(self, segmentation: Segmentation) -> Plan:
        """Lays sentences out in batches.

        Raises:
            ConfigError: A window has no room beside the special tokens.
        """
        tokens = segmentation.tokens
        windows = plan_windows(tokens, segmentation.pieces, self._limits)
        sequences = Sequences.of(tokens, windows)
        lengths = sequences.layout.counts
        filled = np.flatnonzero(lengths)
        planned = [
            filled[batch]
            for batch in batches(
                lengths[filled],
                self._states.batch_tokens(self._options.batch_tokens),
                self._states.apart(lengths[filled]),
            )
        ]
        padded = [self._states.padded(int(lengths[batch].max())) for batch in planned]
        ids, offsets = tokens.ids[sequences.tokens], sequences.layout.offsets
        cut = [ids[start:stop] for start, stop in pairwise(offsets.tolist())]
        return Plan(
            segmentation=segmentation,
            batches=[[cut[number] for number in batch.tolist()] for batch in planned],
            places=Places.of(sequences, planned, padded),
        )

    def run(
        self, plan: Plan, landing: Landing, words: Target, tokens: Target | None = None
    ) -> None:
        """Brings the vectors of a plan's words, and of its tokens, to their rows.

        They are there for certain when the landing has finished. The row of a word without a token
        becomes NaN.

        Raises:
            LexiscopeError: The model fails, for want of memory or on sequences of this length.
        """
        pieces, places = plan.segmentation.pieces, plan.places
        shares: list[tuple[Floats, list[Share]]] = []
        if tokens is not None:
            every = np.arange(len(tokens.rows))
            shares.append((tokens.array, places.share_tokens(every, tokens.rows)))
        is_torn = places.torn(pieces)
        torn = np.flatnonzero(is_torn)
        whole = np.flatnonzero(~(is_torn | pieces.missing))
        words.array[words.rows[pieces.missing]] = np.nan
        shares.append((words.array, places.share_words(pieces, whole, words.rows[whole])))
        own = pieces.tokens[pieces.words.rows(torn)]
        spare = np.empty((len(own), self.token_width), np.float32)
        if len(own):
            shares.append((spare, places.share_tokens(own, np.arange(len(own)))))

        def encode(number: int) -> None:
            def take(states: Tensor) -> None:
                for array, by_batch in shares:
                    self._bring(states, by_batch[number], landing, array)

            batch = plan.batches[number]
            options = self._options
            self._states.run(batch, self._layers, options.combine, take, options.mix)

        numbers = range(len(plan.batches))
        if self._states.in_threads:
            self._workers.run(encode, numbers)
        else:
            for number in numbers:
                encode(number)
        if len(torn):
            landing.finish()
            groups = pieces.words.take(torn)
            joined = Pieces(tokens=np.arange(groups.size), words=groups)
            words.array[words.rows[torn]] = pool(spare, joined, self._options.pooling)

    def _bring(self, states: Tensor, share: Share, landing: Landing, array: Floats) -> None:
        """Brings what a batch gives to its rows."""
        if not len(share.rows):
            return
        places = sent(share.places, states.device)
        if share.offsets is None:
            landing.put(states.index_select(0, places), array, share.rows)
            return
        pooled = pool_places(
            states, places, sent(share.offsets, states.device), self._options.pooling
        )
        landing.put(pooled, array, share.rows)
