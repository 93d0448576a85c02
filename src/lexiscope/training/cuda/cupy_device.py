"""CuPy device: a GPU of NVIDIA's, its kernels compiled by NVRTC for just that one.

CuPy is imported where a GPU was asked for, and never before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import (
    ConfigError,
    LexiscopeError,
    MissingExtraError,
    TrainingError,
    reason_of,
)
from lexiscope.progress import human_memory
from lexiscope.training.cuda.device import Buffer, Program, warp_source, windows_source

# Shuffles among the lanes that are named, and 64-bit atomics, as the kernels have them.
OLDEST = (7, 0)
_OPTIONS = ("--use_fast_math", "--std=c++17")
_TO_DEVICE, _TO_HOST = 1, 2  # cudaMemcpyKind


class NoGpuError(ConfigError):
    """There is no GPU that could be used: none, or no driver."""


class _Memory:
    """A buffer; cudaFree is called when nobody holds it."""

    def __init__(self, cupy: Any, size: int) -> None:
        self._memory = cupy.cuda.Memory(size)

    @property
    def address(self) -> int:
        return int(self._memory.ptr)


class _Compiled:
    def __init__(self, module: Any, device: Any, stream: Any) -> None:
        self._module, self._device, self._stream = module, device, stream

    def launch(
        self,
        kernel: str,
        blocks: int,
        warps: int,
        arguments: Sequence[np.generic],
        shared_bytes: int,
    ) -> None:
        """See `Program`."""
        with self._device, self._stream:
            function = self._module.get_function(kernel)
            function((blocks,), (32 * warps,), tuple(arguments), shared_mem=shared_bytes)


class CupyDevice:
    """A GPU by its number; see `Device`.

    Raises:
        MissingExtraError: CuPy is not installed.
        NoGpuError: There is no driver, no GPU, or none of this number.
        ConfigError: The GPU is too old.
    """

    def __init__(self, number: int = 0) -> None:
        self._cupy = cupy = _imported()
        count = _count(cupy)
        if number >= count:
            seen = "cuda:0 only" if count == 1 else f"cuda:0 to cuda:{count - 1}"
            raise NoGpuError(f"device cuda:{number}: there is no such GPU; expected {seen}")
        self._number = number
        self.label = f"cuda:{number}"
        facts = cupy.cuda.runtime.getDeviceProperties(number)
        self.name = facts["name"].decode("utf-8", "replace")
        self.processors = int(facts["multiProcessorCount"])
        capability = (int(facts["major"]), int(facts["minor"]))
        if capability < OLDEST:
            raise ConfigError(
                f"device {self.label}: {self.name} has compute capability "
                f"{capability[0]}.{capability[1]}, expected {OLDEST[0]}.{OLDEST[1]} or later; take "
                f"device cpu"
            )
        self._device = cupy.cuda.Device(number)
        with self._device:
            self._compute = cupy.cuda.Stream(non_blocking=True)
            self._copies = cupy.cuda.Stream(non_blocking=True)

    def __reduce__(self) -> tuple[Any, ...]:
        return _found_again, (self._number,)

    def free_bytes(self) -> int:
        """See `Device`."""
        with self._device:
            return int(self._cupy.cuda.runtime.memGetInfo()[0])

    def allocate(self, size: int) -> Buffer:
        """See `Device`."""
        cuda = self._cupy.cuda
        try:
            with self._device:
                return _Memory(self._cupy, max(size, 1))
        except (cuda.memory.OutOfMemoryError, cuda.runtime.CUDARuntimeError) as error:
            raise TrainingError(
                f"{self.label} ({self.name}) gives no {human_memory(size)} ({reason_of(error)}); "
                f"set a smaller vector_size, a larger min_count, or max_final_vocab"
            ) from error

    def pinned(self, count: int) -> NDArray[np.int32]:
        """See `Device`."""
        with self._device:
            memory = self._cupy.cuda.alloc_pinned_memory(4 * count)
        return np.frombuffer(memory, np.int32, count)

    def put(self, buffer: Buffer, array: NDArray[Any]) -> None:
        """See `Device`."""
        whole = np.ascontiguousarray(array)
        self._copy(buffer.address, whole.ctypes.data, whole.nbytes, _TO_DEVICE)

    def get(self, buffer: Buffer, array: NDArray[Any]) -> None:
        """See `Device`."""
        self._copy(array.ctypes.data, buffer.address, array.nbytes, _TO_HOST)

    def _copy(self, to: int, source: int, size: int, way: int) -> None:
        runtime = self._cupy.cuda.runtime
        try:
            with self._device:
                self._copies.synchronize()
                self._compute.synchronize()
                if size:
                    runtime.memcpy(to, source, size, way)
        except runtime.CUDARuntimeError as error:
            raise TrainingError(f"{self.label} ({self.name}) failed: {reason_of(error)}") from error

    def send(self, buffer: Buffer, pinned: NDArray[np.int32]) -> None:
        """See `Device`."""
        runtime = self._cupy.cuda.runtime
        with self._device:
            runtime.memcpyAsync(
                buffer.address, pinned.ctypes.data, pinned.nbytes, _TO_DEVICE, self._copies.ptr
            )
            self._compute.wait_event(self._copies.record())

    def mark(self) -> object:
        """See `Device`."""
        with self._device:
            return self._compute.record()

    def wait(self, mark: Any) -> None:
        """See `Device`."""
        mark.synchronize()

    def compile(self, macros: Sequence[str]) -> Program:
        """See `Device`."""
        options = (*_OPTIONS, *(f"-D{macro}" for macro in macros))
        source = warp_source() + windows_source()
        with self._device:
            module = self._cupy.RawModule(code=source, options=options, backend="nvrtc")
            module.compile()
        return _Compiled(module, self._device, self._compute)


def _found_again(number: int) -> CupyDevice | None:
    """The GPU of a session that was pickled; None, the CPU, where there is no such one now."""
    try:
        return CupyDevice(number)
    except LexiscopeError:
        return None


def _imported() -> Any:
    try:
        import cupy
    except ImportError as error:
        raise MissingExtraError("training on a GPU", "cuda") from error
    return cupy


def _count(cupy: Any) -> int:
    """GPUs that can be used.

    Raises:
        NoGpuError: There are none.
    """
    try:
        count = int(cupy.cuda.runtime.getDeviceCount())
    except cupy.cuda.runtime.CUDARuntimeError as error:
        raise NoGpuError(
            f"no GPU can be used: {reason_of(error)}; install NVIDIA's driver (nvidia-smi tells "
            f"whether there is one), or take device cpu"
        ) from error
    if count == 0:
        raise NoGpuError("no GPU was found; take device cpu")
    return count
