"""Loss of the default schedule beside one worker in the order of the text.

    python -m benchmarks.schedules [--corpus TEXT] [--megabytes 0.25,5,25] [--alpha 0.025,0.05,0.1]
                                   [--epochs 1,5] [--kinds skipgram-negative,cbow-negative,…]
                                   [--seeds 1,2,3]

A reproducible round trains shards that do not see one another, so how far its loss stands from that
of a training in order is what it costs. Both have the same windows, negatives and learning rates;
losses are those of the last epoch, and do not depend on the machine.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import table
from benchmarks.text import plain_copy
from lexiscope import Word2Vec
from lexiscope.errors import TrainingError

_ARCHITECTURES = ("skipgram", "cbow")
_LOSSES = ("negative", "hierarchical", "nce")
_DIVERGED = float("inf")
HEAD = ("kind", "text", "epochs", "alpha", "seed", "in order", "default", "difference")


def losses(text: Path, kind: str, workers: int, **options: Any) -> tuple[float, float]:
    """Loss of the last epoch: of one worker in order, and of the default schedule.

    Args:
        text: One sentence a line.
        kind: Architecture and loss, as in "cbow-negative".
        workers: Of the default schedule, whose result they do not change.
        options: Of the run: epochs, alpha, seed.
    """
    architecture, _, loss = kind.partition("-")
    options |= {"sg": int(architecture == "skipgram"), "loss": loss}
    return (
        _loss(text, schedule="hogwild", workers=1, **options),
        _loss(text, workers=workers, **options),
    )


def _loss(text: Path, **options: Any) -> float:
    try:
        return Word2Vec(corpus_file=str(text), **options).epoch_losses[-1]
    except TrainingError:
        return _DIVERGED


def _rows(arguments: argparse.Namespace) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        for megabytes in arguments.megabytes:
            text = plain_copy(arguments.corpus, Path(folder) / f"{megabytes:g}.txt", megabytes)
            for kind, epochs, alpha, seed in itertools.product(
                arguments.kinds, arguments.epochs, arguments.alpha, arguments.seeds
            ):
                what = [kind, f"{megabytes:g} MB", f"{epochs}", f"{alpha:g}", f"{seed}"]
                options = {"epochs": epochs, "alpha": alpha, "seed": seed}
                ours = losses(text, kind, arguments.workers, **options)
                print(*what, *ours, file=sys.stderr)
                yield [*what, *(f"{loss:.4f}" for loss in ours), f"{ours[1] - ours[0]:+.4f}"]


def _list(kind: type) -> Any:
    return lambda given: [kind(part) for part in given.split(",")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a Markdown table."""
    kinds = [f"{architecture}-{loss}" for architecture in _ARCHITECTURES for loss in _LOSSES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/books.txt.xz"))
    parser.add_argument("--megabytes", type=_list(float), default=[0.25, 5.0, 25.0])
    parser.add_argument("--alpha", type=_list(float), default=[0.025, 0.05, 0.1])
    parser.add_argument("--epochs", type=_list(int), default=[1, 5])
    parser.add_argument("--seeds", type=_list(int), default=[1])
    parser.add_argument("--kinds", type=_list(str), default=kinds)
    parser.add_argument("--workers", type=int, default=2)
    print(table(HEAD, _rows(parser.parse_args(arguments))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
