"""Small texts, and the options of a run that is over at once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

# Eleven words, of which `the` and `a` are the commonest.
SENTENCES = [
    ["the", "king", "wears", "the", "crown"],
    ["the", "queen", "wears", "the", "ring"],
    ["a", "dog", "chases", "a", "cat"],
    ["a", "cat", "chases", "a", "mouse"],
]
WORDS = {word for sentence in SENTENCES for word in sentence}

# Of `Word2Vec`.
TINY: dict[str, Any] = {"vector_size": 8, "min_count": 1, "workers": 1, "sample": 0, "epochs": 2}
# Of `lexiscope train`; an option that is given again after these counts instead.
QUICK = ["--vector-size", "8", "--epochs", "1", "--workers", "1", "--min-count", "1"]


def write(path: Path, lines: Iterable[str]) -> Path:
    """A text file of these lines."""
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def lines(repeats: int) -> list[str]:
    """The sentences above, over and over."""
    return [" ".join(words) for words in SENTENCES] * repeats
