"""Places of tokens, checked for many texts at once: the same as a loop over tokens finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from lexiscope.contextual.text.token_spans import agrees, align, is_blank
from lexiscope.contextual.text.tokenization import TextTokenizer
from tests.support.tiny_models import fast, tokenizer_of, wordpiece

FAMILIES = ("wordpiece", "roberta", "gpt2", "unigram", "llama", "whitespace")
NASTY = [
    *"abehotxTHE'’.-",
    *"ßİΣσςÅK½ﬁé日語شל",
    *("the", " lazy", "e\u0301", "\u0301", "👩‍🚀", "\u200d", "\u00ad", "\x00"),
    *(" ", "  ", "\t", "\u00a0", "\u3000", "\n", "\r\n"),
    *("<mask>", "</s>", "[CLS]", "##", "▁", "Ġ", "<0x41>"),
]
texts = st.lists(st.sampled_from(NASTY), max_size=12).map("".join)


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Any]:
    return {family: tokenizer_of(family) for family in FAMILIES}


def places(tokenizer: PreTrainedTokenizerFast, text: str) -> tuple[list[int], list[Any]]:
    """The ids of a text and their spans, token after token, as they were found before."""
    encoding = tokenizer(text, return_special_tokens_mask=True, return_offsets_mapping=True)
    ids, mask = encoding["input_ids"], encoding["special_tokens_mask"]
    own = [place for place, added in enumerate(mask) if not added]
    first, last = (own[0], own[-1] + 1) if own else (len(ids), len(ids))
    spelled = tokenizer.convert_ids_to_tokens(ids)
    told: list[tuple[int, int]] = [(a, b) for a, b in encoding["offset_mapping"]]
    spans = [
        (a, a) if is_blank(token) else (a, b)
        for token, (a, b) in zip(spelled[first:last], told[first:last], strict=True)
    ]
    assert spans == sorted(spans), "a case that the search by units would have to settle"
    fits = (
        number == tokenizer.unk_token_id or agrees(token, text[a:b])
        for number, token, (a, b) in zip(ids[first:last], spelled[first:last], spans, strict=True)
    )
    if not all(fits):
        spans = align(spelled[first:last], text) or spans
    trimmed = []
    for a, b in spans:
        while b > a and text[b - 1].isspace():
            b -= 1
        while a < b and text[a].isspace():
            a += 1
        trimmed.append([a, b])
    return ids, [[0, 0]] * first + trimmed + [[0, 0]] * (len(ids) - last)


@settings(max_examples=40)
@given(st.lists(texts, max_size=4))
@pytest.mark.parametrize("family", FAMILIES)
def test_many_texts_get_the_places_that_a_loop_over_tokens_finds(
    tokenizers: dict[str, Any], family: str, several: list[str]
) -> None:
    tokens = TextTokenizer(tokenizers[family]).tokenize(several)
    for number, text in enumerate(several):
        ids, spans = places(tokenizers[family], text)
        own = tokens.sentences[number]
        assert tokens.ids[own].tolist() == ids
        found = tokens.spans[own].tolist()
        # An empty span stands for no text, wherever it is.
        assert [[*s] if s[0] < s[1] else [] for s in found] == [
            [*s] if s[0] < s[1] else [] for s in spans
        ]


def test_the_tokenizers_own_settings_neither_count_nor_change() -> None:
    tokenizer = fast(wordpiece(), unk_token="[UNK]", pad_token="[PAD]")
    plain = TextTokenizer(tokenizer).tokenize(["the dog and the fox", "the"]).ids.tolist()
    own = tokenizer.backend_tokenizer
    own.enable_truncation(4)
    own.enable_padding(length=9)
    before = (own.padding, own.truncation)
    encoder = TextTokenizer(tokenizer)
    assert encoder.tokenize(["the dog and the fox", "the"]).ids.tolist() == plain
    assert (own.padding, own.truncation) == before


def test_a_token_that_is_added_later_is_met_by_the_copy_too() -> None:
    tokenizer = fast(wordpiece(), unk_token="[UNK]", pad_token="[PAD]")
    tokenizer.backend_tokenizer.enable_truncation(4)
    encoder = TextTokenizer(tokenizer)
    encoder.tokenize(["the zzz"])
    tokenizer.add_tokens(["zzz"])
    tokens = encoder.tokenize(["the zzz"])
    assert encoder.spellings(tokens.ids.tolist())[-2] == "zzz"
