"""Text of very many distinct words, made up: drawn by Zipf's law, spelled with five letters."""

from __future__ import annotations

from pathlib import Path

import numpy as np

TOKEN_BYTES = 6
SENTENCE = 20
_LETTERS = 5
_BLOCK = 2**20
MOST_WORDS: int = 26**5


def ranks_for(words: int, tokens: int) -> int:
    """How many ranks to draw from, so that about so many distinct ones are drawn.

    Args:
        words: Distinct words wanted.
        tokens: Tokens that are drawn.

    Raises:
        ValueError: So many do not come up in so few tokens, or have no spelling.
    """
    least: int = words
    most: int = MOST_WORDS
    if not 0 < words <= MOST_WORDS or expected_words(most, tokens) < words:
        raise ValueError(
            f"got {words:,} distinct words in {tokens:,} tokens; expected fewer, or more tokens"
        )
    while most - least > max(1, words // 1000):
        middle = (least + most) // 2
        if expected_words(middle, tokens) < words:
            least = middle
        else:
            most = middle
    return most


def expected_words(ranks: int, tokens: int) -> float:
    """Distinct ranks among so many draws, by Zipf's law with exponent 1."""
    edges = np.unique(np.geomspace(1, ranks + 1, 4096).astype(np.int64))
    shares = np.log(edges[1:] / edges[:-1]) / np.log(ranks + 1) / np.diff(edges)
    return float((np.diff(edges) * -np.expm1(-tokens * shares)).sum())


def write_zipf(target: Path, *, words: int, tokens: int, seed: int = 1) -> Path:
    """Writes such a text, a sentence of twenty words a line; the same for the same numbers.

    Args:
        target: The file.
        words: Distinct words, roughly.
        tokens: Words in all; of each `TOKEN_BYTES` bytes.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    scale = np.log(ranks_for(words, tokens) + 1)
    powers = 26 ** np.arange(_LETTERS, dtype=np.int64)
    with target.open("wb") as out:
        for start in range(0, tokens, _BLOCK):
            size = min(_BLOCK, tokens - start)
            ranks = np.exp(rng.random(size) * scale).astype(np.int64) - 1
            text = np.full((size, TOKEN_BYTES), ord(" "), np.uint8)
            text[:, :_LETTERS] = ord("a") + ranks[:, None] // powers % 26
            text[(np.arange(start, start + size) + 1) % SENTENCE == 0, -1] = ord("\n")
            out.write(text.tobytes())
    return target
