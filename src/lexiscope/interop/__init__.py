"""Vectors in other programs: PyTorch and Keras layers, and folders of matrices.

The modules `torch` and `keras` are imported by name where they are wanted
(`from lexiscope.interop import torch`), because each needs its library.
"""

from __future__ import annotations

from lexiscope.interop.exports import ExportData, ExportError, export, load_export

__all__ = ["ExportData", "ExportError", "export", "load_export"]
