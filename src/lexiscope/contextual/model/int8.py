"""8-bit weights and products on the CPU, made when a model is loaded (dynamic quantization).

A product x·Wᵀ is computed with whole numbers of 8 bits: each row of W and each token's x is scaled
by its own largest value (the vector-wise scales of LLM.int8(): Dettmers et al. 2022). A token's
scale is its own, so that a text's vectors do not depend on the texts beside it; with one scale for
a whole batch, as `torch.ao.quantization.quantize_dynamic` has it, they would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from lexiscope.contextual.model.forward import Forward
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.errors import ConfigError

# Written for this measure: plain English, a question, names and figures, and other scripts.
SENTENCES = (
    "The bank near the river was closed, so they walked back over the old bridge.",
    "In 1998 Dr. Ines Okafor found that 37 % of the samples had been mislabelled.",
    "Why would anyone, having seen the forecast, leave the harbour at night?",
    "Der kleine Laden verkauft seit gestern auch Brot, 咖啡和茶, и свежие газеты.",
)
_LARGEST = 127.0
_SEVEN_BITS = 63
_PROBED = 64
_CONV1D = "Conv1D"  # GPT-2's: a linear layer with its weight transposed


class Int8Linear(nn.Module):
    """A linear layer whose weight and inputs are rounded to whole numbers.

    Args:
        weight: Of the layer, out × in.
        bias: Of it, or None.
        largest: Of the weight's numbers (`largest_weight`).
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, largest: int) -> None:
        super().__init__()
        self.in_features, self.out_features = weight.shape[1], weight.shape[0]
        scale = weight.abs().amax(dim=1).clamp_min(1e-12) / largest
        self._weight = _packed((weight / scale[:, None]).round().to(torch.int8))
        self._scale = scale.float()
        self._bias = None if bias is None else bias.detach().float().clone()

    def __deepcopy__(self, _copied: dict[int, object]) -> Int8Linear:
        return self  # it never changes, and what oneDNN has packed cannot be copied

    @property
    def weight(self) -> Tensor:
        """The whole numbers; T5 asks for their kind."""
        return self._weight

    def forward(self, inputs: Tensor) -> Tensor:
        """x·Wᵀ + b, for inputs of any shape that ends in `in_features`."""
        rows = inputs.reshape(-1, self.in_features).float()
        scale = rows.abs().amax(dim=1, keepdim=True).clamp_min(1e-12) / _LARGEST
        numbers = (rows / scale).round_().to(torch.int8)
        outputs = _product(numbers, self._weight, self._scale).mul_(scale)
        if self._bias is not None:
            outputs.add_(self._bias)
        return outputs.to(inputs.dtype).reshape(*inputs.shape[:-1], self.out_features)


@cache
def largest_weight() -> int | None:
    """How large a weight's whole numbers may be here, so that products are exact.

    Processors without instructions for 8 bits (VNNI) add two products in 16 bits, which hold them
    for weights of 7 bits only. None where even these are wrong, or PyTorch has no oneDNN.
    """
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return None
    for largest in (int(_LARGEST), _SEVEN_BITS):
        signs = torch.tensor([[1, 1], [1, -1], [-1, -1]], dtype=torch.int8)
        numbers = signs.repeat_interleave(_PROBED, dim=1)
        weight = (largest * numbers).to(torch.int8)
        inputs = (int(_LARGEST) * numbers).to(torch.int8)
        got = _product(inputs, _packed(weight), torch.ones(len(weight)))
        if torch.equal(got.double(), inputs.double() @ weight.double().t()):
            return largest
    return None


def _packed(numbers: Tensor) -> Tensor:
    packed: Tensor = torch.ops.onednn.qlinear_prepack(numbers, None)
    return packed


def _product(numbers: Tensor, weight: Tensor, scale: Tensor) -> Tensor:
    """Inputs (n × in) times a packed weight's transpose, whose rows have scales: n × out."""
    zeros = torch.zeros(len(scale), dtype=torch.int64)
    product: Tensor = torch.ops.onednn.qlinear_pointwise(
        numbers, 1.0, 0, weight, scale, zeros, None, 1.0, 0, torch.float32, "none", [], ""
    )
    return product


@dataclass(frozen=True)
class Agreement:
    """How near tokens' vectors are to those of float32, by their cosines.

    Attributes:
        lowest, mean: Over the tokens.
        tokens: How many there were.
    """

    lowest: float
    mean: float
    tokens: int

    def told(self) -> str:
        """In one line."""
        return (
            f"int8: a token's vector has a cosine of {self.mean:.4f} with its float32 twin, "
            f"{self.lowest:.4f} at the least ({self.tokens} tokens)"
        )


def to_int8(module: Any, tokenizer: Any, positions: int | None) -> Agreement:
    """Turns a model's linear layers into those of 8 bits, in place, and measures what that changes.

    Args:
        module: A model of transformers in float32, on the CPU.
        tokenizer: Its tokenizer.
        positions: The most tokens that it can take, or None.

    Raises:
        ConfigError: It has no linear layer, or uses them in a way that these do not have; or the
            processor has no such products.
    """
    forward = Forward(module, tokenizer, positions)
    encoded = [tokenizer(text)["input_ids"][:positions] for text in SENTENCES]
    encoded = [ids for ids in encoded if ids]
    before = [_states(forward, ids) for ids in encoded]
    replaced, largest = list(_linear_layers(module)), largest_weight()
    if largest is None:
        raise ConfigError(
            "dtype='int8': PyTorch computes no exact products of 8 bits on this processor; take "
            "bfloat16 or float32"
        )
    if not replaced:
        raise ConfigError("dtype='int8': the model has no linear layers; take another dtype")
    for parent, name, weight, bias in replaced:
        setattr(parent, name, Int8Linear(weight, bias, largest))
    try:
        after = [_states(forward, ids) for ids in encoded]
    except Exception as error:
        if not is_of_a_library(error):
            raise
        raise ConfigError(
            f"dtype='int8': the model cannot be run with layers of 8 bits ({first_line(error)}); "
            "take bfloat16"
        ) from error
    cosines = torch.nn.functional.cosine_similarity(torch.cat(before), torch.cat(after), dim=-1)
    return Agreement(float(cosines.min()), float(cosines.mean()), len(cosines))


def _states(forward: Forward, ids: list[int]) -> Tensor:
    import numpy as np

    with torch.inference_mode():
        output = forward.call(forward.batch([np.array(ids, np.int64)]), hidden=True)
        states: Tensor = output.last_hidden_state[0].float()
        return states


def _linear_layers(module: Any) -> Iterator[tuple[Any, str, Tensor, Tensor | None]]:
    """Each linear layer: the module that has it, its name there, weight (out × in) and bias."""
    for parent in list(module.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Linear:
                yield parent, name, layer.weight.detach(), layer.bias
            elif type(layer).__name__ == _CONV1D:
                yield parent, name, layer.weight.detach().t(), layer.bias
