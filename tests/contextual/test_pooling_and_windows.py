"""Tokens to words against a plain loop; long texts seen whole, each word where it is central."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from lexiscope.contextual import Encoder
from lexiscope.contextual.model.batches import batches
from lexiscope.contextual.options import Pooling
from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.pieces import Pieces, find_pieces
from lexiscope.contextual.text.pooling import pool
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.windows import Limits, Window, Windows, plan_windows
from lexiscope.contextual.text.words import Splitter, Words
from lexiscope.errors import ConfigError
from tests.support.tiny_models import POSITIONS, tokenizer_of

LONG = " ".join(f"unbelievable words number {n} jump over the river bank" for n in range(30))


def by_loop(vectors: Any, groups: list[list[int]], pooling: str) -> Any:
    rows = []
    for group in groups:
        own = vectors[group]
        if not group:
            rows.append(np.full(vectors.shape[1] * (1 + (pooling == "first_last")), np.nan))
        elif pooling == "first_last":
            rows.append(np.concatenate([own[0], own[-1]]))
        else:
            rows.append(
                {
                    "mean": own.mean(axis=0),
                    "sum": own.sum(axis=0),
                    "max": own.max(axis=0),
                    "first": own[0],
                    "last": own[-1],
                }[pooling]
            )
    return np.array(rows)


@pytest.mark.parametrize("pooling", get_args(Pooling))
def test_pooling_equals_a_plain_loop(pooling: Pooling) -> None:
    random = np.random.default_rng(1)
    vectors = random.standard_normal((40, 6)).astype(np.float32)
    groups = [[], [0], [1, 2, 3], [], [3, 4], [10], [11, 12], [39], []]
    pieces = Pieces(
        tokens=np.array([token for group in groups for token in group]),
        words=Ragged(np.cumsum([0, *map(len, groups)])),
    )
    found = pool(vectors, pieces, pooling)
    np.testing.assert_allclose(found, by_loop(vectors, groups, pooling), rtol=1e-5)
    assert found.dtype == np.float32


@pytest.mark.parametrize("pooling", get_args(Pooling))
def test_words_without_any_token_are_nan_never_zero(pooling: Pooling) -> None:
    pieces = Pieces(tokens=np.empty(0, np.int64), words=Ragged(np.zeros(4, np.int64)))
    for vectors in (np.ones((5, 3), np.float32), np.empty((0, 3), np.float32)):
        found = pool(vectors, pieces, pooling)
        assert found.shape == (3, 6 if pooling == "first_last" else 3) and np.isnan(found).all()


def test_batches_hold_every_sequence_once_and_keep_to_the_budget() -> None:
    lengths = np.random.default_rng(2).integers(1, 90, 500)
    found = batches(lengths, 64)
    assert sorted(np.concatenate(found).tolist()) == list(range(500))
    for batch in found:
        assert len(batch) == 1 or len(batch) * lengths[batch].max() <= 64
    padded = sum(len(batch) * lengths[batch].max() for batch in found)
    assert padded < 1.05 * lengths.sum()


def test_a_batch_that_is_full_enough_takes_no_much_shorter_sequence() -> None:
    lengths = np.clip(np.random.default_rng(3).lognormal(3.1, 0.8, 2000).astype(int), 1, 512)
    found = batches(lengths, 16384)
    padded = [len(batch) * lengths[batch].max() for batch in found]
    assert sum(padded) < 1.15 * lengths.sum()
    assert all(
        lengths[batch].min() >= 0.9 * lengths[batch].max() or places <= 16384 / 4
        for batch, places in zip(found, padded, strict=True)
    )
    # As many passes as before on what is little.
    assert len(batches(np.array([9, 5, 3, 2]), 512)) == 1


def plan(text: str, limits: Limits) -> tuple[Windows, Any, Pieces]:
    split = Splitter("words").split(text, 0)
    tokenized = TextTokenizer(tokenizer_of("wordpiece")).tokenize([text])
    pieces = find_pieces(tokenized, Words.of([split]))
    return plan_windows(tokenized, pieces, limits), tokenized, pieces


@pytest.mark.parametrize(("window", "stride"), [(40, None), (16, 3), (30, 28), (9, 1), (12, 10)])
def test_each_token_comes_from_the_window_where_its_word_is_most_central(
    window: int, stride: int | None
) -> None:
    windows, tokenized, pieces = plan(LONG, Limits(window=window, stride=stride, truncate=False))
    start, stop = tokenized.inner[0].tolist()
    kept = [token for w in windows for token in range(w.kept_start, w.kept_stop)]
    assert kept == list(range(start, stop))
    assert all(w.stop - w.start == window - 2 for w in windows)
    assert all(w.start <= w.kept_start <= w.kept_stop <= w.stop for w in windows)

    def context(w: Window, first: int, last: int) -> float:
        """Tokens on the poorer side; beyond the text's own ends there is nothing to miss."""
        left = np.inf if w.start == start else first - w.start
        right = np.inf if w.stop == stop else w.stop - last
        return min(left, right)

    bounds = pieces.words.offsets.tolist()
    for a, b in itertools.pairwise(bounds):
        first, last = int(pieces.tokens[a]), int(pieces.tokens[b - 1]) + 1
        whole = [w for w in windows if w.start <= first and last <= w.stop]
        if not whole:
            continue  # longer than an overlap: no window has it
        own = next(w for w in windows if w.kept_start <= first < w.kept_stop)
        if len(whole) > 1 or own in whole:
            assert own.kept_stop >= last, "a word is not torn"
            # Halves of tokens decide a tie either way.
            assert context(own, first, last) >= max(context(w, first, last) for w in whole) - 1


@pytest.mark.slow
def test_a_long_text_gets_what_its_windows_give_by_hand(minilm: Path) -> None:
    encoder = Encoder(minilm, window=22, stride=10)
    short = Encoder(minilm)
    text = LONG[:400]
    long = encoder.encode([text])[0]
    assert len(long.tokens) > 60 and not long.missing.any() and np.isfinite(long.vectors).all()
    # The third window: 20 tokens from 20 on, as a text by itself.
    first, last = 1 + 20, 1 + 40
    piece = text[long.token_spans[first][0] : long.token_spans[last - 1][1]]
    alone = short.encode([piece])[0]
    assert alone.tokens[1:-1] == long.tokens[first:last]
    kept = slice(first + 7, first + 12)
    np.testing.assert_allclose(
        long.token_vectors[kept], alone.token_vectors[1 + 7 : 1 + 12], atol=1e-5
    )


@pytest.mark.slow
@pytest.mark.parametrize("family", ["roberta", "gpt2", "llama"])
def test_texts_longer_than_the_models_own_positions(family: str, tiny: dict[str, Path]) -> None:
    found = Encoder(tiny[family]).encode([LONG, "short one"])
    assert len(found[0].tokens) > 4 * POSITIONS and not found.missing.any()
    assert np.isfinite(found.token_vectors).all()
    full = Encoder(tiny[family], window=POSITIONS)  # exactly what there is
    np.testing.assert_array_equal(full.encode([LONG])[0].vectors, found[0].vectors)
    with pytest.raises(ConfigError, match=f"can take {POSITIONS} tokens"):
        Encoder(tiny[family], window=POSITIONS + 1)


@pytest.mark.slow
def test_truncation_only_where_asked_and_then_words_are_missing(minilm: Path) -> None:
    found = Encoder(minilm, window=12, truncate=True).encode([LONG, "a dog"])
    assert len(found[0].tokens) == 12 and found[0].tokens[-1] == "[SEP]"
    assert not found[0].missing[:5].any() and found[0].missing[10:].all()
    assert np.isnan(found[0].vectors[found[0].missing]).all()
    assert found[1].tokens == ("[CLS]", "a", "dog", "[SEP]") and not found[1].missing.any()


def test_a_window_without_room_is_a_clear_error(tiny: dict[str, Path]) -> None:
    windows = Limits(window=2, stride=None, truncate=False)
    with pytest.raises(ConfigError, match="no room"):
        plan(LONG, windows)
