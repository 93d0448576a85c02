"""Profile of `Encoder.encode` and `encode_words`: the CPU seconds of each stage.

CPU seconds, so that other programs on the machine change little. Stages are functions of the
package, each without those that it calls; what none of them accounts for is "the rest". The
tokenizer's own threads are switched off, so that its time is the calling thread's.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from statistics import median
from typing import Any

import torch

from lexiscope.contextual import Encoder
from lexiscope.corpus.input.lines import TextLines

MODEL = "the model"
# Stage → where its functions are: module and name, or module, class and name. One that a version
# does not have counts nothing.
_STAGES: dict[str, tuple[str, ...]] = {
    "words": (
        "text.words:Splitter.split_all",
        "text.words:Splitter.words",
        "text.words:Splitter.read",
        "text.words:Given.in_order",
        "text.words:Given.only",
        "encoder:unique",
    ),
    "tokenizer": ("text.tokenization:TextTokenizer._fast", "text.tokenization:Backend.encode"),
    "check and put together": (
        "text.tokenization:TextTokenizer._check",
        "text.tokenization:TextTokenizer._put_together",
        "text.tokenization:TextTokenizer.tokenize",
    ),
    "pieces": ("text.segmentation:find_pieces",),
    "windows and batches": (
        "model.inference:plan_windows",
        "model.inference:batches",
        "model.inference:Inference.plan",
    ),
    "tensors": ("model.hidden_states:HiddenStates.run", "model.forward:Forward.batch"),
    MODEL: ("model.forward:Forward.call",),
    "put": (
        "model.inference:_put",
        "model.inference:token_vectors",
        "model.inference:Inference._bring",
        "model.inference:Inference.run",
    ),
    "pool": ("encoder:pool", "model.inference:pool", "model.inference:pool_places"),
    "in order": (
        "results:Encoded.take",
        "text.segmentation:Segmentation.joined",
        "text.segmentation:Segmentation.take",
        "assembly:_copy_repeats",
    ),
    "spellings": (
        "text.tokenization:TextTokenizer.spellings",
        "text.tokenization:TextTokenizer.spelled",
    ),
}


class Stages:
    """CPU seconds of stages, of all threads, while `watching`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._local = threading.local()
        self._lock = threading.Lock()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Lets the functions of all stages be timed."""
        undo = []
        for stage, places in _STAGES.items():
            for place in places:
                owner, name = _owner(place)
                function = None if owner is None else getattr(owner, name, None)
                if function is not None:
                    undo.append((owner, name, owner.__dict__[name]))
                    setattr(owner, name, self._timed(stage, function))
        try:
            yield
        finally:
            for owner, name, function in reversed(undo):
                setattr(owner, name, function)

    def _timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            stack = self._local.__dict__.setdefault("inner", [])
            stack.append(0.0)
            began = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                taken = time.thread_time() - began
                own = taken - stack.pop()
                if stack:
                    stack[-1] += taken
                with self._lock:
                    self.seconds[stage] += own

        return timed


def _owner(place: str) -> tuple[Any, str]:
    module, _, name = place.partition(":")
    try:
        owner: Any = importlib.import_module(f"lexiscope.contextual.{module}")
    except ImportError:
        return None, name
    kind, _, method = name.rpartition(".")
    return (getattr(owner, kind, None), method) if kind else (owner, name)


def measure(model: str, corpus: str, sentences: int, method: str) -> dict[str, float]:
    """The CPU seconds of each stage of one call, and `total`."""
    texts = list(islice(TextLines(corpus), sentences))
    torch.set_num_threads(1)  # else half of the model's time is in threads that nobody asks
    encoder = Encoder(model)
    getattr(encoder, method)(texts[:64])
    stages = Stages()
    began = time.process_time()
    with stages.watching():
        getattr(encoder, method)(texts)
    return {**stages.seconds, "total": time.process_time() - began}


def print_profile(options: Any, model: str) -> None:
    """Measures in processes of their own, the sources in turn, and prints a table of each method.

    Args:
        options: `corpus`, `sentences`, `pairs`; `against`: another folder of sources, or None.
        model: A model's folder.
    """
    sources = {"here": None} | ({} if options.against is None else {"there": options.against})
    for method in ("encode", "encode_words"):
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in sources}
        for _ in range(options.pairs):
            for name, source in sources.items():
                runs[name].append(_in_process(options, model, method, source))
        _print_table(method, runs)


def _in_process(options: Any, model: str, method: str, source: str | None) -> dict[str, float]:
    environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false"}
    if source is not None:
        environment["PYTHONPATH"] = source
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.contextual", "--model", model,
         "--corpus", options.corpus, "--sentences", str(options.sentences),
         "--profile-of", method],
        check=True, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    seconds: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def _print_table(method: str, runs: dict[str, list[dict[str, float]]]) -> None:
    names = list(runs)
    print(f"\n{method}, CPU seconds: best (median) of {len(runs[names[0]])} runs\n")
    print(f"| stage | {' | '.join(names)} |")
    print(f"| --- |{' ---: |' * len(names)}")
    for stage in (*_STAGES, "the rest", "total", "outside the model", "share outside"):
        cells = [_cell([_value(run, stage) for run in runs[name]], stage) for name in names]
        print(f"| {stage} | {' | '.join(cells)} |")


def _value(run: dict[str, float], stage: str) -> float:
    if stage == "the rest":
        return run["total"] - sum(run.get(one, 0.0) for one in _STAGES)
    outside = run["total"] - run[MODEL]
    if stage == "outside the model":
        return outside
    return outside / run["total"] if stage == "share outside" else run.get(stage, 0.0)


def _cell(values: Sequence[float], stage: str) -> str:
    if stage == "share outside":
        return f"{100 * min(values):.1f} % ({100 * median(values):.1f} %)"
    return f"{min(values):.3f} ({median(values):.3f})"
