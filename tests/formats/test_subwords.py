"""The n-grams of fastText: which they are, their hash, and vectors made of them."""

from __future__ import annotations

import numpy as np
import pytest
from gensim.models.fasttext_inner import ft_hash_bytes
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.files import tokens
from lexiscope.formats.contract import Subwords
from lexiscope.formats.kinds.fasttext.subwords import compose, ngram_hashes, own_rows, unseen_vector
from tests.support.fasttext_bytes import fnv1a, ngrams


def test_the_hash_has_the_known_values_of_fnv_1a() -> None:
    # http://www.isthe.com/chongo/src/fnv/test_fnv.c for ASCII; a word is hashed in brackets.
    assert fnv1a(b"a") == 0xE40C292C
    assert fnv1a(b"foobar") == 0xBF9CF968
    assert ngram_hashes(b"foo", 5, 5) == [fnv1a(b"<foo>")]


def test_bytes_above_127_are_hashed_as_signed_numbers() -> None:
    # Plain FNV-1a gives another value as soon as a byte is 0x80 or above.
    plain = 2166136261
    for byte in "<é>".encode():
        plain = ((plain ^ byte) * 16777619) & 0xFFFFFFFF
    (found,) = ngram_hashes("é".encode(), 3, 3)
    assert found == ft_hash_bytes("<é>".encode()) == 0x3BC59BD7
    assert found != plain


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.integers(0, 4),
    st.integers(0, 7),
)
def test_ngrams_are_those_of_the_description(word: str, minn: int, maxn: int) -> None:
    expected = [fnv1a(ngram.encode()) for ngram in ngrams(word, max(minn, 1), maxn)]
    assert ngram_hashes(word.encode(), minn, maxn) == expected


def test_words_cut_in_mid_character_have_ngrams_too() -> None:
    # A byte that starts no character belongs to the one before it, however many there are.
    word = b"a" + b"\x80" * 9 + b"b\xe3\x81"
    characters = [b"<", b"a" + b"\x80" * 9, b"b", b"\xe3\x81", b">"]
    expected = [fnv1a(b"".join(characters[i : i + 2])) for i in range(4)]
    assert ngram_hashes(word, 2, 2) == expected


def some_subwords(columns: int = 3, **changed: object) -> Subwords:
    rows = np.random.default_rng(0).normal(size=(50, columns)).astype(np.float32)
    options: dict[str, object] = {"minn": 2, "maxn": 5, "buckets": 50, "rows": rows}
    return Subwords(**{**options, **changed})  # type: ignore[arg-type]


def test_many_long_words_are_composed_block_by_block() -> None:
    subwords = some_subwords(columns=300)
    words = [b"word%d" % row * (1 + row % 40) for row in range(400)]
    own = np.random.default_rng(1).normal(size=(400, 300)).astype(np.float32)
    found = compose(words, own, np.arange(400), subwords)
    for row in (0, 39, 199, 399):
        rows = [fnv1a(n.encode()) % 50 for n in ngrams(words[row].decode(), 2, 5)]
        every = np.concatenate([own[row : row + 1], subwords.rows[np.array(rows)]])
        assert np.allclose(found[row], every.mean(axis=0), atol=1e-6)


def test_own_rows_are_what_compose_started_from() -> None:
    subwords = some_subwords()
    words = [b"sea", b"</s>", "naïve".encode(), b""]
    own = np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32)
    vectors = compose(words, own, np.arange(4), subwords, whole=b"</s>")
    assert np.array_equal(vectors[1], own[1])
    back = own_rows(words, vectors, subwords, whole=b"</s>")
    assert np.allclose(back, own, atol=1e-5)


def test_pruned_ngrams_do_not_count() -> None:
    kept = {fnv1a(b"<se") % 50: 7}
    subwords = some_subwords(minn=3, maxn=3, pruned=kept)
    vector = unseen_vector("sea", subwords)
    assert vector is not None
    assert np.array_equal(vector, subwords.rows[np.array([7])][0])
    assert unseen_vector("fjord", subwords) is None


@pytest.mark.parametrize("word", ["", "x", "日"])
def test_a_word_too_short_for_any_ngram_has_no_vector(word: str) -> None:
    assert unseen_vector(word, some_subwords(minn=4, maxn=6)) is None


def test_a_word_of_lone_surrogates_is_no_crash() -> None:
    word = tokens.decode(b"ab\xff\xfe\x80")
    assert unseen_vector(word, some_subwords()) is not None
