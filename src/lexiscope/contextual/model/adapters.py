"""Adapters of low rank (LoRA, Hu et al. 2021), folded into the model that they were trained on.

PEFT's layout: `adapter_config.json` names the base, and `adapter_model.safetensors` has A (r × in)
and B (out × r) of each layer. W becomes W + s·B·A with s = α/r, or α/√r (rsLoRA,
Kalajdzievski 2023).
Source: https://huggingface.co/docs/peft/developer_guides/checkpoint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lexiscope.errors import FormatError
from lexiscope.files import json_document

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_ROOT = "base_model.model."
# End of an A's name → that of its B's.
_PAIRS = {
    ".lora_A.weight": ".lora_B.weight",
    ".lora_embedding_A": ".lora_embedding_B",
}
# Fields whose presence makes an adapter more than W + s·B·A.
_MORE = (
    "use_dora",
    "lora_bias",
    "layer_replication",
    "target_parameters",
    "trainable_token_indices",
    "alora_invocation_tokens",
    "use_qalora",
    "velora_config",
)
_OTHER_BASE = ("pissa", "olora", "corda", "loftq")  # these change the base's own weights


@dataclass(frozen=True)
class Adapter:
    """An adapter's configuration, checked.

    Attributes:
        folder: Where it lies.
        base: The folder or the hub's id of the model that it was trained on.
        fields: The configuration.
    """

    folder: Path
    base: str
    fields: dict[str, Any]

    def scale(self, layer: str, rank: int) -> float:
        """s of a layer.

        Raises:
            FormatError: The configuration's rank or α is another than its weights', or no number.
        """
        told = self._of(layer, "rank_pattern", "r")
        alpha = self._of(layer, "alpha_pattern", "lora_alpha")
        if told != rank or type(alpha) not in (int, float) or not math.isfinite(alpha):
            raise FormatError(
                self.folder,
                None,
                f"has r={told!r:.20} and lora_alpha={alpha!r:.20} in its {CONFIG}, and rank {rank} "
                f"in its weights of {layer:.100}",
            )
        return float(alpha / (math.sqrt(rank) if self.fields.get("use_rslora") else rank))

    def _of(self, layer: str, pattern: str, usual: str) -> Any:
        for name, value in (self.fields.get(pattern) or {}).items():
            if layer == name or layer.endswith(f".{name}"):
                return value
        return self.fields.get(usual)


def adapter_of(place: str) -> Adapter | None:
    """The adapter that a folder holds; None where it holds a whole model, or is none.

    Raises:
        FormatError: It cannot be folded into a model: it is of another kind than LoRA, or more.
    """
    folder = Path(place)
    if not (folder / CONFIG).is_file() or (folder / "config.json").is_file():
        return None
    told = json_document.read(folder / CONFIG, json_document.TABLE, as_written=True).plain_fields()
    base = told.get("base_model_name_or_path")
    kind = told.get("peft_type")
    if kind is None:  # too little of an adapter to say more than `misfits.py` does
        return None
    advice = "merge it where it was trained (PEFT's merge_and_unload) and save the whole model"
    if kind != "LORA":
        raise FormatError(
            folder, None, f"holds adapters of the kind {kind!r:.40}, not LoRA; {advice}"
        )
    more = [name for name in _MORE if told.get(name)]
    if told.get("bias", "none") != "none":
        more.append(f"bias={told['bias']!r:.20}")
    start = told.get("init_lora_weights")
    if isinstance(start, str) and start.lower().startswith(_OTHER_BASE):
        more.append(f"init_lora_weights={start!r:.40}")
    patterns = [told.get(key) or {} for key in ("rank_pattern", "alpha_pattern")]
    if not all(isinstance(pattern, dict) for pattern in patterns) or any(
        _is_pattern(name) for pattern in patterns for name in pattern
    ):
        more.append("a rank_pattern or alpha_pattern of regular expressions")
    if more:
        raise FormatError(
            folder, None, f"holds a LoRA with {more[0]}, which cannot be folded in; {advice}"
        )
    if not isinstance(base, str) or not base:
        raise FormatError(folder, None, f"names no base_model_name_or_path in its {CONFIG}")
    if not (folder / WEIGHTS).is_file():
        raise FormatError(folder, None, f"has no {WEIGHTS}; save the adapter as safetensors")
    return Adapter(folder, base, told)


def _is_pattern(name: str) -> bool:
    """Whether a name of a layer is a pattern rather than a name."""
    return not name.replace(".", "").replace("_", "").isalnum()


def fold(adapter: Adapter, module: Any) -> None:
    """Adds an adapter to a model's weights.

    What it has for a head that the model comes without is left out.

    Args:
        adapter: The adapter.
        module: The model, which is changed.

    Raises:
        FormatError: A layer is not in the model, is quantized, or of another shape; or none is.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = adapter.folder / WEIGHTS
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise FormatError(path, None, f"is damaged: {str(error)[:100]}") from error
    used: set[str] = set()
    folded = 0
    with torch.no_grad():
        for name, first in sorted(tensors.items()):
            end = next((end for end in _PAIRS if name.endswith(end)), None)
            if end is None:
                continue
            partner = name.removesuffix(end) + _PAIRS[end]
            if partner not in tensors:
                raise FormatError(path, None, f"has {name:.100} without {partner:.100}")
            used |= {name, partner}
            layer = name.removesuffix(end).removeprefix(_ROOT)
            part = _part(path, module, layer)
            if part is not None:
                _add(adapter, layer, part, first, tensors[partner])
                folded += 1
        for name in sorted(tensors.keys() - used):
            layer, _dot, last = name.removeprefix(_ROOT).rpartition(".")
            part = _part(path, module, layer)
            if part is not None:
                _replace(path, name, part, last, tensors[name])
    if not folded:
        raise FormatError(path, None, "changes no layer of the model that it names as its base")


def _part(path: Path, module: Any, layer: str) -> Any:
    """The layer of a name; None where that is of a head, which the model comes without."""
    prefix = f"{module.base_model_prefix}."
    own = layer.removeprefix(prefix) if not hasattr(module, prefix[:-1]) else layer
    inside = own != layer or hasattr(module, layer.partition(".")[0])
    try:
        return module.get_submodule(own)
    except AttributeError as error:
        if not inside:
            return None
        raise FormatError(
            path, None, f"has weights for {layer:.100}, which the base has not; it is of another"
        ) from error


def _add(adapter: Adapter, layer: str, part: Any, first: Any, second: Any) -> None:
    from torch.nn import Embedding
    from transformers.pytorch_utils import Conv1D

    path = adapter.folder / WEIGHTS
    weight = getattr(part, "weight", None)
    if weight is None or not weight.is_floating_point():
        raise FormatError(path, None, f"changes {layer:.100}, which is quantized or has no weight")
    if first.ndim != 2 or second.ndim != 2 or second.shape[1] != first.shape[0]:
        raise FormatError(path, None, f"has an A and a B for {layer:.100} that do not go together")
    change = second.float() @ first.float()
    if isinstance(part, Conv1D | Embedding):  # kept as in × out
        change = change.T
    if change.shape != weight.shape:
        shapes = ["×".join(map(str, tensor.shape)) for tensor in (change, weight)]
        raise FormatError(
            path, None, f"changes {layer:.100} by {shapes[0]} values, and the base has {shapes[1]}"
        )
    change = change.to(weight.device) * adapter.scale(layer, int(first.shape[0]))
    weight.copy_(weight.float() + change)


def _replace(path: Path, name: str, part: Any, last: str, tensor: Any) -> None:
    """Puts a tensor that was trained as a whole in its place."""
    parameter = getattr(part, last, None)
    if parameter is None or parameter.shape != tensor.shape:
        raise FormatError(
            path,
            None,
            f"has {name:.100}, which cannot be folded in: the base has no such tensor of "
            f"{'×'.join(map(str, tensor.shape))} values",
        )
    parameter.copy_(tensor)
