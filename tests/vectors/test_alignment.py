"""Matrices in the order of other ids: where rows come from, and that none is another's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Subwords
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.aligning.align import AlignmentError, align
from lexiscope.vectors.aligning.matching import Source
from lexiscope.vectors.aligning.token_ids import TokenIds

WORDS = ["the", "Paris", "cat", "PARIS", "apple", "Apple"]


@pytest.fixture
def vectors() -> KeyedVectors:
    matrix = np.random.default_rng(3).normal(2, 3, (len(WORDS), 4)).astype(np.float32)
    return KeyedVectors(WORDS, matrix, counts=np.array([100, 50, 20, 60, 5, 9]))


def test_rows_follow_a_list_of_tokens_and_say_where_they_come_from(vectors: KeyedVectors) -> None:
    aligned = lexiscope.align(vectors, ["[PAD]", "cat", "the", "dog"])
    assert aligned.matrix.dtype == np.float32
    assert np.array_equal(aligned.matrix[[1, 2]], vectors[["cat", "the"]])
    assert not aligned.matrix[[0, 3]].any()
    assert aligned.sources == [Source.SPECIAL, Source.EXACT, Source.EXACT, Source.ZEROS]
    assert aligned.words == [None, "cat", "the", None]
    assert aligned.verify() == 2


def test_ids_of_a_map_may_have_holes_which_are_zeros(vectors: KeyedVectors) -> None:
    aligned = align(vectors, {"cat": 3, "the": 1}, oov="normal")
    assert np.array_equal(aligned.matrix[[3, 1]], vectors[["cat", "the"]])
    assert not aligned.matrix[[0, 2]].any()
    assert aligned.sources[0] is aligned.sources[2] is Source.HOLE
    assert aligned.names == ["[hole 0]", "the", "[hole 2]", "cat"]
    assert aligned.warnings == ["2 ids have no token; their rows are zeros"]


def test_rows_beyond_the_ids_are_zeros_and_named(vectors: KeyedVectors) -> None:
    aligned = align(vectors, ["cat", "the", "dog"], oov="normal", rows=5)
    assert aligned.matrix.shape == (5, 4)
    assert aligned.sources[3:] == [Source.PADDED] * 2
    assert not aligned.matrix[3:].any()
    assert aligned.names[3:] == ["[pad 3]", "[pad 4]"]
    assert len(align(vectors, ["cat", "the", "dog"], pad_to_multiple_of=8)) == 8
    assert len(align(vectors, ["cat"], rows=9, pad_to_multiple_of=8)) == 16
    aligned.verify()


def test_another_letter_case_is_taken_only_where_there_is_no_other(vectors: KeyedVectors) -> None:
    aligned = align(vectors, ["paris", "THE", "Apple", "APPLE"])
    # No "paris": the commonest spelling. "APPLE": its lower case, though "Apple" is commoner.
    assert aligned.words == ["PARIS", "the", "Apple", "apple"]
    assert aligned.sources == [Source.CASE, Source.CASE, Source.EXACT, Source.CASE]
    strict = align(vectors, ["paris", "Paris"], casefold=False)
    assert strict.words == [None, "Paris"]


def test_digits_are_folded_as_the_vectors_have_them() -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3) + 1
    google = KeyedVectors(["####", "##th", "7", "##"], matrix)
    aligned = align(google, ["1984", "19TH", "7", "42", "123"])
    assert aligned.words == ["####", "##th", "7", "##", None]
    assert aligned.sources[:4] == [Source.DIGITS, Source.DIGITS, Source.EXACT, Source.DIGITS]
    aligned.verify()
    assert align(google, ["1984"], digits=False).words == [None]
    # Vectors with numbers of their own have no folded digits, whatever "##" means there.
    plain = KeyedVectors(["##", "13", "00", "x"], matrix)
    assert align(plain, ["42", "13", "99"]).words == [None, "13", None]
    zeros = KeyedVectors(["00", "0000", "x", "y"], matrix)
    assert align(zeros, ["1984"]).words == ["0000"]


@pytest.mark.parametrize("oov", ["zeros", "normal", "mean"])
def test_words_without_a_vector_are_filled_as_asked(vectors: KeyedVectors, oov: Any) -> None:
    aligned = align(vectors, ["dog", "cat", "cow"], oov=oov, seed=5)
    dog, cow = aligned.matrix[0], aligned.matrix[2]
    if oov == "zeros":
        assert not dog.any() and not cow.any()
    if oov == "mean":
        assert dog == pytest.approx(vectors.vectors.mean(axis=0), rel=1e-5)
        assert np.array_equal(dog, cow)
    if oov == "normal":
        assert aligned.sources[0] is Source.RANDOM
        assert not np.array_equal(dog, cow)
    again = align(vectors, ["dog", "cat", "cow"], oov=oov, seed=5)
    assert np.array_equal(aligned.matrix, again.matrix)


def test_draws_look_like_the_vectors_and_follow_the_seed(vectors: KeyedVectors) -> None:
    tokens = [f"unknown{number}" for number in range(4000)]
    drawn = align(vectors, tokens, oov="normal").matrix
    assert drawn.mean(axis=0) == pytest.approx(vectors.vectors.mean(axis=0), abs=0.3)
    assert drawn.std(axis=0) == pytest.approx(vectors.vectors.std(axis=0), rel=0.1)
    assert not np.array_equal(drawn, align(vectors, tokens, oov="normal", seed=2).matrix)


def test_words_without_a_vector_can_be_an_error(vectors: KeyedVectors) -> None:
    with pytest.raises(ConfigError, match=r"2 of 3 tokens have no vector \('dog', 'cow'\)"):
        align(vectors, ["dog", "cat", "cow"], oov="error")
    align(vectors, ["[CLS]", "cat"], oov="error")


def test_words_without_a_vector_are_made_of_their_subwords(vectors: KeyedVectors) -> None:
    rows = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    subwords = Subwords(minn=3, maxn=4, buckets=50, rows=rows)
    fasttext = KeyedVectors(WORDS, vectors.vectors, subwords=subwords)
    aligned = align(fasttext, ["cat", "cats", "##cats", "<pad>", "##!"], oov="subword")
    assert aligned.sources[:4] == [
        Source.EXACT,
        Source.SUBWORD,
        Source.SUBWORD,
        Source.SPECIAL,
    ]
    assert np.array_equal(aligned.matrix[1], fasttext["cats"])
    assert np.array_equal(aligned.matrix[1], aligned.matrix[2])
    assert aligned.verify() == 1


def test_special_tokens_have_rows_of_their_own(vectors: KeyedVectors) -> None:
    tokens = ["<pad>", "<unk>", "[CLS]", "[SEP]", "cat", "the"]
    own = np.arange(4, dtype=np.float32)
    aligned = align(vectors, tokens, specials={"[SEP]": own, "<unk>": "mean", "the": "zeros"})
    assert not aligned.matrix[0].any()
    assert aligned.matrix[1] == pytest.approx(vectors.vectors.mean(axis=0), rel=1e-5)
    assert aligned.matrix[2].any()
    assert np.array_equal(aligned.matrix[3], own)
    assert not aligned.matrix[5].any()
    assert aligned.sources == [Source.SPECIAL] * 4 + [Source.EXACT, Source.SPECIAL]


def test_a_special_token_that_the_vectors_know_keeps_its_vector() -> None:
    glove = KeyedVectors(["the", "<unk>"], np.ones((2, 3), np.float32))
    assert align(glove, ["<unk>", "<s>"]).sources == [Source.EXACT, Source.SPECIAL]


def test_a_token_of_several_ids_has_its_row_at_each_and_is_told(vectors: KeyedVectors) -> None:
    aligned = align(vectors, ["cat", "the", "cat"])
    assert np.array_equal(aligned.matrix[0], aligned.matrix[2])
    assert aligned.warnings == ["1 ids repeat the token of a lower id; each has its row"]
    aligned.verify()


def test_vectors_that_are_not_finite_count_as_none() -> None:
    vectors = KeyedVectors(["a", "b"], np.array([[1, np.nan], [1, 2]], np.float32))
    aligned = align(vectors, ["a", "b"], oov="normal")
    assert np.isfinite(aligned.matrix).all()
    assert aligned.sources == [Source.RANDOM, Source.EXACT]
    assert "1 tokens have a vector with NaN" in aligned.warnings[0]


def test_pieces_are_not_words(vectors: KeyedVectors) -> None:
    wordpiece = align(vectors, ["cat", "##cat", "the", "##the"])
    assert wordpiece.words == ["cat", None, "the", None]
    gpt2 = align(vectors, ["Ġcat", "cat", "Ġthe", "the", "."], oov="mean")
    assert gpt2.words == ["cat", None, "the", None, None]
    sentencepiece = align(vectors, ["▁cat", "cat", "▁the", "<0x0A>"])
    assert sentencepiece.words == ["cat", None, "the", None]
    assert sentencepiece.coverage.pieces == 2


@pytest.mark.parametrize(
    ("ids", "options", "said"),
    [
        ({"a": 0, "b": 0}, {}, "id 0 is that of 'a' and of 'b'"),
        ({"a": -1}, {}, "the id of 'a' is -1"),
        ({"a": 1.0}, {}, "the id of 'a' is 1.0"),
        ({"a": True}, {}, "the id of 'a' is True"),
        ({"a": 10**12}, {}, "nearly all rows would be empty"),
        ({}, {}, "there are no tokens"),
        ([], {}, "there are no tokens"),
        ([1, 2], {}, "the token of id 0 is 1"),
        (7, {}, "ids is a int"),
        (["a"], {"dim": 300}, "the vectors have 4 dimensions, expected 300"),
        (["a", "b", "c"], {"rows": 2}, "rows is 2, but the ids go up to 2"),
        (["a"], {"rows": 0}, "rows is 0"),
        (["a"], {"pad_to_multiple_of": -8}, "pad_to_multiple_of is -8"),
        (["a"], {"oov": "random"}, "oov is 'random'"),
        (["a"], {"oov": "subword"}, "these vectors have no subwords"),
        (["a"], {"specials": {"b": "zeros"}}, "specials names 'b', but no id has that token"),
        (["a"], {"specials": {"a": "ones"}}, r"specials\['a'\] is 'ones'"),
        (["a"], {"specials": {"a": [1.0, 2.0]}}, r"has shape \(2,\), expected a vector of 4"),
    ],
)
def test_ids_and_options_that_cannot_be_are_refused(
    vectors: KeyedVectors, ids: Any, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        align(vectors, ids, **options)


def test_verify_finds_rows_that_belong_to_other_tokens(vectors: KeyedVectors) -> None:
    aligned = align(vectors, ["[PAD]", "cat", "the", "dog"], rows=6)
    assert aligned.verify(aligned.matrix.copy()) == 2
    swapped = aligned.matrix[[0, 2, 1, 3, 4, 5]]
    with pytest.raises(AlignmentError, match="row 1 is not the vector of its token 'cat', but tha"):
        aligned.verify(swapped)
    # One row too high, as when padding was forgotten.
    with pytest.raises(AlignmentError, match="row 1 is not the vector"):
        aligned.verify(np.roll(aligned.matrix, -1, axis=0))
    off = aligned.matrix.copy()
    off[2, 3] = np.nextafter(off[2, 3], 9)
    with pytest.raises(AlignmentError, match="row 2 is not the vector of its token 'the'"):
        aligned.verify(off)
    for row, name in ((3, "dog"), (5, r"\[pad 5\]")):
        filled = aligned.matrix.copy()
        filled[row] = 1
        with pytest.raises(AlignmentError, match=rf"row {row} \('{name}'\) is not zeros"):
            aligned.verify(filled)
    with pytest.raises(AlignmentError, match=r"shape \(4, 4\), expected \(6, 4\)"):
        aligned.verify(aligned.matrix[:4])


def test_verify_does_not_believe_what_is_said_of_a_row(vectors: KeyedVectors) -> None:
    aligned = align(vectors, ["cat", "the"])
    aligned.words[0] = "the"
    aligned.matrix[0] = vectors["the"]
    with pytest.raises(AlignmentError, match="row 0 is said to be 'the', but its token is 'cat'"):
        aligned.verify()


def test_coverage_weighs_by_the_counts_of_the_ids(vectors: KeyedVectors) -> None:
    ids = TokenIds.build(["[PAD]", "the", "dog", "cow"], counts=np.array([0, 70, 10, 20]))
    coverage = align(vectors, ids).coverage
    assert (coverage.words, coverage.words_found) == (3, 1)
    assert (coverage.tokens, coverage.tokens_found, coverage.share) == (4, 1, 1 / 4)
    assert (coverage.mass, coverage.mass_of) == (0.7, "ids")
    assert (coverage.missing, coverage.missing_in_all) == (["cow", "dog"], 2)
    assert (coverage.missing_signs, coverage.missing_signs_in_all) == ([], 0)
    assert coverage.by_source == {Source.EXACT: 1, Source.ZEROS: 2, Source.SPECIAL: 1}


def test_signs_without_a_vector_are_listed_apart_from_words(vectors: KeyedVectors) -> None:
    signs = ["!", '"', "...", *map(chr, range(0x2190, 0x21A0))]
    coverage = align(vectors, [*signs, "the", "cow", "##ed", "3"]).coverage
    assert (coverage.missing, coverage.missing_in_all) == (["cow", "##ed", "3"], 3)
    assert (coverage.missing_signs, coverage.missing_signs_in_all) == (signs[:10], len(signs))


def test_coverage_weighs_by_the_vectors_own_counts_otherwise(vectors: KeyedVectors) -> None:
    coverage = align(vectors, ["the", "paris", "dog"]).coverage
    assert (coverage.mass, coverage.mass_of) == (160 / 244, "vectors")
    bare = KeyedVectors(WORDS, vectors.vectors)
    assert align(bare, ["the"]).coverage.mass is None


def test_objects_with_a_vocabulary_are_taken(vectors: KeyedVectors) -> None:
    class Layer:
        def get_vocabulary(self) -> list[str]:
            return ["", "[UNK]", "the", "cat"]

    class Tokenizer:
        def get_vocab(self) -> dict[str, int]:
            return {"cat": 1, "<s>": 0}

    assert align(vectors, Layer()).words == [None, None, "the", "cat"]
    assert align(vectors, Layer()).sources[0] is Source.SPECIAL
    assert align(vectors, Tokenizer()).words == [None, "cat"]


def test_the_vectors_are_left_as_they_are(vectors: KeyedVectors) -> None:
    before = vectors.vectors.copy()
    aligned = align(vectors, ["cat"])
    aligned.matrix[:] = 0
    assert np.array_equal(vectors.vectors, before)
    rows = vectors.to_dict()
    assert list(rows) == WORDS
    assert np.array_equal(rows["cat"], vectors["cat"])
    with pytest.raises(ValueError, match="read-only"):
        rows["cat"][0] = 1
