"""A matrix that `torch.save` wrote (`.pt`, `.pth`, `.bin`), with its words in it or beside it.

A tensor, a dict of tensors by name (a state dict), or either beside a list of words or a dict from
words to rows, as scripts save them. The file is read as data, and PyTorch is not needed
(`torch_file`); which part is what: `named_parts`. A language model's checkpoint is for
`lexiscope extract`, and is told so.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.archives import ZIP_MAGIC, zip_names
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.reading import plain_data
from lexiscope.formats.reading.named_parts import assembled
from lexiscope.formats.reading.torch_file import LEGACY_MAGIC, TorchFile

_PICKLE = "data.pkl"
_LAYERS = ("attention.", "self_attn.", ".attn.", "transformer.h.", "encoder.layer", "mlp.")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the words and vectors of a file of tensors.

    Raises:
        FormatError: It is not whole and sound, names what could run anything, has no matrix, or
            nothing tells which is which; it is a language model.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    file = TorchFile(path, needs_names=False)
    if any(part in name for name in file.tensors for part in _LAYERS):
        raise FormatError(
            path,
            None,
            "holds a language model's layers, not a matrix of words; take its embeddings with "
            "`lexiscope extract`",
        )
    parts = plain_data.parts_of(file.content, path, file.array)
    return assembled(path, parts, options, beside=partial(manifest.words_beside, path))


def _sniff(head: bytes, path: Path) -> bool:
    if LEGACY_MAGIC in head[:64]:
        return True
    if not head.startswith(ZIP_MAGIC) or not path.is_file():
        return False
    return any(name.partition("/")[2] == _PICKLE for name in zip_names(path))


FORMAT = Format(
    name="torch",
    description="PyTorch's tensors with their words (.pt, .pth)",
    extensions=(".pt", ".pth"),
    sniff=_sniff,
    read=read,
    write=None,
)
