"""Spelling of tokens: tables by id, filled when one is first met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.text.token_spans import is_blank, readings

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class _Tables:
    """What is known of V ids; never changed once made, so that threads may read it.

    Attributes:
        known: Which ids are met already (V).
        spelled: The token as the tokenizer spells it (V).
        blank: Which stand for spaces only (V).
        starts, sizes: Where in `characters` the likeliest reading of each is; size −1 where it has
            none that is text (V).
        characters: All readings, one behind the other.
    """

    known: Flags
    spelled: NDArray[np.object_]
    blank: Flags
    starts: Ints
    sizes: Ints
    characters: NDArray[np.uint32]


class TokenTable:
    """A tokenizer's tokens by their ids.

    Args:
        tokenizer: Of transformers.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._tables = _Tables(
            known=np.empty(0, np.bool_),
            spelled=np.empty(0, np.object_),
            blank=np.empty(0, np.bool_),
            starts=np.empty(0, np.int64),
            sizes=np.empty(0, np.int64),
            characters=np.empty(0, np.uint32),
        )

    def spellings(self, ids: Ints) -> list[str]:
        """Tokens as the tokenizer spells them."""
        spelled: list[str] = self._for(ids).spelled[ids].tolist()
        return spelled

    def spelled(self, ids: Ints) -> NDArray[np.object_]:
        """A table by id that has the spellings of these, and is never changed."""
        return self._for(ids).spelled

    def blank(self, ids: Ints) -> Flags:
        """Which tokens are spaces only.

        The one that SentencePiece puts in front of a text is told to be the text's first character.
        """
        blank: Flags = self._for(ids).blank[ids]
        return blank

    def readings(self, ids: Ints) -> tuple[Ints, Ints, NDArray[np.uint32]]:
        """What tokens are likeliest to stand for, without spaces.

        Returns:
            Starts and sizes in the characters that are the third; size −1 where it is no text.
        """
        tables = self._for(ids)
        return tables.starts[ids], tables.sizes[ids], tables.characters

    def _for(self, ids: Ints) -> _Tables:
        """Tables that have all these ids."""
        tables = self._tables
        size = 1 + int(ids.max(initial=-1))
        if size > len(tables.known) or not tables.known[ids].all():
            tables = self._tables = self._with(tables, ids, size)
        return tables

    def _with(self, tables: _Tables, ids: Ints, size: int) -> _Tables:
        room = max(size, len(tables.known))
        more = room - len(tables.known)
        known = np.append(tables.known, np.zeros(more, np.bool_))
        spelled = np.append(tables.spelled, np.empty(more, np.object_))
        blank = np.append(tables.blank, np.zeros(more, np.bool_))
        starts = np.append(tables.starts, np.zeros(more, np.int64))
        sizes = np.append(tables.sizes, np.full(more, -1, np.int64))
        parts, end = [tables.characters], len(tables.characters)
        for number in np.unique(ids[~known[ids]]).tolist():
            token = str(self._tokenizer.convert_ids_to_tokens(number))
            known[number], spelled[number], blank[number] = True, token, is_blank(token)
            reading = _reading(token)
            if reading:
                parts.append(np.frombuffer(reading.encode("utf-32-le"), np.uint32))
                starts[number], sizes[number] = end, len(reading)
                end += len(reading)
        return _Tables(
            known=known,
            spelled=spelled,
            blank=blank,
            starts=starts,
            sizes=sizes,
            characters=np.concatenate(parts),
        )


def _reading(token: str) -> str | None:
    """The likeliest text of a token; None where it is part of a character only."""
    try:
        return readings(token, 0)[0].decode("utf-8")
    except UnicodeDecodeError:
        return None
