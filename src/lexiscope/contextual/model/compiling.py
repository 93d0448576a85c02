"""Compilation of a model by `torch.compile`, tried when it is loaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from lexiscope.contextual.model.behaviour import layers_of
from lexiscope.contextual.model.forward import Forward
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.errors import ConfigError

# What compiled code may differ by, relative to a vector's length: it rounds in another order.
_TOLERANCE = {4: 1e-3, 2: 0.1}


def compiled_forward(loaded: LoadedModel) -> Forward:
    """What calls a model compiled, for batches of any number of rows and any length.

    Raises:
        ConfigError: There is no compiler here, or what it makes is not the model.
    """
    import torch

    call = torch.compile(loaded.module, dynamic=True)
    forward = loaded.forward.through(call)
    sample = [loaded.sample, loaded.sample]
    if loaded.behaviour.sharing == "none":
        sample = sample[:1]
    try:
        with torch.inference_mode():
            plain = loaded.forward.call(loaded.forward.batch(sample), hidden=True)
            told = forward.call(forward.batch(sample), hidden=True)
    except Exception as error:
        if not is_of_a_library(error):
            raise
        raise ConfigError(
            f"compile=True: model {loaded.title!r} cannot be compiled here ({first_line(error)}); "
            "leave it out"
        ) from error
    if not _alike(layers_of(plain)[-1], layers_of(told)[-1]):
        raise ConfigError(
            f"compile=True: model {loaded.title!r} gives other vectors when it is compiled; leave "
            "it out"
        )
    return forward


def _alike(one: Any, other: Any) -> bool:
    first, second = (states.float().cpu().numpy() for states in (one, other))
    apart = np.linalg.norm(first - second, axis=-1)
    lengths = np.linalg.norm(first, axis=-1)
    return bool((apart <= _TOLERANCE[min(4, one.dtype.itemsize)] * lengths).all())
