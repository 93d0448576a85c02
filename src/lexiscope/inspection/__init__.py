"""Looking inside: recording a run, replaying any step, and the views computed from it.

A view is a pure function of a recording, one file each; what it gives is plain data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lexiscope.lazy import lazy_names

if TYPE_CHECKING:
    from lexiscope.inspection.recorder import record_text
    from lexiscope.inspection.recording import Recording
    from lexiscope.inspection.step import Step, Weights
    from lexiscope.training.record_config import RecordConfig

# The kernels' compiler is loaded with the first replay; looking at options needs none of it.
_LAZY = {
    "RecordConfig": "lexiscope.training.record_config",
    "Recording": "lexiscope.inspection.recording",
    "Step": "lexiscope.inspection.step",
    "Weights": "lexiscope.inspection.step",
    "record_text": "lexiscope.inspection.recorder",
}

__all__ = ["RecordConfig", "Recording", "Step", "Weights", "record_text"]

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
