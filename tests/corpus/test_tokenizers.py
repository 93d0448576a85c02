"""What a word is."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError, CorpusError, MissingExtraError

EVERYTHING = VocabularyOptions(min_count=1)


def words_of(text: str, spec: TokenizerSpec) -> list[str]:
    """The words that the text becomes, in order."""
    with encode_corpus(sentences=[text], tokenizer=spec, vocabulary=EVERYTHING) as corpus:
        return [corpus.vocabulary.tokens[number] for number in corpus.ids if number >= 0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don't can’t", ["don't", "can’t"]),
        ("'quoted' ’tis rock 'n' roll", ["quoted", "tis", "rock", "n", "roll"]),
        ("dogs' o''clock", ["dogs", "o", "clock"]),
        ("snake_case *bold* well-known a.b", ["snake", "case", "bold", "well", "known", "a", "b"]),
        ("e\u0301te\u0301 नमस्ते", ["e\u0301te\u0301", "नमस्ते"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("☺\ufe0f 👩\u200d🚀 only", ["only"]),
        ("2nd 1,000 x²", ["2nd", "1", "000", "x"]),
        ("日本語 text", ["日本語", "text"]),
        ("a\xa0b\u2003c", ["a", "b", "c"]),
    ],
)
def test_unicode_words(text: str, words: list[str]) -> None:
    assert words_of(text, TokenizerSpec(kind="words")) == words


@pytest.mark.parametrize("kind", ["whitespace", "words"])
def test_lowercase(kind: str) -> None:
    spec = TokenizerSpec(kind=kind, lowercase=True)
    assert words_of("ΟΔΟΣ Straße ÉTÉ İ", spec) == "ΟΔΟΣ Straße ÉTÉ İ".lower().split()


def test_stopwords_are_matched_after_lowercasing_and_counted() -> None:
    spec = TokenizerSpec(kind="words", lowercase=True, stopwords=frozenset({"The", "of"}))
    with encode_corpus(
        sentences=["The king of THE hill.", "Of the!"], tokenizer=spec, vocabulary=EVERYTHING
    ) as corpus:
        assert corpus.vocabulary.tokens == ["king", "hill"]
        report = corpus.report
        assert (report.tokens, report.stopwords_removed, report.tokens_in_vocabulary) == (7, 5, 2)
        assert (report.sentences, report.empty_sentences, report.distinct) == (1, 1, 2)
        assert report.coverage == 1.0


def test_stopwords_are_case_sensitive_without_lowercase() -> None:
    spec = TokenizerSpec(stopwords=frozenset({"the"}))
    assert words_of("The the", spec) == ["The"]


def test_only_stopwords() -> None:
    spec = TokenizerSpec(stopwords=frozenset({"a"}))
    with pytest.raises(CorpusError, match="no word but stop words"):
        words_of("a a a", spec)


def test_text_without_a_single_word(tmp_path: Path) -> None:
    (tmp_path / "dashes").write_text("--- ***\n...\n")
    with pytest.raises(CorpusError, match="12 bytes were read and held no word"):
        encode_corpus(files=tmp_path / "dashes", tokenizer=TokenizerSpec(kind="words"))


@pytest.mark.parametrize("kind", ["", "wrods", "missing/tokenizer.json"])
def test_unknown_tokenizer(kind: str) -> None:
    with pytest.raises(ConfigError, match="expected 'whitespace', 'words', the path"):
        encode_corpus(sentences=["a"], tokenizer=TokenizerSpec(kind=kind))


def test_stopwords_as_a_string_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected a set of words"):
        TokenizerSpec(stopwords="the")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def tokenizer_json(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small subword tokenizer with special tokens, saved as Hugging Face does."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    pieces = ["[UNK]", "[CLS]", "[SEP]", "the", "king", "##dom", "queen", "s", "##s"]
    tokenizer = Tokenizer(
        models.WordPiece({piece: at for at, piece in enumerate(pieces)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["[UNK]", "[CLS]", "[SEP]"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_truncation(3)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return str(path)


def sentences_of(corpus: EncodedCorpus) -> list[str]:
    words = [corpus.vocabulary.tokens[n] if n >= 0 else "\n" for n in corpus.ids.tolist()]
    return " ".join(words).split(" \n")


def test_hugging_face_tokenizer_on_a_file(tmp_path: Path, tokenizer_json: str) -> None:
    path = tmp_path / "text.txt"
    path.write_text("the kingdoms\n\nThe queen xyz queens\n" * 700)
    spec = TokenizerSpec(kind=tokenizer_json, lowercase=True, stopwords=frozenset({"##s"}))
    with encode_corpus(
        files=path, tokenizer=spec, vocabulary=EVERYTHING, workers=2, block_bytes=50
    ) as corpus:
        # No [CLS], no [UNK] for xyz, nothing truncated at three tokens.
        assert sentences_of(corpus)[:2] == ["the king ##dom", " the queen queen"]
        assert corpus.report.tokens == 700 * 8
        assert corpus.report.stopwords_removed == 700 * 2
        assert corpus.report.sentences == 1400


def test_hugging_face_tokenizer_on_sentences(tokenizer_json: str) -> None:
    spec = TokenizerSpec(kind=tokenizer_json)
    with encode_corpus(
        sentences=["the kingdom", ["kingdom", "as it is"]], tokenizer=spec, vocabulary=EVERYTHING
    ) as corpus:
        assert sentences_of(corpus)[:2] == ["the king ##dom", " kingdom as it is"]


def test_lowercase_leaves_a_hugging_face_tokenizers_own_marks_alone(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"Ġthe": 0, "Ġking": 1}, unk_token="Ġthe"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel()
    tokenizer.save(str(tmp_path / "bytes.json"))
    spec = TokenizerSpec(kind=str(tmp_path / "bytes.json"), lowercase=True)
    assert words_of("The KING", spec) == ["Ġthe", "Ġking"]


def test_hugging_face_tokenizer_reports_bad_utf8(tmp_path: Path, tokenizer_json: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"the king\n" * 100 + b"the \xff\n")
    with pytest.raises(CorpusError, match=r"bad\.txt: byte 0xff at offset 904 is not UTF-8"):
        encode_corpus(files=path, tokenizer=TokenizerSpec(kind=tokenizer_json))


def test_a_json_file_that_is_no_tokenizer(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text("{}")
    with pytest.raises(ConfigError, match=r"tokenizer\.json: not a Hugging Face tokenizer"):
        encode_corpus(sentences=["a"], tokenizer=TokenizerSpec(kind=str(path)))


def test_a_folder_stands_for_its_tokenizer(tmp_path: Path, tokenizer_json: str) -> None:
    folder = tmp_path / "bert"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"is a folder without tokenizer\.json; transformers"):
        encode_corpus(sentences=["a"], tokenizer=TokenizerSpec(kind=str(folder)))
    (folder / "tokenizer.json").write_bytes(Path(tokenizer_json).read_bytes())
    text = "the kingdom"
    assert words_of(text, TokenizerSpec(kind=str(folder))) == words_of(
        text, TokenizerSpec(kind=tokenizer_json)
    )


@pytest.mark.parametrize("content", [b"[UNK]\nthe\n", b"\n\x0e\n\x05<unk>\x15\x00\x00", b""])
def test_lists_and_models_of_tokens_do_not_say_how_to_cut(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "spiece.model"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="does not say how text is cut") as refused:
        encode_corpus(sentences=["a"], tokenizer=TokenizerSpec(kind=str(path)))
    assert "save_pretrained" in str(refused.value)


def test_missing_extra_is_named(tokenizer_json: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_tokenizers(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "tokenizers":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_tokenizers)
    with pytest.raises(MissingExtraError, match=r"lexiscope\[tokenizers\]"):
        encode_corpus(sentences=["a"], tokenizer=TokenizerSpec(kind=tokenizer_json))
