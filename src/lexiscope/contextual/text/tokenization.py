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
from lexiscope.contextual.text.token_spans import Span, agrees, align, is_blank
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.errors import LexiscopeError

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
    """

    def __init__(self, tokenizer: Any) -> None:
        import regex

        self._tokenizer = tokenizer
        self._unknown = tokenizer.unk_token_id
        self._spelling: dict[int, str] = {}
        self._blank: dict[int, bool] = {}
        self._checked: dict[tuple[int, str], bool] = {}
        self._units = [regex.compile(pattern).finditer for pattern in _UNITS]

    @property
    def limit(self) -> int | None:
        """The tokens that the tokenizer says a model can take; None where it says none."""
        limit = self._tokenizer.model_max_length
        return int(limit) if isinstance(limit, int) and limit < _NO_LIMIT else None

    def spellings(self, ids: Iterable[int]) -> list[str]:
        """Tokens as the tokenizer spells them."""
        spelling = self._spelling
        listed = list(ids)
        for number in {n for n in listed if n not in spelling}:
            spelling[number] = str(self._tokenizer.convert_ids_to_tokens(number))
        return [spelling[number] for number in listed]

    def tokenize(self, texts: Sequence[str]) -> Tokens:
        """The tokens of some texts.

        Raises:
            LexiscopeError: A slow tokenizer's tokens cannot be placed in a text.
        """
        if self._tokenizer.is_fast:
            parts = self._fast(texts)
        else:
            parts = [self._slow(text) for text in texts]
        return self._put_together(texts, parts)

    def _fast(self, texts: Sequence[str]) -> list[_TextTokens]:
        if not texts:
            return []
        encoded = self._tokenizer(
            list(texts),
            add_special_tokens=True,
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        parts = []
        for text, encoding in zip(texts, encoded.encodings, strict=True):
            mask = encoding.special_tokens_mask
            front = next((place for place, added in enumerate(mask) if not added), len(mask))
            back = next((place for place, added in enumerate(reversed(mask)) if not added), 0)
            tokens = _TextTokens(list(encoding.ids), list(encoding.offsets), front, back)
            self._check(text, tokens)
            parts.append(tokens)
        return parts

    def _check(self, text: str, tokens: _TextTokens) -> None:
        """Replaces places that disagree with the text, where a search finds better ones."""
        end = len(tokens.ids) - tokens.back
        ids = tokens.ids[tokens.front : end]
        spans = [
            (start, start) if self._is_blank(number) else (start, stop)
            for number, (start, stop) in zip(ids, tokens.spans[tokens.front : end], strict=True)
        ]
        tokens.spans[tokens.front : end] = spans
        if _in_order(spans, len(text)) and self._spelled(text, ids, spans):
            return
        better = align(self.spellings(ids), text)
        if better is None and not _in_order(spans, len(text)):
            better = self._by_units(text, ids)
        if better is not None:
            tokens.spans[tokens.front : end] = better
        elif not _in_order(spans, len(text)):
            raise _cannot_place(text)

    def _is_blank(self, number: int) -> bool:
        """Whether a token is spaces only.

        The one that SentencePiece puts in front of a text is told to be the text's first character.
        """
        blank = self._blank.get(number)
        if blank is None:
            blank = self._blank[number] = is_blank(self.spellings([number])[0])
        return blank

    def _spelled(self, text: str, ids: list[int], spans: list[Span]) -> bool:
        checked = self._checked
        if len(checked) > _MOST_CHECKED:
            checked.clear()
        for number, (start, stop) in zip(ids, spans, strict=True):
            piece = text[start:stop]
            fits = checked.get((number, piece))
            if fits is None:
                fits = number == self._unknown or agrees(self.spellings([number])[0], piece)
                checked[number, piece] = fits
            if not fits:
                return False
        return True

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

    def _put_together(self, texts: Sequence[str], parts: list[_TextTokens]) -> Tokens:
        counts = np.fromiter((len(part.ids) for part in parts), np.int64, len(parts))
        sentences = Ragged.of_counts(counts)
        ids = np.fromiter(chain.from_iterable(part.ids for part in parts), np.int64, sentences.size)
        pairs = chain.from_iterable(part.spans for part in parts)
        flat = np.fromiter(chain.from_iterable(pairs), np.int64, 2 * sentences.size)
        fronts = np.fromiter((part.front for part in parts), np.int64, len(parts))
        backs = np.fromiter((part.back for part in parts), np.int64, len(parts))
        offsets = sentences.offsets
        inner = np.stack([offsets[:-1] + fronts, offsets[1:] - backs], axis=1)
        tokens = Tokens(ids=ids, spans=flat.reshape(-1, 2), inner=inner, sentences=sentences)
        tokens.spans[tokens.special] = 0
        return replace(tokens, spans=_without_spaces(texts, tokens))


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


def _without_spaces(texts: Sequence[str], tokens: Tokens) -> Ints:
    """Moves starts and ends over spaces; a token of nothing but spaces gets an empty span."""
    joined = "\n".join(texts) + "\n"
    lengths = np.fromiter((len(text) + 1 for text in texts), np.int64, len(texts))
    characters = np.frombuffer(joined.encode("utf-32-le"), np.uint32)
    kinds = np.unique(characters)
    spaces = kinds[[chr(number).isspace() for number in kinds]]
    filled = ~np.isin(characters, spaces)
    place = np.arange(len(characters) + 1)
    # The next character from each place on that is no space, and the end of the one before it.
    following = np.append(np.where(filled, place[:-1], len(characters)), len(characters))
    following = np.minimum.accumulate(following[::-1])[::-1]
    before = np.maximum.accumulate(np.append(0, np.where(filled, place[1:], 0)))
    base = np.repeat(Ragged.of_counts(lengths).starts, tokens.sentences.counts)
    first, last = tokens.spans[:, 0] + base, tokens.spans[:, 1] + base
    stop = np.maximum(np.minimum(before[last], last), first)
    start = np.minimum(following[first], stop)
    return np.stack([start, stop], axis=1) - base[:, None]
