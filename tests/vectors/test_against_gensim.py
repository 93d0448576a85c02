"""Every method that gensim's KeyedVectors has, asked of both about the same vectors."""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lexiscope.vectors import KeyedVectors

# gensim's most_similar_cosmul uses it itself.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`")

logging.getLogger("gensim.models.keyedvectors").setLevel(logging.ERROR)

Peer = gensim.models.KeyedVectors
CLOSE = 1e-5


@dataclass(frozen=True)
class Both:
    """The same vectors here and in gensim."""

    ours: KeyedVectors
    theirs: Any

    @property
    def keys(self) -> list[Any]:
        return list(self.ours.index_to_key)

    @classmethod
    def of(cls, keys: list[Any], matrix: np.ndarray) -> Both:
        ours, theirs = KeyedVectors(matrix.shape[1]), Peer(matrix.shape[1])
        for vectors in (ours, theirs):
            vectors.add_vectors(keys, matrix.copy())
        return cls(ours, theirs)


def assert_close(found: Any, expected: Any, power: int = 1) -> None:
    """Equal to 1e-5, ties aside.

    Args:
        found: Our answer; of a list of (key, number) the order of near ones is not looked at.
        expected: gensim's.
        power: Of the value, by which what is allowed grows: 2 for quotients of small numbers.
    """
    if isinstance(expected, list) and expected and isinstance(expected[0], tuple):
        place = 0 if isinstance(expected[0][0], float | np.floating) else 1
        values = np.array([pair[place] for pair in expected])
        assert_close(np.array([pair[place] for pair in found]), values, power)
        near = {pair[1 - place]: pair[place] for pair in expected}
        for pair in found:
            # The last ones may be others of the same value.
            assert_close(pair[place], near.get(pair[1 - place], values[-1]), power)
    elif isinstance(expected, np.ndarray | float | np.floating):
        assert np.shape(found) == np.shape(expected)
        allowed = CLOSE * np.maximum(1, np.abs(expected)) ** power
        assert (np.abs(np.subtract(found, expected)) <= allowed).all(), (found, expected)
    else:
        assert found == expected


@st.composite
def tables(draw: st.DrawFn) -> Both:
    rows, columns = draw(st.integers(4, 30)), draw(st.integers(2, 16))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    matrix = rng.normal(size=(rows, columns)) * draw(st.sampled_from([1e-3, 1, 50]))
    keys: list[Any] = [f"w{row}" for row in range(rows)]
    if draw(st.booleans()):
        keys = rng.permutation(100 + np.arange(rows)).tolist()
    return Both.of(keys, matrix.astype(np.float32))


def asked(draw: st.DrawFn, both: Both, least: int = 1, most: int = 4) -> list[Any]:
    return draw(st.lists(st.sampled_from(both.keys), min_size=least, max_size=most, unique=True))


Question = Callable[[Any], Any]


def _questions(draw: st.DrawFn, both: Both) -> dict[str, Question]:
    """A question for each method, of the same arguments for both."""
    a, b = asked(draw, both, 2, 2)
    chosen = asked(draw, both, 2)
    # No word in both: where words cancel out gensim answers with what rounding leaves.
    place = draw(st.integers(1, len(chosen) - 1))
    some, others = chosen[:place], chosen[place:]
    sets = some + others
    unknown = [*some, "unknown word"]
    weights = draw(st.lists(st.floats(0.25, 2), min_size=len(sets), max_size=len(sets)))
    topn = draw(st.sampled_from([1, 3, 10, 100, None, 0]))
    clips = {"clip_start": draw(st.integers(0, 3)), "clip_end": draw(st.integers(4, 40))}
    seed = draw(st.integers(0, 1000))
    vector = np.random.default_rng(seed).normal(size=both.ours.vector_size).astype(np.float32)
    restrict = draw(st.sampled_from([None, 3, 5]))
    return {
        "most_similar": lambda v: v.most_similar(some, others, topn=topn, **clips),
        "most_similar of weights": lambda v: v.most_similar(
            [*zip(some, weights, strict=False)], [vector], topn=topn, restrict_vocab=restrict
        ),
        "most_similar of one": lambda v: v.most_similar(a, topn=topn),
        "most_similar of a row": lambda v: v.most_similar(0, topn=topn),
        "similar_by_word": lambda v: v.similar_by_word(a, topn, restrict),
        "similar_by_key": lambda v: v.similar_by_key(a, topn, restrict),
        "similar_by_vector": lambda v: v.similar_by_vector(vector, topn, restrict),
        "most_similar_cosmul": lambda v: v.most_similar_cosmul(
            [v.get_vector(key, norm=True) for key in some],
            [v.get_vector(key, norm=True) for key in others],
            topn=topn,
        ),
        "similarity": lambda v: v.similarity(a, b),
        "distance": lambda v: v.distance(a, b),
        "distances": lambda v: v.distances(a),
        "distances of a vector": lambda v: v.distances(vector, others),
        "n_similarity": lambda v: v.n_similarity(unknown, others),
        "get_mean_vector": lambda v: v.get_mean_vector(unknown),
        "get_mean_vector as is": lambda v: v.get_mean_vector(
            [*sets, vector], weights=[*weights, -1.0], pre_normalize=False, post_normalize=True
        ),
        "rank_by_centrality": lambda v: v.rank_by_centrality(unknown),
        "rank_by_centrality as is": lambda v: v.rank_by_centrality(some, use_norm=False),
        "most_similar_to_given": lambda v: v.most_similar_to_given(a, others),
        "closer_than": lambda v: sorted(v.closer_than(a, b)),
        "rank": lambda v: v.rank(a, b),
        "relative_cosine_similarity": lambda v: v.relative_cosine_similarity(a, b, 3),
        "cosine_similarities": lambda v: v.cosine_similarities(vector, v.vectors),
        "get_normed_vectors": lambda v: v.get_normed_vectors(),
        "get_vector": lambda v: v.get_vector(a, norm=True),
        "several": lambda v: v[[*some, 0]],
        "get_index": lambda v: v.get_index("unknown word", default=-7),
        "contains": lambda v: (a in v, 0 in v, 50 in v, "unknown word" in v, len(v)),
        "norms": lambda v: (v.fill_norms(), v.norms)[1],
        "vectors_for_all": lambda v: v.vectors_for_all(unknown * 2).vectors,
    }


@given(st.data())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_random_vectors_answer_as_in_gensim(data: st.DataObject) -> None:
    both = data.draw(tables())
    for name, question in data.draw(st.composite(_questions)(both)).items():
        expected = question(both.theirs)
        try:
            assert_close(question(both.ours), expected, 2 if "cosmul" in name else 1)
        except AssertionError as error:
            error.add_note(f"the question was {name}")
            raise


def test_real_vectors_answer_as_in_gensim() -> None:
    trained = KeyedVectors.load(Path(__file__).parents[1] / "golden" / "0.1.0" / "model")
    both = Both.of(trained.index_to_key, trained.vectors)
    keys = both.keys
    questions: list[Callable[[Any, str, str, str], Any]] = [
        lambda v, a, b, c: v.most_similar([a, b], [c]),
        lambda v, a, b, c: v.most_similar_cosmul([a, b], [c], topn=3),
        lambda v, a, b, _c: v.similarity(a, b),
        lambda v, a, b, c: v.n_similarity([a, b], [c]),
        lambda v, a, b, c: v.doesnt_match([a, b, c]),
        lambda v, a, b, _c: v.rank(a, b),
        lambda v, a, b, _c: v.relative_cosine_similarity(a, b),
        lambda v, a, b, c: v.distances(a, [b, c]),
    ]
    for three in zip(keys[:40], keys[40:80], keys[80:120], strict=True):
        for question in questions:
            assert_close(question(both.ours, *three), question(both.theirs, *three))


# Changes: the same calls of both, and then the same state.


@given(st.data())
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_changes_leave_what_they_leave_in_gensim(data: st.DataObject) -> None:
    both = data.draw(tables())
    for vectors in (both.ours, both.theirs):
        vectors.allocate_vecattrs(["count"], [np.int64])
    new = st.sampled_from([*both.keys, *[f"new{number}" for number in range(6)]])
    for _ in range(data.draw(st.integers(1, 5))):
        keys = data.draw(st.lists(new, min_size=1, max_size=3, unique=True))
        seed = data.draw(st.integers(0, 1000))
        rows = np.random.default_rng(seed).normal(size=(len(keys), both.ours.vector_size))
        change = data.draw(st.sampled_from(_CHANGES))
        for vectors in (both.ours, both.theirs):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                change(vectors, keys, rows.astype(np.float32))
            vectors.fill_norms(force=True)
            vectors.allocate_vecattrs()
        assert both.ours.index_to_key == both.theirs.index_to_key
        assert both.ours.key_to_index == both.theirs.key_to_index
        assert_close(both.ours.vectors, both.theirs.vectors)
        assert_close(both.ours.norms, both.theirs.norms)
        assert np.array_equal(both.ours.expandos["count"], both.theirs.expandos["count"])


def _count(vectors: Any, keys: list[Any], rows: np.ndarray) -> None:
    for key, row in zip(keys, rows, strict=True):
        if key in vectors.key_to_index:
            vectors.set_vecattr(key, "count", int(1000 * abs(row[0])))


def _rename(vectors: Any, keys: list[Any], rows: np.ndarray) -> None:
    vectors.index_to_key = [*vectors.index_to_key, "last"]
    vectors.resize_vectors(seed=3)
    vectors.key_to_index = {key: row for row, key in enumerate(vectors.index_to_key)}


_CHANGES: list[Callable[[Any, list[Any], np.ndarray], Any]] = [
    lambda v, keys, rows: v.add_vectors(keys, rows),
    lambda v, keys, rows: v.add_vectors(keys, list(rows), replace=True),
    lambda v, keys, rows: v.__setitem__(keys, rows),
    lambda v, keys, rows: v.__setitem__(keys[0], rows[0]),
    lambda v, _keys, rows: v.add_vector(f"single{len(v)}", rows[0]),
    lambda v, _keys, _rows: v.unit_normalize_all(),
    _count,
    lambda v, keys, rows: (_count(v, keys, rows), v.sort_by_descending_frequency()),
    _rename,
]


# Names and signatures

# What is given differently here, and why: docs/from-gensim.md has it for people.
OTHER_SIGNATURES = {
    "__init__": "words and a matrix are taken too, with what belongs to them by name",
    "load": "limit=, words= and dtype= besides, by name only",
    "save": "gensim's arguments by their names, instead of *args and **kwargs",
    "word_vec": "gensim 3's use_norm= and gensim 4's norm=",
}


def _arguments(function: Any) -> list[tuple[str, Any, Any]]:
    """Without `space` and `index`, which queries have besides, by name only."""
    parameters = inspect.signature(function).parameters.values()
    besides = [
        ("space", inspect.Parameter.KEYWORD_ONLY, "'input'"),
        ("index", inspect.Parameter.KEYWORD_ONLY, "None"),
    ]
    found = [(one.name, one.kind, repr(one.default)) for one in parameters]
    return [argument for argument in found if argument not in besides]


def test_every_public_name_is_there_with_gensims_arguments() -> None:
    names = [name for name in dir(Peer) if not name.startswith("_")]
    different = set()
    for name in [*names, "__init__"]:
        theirs = inspect.getattr_static(Peer, name)
        assert inspect.getattr_static(KeyedVectors, name, None) is not None, name
        if isinstance(theirs, property):
            continue
        mine, yours = (_arguments(getattr(kind, name)) for kind in (KeyedVectors, Peer))
        if mine != yours:
            different.add(name)
    assert different == set(OTHER_SIGNATURES)
    attributes = vars(Peer(3, 2))
    table = KeyedVectors(3, 2)
    assert [name for name in attributes if not hasattr(table, name)] == []


def test_positions_are_gensims_where_more_is_offered() -> None:
    for name in OTHER_SIGNATURES:
        if name in ("save", "word_vec"):
            continue
        mine, yours = (_arguments(getattr(kind, name)) for kind in (KeyedVectors, Peer))
        assert mine[: len(yours)] == yours, name
