"""Vectors as PyTorch's embedding layer (extra `[torch]`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lexiscope.errors import ConfigError, MissingExtraError
from lexiscope.interop.rows import Rows, as_matrix

if TYPE_CHECKING:
    from torch.nn import Embedding


def require_torch() -> Any:
    """The module `torch`.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("PyTorch", "torch") from error
    return torch


def embedding(vectors: Rows, *, freeze: bool = True, padding_idx: int | None = None) -> Embedding:
    """An `nn.Embedding` whose row i is row i of the vectors.

    Args:
        vectors: Vectors, a matrix in the order of other ids (`lexiscope.align`), or an array (N×D).
            Values are copied, as float32.
        freeze: Whether training leaves the layer as it is.
        padding_idx: The id that stands for nothing: training leaves its row as it is, whatever
            `freeze` says.

    Raises:
        MissingExtraError: PyTorch is not installed.
        ConfigError: `padding_idx` is no row, or the array is no matrix of numbers.
    """
    torch = require_torch()
    matrix = as_matrix(vectors)
    if padding_idx is not None and not 0 <= padding_idx < len(matrix):
        raise ConfigError(
            f"padding_idx is {padding_idx}, expected a row from 0 to {len(matrix) - 1}"
        )
    layer: Embedding = torch.nn.Embedding.from_pretrained(
        torch.tensor(matrix), freeze=freeze, padding_idx=padding_idx
    )
    return layer


def fill(layer: Embedding, vectors: Rows) -> None:
    """Puts vectors into a layer that a model already has.

    Args:
        layer: An `nn.Embedding` of the same shape; whether it trains stays as it is.
        vectors: As for `embedding`.

    Raises:
        MissingExtraError: PyTorch is not installed.
        ConfigError: The layer has other rows or dimensions.
    """
    torch = require_torch()
    matrix = as_matrix(vectors)
    shape = (layer.num_embeddings, layer.embedding_dim)
    if matrix.shape != shape:
        raise ConfigError(
            f"the vectors are {matrix.shape[0]:,} × {matrix.shape[1]:,}, but the layer is "
            f"{shape[0]:,} × {shape[1]:,}; align the vectors to its ids, with rows= for padding, "
            "and choose vectors of its dimensions"
        )
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(matrix))
