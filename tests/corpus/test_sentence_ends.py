"""Running text, cut into sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope import ConfigError
from lexiscope.corpus import TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.input import sentence_ends
from lexiscope.corpus.input.sentence_ends import sentences, split
from lexiscope.corpus.input.text_form import TextForm


@pytest.mark.parametrize(
    "expected",
    [
        ["Mr. Smith went to Washington.", "He met Dr. J. K. Brown there."],
        ['"Stop!" he said.', '"Why?"', "She left."],
        ["The U.S. Army came.", "It was 5 p.m. and dark.", "See No. 5 for more."],
        ["1. Introduction to it.", "2. More of it."],
        ["It ended in 1999.", "Is history…", "And then?!", "¿Qué?", "«Ja.»", "Nein."],
        ["I have seen--Mr. Henchard.", "He waited ... and waited.", "Was it I.", "Perhaps."],
        ["Pi is 3.14, e.g. this.", "No end"],
        ["see www.example.org for it.", "(All of it.)", "“So.”"],
    ],
)
def test_sentences_end_where_readers_end_them(expected: list[str]) -> None:
    assert split(" ".join(expected)) == expected


def test_full_width_stops_need_no_space() -> None:
    assert split("彼は来た。彼女は「去った！」そう。") == [
        "彼は来た。",
        "彼女は「去った！」",
        "そう。",
    ]


def test_a_paragraph_goes_over_lines_and_ends_at_an_empty_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = ["A title", "", "The king", "rules. The", "queen too.", " ", "Then", "more"]
    found = ["A title", "The king rules.", "The queen too.", "Then more"]
    assert list(sentences(lines)) == found
    assert list(sentences([])) == []
    monkeypatch.setattr(sentence_ends, "LONGEST_PARAGRAPH", 5)
    assert list(sentences(["one two", "three"])) == ["one two", "three"]


@pytest.mark.parametrize("kind", ["auto", "jsonl", "markdown"])
def test_a_file_that_runs_on_has_its_sentences(tmp_path: Path, kind: str) -> None:
    running = "The king\nrules. The queen\nrules too.\n\nA dog\nsleeps.\n"
    if kind == "jsonl":
        running = '{"text": "The king rules. The queen rules too."}\n{"text": "A dog sleeps."}\n'
    (tmp_path / "a").write_text(running)
    (tmp_path / "b").write_text("The king rules.\nThe queen rules too.\nA dog sleeps.\n")
    found = []
    for name, form in (("a", TextForm(kind=kind, split_sentences=True)), ("b", TextForm())):
        with encode_corpus(
            files=tmp_path / name,
            tokenizer=TokenizerSpec(text=form),
            vocabulary=VocabularyOptions(min_count=1),
        ) as corpus:
            assert corpus.report.sentences == 3
            found.append((np.array(corpus.ids), list(corpus.vocabulary.tokens)))
    assert np.array_equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]


def test_options_come_back_and_a_treebank_has_its_own_ends() -> None:
    form = TextForm(kind="html", split_sentences=True)
    assert TextForm.from_json(form.to_json()) == form != TextForm(kind="html")
    assert "split_sentences" not in TextForm().to_json()
    with pytest.raises(ConfigError, match="says where its sentences end"):
        TextForm(kind="conllu", split_sentences=True)
