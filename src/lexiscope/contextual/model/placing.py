"""Places of tokens: which batch each goes through the model in, and where it stands there.

A table of places says from where in a batch each row of a result comes, so that what a batch gives
is copied once, to where it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.pieces import Pieces
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.contextual.text.windows import Windows

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_RADIX = 1 << 16  # below, NumPy sorts whole numbers in a pass or two


@dataclass(frozen=True, kw_only=True)
class Sequences:
    """What goes through the model: W windows, each with its text's special tokens around it.

    Attributes:
        tokens: Numbers of tokens, sequence after sequence.
        layout: Which of these each sequence has (W); none where a tokenizer adds nothing to an
            empty text.
        kept: Whether that token gets its vector from that sequence; of the special ones those in
            front do from the first window of their text, those behind from its last.
    """

    tokens: Ints
    layout: Ragged
    kept: Flags

    @classmethod
    def of(cls, tokens: Tokens, windows: Windows) -> Sequences:
        """The sequences of some windows."""
        if len(windows) == len(tokens.sentences):  # a window is a text
            every = np.arange(len(tokens))
            return cls(tokens=every, layout=tokens.sentences, kept=np.ones(len(tokens), np.bool_))
        first = tokens.sentences.starts[windows.text]
        end = tokens.sentences.offsets[1:][windows.text]
        start, stop = tokens.inner[windows.text].T
        # Three parts each: what stands in front, the window, what stands behind.
        starts = np.stack([first, windows.start, stop], axis=1)
        stops = np.stack([start, windows.stop, end], axis=1)
        kept_starts = np.where(windows.start == start, first, start), windows.kept_start, stop
        kept_stops = start, windows.kept_stop, np.where(windows.stop == stop, end, stop)
        parts = Ragged.of_counts((stops - starts).ravel())
        numbers, owner = parts.ranges(starts.ravel()), parts.owner()
        kept = numbers >= np.stack(kept_starts, axis=1).ravel()[owner]
        kept &= numbers < np.stack(kept_stops, axis=1).ravel()[owner]
        layout = Ragged.of_counts((stops - starts).sum(axis=1))
        return cls(tokens=numbers, layout=layout, kept=kept)


@dataclass(frozen=True, kw_only=True)
class Share:
    """Rows of a result that one batch gives.

    Attributes:
        rows: Their numbers in the result (n).
        places: The places in the batch that they come from, row after row.
        offsets: Which of the places each row has (n + 1); None where each has one.
    """

    rows: Ints
    places: Ints
    offsets: Ints | None = None


@dataclass(frozen=True, kw_only=True)
class Places:
    """The places of T tokens in B batches.

    Attributes:
        batch: The batch of each token (T).
        place: Its place there, padding counted (T).
        batches: B.
    """

    batch: Ints
    place: Ints
    batches: int

    @classmethod
    def of(cls, sequences: Sequences, planned: Sequence[Ints], padded: Sequence[int]) -> Places:
        """The places of tokens.

        Args:
            sequences: What goes through the model.
            planned: The numbers of the sequences of each batch.
            padded: The length of each batch's sequences, padding counted.
        """
        layout = sequences.layout
        sizes = Ragged.of_counts(np.fromiter(map(len, planned), np.int64, len(planned)))
        owner, lengths = sizes.owner(), np.array(padded, np.int64)
        order = np.concatenate([*planned, np.empty(0, np.int64)])
        batch, base = np.zeros((2, len(layout)), np.int64)
        batch[order] = owner
        base[order] = sizes.ranges(np.zeros(len(planned), np.int64)) * lengths[owner]
        kept = sequences.kept
        tokens = sequences.tokens[kept]
        token_batch, token_place = np.empty((2, len(tokens)), np.int64)
        token_batch[tokens] = np.repeat(batch, layout.counts)[kept]
        token_place[tokens] = layout.ranges(base)[kept]
        return cls(batch=token_batch, place=token_place, batches=len(planned))

    def share_tokens(self, chosen: Ints, rows: Ints) -> list[Share]:
        """What each batch gives of some tokens.

        Args:
            chosen: Their numbers (n).
            rows: Where each goes (n).
        """
        order, layout = self._by_batch(self.batch[chosen])
        places, rows = self.place[chosen[order]], rows[order]
        bounds = [layout[number] for number in range(self.batches)]
        return [Share(rows=rows[own], places=places[own]) for own in bounds]

    def share_words(self, pieces: Pieces, chosen: Ints, rows: Ints) -> list[Share]:
        """What each batch gives of some words, whose tokens all go through the model in one batch.

        Args:
            pieces: The tokens of all words.
            chosen: The words' numbers (n); each has a token.
            rows: Where each goes (n).
        """
        firsts = pieces.tokens[pieces.words.starts[chosen]]
        order, layout = self._by_batch(self.batch[firsts])
        words, rows = chosen[order], rows[order]
        groups = pieces.words.take(words)
        places = self.place[pieces.tokens[pieces.words.rows(words)]]
        shares = []
        for number in range(self.batches):
            own = layout[number]
            offsets = groups.offsets[own.start : own.stop + 1]
            shares.append(
                Share(
                    rows=rows[own],
                    places=places[offsets[0] : offsets[-1]],
                    offsets=offsets - offsets[0],
                )
            )
        return shares

    def torn(self, pieces: Pieces) -> Flags:
        """Which words have tokens in several batches; those are of texts longer than a window."""
        torn = np.zeros(len(pieces.words), np.bool_)
        filled = np.flatnonzero(~pieces.missing)
        if len(filled):
            batch, starts = self.batch[pieces.tokens], pieces.words.starts[filled]
            torn[filled] = np.minimum.reduceat(batch, starts) < np.maximum.reduceat(batch, starts)
        return torn

    def _by_batch(self, batch: Ints) -> tuple[Ints, Ragged]:
        """The order in which what is of one batch stands together, and where each has its own."""
        keys = batch.astype(np.uint16) if self.batches < _RADIX else batch
        counts = np.bincount(batch, minlength=self.batches)
        return np.argsort(keys, kind="stable"), Ragged.of_counts(counts)
