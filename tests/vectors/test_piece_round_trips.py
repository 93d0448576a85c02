"""Vectors keyed by a tokenizer's tokens, put in the order of its ids, and of others'."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from lexiscope.contextual.pretrained.extract import extract
from lexiscope.corpus.tokenizers import SentenceTokenizer, TokenizerSpec
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.aligning.align import align
from lexiscope.vectors.aligning.matching import Source
from lexiscope.vectors.aligning.row_names import distinct_names
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds

TEXT = [
    "the king wears a crown in the palace",
    "die Königin trägt eine Krone, été 1984!",
    "王は冠をかぶる",
    "the kings crowned crowns unbelievably",
]
PADDED = 5


def _trained(tokenizer: Tokenizer, trainer: Any) -> Tokenizer:
    tokenizer.train_from_iterator(TEXT * 5, trainer)
    return tokenizer


def wordpiece() -> Tokenizer:
    """BERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[PAD]", "[UNK]", "[CLS]"]
    return _trained(
        tokenizer,
        trainers.WordPieceTrainer(vocab_size=120, special_tokens=names, show_progress=False),
    )


def byte_level() -> Tokenizer:
    """GPT-2's."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return _trained(
        tokenizer,
        trainers.BpeTrainer(
            vocab_size=600,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=["<|endoftext|>"],
            show_progress=False,
        ),
    )


def unigram() -> Tokenizer:
    """SentencePiece's."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    names = ["<s>", "<unk>"]
    return _trained(
        tokenizer,
        trainers.UnigramTrainer(
            vocab_size=120, special_tokens=names, unk_token="<unk>", show_progress=False
        ),
    )


def gpt1() -> Tokenizer:
    """GPT-1's: characters, `</w>`."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.BPEDecoder()
    return _trained(
        tokenizer,
        trainers.BpeTrainer(
            vocab_size=200,
            end_of_word_suffix="</w>",
            special_tokens=["<unk>"],
            show_progress=False,
        ),
    )


def clip() -> Tokenizer:
    """CLIP's: bytes, `</w>`."""
    tokenizer = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s+"), behavior="removed"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return _trained(
        tokenizer,
        trainers.BpeTrainer(
            vocab_size=700,
            end_of_word_suffix="</w>",
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            special_tokens=["<|startoftext|>", "<|endoftext|>"],
            show_progress=False,
        ),
    )


MAKERS: dict[str, Callable[[], Tokenizer]] = {
    "wordpiece": wordpiece,
    "bytes": byte_level,
    "sentencepiece": unigram,
    "end-of-word": gpt1,
    "end-of-word-bytes": clip,
}


@cache
def tokenizer_of(style: str) -> Tokenizer:
    return MAKERS[style]()


def tokens_of(style: str) -> list[str]:
    tokenizer = tokenizer_of(style)
    return [tokenizer.id_to_token(number) for number in range(tokenizer.get_vocab_size())]


def drawn(rows: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(size=(rows, 3)).astype(np.float32)


@pytest.fixture(params=list(MAKERS))
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def checkpoint(style: str, tmp_path: Path) -> Path:
    tokenizer = tokenizer_of(style)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    rows = tokenizer.get_vocab_size() + PADDED
    save_file({"embeddings.word_embeddings.weight": drawn(rows)}, tmp_path / "model.safetensors")
    return tmp_path


def forget_the_tokenizer(style: str, checkpoint: Path) -> None:
    """Leaves the vocabulary alone, so that its tokens have to tell how words are marked."""
    (checkpoint / "tokenizer.json").unlink()
    vocabulary = tokenizer_of(style).get_vocab(with_added_tokens=True)
    (checkpoint / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))


@pytest.mark.parametrize("alone", [False, True])
def test_what_is_extracted_comes_back_in_place(style: str, checkpoint: Path, alone: bool) -> None:
    extracted = extract(checkpoint).to_vectors()
    if alone:
        forget_the_tokenizer(style, checkpoint)
    rows = len(extracted)
    aligned = align(extracted, checkpoint, rows=rows)
    assert aligned.ids.style == style
    assert np.array_equal(aligned.matrix, drawn(rows))
    coverage = aligned.coverage
    assert coverage.tokens_found == coverage.tokens == rows - PADDED
    assert coverage.share == 1 and coverage.pieces_found == coverage.pieces > 0
    assert aligned.verify() == rows


def test_what_is_extracted_comes_back_in_any_order(style: str, checkpoint: Path) -> None:
    extracted = extract(checkpoint).to_vectors()
    turned = KeyedVectors(extracted.index_to_key[::-1], extracted.vectors[::-1])
    aligned = align(turned, checkpoint)
    assert np.array_equal(aligned.matrix, drawn(len(extracted))[:-PADDED])
    assert aligned.coverage.share == 1


def test_vectors_trained_on_tokens_come_back(style: str, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    tokenizer_of(style).save(str(path))
    # The keys that `train --tokenizer` makes: what the text's sentences are made of.
    sentences = SentenceTokenizer(TokenizerSpec(kind=str(path))).tokenize(TEXT)
    keys = sorted({token for sentence in sentences for token in sentence})
    aligned = align(KeyedVectors(keys, drawn(len(keys))), path, casefold=False)
    places = [aligned.ids.raw.index(key) for key in keys]
    assert np.array_equal(aligned.matrix[places], drawn(len(keys)))
    assert aligned.coverage.tokens_found == len(keys)
    assert [aligned.words[place] for place in places] == keys


def test_a_part_of_the_tokens_is_found_by_its_spelling(style: str, tmp_path: Path) -> None:
    tokens = tokens_of(style)
    some = range(0, len(tokens), 3)
    vectors = KeyedVectors([tokens[number] for number in some], drawn(len(some)))
    aligned = align(vectors, tokenizer_of(style), casefold=False)
    assert np.array_equal(aligned.matrix[some], drawn(len(some)))
    others = [number for number in range(len(tokens)) if number not in some]
    assert not any(aligned.sources[number] is Source.EXACT for number in others)
    aligned.verify()


@pytest.mark.parametrize("other", MAKERS)
def test_words_meet_words_and_pieces_pieces_of_another_tokenizer(style: str, other: str) -> None:
    kept = TokenIds.build(tokens_of(style), style=style)  # type: ignore[arg-type]
    vectors = KeyedVectors([str(token) for token in kept.raw], drawn(len(kept)))
    ids = TokenIds.build(tokens_of(other), style=other)  # type: ignore[arg-type]
    aligned = align(vectors, ids)
    aligned.verify()
    for number, word in enumerate(aligned.words):
        if word is None or ids.kinds[number] is Kind.SPECIAL:
            continue
        place = kept.raw.index(word)
        assert kept.kinds[place] is ids.kinds[number]
        assert str(kept.texts[place]).casefold() == str(ids.texts[number]).casefold()
    both = {str(kept.texts[at]) for at, kind in enumerate(kept.kinds) if kind is Kind.WORD} & {
        str(ids.texts[at]) for at, kind in enumerate(ids.kinds) if kind is Kind.WORD
    }
    assert len(both) > 3
    assert aligned.coverage.words_found >= len(both)


def test_words_are_no_pieces_though_a_few_begin_like_one() -> None:
    """GoogleNews: `##th` is `19th` with its digits folded, and not BERT's piece."""
    words = ["the", "####", "##th", "king", "of", "and"]
    aligned = align(KeyedVectors(words, drawn(6)), ["the", "##th", "##ing", "king", "1984"])
    assert aligned.words == ["the", None, None, "king", "####"]


def test_a_few_marked_keys_among_many_are_told_by_the_tokens() -> None:
    tokens = [f"word{number}" for number in range(60)] + ["##ing", "##ed"]
    aligned = align(KeyedVectors(tokens, drawn(62)), TokenIds.build(tokens, style="wordpiece"))
    assert np.array_equal(aligned.matrix, drawn(62))


def test_the_same_spelling_comes_before_another_case() -> None:
    keys = ["▁king", "▁King", "king", "▁a"]
    aligned = align(KeyedVectors(keys, drawn(4)), ["▁King", "king", "▁KING", "King", "▁a"])
    assert aligned.words == ["▁King", "king", "▁king", "king", "▁a"]
    assert aligned.sources == [Source.EXACT, Source.EXACT, Source.CASE, Source.CASE, Source.EXACT]


def test_the_end_of_a_word_marks_it() -> None:
    ids = TokenIds.build(["king</w>", "kin", "g</w>", "</w>", "<|endoftext|>", "été</w>"])
    assert ids.style == "end-of-word"
    assert ids.texts == ["king", "kin", "g", "", "<|endoftext|>", "été"]
    assert ids.kinds[:5] == [Kind.WORD, Kind.PIECE, Kind.WORD, Kind.PIECE, Kind.SPECIAL]
    shown = TokenIds.build(["king</w>", "Ã©tÃ©</w>", "kin"])
    assert (shown.style, shown.texts[1]) == ("end-of-word-bytes", "été")
    joined = TokenIds.build(["vi@@", "king", "@@UNKNOWN@@"])
    assert (joined.style, joined.texts[:2]) == ("joiner", ["vi", "king"])
    assert joined.kinds == [Kind.PIECE, Kind.WORD, Kind.SPECIAL]
    words = KeyedVectors(["king", "été", "vi"], drawn(3))
    assert align(words, ids).words == ["king", None, None, None, None, "été"]
    assert align(words, joined).words == [None, "king", None]


def test_duplicates_of_an_extracted_matrix_keep_their_own_rows() -> None:
    tokens = ["a", "b", "a", None]
    ids = TokenIds.build(tokens)
    vectors = KeyedVectors(distinct_names(ids, 4), drawn(4))
    assert np.array_equal(align(vectors, ids).matrix, drawn(4))
