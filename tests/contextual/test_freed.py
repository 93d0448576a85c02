from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np, psutil
from lexiscope.contextual.corpus.freed import give_back_freed
resident = lambda: psutil.Process().memory_info().rss / 2**20
arrays = [np.ones(12_000) for _ in range(2_000)]  # 96 kB each: from glibc's heap
behind = np.ones(12_000)  # the heap cannot shrink by itself
del arrays
before = resident()
give_back_freed()
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="not glibc")
def test_what_was_freed_between_what_is_used_goes_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) > 100
