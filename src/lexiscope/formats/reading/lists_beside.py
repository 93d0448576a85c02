"""Lists of words beside a matrix: which files of its folder may have its rows' words, by name.

Everybody calls the two something else: `emb.npy` and `emb_words.txt`, `vectors.npy` and
`words.npy`, `entity2vec.vec` and `entity2id.txt`, `W.npy` and `word2idx.json`, `1900-w.npy` and
`1900-vocab.pkl`. A file that has the matrix' own name in its own is asked before those that any
matrix of the folder may have; packed or not (`words.txt.gz`), in capitals or not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from lexiscope.files.compression import SUFFIXES
from lexiscope.files.opening import unwrapped_stem
from lexiscope.files.unwrapping import archive_at

# What a table of vectors is called, and what the table of its words is called instead.
_VECTORS = re.compile(
    r"vectors?|vecs?|tensors?|embeddings?|embeds?|embs?|matrix|weights?",
    re.IGNORECASE,
)
_OF_LETTERS = "word|token|idx|index|id|key|entity|label|i|w|s"
_LISTS = re.compile(
    r"(?:vocab(?:ulary|s)?|words?|word_?list|tokens?|labels?|meta(?:data)?|names?|keys?|"
    r"row_?vocab|dict(?:ionary)?|terms?|lexicon|entit(?:y|ies)|nodes?|items?|itos|stoi|"
    rf"(?:{_OF_LETTERS})_?(?:2|to_?)_?(?:{_OF_LETTERS})|"
    r"(?:word|index|token|key)_(?:index|word|token|key|map|ids?|dict)|"
    r"(?:vocab|tokens?|words?)_?(?:list|dict|ids?))(?:_(?:list|dict|map))?"
)
_INSTEAD = (
    "metadata", "meta", "labels", "label", "words", "word", "vocabulary", "vocab", "tokens",
    "names", "keys",
)  # fmt: skip
_ENDINGS = frozenset(
    {
        "", ".tsv", ".txt", ".csv", ".json", ".vocab", ".npy", ".pkl", ".pickle", ".dict", ".lst",
        ".list", ".yml",
    }
)  # fmt: skip
# Endings that say it all, behind the matrix' own name.
_OWN_ENDINGS = frozenset({".vocab", ".words", ".labels", ".tokens", ".keys", ".dict"})
# What may lie beside a matrix under its own name for another reason: settings, the vectors as text.
_OWN_IF_FITTING = frozenset({".vec", ".tsv", ".csv", ".json", ".pkl", ".pickle", ".lst", ".list"})
# In a folder these have words, whatever else is in it.
_FOR_SURE = (
    "vocabulary.tsv", "vocab.tsv", "vocab.txt", "vocab.json", "tokens.txt", "metadata.tsv",
)  # fmt: skip
_TOKENIZER = "tokenizer.json"
_ENTITIES = re.compile(r"(.*)2vec(.*)")
_HISTWORDS = re.compile(r"(.+)-[wcuv]")
_MOST_FILES = 20_000
# Larger than this, and this for each row of the matrix, no list of its words is.
_LEAST_BYTES, _BYTES_A_ROW = 1 << 24, 1 << 16


@dataclass(frozen=True)
class Named:
    """A file that may have the words.

    Attributes:
        path: The file.
        is_sure: Whether nothing else is called so, so that one that does not fit is an error.
        is_own: Whether it has the matrix' name.
    """

    path: Path
    is_sure: bool
    is_own: bool


def beside(matrix: Path) -> list[Named]:
    """The files that may have a matrix' words: those of its own name, then the folder's.

    A list of this package's, under the matrix' name, comes first.
    """
    return sorted(_all(matrix), key=lambda named: (not named.is_own, _rank(named.path)))


def in_archive(path: Path) -> str | None:
    """The name of a list of words in the archive that a matrix is in; None where there is none."""
    archive = archive_at(path)
    if archive is None or archive.member is None:
        return None
    for name in archive.names:
        plain = PurePosixPath(_unpacked(name.lower()))
        if name != archive.member and plain.suffix in _ENDINGS and _is_list(plain.stem):
            return name
    return None


def may_have_words_of(listed: Path, rows: int) -> bool:
    """Whether a file is not too large to be the list of so many words."""
    try:
        return listed.stat().st_size <= max(_LEAST_BYTES, rows * _BYTES_A_ROW)
    except OSError:
        return False


def _rank(path: Path) -> tuple[bool, int, str]:
    """Where a file stands among others: this package's first, then those that nobody mistakes."""
    plain = _unpacked(path.name.lower())
    place = _FOR_SURE.index(plain) if plain in _FOR_SURE else len(_FOR_SURE)
    return not plain.endswith(".vocab.tsv"), place, plain


def _all(matrix: Path) -> Iterator[Named]:
    stem = unwrapped_stem(matrix).lower()
    own = set(_own_stems(stem))
    for name in _names(matrix.parent):
        if name == matrix.name:
            continue
        plain = _unpacked(name.lower())
        start, dot, end = plain.rpartition(".")
        bare, ending = (start, dot + end) if start else (plain, "")
        if ending not in _ENDINGS | _OWN_ENDINGS | _OWN_IF_FITTING:
            continue
        path = matrix.with_name(name)
        if bare == stem and ending in _OWN_ENDINGS | {".txt"}:
            yield Named(path, is_sure=True, is_own=True)
        elif bare == stem and ending in _OWN_IF_FITTING:
            yield Named(path, is_sure=False, is_own=True)
        elif ending in _ENDINGS and (bare in own or _is_behind(bare, stem)):
            # `labels.txt` beside `vectors.npy` may as well be those of something else.
            is_sure = plain in _FOR_SURE or not _is_list(bare)
            yield Named(path, is_sure=is_sure and ending != ".npy", is_own=True)
        elif (ending in _ENDINGS and _is_list(bare)) or plain == _TOKENIZER:
            yield Named(path, is_sure=plain in _FOR_SURE, is_own=False)


def _names(folder: Path) -> list[str]:
    """The names of the files in a folder."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in islice(entries, _MOST_FILES) if entry.is_file()]
    except OSError:
        return []


def _unpacked(name: str) -> str:
    ending = Path(name).suffix
    return name.removesuffix(ending) if ending in SUFFIXES else name


def _is_behind(bare: str, stem: str) -> bool:
    """Whether a name is the matrix' with a list's behind it: `emb_words`, `emb.vocab`."""
    rest = bare.removeprefix(stem)
    return len(rest) < len(bare) and rest[:1] in ("_", "-", ".") and _is_list(rest[1:])


def _is_list(name: str) -> bool:
    return _LISTS.fullmatch(name) is not None


def _own_stems(stem: str) -> Iterator[str]:
    """Names that lists have in the place of the matrix' own."""
    match = _ENTITIES.fullmatch(stem)
    if match is not None:
        yield f"{match[1]}2id{match[2]}"
    match = _HISTWORDS.fullmatch(stem)
    if match is not None:
        yield f"{match[1]}-vocab"
    for match in _VECTORS.finditer(stem):
        start, end = stem[: match.start()], stem[match.end() :]
        for word in _INSTEAD:
            yield f"{start}{word}{end}"
