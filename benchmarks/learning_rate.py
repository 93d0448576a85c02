"""Reads off a trained model the learning rate that each sentence was trained with.

    python -m benchmarks.learning_rate

The text has sentences `y x` of words that occur nowhere else. When skip-gram trains the center x
with the input y, x's output row is still zero and y's input row is as it was made, so the row
becomes (1 − σ(0)) · alpha · W[y]: its projection on W[y] gives alpha. Now and then x has been drawn
as a negative before; the median over some hundred sentences does not mind. Nothing of the trainer
is touched or patched.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measurement import ALPHA, MIN_ALPHA

SENTENCES = 200_000
# Shares of a part of the text. Not the very start: gensim trains the first batch of a part twice,
# as the thread of the part before reads one batch too many.
PLACES = (0.2, 0.4, 0.6, 0.8, 0.99)
_NEARBY = 300

Train = Callable[[str, int], tuple[Any, NDArray[np.float32]]]


def write_text(path: Path, sentences: int = SENTENCES) -> Path:
    """Lines of equal length, so that shares of bytes are shares of sentences."""
    with path.open("w", encoding="ascii") as out:
        out.writelines(f"y{i:07d} x{i:07d}\n" for i in range(sentences))
    return path


def gensim_model(text: str, workers: int) -> tuple[Any, NDArray[np.float32]]:
    """gensim's model after one epoch, and W as it was before."""
    from gensim.models import Word2Vec

    model = Word2Vec(**_options(workers))
    model.build_vocab(corpus_file=text)
    before = model.wv.vectors.copy()
    model.train(
        corpus_file=text,
        total_examples=model.corpus_count,
        total_words=model.corpus_total_words,
        epochs=1,
    )
    return model, before


def lexiscope_model(text: str, workers: int) -> tuple[Any, NDArray[np.float32]]:
    """Lexiscope's model after one epoch, and W as it was before."""
    from lexiscope import Word2Vec

    model = Word2Vec(**_options(workers))
    model.build_vocab(corpus_file=text)
    before = model.wv.vectors.copy()
    model.train(corpus_file=text, total_words=model.corpus_total_words, epochs=1)
    return model, before


def rates(train: Train, text: Path, workers: int, sentences: int = SENTENCES) -> list[list[float]]:
    """The learning rates at `PLACES` of each part of the text.

    Args:
        train: `gensim_model` or `lexiscope_model`.
        text: From `write_text`.
        workers: Threads.
        sentences: As the text was written with.

    Returns:
        A list a part of the text: as many equal parts as workers.
    """
    model, before = train(str(text), workers)
    index = model.wv.key_to_index
    part = sentences / workers
    found = []
    for number in range(workers):
        line = []
        for place in PLACES:
            middle = int((number + place) * part)
            near = range(max(0, middle - _NEARBY // 2), min(sentences, middle + _NEARBY // 2))
            line.append(statistics.median(_rate(model, before, index, i) for i in near))
        found.append(line)
    return found


def _rate(model: Any, before: NDArray[np.float32], index: dict[str, int], number: int) -> float:
    source = before[index[f"y{number:07d}"]]
    change = model.syn1neg[index[f"x{number:07d}"]]
    return float(change @ source / (0.5 * (source @ source)))


def _options(workers: int) -> dict[str, Any]:
    return {
        "vector_size": 32,
        "window": 1,
        "min_count": 1,
        "sample": 0,
        "sg": 1,
        "negative": 1,
        "alpha": ALPHA,
        "min_alpha": MIN_ALPHA,
        "epochs": 1,
        "workers": workers,
        "seed": 1,
    }


def main() -> int:
    """Prints a Markdown table."""
    systems: dict[str, Train] = {"gensim": gensim_model, "Lexiscope": lexiscope_model}
    print(
        "| trainer | workers | part of the text | " + " | ".join(f"{p:.0%}" for p in PLACES) + " |"
    )
    print("| --- " * (3 + len(PLACES)) + "|")
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        text = write_text(Path(folder) / "rates.txt")
        for name, train in systems.items():
            for workers in (1, 2, 4):
                print(f"{name}, {workers} workers", file=sys.stderr)
                for part, line in enumerate(rates(train, text, workers), 1):
                    cells = " | ".join(f"{rate:.5f}" for rate in line)
                    print(f"| {name} | {workers} | {part} of {workers} | {cells} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
