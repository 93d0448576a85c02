"""Other programs' vocabularies, read from their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from tokenizers import decoders as token_decoders

from lexiscope.errors import FormatError
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.aligning.token_files import as_token_ids, read_token_ids
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds

TEXT = [
    "the king wears a crown in the palace",
    "die Königin trägt eine Krone, été 1984!",
    "王は冠をかぶる",
] * 5


def wordpiece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = token_decoders.WordPiece()
    names = ["[PAD]", "[UNK]", "[CLS]"]
    trainer = trainers.WordPieceTrainer(vocab_size=120, special_tokens=names, show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def byte_level() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = token_decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = token_decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=80, special_tokens=["<s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def word_level() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.add_tokens(["added"])
    return tokenizer


FAMILIES = {
    "wordpiece": wordpiece,
    "bytes": byte_level,
    "sentencepiece": unigram,
    "plain": word_level,
}


@pytest.mark.parametrize("style", FAMILIES)
def test_every_family_is_read_as_the_library_reads_it(style: str, tmp_path: Path) -> None:
    tokenizer = FAMILIES[style]()
    path = tmp_path / "tokenizer.json"
    tokenizer.save(str(path))
    ids = read_token_ids(path)
    assert ids.style == style
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    assert {token: number for number, token in enumerate(ids.raw) if token} == vocabulary
    assert as_token_ids(tokenizer).raw == ids.raw
    assert read_token_ids(tmp_path).raw == ids.raw


@pytest.mark.parametrize("style", ["wordpiece", "bytes", "sentencepiece"])
def test_the_first_token_of_every_word_is_a_word_and_the_next_are_pieces(
    style: str, tmp_path: Path
) -> None:
    tokenizer = FAMILIES[style]()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    ids = read_token_ids(tmp_path)
    words = ["king", "wears", "crown", "trägt", "palaces"]
    encoded = tokenizer.encode(" " + " ".join(words), add_special_tokens=False)
    text, starts = "", []
    for number in encoded.ids:
        if ids.kinds[number] is Kind.WORD:
            starts.append(ids.texts[number])
            text += " "
        text += ids.texts[number] or ""
    assert text.split() == words
    if style != "sentencepiece":  # whose small vocabulary has the space as a token of its own
        assert len(starts) == len(words)
        assert starts[:3] == words[:3]


def test_bytes_become_characters_and_bytes_that_are_none_become_pieces() -> None:
    tokens = ["王", "Ã©tÃ©", "Ã", "Ġ", "ĠÃ©tÃ©", "!", "çİĭ"]
    ids = TokenIds.build(tokens, style="bytes")
    # The first was added to the tokenizer: its character shows no byte, so it is text as it stands.
    assert ids.texts == ["王", "été", None, " ", "été", "!", "王"]
    assert ids.kinds == [
        Kind.WORD,
        Kind.PIECE,
        Kind.PIECE,
        Kind.PIECE,
        Kind.WORD,
        Kind.WORD,
        Kind.WORD,
    ]


def test_text_lists_keep_their_lines_as_ids(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes("\n[UNK]\nthe\nzwei Wörter\u2028\n".encode())
    ids = read_token_ids(path)
    assert ids.raw == ["", "[UNK]", "the", "zwei Wörter\u2028"]
    assert ids.kinds == [Kind.SPECIAL, Kind.SPECIAL, Kind.WORD, Kind.WORD]
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    assert read_token_ids(path).raw == ["a", "b"]
    path.write_bytes(b"a\r\nb\n")
    assert read_token_ids(path).raw == ["a\r", "b"]


def test_counts_beside_tokens_are_read(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    path.write_text("the\t70\ncat\t9\n")
    ids = read_token_ids(path)
    assert ids.raw == ["the", "cat"]
    assert ids.counts is not None and ids.counts.tolist() == [70, 9]


def test_the_vocabulary_of_a_model_folder_is_read(tmp_path: Path) -> None:
    import numpy as np

    words = ["a\tb", "\\", "c"]
    matrix = np.ones((3, 2), np.float32)
    KeyedVectors(words, matrix, counts=np.array([3, 2, 1])).save(tmp_path / "model")
    ids = read_token_ids(tmp_path / "model")
    assert ids.raw == words
    assert ids.counts is not None and ids.counts.tolist() == [3, 2, 1]


def test_json_maps_and_lists_are_read(tmp_path: Path) -> None:
    path = tmp_path / "vocab.json"
    path.write_text(json.dumps({"the": 1, "cat": 2}))  # Keras' word_index starts at 1
    assert read_token_ids(path).raw == [None, "the", "cat"]
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<new>": 3}))
    assert read_token_ids(path).raw == [None, "the", "cat", "<new>"]
    path.write_text(json.dumps(["", "[UNK]", "été"]))
    assert read_token_ids(path).raw == ["", "[UNK]", "été"]


def test_an_added_token_takes_the_id_of_one_in_the_vocabulary(tmp_path: Path) -> None:
    document = {
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}},
        "added_tokens": [{"id": 1, "content": "<new>", "special": True}],
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(document))
    ids = read_token_ids(tmp_path)
    assert ids.raw == ["a", "<new>"]
    assert ids.kinds[1] is Kind.SPECIAL


BROKEN: dict[str, tuple[str, Any, str]] = {
    "cut": ("tokenizer.json", '{"model": {"vocab": {"a": 0', "is not JSON"),
    "deep": ("tokenizer.json", "[" * 100_000, "is not JSON"),
    "no vocabulary": (
        "tokenizer.json",
        '{"model": {}}',
        "model.vocab is missing; expected an object",
    ),
    "odd pairs": ("tokenizer.json", '{"model": {"vocab": ["a"]}}', "something else than token"),
    "odd added": (
        "tokenizer.json",
        '{"model": {"vocab": {"a": 0}}, "added_tokens": [3]}',
        r"added_tokens\[0\] is 3; expected an object",
    ),
    "ids no numbers": ("vocab.json", '{"a": "x"}', "the id of 'a' is 'x'"),
    "tokens no strings": ("vocab.json", "[1]", "the token of id 0 is 1"),
    "huge id": ("vocab.json", '{"a": 99999999999999}', "nearly all rows"),
    "a list as a token": (
        "tokenizer.json",
        '{"model": {"vocab": [[["a"], 0.5]]}}',
        "something else than token",
    ),
    "an added list": (
        "tokenizer.json",
        '{"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 1, "content": ["b"]}]}',
        r"added_tokens\[0\].content is a list; expected a text",
    ),
    "an added infinity": (
        "tokenizer.json",
        '{"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": Infinity, "content": "b"}]}',
        "Infinity is none of its numbers",
    ),
    "ids that are lists": (
        "tokenizer.json",
        '{"model": {"vocab": {"a": [0]}}}',
        "model.vocab.a is a list; expected a whole number",
    ),
    "a token twice": ("vocab.json", '{"a": 0, "a": 1}', 'the name "a" is given twice'),
    "empty": ("vocab.txt", "", "is empty"),
    "a web page": ("vocab.txt", "<!doctype html><html>", "is a web page"),
    "lfs": ("vocab.txt", "version https://git-lfs.github.com/spec/v1\noid", "Git-LFS pointer"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused_in_a_line(case: str, tmp_path: Path) -> None:
    name, content, said = BROKEN[case]
    (tmp_path / name).write_text(content)
    with pytest.raises(FormatError, match=said) as caught:
        read_token_ids(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_added_tokens_of_another_kind_are_refused(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text('{"a": 0}')
    for content, said in ((b"[1]", "expected an object"), (b'{"\xff": 1}', "is not UTF-8 text")):
        (tmp_path / "added_tokens.json").write_bytes(content)
        with pytest.raises(FormatError, match=said):
            read_token_ids(tmp_path)


def test_folders_without_a_tokenizer_say_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a tokenizer"):
        read_token_ids(tmp_path)
    (tmp_path / "spiece.model").write_bytes(b"\x0a\x0b")
    with pytest.raises(FormatError, match="is a SentencePiece model"):
        read_token_ids(tmp_path)
    with pytest.raises(FormatError, match="no such file"):
        read_token_ids(tmp_path / "missing")
    (tmp_path / "vocab.txt").write_bytes(b"a\xff\n")
    with pytest.raises(FormatError, match="byte 1: is not UTF-8"):
        read_token_ids(tmp_path / "vocab.txt")
