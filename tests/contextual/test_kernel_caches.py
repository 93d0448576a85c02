"""What PyTorch keeps of kernels for shapes that do not come again."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

# The bytes that the C library has handed out, after sentences of ever other lengths.
PROGRAM = """
import ctypes, sys
from lexiscope.contextual import Encoder

class Allocated(ctypes.Structure):
    _fields_ = [(f"field{number}", ctypes.c_size_t) for number in range(10)]

counted = ctypes.CDLL(None).mallinfo2
counted.restype = Allocated
encoder = Encoder(sys.argv[1], dtype="bfloat16", batch_tokens=4096)
sizes = []
for length in range(1, 21):
    for number in range(1, 13):
        encoder.encode_words(" ".join(["bank"] * length + [str(one)]) for one in range(number))
    found = counted()
    sizes.append(found.field4 + found.field7)  # hblkhd, uordblks
print(sizes[-1] - sizes[4])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="not glibc")
def test_memory_does_not_grow_with_the_shapes_of_batches(tiny: dict[str, Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tiny["roberta"])], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 10e6
