"""Choice of the device by its name, and what a run must not ask of a GPU.

Both are looked at before anything is read.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda.device import Device
from lexiscope.training.cuda.limits import (
    MOST_NEGATIVES,
    WIDEST,
    DeviceMemory,
    device_memory,
    most_window,
)

GivenDevice = str | Device
"""A name, or a device of a program's own."""

_NAME = re.compile(r"cuda(?::(\d{1,3}))?\Z")


class Chosen(NamedTuple):
    """Where a run trains.

    Attributes:
        device: The GPU; None for the CPU.
        reason: Why the CPU, where that was left open; else "".
    """

    device: Device | None = None
    reason: str = ""


def choose_device(given: GivenDevice, config: TrainingConfig) -> Chosen:
    """Where a run of these options trains.

    Args:
        given: "cpu", "cuda", "cuda:1", …, "auto", or a device.
        config: The options.

    Raises:
        ConfigError: It is no such name, there is no such GPU, or the options do not go there.
        MissingExtraError: CuPy is not installed.
    """
    if given == "auto":
        reason = why_not(config)
        if reason is not None:
            return Chosen(None, reason)
        from lexiscope.training.cuda.cupy_device import CupyDevice, NoGpuError

        try:
            return Chosen(CupyDevice())
        except (NoGpuError, MissingExtraError) as error:
            return Chosen(None, str(error))
    device = _named(given) if isinstance(given, str) else given
    if device is not None:
        check_served(config)
    return Chosen(device)


def _named(name: str) -> Device | None:
    if name == "cpu":
        return None
    found = _NAME.match(name)
    if found is None:
        raise ConfigError(f"device is {name!r}; expected cpu, cuda, cuda:N (a number), or auto")
    from lexiscope.training.cuda.cupy_device import CupyDevice

    return CupyDevice(int(found[1] or 0))


def why_not(config: TrainingConfig) -> str | None:
    """Why a run of these options does not go on a GPU, with what to do; None where it does."""
    if config.subwords is not None:
        return "subwords are trained on the CPU only; take device cpu"
    if config.parts is not None:
        return "a text in parts is trained on CPUs only; take device cpu, or leave parts out"
    if config.loss == "softmax":
        return (
            "the exact softmax is trained on the CPU only; take device cpu, or loss negative, nce, "
            "hierarchical or negative+hierarchical"
        )
    if config.vector_size > WIDEST:
        return f"vector_size is {config.vector_size:,}; expected at most {WIDEST:,} on a GPU"
    if config.negative > MOST_NEGATIVES and config.loss != "hierarchical":
        return f"negative is {config.negative:,}; expected at most {MOST_NEGATIVES} on a GPU"
    if config.window > most_window():
        return f"window is {config.window:,}; expected at most {most_window():,} on a GPU"
    return None


def check_served(config: TrainingConfig) -> None:
    """Refuses a run that does not go on a GPU.

    Raises:
        ConfigError: It is such a one.
    """
    reason = why_not(config)
    if reason is not None:
        raise ConfigError(reason)


def check_ready(device: Device, config: TrainingConfig, words: int) -> DeviceMemory:
    """Refuses a run that does not go on a device, or does not fit there.

    Args:
        device: Where.
        config: Of the run: options may have been set since the device was chosen.
        words: Of its vocabulary.

    Returns:
        What it will take.

    Raises:
        ConfigError: Its options do not go there.
        TrainingError: There is not enough memory.
    """
    check_served(config)
    memory = device_memory(words, config)
    memory.check(device)
    return memory


def as_told(device: Device) -> dict[str, Any]:
    """What config.json keeps of a GPU that trained."""
    return {"label": device.label, "name": device.name, "same_bits": False}
