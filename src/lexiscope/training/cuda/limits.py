"""Limits of what a GPU trains, and the memory that it takes there."""

from __future__ import annotations

from dataclasses import dataclass

from lexiscope.errors import TrainingError
from lexiscope.progress import human_memory
from lexiscope.training.config import TrainingConfig
from lexiscope.training.cuda.device import Device
from lexiscope.training.kernels.memory import padded
from lexiscope.training.losses.registry import rule_of

WIDEST = 1024  # values of a vector
MOST_NEGATIVES = 31  # a lane of a warp each, and the center's
# What every GPU has for a block without being asked.
SHARED_BYTES = 48 * 1024
# Positions that a warp takes at a time, as in `windows.cu`.
SPAN = 256
# Rows of W′ that a window of any loss may ask about, where nobody has counted yet: no Huffman tree
# of a text that fits on a disk is deeper.
DEEPEST = 128
# Positions of the text on the device at a time; there are two such pieces.
PIECE = 2**23
# Context in front of a piece and behind it.
MARGIN = 2**16
# Assumed: what a program and its driver take of a GPU.
_PROGRAM_BYTES = 512 * 2**20


def notes_bytes(window: int, slots: int) -> int:
    """Shared memory of a warp: `Notes` of `windows.cu`."""
    return -(-4 * (2 * window + 2 * SPAN + 2 * slots) // 16) * 16


def most_window() -> int:
    """The largest window that a warp's notes have room for."""
    return (SHARED_BYTES - notes_bytes(0, MOST_NEGATIVES + 1 + DEEPEST)) // 8


@dataclass(frozen=True, kw_only=True)
class DeviceMemory:
    """What a run takes on a GPU, in bytes.

    Attributes:
        words: V.
        dimension: D.
        inputs, outputs: W and W′.
        tables: What the loss and the subsampling look up.
        text: The two pieces of it that are there at a time.
    """

    words: int
    dimension: int
    inputs: int
    outputs: int
    tables: int
    text: int = 2 * 4 * (PIECE + 2 * MARGIN)

    @property
    def total(self) -> int:
        """All of it, the program too."""
        return self.inputs + self.outputs + self.tables + self.text + _PROGRAM_BYTES

    def check(self, device: Device) -> None:
        """Refuses a run that does not fit.

        Raises:
            TrainingError: It does not.
        """
        free = device.free_bytes()
        if self.total <= free:
            return
        raise TrainingError(
            f"the run needs {human_memory(self.total)} on {device.label} ({device.name}): "
            f"W {human_memory(self.inputs)}, W′ {human_memory(self.outputs)} ({self.words:,} words "
            f"× {self.dimension} dimensions), tables {human_memory(self.tables)}, text "
            f"{human_memory(self.text)}, program {human_memory(_PROGRAM_BYTES)}; but "
            f"{human_memory(free)} are free; set a smaller vector_size, a larger min_count, or "
            f"max_final_vocab, or take device cpu"
        )


def device_memory(words: int, config: TrainingConfig) -> DeviceMemory:
    """Adds up what a run will take on a GPU.

    Args:
        words: V.
        config: The run's options.
    """
    row = 4 * padded(config.vector_size)
    rule = rule_of(config.loss)
    tables = 5 * words  # subsampling, and which are frozen
    if rule.draws_negatives:
        tables += 12 * words  # who is drawn, and a shift
    if "hierarchical" in config.loss:
        tables += 8 * words + 8 * words * max(words.bit_length(), 1)
    return DeviceMemory(
        words=words,
        dimension=config.vector_size,
        inputs=words * row,
        outputs=rule.output_rows(words) * row,
        tables=tables,
    )


def words_that_fit(size: int, config: TrainingConfig) -> int:
    """How many words a GPU with so many bytes free has room for, to a thousand."""
    low, high = 0, 10**9
    while high - low > 1:
        middle = (low + high) // 2
        fits = device_memory(1000 * middle, config).total <= size
        low, high = (middle, high) if fits else (low, middle)
    return 1000 * low
