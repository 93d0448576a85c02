"""ONNX models, run by ONNX Runtime behind the interface that a module of PyTorch has.

A folder holds `model.onnx`, or `onnx/model.onnx`, beside `config.json` and the tokenizer, as
optimum and the hub's exports lay it out. Its output `last_hidden_state` is the last layer; outputs
`hidden_states.0`, `hidden_states.1`, … are the others, where it was exported with them.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.pretrained.tensors import INDEX, SINGLE, TORCH_INDEX, TORCH_SINGLE
from lexiscope.errors import ConfigError, FormatError, MissingExtraError

if TYPE_CHECKING:
    from torch import Tensor

_NAME, _FOLDER, _ENDING = "model.onnx", "onnx", ".onnx"
_LAST = ("last_hidden_state", "token_embeddings")  # optimum's name, sentence-transformers'
_INNER = re.compile(r"hidden_states[._](\d+)")
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def onnx_file(folder: Path) -> Path | None:
    """The ONNX model of a folder that has no weights of PyTorch's; None where there is none.

    Raises:
        FormatError: There are several, and none is called model.onnx.
    """
    if any((folder / name).is_file() for name in (SINGLE, INDEX, TORCH_SINGLE, TORCH_INDEX)):
        return None
    for place in (folder, folder / _FOLDER):
        if (place / _NAME).is_file():
            return place / _NAME
        files = sorted(place.glob(f"*{_ENDING}")) if place.is_dir() else []
        if len(files) > 1:
            names = ", ".join(file.name for file in files[:4])
            raise FormatError(place, None, f"has {names}; name the one to be used {_NAME}")
        if files:
            return files[0]
    return None


class OnnxModel:
    """A model with its configuration, called as a module of transformers is.

    Args:
        path: The ONNX file.
        config: Of transformers.
        layers: How many the configuration tells of, or None.
        device: Where it runs, as PyTorch names it.

    Attributes:
        config, device, dtype: As a module has them.

    Raises:
        MissingExtraError: onnxruntime is not installed.
        ConfigError: It has no hidden state, wants more than a text, or cannot run on that device.
        FormatError: The file is damaged.
    """

    main_input_name = "input_ids"

    def __init__(self, path: Path, config: Any, layers: int | None, device: Any) -> None:
        import torch

        try:
            import onnxruntime
        except ImportError as error:
            raise MissingExtraError("an ONNX model", "onnx") from error
        provider = _PROVIDERS.get(device.type, "")
        if provider not in onnxruntime.get_available_providers():
            raise ConfigError(
                f"device={str(device)!r}: onnxruntime cannot run there as it is installed; try "
                "'cpu'"
            )
        self.config, self.device, self.dtype = config, device, torch.float32
        self._file = path
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = torch.get_num_threads()
        chosen = provider if device.index is None else (provider, {"device_id": device.index})
        try:
            self._session = onnxruntime.InferenceSession(str(path), options, [chosen])
        except Exception as error:
            if not is_of_a_library(error):
                raise
            raise FormatError(path, None, f"cannot be loaded: {first_line(error)}") from error
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._last, self._inner = self._outputs(layers)

    def _outputs(self, layers: int | None) -> tuple[str, dict[int, str]]:
        """The names of the last hidden state, and of those of layers by their numbers."""
        names = [one.name for one in self._session.get_outputs()]
        last = next((name for name in _LAST if name in names), None)
        if last is None:
            raise ConfigError(
                f"{self._file} gives {', '.join(names)[:120]} and no last_hidden_state; export the "
                "model without its head (optimum-cli export onnx --task feature-extraction)"
            )
        inputs = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
        others = sorted(self._inputs - set(inputs))
        if others or "input_ids" not in self._inputs:
            wanted = ", ".join(others)[:120] or "no input_ids"
            raise ConfigError(f"{self._file} wants {wanted}; expected a model that takes a text")
        numbered = {int(match[1]): name for name in names if (match := _INNER.fullmatch(name))}
        self._count = layers or max(numbered, default=1) or 1
        return last, numbered

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        output_hidden_states: bool = False,
        **_named: object,
    ) -> Any:
        """One pass; hidden states that the file does not give are None."""
        import torch

        ids = input_ids.cpu().numpy()
        given = {"input_ids": ids}
        for name, tensor, filling in (
            ("attention_mask", attention_mask, np.ones_like),
            ("token_type_ids", token_type_ids, np.zeros_like),
        ):
            if name in self._inputs:
                given[name] = filling(ids) if tensor is None else tensor.cpu().numpy()
        if "position_ids" in self._inputs:
            given["position_ids"] = np.broadcast_to(np.arange(ids.shape[1]), ids.shape).copy()
        inner = self._inner if output_hidden_states else {}
        outputs = self._session.run([self._last, *inner.values()], given)
        tensors = [torch.from_numpy(output).to(self.device) for output in outputs]
        numbered = dict(zip(inner, tensors[1:], strict=True))
        states = (*map(numbered.get, range(self._count)), tensors[0])
        return SimpleNamespace(last_hidden_state=tensors[0], hidden_states=states)

    __call__ = forward

    def modules(self) -> tuple[OnnxModel]:
        """Itself alone, as there is nothing to look into."""
        return (self,)

    def named_modules(self) -> tuple[()]:
        """Nothing: there is no table of positions to look at."""
        return ()

    def takes(self, length: int) -> bool:
        """Whether a text of so many tokens goes through; RoBERTa's table has rows of no use."""
        import torch

        try:
            self.forward(torch.ones((1, length), dtype=torch.int64))
        except Exception as error:
            if not is_of_a_library(error):
                raise
            return False
        return True

    def get_input_embeddings(self) -> Any:
        """Something with as many rows as the configuration has words."""
        rows = getattr(self.config, "vocab_size", None)
        return SimpleNamespace(weight=np.empty((rows, 0))) if isinstance(rows, int) else None
