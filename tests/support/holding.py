"""A target held by another process, which has begun to write it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Holds a target, having begun to write it, until it is killed or told to end.
HOLDER = """
import sys
from pathlib import Path
from lexiscope.files.reserving import reserved
from lexiscope.files.siblings import sibling
target = Path(sys.argv[1])
with reserved(target):
    sibling(target, "tmp").write_bytes(b"half")
    sibling(target, "tmp").mkdir()
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(target: Path) -> Iterator[subprocess.Popen[str]]:
    """The process, which is killed at the end; two drafts of its are there."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(target)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stdin is not None
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
