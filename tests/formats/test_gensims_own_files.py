"""The files of gensim's own tests, opened as what they are or refused by name."""

from __future__ import annotations

from pathlib import Path

import gensim
import numpy as np
import pytest
from gensim.corpora import Dictionary, MmCorpus
from gensim.models import LdaModel

from lexiscope import formats
from lexiscope.errors import LexiscopeError

FILES = Path(gensim.__file__).parent / "test" / "test_data"
TEXTS = [["sea", "fish", "boat", "net"], ["sea", "salt"], ["boat", "net", "rope"]]


def refusal(path: Path) -> str:
    with pytest.raises(LexiscopeError) as told:
        formats.read(path)
    line = str(told.value)
    assert "\n" not in line
    return line


def test_what_holds_no_vectors_of_words_is_refused_in_a_line() -> None:
    opened = set()
    for path in sorted(file for file in FILES.rglob("*") if file.is_file()):
        try:
            data = formats.read(path)
        except LexiscopeError as error:
            assert "\n" not in str(error)
        else:
            assert len(data.tokens) == len(data.vectors) > 0
            opened.add(path.name)
    assert len(opened) > 60
    kinds = (".mm", ".dict", ".dict.txt", ".npy", ".npz", ".index", ".html", ".cor", ".state")
    assert not [name for name in opened if name.endswith(kinds)]
    others = ("lda", "atmodel", "phraser", "lsi", "nmf")
    assert not [name for name in opened if name.startswith(others)]


def test_a_dictionary_as_text_is_no_table_of_vectors(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    dictionary = Dictionary(TEXTS)
    dictionary.save_as_text(str(path))
    assert "a list of 6 tokens (token and id) without vectors" in refusal(path)
    path.write_text("".join(f"{7 * n}\t{word}\t1\n" for n, word in enumerate("abcdef", 3)))
    assert "one whole number a word, in column 3" in refusal(path)
    dictionary.save(str(tmp_path / "words"))
    assert "gensim's Dictionary, which numbers words" in refusal(tmp_path / "words")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("sea\t5\nfish\t3\nboat\t1\nnet\t1\n", "in column 2, which is a count"),
        ("word,rank\nsea,5\nfish,3\nboat,1\n", "in column 2, which is a count"),
        ("4,sea,5\n9,fish,3\n2,boat,1\n", "in column 3, which is a count"),
    ],
)
def test_counts_are_no_vectors_of_one_dimension(rows: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(rows)
    assert said in refusal(path)


def test_vectors_of_one_dimension_are_told_by_their_name(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("word,v1\nsea,5\nfish,3\nboat,1\n")
    data = formats.read(path)
    assert data.tokens == ["sea", "fish", "boat"]
    assert np.array_equal(data.vectors, [[5], [3], [1]])


def test_the_array_of_a_model_of_topics_is_no_matrix_of_words(tmp_path: Path) -> None:
    dictionary = Dictionary(TEXTS)
    model = LdaModel([dictionary.doc2bow(text) for text in TEXTS], num_topics=2, random_state=1)
    model.id2word = dictionary
    model.save(str(tmp_path / "topics.model"), separately=["expElogbeta"])
    array = tmp_path / "topics.model.expElogbeta.npy"
    assert "keeps beside topics.model, and nothing by itself" in refusal(array)
    assert "gensim's LdaModel, a model of topics" in refusal(tmp_path / "topics.model")
    # The same name beside another program's file is a matrix like any other.
    (tmp_path / "topics.model").write_bytes(b"\x80\x04K\x01.")
    assert formats.read(array).vectors.shape == (2, len(dictionary))


def test_matrix_market_is_named(tmp_path: Path) -> None:
    path = tmp_path / "corpus.mm"
    MmCorpus.serialize(str(path), [[(0, 1.0), (1, 2.0)], [(1, 1.0)]])
    assert "is a Matrix Market file" in refusal(path)
