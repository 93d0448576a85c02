"""Files that gensim's `save` wrote: `.model` and `.kv`, of gensim 3.x and 4.x.

Layout: a pickle of the object, whose larger arrays stand beside it as FILE.….npy; see
`inert_pickle` for how it is read without running it and `gensim_objects` for what is in it. Names
changed: the words are `index_to_key` (before 4.0 `index2word`, and `vocab`, a dict of objects with
`index` and `count`), W is `wv.vectors` (before 1.0 `syn0`), W′ is `syn1neg` or `syn1` (in 3.x of
`trainables`). FastText saves the words' own rows as `vectors_vocab` and its n-grams' as
`vectors_ngrams`. Doc2Vec's words are read, its documents are not.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    Subwords,
    VectorsData,
)
from lexiscope.formats.kinds.fasttext.subwords import LONGEST_NGRAM, compose
from lexiscope.formats.kinds.gensim.objects import Saved, bytes_beside, is_allowed, to_array
from lexiscope.formats.reading import inert_pickle
from lexiscope.formats.reading.inert import Instance, Items, LongText
from lexiscope.formats.reading.intake import assemble, select

_PROTOCOLS = (2, 3, 4, 5)
_LARGEST = 1 << 62
# gensim's classes have some forty.
_MOST_OPTIONS = 200
_KINDS = {Items: "dict", memoryview: "bytes", LongText: "str"}


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a gensim model or its vectors; nothing in the file is run.

    Raises:
        FormatError: It refers to something that gensim's files do not, is damaged, holds no word
            vectors, or an array's file is missing.
    """
    with mapped(path, disguises=False) as data:
        root = inert_pickle.read(data, path, is_allowed, bytes_beside(path))
    if not isinstance(root, Instance) or not str(root.kind).startswith(("gensim.", "copy")):
        shown = str(root.kind) if isinstance(root, Instance) else _kind(root)
        raise FormatError(
            path, None, f"is a pickle of {shown!r}, expected a model or vectors that gensim saved"
        )
    model = Saved(root, path, path)
    vectors = model.part("wv")
    return select(_as_data(model, model if vectors is None else vectors), options)


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _as_data(model: Saved, saved: Saved) -> VectorsData:
    path = model.path
    words = _words(saved)
    vectors, subwords, warnings = _vectors(saved, words)
    if len(vectors) < len(words):
        raise FormatError(
            path,
            None,
            f"has {len(words):,} words and {len(vectors):,} rows; the file is damaged, or an array "
            "beside it is of another model",
        )
    if len(vectors) > len(words):
        warnings.append(f"{len(vectors) - len(words):,} rows have no word; they were left out")
    result = assemble(words, vectors[: len(words)], counts=_counts(saved, words))
    result.warnings = warnings + result.warnings
    result.subwords = subwords
    result.metadata = _metadata(model, saved)
    trained = model.part("trainables")
    for part in (model, trained):
        output = None if part is None else _output(part, len(words))
        if output is None or len(result.tokens) != len(words):
            continue
        if output.shape[1] == vectors.shape[1] and len(output) in (len(words), len(words) - 1):
            result.output = output
        else:
            result.warnings.append(
                f"the output matrix is of shape {output.shape}, which does not fit, and was left "
                "out"
            )
    return result


def _output(part: Saved, words: int) -> NDArray[Any] | None:
    """W′: a row a word, or after hierarchical softmax a row an inner node of the Huffman tree."""
    output = part.matrix("syn1neg")
    if output is not None:
        return output
    nodes = part.matrix("syn1")
    # The tree has a node less than words; gensim keeps a row too many, never used.
    return None if nodes is None else nodes[: words - 1] if len(nodes) == words else nodes


def _words(saved: Saved) -> list[str]:
    """The words, row by row."""
    found = saved.get("index_to_key", "index2word", "index2entity")
    if found is None:
        found = _from_mapping(saved)
    if not isinstance(found, list) or not found:
        raise FormatError(
            saved.path, None, f"is a {saved.name} without words, expected a gensim model of words"
        )
    kinds = set(map(type, found))
    if kinds - {str, int}:
        raise FormatError(
            saved.path, None, "has words that are neither text nor numbers; the file is damaged"
        )
    if int not in kinds:
        return found
    # Keys may be numbers, as document tags are.
    if not all(type(word) is str or abs(word) < _LARGEST for word in found):
        raise FormatError(
            saved.path, None, f"has a word that is a number beyond {_LARGEST:,}; it is damaged"
        )
    return [str(word) for word in found]


def _from_mapping(saved: Saved) -> list[Any] | None:
    """The words out of a dict that gives their rows."""
    mapping = _items(saved, "key_to_index", "vocab")
    if mapping is None:
        return None
    words: list[Any] = [None] * len(mapping)
    for word, value in mapping:
        row = _row(value)
        if type(row) is not int or not 0 <= row < len(words) or words[row] is not None:
            return None
        words[row] = word
    return words


def _items(saved: Saved, *names: str) -> Items | None:
    """The first of some attributes that is there, where it is a kind of dict."""
    found = saved.get(*names)
    if isinstance(found, Instance):
        found = found.items
    return found if isinstance(found, Items) else None


def _row(value: Any) -> Any:
    if isinstance(value, Instance) and isinstance(value.state, Items):
        return value.state.get("index")
    return value


def _counts(saved: Saved, words: list[str]) -> NDArray[np.int64] | None:
    expandos = saved.get("expandos")
    saved_counts = expandos.get("count") if isinstance(expandos, Items) else None
    if isinstance(saved_counts, Instance):
        counts = to_array(saved_counts, saved.path, "expandos.count")
        if counts.shape != (len(words),) or counts.dtype.kind not in "iu":
            return None
        counts = counts.astype(np.int64)
        return counts if bool((counts >= 0).all()) else None
    vocabulary = _items(saved, "vocab")
    if vocabulary is None:
        return None
    # Words are strings, which may be hashed.
    of_words = {word: _count(value) for word, value in vocabulary if type(word) is str}
    found = np.fromiter((of_words.get(word, -1) for word in words), np.int64, len(words))
    return found if bool((found >= 0).all()) else None


def _count(value: Any) -> int:
    """A word's count; -1 where there is none that could be one."""
    if not isinstance(value, Instance) or not isinstance(value.state, Items):
        return -1
    count = value.state.get("count")
    return count if type(count) is int and 0 <= count < _LARGEST else -1


def _vectors(saved: Saved, words: list[str]) -> tuple[Matrix, Subwords | None, list[str]]:
    """W, the n-grams' part where there is one, and what to tell the user."""
    subwords, warnings = _subwords(saved)
    vectors = saved.matrix("vectors", "syn0")
    own = saved.matrix("vectors_vocab", "syn0_vocab") if vectors is None else None
    _check_width(saved, vectors if own is None else own, subwords)
    if own is not None and subwords is None and not warnings:
        vectors = own
    elif own is not None and subwords is not None and len(own) >= len(words):
        encoded = [tokens.encode(word) for word in words]
        vectors = compose(encoded, own, np.arange(len(words)), subwords)
    if vectors is None:
        raise FormatError(
            saved.path,
            None,
            f"is a {saved.name} without vectors, in it or in a file beside it; save the vectors "
            "in gensim with save_word2vec_format",
        )
    return vectors, subwords, warnings


def _check_width(saved: Saved, rows: Matrix | None, subwords: Subwords | None) -> None:
    """Refuses n-grams' rows that cannot be added to the words'."""
    if rows is None or subwords is None or rows.shape[1] == subwords.rows.shape[1]:
        return
    raise FormatError(
        saved.path,
        "attribute 'vectors_ngrams'",
        f"has rows of {subwords.rows.shape[1]:,} values, where the words' have "
        f"{rows.shape[1]:,}; the file is damaged, or an array beside it is of another model",
    )


def _subwords(saved: Saved) -> tuple[Subwords | None, list[str]]:
    """The rows of n-grams that a FastText model saved."""
    rows = saved.matrix("vectors_ngrams")
    if rows is None:
        return None, []
    minn, maxn, buckets = (saved.get(name) for name in ("min_n", "max_n", "bucket"))
    sound = all(type(number) is int for number in (minn, maxn, buckets))
    if not sound or not 0 <= minn <= LONGEST_NGRAM or not 0 <= maxn <= LONGEST_NGRAM:
        raise FormatError(
            saved.path, None, "has n-grams' rows without their lengths; the file is damaged"
        )
    if maxn < max(1, minn) or buckets == 0:
        return None, []
    if saved.get("compatible_hash") is not True or len(rows) != buckets:
        return None, [
            "its n-grams are hashed in an old way of gensim's, so that unseen words have no vectors"
        ]
    return Subwords(minn=minn, maxn=maxn, buckets=buckets, rows=rows), []


def _metadata(model: Saved, saved: Saved) -> dict[str, Any]:
    """The training options that are plain numbers, by gensim's names."""
    state = model.instance.state
    found = (
        (name, value)
        for name, value in (state if isinstance(state, Items) else ())
        if isinstance(name, str) and name.isidentifier() and not name.startswith("_")
        if type(value) in (int, float, bool) and abs(value) < _LARGEST  # false for NaN
    )
    options = dict(islice(found, _MOST_OPTIONS))
    return {"gensim": {"class": model.name if model is not saved else saved.name, **options}}


def _sniff(head: bytes, _path: Path) -> bool:
    # A zip (torch's files) or a text never starts so.
    return len(head) > 2 and head[0] == 0x80 and head[1] in _PROTOCOLS


FORMAT = Format(
    name="gensim",
    description="gensim's own save (.model, .kv)",
    extensions=(".model", ".kv"),
    sniff=_sniff,
    read=read,
    write=None,
)
