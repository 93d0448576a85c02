"""Backend: what a fast tokenizer gives for many texts, as flat arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.ragged import Ragged

Ints = NDArray[np.int64]

_ENTRIES = ("__call__", "_encode_plus", "_batch_encode_plus")


@dataclass(frozen=True, kw_only=True)
class RawTokens:
    """The T tokens of S texts as a tokenizer tells them, nothing checked.

    Attributes:
        ids: T.
        spans: Start and end of each in its text, in characters (T × 2).
        inner: For each text, where its own tokens start and end among all, those that were added
            around them left out (S × 2).
        sentences: Which tokens each text has.
    """

    ids: Ints
    spans: Ints
    inner: Ints
    sentences: Ragged


class Backend:
    """A fast tokenizer's own tokenizer, of the `tokenizers` library, without padding or truncation.

    Where these are set, or typed special tokens are to be read in another way, a copy is asked, so
    that the tokenizer stays as it is. Where its class does more than to ask its own (LayoutLM), or
    it cannot be copied (a part written in Python), the tokenizer itself is asked.

    Args:
        tokenizer: A fast one of transformers.
    """

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._plain = _asks_its_own(tokenizer)
        self._copy: tuple[object, Any] | None = None

    def encode(self, texts: Sequence[str]) -> RawTokens:
        """The tokens of some texts."""
        encodings = self._encodings(list(texts)) if texts else []
        listed = [encoding.ids for encoding in encodings]
        sentences = Ragged.of_counts(np.fromiter(map(len, listed), np.int64, len(listed)))
        count = sentences.size
        ids = np.fromiter(chain.from_iterable(listed), np.int64, count)
        # Pairs are made one encoding at a time: all at once the garbage collector would go through.
        pairs = chain.from_iterable(e.offsets for e in encodings)
        flat = np.fromiter(chain.from_iterable(pairs), np.int64, 2 * count)
        masks = chain.from_iterable([e.special_tokens_mask for e in encodings])
        added = np.fromiter(masks, np.bool_, count)
        return RawTokens(
            ids=ids,
            spans=flat.reshape(-1, 2),
            inner=_inner(added, sentences),
            sentences=sentences,
        )

    def _encodings(self, texts: list[str]) -> list[Any]:
        own = self._own()
        if own is not None:
            return list(own.encode_batch(texts, add_special_tokens=True))
        encoded: Any = self._tokenizer(
            texts,
            add_special_tokens=True,
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        return list(encoded.encodings)

    def _own(self) -> Any:
        if not self._plain:
            return None
        own, typed = self._tokenizer.backend_tokenizer, self._tokenizer.split_special_tokens
        if own.padding is None and own.truncation is None and own.encode_special_tokens == typed:
            return own
        # Tokens that were added since make a copy stale; its settings are our own.
        state = (id(own), own.get_vocab_size(), bool(typed))
        if self._copy is None or self._copy[0] != state:
            try:
                copy = type(own).from_str(own.to_str())
            except Exception as error:
                # Of a part written in Python the library says so by an error of no class.
                if isinstance(error, MemoryError):
                    raise
                self._plain = False
                return None
            copy.no_padding()
            copy.no_truncation()
            copy.encode_special_tokens = typed
            self._copy = (state, copy)
        return self._copy[1]


def _asks_its_own(tokenizer: Any) -> bool:
    """Whether a call of a tokenizer is a call of its own one and no more."""
    from transformers import PreTrainedTokenizerFast

    if not isinstance(tokenizer, PreTrainedTokenizerFast):
        return False
    kind = type(tokenizer)
    return all(
        getattr(kind, name, None) is getattr(PreTrainedTokenizerFast, name, None)
        for name in _ENTRIES
    )


def _inner(added: NDArray[np.bool_], sentences: Ragged) -> Ints:
    """Where each text's own tokens start and end: from the first that was not added to the last."""
    ends = sentences.offsets[1:]
    inner = np.stack([ends, ends], axis=1)
    filled = np.flatnonzero(sentences.counts)
    if len(filled):
        place, starts = np.arange(len(added)), sentences.starts[filled]
        first = np.minimum.reduceat(np.where(added, len(added), place), starts)
        last = np.maximum.reduceat(np.where(added, -1, place), starts)
        own = last >= 0
        inner[filled[own], 0] = first[own]
        inner[filled[own], 1] = last[own] + 1
    return inner
