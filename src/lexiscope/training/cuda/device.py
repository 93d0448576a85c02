"""Device: all that training needs of a GPU, and the text of what runs on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

_HERE = Path(__file__).parent


class Buffer(Protocol):
    """Memory of a device, which is free again when nobody holds it.

    Attributes:
        address: On the device.
    """

    @property
    def address(self) -> int:
        """Where it begins."""


class Program(Protocol):
    """Kernels that were compiled for a device."""

    def launch(
        self,
        kernel: str,
        blocks: int,
        warps: int,
        arguments: Sequence[np.generic],
        shared_bytes: int,
    ) -> None:
        """Has a kernel run, after all that was launched and sent before; does not wait for it.

        Args:
            kernel: Its name.
            blocks: Of the grid.
            warps: Of a block, of 32 threads each.
            arguments: By value, each in its type; an address as uint64.
            shared_bytes: Memory that a block's threads share.
        """


class Device(Protocol):
    """A GPU.

    Attributes:
        label: As in the options: "cuda:0".
        name: What it is called: "NVIDIA H200".
        processors: Its multiprocessors.
    """

    label: str
    name: str
    processors: int

    def free_bytes(self) -> int:
        """Memory that is free."""

    def allocate(self, size: int) -> Buffer:
        """So many bytes, of any content.

        Raises:
            TrainingError: There are not so many.
        """

    def pinned(self, count: int) -> NDArray[np.int32]:
        """Memory of this machine from which `send` can copy while other things go on."""

    def put(self, buffer: Buffer, array: NDArray[Any]) -> None:
        """Copies an array to the device, after all work there."""

    def get(self, buffer: Buffer, array: NDArray[Any]) -> None:
        """Copies from the device into an array, after all work there."""

    def send(self, buffer: Buffer, pinned: NDArray[np.int32]) -> None:
        """Begins to copy; what is launched from here on comes after it, what was before goes on."""

    def mark(self) -> object:
        """A mark behind all that was launched so far."""

    def wait(self, mark: object) -> None:
        """Waits until a mark has been reached."""

    def compile(self, macros: Sequence[str]) -> Program:
        """The kernels of `windows.cu`.

        Args:
            macros: Each as "NAME=VALUE".
        """


def windows_source() -> str:
    """What is compiled behind a device's own `warp` file."""
    return (_HERE / "windows.cu").read_text(encoding="utf-8")


def warp_source() -> str:
    """The warp's operations on a real GPU."""
    return (_HERE / "warp.cuh").read_text(encoding="utf-8")
