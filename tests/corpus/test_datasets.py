"""Data sets of Hugging Face's as a text: whole and streamed, text and lists of words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import ConfigError, CorpusError, Phrases, Word2Vec
from lexiscope.corpus import DatasetSentences, TokenizerSpec, encode_corpus

datasets = pytest.importorskip("datasets")

LINES = [f"The king, {name}, rules the land." for name in ("Ann", "Bob", "Cy")] * 20
pytestmark = pytest.mark.filterwarnings("default")


def ids_of(sentences: Any, kind: str = "words") -> np.ndarray:
    with encode_corpus(sentences=sentences, tokenizer=TokenizerSpec(kind=kind)) as corpus:
        return np.array(corpus.ids)


@pytest.mark.parametrize("how", ["whole", "streamed", "generated"])
def test_a_column_of_text_is_read_as_its_lines(how: str) -> None:
    given = datasets.Dataset.from_dict({"text": LINES, "label": [0] * len(LINES)})
    if how == "streamed":
        given = given.to_iterable_dataset()
    if how == "generated":
        given = datasets.IterableDataset.from_generator(lambda: ({"text": line} for line in LINES))
        assert given.column_names is None
    assert np.array_equal(ids_of(given), ids_of(LINES))


def test_lists_of_words_are_taken_as_they_are() -> None:
    lists = [line.split() for line in LINES]
    given = datasets.Dataset.from_dict({"tokens": lists})
    assert np.array_equal(ids_of(given), ids_of(lists))
    other = datasets.Dataset.from_dict({"tokens": lists, "text": ["x"] * len(lists)})
    assert np.array_equal(ids_of(DatasetSentences(other, "tokens")), ids_of(lists))


@pytest.mark.slow
def test_a_model_is_trained_of_one_and_goes_through_it_again() -> None:
    options: dict[str, Any] = {"min_count": 1, "vector_size": 4, "epochs": 2, "tokenizer": "words"}
    given = datasets.Dataset.from_dict({"text": LINES}).to_iterable_dataset()
    model = Word2Vec(given, **options)
    assert model.fingerprint() == Word2Vec(LINES, **options).fingerprint()
    before = model.fingerprint()
    model.train(given, total_examples=model.corpus_count, epochs=1)
    assert model.fingerprint() != before
    lists = datasets.Dataset.from_dict({"tokens": [["new", "york"]] * 30})
    assert "new_york" in Phrases(lists, min_count=1, threshold=0.01)[["new", "york"]]


def test_what_is_no_text_is_told() -> None:
    made = datasets.Dataset.from_dict({"body": LINES, "label": [0] * len(LINES)})
    with pytest.raises(ConfigError, match="no column 'text'; it has body, label; name it"):
        ids_of(made)
    with pytest.raises(ConfigError, match="name one of its splits"):
        ids_of(datasets.DatasetDict({"train": made}))
    with pytest.raises(CorpusError, match="row 0 of column 'label' holds a int"):
        ids_of(DatasetSentences(made, "label"))


def test_a_folder_on_disk_is_read_likewise(tmp_path: Path) -> None:
    from lexiscope.contextual.corpus.hf_dataset import open_saved

    datasets.Dataset.from_dict({"body": LINES}).save_to_disk(tmp_path / "set")
    assert np.array_equal(ids_of(open_saved(tmp_path / "set")), ids_of(LINES))
