"""Checkpoints that were saved quantized: which library reads them, and whether it is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from lexiscope.errors import ConfigError

# What configurations call the way → the packages that transformers reads it with.
_PACKAGES = {
    "bitsandbytes": {"bitsandbytes": "bitsandbytes", "accelerate": "accelerate"},
    "bitsandbytes_8bit": {"bitsandbytes": "bitsandbytes", "accelerate": "accelerate"},
    "bitsandbytes_4bit": {"bitsandbytes": "bitsandbytes", "accelerate": "accelerate"},
    "quanto": {"optimum.quanto": "optimum-quanto", "accelerate": "accelerate"},
    "torchao": {"torchao": "torchao"},
    "gptq": {"gptqmodel": "gptqmodel", "optimum": "optimum"},
    "awq": {"gptqmodel": "gptqmodel", "accelerate": "accelerate"},
    "compressed-tensors": {"compressed_tensors": "compressed-tensors"},
    "hqq": {"hqq": "hqq"},
    "eetq": {"kernels": "kernels", "accelerate": "accelerate"},
}


def quantization_of(config: Any) -> str | None:
    """How a checkpoint is quantized, as its configuration names it; None where it is not."""
    told = getattr(config, "quantization_config", None)
    if told is None:
        return None
    fields = told if isinstance(told, dict) else vars(told)
    method = fields.get("quant_method")
    if method is None and (fields.get("load_in_8bit") or fields.get("load_in_4bit")):
        method = "bitsandbytes"
    return str(getattr(method, "value", method))


def check_library(name: str, method: str) -> None:
    """Refuses a quantized checkpoint whose library is not installed, before its weights are read.

    Args:
        name: The model's.
        method: As `quantization_of` has it.

    Raises:
        ConfigError: A package is missing; the message says which.
    """
    missing = [
        package for module, package in _PACKAGES.get(method, {}).items() if not _is_there(module)
    ]
    if missing:
        raise ConfigError(
            f"model {name!r} is quantized ({method}), which takes {' and '.join(missing)}: pip "
            f"install {' '.join(missing)}, or take the checkpoint that it was made from"
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # of a package inside one that is not there
        return False
