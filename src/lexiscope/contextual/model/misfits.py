"""Misfits: folders and files that look like a model's and are none that can be loaded, by name."""

from __future__ import annotations

import re
from pathlib import Path

from lexiscope.contextual.pretrained.tensors import INDEX, SINGLE, TORCH_INDEX, TORCH_SINGLE
from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.formats.reading.torch_file import TorchFile

_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<all>\d{5})(?P<end>\.safetensors|\.bin)")
_EXPECTED = "expected a folder with a Hugging Face model: config.json, weights and tokenizer"
# Ending of a file → what it is, and what to do.
_FORMATS = {
    ".gguf": ("llama.cpp's (GGUF)", "take the checkpoint that it was converted from"),
    ".ggml": ("llama.cpp's (GGML)", "take the checkpoint that it was converted from"),
    ".onnx": ("ONNX", "name the folder that it lies in, with config.json and the tokenizer"),
    ".h5": ("TensorFlow's", "take or save a checkpoint with model.safetensors"),
    ".msgpack": ("Flax's", "take or save a checkpoint with model.safetensors"),
    ".ot": ("Rust's (rust-bert)", "take or save a checkpoint with model.safetensors"),
    ".mlpackage": ("Core ML's", "take the checkpoint that it was converted from"),
    ".tflite": ("TensorFlow Lite's", "take the checkpoint that it was converted from"),
    ".pth": ("PyTorch's own, of another layout", "convert it to a Hugging Face checkpoint first"),
    ".ckpt": ("another program's checkpoint", "convert it to a Hugging Face checkpoint first"),
    ".pt": ("PyTorch's own, of another layout", "convert it to a Hugging Face checkpoint first"),
}
_ONNX_FOLDER = "onnx"
_ADAPTERS = "adapter_config.json"


def check_file(path: Path) -> None:
    """Refuses a file, which is no folder with a model.

    Raises:
        FormatError: Always; it says what the file is.
    """
    kind = _FORMATS.get(path.suffix)
    if kind is not None:
        raise FormatError(path, None, f"is a file of {kind[0]} weights; {kind[1]}, {_EXPECTED}")
    if path.suffix in (".safetensors", ".bin"):
        raise FormatError(path, None, "is a file of weights alone; name the folder that it lies in")
    raise FormatError(path, None, f"is a file; {_EXPECTED}")


def check_no_config(folder: Path) -> None:
    """Refuses a folder without a configuration, where that says what it is.

    Raises:
        FormatError: It holds adapters, another program's weights, or a sentence-transformers model
            whose transformer lies a folder deeper.
    """
    if (folder / _ADAPTERS).is_file():
        raise _adapters(folder)
    inner = next((place.parent for place in sorted(folder.glob("*/config.json"))), None)
    if (folder / "modules.json").is_file() and inner is not None:
        raise FormatError(
            folder,
            None,
            f"is a sentence-transformers model whose transformer lies in {inner.name}; name "
            f"{inner}",
        )
    _check_formats(folder)


def check_weights(folder: Path) -> None:
    """Refuses a folder whose weights cannot be loaded, before a library tries.

    Raises:
        FormatError: There are none, not all, or only another program's.
    """
    for index in (INDEX, TORCH_INDEX):
        if (folder / index).is_file():
            _check_shards(folder, index)
            return
    if (folder / SINGLE).is_file() or (folder / TORCH_SINGLE).is_file():
        return
    shards = [match for path in folder.iterdir() if (match := _SHARD.fullmatch(path.name))]
    if shards:
        first = min(shards, key=lambda match: match["number"])
        name = f"{first['stem']}{first['end']}"
        raise FormatError(
            folder,
            None,
            f"has {len(shards)} of {int(first['all'])} numbered files of weights and no "
            f"{name}.index.json, which says what is in which; download the whole model again",
        )
    if (folder / _ADAPTERS).is_file():
        raise _adapters(folder)
    _check_formats(folder)


def explain_pickle(folder: Path) -> None:
    """Says what is wrong with PyTorch's own file, which the library would not load.

    Raises:
        FormatError: It holds something else than tensors: a whole model, pickled with its code.
    """
    path = folder / TORCH_SINGLE
    if not path.is_file() or (folder / SINGLE).is_file():
        return
    try:
        tensors = TorchFile(path).tensors
    except FormatError as error:
        raise FormatError(
            path,
            None,
            "is a pickle of a whole model or of something else than tensors, which would run code "
            "when it is loaded; where it was made, save it with model.save_pretrained(folder) "
            f"({error.reason})",
        ) from error
    if not tensors:
        raise FormatError(
            path, None, "holds no tensors; save it with model.save_pretrained(folder)"
        )


def _adapters(folder: Path) -> FormatError:
    base = "the model that they were trained on"
    try:
        told = json_document.read(folder / _ADAPTERS, json_document.TABLE, as_written=True)
        name = told.plain_fields().get("base_model_name_or_path")
    except FormatError:
        name = None
    if isinstance(name, str) and name:
        base = name[:100]
    return FormatError(
        folder,
        None,
        f"holds adapters only (LoRA or the like), whose base is {base}; merge them into it (PEFT's "
        "merge_and_unload) and save the whole model",
    )


def _check_formats(folder: Path) -> None:
    places = [folder, folder / _ONNX_FOLDER]  # no deeper: it may be any folder of a disk
    files = sorted(
        path
        for place in places
        if place.is_dir()
        for path in place.iterdir()
        if path.suffix in _FORMATS
    )
    if files:
        kind, advice = _FORMATS[files[0].suffix]
        raise FormatError(
            folder,
            None,
            f"has {kind} weights only ({files[0].relative_to(folder)}); {advice}",
        )


def _check_shards(folder: Path, index: str) -> None:
    document = json_document.read(folder / index, json_document.TABLE)
    names = {str(name) for name in document["weight_map"].plain_fields().values()}
    missing = sorted(name for name in names if not (folder / name).is_file())
    if missing:
        raise FormatError(
            folder,
            None,
            f"has no {missing[0][:100]}, though its {index} names it ({len(missing)} of "
            f"{len(names)} files are missing); download it",
        )
