"""Words that have no row: what stands for them, what is suggested; and why two words are near."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.errors import ConfigError
from lexiscope.vectors import KeyedVectors, UnknownWordError
from lexiscope.vectors.edits import edit_distances
from lexiscope.vectors.spelling import close_spellings
from tests.support.some_words import WORDS

KNOWN = ["paris", "NASA", "page#", "cafe", "don't", "UNK", "été"]


@pytest.fixture
def some() -> KeyedVectors:
    return KeyedVectors(KNOWN, np.eye(len(KNOWN), dtype=np.float32))


@pytest.mark.parametrize(
    ("word", "steps", "stand"),
    [
        ("Paris", ("case",), ("paris", "case")),
        ("nasa", ("forms", "case"), ("NASA", "case")),
        ("page7", ("digits",), ("page#", "digits")),
        ("Page7", ("case", "digits"), ("page#", "digits")),
        ("café", ("forms",), ("cafe", "forms")),
        ("don’t", ("forms",), ("don't", "forms")),
        ("e\u0301te\u0301", ("forms",), ("été", "forms")),
    ],
)
def test_steps_find_what_stands_for_a_word(
    word: str, steps: tuple[str, ...], stand: tuple[str, str], some: KeyedVectors
) -> None:
    assert some.stand_for(word) is None and word not in some
    with pytest.raises(UnknownWordError):
        some[word]
    some.stand_in(*steps)
    found = some.stand_for(word)
    assert found is not None and (found.key, found.step) == stand
    assert word in some
    assert np.array_equal(some[word], some[stand[0]])
    assert some.similarity(word, stand[0]) == 1
    assert stand[0] not in [other for other, _ in some.most_similar(word)]
    some.stand_in()
    with pytest.raises(KeyError):
        some.get_vector(word)


def test_a_fallback_is_for_all_others(some: KeyedVectors) -> None:
    some.stand_in("case", fallback="UNK")
    assert np.array_equal(some["nowhere"], some["UNK"])
    assert np.array_equal(some["PARIS"], some["paris"])
    assert some.doesnt_match(["paris", "paris", "nowhere"]) == "nowhere"
    itself = some.stand_for("paris")
    assert itself is not None and itself.step == "itself"
    with pytest.raises(UnknownWordError):
        some.stand_in(fallback="nowhere")
    with pytest.raises(ConfigError, match="is 'vowels'; expected one of case, digits, forms"):
        some.stand_in("vowels")


def distance(one: str, other: str) -> int:
    """The textbook's table."""
    table = np.zeros((len(one) + 1, len(other) + 1), int)
    table[:, 0], table[0] = range(len(one) + 1), range(len(other) + 1)
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            table[i, j] = min(
                table[i - 1, j] + 1,
                table[i, j - 1] + 1,
                table[i - 1, j - 1] + (one[i - 1] != other[j - 1]),
            )
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


@given(st.text("abc😀", max_size=7), st.lists(st.text("abc😀", max_size=7), max_size=6))
def test_edit_distances_are_the_textbooks(word: str, others: list[str]) -> None:
    assert edit_distances(word, others).tolist() == [distance(word, other) for other in others]


def test_suggestions_are_the_nearest_and_the_commonest() -> None:
    words = ["there", "three", "their", "these", "Thera", "tree", "other", 7, None]
    assert close_spellings("theer", words) == ["there", "their", "three"]
    assert close_spellings("hree", words) == ["three", "tree"]
    assert close_spellings("THREE", words)[0] == "three"
    assert close_spellings("xyzzy", words) == []
    assert close_spellings("a" * 101, ["a" * 101]) == []


AROUND = {
    "▁king": "king",
    "Ġking": "king",
    "king</w>": "king",
    "##king": "king",
    "/c/en/coffee_pot": "coffee_pot",
    "/c/en/duck/n": "duck",
    "en:duck": "duck",
    "duck|NOUN": "duck",
    "duck_NN": "duck",
    "duck.n.01": "duck",
    "duck%1:05:00::": "duck",
    "ENTITY/New_York": "New York",
    "<http://dbpedia.org/resource/Paris>": "paris",
    "/c/de/kaffee": "Kaffee",
}


@pytest.mark.parametrize("key", AROUND)
def test_keys_with_something_around_the_word_are_suggested_first(key: str) -> None:
    word = AROUND[key]
    close = [f"{word}s", f"{word}y", f"x{word}", "new_duck", "coffee_pot_lid", "kingdom"]
    assert close_spellings(word, [*close, key])[0] == key


def test_a_part_of_another_word_is_not_suggested() -> None:
    words = ["new_york", "duckling_NN", "/c/en/rubber_duck", "mallard|duckling", "ä"]
    assert close_spellings("duck", words) == []
    assert close_spellings("york", words) == []
    several = ["/c/en/duck/n", "/c/en/duck", "/c/nl/duck/v", "duck#1"]
    assert close_spellings("duck", several) == ["duck#1", "/c/en/duck", "/c/en/duck/n"]


def test_marks_stand_in_where_they_are_asked_for() -> None:
    keys = ["▁king", "##ing", "/c/en/sea", "queen</w>"]
    vectors = KeyedVectors(keys, np.eye(4, dtype=np.float32))
    with pytest.raises(UnknownWordError, match="close spellings that are: ▁king"):
        vectors["king"]
    vectors.stand_in("case", "marks")
    stands = [vectors.stand_for(word) for word in ("King", "ing", "sea", "queen")]
    assert [stand and stand.key for stand in stands] == keys


def test_a_similarity_is_explained() -> None:
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(len(WORDS), 24)).astype(np.float32)
    output = rng.normal(size=matrix.shape).astype(np.float32)
    vectors = KeyedVectors(WORDS, matrix, output=output, counts=np.arange(len(WORDS), 0, -1))
    found = vectors.explain_similarity("a1", "b2", topn=24)
    assert found.similarity == vectors.similarity("a1", "b2")
    assert sum(product for _column, product in found.columns) == pytest.approx(found.similarity)
    assert found.columns == sorted(found.columns, key=lambda pair: -abs(pair[1]))
    assert 1 <= found.columns_for_half < 12
    assert set(found.spaces) == {"input", "output", "sum", "cross"}
    assert found.spaces["cross"] == vectors.similarity("a1", "b2", space="cross")
    assert found.rank_of_b == vectors.rank("a1", "b2")
    assert found.rank_of_a == vectors.rank("b2", "a1")
    assert found.counts == (vectors.get_vecattr("a1", "count"), vectors.get_vecattr("b2", "count"))
    wide = vectors.explain_similarity("a1", "b2", topn=300)
    shared = {word for word, _ in vectors.most_similar("a1", topn=300)} & {
        word for word, _ in vectors.most_similar("b2", topn=300)
    }
    assert {word for word, _one, _other in wide.common} == shared
    assert "a1 and b2: cosine" in str(found)
    bare = KeyedVectors(WORDS, matrix)
    assert list(bare.explain_similarity("a1", "b2").spaces) == ["input"]
    assert bare.explain_similarity("a1", "b2").counts is None
