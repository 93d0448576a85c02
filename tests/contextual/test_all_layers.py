"""One run of a model answers whatever is asked of its layers; words of a vocabulary stand alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.contextual import Encoder
from lexiscope.contextual.model import presence as presence_module
from lexiscope.contextual.model.presence import find_model
from lexiscope.contextual.uses.all_layers import encode_all_layers, layer_curve
from lexiscope.contextual.uses.vocabulary_words import whole_words, word_in_front, words_alone
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from tests.support.tiny_models import fast, save, tokenizer_of

RIVER = "They sat on the bank of the river, unbelievably."
MONEY = "The bank lends money."


def states(encoder: Encoder, text: str, tokens: int = 500) -> Any:
    return encode_all_layers(encoder, text, most_tokens=tokens, most_bytes=1 << 28)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("layers", "combine"),
    [((6,), "last"), ((0, 3, 6), "mean"), ((2, 5), "sum"), ((5, 1), "concat")],
)
@pytest.mark.parametrize("pooling", ["mean", "first", "last", "first_last", "max", "sum"])
def test_any_choice_of_layers_is_what_the_encoder_gives(
    encoder: Encoder, layers: tuple[int, ...], combine: Any, pooling: Any
) -> None:
    kept = states(encoder, RIVER)
    chosen = encoder.with_options(layers=layers, combine=combine, pooling=pooling)
    wanted = chosen.encode([RIVER])[0]
    assert kept.words == wanted.words and kept.tokens == wanted.tokens
    got = kept.word_vectors(layers, combine, pooling)
    np.testing.assert_allclose(got, wanted.vectors, atol=1e-5)
    np.testing.assert_allclose(kept.token_vectors(layers, combine), wanted.token_vectors, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["mean", "first_last"])
def test_the_curve_is_the_encoders_and_its_level_that_of_other_words(
    encoder: Encoder, pooling: Any
) -> None:
    first, second = states(encoder, RIVER), states(encoder, MONEY)
    curve = layer_curve(first, 4, second, 1, pooling)
    with_pooling = encoder.with_options(pooling=pooling)
    wanted = with_pooling.layer_similarity(RIVER, MONEY, "bank")
    np.testing.assert_allclose(curve.cosines, wanted.cosines, atol=1e-5)
    every = [one.by_layer(pooling)[3] for one in (first, second)]
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in every]
    pairs = [
        float(unit[0][i] @ unit[1][j])
        for i, word in enumerate(first.words)
        for j, other in enumerate(second.words)
        if word.lower() != other.lower()
    ]
    assert curve.others[3] == pytest.approx(np.mean(pairs), abs=1e-5)
    alone = layer_curve(states(encoder, "bank"), 0, states(encoder, "bank"), 0, "mean")
    assert np.isnan(alone.others).all() and alone.cosines == pytest.approx(1, abs=1e-5)


def test_a_sentence_that_is_too_long_is_refused_before_its_layers_are_computed(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = type(encoder._states).run
    seen: list[int] = []

    def watched(self: Any, sequences: Any, layers: Any, *rest: Any, **named: Any) -> None:
        seen.append(max(layers))
        run(self, sequences, layers, *rest, **named)

    monkeypatch.setattr(type(encoder._states), "run", watched)
    with pytest.raises(ConfigError, match=r"has 6 tokens; at most 5"):
        states(encoder, "one two three four", tokens=5)
    assert seen == [0]


@pytest.mark.parametrize(
    ("family", "some"),
    [
        ("wordpiece", {"the", "words", "and"}),
        ("roberta", {"the", "words"}),
        ("gpt2", {"the", "words"}),
        ("unigram", {"the"}),
        ("llama", {"the", "Words", "near"}),
        ("whitespace", {"Unbelievable", "café", "עולם"}),
    ],
)
def test_whole_words_are_words_in_every_family(family: str, some: set[str]) -> None:
    tokenizer = tokenizer_of(family)
    words = whole_words(tokenizer, 1_000)
    assert some <= set(words)
    assert all(len(word) > 1 and word.isalpha() for word in words)
    assert len(set(words)) == len(words)
    assert whole_words(tokenizer, 1) == words[:1]


def test_words_alone_are_the_encoders(encoder: Encoder) -> None:
    words = ["river", "money", "antidisestablishmentarianism", "bank"]
    parts = list(words_alone(encoder, words, 2))
    assert [part for part, _ in parts] == [["river", "money"], ["bank"]]
    last = encoder.encode([["river"]])[0].vectors[0]
    np.testing.assert_allclose(parts[0][1][0, -1], last, atol=1e-5)
    assert parts[0][1].shape == (2, 7, 384)


def test_a_decoders_lone_word_stands_behind_the_token_of_a_texts_beginning(tmp_path: Path) -> None:
    plain = Encoder(save("gpt2", tmp_path / "plain"))
    assert word_in_front(plain) == ""
    from tests.support.tiny_models import byte_level

    folder = save("gpt2", tmp_path / "begins")
    fast(byte_level(trim=False, special=False), bos_token="<s>").save_pretrained(folder)
    begins = Encoder(folder)
    assert word_in_front(begins) == "<s>"
    ((words, found),) = words_alone(begins, ["words", "and"], 10)
    assert words == ["words", "and"]
    wanted = begins.with_options(layers=(2,)).encode(["<s> and"])[0]
    np.testing.assert_allclose(found[1, 2], wanted.token_vectors[-1], atol=1e-5)


# Whether a model is there


def test_a_folder_is_found_and_one_without_a_model_is_told(minilm: Path, tmp_path: Path) -> None:
    assert find_model(minilm) == minilm
    with pytest.raises(FormatError, match=r"has no config\.json"):
        find_model(tmp_path)


@pytest.mark.parametrize("name", ["no/such-model", "gone", "./no/such/folder"])
def test_without_network_a_name_that_is_not_here_is_told_in_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FormatError) as caught:
        find_model(name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_missing_libraries_are_told_with_what_installs_them(
    minilm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence_module, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[transformers\]'"):
        find_model(minilm)
