"""The GPU's kernels again, in NumPy: what differs from those of the CPU is the skip-gram window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.support.twins import Twin, sigmoid


@dataclass
class GpuTwin(Twin):
    """A run in NumPy, the output rows of a window worked off `group` at a time.

    Attributes:
        group: Slots of a group, empty ones counted.
        path_base: Where the inner nodes' rows of W′ begin, with negatives and the tree at once.
    """

    group: int = 6
    path_base: int = 0

    def slots(self, center, place):
        """The window's rows and signs, −1 and 0 for an empty slot."""
        rows, signs = [], []
        if self.alias is not None:
            rows = [center, *self.drawn(center, place)]
            signs = [1.0, *(0.0 if row < 0 else -1.0 for row in rows[1:])]
        if self.paths:
            nodes, turns = self.paths[center]
            rows += [int(node) + self.path_base for node in nodes]
            signs += list(turns)
        return np.array(rows, int), np.array(signs)

    def targets(self, center, place):
        rows, signs = self.slots(center, place)
        return rows[rows >= 0], signs[rows >= 0]

    def shared_window(self, center, context, place, alpha) -> None:
        """Skip-gram: each context word in turn against a group of rows, which change behind it."""
        every, all_signs = self.slots(center, place)
        self.pairs += len(context)
        for start in range(0, len(every), self.group):
            used = every[start : start + self.group] >= 0
            rows = every[start : start + self.group][used]
            signs = all_signs[start : start + self.group][used]
            out = self.outputs[rows].copy()
            changes = np.zeros_like(out)
            for word in context:
                vector = self.inputs[word].copy()
                z = signs * (out @ vector - self.shifts_of(rows))
                self.total_loss += np.logaddexp(0, -z).sum()
                g = alpha * signs * sigmoid(-z)
                changes += np.outer(g, vector)
                self.change_input(word, g @ out)
            self.outputs[rows] += changes
