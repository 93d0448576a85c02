"""The vectors of all tokens of some texts: windows into batches, through the model, and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.batches import batches
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.workers import Workers
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.text.preparation import Prepared
from lexiscope.contextual.text.tokenization import Tokenized
from lexiscope.contextual.text.windows import Limits, Window, plan_windows

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def token_vectors(
    prepared: Prepared,
    states: HiddenStates,
    workers: Workers,
    layers: tuple[int, ...],
    options: EncoderOptions,
    limits: Limits,
) -> Floats:
    """The vectors of all tokens (T × D).

    Args:
        prepared: The texts.
        states: What runs the model.
        workers: Where it is run.
        layers: Which of its hidden states.
        options: How they are combined, and how many tokens go through the model at a time.
        limits: How many tokens the model sees at a time.

    Raises:
        ConfigError: A window has no room beside the special tokens.
    """
    tokenized = prepared.tokenized
    vectors = np.empty((len(tokenized.ids), states.width(layers, options.combine)), np.float32)
    windows = plan_windows(tokenized, prepared.pieces, limits)
    sequences = [_ids(tokenized, window) for window in windows]
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    filled = np.flatnonzero(lengths)  # where a tokenizer adds nothing, an empty text has no token

    def encode(batch: Ints) -> None:
        numbers = filled[batch].tolist()
        found = states.run([sequences[number] for number in numbers], layers, options.combine)
        at = 0
        for number in numbers:
            _put(vectors, found[at : at + len(sequences[number])], tokenized, windows[number])
            at += len(sequences[number])

    planned = batches(lengths[filled], states.batch_tokens(options.batch_tokens))
    if states.in_threads:
        workers.run(encode, planned)
    else:
        for batch in planned:
            encode(batch)
    return vectors


def _ids(tokenized: Tokenized, window: Window) -> Ints:
    """What goes through the model: the window with the special tokens around it."""
    start, stop = tokenized.inner[window.text].tolist()
    begin, end = tokenized.offsets[window.text], tokenized.offsets[window.text + 1]
    if (window.start, window.stop) == (start, stop):
        return tokenized.ids[begin:end]
    return np.concatenate(
        [
            tokenized.ids[begin:start],
            tokenized.ids[window.start : window.stop],
            tokenized.ids[stop:end],
        ]
    )


def _put(vectors: Floats, found: Floats, tokenized: Tokenized, window: Window) -> None:
    """Puts what a window gave where its tokens are kept from it.

    The special tokens in front come from the first window of a text, those behind from its last.
    """
    start, stop = tokenized.inner[window.text].tolist()
    begin, end = tokenized.offsets[window.text : window.text + 2].tolist()
    front = start - begin
    if window.start == start:
        vectors[begin:start] = found[:front]
    offset = front - window.start
    vectors[window.kept_start : window.kept_stop] = found[
        window.kept_start + offset : window.kept_stop + offset
    ]
    if window.stop == stop and end > stop:
        vectors[stop:end] = found[stop - end :]
