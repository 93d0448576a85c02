"""Inspection of a run: its history, whichever way it was recorded, and the views computed from it.

A view is a pure function of a recording or of its `History`, one file each; what it gives is plain
data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.inspection.history import History, SnapshotHistory, StepHistory
    from lexiscope.inspection.snapshots.snapshots import Snapshots
    from lexiscope.replay.config import RecordConfig
    from lexiscope.replay.recorder import record_text
    from lexiscope.replay.recording import Recording
    from lexiscope.replay.step import Step, Weights

# The kernels' compiler is loaded with the first replay; looking at options needs none of it.
_LAZY = {
    "History": "lexiscope.inspection.history",
    "SnapshotHistory": "lexiscope.inspection.history",
    "Snapshots": "lexiscope.inspection.snapshots.snapshots",
    "StepHistory": "lexiscope.inspection.history",
    "RecordConfig": "lexiscope.replay.config",
    "Recording": "lexiscope.replay.recording",
    "Step": "lexiscope.replay.step",
    "Weights": "lexiscope.replay.step",
    "record_text": "lexiscope.replay.recorder",
}

__all__ = [
    "History",
    "RecordConfig",
    "Recording",
    "SnapshotHistory",
    "Snapshots",
    "Step",
    "StepHistory",
    "Weights",
    "record_text",
]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
