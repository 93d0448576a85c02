"""Files of word vectors: one module a format, and a registry that tells them apart."""

from __future__ import annotations

from lexiscope.formats.contract import Format, ReadOptions, VectorsData, VectorsStream
from lexiscope.formats.registry import FORMATS, by_extension, by_name, detect, read, write

__all__ = [
    "FORMATS",
    "Format",
    "ReadOptions",
    "VectorsData",
    "VectorsStream",
    "by_extension",
    "by_name",
    "detect",
    "read",
    "write",
]
