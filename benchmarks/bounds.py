"""`python -m benchmarks.bounds`: what has to be fast enough for a user, in seconds and ratios.

Each line is a bound that was once an assertion of the tests. There it told how busy the machine
was; the tests count work instead (calls, rows, bytes, modules), and the clock is asked here, on a
machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast
from urllib.request import urlopen

import numpy as np

import lexiscope
from benchmarks import checkpoint, machine, server
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds.word2vec import binary, text
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.vectors import KeyedVectors

_MAPPED = 1_000_000

# One step by its key: milliseconds from the key to behind the paint that shows the step.
_ONE_STEP = """(key) => new Promise((done) => {
  const shown = document.querySelector('[data-testid=walkthrough]');
  const changed = new MutationObserver(() => {
    changed.disconnect();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        performance.mark('painted');
        done(performance.measure('step', 'key', 'painted').duration);
      };
      channel.port2.postMessage(0);
    });
  });
  changed.observe(shown, { attributes: true, attributeFilter: ['data-shown'] });
  performance.mark('key');
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
})"""

# Steps by the slider, as a finger drags it: the longest time in milliseconds that the page's own
# thread heard nobody, between the first and the last.
_DRAGGED = """async ([steps, pause]) => {
  const slider = document.querySelector('main input[type=range]');
  const channel = new MessageChannel();
  let [last, longest, going] = [performance.now(), 0, true];
  channel.port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) channel.port2.postMessage(0);
  };
  channel.port2.postMessage(0);
  for (const step of steps) {
    slider.value = step;
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    await new Promise((done) => setTimeout(done, pause));
  }
  going = false;
  return longest;
}"""


# When the first view is there, drawn and whole: milliseconds after the navigation began. The page
# tells it itself, as Playwright looks at longer and longer intervals.
_USABLE = """() => {
  const look = () => {
    const coming = document.querySelector('main .loading, main [aria-busy=true]');
    if (!document.querySelector('main [data-testid=scene]') || coming) return;
    watch.disconnect();
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => (window.usable = performance.now());
      channel.port2.postMessage(0);
    });
  };
  const watch = new MutationObserver(look);
  watch.observe(document, { subtree: true, childList: true, attributes: true });
}"""


# A map dragged along by its own frames for some time: milliseconds between its pictures.
_PANNED = """(milliseconds) => new Promise((done) => {
  const plane = document.querySelector('[data-testid=map]');
  const { left, top, width, height } = plane.getBoundingClientRect();
  Element.prototype.setPointerCapture = () => undefined;  // nobody's finger can be held
  const point = (kind, across, down) => plane.dispatchEvent(new PointerEvent(kind, {
    bubbles: true, pointerId: 1, button: 0, clientX: left + across, clientY: top + down,
  }));
  const drawn = [];
  const watch = new MutationObserver(() => drawn.push(performance.now()));
  watch.observe(plane, { attributes: true, attributeFilter: ['data-frames'] });
  point('pointerdown', width / 2, height / 2);
  const began = performance.now();
  const step = (now) => {
    const turn = (now - began) / 600;
    const [across, down] = [Math.sin(turn) * width / 6, Math.sin(2 * turn) * height / 8];
    point('pointermove', width / 2 + across, height / 2 + down);
    if (now - began < milliseconds) return requestAnimationFrame(step);
    point('pointerup', width / 2 + across, height / 2 + down);
    watch.disconnect();
    done(drawn.slice(1).map((at, i) => at - drawn[i]));
  };
  requestAnimationFrame(step);
})"""

# When the first words of a map are drawn: milliseconds after the navigation began.
_MAP_DRAWN = """() => {
  const watch = new MutationObserver(() => {
    const plane = document.querySelector('[data-testid=map]');
    if (Number(plane?.dataset.frames ?? 0) < 1) return;
    watch.disconnect();
    window.mapDrawn = performance.now();
  });
  watch.observe(document, { subtree: true, childList: true, attributes: true });
}"""


@dataclass(frozen=True)
class Measured:
    """A figure and its bound.

    Attributes:
        name: What was measured.
        value: The figure.
        unit: Of both.
        most: What it may be.
    """

    name: str
    value: float
    unit: str
    most: float

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.value <= self.most

    def line(self) -> str:
        """For people."""
        verdict = "" if self.holds else "  TOO MUCH"
        return f"{self.name:<52} {self.value:>9.3g} {self.unit}, at most {self.most:g}{verdict}"


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _against(ours: Callable[[], object], theirs: Callable[[], object], pairs: int = 5) -> float:
    """Our time in theirs: the median of pairs, as a slow moment hits both, or one pair."""
    return statistics.median(_seconds(ours) / _seconds(theirs) for _ in range(pairs))


def start(_folder: Path) -> Iterator[Measured]:
    """`lexiscope --help`, in starts of Python and of Python with NumPy."""

    def interpreter(*arguments: str) -> float:
        command = [sys.executable, *arguments]
        run = [
            _seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))
            for _ in range(5)
        ]
        return statistics.median(run)

    common = interpreter("-c", "pass") + interpreter("-c", "import numpy")
    for option in ("--version", "--help"):
        own = interpreter("-m", "lexiscope.cli.main", option)
        yield Measured(f"lexiscope {option}, beside Python + NumPy", own / common, "×", 5)


def recording(folder: Path) -> Iterator[Measured]:
    """A small run recorded, against the PyTorch twin's loop; a step's state; a served step."""
    import torch

    from lexiscope.reference import SkipGram, train
    from lexiscope.replay.recorder import read_text
    from lexiscope.replay.run import record_run

    config = RecordConfig()
    read = read_text(None, config)
    run = record_run(config, read.ids, read.tokens, read.counts)
    pairs = [
        (int(run.examples.members[example]), int(run.examples.targets[example]))
        for example in run.order[:1500].tolist()
    ]
    torch.manual_seed(0)
    train(SkipGram(len(run.tokens), 8), pairs[:100], 0.1)

    def ours() -> None:
        # The loop gets its pairs ready made, so reading the text is left out here as well.
        again = record_run(config, read.ids, read.tokens, read.counts)
        Recording(again, read.facts).to_bytes()

    ratio = _against(ours, lambda: train(SkipGram(len(run.tokens), 8), pairs, 0.1))
    share = ratio * len(pairs) / 15_000
    yield Measured("recording, beside PyTorch's plain loop", share, "×", 0.02)
    whole = Recording(run, read.facts)
    whole.step(1)
    numbers = np.random.default_rng(0).integers(1, 15_001, 1_000).tolist()
    each = [1e3 * _seconds(lambda at=number: whole.step(at)) for number in numbers]  # type: ignore[misc]
    yield Measured("a recorded step's whole state, median", statistics.median(each), "ms", 5)
    whole.save(folder / "run")
    steps = server.measure_steps(folder / "run", rate=1_000, seconds=3, warm_up=1)
    yield Measured("a served step, processor time", steps.cpu, "ms", 0.9)
    yield Measured("1,000 steps a second: seconds for 3,000", steps.load.seconds, "s", 3.1)


def vectors(folder: Path) -> Iterator[Measured]:
    """Files of vectors and analogies, against gensim; a second open."""
    import gensim

    rng = np.random.default_rng(12)
    words = [f"w{row}" for row in range(60_000)]
    matrix = rng.normal(size=(len(words), 100)).astype(np.float32)
    questions = folder / "questions.txt"
    asked = rng.choice(words, size=(1000, 4)).tolist()
    questions.write_text(": all\n" + "".join(" ".join(four) + "\n" for four in asked))
    ours = KeyedVectors(words, matrix)
    peer = gensim.models.KeyedVectors(100)
    peer.add_vectors(words, matrix)
    ratio = _against(
        lambda: ours.evaluate_word_analogies(questions),
        lambda: peer.evaluate_word_analogies(str(questions)),
    )
    yield Measured("1,000 analogies among 60,000 words, beside gensim", ratio, "×", 1)
    small = folder / "v.txt"
    text.write(small, VectorsData(words[:5_000], matrix[:5_000]))
    text.FORMAT.load(small)
    ratio = _against(
        lambda: text.FORMAT.load(small),
        lambda: gensim.models.KeyedVectors.load_word2vec_format(str(small)),
    )
    yield Measured("5,000 vectors read from text, beside gensim", ratio, "×", 0.5)
    large = folder / "v.bin"
    binary.write(large, VectorsData(words, matrix))
    lexiscope.load(large)
    from lexiscope.formats.registry import INDEXES

    INDEXES.wait()
    best = min(_seconds(lambda: lexiscope.load(large)) for _ in range(5))
    yield Measured("a second open of 60,000 × 100", best, "s", 0.075)


def extract(folder: Path) -> Iterator[Measured]:
    """GPT-2's matrix out of its checkpoint."""
    checkpoint.make(folder / "gpt2", checkpoint.ROWS)
    best = min(
        _seconds(checkpoint.lexiscope(folder / "gpt2", folder / f"out{run}")) for run in range(3)
    )
    yield Measured("GPT-2's matrix, extracted and saved", best, "s", 1)


def page(folder: Path) -> Iterator[Measured]:
    """The page in a browser: its first view, and a step by its key."""
    from playwright.sync_api import Page, sync_playwright

    from tests.support import harness

    run = folder / "shown"
    record_text(None, RecordConfig()).save(run)

    def first_view(shown: Page) -> float:
        shown.add_init_script(f"({_USABLE})()")
        shown.goto(f"{address}/")
        harness.settle(shown)
        return float(shown.evaluate("window.usable"))

    with harness.serving(run) as address, sync_playwright() as playwright:
        browser = harness.launch(playwright)
        times = [first_view(browser.new_context().new_page()) for _ in range(5)]
        yield Measured("the first view in a fresh browser, best of 5", min(times), "ms", 1_000)
        shown = browser.new_page()
        shown.goto(f"{address}/#/walkthrough?step=3000")
        harness.settle(shown)
        steps: list[Any] = []
        for _ in range(29):
            shown.wait_for_timeout(60)
            steps.append(shown.evaluate(_ONE_STEP, "ArrowRight"))
        drawn = statistics.quantiles(steps[5:], n=4)[0]
        yield Measured("a step by its key, drawn, best quarter", drawn, "ms", 50)
        browser.close()


def single_file(folder: Path) -> Iterator[Measured]:
    """The page as one file, where steps are done again: jumps, drags, a quiz's first question."""
    from playwright.sync_api import sync_playwright

    from tests.support import harness

    run = folder / "told"
    record_text(None, RecordConfig()).save(run)
    harness.run_lexiscope("page", run, "-o", folder / "told.html")
    address = (folder / "told.html").as_uri()
    yield Measured("the single file", (folder / "told.html").stat().st_size / 1e6, "MB", 6)
    with sync_playwright() as playwright:
        browser = harness.launch(playwright)
        for view in ("walkthrough", "journey", "weights"):
            shown = browser.new_page()
            shown.goto(f"{address}#/{view}")
            harness.settle(shown)
            far = [14_999, 3, 9_998, 5_001, 12_345, 777]
            jumps = [shown.evaluate(_DRAGGED, [[step], 400]) for step in far]
            yield Measured(f"{view}: a far jump, page held up", max(jumps[1:]), "ms", 50)
            drag = list(range(2_000, 8_000, 150))
            held = min(shown.evaluate(_DRAGGED, [drag, 16]) for _ in range(3))
            yield Measured(f"{view}: a drag over 6,000 steps, held up", held, "ms", 50)
        shown = browser.new_page()
        shown.goto(f"{address}#/quiz")
        harness.settle(shown)
        began = time.perf_counter()
        shown.goto(f"{address}#/quiz?seed=7")
        shown.get_by_test_id("quiz").wait_for()
        first = 1e3 * (time.perf_counter() - began)
        yield Measured("a quiz's first question", first, "ms", 1_000)
        harness.settle(shown)
        whole = 1e3 * (time.perf_counter() - began)
        yield Measured("all of a quiz's questions", whole, "ms", 10_000)
        browser.close()


def map_view(folder: Path) -> Iterator[Measured]:
    """The map of a million words in a browser: its first picture, and frames while dragged."""
    from playwright.sync_api import sync_playwright

    from benchmarks.map import clustered
    from lexiscope.vectors.layout.word_map import word_map
    from tests.support import harness

    rows = clustered(_MAPPED, 16)
    words = [f"w{row}" for row in range(len(rows))]
    KeyedVectors(words, rows, distinct=True).save(folder / "mapped")
    word_map(folder / "mapped")  # from here on it is in the user's cache
    there = f"[data-testid=map][data-layout=neighbors][data-there='{_MAPPED}']"
    with harness.serving(folder / "mapped") as address, sync_playwright() as playwright:
        browser = harness.launch(playwright)
        first: list[float] = []
        for _ in range(3):
            shown = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
            shown.add_init_script(f"({_MAP_DRAWN})()")
            shown.goto(f"{address}/#/map")
            shown.locator(there).wait_for()
            first.append(float(shown.evaluate("window.mapDrawn")))
        # The server makes a file's checksum once; from then on it knows the map by the file's name.
        yield Measured("a million words: the first picture, best of 3", min(first), "ms", 2_000)
        for zoom in ("all of it in sight", "nearer"):
            harness.settle(shown)
            frames = shown.evaluate(_PANNED, 5_000)
            median, late = statistics.median(frames), statistics.quantiles(frames, n=20)[-1]
            yield Measured(f"dragged, {zoom}: between frames, median", median, "ms", 25)
            yield Measured(f"dragged, {zoom}: between frames, 95 %", late, "ms", 60)
            shown.get_by_test_id("map").focus()
            for _ in range(6):
                shown.keyboard.press("+")
        browser.close()


def watch(folder: Path) -> Iterator[Measured]:
    """A training whose page is open, beside the same one without."""
    from benchmarks.zipf import write_zipf

    corpus = folder / "watched.txt"
    write_zipf(corpus, words=50_000, tokens=4_000_000)
    command = [sys.executable, "-m", "lexiscope.cli.main", "train", str(corpus), "--json"]
    command += ["--epochs", "4", "--overwrite", "-o", str(folder / "watched")]
    _trained(command)  # compiled, once
    pairs = [(_trained([*command, "--watch"]), _trained(command)) for _ in range(5)]
    ratio = statistics.median(shown / alone for shown, alone in pairs)
    yield Measured("training, watched on an open page, beside without", ratio, "×", 1.02)
    least = [min(times) for times in zip(*pairs, strict=True)]
    yield Measured("the same, the fastest of 5 each", least[0] / least[1], "×", 1.02)


def _trained(command: list[str]) -> float:
    """Seconds of a training; whatever its page is told is read."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for said in cast(IO[str], process.stderr):
            found = re.search(r"watch it at (\S+?)#", said)
            if found is not None:
                address = f"{found[1].rstrip('/')}/api/watch"
                with urlopen(address) as told, suppress(OSError):
                    told.read()
        return float(json.loads(cast(IO[str], process.stdout).read())["result"]["seconds"])


CHECKS = {
    check.__name__: check
    for check in (start, recording, vectors, extract, page, single_file, map_view, watch)
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints.

    Returns:
        0; 1 where a bound does not hold.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bounds", description=__doc__)
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(CHECKS)}: all")
    chosen = parser.parse_args(arguments).checks or list(CHECKS)
    if unknown := [name for name in chosen if name not in CHECKS]:
        parser.error(f"got {unknown[0]!r}, expected {', '.join(CHECKS)}")
    print(f"{machine.describe()}; {machine.system()}; load average {machine.load()}")
    holds = True
    with tempfile.TemporaryDirectory(prefix="lexiscope-bounds-") as folder:
        for name in chosen:
            for measured in CHECKS[name](Path(folder)):
                print(measured.line(), flush=True)
                holds &= measured.holds
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
