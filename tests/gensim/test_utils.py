"""gensim.utils, parsing and matutils beside gensim's: the same results and kinds of errors."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import gensim.matutils as peer_matutils
import gensim.parsing.porter as peer_porter
import gensim.parsing.preprocessing as peer_parsing
import gensim.utils as peer_utils
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from lexiscope import data
from lexiscope.gensim import matutils, parsing, utils
from lexiscope.gensim.parsing import preprocessing
from lexiscope.gensim.test import utils as test_utils

TEXT = st.one_of(
    st.text(max_size=60),
    st.text("aé_ 1½ß٣<>&#x;!İ\u0301\n", max_size=40),
    st.just("Šéf chomutovských komunistů & <b>C3PO</b>, isn't it? &amp; &#233; &xyz; __a_b__"),
)


@settings(max_examples=60, deadline=None)
@given(text=TEXT, deacc=st.booleans(), lower=st.booleans())
def test_words_of_a_text(text: str, deacc: bool, lower: bool) -> None:
    assert utils.simple_preprocess(text, deacc) == peer_utils.simple_preprocess(text, deacc)
    ours = list(utils.tokenize(text, lower, deacc))
    assert ours == list(peer_utils.tokenize(text, lower, deacc))
    assert utils.deaccent(text) == peer_utils.deaccent(text)
    assert list(utils.simple_tokenize(text)) == list(peer_utils.simple_tokenize(text))
    if "&x" not in text.lower():
        assert utils.decode_htmlentities(text) == peer_utils.decode_htmlentities(text)


FILTERS = [
    "strip_punctuation",
    "strip_tags",
    "strip_short",
    "strip_numeric",
    "strip_non_alphanum",
    "strip_multiple_whitespaces",
    "split_alphanum",
    "split_on_space",
    "stem_text",
    "lower_to_unicode",
]


@settings(max_examples=25, deadline=None)
@given(text=TEXT)
@pytest.mark.parametrize("name", FILTERS)
def test_filters(name: str, text: str) -> None:
    assert getattr(preprocessing, name)(text) == getattr(peer_parsing, name)(text)


def test_filters_in_a_row() -> None:
    text = "<i>Hel 9lo</i> <b>Wo9 rld</b>! Th3     weather_is really g00d today, isn't it?"
    some = ["strip_tags", "strip_punctuation", "strip_numeric"]
    ours = preprocessing.preprocess_string(text, [getattr(preprocessing, name) for name in some])
    assert ours == peer_parsing.preprocess_string(text, [getattr(peer_parsing, n) for n in some])
    words = parsing.preprocess_documents([text])[0]
    assert words[:2] == ["hel", "rld"] and "it" not in words
    assert data.stopwords() == preprocessing.STOPWORDS
    assert parsing.remove_stopwords("a b c", {"b"}) == peer_parsing.remove_stopwords("a b c", {"b"})


def test_stems() -> None:
    endings = """
        ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness
        fulness ousness aliti iviti biliti logi icate ative alize iciti ical ful ness al ance
        ence er ic able ible ant ement ment ent sion tion ion ou ism ate iti ous ive ize s ies
        sses eed ed ing y e ll
    """
    words = [
        start + end
        for start in ("", "b", "tr", "hop", "rel", "contr", "ye", "say", "oa", "Fall", "sky")
        for end in [*endings.split(), *(f"{ending}s" for ending in endings.split())]
    ]
    stemmer, theirs = parsing.PorterStemmer(), peer_porter.PorterStemmer()
    assert [stemmer.stem(word) for word in words] == [theirs.stem(word) for word in words]
    assert stemmer.stem_documents(["Cats and ponies"]) == ["cat and poni"]


def test_bytes_and_their_encodings() -> None:
    for name in ("any2unicode", "to_unicode", "any2utf8", "to_utf8"):
        ours, theirs = getattr(utils, name), getattr(peer_utils, name)
        assert ours("é") == theirs("é") and ours("é".encode()) == theirs("é".encode())
        assert ours(b"\xe9", encoding="latin1") == theirs(b"\xe9", encoding="latin1")
        assert ours(b"a\xe9", errors="ignore") == theirs(b"a\xe9", errors="ignore")
        with pytest.raises(UnicodeDecodeError):
            ours(b"\xe9")
    assert utils.simple_preprocess(b"caf\xc3\xa9 \xff ab") == ["café", "ab"]


def test_streams() -> None:
    numbers = list(range(7))
    for ours, theirs in (
        (utils.grouper(numbers, 3), peer_utils.grouper(numbers, 3)),
        (utils.chunkize(iter(numbers), 2), peer_utils.chunkize(iter(numbers), 2)),
        (utils.RepeatCorpus(numbers, 10), peer_utils.RepeatCorpus(numbers, 10)),
        (utils.RepeatCorpusNTimes(numbers, 2), peer_utils.RepeatCorpusNTimes(numbers, 2)),
        (utils.ClippedCorpus(numbers, 3), peer_utils.ClippedCorpus(numbers, 3)),
        (utils.SlicedCorpus(numbers, slice(1, 6, 2)), numbers[1:6:2]),  # gensim's takes no list
        (utils.lazy_flatten([1, [2, ["ab"]]]), peer_utils.lazy_flatten([1, [2, ["ab"]]])),
    ):
        assert list(ours) == list(theirs)
    assert len(utils.ClippedCorpus(numbers, 3)) == 3
    assert len(utils.SlicedCorpus(numbers, slice(1, 6, 2))) == 3
    with pytest.raises(AssertionError):
        next(utils.chunkize(numbers, 0))
    assert utils.is_corpus([[(0, 1.0)]])[0] and not utils.is_corpus(["ab"])[0]
    is_one, again = utils.is_corpus(iter([[(0, 1.0)], []]))
    assert is_one and len(list(again)) == 2
    assert utils.is_empty([]) and not utils.is_empty([0]) and not utils.is_empty(iter([]))


@pytest.mark.parametrize("said", [utils.RULE_KEEP, utils.RULE_DISCARD, utils.RULE_DEFAULT, None])
@pytest.mark.parametrize("count", [1, 5, 9])
def test_rules_for_words(said: int | None, count: int) -> None:
    def rule(word: str, count: int, min_count: int) -> int | None:
        return said

    assert utils.keep_vocab_item("w", count, 5, rule) == peer_utils.keep_vocab_item(
        "w", count, 5, rule
    )
    assert utils.keep_vocab_item("w", count, 5) == (count >= 5)


def test_vocabularies_that_are_cut() -> None:
    for cut, theirs, argument in (
        (utils.prune_vocab, peer_utils.prune_vocab, 3),
        (utils.trim_vocab_by_freq, peer_utils.trim_vocab_by_freq, 2),
    ):
        mine, other = ({"a": 1, "b": 3, "c": 5, "d": 3} for _ in range(2))
        assert cut(mine, argument) == theirs(other, argument)
        assert mine == other
    assert utils.merge_counts({"a": 1}, {"a": 2, "b": 1}) == {"a": 3, "b": 1}
    assert utils.revdict({"a": 1}) == {1: "a"}
    assert utils.sample_dict({"a": 1, "b": 2}, 1, use_random=False) == [("a", 1)]


def test_files(tmp_path: Path) -> None:
    for name in ("plain.txt", "packed.gz", "packed.bz2", "packed.xz"):
        path = str(tmp_path / name)
        utils.save_as_line_sentence([["é", "b"], []], path)
        with utils.open(path) as text, utils.open_file(path) as binary:
            assert text.read() == "é b\n\n" and binary.read() == "é b\n\n".encode()
        with peer_utils.open(path, encoding="utf8") as text:
            assert text.read() == "é b\n\n"
    with pytest.raises(FileNotFoundError):
        utils.open(tmp_path / "none")
    with test_utils.temporary_file("x") as path:
        Path(path).write_text("x")
    assert not Path(path).exists()
    assert Path(test_utils.get_tmpfile("y")).parent.is_dir()
    with pytest.raises(FileNotFoundError, match="not part of lexiscope"):
        test_utils.datapath("lee_background.cor")


def test_the_nine_titles_are_gensims() -> None:
    from gensim.test.utils import common_texts

    assert test_utils.common_texts == common_texts


def test_numbers_of_threads_and_generators() -> None:
    assert utils.effective_n_jobs(None) == 1 and utils.effective_n_jobs(-1) >= 1
    for wrong in (lambda: utils.effective_n_jobs(0), lambda: utils.get_random_state("x")):
        with pytest.raises(ValueError, match="expected"):
            wrong()
    assert utils.get_random_state(3).rand() == peer_utils.get_random_state(3).rand()
    with pytest.raises(AttributeError):
        utils.call_on_class_only()


BAG = st.dictionaries(st.integers(0, 9), st.floats(0.01, 5), max_size=6).map(
    lambda weights: list(weights.items())
)
ARRAY = st.lists(st.floats(0.01, 5), min_size=4, max_size=4).map(np.array)


def alike(ours: Any, theirs: Any) -> None:
    """Of the same type and kind of numbers, and equal to six digits."""
    if scipy.sparse.issparse(theirs):
        assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
        ours, theirs = ours.toarray(), theirs.toarray()
    if isinstance(theirs, np.ndarray):
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    elif isinstance(theirs, (list, tuple)):
        assert type(ours) is type(theirs) and len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            alike(mine, other)
    elif isinstance(theirs, (float, np.floating)):
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-6, nan_ok=True)
    else:
        assert ours == theirs


def answers(name: str, *arguments: Any) -> None:
    """What a function of matutils answers, an error included, is what gensim's does.

    gensim's may write into the arrays that it is given.
    """
    try:
        theirs = getattr(peer_matutils, name)(*copy.deepcopy(arguments))
    except Exception as error:  # noqa: BLE001 - whatever gensim raises is what is expected
        with pytest.raises(type(error)):
            getattr(matutils, name)(*arguments)
        return
    alike(getattr(matutils, name)(*arguments), theirs)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=50, deadline=None)
@given(first=st.one_of(BAG, ARRAY), second=BAG, third=ARRAY)
def test_distances(first: Any, second: Any, third: Any) -> None:
    other = third if isinstance(first, np.ndarray) else second
    for name in ("kullback_leibler", "jensen_shannon", "hellinger", "jaccard"):
        answers(name, first, other)
    answers("isbow", first)
    if isinstance(first, np.ndarray):
        row = scipy.sparse.csr_matrix(first[None])
        answers("hellinger", row, scipy.sparse.csr_matrix(third[None]))
    else:
        answers("cossim", first, other)


@settings(max_examples=60, deadline=None)
@given(corpus=st.lists(BAG, max_size=4))
def test_matrices_of_a_corpus(corpus: Any) -> None:
    weights = sum(map(len, corpus))
    for arguments in ((10,), (10, len(corpus)), (10, 7)):
        answers("corpus2dense", corpus, *arguments)
    for arguments in ((), (10,), (10, np.float32, len(corpus), weights), (10, float, 1, 99)):
        answers("corpus2csc", corpus, *arguments)
    for bag in corpus:
        for name, arguments in (("sparse2full", (10,)), ("sparse2full", (2,)), ("any2sparse", ()),
                                ("veclen", ())):  # fmt: skip
            answers(name, bag, *arguments)


VECTORS: list[Any] = [
    np.zeros(3),
    np.zeros(0),
    np.array([1, 2, 3]),
    np.array([1.0, 2, -3]),
    np.array([1, 2, 3], np.float32),
    np.array([[1.0, 2], [3, 4]]),
    [(0, 1.0), (2, 3.0)],
    [(0, 1), (2, 3)],
    [],
    [(0, 0.0)],
    [1.0, 2.0],
    scipy.sparse.csr_matrix([[0, 1, 2.0]]),
    scipy.sparse.csr_matrix([[0, 1, 2]]),
    scipy.sparse.csc_matrix([[0, 0, 0.0]]),
    "ab",
    None,
]


@pytest.mark.parametrize("norm", ["l2", "l1", "unique", "max"])
@pytest.mark.parametrize("place", range(len(VECTORS)))
def test_unit_vectors(place: int, norm: str) -> None:
    vector = VECTORS[place]
    before = vector.copy() if hasattr(vector, "copy") else vector
    answers("unitvec", before, norm)
    answers("unitvec", before, norm, True)
    if isinstance(vector, np.ndarray):
        assert (before == vector).all(), "a vector is not changed"


def test_arrays_and_bags() -> None:
    values = np.random.default_rng(1).normal(size=9)
    for name, *arguments in (
        ("full2sparse", values),
        ("full2sparse_clipped", values, 3),
        ("any2sparse", values),
        ("argsort", values),
        ("argsort", values, 3),
        ("argsort", list(values), 3, True),
        ("argsort", values, 0),
        ("pad", values.reshape(3, 3), 1, 2),
        ("jaccard_distance", {1, 2}, {2, 3}),
        ("jaccard_distance", set(), set()),
        ("ismatrix", values),
        ("mean_absolute_difference", values, values[::-1].copy()),
    ):
        answers(str(name), *arguments)
    aligned = matutils.zeros_aligned((3, 5), np.float32, align=128)
    assert aligned.ctypes.data % 128 == 0 and aligned.shape == (3, 5) and not aligned.any()
    matrix = np.where(values.reshape(3, 3) > 0, values.reshape(3, 3), 0)
    for columns in (True, False):
        sparse = scipy.sparse.csr_matrix(matrix)
        mine = matutils.Sparse2Corpus(sparse, columns)
        theirs = peer_matutils.Sparse2Corpus(sparse, columns)
        alike(list(mine), list(theirs))
        alike(mine[1], theirs[1])
        alike(list(mine[1:]), list(theirs[1:]))
        alike(
            list(matutils.Dense2Corpus(matrix, columns)),
            list(peer_matutils.Dense2Corpus(matrix, columns)),
        )
