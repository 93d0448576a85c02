"""Cluster: the parts of a text trained by several machines, on Ray (extra `ray`).

One more way to run a stretch of text, behind the same session: see `training.loop.parts` for what
is trained, and docs/cluster.md for how it is used.
"""

from lexiscope.cluster.choice import Cluster

__all__ = ["Cluster"]
