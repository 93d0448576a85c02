"""Census of a language model's parameters: their shares, from the headers of its files alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from lexiscope.contextual.pretrained.extract import CONFIG, Pretrained, Tied
from lexiscope.contextual.pretrained.tensors import (
    INDEX,
    SINGLE,
    TORCH_INDEX,
    TORCH_SINGLE,
    Tensor,
)

_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+(?:@[\w./-]+)?")
# What is stored with the weights but not trained: masks, positions, rotations.
_NO_PARAMETER = re.compile(r"(?:\.attn\.bias|masked_bias|inv_freq|position_ids|token_type_ids)$")
_MASK_DIMENSIONS = 4


@dataclass(frozen=True, kw_only=True)
class Census:
    """The parameters of a pretrained model.

    Attributes:
        source: As it was named.
        architecture: By its config.json, or None.
        parameters: All of them, a tied matrix counted once.
        stored_bytes: What the parameters take as they are stored.
        embedding: The input matrix.
        output: The output matrix, where one is stored.
        tied: What the output matrix is to the input matrix.
        tokens: How many the tokenizer has, or None where there is none.
    """

    source: str
    architecture: str | None
    parameters: int
    stored_bytes: int
    embedding: Tensor
    output: Tensor | None
    tied: Tied
    tokens: int | None

    @property
    def embedding_share(self) -> float:
        """Share of the parameters that the input matrix has, 0–1."""
        return self.embedding.values / self.parameters

    @property
    def output_share(self) -> float:
        """Share of an output matrix of its own, 0–1; 0 where it is tied or there is none."""
        alone = self.output is not None and self.tied is Tied.DIFFERENT
        return self.output.values / self.parameters if alone and self.output is not None else 0.0

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        rows, columns = self.embedding.shape
        return {
            "path": self.source,
            "format": "checkpoint",
            "architecture": self.architecture,
            "parameters": self.parameters,
            "stored_bytes": self.stored_bytes,
            "words": rows,
            "dimensions": columns,
            "tokens": self.tokens,
            "padded_rows": None if self.tokens is None else max(0, rows - self.tokens),
            "embedding": {
                "tensor": self.embedding.name,
                "stored_as": self.embedding.dtype,
                "parameters": self.embedding.values,
                "share": self.embedding_share,
                "stored_bytes": self.embedding.bytes,
                "float32_bytes": 4 * self.embedding.values,
            },
            "output": None
            if self.output is None
            else {
                "tensor": self.output.name,
                "parameters": self.output.values,
                "share": self.output_share,
            },
            "tied": str(self.tied),
        }


def looks_like_pretrained(path: str | PathLike[str]) -> bool:
    """Whether a path is a folder with a language model's weights, or a model's id on a hub.

    An id is only what has an owner before its name and no folder of that name here.
    """
    place = Path(path)
    if place.is_dir():
        named = any((place / name).is_file() for name in (INDEX, TORCH_INDEX, TORCH_SINGLE))
        return named or ((place / SINGLE).is_file() and (place / CONFIG).is_file())
    return (
        not place.exists()
        and not place.parent.exists()
        and _HUB_ID.fullmatch(str(path)) is not None
    )


def census(source: str | PathLike[str]) -> Census:
    """Counts the parameters of a pretrained model; of its files only headers are read.

    Args:
        source: See `extract.Pretrained`.

    Raises:
        ConfigError: It has no embedding matrix that could be told.
        FormatError: It is no pretrained model, is damaged, or cannot be reached.
    """
    pretrained = Pretrained(source)
    embedding = pretrained.input()
    output = pretrained.output(embedding)
    tied = pretrained.tied(embedding, output)
    tensors = [pretrained.tensors.info(name) for name in pretrained.tensors.names()]
    # A tied matrix that is stored twice is one set of parameters.
    twice = output.name if output is not None and tied in (Tied.SAME, Tied.SAMPLED) else None
    counted = [tensor for tensor in tensors if _is_parameter(tensor) and tensor.name != twice]
    architectures = pretrained.config.get("architectures")
    named = isinstance(architectures, list) and len(architectures) > 0
    return Census(
        source=pretrained.source,
        architecture=str(architectures[0]) if named and isinstance(architectures, list) else None,
        parameters=sum(tensor.values for tensor in counted),
        stored_bytes=sum(tensor.bytes for tensor in counted),
        embedding=embedding,
        output=output,
        tied=tied,
        tokens=None if pretrained.tokens is None else len(pretrained.tokens),
    )


def _is_parameter(tensor: Tensor) -> bool:
    """Whether it is trained; attention layers' biases of one dimension are, their masks are not."""
    if _NO_PARAMETER.search(tensor.name) is None:
        return True
    return tensor.name.endswith(".attn.bias") and len(tensor.shape) != _MASK_DIMENSIONS
