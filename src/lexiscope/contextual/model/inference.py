"""Inference: windows of texts into batches, through the model, and back to a vector a token."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.batches import batches
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.replicas import Replicas
from lexiscope.contextual.model.workers import Workers
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.text.segmentation import Segmentation
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.contextual.text.windows import Limits, Window, plan_windows

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def token_vectors(
    segmentation: Segmentation,
    states: HiddenStates | Replicas,
    workers: Workers,
    layers: tuple[int, ...],
    options: EncoderOptions,
    limits: Limits,
) -> Floats:
    """The vectors of all tokens (T × D).

    Args:
        segmentation: The texts.
        states: What runs the model.
        workers: Where it is run.
        layers: Which of its hidden states.
        options: How they are combined, and how many tokens go through the model at a time.
        limits: How many tokens the model sees at a time.

    Raises:
        ConfigError: A window has no room beside the special tokens.
    """
    tokens = segmentation.tokens
    vectors = np.empty((len(tokens), states.width(layers, options.combine)), np.float32)
    windows = plan_windows(tokens, segmentation.pieces, limits)
    sequences = [_ids(tokens, window) for window in windows]
    lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
    filled = np.flatnonzero(lengths)  # where a tokenizer adds nothing, an empty text has no token

    def encode(batch: Ints) -> None:
        numbers = filled[batch].tolist()
        rows = states.run(
            [sequences[number] for number in numbers], layers, options.combine, options.mix
        )
        at = 0
        for number in numbers:
            _put(vectors, rows[at : at + len(sequences[number])], tokens, windows[number])
            at += len(sequences[number])

    budget = states.batch_tokens(options.batch_tokens)
    planned = batches(lengths[filled], budget, states.apart(lengths[filled]))
    if states.in_threads:
        workers.run(encode, planned)
    else:
        for batch in planned:
            encode(batch)
    return vectors


def _ids(tokens: Tokens, window: Window) -> Ints:
    """What goes through the model: the window with the special tokens around it."""
    start, stop = tokens.inner[window.text].tolist()
    whole = tokens.sentences[window.text]
    if (window.start, window.stop) == (start, stop):
        return tokens.ids[whole]
    return np.concatenate(
        [
            tokens.ids[whole.start : start],
            tokens.ids[window.start : window.stop],
            tokens.ids[stop : whole.stop],
        ]
    )


def _put(vectors: Floats, rows: Floats, tokens: Tokens, window: Window) -> None:
    """Puts what a window gave where its tokens are kept from it.

    The special tokens in front come from the first window of a text, those behind from its last.
    """
    start, stop = tokens.inner[window.text].tolist()
    whole = tokens.sentences[window.text]
    front = start - whole.start
    if window.start == start:
        vectors[whole.start : start] = rows[:front]
    offset = front - window.start
    vectors[window.kept_start : window.kept_stop] = rows[
        window.kept_start + offset : window.kept_stop + offset
    ]
    if window.stop == stop and whole.stop > stop:
        vectors[stop : whole.stop] = rows[stop - whole.stop :]
