"""Words of a saved gensim object, row by row, and how often each occurred.

Since 4.0 they are `index_to_key`, with counts in `expandos`; before, `index2word` (or
`index2entity`), with a dict `vocab` of objects that have `index` and `count`. Python 2 programs
kept words as text or as bytes; programs that walk over graphs keep numbers. A save of documents'
vectors alone has numbers up to `max_rawint` and then the tags of `offset2doctag`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.formats.kinds.gensim.objects import Saved
from lexiscope.formats.reading.inert import Instance, Items
from lexiscope.formats.reading.inert_arrays import bytes_of, number_of, to_array

_LARGEST = 1 << 62


def words_of(saved: Saved) -> list[str]:
    """The words, row by row.

    Raises:
        FormatError: There are none, or one is neither text nor a number.
    """
    found = saved.get("index_to_key", "index2word", "index2entity")
    # Doc2Vec of 4.0's forerunners keeps an empty list beside its tags.
    if found is None or (found == [] and saved.get("offset2doctag") is not None):
        found = _from_mapping(saved) or _tags(saved)
    if not isinstance(found, list) or not found:
        raise FormatError(
            saved.path,
            None,
            f"is gensim's {saved.name} without words, expected a gensim model of words",
        )
    if set(map(type, found)) == {str}:
        return found
    return [_as_word(saved, word) for word in found]


def integers_of(saved: Saved) -> frozenset[str]:
    """The words that are whole numbers to the program that kept them, as text."""
    found = saved.get("index_to_key", "index2word", "index2entity")
    if not isinstance(found, list) or set(map(type, found)) == {str}:
        return frozenset()
    numbers = (number_of(word) for word in found)
    # Strings are hashed with a random key, whatever the numbers are.
    return frozenset(
        str(number) for number in numbers if type(number) is int and abs(number) < _LARGEST
    )


def _as_word(saved: Saved, value: Any) -> str:
    """One word as text."""
    if type(value) is str:
        return value
    content = bytes_of(value)
    if content is not None:
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            return content.decode("latin-1")
    number = number_of(value)
    if number is None:
        raise FormatError(
            saved.path, None, "has words that are neither text nor numbers; the file is damaged"
        )
    if not abs(number) < _LARGEST:
        raise FormatError(
            saved.path, None, f"has a word that is a number beyond {_LARGEST:,}; it is damaged"
        )
    return str(number)


def _from_mapping(saved: Saved) -> list[Any] | None:
    """The words out of a dict that gives their rows."""
    mapping = vocabulary_of(saved)
    if mapping is None:
        return None
    words: list[Any] = [None] * len(mapping)
    for word, value in mapping:
        row = row_of(value)
        if type(row) is not int or not 0 <= row < len(words) or words[row] is not None:
            return None
        words[row] = word
    return words


def _tags(saved: Saved) -> list[Any] | None:
    """The tags of documents, which are numbered from 0 and then named."""
    last, named = saved.get("max_rawint"), saved.get("offset2doctag")
    if type(last) is not int or not -1 <= last < _LARGEST or not isinstance(named, list):
        return None
    vectors = saved.array("vectors_docs", "doctag_syn0")
    if vectors is None or len(vectors) != last + 1 + len(named):
        return None
    return [*range(last + 1), *named]


def vocabulary_of(saved: Saved) -> Items | None:
    """The dict from words to their rows, or to objects that tell them."""
    for name in ("key_to_index", "vocab"):
        found = saved.get(name)
        if isinstance(found, Instance):
            found = found.items
        if isinstance(found, Items) and len(found):
            return found
    return None


def row_of(value: Any) -> Any:
    """What a dict of words says of a row: the number itself, or an object that has it."""
    if isinstance(value, Instance) and isinstance(value.state, Items):
        return value.state.get("index")
    return value


def counts_of(saved: Saved, words: int) -> NDArray[np.int64] | None:
    """The words' counts, row by row, int64; None where not every word has one."""
    expandos = saved.get("expandos")
    saved_counts = expandos.get("count") if isinstance(expandos, Items) else None
    if isinstance(saved_counts, Instance):
        counts = to_array(saved_counts, saved.path, "expandos.count")
        if counts.shape != (words,) or counts.dtype.kind not in "iu":
            return None
        counts = counts.astype(np.int64)
        return counts if bool((counts >= 0).all()) else None
    vocabulary = vocabulary_of(saved)
    if vocabulary is None:
        return None
    found = np.full(words, -1, np.int64)
    for _word, value in vocabulary:
        row = row_of(value)
        if type(row) is int and 0 <= row < words:
            found[row] = _count(value)
    return found if bool((found >= 0).all()) else None


def _count(value: Any) -> int:
    """A word's count; -1 where there is none that could be one."""
    if not isinstance(value, Instance) or not isinstance(value.state, Items):
        return -1
    count = number_of(value.state.get("count"))
    return int(count) if count is not None and 0 <= count < _LARGEST else -1
