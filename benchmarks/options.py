"""What each main option does to speed and quality, beside the defaults.

    python -m benchmarks.options [--corpus TEXT] [--megabytes 15] [--only dim,window] [--seeds 1,2]
                                 [--workers 2] --keep RESULTS.json
    python -m benchmarks.options --keep RESULTS.json --into docs/how-to/choose-options.md

The first measures, option by option, and adds what it found to the results; the second puts the
table made of them into the page, between the lines that say so. In each round of an option the
defaults and every value of it train once, so that a time is compared with one of the same minute.
The tests of quality are those beside the text.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks import machine
from benchmarks.jobs import evaluated
from benchmarks.report import TESTS, table
from benchmarks.text import plain_copy, write_warm_up
from lexiscope import Word2Vec

START, END = "<!-- options: made by benchmarks.options -->", "<!-- end of options -->"
HEAD = ("option", "value", "time", *TESTS)
DEFAULTS: dict[str, Any] = {"sg": 1, "vector_size": 100, "epochs": 3, "alpha": 0.025}
# Option, as the command line calls it → what is tried, and the options that it stands for.
TRIED: dict[str, dict[str, dict[str, Any]]] = {
    "vector-size": {str(n): {"vector_size": n} for n in (50, 200, 300)},
    "window": {str(n): {"window": n} for n in (2, 10)},
    "negative": {str(n): {"negative": n} for n in (2, 10, 20)},
    "epochs": {str(n): {"epochs": n} for n in (1, 6, 12)},
    "alpha": {str(n): {"alpha": n} for n in (0.0125, 0.05, 0.1)},
    "sample": {name: {"sample": float(name)} for name in ("0", "1e-4", "1e-5")},
    "min-count": {str(n): {"min_count": n} for n in (2, 20)},
    "architecture": {
        "cbow": {"sg": 0},
        "cbow, alpha 0.05": {"sg": 0, "alpha": 0.05},
    },
    "loss": {
        "hierarchical": {"hs": 1, "negative": 0},
        "nce": {"loss": "nce"},
    },
    "schedule": {"hogwild": {"schedule": "hogwild"}},
}  # fmt: skip
_BASE = "defaults"


def measured(text: Path, tests: Path, **options: Any) -> dict[str, float]:
    """A training's seconds, its reading included, and its scores."""
    began = time.perf_counter()
    model = Word2Vec(corpus_file=str(text), **{**DEFAULTS, **options})
    seconds = time.perf_counter() - began
    return {"seconds": seconds, **evaluated(model.wv.index_to_key, model.wv.vectors, tests)}


def _measure(arguments: argparse.Namespace, results: dict[str, Any]) -> None:
    results["of"] = (
        f"{arguments.megabytes:g} MB of {arguments.corpus.name}, {arguments.workers} workers, "
        f"seeds {', '.join(map(str, arguments.seeds))}; {machine.describe()}; "
        f"Lexiscope {version('lexiscope')}, NumPy {version('numpy')}, Numba {version('numba')}"
    )
    tests = arguments.corpus.parent if arguments.tests is None else arguments.tests
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        text = plain_copy(arguments.corpus, Path(folder) / "text.txt", arguments.megabytes)
        warm_up = write_warm_up(Path(folder) / "warm-up.txt")
        for option in arguments.only or TRIED:
            values = {_BASE: {}, **TRIED[option]}
            found: dict[str, list[dict[str, float]]] = {value: [] for value in values}
            for tried in values.values():  # compiles what must not be timed
                measured(warm_up, Path(folder), workers=arguments.workers, **tried)
            for seed in arguments.seeds:
                for value, tried in values.items():
                    one = measured(text, tests, seed=seed, workers=arguments.workers, **tried)
                    found[value].append(one)
                    print(option, value, seed, one, file=sys.stderr)
            results.setdefault("options", {})[option] = found
            arguments.keep.write_text(json.dumps(results, indent=1), encoding="utf-8")


def made(results: dict[str, Any]) -> str:
    """The table, and below it what it was measured on."""
    options: dict[str, dict[str, list[dict[str, float]]]] = results["options"]
    bases = [run for found in options.values() for run in found[_BASE]]
    rows = [["defaults", "", "1×", *_scores(bases)]]
    for option in (name for name in TRIED if name in options):
        runs = options[option]
        for value in TRIED[option]:
            fastest, base = (min(run["seconds"] for run in runs[of]) for of in (value, _BASE))
            ratio = fastest / base
            rows.append([f"`--{option}`", value, f"{ratio:.2g}×", *_scores(runs[value])])
    seconds = [run["seconds"] for run in bases]
    spread = max(_spread(bases, test) for test in TESTS)
    rounds = len(next(iter(options.values()))[_BASE])
    return (
        f"{table(HEAD, rows)}\n\n"
        f"Measured on {results['of']}. The defaults are those of skip-gram here, with "
        f"`--epochs 3`; at their fastest they took {min(seconds):.1f} s, reading included. "
        f"*Time* is the option's beside the defaults' of the same rounds, the fastest of "
        f"{rounds} rounds. Scores are means over the seeds; the defaults' own differ by up to "
        f"{spread:.3f} among seeds and rounds, so that smaller differences say nothing."
    )


def _scores(runs: Sequence[dict[str, float]]) -> list[str]:
    known = [[run[test] for run in runs if test in run] for test in TESTS]
    return [f"{mean(scores):.3f}" if scores else "–" for scores in known]


def _spread(runs: Sequence[dict[str, float]], test: str) -> float:
    scores = [run[test] for run in runs if test in run]
    return max(scores) - min(scores) if scores else 0.0


def _put(page: Path, content: str) -> None:
    before, found, rest = page.read_text(encoding="utf-8").partition(START)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise SystemExit(f"{page} has no lines {START} and {END}")
    page.write_text(f"{before}{START}\n\n{content}\n\n{END}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures, or makes the table of what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/books.txt.xz"))
    parser.add_argument("--tests", type=Path, help="their folder, where not the text's")
    parser.add_argument("--megabytes", type=float, default=15.0)
    parser.add_argument("--only", type=lambda given: given.split(","))
    parser.add_argument(
        "--seeds", type=lambda given: list(map(int, given.split(","))), default=[1, 2]
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--into", type=Path)
    given = parser.parse_args(arguments)
    results = json.loads(given.keep.read_text()) if given.keep.exists() else {}
    if given.into is None:
        _measure(given, results)
    else:
        _put(given.into, made(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
