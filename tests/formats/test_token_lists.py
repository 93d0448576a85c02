"""Lists of tokens in the shapes that people have, each rebuilt small."""

from __future__ import annotations

import base64
import gzip
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.corpora import Dictionary

from lexiscope.errors import FormatError
from lexiscope.formats.reading.token_lists import reading
from lexiscope.formats.reading.token_lists.contract import TokenList
from lexiscope.formats.reading.token_lists.fields import are_counts, are_ids
from lexiscope.formats.reading.token_lists.registry import SHAPES
from lexiscope.vectors import load
from lexiscope.vectors.aligning.token_files import read_token_ids
from lexiscope.vectors.aligning.token_ids import Kind
from tests.support.token_lists import PIECES, keras, sentencepiece, tekken

FAIRSEQ = ["<s>", "<pad>", "</s>", "<unk>"]
SCORES = "<unk>\t0\n<s>\t0\n▁the\t{}\ning\t{}\n"
RANKS = [b"!", b'"', b" the", b"ing", b"\xe4"]

# Name of the file, its content → the shape, the tokens, and their counts.
Case = tuple[str, str | bytes, str, list[str | None], list[int] | None]


def npy(content: Any) -> bytes:
    """The bytes of a `.npy` file."""
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(content), allow_pickle=True)
    return buffer.getvalue()


CASES: dict[str, Case] = {
    "plain": ("vocab.txt", "[PAD]\nthe\n##s\n", "a token a line", ["[PAD]", "the", "##s"], None),
    "phrases": ("v.txt", "new york\nsan jose\n", "a token a line", ["new york", "san jose"], None),
    "numbers": ("v.txt", "1\n2\n10\n", "a token a line", ["1", "2", "10"], None),
    "CRLF without an end": ("v.txt", b"the\r\nof\r\na", "a token a line", ["the", "of", "a"], None),
    "mixed ends": ("v.txt", b"the\r\nof\na", "a token a line", ["the\r", "of", "a"], None),
    "GloVe": ("vocab.txt", "the 900\nof 50\n", "token and count", ["the", "of"], [900, 50]),
    "tabs": ("v.tsv", "b\t7\na\t9\n", "token and count", ["b", "a"], [7, 9]),
    "a twin": ("v.txt", "a 9\nb 8\na 7\n", "token and count", ["a", "b", "a"], [9, 8, 7]),
    "uniq -c": ("v.txt", "    90 the\n     5 of\n", "token and count", ["the", "of"], [90, 5]),
    "fairseq": (
        "dict.en.txt",
        "the 90\nof 5\n",
        "fairseq dictionary",
        [*FAIRSEQ, "the", "of"],
        [0, 0, 0, 0, 90, 5],
    ),
    "overwritten": (
        "dict.txt",
        "<s> 9 #fairseq:overwrite\nthe 5 #fairseq:overwrite\n",
        "token and count",
        ["<s>", "the"],
        [9, 5],
    ),
    "Kaldi": ("words.txt", "<eps> 0\nthe 1\nof 2\n", "token and id", ["<eps>", "the", "of"], None),
    "ids out of order": ("v.tsv", "a\t2\nb\t0\nc\t1\n", "token and id", ["b", "c", "a"], None),
    "ids in front": ("v.tsv", "1\tb\n0\ta\n", "token and id", ["a", "b"], None),
    "ids from 1": ("v.tsv", "a\t1\nb\t2\n", "token and id", [None, "a", "b"], None),
    "ids from 4": ("v.tsv", "a\t4\nb\t5\n", "token and id", [None] * 4 + ["a", "b"], None),
    "gensim": (
        "v.txt",
        "9\n1\thuman\t2\n0\ttime\t3\n2\tuser\t3\n",
        "token and id",
        ["time", "human", "user"],
        [3, 2, 3],
    ),
    "OpenKE": ("entity2id.txt", "2\n/m/b\t1\n/m/a\t0\n", "token and id", ["/m/a", "/m/b"], None),
    "Unigram": (
        "m.vocab",
        SCORES.format("-3.2", "-4"),
        "token and score",
        ["<unk>", "<s>", "▁the", "ing"],
        None,
    ),
    "BPE": (
        "m.vocab",
        SCORES.format("-0", "-1"),
        "token and score",
        ["<unk>", "<s>", "▁the", "ing"],
        None,
    ),
    "projector": (
        "metadata.tsv",
        "word\tcount\nthe\t9\nof\t5\n",
        "table with names of columns",
        ["the", "of"],
        [9, 5],
    ),
    "projector's bare counts": (
        "metadata.tsv",
        "the\t9\nof\t5\n",
        "token and count",
        ["the", "of"],
        [9, 5],
    ),
    "projector's texts": (
        "metadata.tsv",
        "POS\tWord\nDET\tthe\nADP\tof\n",
        "table with names of columns",
        ["the", "of"],
        None,
    ),
    "a spreadsheet": (
        "freq.csv",
        'word,count\nthe,9\n"a,b",5\n',
        "table with names of columns",
        ["the", "a,b"],
        [9, 5],
    ),
    "names in another language": (
        "v.tsv",
        "Wort\tAnzahl\nder\t90\ndie\t50\n",
        "table with names of columns",
        ["der", "die"],
        [90, 50],
    ),
    "a named id": (
        "v.tsv",
        "token\tid\nthe\t1\nof\t0\n",
        "table with names of columns",
        ["of", "the"],
        None,
    ),
    "vectors": (
        "glove.txt",
        "the 0.1 0.2\n. . 0.3 -1e-3\n",
        "words of a table of vectors",
        ["the", ". ."],
        None,
    ),
    "vectors with a header": (
        "w2v.txt",
        "2 2\nthe 0.1 0.2\nof 0.3 -1\n",
        "words of a table of vectors",
        ["the", "of"],
        None,
    ),
    "AllenNLP": (
        "tokens.txt",
        "@@UNKNOWN@@\nthe\n@@NEWLINE@@\n",
        "AllenNLP vocabulary",
        ["@@PADDING@@", "@@UNKNOWN@@", "the", "\n"],
        None,
    ),
    "Keras": (
        "tokenizer.json",
        keras({"<OOV>": 1, "the": 2, "cat": 3}, {"the": 5, "cat": 2}, "<OOV>"),
        "Keras Tokenizer",
        [None, "<OOV>", "the", "cat"],
        [0, 0, 5, 2],
    ),
    "Keras dumped twice": (
        "t.json",
        json.dumps(keras({"a": 1}, {"a": 5}, None)),
        "Keras Tokenizer",
        [None, "a"],
        [0, 5],
    ),
    "Keras without an ending": (
        "tokenizer",
        keras({"a": 1}, {"a": 5}, None),
        "Keras Tokenizer",
        [None, "a"],
        [0, 5],
    ),
    "a list": ("v.json", '["", "été"]', "JSON list", ["", "été"], None),
    "pairs": ("v.json", '[["the", 90], ["of", 5]]', "JSON list", ["the", "of"], [90, 5]),
    "pairs with ids": ("v.json", '[["the", 0], ["of", 1]]', "JSON list", ["the", "of"], None),
    "pairs out of order": ("v.json", '[["b", 1], ["a", 0]]', "JSON list", ["a", "b"], None),
    "pairs with scores": ("v.json", '[["the", -1.5], ["a", 0]]', "JSON list", ["the", "a"], None),
    "objects": (
        "v.json",
        '[{"id": 1, "content": "b"}, {"id": 0, "content": "a"}]',
        "JSON list",
        ["a", "b"],
        None,
    ),
    "a map": ("v.json", '{"the": 1, "cat": 0}', "JSON map", ["cat", "the"], None),
    "a map back": ("id2word.json", '{"1": "b", "0": "a"}', "JSON map", ["a", "b"], None),
    "a map inside": ("v.json", '{"stoi": {"b": 1, "a": 0}}', "JSON map", ["a", "b"], None),
    "Marian": (
        "vocab.yml",
        '"</s>": 0\n▁the: 1\n"\\"": 2\n\'it\'\'s\': 3\n',
        "Marian vocabulary",
        ["</s>", "▁the", '"', "it's"],
        None,
    ),
    "SentencePiece": (
        "spiece.model",
        sentencepiece(),
        "SentencePiece model",
        [piece for piece, _score, _kind in PIECES],
        None,
    ),
    "tiktoken": (
        "tokenizer.model",
        "".join(f"{base64.b64encode(t).decode()} {rank}\n" for rank, t in enumerate(RANKS)),
        "tiktoken ranks",
        ["!", '"', "Ġthe", "ing", "ä"],
        None,
    ),
    "tekken": (
        "tekken.json",
        tekken(),
        "tekken",
        ["<unk>", "<s>", None, "a", "Ġthe", "ÿ"],
        None,
    ),
    "fastText's dump": (
        "dict.txt2",
        "2\nthe 9 word\n__label__a 5 label\n",
        "fastText dictionary",
        ["the", "__label__a"],
        [9, 5],
    ),
    "vectors in CSV": (
        "v.csv",
        "word,a,b,c\nthe,0.5,1.5,2\nof,0.25,1,3\n",
        "words of a table of vectors",
        ["the", "of"],
        None,
    ),
    "vectors under names": (
        "v.tsv",
        "word\ta\tb\nthe\t0.5\t1\nof\t0.25\t0\n",
        "words of a table of vectors",
        ["the", "of"],
        None,
    ),
    "R's quotes": ("v.csv", '"x"\n"the"\n"a ""b"""\n', "a token a line", ["the", 'a "b"'], None),
    "quotes around each": ("v.txt", '"the"\n"of"\n', "a token a line", ["the", "of"], None),
    "a space behind each": ("v.txt", "the \nof \n", "a token a line", ["the", "of"], None),
    "an object a line": (
        "v.jsonl",
        '{"token": "b", "id": 1}\n{"token": "a", "id": 0}\n',
        "JSON list",
        ["a", "b"],
        None,
    ),
    "both ways in JSON": (
        "v.json",
        '{"token2idx": {"b": 1, "a": 0}, "idx2token": {"0": "a", "1": "b"}}',
        "JSON map",
        ["a", "b"],
        None,
    ),
    "a list in YAML": (
        "vocab.yml",
        "- the\n- 'it''s'\n",
        "Marian vocabulary",
        ["the", "it's"],
        None,
    ),
    "texts of NumPy": ("v.npy", npy(["the", "été"]), "NumPy words", ["the", "été"], None),
    "bytes of NumPy": ("v.npy", npy([b"the", "été".encode()]), "NumPy words", ["the", "été"], None),
    "objects of NumPy": (
        "v.npy",
        npy(np.array(["the", "x\0"], object)),
        "NumPy words",
        ["the", "x\0"],
        None,
    ),
    "a dict in NumPy": (
        "v.npy",
        npy(np.array({"the": 1, "a": 0}, object)),
        "NumPy words",
        ["a", "the"],
        None,
    ),
    "pickled list": ("v.pkl", pickle.dumps(["the", "a"]), "pickled words", ["the", "a"], None),
    "pickled in lines": (
        "v.pkl",
        pickle.dumps(["the", "a"], protocol=0),
        "pickled words",
        ["the", "a"],
        None,
    ),
    "pickled ids": ("v.pkl", pickle.dumps({"the": 1, "a": 0}), "pickled words", ["a", "the"], None),
    "pickled tokens by id": (
        "v.pkl",
        pickle.dumps({1: "the", 0: "a"}),
        "pickled words",
        ["a", "the"],
        None,
    ),
    "pickled both ways": (
        "v.pkl",
        pickle.dumps(({"the": 1, "a": 0}, {1: "the", 0: "a"})),
        "pickled words",
        ["a", "the"],
        None,
    ),
    "pickled counts": (
        "v.pkl",
        pickle.dumps([("the", 90), ("of", 5)]),
        "pickled words",
        ["the", "of"],
        [90, 5],
    ),
    "gensim's Dictionary": (
        "v.dict",
        pickle.dumps(Dictionary([["a", "the"]])),
        "pickled words",
        ["a", "the"],
        None,
    ),
    "ours": ("vocabulary.tsv", "a\\tb\t9\nc\t5\n", "Lexiscope vocabulary", ["a\tb", "c"], [9, 5]),
    "packed": ("v.txt.gz", gzip.compress(b"the\nof\n"), "a token a line", ["the", "of"], None),
}


def put(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def counts_of(listed: TokenList) -> list[int] | None:
    return None if listed.counts is None else listed.counts.tolist()


@pytest.mark.parametrize("case", CASES)
def test_a_list_is_read_as_what_it_is(case: str, tmp_path: Path) -> None:
    name, content, shape, tokens, counts = CASES[case]
    listed = reading.read(put(tmp_path, name, content))
    assert (listed.shape, listed.tokens, counts_of(listed)) == (shape, tokens, counts)
    assert read_token_ids(tmp_path / name).shape.startswith(f"{name}: {shape}")


def test_every_shape_is_read_here() -> None:
    # Hugging Face's own is read in tests/vectors, as the library reads it; a table of words only
    # beside its matrix.
    shapes = {shape.name for shape in SHAPES} - {"Hugging Face tokenizer", "table of words"}
    assert {case[2] for case in CASES.values()} == shapes


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "ids or counts": (
        "v.tsv",
        "a\t3\nb\t2\nc\t1\n",
        "fits two shapes: 'token and count' and 'token and id'",
    ),
    "ids or counts in pairs": ("v.json", '[["a", 2], ["b", 1]]', "may be ids or counts"),
    "counts or ids with holes": ("v.json", '{"a": 900, "b": 5}', "may be counts, or ids with hol"),
    "two columns of words": ("v.tsv", "the\tDET\nof\tADP\n", "has 2 columns with tabs between"),
    "merges by name": ("merges.txt", "Ġ t\nh e\n", "is a list of merges"),
    "merges": ("bpe.txt", "#version: 0.2\nĠ t\n", "is a list of merges"),
    "a configuration": (
        "tokenizer_config.json",
        '{"tokenizer_class": "BertTokenizer", "unk_token": "[UNK]"}',
        "is a configuration; expected tokens",
    ),
    "a damaged line": (
        "vocab.txt",
        "".join(f"w{number} {99 - number}\n" for number in range(20)) + "odd one out 7 x\n",
        "line 21: is not a token and its number",
    ),
    "two ids of a token": ("v.tsv", "a\t0\nb\t1\na\t2\n", "gives the token 'a' two ids"),
    "a cut model": ("spiece.model", sentencepiece()[:-3], "a SentencePiece model that is damaged"),
    "renumbered": ("sentencepiece.bpe.model", sentencepiece(), "counts otherwise"),
    "bytes": ("v.bin", b"\x00\x01ab\n", "byte 0: is NUL"),
    "Latin-1": ("v.txt", b"caf\xe9\n", "byte 3: is not UTF-8"),
    "an entry without a token": ("v.json", '[{"id": 0}]', "entry 0: has no token of its own"),
    "a rank beyond": ("tekken.json", tekken(rank=9), r"special_tokens\[0\].rank is 9"),
    "counts in a pickle": ("v.pkl", pickle.dumps({"the": 900, "of": 50}), "fits two readings"),
    "a pickle of numbers": ("v.pkl", pickle.dumps([1.5]), "is neither a list of words"),
    "a pickle of nothing": ("v.pkl", pickle.dumps(None), "without a list of tokens"),
    "a pickle that would run": ("v.pkl", pickle.dumps(print), "'builtins.print'"),
    "an array of numbers": ("v.npy", npy([1.5, 2]), "without tokens"),
    "counts that could be ids": (
        "vocab.txt",
        "</s> 0\nthe 3\nof 2\na 1\n",
        "'token and count' and 'token and id'",
    ),
    "counts in JSON": ("v.json", '{"the": 3, "of": 2, "a": 1}', "may be ids or counts"),
    "Python's list": ("v.txt", "['the', 'of']\n", "as Python prints it"),
    "Python's dict": ("v.txt", "{'the': 0, 'of': 1}\n", "as Python prints it"),
    "ids behind a colon": ("v.txt", "0: the\n1: of\n2: a\n", "behind or before a sign"),
    "ids behind =": ("v.txt", "the=0\nof=1\na=2\n", "behind or before a sign"),
    "four columns": ("v.num", "9 the at0 5\n8 of prf 4\n7 a at0 3\n", "4 columns, some of numbers"),
    "a language model": ("lm.arpa", "\\data\\\nngram 1=3\n", "a language model"),
    "no CSV": ("v.csv", b"word,n\na\rb,2\nc,1\nd,3\n", "is no CSV with as many fields"),
    "UTF-16": ("v.txt", "the\nof\n".encode("utf-16"), "is UTF-16 text"),
    "no base64": ("tekken.json", tekken(token_bytes="?"), "bytes in base64"),
    "no YAML": ("vocab.yml", "a 0\n", "line 1: is not `token: id`"),
    "a token twice in YAML": ("vocab.yml", "a: 0\na: 1\n", "gives a token twice"),
    "no tokens": ("v.json", "[]", "there are no tokens"),
    "an escape": ("vocabulary.tsv", "a\\q\n", r"line 1: is no token"),
    "a count in some lines": ("vocabulary.tsv", "a\nb\t5\n", "line 2: is no token and count"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_fits_two_shapes_or_none_is_refused_in_a_line(case: str, tmp_path: Path) -> None:
    name, content, said = REFUSED[case]
    with pytest.raises(FormatError, match=said) as caught:
        read_token_ids(put(tmp_path, name, content))
    assert "\n" not in str(caught.value)


def test_numbers_are_ids_or_counts() -> None:
    assert are_ids([0, 1, 2]) and not are_counts([0, 1, 2])
    assert are_ids([2, 0, 1]) and not are_counts([2, 0, 1])
    assert are_ids([2, 1, 0]) and not are_counts([2, 1, 0])
    assert are_ids([3, 2, 1]) and are_counts([3, 2, 1])
    assert not are_ids([9, 9, 3]) and are_counts([9, 9, 3])
    assert not are_ids([30, 700, 5]) and are_counts([30, 700, 5])
    assert are_ids([0]) and not are_counts([0])
    shuffled = [(7 * number) % 31 + 1 for number in range(31)]
    assert are_ids(shuffled) and not are_counts(shuffled)
    assert are_ids([*range(4, 40)]) and not are_ids([*range(40, 76)])


def test_tokens_that_were_added_have_their_names_and_ids(tmp_path: Path) -> None:
    put(tmp_path, "vocab.txt", "[PAD]\nthe\n##s\n")
    put(tmp_path, "added_tokens.json", json.dumps({"[NEW]": 3, "the": 1}))
    decoder = {"5": {"content": "<extra>", "special": True}, "0": {"content": "[PAD]"}}
    put(tmp_path, "tokenizer_config.json", json.dumps({"added_tokens_decoder": decoder}))
    ids = read_token_ids(tmp_path)
    assert ids.raw == ["[PAD]", "the", "##s", "[NEW]", None, "<extra>"]
    assert ids.kinds[5] is Kind.SPECIAL and ids.style == "wordpiece"
    assert ids.shape.endswith("2 tokens were added by the files beside it")
    put(tmp_path, "added_tokens.json", json.dumps({"[NEW]": 1}))
    with pytest.raises(FormatError, match="has 'the' at id 1, where the files of added tokens"):
        read_token_ids(tmp_path)
    put(tmp_path, "added_tokens.json", json.dumps({"[NEW]": 10**9}))
    with pytest.raises(FormatError, match="ids up to 1,000,000,000"):
        read_token_ids(tmp_path)


def test_bert_tweets_vocabulary_is_fairseqs(tmp_path: Path) -> None:
    put(tmp_path, "bpe.codes", "t h 9\n")
    put(tmp_path, "vocab.txt", "th@@ 9\ne 5\n")
    assert read_token_ids(tmp_path).raw == [*FAIRSEQ, "th@@", "e", "<mask>"]


def test_the_file_of_a_folder_is_the_one_that_the_model_goes_by(tmp_path: Path) -> None:
    put(tmp_path, "vocab.txt", "b\na\n")
    put(tmp_path, "vocab.json", '{"a": 0, "b": 1}')
    with pytest.raises(FormatError, match=r"has vocab\.json and vocab\.txt with other tokens"):
        read_token_ids(tmp_path)
    put(tmp_path, "vocab.txt", "a\nb\n")
    assert read_token_ids(tmp_path).raw == ["a", "b"]
    for name, config, said in (
        ("llama", {"model_type": "llama"}, None),
        ("alone", None, None),
        ("pegasus", {"model_type": "pegasus"}, "may count otherwise"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        put(folder, "spiece.model", sentencepiece())
        if config is not None:
            put(folder, "config.json", json.dumps(config))
        for path in (folder, folder / "spiece.model"):
            if said is None:
                assert len(read_token_ids(path)) == len(PIECES)
                continue
            with pytest.raises(FormatError, match=said):
                read_token_ids(path)


def test_control_pieces_and_bytes_of_a_model_are_no_words(tmp_path: Path) -> None:
    ids = read_token_ids(put(tmp_path, "tokenizer.model", sentencepiece()))
    kinds = dict(zip(ids.raw, ids.kinds, strict=True))
    assert kinds["<unk>"] is kinds["[control]"] is Kind.SPECIAL
    assert kinds["▁the"] is Kind.WORD and kinds["ing"] is kinds["<0x0A>"] is Kind.PIECE


# Rows; files beside `glove.npy` → words, counts, what is told of them.
BESIDE: dict[str, tuple[int, dict[str, str], list[str], list[int] | None, str]] = {
    "GloVe's text": (
        2,
        {"glove.txt": "the 0.1 0.2 0.3\nof 0.2 0.3 0.4\n"},
        ["the", "of"],
        None,
        "those of glove.txt (words of a table of vectors",
    ),
    "a header": (2, {"metadata.tsv": "word\tcount\na\t3\nb\t2\n"}, ["a", "b"], [3, 2], ""),
    "a header over tags": (
        2, {"metadata.tsv": "tag\tword\nx\ta\ny\tb\n"}, ["a", "b"], None, "'word'"),
    "words that end in numbers": (
        12, {"metadata.tsv": "".join(f"route {row}\n" for row in range(12))},
        [f"route {row}" for row in range(12)], None, ""),
    "a header alone": (2, {"metadata.tsv": "word\na\nb\n"}, ["a", "b"], None, ""),
    "no header": (3, {"metadata.tsv": "word\na\nb\n"}, ["word", "a", "b"], None, ""),
    "counts": (2, {"vocab.txt": "a 3\nb 2\n"}, ["a", "b"], [3, 2], "token and count"),
    "fairseq's rows": (
        6,
        {"dict.txt": "a 3\nb 2\n"},
        [*FAIRSEQ, "a", "b"],
        [0, 0, 0, 0, 3, 2],
        "ids 0 to 3 are",
    ),
    "fairseq's lines": (2, {"dict.txt": "a 3\nb 2\n"}, ["a", "b"], [3, 2], "token and count"),
    "the last line": (3, {"vocab.txt": "a\r\nb\r\nc"}, ["a", "b", "c"], None, ""),
    "ids": (3, {"vocab.txt": "a\t2\nb\t0\nc\t1\n"}, ["b", "c", "a"], None, "token and id"),
    "ids from 1": (2, {"vocab.json": '{"a": 1, "b": 2}'}, ["a", "b"], None, ""),
    "a hole": (3, {"vocab.json": '{"a": 1, "b": 2}'}, ["[hole 0]", "a", "b"], None, ""),
    "the commonest": (
        2,
        {"tokenizer.json": keras({"a": 1, "b": 2}, {}, None, num_words=2)},
        ["[hole 0]", "a"],
        [0, 0],
        "Keras",
    ),
    "two that agree": (2, {"vocab.txt": "a\nb\n", "metadata.tsv": "a\nb\n"}, ["a", "b"], None, ""),
    "one that fits": (2, {"vocab.txt": "a\nb\nc\n", "words.txt": ""}, [], None, "has 3 words"),
    "the one that fits": (
        2,
        {"vocab.txt": "a\nb\nc\n", "metadata.tsv": "d\ne\n"},
        ["d", "e"],
        None,
        "",
    ),
    "two that differ": (
        2,
        {"vocab.txt": "a\nb\n", "metadata.tsv": "b\na\n"},
        [],
        None,
        "vocab.txt and metadata.tsv beside it have as many words, which differ",
    ),
    "a tokenizer of another": (2, {"tokenizer.json": '{"model": {"vocab": {"a": 0}}}'}, ["0", "1"],
                               None, "a matrix without words"),
}  # fmt: skip


@pytest.mark.parametrize("case", BESIDE)
@pytest.mark.parametrize("ending", [".npy", ".safetensors"])
def test_the_words_of_a_matrix_are_read_from_any_list(
    case: str, ending: str, tmp_path: Path
) -> None:
    rows, files, words, counts, told = BESIDE[case]
    matrix = np.arange(2 * rows, dtype=np.float32).reshape(rows, 2)
    for name, content in files.items():
        put(tmp_path, name, content)
    path = tmp_path / f"glove{ending}"
    if ending == ".npy":
        np.save(path, matrix)
    else:
        from safetensors.numpy import save_file

        save_file({"input": matrix}, path)
        if told == "a matrix without words":
            words, told = [], "has no words beside it"
    if not words:
        with pytest.raises(FormatError, match=told):
            load(path)
        return
    found = load(path)
    assert found.index_to_key == words
    assert (None if found.counts is None else found.counts.tolist()) == counts
    assert len(found.warnings) == bool(told)
    assert told in "".join(found.warnings)
    assert np.array_equal(found.vectors, matrix)


def test_a_conversion_takes_words_and_counts_along(tmp_path: Path) -> None:
    from lexiscope.formats.conversion import convert

    np.save(tmp_path / "v.npy", np.eye(3, dtype=np.float32))
    put(tmp_path, "v.txt", "the 9\nof 5\na 3\n")
    convert(tmp_path / "v.npy", tmp_path / "model", to="model")
    found = load(tmp_path / "model")
    assert found.index_to_key == ["the", "of", "a"]
    assert found.counts is not None and found.counts.tolist() == [9, 5, 3]


@pytest.mark.slow
def test_a_list_may_be_longer_than_other_small_files(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"x" * (1 << 28) + b"\nb\n")
    assert reading.read(path).tokens[1:] == ["b"]


def test_a_list_is_not_unpacked_beyond_what_text_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_UNPACKED", 1 << 10)
    path = tmp_path / "vocab.txt.gz"
    path.write_bytes(gzip.compress(b"a\n" * (1 << 16)))
    with pytest.raises(FormatError, match="unpacks to more than"):
        reading.read(path)
    monkeypatch.setattr(reading, "_MOST_BYTES", 10)
    (tmp_path / "vocab.txt").write_bytes(b"a\n" * (1 << 16))
    with pytest.raises(FormatError, match="more than 10 bytes"):
        reading.read(tmp_path / "vocab.txt")


def test_a_word_that_a_web_page_begins_with_is_a_word_where_every_row_has_one(
    tmp_path: Path,
) -> None:
    words = ["<html>", "<head>", "sea"]
    (tmp_path / "v").mkdir()
    (tmp_path / "v/vectors.tsv").write_text("1\t2\n3\t4\n5\t6\n")
    for head, name in (("", "metadata.tsv"), ("word\n", "metadata.tsv")):
        (tmp_path / "v" / name).write_text(head + "".join(f"{word}\n" for word in words))
        assert load(tmp_path / "v").index_to_key == words
    page = tmp_path / "page.txt"
    page.write_text("<html>\n<body>moved</body>\n")
    with pytest.raises(FormatError, match="is a web page"):
        reading.read(page, 7)
