"""Vectors equal to what transformers gives when asked by hand, in order, and found by word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from lexiscope.contextual import Encoder, WordNotThereError
from lexiscope.errors import ConfigError, CorpusError, FormatError

TEXT = "The quick brown fox jumps over the lazy dog."
SENTENCES = [TEXT, "Unbelievable things happened.", "", "A", TEXT, "New York is big, she said; no?"]
FAMILIES = ("minilm", "roberta", "gpt2", "llama")


@pytest.fixture(params=FAMILIES)
def folder(request: pytest.FixtureRequest, minilm: Path, tiny: dict[str, Path]) -> Path:
    return minilm if request.param == "minilm" else tiny[request.param]


def by_hand(folder: Path, text: str) -> tuple[Any, Any]:
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    inputs = tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
    offsets = inputs.pop("offset_mapping")[0]
    with torch.no_grad():
        output = model(**inputs, output_hidden_states=True)
    return output, offsets


@pytest.mark.slow
def test_last_hidden_states_are_those_of_transformers(folder: Path) -> None:
    output, _offsets = by_hand(folder, TEXT)
    found = Encoder(folder).encode([TEXT])[0]
    assert found.token_vectors.shape == tuple(output.last_hidden_state.shape[1:])
    np.testing.assert_allclose(found.token_vectors, output.last_hidden_state[0], atol=1e-5)


@pytest.mark.slow
def test_a_words_vector_is_the_mean_of_its_subwords(folder: Path) -> None:
    text, word = "Unbelievable tokenizers jump.", "tokenizers"
    start = text.index(word)
    output, offsets = by_hand(folder, text)
    inside = [
        i for i, (a, b) in enumerate(offsets) if a < start + len(word) and b > start and a < b
    ]
    expected = output.last_hidden_state[0, inside].mean(dim=0)
    assert len(inside) > 1
    np.testing.assert_allclose(Encoder(folder).word(text, word), expected, atol=1e-5)


@pytest.mark.slow
def test_the_mean_of_the_last_four_layers(folder: Path) -> None:
    output, _offsets = by_hand(folder, TEXT)
    expected = torch.stack(output.hidden_states[-4:]).mean(dim=0)[0]
    found = Encoder(folder, layers=(-4, -3, -2, -1), combine="mean").encode([TEXT])[0]
    np.testing.assert_allclose(found.token_vectors, expected, atol=1e-5)


@pytest.mark.slow
def test_concat_and_sum_in_the_order_asked_for(folder: Path) -> None:
    output, _offsets = by_hand(folder, TEXT)
    states = [output.hidden_states[layer][0] for layer in (2, 0)]
    encoder = Encoder(folder, layers=(2, 0), combine="concat")
    found = encoder.encode([TEXT])[0].token_vectors
    np.testing.assert_allclose(found, torch.cat(states, dim=-1), atol=1e-5)
    assert encoder.vector_size == found.shape[1]
    summed = encoder.with_options(combine="sum").encode([TEXT])[0].token_vectors
    np.testing.assert_allclose(summed, states[0] + states[1], atol=1e-5)


def test_layers_above_the_highest_wanted_are_not_computed(minilm: Path) -> None:
    encoder = Encoder(minilm, layers=(2,))
    reached = []
    for number, layer in enumerate(encoder.model.module.encoder.layer):
        layer.register_forward_pre_hook(lambda *_, number=number: reached.append(number))
    encoder.encode([TEXT])
    assert set(reached) == {0, 1}


@pytest.mark.slow
def test_batches_of_many_lengths_give_what_sentences_alone_give(folder: Path) -> None:
    encoder = Encoder(folder, batch_tokens=64)
    together = encoder.encode(SENTENCES)
    assert [s.text for s in together] == SENTENCES
    for sentence, found in zip(SENTENCES, together, strict=True):
        alone = encoder.encode([sentence])[0]
        assert found.words == alone.words and found.tokens == alone.tokens
        assert found.pieces == alone.pieces
        np.testing.assert_allclose(found.vectors, alone.vectors, atol=2e-5)
        np.testing.assert_allclose(found.token_vectors, alone.token_vectors, atol=2e-5)
    np.testing.assert_array_equal(together[0].vectors, together[4].vectors)


def test_equal_sentences_go_through_the_model_once(encoder: Encoder) -> None:
    assert encoder.encode_words([TEXT] * 5).tokens == encoder.encode_words([TEXT]).tokens
    assert len(encoder.encode_words([TEXT] * 5).vectors) == 5 * 9


def test_lists_of_words_keep_their_boundaries(encoder: Encoder) -> None:
    found = encoder.encode([["New York", "is", "", "rock'n'roll", "!"]])[0]
    assert found.words == ("New York", "is", "", "rock'n'roll", "!")
    assert [len(piece) for piece in found.pieces] == [2, 1, 0, 5, 1]
    assert found.missing.tolist() == [False, False, True, False, False]
    assert np.isnan(found.vectors[2]).all() and np.isfinite(found.vectors[[0, 1, 3, 4]]).all()


@pytest.mark.slow
def test_special_tokens_are_in_no_word(folder: Path) -> None:
    for sentence in Encoder(folder).encode(SENTENCES):
        used = {token for pieces in sentence.pieces for token in pieces}
        assert not used & set(np.flatnonzero(sentence.special).tolist())


@pytest.mark.slow
def test_a_phrase_an_occurrence_and_an_emoji(encoder: Encoder) -> None:
    text = "The bank near the bank sells 👩‍🚀 hats."
    found = encoder.encode([text])[0]
    np.testing.assert_allclose(encoder.word(text, "bank", 0), found.vectors[1], atol=1e-5)
    np.testing.assert_allclose(encoder.word(text, "bank", -1), found.vectors[4], atol=1e-5)
    phrase = encoder.word(text, "near the")
    np.testing.assert_allclose(phrase, found.vectors[2:4].mean(axis=0), atol=1e-5)
    assert np.isfinite(encoder.word(text, "👩‍🚀")).all()
    np.testing.assert_allclose(encoder.span(text, 4, 8), found.vectors[1], atol=1e-5)


@pytest.mark.parametrize(
    ("word", "occurrence", "message"),
    [
        ("cat", None, "is not in the sentence; its words are The, fox, sees, a, foxy, fox"),
        ("fo", None, "is not in the sentence"),
        ("fox", None, "is in the sentence 2 times: say which with occurrence=0 to 1"),
        ("fox", 2, "so there is no occurrence 2"),
    ],
)
def test_a_word_that_is_not_there_is_answered_with_those_that_are(
    encoder: Encoder, word: str, occurrence: int | None, message: str
) -> None:
    with pytest.raises(WordNotThereError, match=message):
        encoder.word("The fox sees a foxy fox", word, occurrence)


def test_half_an_emoji_is_no_word(encoder: Encoder) -> None:
    with pytest.raises(WordNotThereError):
        encoder.word("look 👩‍🚀 up", "👩")


def test_a_word_without_a_token_says_so(encoder: Encoder) -> None:
    with pytest.raises(WordNotThereError, match="has no token"):
        encoder.span("a \u200b b", 2, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layers": ()}, "expected numbers"),
        ({"layers": (1, "2")}, "no whole number"),
        ({"layers": (1, 2)}, "combine='last' is for one layer"),
        ({"combine": "max"}, "expected one of last, mean, sum, concat"),
        ({"pooling": "middle"}, "expected one of mean"),
        ({"dtype": "float8"}, "expected one of float32"),
        ({"batch_tokens": 0}, "batch_tokens is 0"),
        ({"stride": 0}, "stride is 0"),
        ({"window": 8, "stride": 9}, "longer than window"),
        ({"stride": 3, "truncate": True}, "contradict"),
        ({"device": ""}, "expected a name"),
    ],
)
def test_wrong_options_are_found_before_a_model_is_looked_for(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Encoder("no/such-model", **options)


def test_a_layer_that_the_model_has_not(minilm: Path) -> None:
    with pytest.raises(ConfigError, match="no layer 7: the model has 6"):
        Encoder(minilm, layers=(7,))
    with pytest.raises(ConfigError, match="twice"):
        Encoder(minilm, layers=(6, -1), combine="mean")


def test_without_network_a_models_name_gives_one_clear_line() -> None:
    with pytest.raises(FormatError) as caught:
        Encoder("nobody/no-such-model")
    message = str(caught.value)
    assert "\n" not in message and "is no folder here" in message and "cannot be asked" in message


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"has no config\.json"):
        Encoder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(FormatError) as caught:
        Encoder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sentences", ["one string", [3], [["a", 3]], [b"x"], ["\ud800"]])
def test_what_is_no_sentence_is_refused(encoder: Encoder, sentences: Any) -> None:
    with pytest.raises(CorpusError):
        encoder.encode(sentences)


@pytest.mark.slow
def test_bfloat16_stays_close(minilm: Path, encoder: Encoder) -> None:
    half = Encoder(minilm, dtype="bfloat16").encode(SENTENCES).vectors
    full = encoder.encode(SENTENCES).vectors
    cosines = (half * full).sum(1) / np.linalg.norm(half, axis=1) / np.linalg.norm(full, axis=1)
    assert half.dtype == np.float32 and cosines.min() > 0.999


@pytest.mark.slow
def test_the_bank_of_a_river_and_of_money_come_apart_as_layers_rise(encoder: Encoder) -> None:
    river = "They sat on the grassy bank of the river and fished."
    money = "She took a loan from the bank to buy a house."
    other = "The bank raised its interest rates on deposits."
    apart = encoder.layer_similarity(river, money, "bank").cosines
    alike = encoder.layer_similarity(other, money, "bank").cosines
    assert len(apart) == 7 and apart[0] > 0.95
    assert apart[-1] < 0.8 and (np.diff(apart[:4]) < 0).all()
    assert (alike[2:] > apart[2:] + 0.05).all()


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["mean", "first_last"])
def test_layer_similarity_is_that_of_each_layer_alone(minilm: Path, pooling: Any) -> None:
    encoder = Encoder(minilm, pooling=pooling)
    first, second = "An unbelievable tokenizer.", "The tokenizer is slow."
    found = encoder.layer_similarity(first, second, "tokenizer").cosines
    for layer in range(7):
        alone = encoder.with_options(layers=layer)
        one, other = alone.word(first, "tokenizer"), alone.word(second, "tokenizer")
        expected = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
        assert found[layer] == pytest.approx(expected, abs=1e-4)


def test_similarity_of_tokens(encoder: Encoder) -> None:
    found = encoder.token_similarity("A small dog", "One big cat ran")
    assert found.cosines.shape == (len(found.tokens), len(found.other_tokens)) == (5, 6)
    own = encoder.token_similarity("A small dog").cosines
    np.testing.assert_allclose(np.diag(own), 1, atol=1e-5)
    np.testing.assert_allclose(own, own.T, atol=1e-5)


def test_a_word_keeps_its_place_where_another_sentence_goes_through_the_model_for_it(
    encoder: Encoder,
) -> None:
    both = encoder.encode_words([["New York", "is"], "New York is"], frozenset({"is"}))
    assert both.places.tolist() == [1, 2] and both.spans.tolist() == [[9, 11], [9, 11]]
    assert both.offsets.tolist() == [0, 1, 2] and both.words.spellings == ("is", "is")
    assert both.tokens == len(encoder.encode(["New York is"]).tokens)
    np.testing.assert_array_equal(both.vectors[0], both.vectors[1])


def test_no_sentence_gives_no_words(encoder: Encoder) -> None:
    for found in (encoder.encode([]), encoder.encode_words([])):
        assert found.vectors.shape == (0, 384) and len(found.spans) == 0


def test_sentences_taken_are_those_that_were_encoded(encoder: Encoder) -> None:
    encoded = encoder.encode(SENTENCES)
    taken = encoded.take(np.array([3, 0, 3]))
    assert taken.texts == (SENTENCES[3], TEXT, SENTENCES[3])
    assert taken[1].tokens == encoded[0].tokens and taken[1].pieces == encoded[0].pieces
    assert taken[1].special.tolist() == encoded[0].special.tolist()
    np.testing.assert_array_equal(taken[1].vectors, encoded[0].vectors)
    np.testing.assert_array_equal(taken[2].token_vectors, encoded[3].token_vectors)
    assert encoded.take(np.arange(len(SENTENCES))) is encoded
