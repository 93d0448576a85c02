"""A GPU that is none: the CUDA source, compiled by g++ for a CPU, behind the same `Device`.

`warp.h` makes a warp of 32 values, and warps of fibres that take turns.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import TrainingError
from lexiscope.training.cuda.device import Buffer, windows_source

_HERE = Path(__file__).parent
COMPILER = shutil.which(os.environ.get("CXX", "g++"))
_FLAGS = (
    *("-std=c++20", "-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno"),
    *("-fno-trapping-math", "-Wall", "-Werror", "-Wno-unknown-pragmas", "-Wno-unused-function"),
    *("-shared", "-fPIC"),
)
# Compiled once a process, and shared by the tests' processes on one machine.
_KEPT = Path(tempfile.gettempdir()) / f"lexiscope-emulated-gpu-{os.getuid()}"


class _Memory:
    def __init__(self, size: int) -> None:
        # Whatever was there: nothing may count on zeros.
        self.content = np.full(size + 64, 0xA5, np.uint8)
        self.address = -(-self.content.ctypes.data // 64) * 64


class _Library:
    def __init__(self, device: EmulatedGpu, library: ctypes.CDLL) -> None:
        self._device, self.library = device, library

    def launch(
        self,
        kernel: str,
        blocks: int,
        warps: int,
        arguments: Sequence[np.generic],
        shared_bytes: int,
    ) -> None:
        held = [np.array(argument) for argument in arguments]
        addresses = (ctypes.c_void_p * len(held))(*(value.ctypes.data for value in held))
        self._device.launches.append((kernel, blocks, warps, shared_bytes))
        getattr(self.library, f"launch_{kernel}")(blocks * warps, addresses)


class EmulatedGpu:
    """Runs kernels where they are launched; copies are done at once.

    Args:
        processors: As many as it says it has.
        memory: Bytes that it says it has.

    Attributes:
        launches: Kernel, blocks, warps and shared bytes of each launch.
        sent: Bytes of each piece of text.
        fetched: Bytes of each copy back.
        macros: Of each compilation.
    """

    label = "cuda:7"
    name = "Emulated GPU"

    def __init__(self, processors: int = 1, memory: int = 2**33) -> None:
        self.processors = processors
        self.memory = memory
        self.launches: list[tuple[str, int, int, int]] = []
        self.sent: list[int] = []
        self.fetched: list[int] = []
        self.macros: list[tuple[str, ...]] = []

    def free_bytes(self) -> int:
        return self.memory

    def allocate(self, size: int) -> _Memory:
        if size > self.memory:
            raise TrainingError(f"{self.label} gives no {size:,} bytes")
        return _Memory(size)

    def pinned(self, count: int) -> NDArray[np.int32]:
        return np.full(count, -7, np.int32)

    def put(self, buffer: Buffer, array: NDArray[Any]) -> None:
        whole = np.ascontiguousarray(array)
        ctypes.memmove(buffer.address, whole.ctypes.data, whole.nbytes)

    def get(self, buffer: Buffer, array: NDArray[Any]) -> None:
        self.fetched.append(array.nbytes)
        ctypes.memmove(array.ctypes.data, buffer.address, array.nbytes)

    def send(self, buffer: Buffer, pinned: NDArray[np.int32]) -> None:
        self.sent.append(pinned.nbytes)
        ctypes.memmove(buffer.address, pinned.ctypes.data, pinned.nbytes)

    def mark(self) -> object:
        return len(self.launches)

    def wait(self, mark: Any) -> None:
        assert mark <= len(self.launches)

    def compile(self, macros: Sequence[str]) -> _Library:
        self.macros.append(tuple(macros))
        return _Library(self, ctypes.CDLL(str(compiled(macros))))


def compiled(macros: Sequence[str]) -> Path:
    """The shared library of the kernels with these macros."""
    assert COMPILER is not None, "tests of the GPU's kernels need g++ (or CXX)"
    source = "\n".join(
        [(_HERE / "warp.h").read_text(), windows_source(), (_HERE / "launch.h").read_text()]
    )
    text = "\n".join([source, *_FLAGS, *sorted(macros)])
    _KEPT.mkdir(exist_ok=True)
    library = _KEPT / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory(dir=_KEPT) as folder:
            code, made = Path(folder) / "kernels.cpp", Path(folder) / "kernels.so"
            code.write_text(source)
            options = [f"-D{macro}" for macro in macros]
            command = [COMPILER, *_FLAGS, *options, str(code), "-o", str(made)]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            assert run.returncode == 0, run.stderr
            made.replace(library)
    return library
