"""Bags of words as vectors, by gensim's names (`gensim.matutils`).

A *bag* is a list of (number of a word, weight) without zero weights; a *corpus* is any iterable of
bags. SciPy is needed where a matrix of its own is asked for or given, and nowhere else.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from lexiscope.errors import ConfigError, MissingExtraError

Bag = Iterable[tuple[int, float]]

_NORMS = ("l1", "l2", "unique")


class WrongBagError(ConfigError, AssertionError):
    """Weights that are 0, or numbers that do not fit what was told beforehand."""


def _scipy() -> Any:
    try:
        import scipy.sparse
    except ImportError as error:
        raise MissingExtraError("a SciPy matrix", "wmd") from error
    return scipy.sparse


def _is_scipy(value: object) -> bool:
    """Whether it is a sparse matrix of SciPy's, which is then imported already."""
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(value))


def argsort(x: Any, topn: int | None = None, reverse: bool = False) -> Any:
    """Where the smallest values stand, the smallest first.

    Args:
        x: Numbers, shape (n,).
        topn: How many; None for all. Of 0 and less it is an empty list.
        reverse: Whether to take the greatest, the greatest first.
    """
    values = np.asarray(x)
    count = values.size if topn is None else topn
    if count <= 0:
        return []
    if reverse:
        values = -values
    if count >= values.size:
        return np.argsort(values)[:count]
    extremes = np.argpartition(values, count)[:count]
    return extremes[np.argsort(values[extremes])]


def zeros_aligned(
    shape: int | tuple[int, ...], dtype: DTypeLike, order: Any = "C", align: int = 128
) -> NDArray[Any]:
    """An array of zeros whose first byte's address is a multiple of `align`."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    buffer = np.zeros(size + align, np.uint8)
    begin = -buffer.ctypes.data % align
    return buffer[begin : begin + size].view(dtype).reshape(shape, order=order)


def ismatrix(m: object) -> bool:
    """Whether it is a matrix, NumPy's or a sparse one of SciPy's."""
    return (isinstance(m, np.ndarray) and m.ndim == 2) or _is_scipy(m)


def pad(mat: NDArray[Any], padrow: int, padcol: int) -> NDArray[Any]:
    """A matrix with rows and columns of zeros behind its own."""
    return np.pad(mat, ((0, max(padrow, 0)), (0, max(padcol, 0)))).astype(
        np.result_type(mat.dtype, np.float64)
    )


def sparse2full(doc: Bag, length: int) -> NDArray[np.float32]:
    """A bag as an array, float32 (length,).

    Raises:
        IndexError: It has a number beyond the length.
    """
    full = np.zeros(length, np.float32)
    weights = {int(number): float(weight) for number, weight in doc}
    full[list(weights)] = list(weights.values())
    return full


def full2sparse(vec: Any, eps: float = 1e-9) -> list[tuple[Any, Any]]:
    """An array as a bag, without weights up to `eps`."""
    weights = np.asarray(vec, float)
    numbers = np.nonzero(np.abs(weights) > eps)[0]
    return list(zip(numbers, weights.take(numbers), strict=True))


dense2vec = full2sparse


def full2sparse_clipped(vec: Any, topn: int, eps: float = 1e-9) -> list[tuple[Any, Any]]:
    """An array as a bag of its greatest weights, by size, the greatest first."""
    if topn <= 0:
        return []
    weights = np.asarray(vec, float)
    numbers = np.nonzero(np.abs(weights) > eps)[0]
    greatest = numbers.take(argsort(np.abs(weights).take(numbers), topn, reverse=True))
    return list(zip(greatest, weights.take(greatest), strict=True))


def scipy2sparse(vec: Any, eps: float = 1e-9) -> list[tuple[int, float]]:
    """A sparse matrix of one row as a bag.

    Raises:
        WrongBagError: It has more rows.
    """
    row = vec.tocsr()
    if row.shape[0] != 1:
        raise WrongBagError(f"the matrix has {row.shape[0]:,} rows; expected one")
    return [
        (int(number), float(weight))
        for number, weight in zip(row.indices, row.data, strict=True)
        if abs(weight) > eps
    ]


def any2sparse(vec: Any, eps: float = 1e-9) -> list[tuple[Any, Any]]:
    """Whatever is a bag, as a list of pairs: an array, a sparse row, or pairs."""
    if isinstance(vec, np.ndarray):
        return full2sparse(vec, eps)
    if _is_scipy(vec):
        return scipy2sparse(vec, eps)
    return [(int(number), float(weight)) for number, weight in vec if abs(weight) > eps]


def corpus2dense(
    corpus: Iterable[Bag],
    num_terms: int,
    num_docs: int | None = None,
    dtype: DTypeLike = np.float32,
) -> NDArray[Any]:
    """A corpus as a matrix, a column a bag: (num_terms, bags).

    Args:
        corpus: The bags.
        num_terms: Rows.
        num_docs: How many bags there are; None to find out.
        dtype: Of the matrix.

    Raises:
        WrongBagError: There are not so many bags.
        ValueError: There is none.
    """
    columns = [sparse2full(doc, num_terms) for doc in corpus]
    if num_docs is not None and len(columns) != num_docs:
        raise WrongBagError(f"the corpus has {len(columns):,} bags; num_docs says {num_docs:,}")
    if num_docs == 0:
        return np.empty((num_terms, 0), dtype)
    return np.column_stack(columns).astype(dtype)


def corpus2csc(
    corpus: Any,
    num_terms: int | None = None,
    dtype: DTypeLike = np.float64,
    num_docs: int | None = None,
    num_nnz: int | None = None,
    printprogress: int = 0,
) -> Any:
    """A corpus as SciPy's csc_matrix, a column a bag.

    Args:
        corpus: The bags; its attributes num_terms, num_docs and num_nnz are taken where it has
            them.
        num_terms: Rows; None for as many as the bags ask for.
        dtype: Of the weights.
        num_docs, num_nnz: How many bags and weights there are, to be checked.
        printprogress: gensim's; it changes nothing.

    Raises:
        MissingExtraError: SciPy is not installed.
        WrongBagError: There are not so many weights.
    """
    sparse = _scipy()
    terms = getattr(corpus, "num_terms", None) if num_terms is None else num_terms
    docs = getattr(corpus, "num_docs", None) if num_docs is None else num_docs
    weights = getattr(corpus, "num_nnz", None) if num_nnz is None else num_nnz
    numbers: list[int] = []
    values: list[float] = []
    bounds = [0]
    for doc in corpus:
        for number, weight in doc:
            numbers.append(number)
            values.append(weight)
        bounds.append(len(numbers))
    if terms is None:
        terms = max(numbers) + 1 if numbers else 0
    told = None not in (docs, weights)
    if told and weights != len(numbers):
        raise WrongBagError(f"the corpus has {len(numbers):,} weights; num_nnz says {weights:,}")
    shape = (terms, docs if told else len(bounds) - 1)
    data = (np.asarray(values, dtype), np.asarray(numbers, np.int32), bounds)
    return sparse.csc_matrix(data, shape=shape, dtype=dtype)


class Dense2Corpus:
    """A matrix as a corpus.

    Args:
        dense: The matrix.
        documents_columns: Whether its columns are the bags, or else its rows.
    """

    def __init__(self, dense: NDArray[Any], documents_columns: bool = True) -> None:
        self.dense = dense.T if documents_columns else dense

    def __iter__(self) -> Iterator[list[tuple[Any, Any]]]:
        for row in self.dense:
            yield full2sparse(row.flat)

    def __len__(self) -> int:
        return len(self.dense)


class Sparse2Corpus:
    """A sparse matrix of SciPy's as a corpus; see `Dense2Corpus`."""

    def __init__(self, sparse: Any, documents_columns: bool = True) -> None:
        self.sparse = sparse.tocsc() if documents_columns else sparse.tocsr().T

    def __iter__(self) -> Iterator[list[tuple[Any, Any]]]:
        for place in range(len(self)):
            yield self._bag(place)

    def _bag(self, place: int) -> list[tuple[Any, Any]]:
        begin, end = self.sparse.indptr[place], self.sparse.indptr[place + 1]
        numbers, weights = self.sparse.indices[begin:end], self.sparse.data[begin:end]
        return list(zip(numbers, weights, strict=True))

    def __len__(self) -> int:
        return int(self.sparse.shape[1])

    def __getitem__(self, key: Any) -> Any:
        """A bag by its place; or the corpus of those that a slice, a list or an array chooses."""
        if isinstance(key, int):
            return self._bag(range(len(self))[key])
        return Sparse2Corpus(self.sparse[:, key])


class Scipy2Corpus:
    """Rows, arrays or sparse ones, as a corpus."""

    def __init__(self, vecs: Sequence[Any]) -> None:
        self.vecs = vecs

    def __iter__(self) -> Iterator[list[tuple[Any, Any]]]:
        for vec in self.vecs:
            yield full2sparse(vec) if isinstance(vec, np.ndarray) else scipy2sparse(vec)

    def __len__(self) -> int:
        return len(self.vecs)


def veclen(vec: Sequence[tuple[int, float]]) -> float:
    """The length of a bag, 0.0 of an empty one.

    Raises:
        WrongBagError: All its weights are 0.
    """
    return _length(vec, "l2") if len(vec) else 0.0


def _length(bag: Sequence[tuple[int, float]], norm: str) -> float:
    if norm == "l1":
        length = float(sum(abs(weight) for _, weight in bag))
    elif norm == "l2":
        length = math.sqrt(sum(weight**2 for _, weight in bag))
    else:
        length = float(len(bag))
    if not length > 0.0:
        raise WrongBagError("the bag has no weight but 0; expected bags without zeros")
    return length


def ret_normalized_vec(vec: Bag, length: float) -> list[tuple[int, float]]:
    """A bag with its weights divided by a length."""
    if length == 1.0:
        return list(vec)
    return [(number, weight / length) for number, weight in vec]


def unitvec(vec: Any, norm: str = "l2", return_norm: bool = False) -> Any:
    """A vector scaled to length 1; one of zeros, and an empty one, as it is.

    Args:
        vec: An array, a sparse matrix of SciPy's, or a bag.
        norm: What a length is: "l2", "l1", or "unique", how many weights there are that are not 0.
        return_norm: Whether to give (vector, length), the length of zeros being 1.0.

    Raises:
        ConfigError: There is no such norm, or it is no vector; a ValueError.
        WrongBagError: The bag has zero weights only.
    """
    if norm not in _NORMS:
        raise ConfigError(f"norm is {norm!r}; expected one of {', '.join(_NORMS)}")
    if isinstance(vec, np.ndarray):
        unit, length = _unit_array(vec, norm)
    elif _is_scipy(vec):
        unit, length = _unit_sparse(vec.tocsr(), norm)
    else:
        unit, length = _unit_bag(vec, norm)
    return (unit, length) if return_norm else unit


def _array_length(values: NDArray[Any], norm: str) -> Any:
    if norm == "l1":
        return np.sum(np.abs(values))
    if norm == "l2":
        return float(np.linalg.norm(values.astype(np.float64).ravel()))
    return np.count_nonzero(values)


def _unit_array(vec: NDArray[Any], norm: str) -> tuple[Any, Any]:
    length = _array_length(vec, norm)
    if not length > 0.0:
        return vec, 1.0
    kind = np.dtype(np.float64) if np.issubdtype(vec.dtype, np.integer) else vec.dtype
    return (vec.astype(np.float64) * (1.0 / float(length))).astype(kind), length


def _unit_sparse(vec: Any, norm: str) -> tuple[Any, Any]:
    length = _array_length(vec.data, norm)
    if not length > 0.0:
        return vec, 1.0
    return vec.astype(np.result_type(vec.dtype, np.float32)) / length, length


def _unit_bag(vec: Any, norm: str) -> tuple[Any, Any]:
    bag = vec if isinstance(vec, (list, tuple)) else list(vec)
    if not len(bag):
        return vec, 1.0
    if not isinstance(bag[0], (tuple, list)) or len(bag[0]) != 2:
        raise ConfigError(
            f"the vector is a {type(vec).__name__} of {type(bag[0]).__name__}; expected an "
            "array or pairs of number and weight"
        )
    length = _length(bag, norm)
    return ret_normalized_vec(bag, length), length


def cossim(vec1: Bag, vec2: Bag) -> float:
    """The cosine of two bags, 0.0 where one is empty.

    Raises:
        WrongBagError: One has zero weights only.
    """
    first, second = dict(vec1), dict(vec2)
    if not first or not second:
        return 0.0
    lengths = _length(list(first.items()), "l2") * _length(list(second.items()), "l2")
    if len(second) < len(first):
        first, second = second, first
    product = sum(weight * second.get(number, 0.0) for number, weight in first.items())
    return product / lengths


def isbow(vec: Any) -> bool:
    """Whether it looks like a bag: its first entry is a pair of numbers; or it is empty."""
    if _is_scipy(vec):
        vec = vec.todense().tolist()
    try:
        number, weight = vec[0]
        int(number), float(weight)
    except IndexError:
        return True
    except (ValueError, TypeError):
        return False
    return True


def _dense(vec1: Any, vec2: Any, num_features: int | None = None) -> tuple[Any, Any]:
    """Two distributions as arrays."""
    vec1, vec2 = _unpacked(vec1), _unpacked(vec2)
    if isbow(vec1) and isbow(vec2):
        length = max(len(vec1), len(vec2)) if num_features is None else num_features
        return sparse2full(vec1, length), sparse2full(vec2, length)
    return (
        np.asarray(vec1[0] if len(vec1) == 1 else vec1),
        np.asarray(vec2[0] if len(vec2) == 1 else vec2),
    )


def _unpacked(vec: Any) -> Any:
    return vec.toarray() if _is_scipy(vec) else vec


def _relative_entropy(first: NDArray[Any], second: NDArray[Any]) -> Any:
    """Kullback and Leibler's divergence of two distributions, each scaled to sum 1."""
    with np.errstate(all="ignore"):
        p, q = np.broadcast_arrays(first / np.sum(first), second / np.sum(second))
        terms = np.where(p > 0, p * np.log(p / q), np.where((p == 0) & (q >= 0), 0.0, np.inf))
        terms = np.where((p > 0) & (q <= 0), np.inf, terms)
        terms = np.where(np.isnan(p) | np.isnan(q), np.nan, terms)
        return np.sum(terms)


def kullback_leibler(vec1: Any, vec2: Any, num_features: int | None = None) -> Any:
    """Kullback and Leibler's divergence of the second distribution from the first.

    Args:
        vec1, vec2: Arrays or bags.
        num_features: How many words there are, for bags; None for as many as the longer one has.
    """
    return _relative_entropy(*_dense(vec1, vec2, num_features))


def jensen_shannon(vec1: Any, vec2: Any, num_features: int | None = None) -> Any:
    """Jensen and Shannon's divergence of two distributions; see `kullback_leibler`."""
    first, second = _dense(vec1, vec2, num_features)
    middle = 0.5 * (first + second)
    return 0.5 * (_relative_entropy(first, middle) + _relative_entropy(second, middle))


def hellinger(vec1: Any, vec2: Any) -> Any:
    """Hellinger's distance of two distributions, arrays or bags."""
    vec1, vec2 = _unpacked(vec1), _unpacked(vec2)
    if isbow(vec1) and isbow(vec2):
        first, second = dict(vec1), dict(vec2)
        squares = (
            (math.sqrt(first.get(number, 0.0)) - math.sqrt(second.get(number, 0.0))) ** 2
            for number in {**first, **second}
        )
        return np.sqrt(0.5 * sum(squares))
    return np.sqrt(0.5 * np.sum((np.sqrt(vec1) - np.sqrt(vec2)) ** 2))


def jaccard(vec1: Any, vec2: Any) -> float:
    """Jaccard's distance of two bags by their weights, or of two sets of anything.

    Of bags the union is the sum of all weights, so that the distance of a bag to itself is 0.5, as
    in gensim.

    Raises:
        ZeroDivisionError: Both are empty.
    """
    vec1, vec2 = _unpacked(vec1), _unpacked(vec2)
    if isbow(vec1) and isbow(vec2):
        union = sum(weight for _, weight in vec1) + sum(weight for _, weight in vec2)
        first, second = dict(vec1), dict(vec2)
        common = sum(min(weight, second.get(number, 0.0)) for number, weight in first.items())
        return 1 - float(common) / float(union)
    first_set = set(vec1.tolist() if isinstance(vec1, np.ndarray) else vec1)
    second_set = set(vec2.tolist() if isinstance(vec2, np.ndarray) else vec2)
    return 1 - float(len(first_set & second_set)) / float(len(first_set | second_set))


def jaccard_distance(set1: set[Any], set2: set[Any]) -> float:
    """Jaccard's distance of two sets, 1.0 where both are empty."""
    union = len(set1 | set2)
    return 1.0 if union == 0 else 1.0 - len(set1 & set2) / union


def logsumexp(x: NDArray[Any]) -> Any:
    """log Σ exp x, without overflow."""
    greatest = np.max(x)
    return np.log(np.sum(np.exp(x - greatest))) + greatest


def mean_absolute_difference(a: NDArray[Any], b: NDArray[Any]) -> Any:
    """The mean of |a − b|."""
    return np.mean(np.abs(a - b))
