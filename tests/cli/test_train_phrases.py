"""`lexiscope train --phrases`: what is found, told and kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases

import lexiscope
from tests.support import texts
from tests.support.texts import QUICK

LINES = [
    f"w{n % 7} new york w{n % 5} bank of england x{n % 3} new york city x{n % 4}" for n in range(60)
]
OPTIONS = ("--phrases", "2", "--phrase-threshold", "0.2", "--connectors", "english")


def joined_by_gensim() -> list[list[str]]:
    """The text as gensim's Phrases, twice, make it."""
    text = [line.split() for line in LINES]
    for _ in range(2):
        text = list(Phrases(text, threshold=0.2, connector_words=ENGLISH_CONNECTOR_WORDS)[text])
    return text


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return texts.write(tmp_path / "text.txt", LINES)


def test_phrases_are_words_of_the_model(call: Any, text: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    called = call("train", text, "-o", model, *QUICK, *OPTIONS)
    assert called.code == 0
    text_of_gensim = joined_by_gensim()
    words = {word for sentence in text_of_gensim for word in sentence}
    assert any(word.count("_") > 1 for word in words)
    assert set(lexiscope.load(model).index_to_key) == words
    fewer = sum(len(line.split()) for line in LINES) - sum(map(len, text_of_gensim))
    assert f"which leave {fewer} words fewer" in called.out


def test_json_tells_of_them(call: Any, text: Path, tmp_path: Path) -> None:
    called = call("train", text, "-o", tmp_path / "model", *QUICK, *OPTIONS, "--json")
    document = json.loads(called.out)
    assert document == json.loads((tmp_path / "model" / "config.json").read_text())
    assert len(document["corpus"]["phrases"]) == 2 and document["corpus"]["phrases"][0] > 0
    assert document["phrases"]["passes"] == 2 and document["phrases"]["threshold"] == 0.2
    assert "of" in document["phrases"]["connectors"]
    plain = call("train", text, "-o", tmp_path / "plain", *QUICK, "--json")
    assert "phrases" not in json.loads(plain.out)


def test_npmi_and_connectors_out_of_a_file(call: Any, text: Path, tmp_path: Path) -> None:
    (tmp_path / "connectors.txt").write_text("of\nthe\n")
    options = ["--phrases", "1", "--phrase-scoring", "npmi", "--phrase-min-count", "3"]
    options += ["--connectors", str(tmp_path / "connectors.txt"), "--json"]
    document = json.loads(call("train", text, "-o", tmp_path / "m", *QUICK, *options).out)
    assert document["phrases"] == {
        "passes": 1, "min_count": 3, "threshold": 0.5, "scoring": "npmi",
        "connectors": ["of", "the"], "delimiter": "_",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["--phrase-threshold", "3"], "say how --phrases N finds them", 2),
        (["--connectors", "english"], "say how --phrases N finds them", 2),
        (["--phrases", "0"], "phrases is 0; expected a whole number from 1 to 10", 1),
        (["--phrases", "1", "--phrase-scoring", "best"], "phrase scoring is 'best'", 1),
        (["--phrases", "1", "--phrase-threshold", "-1"], "phrase threshold is -1", 1),
    ],
)
def test_what_cannot_be(
    call: Any, text: Path, tmp_path: Path, arguments: list[str], said: str, code: int
) -> None:
    called = call("train", text, "-o", tmp_path / "model", *arguments)
    assert called.code == code and said in " ".join(called.said)
    assert not (tmp_path / "model").exists()
