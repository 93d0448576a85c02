"""gensim 3's names: each works, with one warning that tells today's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.earlier_names import Vocab


def table(rows: int = 4) -> KeyedVectors:
    matrix = np.arange(3.0 * rows, dtype=np.float32).reshape(rows, 3) + 1
    return KeyedVectors(list("abcdefgh"[:rows]), matrix, counts=np.arange(rows, 0, -1) * 10)


def equal(found: Any, expected: Any) -> bool:
    return bool(np.all(np.asarray(found) == np.asarray(expected)))


@pytest.mark.parametrize(
    ("today", "earlier", "today_is"),
    [
        ("key_to_index", lambda v: sorted(v.vocab), lambda v: sorted(v.key_to_index)),
        ("index_to_key", lambda v: v.index2word, lambda v: v.index_to_key),
        ("index_to_key", lambda v: v.index2entity, lambda v: v.index_to_key),
        ("vectors", lambda v: v.syn0, lambda v: v.vectors),
        ("get_normed_vectors", lambda v: v.vectors_norm, lambda v: v.get_normed_vectors()),
        ("get_normed_vectors", lambda v: v.syn0norm, lambda v: v.get_normed_vectors()),
        ("get_vector", lambda v: v.word_vec("b"), lambda v: v.get_vector("b")),
        (
            "get_vector",
            lambda v: v.word_vec("b", use_norm=True),
            lambda v: v.get_vector("b", norm=True),
        ),
        ("closer_than", lambda v: v.words_closer_than("a", "c"), lambda v: v.closer_than("a", "c")),
        ("fill_norms", lambda v: (v.init_sims(), v.norms)[1], lambda v: v.norms),
        ("the object itself", lambda v: v.wv["a"], lambda v: v["a"]),
    ],
)
def test_an_earlier_name_tells_todays(
    today: str, earlier: Callable[[Any], Any], today_is: Callable[[Any], Any]
) -> None:
    with pytest.warns(DeprecationWarning, match=today) as caught:
        found = earlier(table())
    assert len(caught) == 1 and Path(caught[0].filename) == Path(__file__)
    assert equal(found, today_is(table()))


def test_init_sims_may_scale_the_rows() -> None:
    vectors = table()
    with pytest.warns(DeprecationWarning, match="unit_normalize_all"):
        vectors.init_sims(replace=True)
    assert np.allclose(np.linalg.norm(vectors.vectors, axis=1), 1)
    assert np.allclose(vectors.norms, 1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_words_have_a_place_and_a_count() -> None:
    vectors = table()
    vectors.set_vecattr("b", "sense", 3)
    word = vectors.vocab["b"]
    assert (word.index, word.count, word.sense) == (1, 30, 3)
    assert vectors.vocab["d"] < word
    assert "b" in vectors.vocab and "z" not in vectors.vocab and len(vectors.vocab) == 4
    assert [(key, item.count) for key, item in vectors.vocab.items()][:2] == [("a", 40), ("b", 30)]
    assert max(vectors.vocab, key=lambda key: vectors.vocab[key].count) == "a"
    with pytest.raises(KeyError):
        vectors.vocab["z"]
    bare = KeyedVectors(["a", "b"], np.ones((2, 2)))
    assert [item.count for item in bare.vocab.values()] == [2, 1]
    assert "Vocab(count: 30, index: 1" in repr(word)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_vocabulary_is_cut_as_scripts_for_gensim_3_do() -> None:
    """A snippet of this kind is in many programs; it assigns every part."""
    vectors = table(6)
    vectors.init_sims()
    kept: dict[str, list[Any]] = {"rows": [], "words": [], "units": []}
    words = {}
    for row in range(len(vectors.vocab)):
        word = vectors.index2entity[row]
        if word in {"b", "e", "f"}:
            entry = vectors.vocab[word]
            entry.index = len(kept["words"])
            words[word] = entry
            kept["words"].append(word)
            kept["rows"].append(vectors.vectors[row])
            kept["units"].append(vectors.vectors_norm[row])
    vectors.vocab = words
    vectors.vectors = np.array(kept["rows"])
    vectors.index2entity = np.array(kept["words"])
    vectors.index2word = np.array(kept["words"])
    vectors.vectors_norm = np.array(kept["units"])
    assert vectors.index_to_key == ["b", "e", "f"]
    assert vectors["e"].tolist() == [13, 14, 15]
    assert [word for word, _ in vectors.most_similar("f")] == ["e", "b"]
    assert [vectors.get_vecattr(word, "count") for word in "bef"] == [50, 20, 10]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_table_is_filled_as_scripts_for_gensim_3_do() -> None:
    rows, names = np.eye(3, dtype=np.float32), ["x", "y", "z"]
    vectors = KeyedVectors(3)
    vectors.vector_size = 3
    vectors.vectors = rows
    vectors.index2word = names
    for row, name in enumerate(names):
        vectors.vocab[name] = Vocab(index=row, count=30 - row)
    assert np.array_equal(vectors["y"], rows[1]) and vectors.get_vecattr("z", "count") == 28
    del vectors.vectors_norm
    vectors.syn0norm = None
    del vectors.vocab["z"]
    assert "z" not in vectors
    other = KeyedVectors(3)
    other.add(["x", "y"], rows[:2])
    other.add("y", rows[2], replace=True)
    assert other["y"].tolist() == [0, 0, 1]
    other.syn0 = rows[:2]
    assert other["y"].tolist() == [0, 1, 0]


def test_units_are_made_once_until_rows_change() -> None:
    vectors = table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        held = vectors.vectors_norm
        assert vectors.vectors_norm is held
        vectors["a"] = np.array([0, 0, 2])
        assert vectors.vectors_norm[0].tolist() == [0, 0, 1]


def test_accuracy_gives_the_sections(tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text(": one\na b c d\n")
    with pytest.warns(DeprecationWarning, match="evaluate_word_analogies"):
        sections = table().accuracy(str(tmp_path / "q.txt"))
    assert [section["section"] for section in sections] == ["one", "Total accuracy"]
    table().log_accuracy(sections[0])
    table().log_evaluate_word_pairs((0.5, 0.1), (0.4, 0.1), 3.0, "pairs")
