"""Every command of the program on every bad input: what each call has left."""

from __future__ import annotations

import faulthandler
import gc
import io
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest.mock import patch

from lexiscope.cli import main as cli
from tests.support import zoo
from tests.support.calling import PROGRESS
from tests.support.patience import PATIENCE

MOST_LINES = 6
# What no terminal is to get.
RAW = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
BAD = "BAD"

_SMALL = ["--vector-size", "4", "--epochs", "1", "--workers", "1"]
# Command → its calls: BAD is the bad input, {name} a good one (see `Goods`).
CALLS: dict[str, list[list[str]]] = {
    "demo": [],
    "train": [
        [BAD, "-o", "{out}", *_SMALL],
        *(
            [BAD, "-o", "{out}", *_SMALL, "--read-as", kind]
            for kind in ("wikipedia", "html", "markdown", "jsonl", "parquet", "conllu")
        ),
        ["{text}", "-o", "{out}", *_SMALL, "--stopwords", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--tokenizer", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--keep", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--phrases", "1", "--connectors", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--init-from", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--init-from", "{model}", "--freeze", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--validation", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--record", "--watch-words", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--watch", "--port", "0", "--watch-words", BAD],
        ["{text}", "-o", "{out}", *_SMALL, "--record", "--record-analogies", BAD],
        ["{text}", "--resume", BAD],
    ],
    "record": [
        [BAD, "-o", "{out}", "--steps", "20"],
        ["--corpus", BAD, "-o", "{out}", "--steps", "20"],
        ["{text}", "-o", "{out}", "--steps", "20", "--stopwords", BAD],
    ],
    "stability": [
        [BAD, *_SMALL, "--seeds", "2", "-o", "{out}"],
        ["{text}", *_SMALL, "--seeds", "2", "-o", "{out}", "--stopwords", BAD],
        ["{text}", *_SMALL, "--seeds", "2", "-o", "{out}", "--tokenizer", BAD],
    ],
    "neighbors": [[BAD, "king"], ["{model}", "king", "--output-vectors", BAD]],
    "analogy": [[BAD, "--positive", "king", "woman", "--negative", "man"]],
    "similarity": [[BAD, "king", "queen"]],
    "evaluate": [
        [BAD, "--pairs", "{pairs}"],
        ["{model}", "--pairs", BAD],
        ["{model}", "--analogies", BAD],
    ],
    "predict": [[BAD, "king"]],
    "corpus": [[BAD], ["{text}", "--stopwords", BAD], ["{text}", "--tokenizer", BAD]],
    "compare": [
        [BAD, "{model}"],
        ["{model}", BAD],
        ["{model}", "{model}", "--runs-of-a", BAD, "--runs-of-b", "{model}"],
        ["{model}", "{model}", "--runs-of-a", "{model}", "--runs-of-b", BAD],
        ["{model}", "{model}", "--pairs", BAD],
        ["{model}", "{model}", "--analogies", BAD],
    ],
    "map": [[BAD, "-o", "{out}.csv", "--method", "pca"]],
    "plot": [
        [BAD, "-o", "{out}.png"],
        [BAD, "king", "-o", "{out}.png", "--kind", "neighbors"],
        [BAD, "a", "-o", "{out}.png", "--kind", "layers", "--sentence", "a", "--sentence", "a b"],
    ],
    "serve": [
        [BAD, "--port", "0"],
        ["{model}", "--port", "0", "--model", BAD],
        ["{model}", "--port", "0", "--output-vectors", BAD],
    ],
    "page": [[BAD, "-o", "{out}"]],
    "get": [[BAD], [BAD, "--about"]],
    "cache": [["--remove", BAD]],
    "check": [[BAD], [BAD, "--repair", "{out}.bin"]],
    "convert": [
        [BAD, "{out}"],
        ["{model}", "{out}", "--words", BAD],
        ["{model}", "{out}", "--output-vectors", BAD],
    ],
    "export": [
        ["{model}", "--to", "npy", "-o", "{out}", "--output-vectors", BAD],
        [BAD, "--to", "npy", "-o", "{out}"],
        [BAD, "--to", "json-steps", "-o", "{out}"],
    ],
    "align": [
        [BAD, "--tokenizer", "{tokens}", "-o", "{out}"],
        ["{model}", "--tokenizer", BAD, "-o", "{out}"],
    ],
    "postprocess": [
        [BAD, "--kind", "whitening", "-o", "{out}"],
        ["{model}", "--use", BAD, "-o", "{out}"],
    ],
    "extract": [[BAD, "-o", "{out}"]],
    "contextual": [
        [BAD, "{text}", "-o", "{out}.parquet"],
        ["{pretrained}", BAD, "-o", "{out}.parquet"],
        ["{pretrained}", "{text}", "-o", "{out}.parquet", "--words", BAD],
        ["{pretrained}", "{text}", "-o", "{out}.parquet", "--postprocess", BAD],
        ["{pretrained}", "{text}", "-o", "{out}.parquet", "--layer-weights", BAD],
    ],
    "senses": [[BAD, "king"]],
    "layers": [
        [BAD, "{text}"],
        ["{pretrained}", BAD],
        ["{pretrained}", "{text}", "--other", BAD],
        ["{pretrained}", "{text}", "--pairs", BAD],
    ],
    "distill": [
        [BAD, "--words", "{words}", "-o", "{out}"],
        ["{pretrained}", "--words", BAD, "-o", "{out}"],
        ["{pretrained}", "--words", "{words}", "--corpus", BAD, "-o", "{out}"],
        ["{pretrained}", "--words", "{words}", "-o", "{out}", "--layer-weights", BAD],
    ],
    "surprisal": [[BAD, "{text}"], ["{pretrained}", BAD]],
    "attention": [[BAD, "king"]],
    "info": [[BAD], ["{model}", "--output-vectors", BAD]],
}
# Where a text is read: from a pipe too, for which it waits until Ctrl-C.
_TEXTS = {"--corpus", "--validation"}


def _reads_text(command: str, call: list[str]) -> bool:
    place = call.index(BAD)
    if place and call[place - 1] in _TEXTS:
        return True
    places = {
        "train": 0,
        "corpus": 0,
        "record": 0,
        "stability": 0,
        "contextual": 1,
        "layers": 1,
        "surprisal": 1,
    }
    return place == places.get(command)


@dataclass(frozen=True)
class Goods:
    """Good inputs of the other arguments, by their names."""

    paths: dict[str, str]

    def fill(self, call: list[str], bad: str) -> list[str]:
        """The arguments of a call."""
        return [bad if part == BAD else part.format(**self.paths) for part in call]


class HangError(BaseException):
    """A call takes too long."""


def _hang(_signal: int, _frame: FrameType | None) -> None:
    raise HangError


@contextmanager
def _limited() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _hang)
    signal.alarm(int(PATIENCE))
    # A library that waits in code of its own hears no signal: then the process says where it is,
    # and ends.
    faulthandler.dump_traceback_later(PATIENCE + 5, exit=True, file=sys.__stderr__)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _not_serving() -> Iterator[None]:
    """Lets `serve` end when it would begin to answer."""
    with patch("lexiscope.server.running.run", lambda _app, _opened, announce: announce()):
        yield


def run(arguments: list[str]) -> tuple[int, str, str, str]:
    """Exit code, stdout, stderr, and what has escaped from the program."""
    out, err = io.StringIO(), io.StringIO()
    escaped, code = "", 99
    with redirect_stdout(out), redirect_stderr(err):
        try:
            with _limited(), _not_serving():
                code = cli.main(arguments)
        except HangError:
            escaped = f"hangs for {PATIENCE:.0f} s"
        except (Exception, SystemExit) as error:  # noqa: BLE001 - what must not come out
            escaped = f"{type(error).__name__}: {str(error)[:300]!r}"
    return code, out.getvalue(), err.getvalue(), escaped


def fault_of(name: str, arguments: list[str], out: Path, folder: Path) -> str | None:
    """What a call on a bad input did wrong; None where nothing."""
    before = listing(folder)
    code, said, told, escaped = run(arguments)
    lines = [line for line in told.splitlines() if not PROGRESS.match(line)]
    gc.collect()  # what holds a target lets it go
    written = [path.name for path in out.parent.iterdir()]
    try:
        if escaped:
            return escaped
        if "Traceback" in told:
            return f"a traceback: {told[-300:]!r}"
        if code not in (0, 1, 2):
            return f"exit code {code}"
        if RAW.search(said) or RAW.search(told.replace("\n", "")):
            return f"raw characters: {(said + told)[-300:]!r}"
        if code and len(lines) > MOST_LINES:
            return f"{len(lines)} lines: {told[:600]!r}"
        if code and not lines:
            return "fails without a word"
        if code and written and "--repair" not in arguments:
            return f"leaves {written}"
        if listing(folder) != before:
            return f"leaves {sorted(set(listing(folder)) - set(before))} beside what it read"
    finally:
        for path in out.parent.iterdir():
            remove(path)
    return None


def listing(folder: Path) -> list[str]:
    """Names of all that is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def remove(path: Path) -> None:
    """Removes a file or a folder."""
    import shutil

    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def sweep(
    command: str, call: list[str], goods: Goods, animals: dict[str, str], folder: Path
) -> list[str]:
    """Runs one call on all bad inputs; gives what went wrong, a line each."""
    out = Path(goods.paths["out"])
    faults = []
    gc.freeze()  # what has been loaded need not be searched after each of the calls
    for name, path in animals.items():
        if name == "pipe" and _reads_text(command, call):
            continue
        fault = fault_of(name, [command, *goods.fill(call, path)], out, folder)
        if fault is not None:
            faults.append(f"{command} {' '.join(call)} on {name}: {fault}")
    return faults


def make_goods(folder: Path, *, pretrained: bool) -> Goods:
    """Small sound inputs of every kind."""
    import numpy as np

    from lexiscope.vectors import KeyedVectors

    words = ["king", "queen", "man", "woman", "dog", "cat"]
    rng = np.random.default_rng(1)
    KeyedVectors(words, rng.normal(size=(6, 4)).astype(np.float32)).save(folder / "model")
    (folder / "text.txt").write_text("king queen man woman dog cat king dog\n" * 8)
    (folder / "words.txt").write_text("\n".join(words) + "\n")
    (folder / "tokens.txt").write_text("[PAD]\n" + "\n".join(words) + "\n")
    (folder / "pairs.tsv").write_text("king\tqueen\t8.5\nman\twoman\t7\ndog\tcat\t6\n")
    (folder / "out").mkdir()
    paths = {
        "model": str(folder / "model"),
        "text": str(folder / "text.txt"),
        "words": str(folder / "words.txt"),
        "tokens": str(folder / "tokens.txt"),
        "pairs": str(folder / "pairs.tsv"),
        "out": str(folder / "out" / "it"),
    }
    if pretrained:
        from tests.support import tiny_models

        paths["pretrained"] = str(tiny_models.save("gpt2", folder / "pretrained"))
    return Goods(paths)


def main() -> int:
    """Runs the whole sweep, and prints what went wrong."""
    import tempfile

    os.environ["HF_HUB_OFFLINE"] = "1"
    commands = sys.argv[1:] or list(CALLS)
    faults: list[Any] = []
    with tempfile.TemporaryDirectory() as place:
        animals_folder, good_folder = Path(place) / "zoo", Path(place) / "good"
        animals_folder.mkdir()
        good_folder.mkdir()
        pretrained = bool({"contextual", "distill", "surprisal", "attention"} & set(commands))
        goods = make_goods(good_folder, pretrained=pretrained)
        animals = zoo.make(animals_folder)
        os.chdir(good_folder)
        for command in commands:
            for call in CALLS[command]:
                print(command, call, len(animals), flush=True)
                for fault in sweep(command, call, goods, animals, animals_folder):
                    print("   ", fault, flush=True)
                    faults.append(fault)
    print(len(faults), "faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
