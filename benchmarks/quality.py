"""Quality of the vectors: the default schedule beside Hogwild and gensim, over several seeds.

    python -m benchmarks.quality [--corpus TEXT] [--megabytes 30] [--epochs 5] [--alpha 0.025]
                                 [--kinds cbow,skipgram] [--seeds 1,2,3] [--workers 2]

Negative sampling with the defaults of both, gensim reading its sentences one by one, as scripts do
(`LineSentence`): with `corpus_file` its learning rate ends far above `min_alpha` (see README.md).
The tests of quality are those beside the text; the vectors of all three are scored by Lexiscope.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.jobs import ANALOGIES, PAIR_TESTS, evaluated
from benchmarks.report import table
from benchmarks.text import plain_copy
from lexiscope import Word2Vec

TESTS = (*PAIR_TESTS, *ANALOGIES)
HEAD = ("architecture", "trainer", *TESTS, "seeds' spread, at most")
TRAINERS = ("default", "Hogwild", "gensim")


def scores(trainer: str, text: Path, tests: Path, **options: Any) -> dict[str, float]:
    """The scores of one training, by test; those that a text is too small for are left out.

    Args:
        trainer: "default" and "Hogwild" are ours.
        text: One sentence a line.
        tests: The folder of the tests of quality.
        options: As gensim calls them.
    """
    if trainer == "gensim":
        from gensim.models import Word2Vec as Peer
        from gensim.models.word2vec import LineSentence

        made = Peer(LineSentence(str(text)), **options)
    else:
        schedule: dict[str, Any] = {"schedule": "hogwild"} if trainer == "Hogwild" else {}
        made = Word2Vec(corpus_file=str(text), **schedule, **options)
    return evaluated(list(made.wv.index_to_key), made.wv.vectors, tests)


def _rows(arguments: argparse.Namespace) -> Iterator[list[str]]:
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        text = plain_copy(arguments.corpus, Path(folder) / "text.txt", arguments.megabytes)
        for kind in arguments.kinds:
            found: dict[str, list[dict[str, float]]] = {trainer: [] for trainer in TRAINERS}
            for seed in arguments.seeds:
                for trainer in TRAINERS:
                    options = {
                        "sg": int(kind == "skipgram"),
                        "epochs": arguments.epochs,
                        "alpha": arguments.alpha,
                        "seed": seed,
                        "workers": arguments.workers,
                    }
                    one = scores(trainer, text, arguments.corpus.parent, **options)
                    print(
                        kind,
                        trainer,
                        seed,
                        *(f"{score:.3f}" for score in one.values()),
                        file=sys.stderr,
                    )
                    found[trainer].append(one)
            for trainer, runs in found.items():
                by_test = [[run[test] for run in runs if test in run] for test in TESTS]
                spread = max((max(each) - min(each) for each in by_test if each), default=0.0)
                means = (f"{mean(each):.3f}" if each else "–" for each in by_test)
                yield [kind, trainer, *means, f"{spread:.3f}"]


def _list(kind: type) -> Any:
    return lambda given: [kind(part) for part in given.split(",")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a Markdown table of means over the seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/books.txt.xz"))
    parser.add_argument("--megabytes", type=float, default=30.0)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--alpha", type=float, default=0.025)
    parser.add_argument("--kinds", type=_list(str), default=["cbow", "skipgram"])
    parser.add_argument("--seeds", type=_list(int), default=[1, 2, 3])
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args(arguments)
    folder, names = given.corpus.absolute().parent, [*PAIR_TESTS.values(), *ANALOGIES.values()]
    if not any((folder / name).is_file() for name in names):
        parser.error(f"{folder} has no test of quality: put one of {', '.join(names)} there")
    print(table(HEAD, _rows(given)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
