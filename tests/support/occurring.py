"""A table of words in their sentences, as `lexiscope contextual` writes it, of made-up vectors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.corpus.columns import Columns, ParquetTable
from lexiscope.contextual.text.words import Words

DIMENSION = 16
RIVER = ("the grassy {} by the water was steep", "a fish swam near the {} of the water")
MONEY = ("the {} lends money to the town", "a clerk counted money in the {}", "the {} took a fee")


@dataclass(frozen=True)
class Corpus:
    """Sentences about a bank of a river and a bank of money, and what was written of them.

    Attributes:
        path: The file.
        texts: The sentences.
        senses: Of each, 0 for money and 1 for the river.
        vectors: Of each one's "bank".
    """

    path: Path
    texts: list[str]
    senses: NDArray[np.int64]
    vectors: NDArray[np.float32]


def corpus_of_banks(folder: Path, *, many: int = 60, parts: int = 3, only: str = "") -> Corpus:
    """Writes such a table.

    Args:
        folder: Where.
        many: Sentences.
        parts: Row groups.
        only: A word that alone has rows; all words where it is empty.
    """
    rng = np.random.default_rng(4)
    senses = (rng.random(many) < 0.4).astype(np.int64)
    kinds = (MONEY, RIVER)
    texts = [kinds[sense][i % len(kinds[sense])].format("bank") for i, sense in enumerate(senses)]
    texts[7] = f"Once {texts[7]}"
    centres = rng.normal(size=(2, DIMENSION))
    paths, banks = [], np.empty((many, DIMENSION), np.float32)
    for part in range(parts):
        numbers = np.arange(part * many // parts, (part + 1) * many // parts)
        words = Words.found([texts[number] for number in numbers], "words")
        vectors = rng.normal(size=(len(words.spellings), DIMENSION)).astype(np.float32)
        owners = words.sentences.owner()
        is_bank = np.array([word == "bank" for word in words.spellings])
        vectors[is_bank] = centres[senses[numbers[owners[is_bank]]]] + 0.4 * vectors[is_bank]
        banks[numbers[owners[is_bank]]] = vectors[is_bank]
        pieces = np.ones(len(owners), np.int64)
        pieces[[word == "fee" for word in words.spellings]] = 0  # as if it had no token
        vectors[pieces == 0] = np.nan
        kept = is_bank if only else np.ones(len(owners), bool)
        paths.append(folder / f"part{part}")
        with paths[-1].open("wb") as stream:
            ParquetTable("float32").write(
                stream, _columns(words, pieces, vectors, numbers[0], np.flatnonzero(kept))
            )
    path = folder / "words.parquet"
    with path.open("wb") as stream:
        ParquetTable("float32").join(stream, paths, {"model": "a/model"})
    return Corpus(path, texts, senses, banks)


def _columns(
    words: Words,
    pieces: NDArray[np.int64],
    vectors: NDArray[np.float32],
    first: int,
    rows: NDArray[np.int64],
) -> Columns:
    owners = words.sentences.owner()[rows]
    return Columns(
        words=[words.spellings[row] for row in rows.tolist()],
        numbers={
            "sentence": first + owners,
            "place": words.places[rows].astype(np.int32),
            "start": words.spans[rows, 0].astype(np.int32),
            "end": words.spans[rows, 1].astype(np.int32),
            "pieces": pieces[rows].astype(np.int32),
        },
        vectors=vectors[rows],
        texts=words.texts,
        owners=owners,
    )
