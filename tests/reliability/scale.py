"""A text of very many distinct words: the peak of memory against what was announced.

`benchmarks` has the speed of the same beside gensim's.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from tests.reliability.kills import Row

_ANNOUNCED = re.compile(r"memory: about ([\d,.]+) (MB|GB)")
_UNITS = {"MB": 1 << 20, "GB": 1 << 30}
# The interpreter and the libraries, which no run is asked for.
MOST_OVER = 1.10
WORDS, TOKENS = 2_000_000, 20_000_000

# Says what the process it runs took, at most, of memory (kB), and wrote (bytes).
_MEASURED = """
import resource, sys
from lexiscope.cli.main import main
code = main(sys.argv[1:])
written = [line for line in open("/proc/self/io") if line.startswith("wchar")][0].split()[1]
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, written, file=sys.stderr)
sys.exit(code)
"""


def measure(folder: Path) -> Row:
    """Trains on such a text, made up for it."""
    from benchmarks.zipf import write_zipf

    text = folder / "zipf.txt"
    write_zipf(text, words=WORDS, tokens=TOKENS)
    words = ["train", str(text), "-o", str(folder / "model"), "--min-count", "1", "--epochs", "1"]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seconds = time.monotonic() - began
    row = Row("scale", f"{TOKENS:,} words, {WORDS:,} distinct, in {seconds:.0f} s", trials=1)
    announced = _ANNOUNCED.search(done.stderr)
    peak = re.search(r"^peak (\d+) (\d+)$", done.stderr, re.MULTILINE)
    if done.returncode != 0 or announced is None or peak is None:
        row.faults.append(f"exit code {done.returncode}: {done.stderr[-300:]}")
        return row
    promised = float(announced[1].replace(",", "")) * _UNITS[announced[2]]
    share = int(peak[1]) * 1024 / promised
    row.count(f"peak/announced {share:.2f}, {int(peak[2]) / 1e9:.1f} GB written")
    if share > MOST_OVER:
        row.faults.append(f"takes {share:.2f} times the memory that was announced")
    return row
