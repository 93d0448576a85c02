"""Functions of Python's as tokenizers: given, named, resumed with, never run for a file's sake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lexiscope import ConfigError, CorpusError, Word2Vec
from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.function_tokenizer import name_of

LINES = ["The king-queen rules.", "A cat-dog sleeps!"] * 30


def by_dashes(text: str) -> list[str]:
    return text.strip(".!").replace("-", " ").split(" ")


class Pieces:
    def __call__(self, text: str) -> Any:
        return (piece for piece in text.split("-"))


def words_of(spec: TokenizerSpec, **given: Any) -> list[str]:
    with encode_corpus(
        tokenizer=spec, vocabulary=VocabularyOptions(min_count=1), **given
    ) as corpus:
        return _words(corpus)


def _words(corpus: EncodedCorpus) -> list[str]:
    return [corpus.vocabulary.tokens[number] for number in corpus.ids if number >= 0]


def test_a_function_gives_the_words_of_sentences_and_of_files(tmp_path: Path) -> None:
    spec = TokenizerSpec(lowercase=True, stopwords=frozenset({"rules"})).by(by_dashes)
    assert spec.kind == f"{__name__}:by_dashes"
    words = words_of(spec, sentences=LINES[:2])
    assert words == ["the", "king", "queen", "a", "cat", "dog", "sleeps"]
    (tmp_path / "t.txt").write_text("\n".join(LINES[:2]))
    assert words_of(spec, files=tmp_path / "t.txt") == words
    assert words_of(TokenizerSpec().by(Pieces()), sentences=["a b-c"]) == ["a b", "c"]
    assert name_of(str.split) == "builtins:str.split"
    assert words_of(TokenizerSpec().by("builtins:str.split"), sentences=["a b-c"]) == ["a", "b-c"]
    assert name_of(Pieces()) == f"{__name__}:Pieces"


def test_a_name_is_a_function_s_or_a_fault_in_one_line() -> None:
    spec = TokenizerSpec().by("shlex:split")
    assert words_of(spec, sentences=["a 'b c' d"]) == ["a", "b c", "d"]
    for name, said in (
        ("no_such_module:f", "cannot be imported"),
        ("shlex:nothing", "has no 'nothing'"),
        ("sys:path", "expected a function"),
    ):
        with pytest.raises(ConfigError, match=said):
            TokenizerSpec().by(name)
    with pytest.raises(ConfigError, match="expected a name, a path or a function"):
        TokenizerSpec().by(7)  # type: ignore[arg-type]


def test_what_a_function_does_wrong_is_told() -> None:
    for wrong, said in (
        (lambda text: text, "expected a list of strings"),
        (lambda _text: [1, 2], "gives 1 for"),
        (lambda _text: None, "fails on"),
        (lambda text: text.nothing, "fails on 'a b'"),
    ):
        with pytest.raises(CorpusError, match=said):
            words_of(TokenizerSpec().by(wrong), sentences=["a b"])


def test_a_file_s_word_alone_runs_nothing() -> None:
    saved = TokenizerSpec.from_json(TokenizerSpec().by("os:abort").to_json())
    assert saved.kind == "os:abort" and saved.function is None
    with pytest.raises(ConfigError, match="not run because a file says so; name it too"):
        words_of(saved, sentences=["a b"])


@pytest.mark.slow
def test_a_training_goes_on_with_the_function_that_it_began_with(tmp_path: Path) -> None:
    options: dict[str, Any] = {"min_count": 1, "vector_size": 4, "epochs": 3, "sample": 0}
    whole = Word2Vec(LINES, tokenizer=by_dashes, **options)
    assert {"king", "queen", "cat"} <= set(whole.wv.index_to_key)

    class Stop:
        def on_epoch_end(self, model: Word2Vec) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Word2Vec(
            LINES, tokenizer=by_dashes, checkpoint_path=tmp_path / "m", callbacks=[Stop()],
            **options,
        )  # fmt: skip
    with pytest.raises(ConfigError, match="name it too"):
        Word2Vec.resume(tmp_path / "m", LINES)
    with pytest.raises(ConfigError, match="began with"):
        Word2Vec.resume(tmp_path / "m", LINES, tokenizer="shlex:split")
    resumed = Word2Vec.resume(tmp_path / "m", LINES, tokenizer=by_dashes)
    assert resumed.fingerprint() == whole.fingerprint()
