"""What a text is kept in, as `Word2Vec` is told it: by the names of the command line's options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lexiscope import ConfigError, CorpusError, FastText, Word2Vec
from lexiscope.corpus import DatasetSentences

RUNNING = "The king\nrules. The queen\nrules too.\n\nA dog sleeps."
SENTENCES = ["The king rules.", "The queen rules too.", "A dog sleeps."]
SMALL: dict[str, Any] = {"min_count": 1, "vector_size": 8, "epochs": 1, "workers": 1}


def same_text(model: Word2Vec, expected: list[str]) -> None:
    other = Word2Vec([line.split() for line in expected], **SMALL)
    assert model.corpus_count == len(expected)
    assert model.wv.index_to_key == other.wv.index_to_key
    assert model.fingerprint() == other.fingerprint()


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (RUNNING, {"split_sentences": True}),
        (RUNNING.encode("utf-16"), {"split_sentences": True, "encoding": "utf-16"}),
        ("".join(f"<p>{line}" for line in SENTENCES), {"read_as": "html"}),
        ("".join(json.dumps({"body": line}) + "\n" for line in SENTENCES),
         {"read_as": "jsonl", "column": "body"}),
    ],
)  # fmt: skip
def test_files_are_read_as_they_are_said_to_be(
    tmp_path: Path, content: str | bytes, options: dict[str, Any]
) -> None:
    path = tmp_path / "text"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    same_text(Word2Vec(corpus_file=path, **SMALL, **options), SENTENCES)
    same_text(Word2Vec(corpus_file=path, max_vocab_size=100, **SMALL, **options), SENTENCES)
    assert FastText(corpus_file=path, bucket=100, **SMALL, **options).corpus_count == 3


def test_a_saved_model_reads_later_texts_likewise(tmp_path: Path) -> None:
    (tmp_path / "text").write_text(RUNNING)
    Word2Vec(corpus_file=tmp_path / "text", split_sentences=True, **SMALL).save(tmp_path / "model")
    model = Word2Vec.load(tmp_path / "model")
    model.build_vocab(corpus_file=tmp_path / "text", update=True)
    assert model.corpus_count == len(SENTENCES)


@pytest.mark.parametrize("more", [{}, {"max_vocab_size": 100}, {"tokenizer": str.split}])
def test_strings_that_run_on_are_cut_and_lists_are_sentences(more: dict[str, Any]) -> None:
    strings = [RUNNING, "Yes. No."]
    model = Word2Vec(strings, split_sentences=True, **SMALL, **more)
    same_text(model, [*SENTENCES, "Yes.", "No."])
    mixed = [["Mr.", "King.", "And"], RUNNING]
    model = Word2Vec(mixed, split_sentences=True, **SMALL, **more)
    same_text(model, ["Mr. King. And", *SENTENCES])


def test_rows_of_a_data_set_are_cut() -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_dict({"text": [RUNNING]})
    same_text(Word2Vec(DatasetSentences(rows), split_sentences=True, **SMALL), SENTENCES)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"read_as": "html"}, "read_as is of a file's text"),
        ({"read_as": "jsonl", "column": "body"}, "read_as is of a file's text"),
        ({"encoding": "latin-1"}, "encoding is of a file's text"),
        ({"column": "body"}, "say which .*read_as="),
        ({"read_as": "pdf"}, "read as 'pdf'; expected auto, lines"),
        ({"split_sentences": 3}, "split_sentences is 3"),
    ],
)
def test_what_means_nothing_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Word2Vec([["a", "b"]], **SMALL, **options)


def test_a_file_that_is_no_lines_names_the_argument(tmp_path: Path) -> None:
    (tmp_path / "page").write_text("<!doctype html><p>The king")
    with pytest.raises(CorpusError, match=r"--read-as html .*\(in Python read_as=\)"):
        Word2Vec(corpus_file=tmp_path / "page", **SMALL)
