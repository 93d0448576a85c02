"""Vectors as Keras 3's embedding layer (extra `[keras]`)."""

from __future__ import annotations

from typing import Any

from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.interop.rows import Rows, as_matrix

_OLDEST = 3


def require_keras() -> Any:
    """The module `keras`, of version 3 or later.

    Raises:
        MissingExtraError: It, or the framework behind it, is not installed.
    """
    try:
        import keras
    except ImportError as error:
        raise MissingExtraError("Keras 3 (with a backend: see KERAS_BACKEND)", "keras") from error
    if int(keras.__version__.split(".")[0]) < _OLDEST:
        raise MissingExtraError(f"Keras 3 (found {keras.__version__})", "keras")
    return keras


def embedding(
    vectors: Rows, *, freeze: bool = True, padding_idx: int | None = None, **options: Any
) -> Any:
    """A `keras.layers.Embedding` whose row i is row i of the vectors.

    Args:
        vectors: Vectors, a matrix in the order of other ids (`lexiscope.align`), or an array (N×D).
            Values are copied, as float32.
        freeze: Whether training leaves the layer as it is (`trainable=False`).
        padding_idx: The id that stands for nothing; Keras masks id 0 only (`mask_zero`).
        options: Further arguments of the layer, such as `name`.

    Returns:
        The layer, built.

    Raises:
        MissingExtraError: Keras is not installed.
        ConfigError: `padding_idx` is neither None nor 0, or the array is no matrix of numbers.
    """
    keras = require_keras()
    if padding_idx not in (None, 0):
        raise ConfigError(
            f"padding_idx is {padding_idx}; Keras masks id 0 only: give 0, or None for no mask"
        )
    matrix = as_matrix(vectors)
    layer = keras.layers.Embedding(
        *matrix.shape, trainable=not freeze, mask_zero=padding_idx == 0, **options
    )
    layer.build(None)
    layer.set_weights([matrix])
    return layer
