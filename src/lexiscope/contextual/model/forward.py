"""Forward passes: what a model is given beside ids, and the state that a pass must not change."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

Ints = NDArray[np.int64]

_TYPE_PROBE = "a a"
# A pass with any sparse attention that is told to give way to the full one on short texts.
_SPARSE = "block_sparse"


@dataclass(frozen=True)
class TokenTypes:
    """Numbers of segments that a tokenizer gives beside ids, where not all are 0 (XLNet, Funnel).

    Attributes:
        front, back: Those of the special tokens in front of a text and behind it.
        inner: That of the text's own tokens.
    """

    front: tuple[int, ...]
    inner: int
    back: tuple[int, ...]

    def of(self, length: int) -> list[int]:
        """The numbers of a sequence of some length, special tokens included."""
        own = length - len(self.front) - len(self.back)
        return [*self.front, *([self.inner] * own), *self.back]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a model is given: n sequences, padded to the longest.

    Attributes:
        ids: n × longest.
        mask: 1 where there is a token, 0 where there is padding (n × longest); None where there is
            none, and no token could be taken for it.
        types: Numbers of segments (n × longest); None where the model is to take 0 for all.
    """

    ids: Tensor
    mask: Tensor | None
    types: Tensor | None


class Forward:
    """Calls a model with sequences of ids.

    Args:
        module: The PyTorch module.
        tokenizer: Its tokenizer.
        positions: The most tokens that it can take, or None.
    """

    def __init__(self, module: Any, tokenizer: Any, positions: int | None) -> None:
        self._module = self._call = module
        self._always_masked = False
        self._positions = positions
        accepted = inspect.signature(module.forward).parameters
        settings = {"use_cache": False, "return_dict": True}
        self._settings = {name: value for name, value in settings.items() if name in accepted}
        self._masked = "attention_mask" in accepted
        self._types = _token_types(tokenizer) if "token_type_ids" in accepted else None
        self._attention = _attention_type(module)
        self.rows = _rows(module)
        self._paddings = self._padding_ids(tokenizer)
        self.padding = self._paddings[0] if self._paddings else 0
        self.bounds = _bounds(module.config)

    @property
    def device(self) -> Any:
        """Where the model is."""
        return self._module.device

    @property
    def by_length(self) -> bool:
        """Whether the model attends in another way to sequences of another length."""
        return self._attention is not None

    @property
    def keeps_state(self) -> bool:
        """Whether a pass writes to the module, so that two must not go on at once."""
        return self._attention is not None or bool(self.bounds)

    def batch(self, sequences: Sequence[Ints], step: int = 1) -> Batch:
        """Sequences side by side.

        Padding is behind the text, whatever side the tokenizer would put it on: a decoder then
        counts positions from the text's start, and no token sees it.

        Args:
            sequences: Ids, special tokens included; at least one, none empty.
            step: The padded length is a multiple of it, where the model allows.
        """
        lengths = np.fromiter(map(len, sequences), np.int64, len(sequences))
        longest = self.padded(int(lengths.max()), step)
        filled = np.arange(longest) < lengths[:, None]
        table = np.full(filled.shape, self.padding, np.int64)
        table[filled] = np.concatenate(sequences)
        types = None
        if self._types is not None:
            types = np.zeros_like(table)
            types[filled] = np.concatenate([self._types.of(length) for length in lengths.tolist()])
        # Without a mask some models (XLM, FlauBERT) take whatever has the padding's id for padding.
        padded = self._always_masked or not filled.all()
        masked = padded or np.isin(table, self._paddings).any()
        return Batch(
            ids=sent(table, self.device),
            mask=sent(filled.astype(np.int64), self.device) if masked else None,
            types=None if types is None else sent(types, self.device),
        )

    def call(self, batch: Batch, *, hidden: bool = False, attentions: bool = False) -> Any:
        """One pass.

        Args:
            batch: What goes in.
            hidden: Whether the model is to give all its hidden states.
            attentions: Whether it is to give the weights of its attention.
        """
        named: dict[str, Any] = {**self._settings}
        if hidden:
            named["output_hidden_states"] = True
        if attentions:
            named["output_attentions"] = True
        if self._masked:
            named["attention_mask"] = batch.mask
        if batch.types is not None:
            named["token_type_ids"] = batch.types
        if self._attention is not None:
            self._module.set_attention_type(self._attention)
        return self._call(input_ids=batch.ids, **named)

    def through(self, call: Any) -> Forward:
        """The same, through something that stands for the module, and always with a mask."""
        other = copy.copy(self)
        other._call, other._always_masked = call, self._masked
        return other

    def padded(self, longest: int, step: int = 1) -> int:
        """The length that a batch is padded to.

        Args:
            longest: Its longest sequence.
            step: It is a multiple of this, unless that led beyond what the model treats alike.
        """
        padded = -(-longest // step) * step
        ends = [bound for bound in self.bounds if bound >= longest]
        if self._positions is not None:
            ends.append(max(self._positions, longest))
        return min([padded, *ends])

    def _padding_ids(self, tokenizer: Any) -> list[int]:
        """What pads: the model's id, and the tokenizer's, where the matrix has rows for them."""
        told = (getattr(owner, "pad_token_id", None) for owner in (self._module.config, tokenizer))
        return [
            number
            for number in told
            if isinstance(number, int) and 0 <= number < (self.rows or number + 1)
        ]


def _rows(module: Any) -> int | None:
    """The rows of the matrix that ids are looked up in; None where the model has no such matrix."""
    try:
        matrix = module.get_input_embeddings()
    except (NotImplementedError, AttributeError):
        return None
    weight = getattr(matrix, "weight", None)
    return None if weight is None or weight.ndim != 2 else int(weight.shape[0])


def _token_types(tokenizer: Any) -> TokenTypes | None:
    if "token_type_ids" not in tokenizer.model_input_names:
        return None
    encoded = tokenizer(_TYPE_PROBE, return_token_type_ids=True, return_special_tokens_mask=True)
    types, special = encoded["token_type_ids"], encoded["special_tokens_mask"]
    if not any(types) or all(special):
        return None
    front, back = special.index(0), special[::-1].index(0)
    return TokenTypes(
        front=tuple(types[:front]), inner=types[front], back=tuple(types[len(types) - back :])
    )


def _attention_type(module: Any) -> str | None:
    """The kind of attention to be set anew before each pass.

    BigBird gives up its sparse attention for good at the first short text that it meets, so that
    vectors would depend on what went through the model before.
    """
    told = getattr(module.config, "attention_type", None)
    return _SPARSE if told == _SPARSE and hasattr(module, "set_attention_type") else None


def _bounds(config: Any) -> tuple[int, ...]:
    """Lengths beyond which positions are turned by other angles (LongRoPE, Ding et al. 2024).

    The longest sequence of a batch decides for all, so that none beyond such a length may share one
    with any below.
    """
    told = getattr(config, "rope_parameters", None)
    if not isinstance(told, dict):
        return ()
    kinds = [told, *(value for value in told.values() if isinstance(value, dict))]
    lengths = {
        kind.get("original_max_position_embeddings")
        for kind in kinds
        if kind.get("rope_type") == "longrope"
    }
    return tuple(sorted(length for length in lengths if isinstance(length, int)))


def sent(numbers: Ints, device: Any) -> Tensor:
    """Numbers, on their way to a device.

    Nothing waits for them: pinned memory is read while the process goes on, and PyTorch keeps it
    until then.
    """
    import torch

    tensor = torch.from_numpy(numbers)
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)
