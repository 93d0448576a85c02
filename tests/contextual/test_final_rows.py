"""Vectors straight to their rows: in chunks, through stages, again and again, torn by windows."""

from __future__ import annotations

import copy
import pickle
import threading
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from lexiscope.contextual import Encoder, assembly
from lexiscope.contextual.model import landing
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.landing import Direct, Staged, landing_from
from lexiscope.contextual.model.placing import Places, Sequences
from lexiscope.contextual.model.workers import Workers
from lexiscope.contextual.options import Pooling
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.windows import Windows
from lexiscope.errors import CorpusError, LexiscopeError

LONG = " ".join(f"unbelievable words number {n} jump over the river bank" for n in range(12))
TEXTS: list[Any] = [
    "The quick brown fox.",
    ["New York", "", "is", "unbelievablywonderfullylongwordthatnowindowhasroomfor" * 2],
    "",
    LONG,
    "The quick brown fox.",
    "a river; a bank, naïve café",
    ["New York", "is"],
    LONG,
    "...",
    "words and words",
    "The quick brown fox.",
]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "_CHUNK_SENTENCES", 2)
    monkeypatch.setattr(assembly, "_COPIED_ROWS", 3)


@pytest.fixture(params=["roberta", "gpt2", "llama"])
def folder(request: pytest.FixtureRequest, tiny: dict[str, Path]) -> Path:
    return tiny[request.param]


def alone(encoder: Encoder, pooling: Pooling) -> tuple[Any, Any]:
    """The rows of words and tokens, each sentence run by itself and pooled by a plain loop."""
    words, tokens = [], []
    for text in TEXTS:
        sentence = encoder.encode([text])[0]
        tokens.append(sentence.token_vectors)
        for places in sentence.pieces:
            own = sentence.token_vectors[list(places)].astype(np.float64)
            if not places:
                words.append(np.full(own.shape[1] * (1 + (pooling == "first_last")), np.nan))
                continue
            words.append(
                {
                    "mean": lambda own=own: own.mean(axis=0),
                    "sum": lambda own=own: own.sum(axis=0),
                    "max": lambda own=own: own.max(axis=0),
                    "first": lambda own=own: own[0],
                    "last": lambda own=own: own[-1],
                    "first_last": lambda own=own: np.concatenate([own[0], own[-1]]),
                }[pooling]()
            )
    return np.array(words), np.concatenate(tokens)


@pytest.mark.parametrize("pooling", get_args(Pooling))
def test_sentences_in_chunks_get_what_each_gets_alone(
    small_chunks: None, tiny: dict[str, Path], pooling: Pooling
) -> None:
    encoder = Encoder(tiny["roberta"], pooling=pooling, batch_tokens=64, window=20)
    words, tokens = alone(encoder, pooling)
    found = encoder.encode(TEXTS)
    np.testing.assert_allclose(found.token_vectors, tokens, atol=1e-5)
    np.testing.assert_allclose(found.vectors, words, rtol=1e-5, atol=1e-5)
    assert np.isnan(found.vectors).all(axis=1).tolist() == found.missing.tolist()
    only = encoder.encode_words(TEXTS)
    np.testing.assert_allclose(only.vectors, found.vectors, rtol=1e-5, atol=1e-5)
    assert only.words.spellings == found.words
    assert only.pieces.tolist() == np.diff(found.piece_offsets).tolist()


def test_families_in_chunks(small_chunks: None, folder: Path) -> None:
    encoder = Encoder(folder, batch_tokens=50)
    words, tokens = alone(encoder, "mean")
    found = encoder.encode(TEXTS)
    np.testing.assert_allclose(found.token_vectors, tokens, atol=1e-5)
    np.testing.assert_allclose(found.vectors, words, rtol=1e-5, atol=1e-5)
    for number, text in enumerate(TEXTS):
        by_itself = encoder.encode([text])[0]
        assert found[number].words == by_itself.words
        assert found[number].tokens == by_itself.tokens
        assert found[number].pieces == by_itself.pieces
        np.testing.assert_array_equal(found[number].token_spans, by_itself.token_spans)


def test_some_words_only_get_what_all_get(small_chunks: None, tiny: dict[str, Path]) -> None:
    encoder = Encoder(tiny["gpt2"])
    every, few = encoder.encode_words(TEXTS), encoder.encode_words(TEXTS, frozenset({"river"}))
    kept = [place for place, word in enumerate(every.words.spellings) if word == "river"]
    np.testing.assert_allclose(few.vectors, every.vectors[kept], atol=1e-5)
    assert few.places.tolist() == every.places[kept].tolist()
    assert few.words.texts == every.words.texts and 0 < few.tokens < every.tokens
    none = encoder.encode_words(TEXTS, frozenset({"absent"}))
    assert len(none.vectors) == none.tokens == 0 and len(none.offsets) == len(TEXTS) + 1


def test_nothing_at_all(tiny: dict[str, Path]) -> None:
    encoder = Encoder(tiny["gpt2"])
    for found in (encoder.encode([]), encoder.encode_words([])):
        assert found.vectors.shape == (0, encoder.vector_size)
    assert encoder.encode([""]).token_vectors.shape == (0, encoder.vector_size)


# Through stages, as from a GPU


@pytest.mark.parametrize("values", [1, 40, 300, 1 << 20])
def test_through_stages_as_directly(
    monkeypatch: pytest.MonkeyPatch, small_chunks: None, tiny: dict[str, Path], values: int
) -> None:
    encoder = Encoder(tiny["roberta"], pooling="first_last", batch_tokens=64, window=20)
    monkeypatch.setattr(HiddenStates, "in_threads", False)  # as where a model is on a device
    directly = encoder.encode(TEXTS)
    monkeypatch.setattr(landing, "landing_from", lambda device: Staged(device, values))
    staged = encoder.encode(TEXTS)
    np.testing.assert_array_equal(staged.vectors, directly.vectors)
    np.testing.assert_array_equal(staged.token_vectors, directly.token_vectors)


def test_what_is_under_way_is_not_there_before_its_turn() -> None:
    staged = Staged(torch.device("cpu"))
    array = np.zeros((6, 2), np.float32)
    values = torch.arange(12, dtype=torch.float32).reshape(6, 2)
    staged.put(values[:2], array, np.array([5, 0]))
    assert not array.any()
    staged.put(values[2:], array, np.array([1, 2, 3, 4]))
    staged.put(values[:0], array, np.empty(0, np.int64))
    staged.finish()
    np.testing.assert_array_equal(array, values.numpy()[[1, 2, 3, 4, 5, 0]])


def test_stages_that_turn_out_too_small_lose_nothing() -> None:
    staged = Staged(torch.device("cpu"), 16)
    array = np.full((60, 3), np.nan, np.float32)
    values = torch.arange(180, dtype=torch.float32).reshape(60, 3)
    order = np.random.default_rng(1).permutation(60)
    for first, last in ((0, 1), (1, 3), (3, 40), (40, 60)):
        staged.put(values[first:last], array, order[first:last])
    staged.finish()
    np.testing.assert_array_equal(array[order], values.numpy())


def test_the_way_depends_on_the_device() -> None:
    assert isinstance(landing_from(torch.device("cpu")), Direct)
    assert isinstance(landing_from(torch.device("meta")), Staged)


# Errors


def test_an_error_of_a_later_chunk_ends_the_work(small_chunks: None, tiny: dict[str, Path]) -> None:
    encoder = Encoder(tiny["gpt2"])
    encoder._tokenizer._rows = 300  # as if the tokenizer had been extended, and the model not
    fine = [f"the {word}" for word in ("the", "and", "a", "he")]
    assert len(encoder.encode(fine)) == 4
    found = TextTokenizer(encoder.model.tokenizer).tokenize(["Unbelievable words"]).ids
    assert found.max() >= 300
    with pytest.raises(CorpusError, match="has the token"):
        encoder.encode([*fine, "Unbelievable words", *(f"the {word}" for word in "bcdefgh")])
    assert not [t for t in threading.enumerate() if t.name.startswith("lexiscope-ahead")]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_stops_the_model_stops_the_tokenizing(
    monkeypatch: pytest.MonkeyPatch,
    small_chunks: None,
    tiny: dict[str, Path],
    error: type[BaseException],
) -> None:
    encoder = Encoder(tiny["gpt2"])
    expected: Any = LexiscopeError if error is RuntimeError else error

    def stops(*_arguments: Any) -> Any:
        raise error("stopped")

    tokenized: list[int] = []
    tokenize = TextTokenizer.tokenize

    def watched(self: Any, texts: Any) -> Any:
        tokenized.append(len(texts))
        return tokenize(self, texts)

    monkeypatch.setattr(TextTokenizer, "tokenize", watched)
    monkeypatch.setattr(HiddenStates, "_states", stops)
    with pytest.raises(expected, match="stopped"):
        encoder.encode([f"text {number}" for number in range(40)])
    assert len(tokenized) <= 3
    assert not [t for t in threading.enumerate() if t.name.startswith("lexiscope-ahead")]


# Threads


def test_each_worker_has_one_core_and_the_process_as_many_as_before() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        seen: list[int] = []
        Workers().run(lambda _item: seen.append(torch.get_num_threads()), range(6))
        assert seen == [1] * 6 and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


# Results


def test_results_are_pickled_and_copied_with_their_tokens(tiny: dict[str, Path]) -> None:
    found = Encoder(tiny["roberta"]).encode(TEXTS)
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), copy.copy(found)):
        assert again.tokens == found.tokens
        assert again[3].tokens == found[3].tokens and again[2:5].tokens == found[2:5].tokens
    sentence = pickle.loads(pickle.dumps(found[3]))
    assert sentence.tokens == found[3].tokens and sentence.pieces == found[3].pieces


def test_places_of_two_windows_and_a_whole_text() -> None:
    # A text of 8 tokens, one added on either side, in two windows; a text of 3.
    from lexiscope.contextual.ragged import Ragged
    from lexiscope.contextual.text.tokens import Tokens

    tokens = Tokens(
        ids=np.arange(11),
        spans=np.zeros((11, 2), np.int64),
        inner=np.array([[1, 7], [9, 10]]),
        sentences=Ragged(np.array([0, 8, 11])),
    )
    windows = Windows(
        text=np.array([0, 0, 1]),
        start=np.array([1, 3, 9]),
        stop=np.array([5, 7, 10]),
        kept_start=np.array([1, 4, 9]),
        kept_stop=np.array([4, 7, 10]),
    )
    sequences = Sequences.of(tokens, windows)
    assert [sequences.tokens[sequences.layout[n]].tolist() for n in range(3)] == [
        [0, 1, 2, 3, 4, 7],
        [0, 3, 4, 5, 6, 7],
        [8, 9, 10],
    ]
    planned = [np.array([1]), np.array([2, 0])]
    places = Places.of(sequences, planned, [6, 8])
    assert places.batch.tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1]
    assert places.place.tolist() == [8, 9, 10, 11, 2, 3, 4, 5, 0, 1, 2]
