"""Tokenization: texts to tokens, each with the characters that it stands for.

A fast tokenizer tells the characters. What it tells is checked against the text: tokens must stand
one behind the other, inside the text, and be spelled like what they stand for; where they are not,
and a search by spelling finds places for all of them, those are taken. Slow tokenizers tell
nothing, so there the search is all (`token_spans.py`); what it cannot place because a token is
unknown is tokenized once more word by word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.backend import Backend, RawTokens
from lexiscope.contextual.text.characters import FOLDED, JoinedTexts
from lexiscope.contextual.text.spelling import TokenTable
from lexiscope.contextual.text.token_spans import Span, agrees, align
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.errors import CorpusError, LexiscopeError

Ints = NDArray[np.int64]

# Pieces that tokenizers keep apart; the second where the first gives other tokens than the whole.
_UNITS = (
    r"\p{Han}|(?:(?!\p{Han})[\p{L}\p{M}\p{N}])+|[^\s\p{L}\p{M}\p{N}]",
    r"\S+",
)
_MOST_CHECKED = 1 << 20
_NO_LIMIT = 1 << 40  # what `model_max_length` is beyond where nobody set one


@dataclass
class _TextTokens:
    """The tokens of one text: those in front, its own, those at the end."""

    ids: list[int]
    spans: list[Span]
    front: int
    back: int


class TextTokenizer:
    """A tokenizer of transformers, asked for tokens and where they stand.

    Padding, its side, and truncation are left out of it: no setting of the tokenizer's changes
    what comes out.

    Args:
        tokenizer: A fast or a slow one.
        rows: How many rows the model's matrix has; None where any id will do.
    """

    def __init__(self, tokenizer: Any, rows: int | None = None) -> None:
        import regex

        self._tokenizer = tokenizer
        self._rows = rows
        self._unknown = tokenizer.unk_token_id
        self._backend = Backend(tokenizer) if tokenizer.is_fast else None
        self._table = TokenTable(tokenizer)
        self._checked: dict[tuple[int, str], bool] = {}
        self._units = [regex.compile(pattern).finditer for pattern in _UNITS]

    @property
    def limit(self) -> int | None:
        """The tokens that the tokenizer says a model can take; None where it says none."""
        limit = self._tokenizer.model_max_length
        return int(limit) if isinstance(limit, int) and limit < _NO_LIMIT else None

    def spellings(self, ids: Iterable[int]) -> list[str]:
        """Tokens as the tokenizer spells them."""
        listed = ids if isinstance(ids, np.ndarray) else np.fromiter(ids, np.int64)
        return self._table.spellings(listed)

    def spelled(self, ids: Ints) -> NDArray[np.object_]:
        """A table by id that has the spellings of these."""
        return self._table.spelled(ids)

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """The tokens of some texts.

        Raises:
            CorpusError: A text has a token that the model has no row for.
            LexiscopeError: A slow tokenizer's tokens cannot be placed in a text.
        """
        raw = self._slow_all(texts) if self._backend is None else self._backend.encode(texts)
        joined = JoinedTexts.of(texts)
        tokens = Tokens(ids=raw.ids, spans=raw.spans, inner=raw.inner, sentences=raw.sentences)
        tokens.spans[tokens.special] = 0
        bases = np.repeat(joined.texts.starts, tokens.sentences.counts)
        if self._backend is not None:
            for number in self._doubtful(joined, tokens, bases):
                self._place_again(texts[number], tokens, number)
        tokens = replace(tokens, spans=joined.without_spaces(tokens.spans, bases))
        self._check_rows(texts, tokens)
        return tokens

    def _check_rows(self, texts: Sequence[str], tokens: Tokens) -> None:
        """Refuses ids beyond the model's matrix: its tokenizer was extended, and the model not."""
        if self._rows is None or int(tokens.ids.max(initial=0)) < self._rows:
            return
        place = int(np.argmax(tokens.ids >= self._rows))
        number = int(tokens.ids[place])
        text = texts[int(tokens.sentences.owner()[place])]
        raise CorpusError(
            f"{text[:60]!r} has the token {self.spellings([number])[0]!r} (id {number}), for which "
            f"the model has no row: its matrix has {self._rows:,}. The tokenizer was extended and "
            "the model was not: leave such tokens out of the text, or save the model again after "
            "model.resize_token_embeddings(len(tokenizer))"
        )

    def _doubtful(self, joined: JoinedTexts, tokens: Tokens, bases: Ints) -> list[int]:
        """The texts that have a token where it cannot be, or that is spelled otherwise.

        Blank tokens get an empty span where they start.
        """
        ids, spans, special = tokens.ids, tokens.spans, tokens.special
        blank = self._table.blank(ids) & ~special
        spans[blank, 1] = spans[blank, 0]
        owner = tokens.sentences.owner()
        lengths = joined.lengths[owner]
        wrong = (spans[:, 0] > spans[:, 1]) | (spans[:, 1] > lengths)
        both = ~special[1:] & ~special[:-1] & (owner[1:] == owner[:-1])
        wrong[1:] |= both & (spans[1:] < spans[:-1]).any(axis=1)
        unsure = ~(special | blank | wrong)
        if self._unknown is not None:
            unsure &= ids != self._unknown
        places = np.flatnonzero(unsure)
        places = places[~self._spelled_alike(joined, ids[places], spans[places], bases[places])]
        starts = (spans[places] + bases[places, None]).tolist()
        for place, number, (start, stop) in zip(
            places.tolist(), ids[places].tolist(), starts, strict=True
        ):
            wrong[place] = not self._fits(number, joined.joined[start:stop])
        doubtful: list[int] = np.unique(owner[wrong]).tolist()
        return doubtful

    def _spelled_alike(
        self, joined: JoinedTexts, ids: Ints, spans: Ints, bases: Ints
    ) -> NDArray[np.bool_]:
        """Which tokens have the characters of their text, but for spaces around and their case.

        What is not told apart in this way may still agree (see `token_spans.agrees`).
        """
        starts, sizes, characters = self._table.readings(ids)
        spans = joined.without_spaces(spans, bases)
        alike: NDArray[np.bool_] = (sizes > 0) & (sizes == spans[:, 1] - spans[:, 0])
        chosen = np.flatnonzero(alike)
        layout = Ragged.of_counts(sizes[chosen])
        if layout.size:
            text = joined.characters[layout.ranges(spans[chosen, 0] + bases[chosen])]
            token = characters[layout.ranges(starts[chosen])]
            same = (text == token) | (FOLDED.of(text) == FOLDED.of(token))
            alike[chosen] = np.logical_and.reduceat(same, layout.starts)
        return alike

    def _place_again(self, text: str, tokens: Tokens, number: int) -> None:
        """Replaces places that disagree with the text, where a search finds better ones."""
        own = slice(*tokens.inner[number].tolist())
        ids, spans = tokens.ids[own], tokens.spans[own]
        better = align(self.spellings(ids), text)
        if better is None and not _in_order(spans.tolist(), len(text)):
            better = self._by_units(text, ids.tolist())
            if better is None:
                raise _cannot_place(text)
        if better is not None:
            tokens.spans[own] = np.array(better, np.int64).reshape(-1, 2)

    def _fits(self, number: int, piece: str) -> bool:
        """Whether a token can stand for a piece of text."""
        checked = self._checked
        fits = checked.get((number, piece))
        if fits is None:
            if len(checked) > _MOST_CHECKED:
                checked.clear()
            fits = checked[number, piece] = agrees(self.spellings([number])[0], piece)
        return fits

    def _slow(self, text: str) -> _TextTokens:
        plain = self._ids(text, special=False)
        whole = self._ids(text, special=True)
        front = _place_of(plain, whole)
        spans: list[Span] | None = None
        if front is not None:
            spans = None if self._unknown in plain else align(self.spellings(plain), text)
            if spans is None:
                spans = self._by_units(text, plain)
        if front is None or spans is None:
            raise _cannot_place(text)
        back = len(whole) - front - len(plain)
        nowhere = [(0, 0)]
        return _TextTokens(whole, nowhere * front + spans + nowhere * back, front, back)

    def _ids(self, text: str, *, special: bool) -> list[int]:
        encoded = self._tokenizer(
            text, add_special_tokens=special, padding=False, truncation=False, verbose=False
        )
        return [int(number) for number in encoded["input_ids"]]

    def _by_units(self, text: str, ids: list[int]) -> list[Span] | None:
        """Places tokens by tokenizing words and signs alone, if together they give the same.

        A token that is unknown gets the place of its whole word.
        """
        for find in self._units:
            at = 0
            spans: list[Span] = []
            for match in find(text):
                own = self._unit_ids(match[0], first=match.start() == 0, rest=ids[at:])
                if own is None:
                    break
                placed = align(self.spellings(own), match[0])
                if placed is None:
                    spans += [match.span()] * len(own)
                else:
                    spans += [(match.start() + a, match.start() + b) for a, b in placed]
                at += len(own)
            if at == len(ids):
                return spans
        return None

    def _unit_ids(self, unit: str, *, first: bool, rest: list[int]) -> list[int] | None:
        """The ids of a unit alone, if a text goes on with them."""
        for spelled in (unit,) if first else (unit, f" {unit}"):
            own = self._ids(spelled, special=False)
            if own == rest[: len(own)]:
                return own
        return None

    def _slow_all(self, texts: Sequence[str]) -> RawTokens:
        parts = [self._slow(text) for text in texts]
        counts = np.fromiter((len(part.ids) for part in parts), np.int64, len(parts))
        sentences = Ragged.of_counts(counts)
        ids = np.fromiter(chain.from_iterable(part.ids for part in parts), np.int64, sentences.size)
        pairs = chain.from_iterable(part.spans for part in parts)
        flat = np.fromiter(chain.from_iterable(pairs), np.int64, 2 * sentences.size)
        fronts = np.fromiter((part.front for part in parts), np.int64, len(parts))
        backs = np.fromiter((part.back for part in parts), np.int64, len(parts))
        offsets = sentences.offsets
        inner = np.stack([offsets[:-1] + fronts, offsets[1:] - backs], axis=1)
        return RawTokens(ids=ids, spans=flat.reshape(-1, 2), inner=inner, sentences=sentences)


def _cannot_place(text: str) -> LexiscopeError:
    return LexiscopeError(
        f"the tokenizer does not say where its tokens stand in {text[:60]!r}, and their spelling "
        "does not tell; use the model's fast tokenizer (a tokenizer.json)"
    )


def _in_order(spans: Sequence[Span], length: int) -> bool:
    """Whether tokens stand one behind the other inside a text of that length."""
    before = (0, 0)
    for start, stop in spans:
        if start < before[0] or stop < before[1] or start > stop or stop > length:
            return False
        before = (start, stop)
    return True


def _place_of(part: list[int], whole: list[int]) -> int | None:
    for place in range(len(whole) - len(part) + 1):
        if whole[place : place + len(part)] == part:
            return place
    return None
