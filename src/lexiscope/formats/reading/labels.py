"""Labels of a table of numbers: which file beside it has the words of its rows.

By the names that programs give the two (`vectors.tsv` and `metadata.tsv`, `vecs.tsv` and
`meta.tsv`, `entity2vec.vec` and `entity2id.txt`), and by the number of rows. What is in the file
`token_lists` reads. Where two files could be the labels and are not the same words, neither is
taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.opening import unwrapped_stem
from lexiscope.formats.reading import vocabulary_file
from lexiscope.formats.reading.token_lists.contract import OtherLengthError
from lexiscope.formats.reading.vocabulary_file import Words

# What a table of vectors is called, and what the table of its words is called instead.
_VECTORS = re.compile(
    r"vectors|vector|vecs|vec|tensors|tensor|embeddings|embedding|embeds|embed|embs|emb|matrix",
    re.IGNORECASE,
)
_WORDS = (
    "metadata", "meta", "labels", "label", "words", "word", "vocabulary", "vocab", "tokens",
    "names", "keys",
)  # fmt: skip
_IN_FOLDER = (".tsv", ".txt", ".csv", ".json")
_ENDINGS = (".tsv", ".txt", ".csv", ".vocab", ".json", "")


@dataclass(frozen=True)
class Labels:
    """The words of a table's rows, and the file that they are in."""

    path: Path
    words: Words


def names_beside(vectors: Path) -> list[Path]:
    """The files beside a table of vectors that could have its words, the likeliest first."""
    stem, ending = unwrapped_stem(vectors), vectors.suffix
    match = _VECTORS.search(stem)
    names: list[str] = []
    if match is not None:
        start, end = stem[: match.start()], stem[match.end() :]
        if start.endswith("2"):
            names += [f"{start}id{end}.txt"]  # entity2vec and entity2id
        endings = dict.fromkeys((ending, *_ENDINGS))
        names += [f"{start}{word}{end}{other}" for word in _WORDS for other in endings]
    names += [
        f"{stem}{sign}{word}{other}"
        for sign in ("_", "-", ".")
        for word in _WORDS
        for other in _ENDINGS
    ]
    return _there(vectors, names)


def names_in_folder(vectors: Path) -> list[Path]:
    """The files of the folder that could have the words of any table in it."""
    names = [f"{word}{ending}" for word in _WORDS for ending in _IN_FOLDER]
    return _there(vectors, names)


def _there(vectors: Path, names: list[str]) -> list[Path]:
    found = [vectors.with_name(name) for name in dict.fromkeys(names) if name not in (".", "")]
    return [path for path in found if path != vectors and path.is_file()]


def find(vectors: Path, rows: int) -> Labels:
    """The words of a table's rows.

    Args:
        vectors: The table.
        rows: How many rows it has.

    Raises:
        FormatError: No file beside it has one word a row, or two have, and other words.
    """
    misfits: list[str] = []
    damaged: FormatError | None = None
    for candidates in (names_beside(vectors), names_in_folder(vectors)):
        fitting: list[Labels] = []
        for path in candidates:
            try:
                fitting.append(Labels(path, vocabulary_file.read_any(path, rows)))
            except OtherLengthError as error:
                misfits.append(f"the table of words {path.name} {error.words:,}")
            except FormatError as error:
                # JSON of such a name may be anything.
                damaged = damaged or (None if path.suffix == ".json" else error)
        if fitting:
            return _only(vectors, fitting, rows)
    if damaged is not None:
        raise damaged
    if misfits:
        told = "; ".join(list(dict.fromkeys(misfits))[:2])
        raise FormatError(
            vectors, None, f"has {rows:,} rows, but {told}; the two are not of one model"
        )
    raise FormatError(
        vectors,
        None,
        f"is a table of numbers only, {rows:,} rows without words; put the words beside it as "
        f"{unwrapped_stem(vectors)}.metadata.tsv, one a line (a table with words has them in its "
        "first column)",
    )


def _only(vectors: Path, fitting: list[Labels], rows: int) -> Labels:
    """The first of some lists, which all have the same words.

    Raises:
        FormatError: They have other ones.
    """
    first = fitting[0]
    other = next((one for one in fitting[1:] if one.words.tokens != first.words.tokens), None)
    if other is not None:
        raise FormatError(
            vectors,
            None,
            f"is a table of numbers, and both {first.path.name} and {other.path.name} have a word "
            f"for each of its {rows:,} rows, other ones; move one of them away",
        )
    return first
