"""Words and their tokens in texts that go wrong elsewhere, with every family of tokenizers."""

from __future__ import annotations

from typing import Any

import pytest
from tokenizers import AddedToken
from transformers import PreTrainedTokenizer

from lexiscope.contextual.text.pieces import find_pieces
from lexiscope.contextual.text.token_spans import align
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.words import Splitter, SplitText, Words
from lexiscope.errors import LexiscopeError
from tests.support.tiny_models import fast, tokenizer_of, wordpiece

FAMILIES = ("wordpiece", "roberta", "gpt2", "unigram", "llama", "whitespace")
ACUTE = "\u0301"

# Sentence → its words with their spans.
WORDS: dict[str, list[tuple[str, int, int]]] = {
    "naïve café au lait": [
        ("naïve", 0, 5), ("café", 6, 10), ("au", 11, 13), ("lait", 14, 18),
    ],
    f"cafe{ACUTE} ne{ACUTE}e": [(f"cafe{ACUTE}", 0, 5), (f"ne{ACUTE}e", 6, 10)],
    " two  spaces\tand tab ": [
        ("two", 1, 4), ("spaces", 6, 12), ("and", 13, 16), ("tab", 17, 20),
    ],
    "👩‍🚀 flies 🤷🏽‍♂️!": [("flies", 4, 9)],
    "שלום עולם": [("שלום", 0, 4), ("עולם", 5, 9)],
    "مرحبا بالعالم": [("مرحبا", 0, 5), ("بالعالم", 6, 13)],
    "don't re-do it’s": [("don't", 0, 5), ("re", 6, 8), ("do", 9, 11), ("it’s", 12, 16)],
    "ﬁne ½ ①": [("ﬁne", 0, 3)],
    "日本語 text": [("日本語", 0, 3), ("text", 4, 8)],
    "a\u200db \u00adc d": [("a\u200db", 0, 3), ("c", 5, 6), ("d", 7, 8)],
    "İstanbul ǅ": [("İstanbul", 0, 8), ("ǅ", 9, 10)],
    "x\u00a0y\u3000z": [("x", 0, 1), ("y", 2, 3), ("z", 4, 5)],
    "the <mask> and </s>": [
        ("the", 0, 3), ("mask", 5, 9), ("and", 11, 14), ("s", 17, 18),
    ],
    "": [],
    "  \t ": [],
    "…": [],
}  # fmt: skip

# Family → sentence → for each word, what its tokens stand for.
PIECES: dict[str, dict[str, list[list[str]]]] = {
    "wordpiece": {
        "naïve café au lait": [["naïve"], ["café"], ["au"], ["lait"]],
        f"cafe{ACUTE} ne{ACUTE}e": [["cafe"], ["ne", "e"]],
        "don't re-do it’s": [["do", "n", "'", "t"], ["r", "e"], ["do"], ["i", "t", "’", "s"]],
        "日本語 text": [["日", "本", "語"], ["te", "xt"]],
        "שלום עולם": [["של", "ום"], ["עו", "לם"]],
        "the <mask> and </s>": [["the"], ["ma", "s", "k"], ["and"], ["s"]],
    },
    "roberta": {
        # The two bytes of ï: one with the letter before it, one by itself.
        "naïve café au lait": [
            ["n", "aï", "ï", "v", "e"], ["c", "af", "é", "é"], ["a", "u"], ["l", "ai", "t"],
        ],
        "日本語 text": [["日"] * 3 + ["本"] * 3 + ["語"] * 3, ["t", "ex", "t"]],
        # Typed special tokens are text; the word inside one has it for a token.
        "the <mask> and </s>": [["t", "he"], ["<mask>"], ["and"], ["</s>"]],
    },
    "gpt2": {
        " two  spaces\tand tab ": [
            ["t", "w", "o"], ["s", "p", "a", "c", "e", "s"], ["a", "nd"], ["t", "ab"],
        ],
        "👩‍🚀 flies 🤷🏽‍♂️!": [["f", "l", "i", "e", "s"]],
    },
    "unigram": {
        # The mark in front of the text belongs to no word.
        "don't re-do it’s": [["d", "o", "n", "'", "t"], ["re"], ["d", "o"], ["it", "’", "s"]],
        f"cafe{ACUTE} ne{ACUTE}e": [["c", "a", "f", "e"], ["n", "e", "e"]],
    },
    "llama": {
        "don't re-do it’s": [
            ["do", "n", "'", "t"], ["r", "e"], ["do"], ["i", "t", "’", "’", "’", "s"],
        ],
        "x\u00a0y\u3000z": [["x"], ["y"], ["z"]],
        "日本語 text": [["日"] * 3 + ["本"] * 3 + ["語"] * 3, ["tex", "t"]],
    },
    "whitespace": {
        "don't re-do it’s": [["don't"], ["re-do"], ["re-do"], ["it’s"]],
        "שלום עולם": [["שלום"], ["עולם"]],
    },
}  # fmt: skip


def pieces_of(tokenizer: Any, sentence: str) -> tuple[SplitText, Any, list[list[int]]]:
    """A sentence, its tokens, and the tokens of each word."""
    text = Splitter("words").split(sentence, 0)
    tokenized = TextTokenizer(tokenizer).tokenize([sentence])
    pieces = find_pieces(tokenized, Words.of([text]))
    return text, tokenized, [pieces.of(word) for word in range(len(text.words))]


def texts_of(tokenizer: Any, sentence: str) -> list[list[str]]:
    _text, tokenized, pieces = pieces_of(tokenizer, sentence)
    spans = tokenized.spans.tolist()
    return [[sentence[slice(*spans[token])] for token in tokens] for tokens in pieces]


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Any]:
    return {family: tokenizer_of(family) for family in FAMILIES}


@pytest.mark.parametrize("sentence", WORDS, ids=ascii)
def test_words_and_their_spans(sentence: str) -> None:
    found = Splitter("words").split(sentence, 0)
    assert [(word, *span) for word, span in zip(found.words, found.spans, strict=True)] == (
        WORDS[sentence]
    )


@pytest.mark.parametrize("sentence", WORDS, ids=ascii)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_word_has_the_tokens_that_stand_for_it_and_no_other(
    tokenizers: dict[str, Any], family: str, sentence: str
) -> None:
    text, tokenized, pieces = pieces_of(tokenizers[family], sentence)
    spans = tokenized.spans.tolist()
    for (start, stop), tokens in zip(text.spans, pieces, strict=True):
        # Every token that shares a character, and special ones never: by trying all.
        expected = [
            token
            for token, (first, last) in enumerate(spans)
            if first < stop and last > start and first < last and not tokenized.special[token]
        ]
        assert tokens == expected
        assert tokens, "each of these words has a token"
        covered = {place for token in tokens for place in range(*spans[token])}
        left_out = set(range(start, stop)) - covered
        # Marks, joiners and soft hyphens are what a normaliser may drop.
        assert {text.text[place] for place in left_out} <= {ACUTE, "\u200d", "\u00ad"}
    for first, last in spans:
        assert sentence[first:last] == sentence[first:last].strip()


@pytest.mark.parametrize(
    ("family", "sentence"),
    [(family, sentence) for family, table in PIECES.items() for sentence in table],
    ids=ascii,
)
def test_tokens_stand_for_exactly_these_characters(
    tokenizers: dict[str, Any], family: str, sentence: str
) -> None:
    assert texts_of(tokenizers[family], sentence) == PIECES[family][sentence]


def test_padding_on_the_left_changes_nothing(tokenizers: dict[str, Any]) -> None:
    tokenizer = tokenizers["wordpiece"]
    before = texts_of(tokenizer, "the dog and the fox")
    tokenizer.padding_side = "left"
    texts = ["the dog and the fox", "the very long sentence of many more words than the other"]
    assert texts_of(tokenizer, texts[0]) == before
    together = TextTokenizer(tokenizer).tokenize(texts)
    alone = TextTokenizer(tokenizer).tokenize(texts[:1])
    assert together.ids[: len(alone.ids)].tolist() == alone.ids.tolist()


def test_an_added_token_of_two_words_belongs_to_both() -> None:
    raw = wordpiece()
    raw.add_tokens([AddedToken("New York", normalized=False)])
    tokenizer = fast(raw, unk_token="[UNK]")
    assert texts_of(tokenizer, "big New York")[1:] == [["New York"], ["New York"]]


class SlowTokenizer(PreTrainedTokenizer):
    """A tokenizer in Python, as some models have: no offsets; lower case, marks dropped."""

    def __init__(self, **options: Any) -> None:
        self._fast = wordpiece()
        super().__init__(unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", **options)

    @property
    def vocab_size(self) -> int:
        return self._fast.get_vocab_size()

    def get_vocab(self) -> dict[str, int]:
        return self._fast.get_vocab()

    def _tokenize(self, text: str, **_options: Any) -> list[str]:
        return self._fast.encode(text, add_special_tokens=False).tokens

    def _convert_token_to_id(self, token: str) -> int:
        return self._fast.token_to_id(token) or 1

    def _convert_id_to_token(self, index: int) -> str:
        return self._fast.id_to_token(index) or "[UNK]"

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        return [2, *token_ids_0, 3]


@pytest.mark.parametrize("sentence", PIECES["wordpiece"], ids=ascii)
def test_a_slow_tokenizer_without_offsets_gives_what_a_fast_one_does(sentence: str) -> None:
    tokenizer = SlowTokenizer()
    assert not tokenizer.is_fast
    expected = texts_of(tokenizer_of("wordpiece"), sentence)
    found = texts_of(tokenizer, sentence)
    # Where a mark was dropped the search gives it to the token that it stood on.
    without = [["".join(c for c in t if c != ACUTE) for t in tokens] for tokens in found]
    assert without == expected


def test_a_slow_tokenizers_unknown_word_gets_its_place() -> None:
    assert texts_of(SlowTokenizer(), "the Ωμέγα, and") == [["the"], ["Ωμέγα"], ["and"]]


def test_offsets_that_disagree_with_the_text_are_replaced() -> None:
    tokenizer = TextTokenizer(tokenizer_of("wordpiece"))
    right = tokenizer.tokenize(["the lazy dog"]).spans.tolist()
    shifted = _Shifted(tokenizer_of("wordpiece"))
    assert TextTokenizer(shifted).tokenize(["the lazy dog"]).spans.tolist() == right


class _Encoding:
    def __init__(self, encoding: Any) -> None:
        self.ids, self.special_tokens_mask = encoding.ids, encoding.special_tokens_mask
        # As tokenizers did that counted a space which they had put in front.
        self.offsets = [(a + 1, b + 1) if b else (a, b) for a, b in encoding.offsets]


class _Shifted:
    """A fast tokenizer whose offsets are one too far."""

    is_fast = True

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.unk_token_id = tokenizer.unk_token_id

    def convert_ids_to_tokens(self, number: int) -> str:
        return str(self._tokenizer.convert_ids_to_tokens(number))

    def __call__(self, texts: Any, **options: Any) -> Any:
        found = self._tokenizer(texts, **options)
        if isinstance(texts, str):
            return found
        return type("Found", (), {"encodings": [_Encoding(e) for e in found.encodings]})


def test_a_tokenizer_that_hides_where_its_tokens_are_is_refused_in_one_line() -> None:
    class Hashing(SlowTokenizer):
        def _tokenize(self, text: str, **_options: Any) -> list[str]:
            return ["the"] * len(text)

    with pytest.raises(LexiscopeError, match="does not say where") as caught:
        TextTokenizer(Hashing()).tokenize(["some words"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("tokens", "text", "spans"),
    [
        (["▁the", "▁", "qu", "ick"], "the quick", [(0, 3), (3, 3), (4, 6), (6, 9)]),
        (["<0xC3>", "<0xA9>", "t"], "ét", [(0, 1), (0, 1), (1, 2)]),
        (["Ã", "©", "Ġt"], "é t", [(0, 1), (0, 1), (2, 3)]),
        (["low</w>", "er</w>"], "Low er", [(0, 3), (4, 6)]),
        (["straß@@", "e"], "STRAßE", [(0, 5), (5, 6)]),
        (["cat"], "dog", None),
        (["do"], "dog", None),
    ],
)
def test_alignment_by_spelling(
    tokens: list[str], text: str, spans: list[tuple[int, int]] | None
) -> None:
    assert align(tokens, text) == spans
