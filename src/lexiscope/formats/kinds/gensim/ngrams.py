"""N-grams' rows that gensim's FastText saved, of every version, as `Subwords`.

Since 3.7 there is a row a bucket, of fastText's own hash (`compatible_hash`) or of gensim's first
one, which takes a character's number where fastText takes its bytes. From 3.4 to 3.6 only buckets
that occur had a row, which `hash2index` tells; up to 3.3 the n-grams themselves stand in `ngrams`
with their rows, and others are unknown. Names: `vectors_ngrams`, before 3.3 `syn0_ngrams`, and
`syn0_all` where gensim had fastText's program train (`models.wrappers`, 1.0 to 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.contract import Matrix, Subwords
from lexiscope.formats.kinds.fasttext.subwords import LONGEST_NGRAM, hashes_of
from lexiscope.formats.kinds.gensim.objects import Saved
from lexiscope.formats.reading.inert import Items
from lexiscope.formats.reading.inert_arrays import number_of

ROWS = ("vectors_ngrams", "syn0_ngrams", "syn0_all")
_MOST_BUCKETS = 1 << 31
# So many that hardly two n-grams share one.
_NEARLY_ALL_HASHES = _MOST_BUCKETS - 1


class RowsOfBuckets(Mapping[int, int]):
    """Buckets and their rows, in sorted arrays: numbers out of a file are not to be hashed.

    Args:
        buckets: n int64.
        rows: n int64; of a bucket that is there twice the first one counts.
    """

    def __init__(self, buckets: NDArray[np.int64], rows: NDArray[np.int64]) -> None:
        self._buckets, first = np.unique(buckets, return_index=True)
        self._rows = rows[first]

    def __getitem__(self, bucket: int) -> int:
        place = int(np.searchsorted(self._buckets, bucket))
        if place == len(self._buckets) or self._buckets[place] != bucket:
            raise KeyError(bucket)
        return int(self._rows[place])

    def __iter__(self) -> Iterator[int]:
        return iter(self._buckets.tolist())

    def __len__(self) -> int:
        return len(self._buckets)


def subwords_of(model: Saved, saved: Saved) -> Subwords | None:
    """The n-grams' rows; None where the object has none, or none that an n-gram leads to.

    Args:
        model: The model, which may know what its vectors do not.
        saved: Its vectors.

    Raises:
        FormatError: The rows do not fit their n-grams' lengths, buckets or places.
    """
    rows = saved.matrix(*ROWS)
    if rows is None:
        return None
    minn, maxn = (_number(model, saved, name) for name in ("min_n", "max_n"))
    sound = minn is not None and maxn is not None
    if not sound or not 0 <= minn <= LONGEST_NGRAM or not 0 <= maxn <= LONGEST_NGRAM:
        raise FormatError(
            saved.path, None, "has n-grams' rows without their lengths; the file is damaged"
        )
    buckets = _number(model, saved, "bucket")
    if maxn < max(1, minn) or buckets == 0 or len(rows) == 0:
        return None
    listed = saved.get("ngrams")
    if isinstance(listed, Items) and len(listed):
        return Subwords(
            minn=minn,
            maxn=maxn,
            buckets=_NEARLY_ALL_HASHES,
            rows=rows,
            pruned=_rows_of_ngrams(saved, listed, len(rows)),
        )
    if buckets is None or not 0 < buckets < _MOST_BUCKETS:
        raise FormatError(saved.path, None, "has n-grams' rows without buckets; it is damaged")
    occurring = saved.get("hash2index")
    if isinstance(occurring, Items):
        return Subwords(
            minn=minn,
            maxn=maxn,
            buckets=buckets,
            rows=rows,
            pruned=_rows_of_buckets(saved, occurring, len(rows)),
            hashing="characters",
        )
    if len(rows) != buckets:
        raise FormatError(
            saved.path,
            "attribute 'vectors_ngrams'",
            f"has {len(rows):,} rows for {buckets:,} buckets; the file is damaged, or an array "
            "beside it is of another model",
        )
    return Subwords(
        minn=minn,
        maxn=maxn,
        buckets=buckets,
        rows=rows,
        hashing="bytes" if saved.get("compatible_hash") is True else "characters",
    )


def check_width(saved: Saved, rows: Matrix, subwords: Subwords) -> None:
    """Refuses n-grams' rows that cannot be added to the words'.

    Raises:
        FormatError: They are of another width.
    """
    if rows.shape[1] != subwords.rows.shape[1]:
        raise FormatError(
            saved.path,
            "attribute 'vectors_ngrams'",
            f"has rows of {subwords.rows.shape[1]:,} values, where the words' have "
            f"{rows.shape[1]:,}; the file is damaged, or an array beside it is of another model",
        )


def _number(model: Saved, saved: Saved, name: str) -> Any:
    """A whole number that the vectors know, the model, or what it trains; None where none does."""
    for part in (saved, model, model.part("trainables")):
        found = None if part is None else part.get(name)
        if type(found) is int:
            return found
    return None


def _rows_of_ngrams(saved: Saved, listed: Items, rows: int) -> RowsOfBuckets:
    """The rows of n-grams that are known themselves, by fastText's hash of each."""
    ngrams = [ngram.encode("utf-8", "surrogatepass") for ngram, _row in listed if _is_text(ngram)]
    places = _places(saved, [row for ngram, row in listed if _is_text(ngram)], rows)
    return RowsOfBuckets(hashes_of(ngrams).astype(np.int64) % _NEARLY_ALL_HASHES, places)


def _is_text(ngram: Any) -> bool:
    return type(ngram) is str


def _rows_of_buckets(saved: Saved, occurring: Items, rows: int) -> RowsOfBuckets:
    buckets = [number_of(bucket) for bucket, _row in occurring]
    if not all(type(bucket) is int and 0 <= bucket < _MOST_BUCKETS for bucket in buckets):
        raise FormatError(saved.path, "attribute 'hash2index'", "has odd buckets; it is damaged")
    places = _places(saved, [row for _bucket, row in occurring], rows)
    return RowsOfBuckets(np.array(buckets, np.int64), places)


def _places(saved: Saved, places: list[Any], rows: int) -> NDArray[np.int64]:
    if not all(type(row) is int and 0 <= row < rows for row in places):
        raise FormatError(
            saved.path,
            None,
            f"has n-grams whose rows are not among the {rows:,} that it has; the file is damaged, "
            "or an array beside it is of another model",
        )
    return np.array(places, np.int64)
