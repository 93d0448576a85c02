"""Words of the model's vocabulary, each alone: static vectors to hold a contextual one against.

A row of the input embeddings lives in the space that enters the first layer, and what a later layer
makes of a word lives elsewhere; a cosine between the two says little. Here each word goes through
the same layers as the sentence did, with no other word beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.uses.all_layers import check_one_width

Floats = NDArray[np.float32]

_WORD = r"\p{L}[\p{L}\p{M}]+"
# How tokenizers mark that a token starts a word: byte-level BPE, SentencePiece.
_STARTS = ("\u0120", "\u2581")
_ENDS = "</w>"
# A tokenizer that cannot turn its mark into a space leaves it.
_SPACES = " " + "".join(_STARTS)


def whole_words(tokenizer: Any, limit: int) -> list[str]:
    """Words that a tokenizer has a token for, in the order of their ids.

    Vocabularies are made with the frequent first, by and large, so these are common words.

    Args:
        tokenizer: Of transformers.
        limit: How many, at most.

    Returns:
        Distinct spellings of two letters or more.
    """
    import regex

    is_word = regex.compile(_WORD).fullmatch
    tokens = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    marked = any(token.startswith(_STARTS) for token, _ in tokens)
    ended = any(token.endswith(_ENDS) for token, _ in tokens)
    words: dict[str, None] = {}
    for token, _ in tokens:
        if (marked and not token.startswith(_STARTS)) or (ended and not token.endswith(_ENDS)):
            continue
        # Bytes that stand for letters become letters again.
        spelled = tokenizer.convert_tokens_to_string([token]).strip(_SPACES)
        if is_word(spelled):
            words[spelled] = None
            if len(words) == limit:
                break
    return list(words)


def word_in_front(encoder: WordEncoder) -> str:
    """What a lone word is put behind, "" for nothing.

    A decoder makes nearly the same of whatever stands first, so a word must not stand there: where
    the tokenizer puts no token of its own in front, its token for a text's beginning does.
    """
    tokenizer = encoder.model.tokenizer
    probe = encoder.with_options(layers=(0,), combine="last").encode(["a"])[0]
    begins = getattr(tokenizer, "bos_token", None)
    if (len(probe.special) and probe.special[0]) or not begins:
        return ""
    return str(begins)


def words_alone(
    encoder: WordEncoder, words: list[str], size: int
) -> Iterator[tuple[list[str], Floats]]:
    """The hidden states of words that stand alone, in parts.

    Args:
        encoder: Its model counts; its layers and pooling do not.
        words: The words.
        size: How many go through the model at a time.

    Yields:
        Those of the next `size` words that are one token, and their states (words × (L + 1) × D).
    """
    check_one_width(encoder)
    every = encoder.with_options(layers="all", combine="concat", pooling="first")
    front = word_in_front(encoder)
    before = [front] if front else []
    for start in range(0, len(words), size):
        part = words[start : start + size]
        encoded = every.encode_words([[*before, word] for word in part])
        single = (encoded.pieces == 1) & (encoded.places == len(before))
        rows = np.flatnonzero(single)
        sentences = rows // (len(before) + 1)
        states = encoded.vectors[rows].reshape(len(rows), every.model.layers + 1, -1)
        yield [part[number] for number in sentences.tolist()], states
