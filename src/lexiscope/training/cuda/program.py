"""Program of a run on a GPU: macros, tables and grid, from what the CPU's kernels are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import ConfigError
from lexiscope.training.cuda.limits import PIECE, SHARED_BYTES, SPAN, notes_bytes
from lexiscope.training.kernel_setup import KernelSetup
from lexiscope.training.kernels.architectures import Cbow
from lexiscope.training.losses.base import Tables
from lexiscope.training.losses.combined import NegativesAndTree
from lexiscope.training.losses.hierarchical import Tree
from lexiscope.training.losses.nce import Noise
from lexiscope.training.losses.negative import Negatives

# Blocks of four warps a multiprocessor: a prototype was fastest with 4 to 8 on an H200.
_BLOCKS, _WARPS = 8, 4
# Floats of rows and their changes that a lane holds in registers: rows × parts of 128.
_HELD = 18
_MOST_GROUPED = 8
# Warps under way at a time, for each word that the text is as rich as (see `KernelSetup`): what
# they do not know of each other's changes adds up where all of them touch the same rows.
WARPS_A_WORD = 8.0
# A run begins with few, since there the loss falls steeply, and what warps do not know of each
# other costs most; each adds itself when the run has so many positions more behind it.
FIRST_WARPS = 32
POSITIONS_A_WARP = 2048


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run's kernels are compiled with and launched as.

    Attributes:
        macros: By name.
        tables: What they look up, by the kernel's argument; what is missing is null there.
        warps: Under way at a time, at most.
        notes: Bytes of shared memory of a warp.
    """

    macros: Mapping[str, int]
    tables: Mapping[str, NDArray[Any]]
    warps: int
    notes: int

    def warps_after(self, done: int) -> int:
        """Warps under way at a time, when a run has so many positions behind it."""
        return min(self.warps, max(FIRST_WARPS, done // POSITIONS_A_WARP))

    def grid(self, positions: int, done: int) -> tuple[int, int]:
        """Blocks, and warps of a block.

        Args:
            positions: Of the text, to be trained.
            done: Positions that the run has behind it.
        """
        wanted = max(1, min(self.warps_after(done), -(-positions // SPAN)))
        block = min(_WARPS, wanted, max(1, SHARED_BYTES // self.notes))
        return wanted // block, block


def plan_of(setup: KernelSetup, columns: int, processors: int) -> Plan:
    """The plan of a run.

    Args:
        setup: Of the kernels on the CPU.
        columns: Of W and W′.
        processors: Multiprocessors of the GPU.

    Raises:
        ConfigError: The loss does not run there.
    """
    architecture = setup.architecture
    macros, tables = _of_loss(setup.tables)
    macros["SLOTS"] = slots = max(1, setup.slots)
    parts = -(-columns // 128)
    is_cbow = isinstance(architecture, Cbow)
    macros |= {
        "CBOW": int(is_cbow),
        "MEAN": int(isinstance(architecture, Cbow) and architecture.mean),
        "EXACT": int(isinstance(architecture, Cbow) and architecture.exact and architecture.mean),
        "COLUMNS": columns,
        "WINDOW": architecture.size,
        "SHRINK": int(architecture.shrink),
        "FROZEN": int(architecture.frozen is not None),
        "GROUP": max(1, min(slots, _MOST_GROUPED, _HELD // parts)),
    }
    tables["keep"] = setup.keep
    if architecture.frozen is not None:
        tables["frozen"] = architecture.frozen
    at_once = int(min(WARPS_A_WORD * setup.effective_words, PIECE // SPAN))
    return Plan(
        macros=macros,
        tables=tables,
        warps=max(1, min(at_once, processors * _BLOCKS * _WARPS)),
        notes=notes_bytes(architecture.size, slots),
    )


def _of_loss(tables: Tables) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """A loss's macros and tables."""
    macros = {"NEGATIVE": 0, "TREE": 0, "TREE_BASE": 0, "SHIFTED": 0}
    found: dict[str, NDArray[Any]] = {}
    match tables:
        case Negatives():
            macros["NEGATIVE"], found["alias"] = tables.number, tables.alias
        case Noise():
            macros["NEGATIVE"], found["alias"] = tables.number, tables.alias
            macros["SHIFTED"], found["shifts"] = 1, tables.shifts
        case Tree():
            macros["TREE"] = 1
            found |= _tree(tables)
        case NegativesAndTree():
            macros |= {"NEGATIVE": tables.noise.number, "TREE": 1, "TREE_BASE": tables.words}
            found["alias"] = tables.noise.alias
            found |= _tree(tables.tree)
        case _:
            raise ConfigError(f"{type(tables).__name__} are no tables of a loss that runs on a GPU")
    return macros, found


def _tree(tree: Tree) -> dict[str, NDArray[Any]]:
    return {
        "starts": tree.starts,
        "nodes": np.ascontiguousarray(tree.nodes, np.int32),
        "turns": np.ascontiguousarray(tree.signs, np.float32),
    }
