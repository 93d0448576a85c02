"""Post-processing of vectors: fitted once, stored beside them, and applied again to new ones."""

from __future__ import annotations

from lexiscope.vectors.postprocessing.fitting import FitOptions, fit, fit_vectors, processed
from lexiscope.vectors.postprocessing.kinds import (
    KINDS,
    AllButTheTop,
    OutlierDimensions,
    Postprocessing,
    Standardising,
    Whitening,
)
from lexiscope.vectors.postprocessing.moments import Moments
from lexiscope.vectors.postprocessing.stored import beside, read, write

__all__ = [
    "KINDS",
    "AllButTheTop",
    "FitOptions",
    "Moments",
    "OutlierDimensions",
    "Postprocessing",
    "Standardising",
    "Whitening",
    "beside",
    "fit",
    "fit_vectors",
    "processed",
    "read",
    "write",
]
