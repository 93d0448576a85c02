"""Steps worth looking at first: one example, early, in the middle and late in the run."""

from __future__ import annotations

import numpy as np

from lexiscope.replay.recording import Recording


def bookmarks(recording: Recording) -> dict[str, int]:
    """Three steps of the example whose loss fell most, so that they can be compared.

    Returns:
        "early", "middle" and "late" → the step's number. Where no example came a second time, the
        first step, the middle one and the last.
    """
    order, steps = recording.run.order, recording.steps
    seen, first = np.unique(order, return_index=True)
    _, from_behind = np.unique(order[::-1], return_index=True)
    last = steps - 1 - from_behind
    fallen = np.where(last > first, recording.losses[first] - recording.losses[last], -np.inf)
    best = int(np.argmax(fallen))
    if last[best] == first[best]:
        return {"early": 1, "middle": max(1, steps // 2), "late": steps}
    when = np.flatnonzero(order == seen[best])
    middle = when[np.argmin(np.abs(when - steps / 2))]
    return {"early": int(first[best]) + 1, "middle": int(middle) + 1, "late": int(last[best]) + 1}
