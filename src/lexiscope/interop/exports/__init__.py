"""Folders of matrices with their vocabulary, tied together by checksums.

A folder has

the matrices    in the files of one target (`TARGETS`), float32; `input` is W, `output` W′
vocabulary.tsv  a line a row: the token, escaped as in `formats.tokens`, and its count if known
manifest.json   see `manifest`: shapes, and checksums of the tokens and of each matrix

so that a matrix with the vocabulary of another is an error instead of garbage.
"""

from __future__ import annotations

from lexiscope.formats.kinds.export.manifest import ExportError
from lexiscope.interop.exports.data import ExportData
from lexiscope.interop.exports.folder import TARGETS, check_target, export, load_export

__all__ = ["TARGETS", "ExportData", "ExportError", "check_target", "export", "load_export"]
