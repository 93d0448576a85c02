"""Windows over long texts, which overlap, so that each word is seen with text on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.pieces import Pieces
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.errors import ConfigError

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens that go through the model together.

    Attributes:
        start, stop: The text's own tokens of the window.
        kept_start, kept_stop: Those that get their vectors from this window.
        text: The text's number.
    """

    text: int
    start: int
    stop: int
    kept_start: int
    kept_stop: int


@dataclass(frozen=True, kw_only=True)
class Windows:
    """W windows, text after text; for the fields see `Window`."""

    text: Ints
    start: Ints
    stop: Ints
    kept_start: Ints
    kept_stop: Ints

    def __len__(self) -> int:
        """W."""
        return len(self.text)

    def __iter__(self) -> Iterator[Window]:
        columns = [getattr(self, field.name).tolist() for field in fields(Window)]
        return (Window(*row) for row in zip(*columns, strict=True))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much the model sees at a time.

    Attributes:
        window: Tokens, special ones included; None for no limit.
        stride: From a window's start to the next one's; None for half of a window.
        truncate: Keep the first window only.
    """

    window: int | None
    stride: int | None
    truncate: bool


def plan_windows(tokens: Tokens, pieces: Pieces, limits: Limits) -> Windows:
    """The windows of some texts, text after text.

    A text that fits is one window. In a longer one all windows are full (the last ends with the
    text), and where two overlap the middle of the overlap divides their tokens: there a token
    stands as far from the one's end as from the other's start. A word across the middle goes as a
    whole to the window where its own middle stands more central.

    Raises:
        ConfigError: A window has no room beside the special tokens.
    """
    counts = tokens.sentences.counts
    starts, stops = tokens.inner.T
    own = stops - starts
    long = np.zeros(len(counts), np.bool_)
    if limits.window is not None:
        long = counts > limits.window
    texts = np.flatnonzero(~long)
    starts, stops = starts[texts], stops[texts]
    rows = np.stack([texts, starts, stops, starts, stops], axis=1)
    if long.any() and limits.window is not None:
        owner = _word_of_tokens(pieces, len(tokens))
        more: list[tuple[int, int, int, int, int]] = []
        for text in np.flatnonzero(long).tolist():
            added = int(counts[text] - own[text])
            room = limits.window - added
            if room < 1:
                raise _no_room(limits.window, added)
            start, stop = tokens.inner[text].tolist()
            more += _overlapping(text, start, stop, room, limits.stride, owner)
        rows = np.concatenate([rows, np.array(more, np.int64)])
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
    text, start, stop, kept_start, kept_stop = np.ascontiguousarray(rows.T)
    return Windows(text=text, start=start, stop=stop, kept_start=kept_start, kept_stop=kept_stop)


def truncated(tokens: Tokens, window: int) -> Tokens:
    """Leaves out what does not fit into one window; the special tokens stay around the rest.

    Raises:
        ConfigError: A window has no room beside the special tokens.
    """
    counts = tokens.sentences.counts
    added = counts - (tokens.inner[:, 1] - tokens.inner[:, 0])
    if (added >= window).any():
        raise _no_room(window, int(added.max()))
    excess = Ragged.of_counts(np.maximum(counts - window, 0))
    if not excess.size:
        return tokens
    place = np.arange(len(tokens))
    ends = np.repeat(tokens.inner[:, 1], counts)
    kept = (place < ends - np.repeat(excess.counts, counts)) | (place >= ends)
    gone = excess.offsets
    return Tokens(
        ids=tokens.ids[kept],
        spans=tokens.spans[kept],
        inner=tokens.inner - np.stack([gone[:-1], gone[1:]], axis=1),
        sentences=Ragged(tokens.sentences.offsets - gone),
    )


def _no_room(window: int, added: int) -> ConfigError:
    return ConfigError(
        f"window={window} has no room for a token beside {added} special ones; give a larger one"
    )


def _word_of_tokens(pieces: Pieces, tokens: int) -> Ints:
    """The number of each token's word, of several the last; −1 where it is in none."""
    owner = np.full(tokens, -1, np.int64)
    owner[pieces.tokens] = pieces.words.owner()
    return owner


def _overlapping(
    text: int, start: int, stop: int, room: int, stride: int | None, owner: Ints
) -> list[tuple[int, int, int, int, int]]:
    """The fields of the windows of a long text."""
    step = max(1, min(room if stride is None else stride, room))
    if stride is None:
        step = max(1, room // 2)
    starts = [*range(start, stop - room, step), stop - room]
    bounds = [start]
    for left, right in pairwise(starts):
        bounds.append(max(bounds[-1], _divide(right, left + room, owner)))
    bounds.append(stop)
    return [
        (text, first, first + room, kept, end)
        for first, kept, end in zip(starts, bounds[:-1], bounds[1:], strict=True)
    ]


def _divide(start: int, stop: int, owner: Ints) -> int:
    """Where to divide the tokens of an overlap, which runs from `start` to `stop`."""
    middle = (start + stop) // 2
    if middle in (start, len(owner)) or owner[middle] < 0 or owner[middle] != owner[middle - 1]:
        return middle
    first = last = middle
    while first > start and owner[first - 1] == owner[middle]:
        first -= 1
    while last < stop and owner[last] == owner[middle]:
        last += 1
    fits_left = last < stop or last == len(owner) or owner[last] != owner[middle]
    fits_right = first > start or owner[first - 1] != owner[middle]
    if fits_left and (first + last <= start + stop or not fits_right):
        return last
    return first if fits_right else middle
