"""Training on a GPU: words a second, beside the CPU and gensim on the same machine, and quality.

Made for a machine that can be had for minutes only: rows come in the order of their weight, and
those that there is no time left for are named. `gpu.sh` runs the tests that need a GPU, then this.

*Training* is the time in which the text is trained, already encoded; *all of it* adds the weights'
ways to the GPU and back and what looks at them; the whole job begins with a plain text file. Each
figure is of one run, behind a warm-up that compiles. `--device emulated` tries the program without
a GPU.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks import machine
from benchmarks.jobs import ANALOGIES, PAIR_TESTS, evaluated
from benchmarks.text import plain_copy, write_warm_up
from lexiscope import Word2Vec, __version__
from lexiscope.cores import cores_allowed
from lexiscope.corpus import EncodedCorpus
from lexiscope.errors import LexiscopeError
from lexiscope.training import TrainingConfig, TrainingSession
from lexiscope.training.cuda.choosing import choose_device
from lexiscope.training.cuda.device import Device
from lexiscope.training.cuda.schedule import GpuSchedule
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels.common import epoch_key
from lexiscope.training.loop.state import Observer, Pace
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.run import start_run, train_run

KINDS = (("skipgram", 100), ("skipgram", 300), ("cbow", 100), ("cbow", 300))
_BLOCK = 2**24  # positions written at a time
_SENTENCE = 20  # words


class Clock:
    """What is left of the time, and what there was none for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.perf_counter() + seconds
        self.skipped: list[str] = []

    def has(self, seconds: float, what: str) -> bool:
        """Whether about so many seconds are left; else notes what they were for."""
        if self._end - time.perf_counter() >= seconds:
            return True
        self.skipped.append(what)
        return False


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(*cells: object) -> None:
    """Prints a row of a Markdown table, at once: the machine may be gone before the end."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def head(title: str, *columns: str) -> None:
    """Prints a table's title and head."""
    print(f"\n{title}\n", flush=True)
    row(*columns)
    row("---", *("---:" for _ in columns[1:]))


def million(words: float, seconds: float) -> str:
    """Millions of words a second."""
    return f"{words / seconds / 1e6:,.2f} M"


# ---- Speed


def encoded_rows(corpus: EncodedCorpus, device: Device, workers: int, clock: Clock) -> None:
    """The text already encoded: the GPU, and the CPU's two schedules beside it."""
    head(
        f"Words/s, text already encoded ({corpus.report.tokens:,} words, "
        f"{len(corpus.vocabulary):,} of them different)",
        *("", "epochs", "training", "all of it", f"Hogwild, {workers} workers"),
    )
    cpu: dict[tuple[str, int], str] = {}
    for epochs in (1, 5):
        for architecture, size in KINDS:
            what = f"{architecture}, dimension {size}, {epochs} epochs"
            if not clock.has(10, what):
                continue
            config = TrainingConfig(
                architecture=architecture,  # type: ignore[arg-type]
                vector_size=size,
                epochs=epochs,
                schedule="hogwild",
            )
            words = corpus.report.tokens * epochs
            trained, whole = _trained(corpus, config, device, workers)
            if epochs == 1 and clock.has(30, f"{what}, CPU"):
                alone, _ = _trained(corpus, config, None, workers)
                cpu[architecture, size] = million(words, alone)
            beside = cpu.get((architecture, size), "–") if epochs == 1 else "–"
            row(
                f"{architecture}, {size}",
                *(epochs, million(words, trained), million(words, whole), beside),
            )


def _trained(
    corpus: EncodedCorpus, config: TrainingConfig, device: Device | None, workers: int
) -> tuple[float, float]:
    """Seconds in training, and in all from weights to weights."""
    run = start_run(corpus, config)
    whole = seconds_of(lambda: train_run(run, corpus, workers=workers, device=device))
    return run.totals.seconds, whole


def many_words(device: Device, words: int, tokens: int, clock: Clock) -> None:
    """A vocabulary far beyond the caches: Zipf's law, no text behind it."""
    if not clock.has(40, f"{words:,} words"):
        return
    shares = 1 / (np.arange(words) + 2.7)
    draws = np.random.default_rng(1).random(tokens, dtype=np.float32)
    ids = np.searchsorted(np.cumsum(shares / shares.sum()), draws).astype(np.int32)
    ids = np.minimum(ids, words - 1)
    ids[_SENTENCE::_SENTENCE] = -1
    counts = np.maximum(np.bincount(ids[ids >= 0], minlength=words), 1).astype(np.int64)
    head(f"Words/s, {words:,} words, {tokens:,} positions by Zipf's law", "", "training")
    for architecture, size in KINDS:
        if not clock.has(15, f"{words:,} words, {architecture}, {size}"):
            continue
        config = TrainingConfig(architecture=architecture, vector_size=size)  # type: ignore[arg-type]
        setup = kernel_setup(config, counts)
        weights = initial_weights(config, words, setup.output_rows)
        schedule = GpuSchedule(device, ids, setup, weights)
        schedule.compile()
        pace, key = Pace(config.alpha, -config.alpha / tokens, 1e-4), epoch_key(1, 0)
        took = seconds_of(lambda: schedule.advance(0, tokens, key, pace))  # noqa: B023
        schedule.close()
        row(f"{architecture}, {size}", million(int((ids >= 0).sum()), took))


def long_text(
    corpus: EncodedCorpus, device: Device, folder: Path, words: int, clock: Clock
) -> None:
    """The corpus many times over, mapped from a file: memory must not grow with it."""
    if not clock.has(60, f"{words:,} words of text"):
        return
    path, ids = folder / "long.ids", corpus.ids
    with path.open("wb") as out:
        left = words
        whole = np.concatenate([ids] * max(1, _BLOCK // len(ids)))
        while left > 0:
            out.write(whole[:left].tobytes())
            left -= len(whole)
    mapped: NDArray[np.int32] = np.memmap(path, np.int32, "r")
    run = start_run(corpus, TrainingConfig(epochs=1))
    watch = _Watch(device)
    took = seconds_of(
        lambda: train_run(run, corpus, ids=mapped, workers=1, device=device, observers=[watch])
    )
    head(f"A text of {len(mapped):,} positions, mapped from a file", "", "figure")
    row("words/s, all of it", million(float(len(mapped) * (ids >= 0).mean()), took))
    row("most memory taken on the GPU", f"{watch.taken / 1e6:,.0f} MB")
    row("most growth of the process", f"{watch.growth / 1e6:,.0f} MB")
    path.unlink()


class _Watch(Observer):
    """Memory of the GPU and of this process, looked at between stretches."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._free = device.free_bytes()
        self._resident = psutil.Process().memory_info().rss
        self.taken = self.growth = 0

    def hold(self) -> None:
        """See `Observer`."""
        self.taken = max(self.taken, self._free - self._device.free_bytes())
        self.growth = max(self.growth, psutil.Process().memory_info().rss - self._resident)


def whole_jobs(text: Path, tokens: int, device: Device, workers: int, clock: Clock) -> None:
    """From a plain text file to vectors, one epoch; beside it gensim on a part of the text."""
    head(
        f"The whole job from a plain file, one epoch, dimension 100, {workers} workers",
        "",
        "words/s",
    )
    for name, given in ((f"{device.label}", device), ("CPU, Hogwild", "cpu")):
        if clock.has(30, f"the whole job, {name}"):
            options: dict[str, Any] = {"sg": 1, "epochs": 1, "workers": workers, "device": given}
            took = seconds_of(
                lambda: Word2Vec(corpus_file=str(text), schedule="hogwild", **options)  # noqa: B023
            )
            row(name, million(tokens, took))
    if find_spec("gensim") is None or not clock.has(40, "gensim"):
        return
    from gensim.models import Word2Vec as Peer

    part = plain_copy(text, text.with_name("part.txt"), text.stat().st_size / 5e6)
    took = seconds_of(lambda: Peer(corpus_file=str(part), sg=1, epochs=1, workers=workers))
    row(
        "gensim, a fifth of the text",
        million(tokens * part.stat().st_size / text.stat().st_size, took),
    )


# ---- Quality


def quality(corpus: EncodedCorpus, given: Any, device: Device, clock: Clock) -> None:
    """The GPU's vectors beside those of Hogwild, in turns."""
    tests = [*PAIR_TESTS, *ANALOGIES]
    head("Quality, dimension 100", "seed", "epochs", "trainer", "loss of the last epoch", *tests)
    for epochs in given.epochs:
        for seed in given.seeds:
            for architecture in given.quality:
                for name, there in (("GPU", device), ("Hogwild", None)):
                    what = f"quality, {architecture}, {epochs} epochs, seed {seed}, {name}"
                    if not clock.has(8 + 3 * epochs, what):
                        continue
                    config = TrainingConfig(
                        architecture=architecture, epochs=epochs, seed=seed, schedule="hogwild"
                    )
                    run = start_run(corpus, config)
                    train_run(run, corpus, workers=given.workers, device=there)
                    words = list(run.vocabulary.tokens)
                    scores = evaluated(words, run.weights.input_vectors, given.corpus.parent)
                    found = (f"{scores[test]:.3f}" if test in scores else "–" for test in tests)
                    loss = f"{run.totals.epoch_losses[-1]:.4f}"
                    row(f"{architecture}, {seed}", epochs, name, loss, *found)


# ---- The program


def _opened(name: str) -> Device:
    if name == "emulated":
        from tests.support.emulated_gpu import EmulatedGpu

        return EmulatedGpu(processors=132)
    device = choose_device(name, TrainingConfig()).device
    if device is None:
        raise SystemExit(f"gpu: {name} is no GPU; nothing was measured")
    return device


def _list(kind: type) -> Any:
    return lambda given: [kind(part) for part in given.split(",")]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks/gpu.sh", description=__doc__)
    add = parser.add_argument
    add("--corpus", type=Path, default=Path("../shared/data/books.txt.xz"))
    add("--megabytes", type=float, default=None, help="of the text; default: all of it")
    add("--device", default="cuda", help="cuda, cuda:N; emulated tries the program itself")
    add("--workers", type=int, default=cores_allowed(), help="default: all cores")
    add("--seconds", type=float, default=160.0, help="what rows may begin within; default: 160")
    add("--words", type=int, default=2_000_000, help="of the made-up text; default: 2 million")
    add("--positions", type=int, default=60_000_000, help="of it; default: 60 million")
    add("--long", type=int, default=2_000_000_000, help="positions of the longest; default: 2e9")
    add("--epochs", type=_list(int), default=[1, 5], help="of the quality; default: 1,5")
    add("--seeds", type=_list(int), default=[1, 2, 3], help="of the quality; default: 1,2,3")
    add("--quality", type=_list(str), default=["skipgram", "cbow"])
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        0; 2 where there is no GPU or no text.
    """
    given = _parser().parse_args(arguments)
    clock = Clock(given.seconds)
    try:
        device = _opened(given.device)
        with tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder:
            _measure(given, device, Path(folder), clock)
    except LexiscopeError as error:
        print(f"gpu: {error}", file=sys.stderr)
        return 2
    if clock.skipped:
        print(f"\nNo time was left for: {'; '.join(clock.skipped)}.")
    return 0


def _measure(given: argparse.Namespace, device: Device, folder: Path, clock: Clock) -> None:
    print(
        f"{device.name} ({device.label}, {device.processors} multiprocessors, "
        f"{device.free_bytes() / 2**30:,.0f} GiB free); {machine.describe()}; {machine.system()}; "
        f"Lexiscope {__version__}, NumPy {np.__version__}",
        flush=True,
    )
    _warm_up(device, folder, given.workers)
    text = plain_copy(given.corpus, folder / "text.txt", given.megabytes)
    with TrainingSession(TrainingConfig(), workers=given.workers).read(files=[text]) as corpus:
        encoded_rows(corpus, device, given.workers, clock)
        whole_jobs(text, corpus.report.tokens, device, given.workers, clock)
        many_words(device, given.words, given.positions, clock)
        long_text(corpus, device, folder, given.long, clock)
        quality(corpus, given, device, clock)


def _warm_up(device: Device, folder: Path, workers: int) -> None:
    """Compiles the CPU's kernels, and the GPU's for each kind."""
    text = write_warm_up(folder / "warm-up.txt")
    for architecture, size in KINDS:
        for given in (device, "cpu"):
            options: dict[str, Any] = {"sg": int(architecture == "skipgram"), "vector_size": size}
            options |= {"min_count": 1, "epochs": 1, "schedule": "hogwild", "device": given}
            Word2Vec(corpus_file=str(text), workers=workers, **options)


if __name__ == "__main__":
    sys.exit(main())
