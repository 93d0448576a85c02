"""Post-processing on disk: a safetensors file beside the vectors, its arrays by their names.

Layout: float64 tensors, of whitening `mean` (D) and `matrix` (D × k), and so on (`kinds.py`, each
kind's `arrays`); the header's texts are `format` ("lexiscope-postprocessing"), `kind`, `version`,
and `fitted_on`, JSON of what it was fitted on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope._version import __version__
from lexiscope.errors import FormatError
from lexiscope.files.atomic import atomic_file
from lexiscope.files.opening import require_file
from lexiscope.formats.reading.safetensors_file import read_array, tensors_of
from lexiscope.vectors.postprocessing.kinds import KINDS, Fields, Postprocessing

_FORMAT = "lexiscope-postprocessing"
_SUFFIX = ".postprocessing.safetensors"


def beside(target: str | PathLike[str]) -> Path:
    """Where the post-processing of a folder or a file of vectors is stored."""
    place = Path(target)
    return place.with_name(place.name + _SUFFIX)


def fields(postprocessing: Postprocessing) -> Fields:
    """Its arrays by their names, as they are stored."""
    return {
        name: np.ascontiguousarray(getattr(postprocessing, name), dtype=np.float64)
        for name in postprocessing.arrays
    }


def facts(postprocessing: Postprocessing) -> dict[str, Any]:
    """What identifies it, as plain data: its kind, its sizes and a digest of its arrays."""
    digest = hashlib.blake2b(digest_size=8)
    for name, array in fields(postprocessing).items():
        digest.update(f"{name} {array.shape}".encode())
        digest.update(array.tobytes())
    return {
        "kind": postprocessing.kind,
        "dimensions": postprocessing.size,
        "out": postprocessing.out,
        "digest": digest.hexdigest(),
    }


def write(
    postprocessing: Postprocessing,
    path: str | PathLike[str],
    fitted_on: Mapping[str, Any] | None = None,
) -> None:
    """Writes it to a file, whole or not at all.

    Args:
        postprocessing: What is written.
        path: The file.
        fitted_on: What the vectors were, as plain data: a model, its layers, a text.

    Raises:
        OSError: The disk is full or cannot be written to.
    """
    from safetensors.numpy import save

    texts = {
        "format": _FORMAT,
        "kind": postprocessing.kind,
        "version": __version__,
        "fitted_on": json.dumps({} if fitted_on is None else fitted_on),
    }
    with atomic_file(Path(path)) as stream:
        stream.write(save(fields(postprocessing), metadata=texts))


def read(path: str | PathLike[str]) -> Postprocessing:
    """Reads what `write` wrote.

    Raises:
        FormatError: The file is another one, or damaged.
        OSError: It cannot be read.
    """
    place = Path(path)
    require_file(place)
    tensors, texts = tensors_of(place)
    kind = KINDS.get(str(texts.get("kind"))) if texts.get("format") == _FORMAT else None
    if kind is None:
        raise FormatError(
            place, "the header", f"names no post-processing; expected one of {', '.join(KINDS)}"
        )
    arrays: Fields = {}
    for name, axes in kind.arrays.items():
        tensor = tensors.get(name)
        if tensor is None or tensor.dtype != "F64" or len(tensor.shape) != axes:
            got = "is missing" if tensor is None else f"is {tensor.dtype} of shape {tensor.shape}"
            raise FormatError(
                place, f"tensor {name!r}", f"{got}; expected float64 of {axes} axes ({kind.kind})"
            )
        # A copy: a map would keep the file open, and follow what is written over it.
        arrays[name] = np.array(read_array(place, tensor))
        if not arrays[name].size or not np.isfinite(arrays[name]).all():
            raise FormatError(place, f"tensor {name!r}", "is empty or holds what is no number")
    made: Postprocessing = kind(**arrays)
    if not _fits(made):
        shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise FormatError(place, None, f"has arrays that do not fit together: {shapes}")
    return made


def _fits(made: Postprocessing) -> bool:
    """Whether each array has D numbers along one of its axes, rows along the last."""
    shapes = {name: array.shape for name, array in fields(made).items()}
    along = {"matrix": 0}
    return all(shape[along.get(name, -1)] == made.size for name, shape in shapes.items())
