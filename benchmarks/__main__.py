"""`python -m benchmarks`: the table of Lexiscope beside gensim."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.jobs import make_texts
from benchmarks.measurement import Job
from benchmarks.opens import QUICK_ROWS, ROWS, make_files
from benchmarks.report import render, write_results
from benchmarks.rows import (
    LARGE_MB,
    LARGE_WORDS,
    QUICK_LARGE_MB,
    QUICK_LARGE_WORDS,
    Row,
    all_rows,
    choose_rows,
    without_schedules,
)
from benchmarks.runner import ROOT, JobError, Plan, Results, compile_kernels, measure, spawn
from benchmarks.text import plain_copy, write_warm_up
from lexiscope.errors import LexiscopeError

DEFAULT_CORPUS = Path("../shared/data/books.txt.xz")
README = Path(__file__).with_name("README.md")
_QUICK_MB = 4.0
# What Numba and OpenBLAS are told of a processor without AVX-512.
AVX2 = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+64bit,+avx,+avx2,+bmi,+bmi2,+cmov,+cx16,+f16c,+fma,+fxsr,+lzcnt,+mmx,"
    "+movbe,+popcnt,+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3,+xsave,+xsaveopt",
    "OPENBLAS_CORETYPE": "Haswell",
}


def _positive(text: str) -> int:
    value = _natural(text)
    if value == 0:
        raise argparse.ArgumentTypeError("got 0, expected at least 1")
    return value


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"got {text!r}, expected a whole number")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("--corpus", type=Path, help=f"text, one sentence a line (default: {DEFAULT_CORPUS})")
    add("--pairs", type=_positive, help="timed rounds (default: 5; with --quick 1)")
    add("--seeds", type=_natural, help="rounds whose vectors are evaluated (default: 3; --quick 1)")
    add("--workers", type=_positive, default=2, help="threads on either side (default: 2)")
    add("--rows", metavar="NAME,NAME", help="only these rows")
    add("--list", action="store_true", help="list the rows and stop")
    add(
        "--quick",
        type=float,
        nargs="?",
        const=_QUICK_MB,
        metavar="MB",
        help=f"only the first MB of the text (default: {_QUICK_MB:g}), one pair",
    )
    add(
        "--large-words",
        type=_positive,
        metavar="N",
        help=f"distinct words of the made-up text (default: {LARGE_WORDS:,})",
    )
    add("--large-mb", type=float, metavar="MB", help=f"its size (default: {LARGE_MB:g})")
    add("--avx2", action="store_true", help="both sides as on a processor without AVX-512 (x86)")
    add("--json", type=Path, metavar="FILE", help="also write every measurement")
    add("--write", action="store_true", help=f"also put the output into {README.name}")
    return parser


def _large(options: argparse.Namespace) -> tuple[int, float]:
    """Distinct words and MB of the made-up text."""
    quick = options.quick is not None
    words = QUICK_LARGE_WORDS if quick else LARGE_WORDS
    megabytes = QUICK_LARGE_MB if quick else LARGE_MB
    return (
        words if options.large_words is None else options.large_words,
        megabytes if options.large_mb is None else options.large_mb,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        0; 1 where something could not be measured.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        opened = ROWS if options.quick is None else QUICK_ROWS
        large = _large(options)
        rows = choose_rows(all_rows(options.workers, opened, *large), options.rows)
    except ValueError as error:
        parser.error(str(error))
    if options.list:
        print("\n".join(f"{row.name}: {row.title}" for row in rows))
        return 0
    corpus: Path = (ROOT / DEFAULT_CORPUS) if options.corpus is None else options.corpus
    if not corpus.is_file():
        parser.error(f"there is no text at {corpus}; name one, a sentence a line, with --corpus")
    if options.avx2:
        os.environ.update(AVX2)
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:6.0f} s  {line}", file=sys.stderr, flush=True)

    try:
        return _run(options, rows, corpus.resolve(), say)
    except (LexiscopeError, JobError, ValueError) as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: stopped; nothing was written", file=sys.stderr)
        return 130


def _run(
    options: argparse.Namespace, rows: list[Row], corpus: Path, say: Callable[[str], None]
) -> int:
    quick = options.quick is not None
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        say(f"unpacking {corpus.name}")
        plan = Plan(
            text=plain_copy(corpus, Path(folder) / "text.txt", options.quick),
            warm_up=write_warm_up(Path(folder) / "warm-up.txt"),
            tests=corpus.parent,
            pairs=(1 if quick else 5) if options.pairs is None else options.pairs,
            seeds=(1 if quick else 3) if options.seeds is None else options.seeds,
            vectors=Path(folder),
        )
        say("writing the vectors files")
        jobs = [job for row in rows for job in row.jobs()]
        make_files(plan.vectors, jobs)
        make_texts(plan.vectors, jobs)
        about = spawn(Job(system="numpy", work="about"), plan, 1, False).about
        dropped: list[str] = []
        if not about["schedule"]:
            rows, dropped = without_schedules(rows)
        for name in dropped:
            say(f"skipped: {name}: this Lexiscope has no schedules")
        header = _header(about, corpus, plan, options)
        compile_kernels(rows, plan, say)
        results = measure(rows, plan, say)
    header.append(f"load average when it ended: {machine.load()}")
    header += [f"not measured: {name}: this Lexiscope has no schedules" for name in dropped]
    markdown = render(rows, results, header, plan.pairs)
    print(markdown)
    if options.json is not None:
        document = _document(rows, results, about, header)
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if options.write:
        write_results(README, markdown)
    return 1 if results.failures else 0


def _header(
    about: dict[str, Any], corpus: Path, plan: Plan, options: argparse.Namespace
) -> list[str]:
    fast = int(about["fast_version"])
    compiled = f"optimised Cython (FAST_VERSION {fast})" if fast >= 0 else "plain Python (slow!)"
    size = plan.text.stat().st_size / 1e6
    part = "" if options.quick is None else "the beginning of "
    return [
        f"{datetime.datetime.now().astimezone():%Y-%m-%d %H:%M %z}; {machine.describe()}; "
        f"{machine.system()}; load average at the start: {machine.load()}",
        f"Python {about['python']}, Lexiscope {about['lexiscope']}, NumPy {about['numpy']}, "
        f"Numba {about['numba']}, BLAS {about['blas']}",
        f"gensim {about['gensim']}, running its {compiled}, corpus_file reader "
        f"{'compiled' if int(about['corpusfile_version']) >= 0 else 'missing'}",
        f"text: {part}{corpus.name}, {size:,.1f} MB unpacked; 1 epoch, {options.workers} workers "
        f"unless said otherwise, window 5, min_count 5, sample 1e-3, 5 negatives",
        f"{plan.pairs} {'pair' if plan.pairs == 1 else 'pairs'}, taking turns, each run in a "
        f"process of its own; imports, compilation and a training on a few lines come before the "
        f"clock, on both sides",
        *(["without AVX-512: Numba and OpenBLAS are told of a Haswell"] if options.avx2 else []),
    ]


def _document(
    rows: list[Row], results: Results, about: dict[str, Any], header: list[str]
) -> dict[str, Any]:
    return {
        "header": header,
        "versions": about,
        "rows": [asdict(row) for row in rows],
        "runs": [
            {"block": block, "job": asdict(job), "round": number, **asdict(run)}
            for (block, job), found in results.runs.items()
            for number, run in sorted(found.items())
        ],
        "failures": list(results.failures.values()),
    }


if __name__ == "__main__":
    sys.exit(main())
