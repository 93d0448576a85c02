"""Vectors and texts by name: a catalogue, the cache in which they lie, and models of the hub."""

from __future__ import annotations

from lexiscope.fetching.names import fetched, is_reference, path_of, require_vectors

__all__ = ["fetched", "is_reference", "path_of", "require_vectors"]
