"""Loading of pretrained models and their tokenizers, from a folder or a hub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.contextual.model.presence import find_model
from lexiscope.contextual.options import EncoderOptions
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from lexiscope.files import json_document

if TYPE_CHECKING:
    import torch

EXTRA = "transformers"
_DOCUMENTS = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.json")
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class LoadedModel:
    """A model that is ready to run.

    Attributes:
        name: What it was loaded from.
        module: The PyTorch module: an encoder or a decoder without a head.
        tokenizer: Its tokenizer, of transformers.
        device: Where it is.
        layers: How many it has.
        hidden_size: D of each.
        positions: The most tokens that it can take, or None where its configuration says none.
    """

    name: str
    module: Any
    tokenizer: Any
    device: torch.device
    layers: int
    hidden_size: int
    positions: int | None


def load_model(name: str | PathLike[str], options: EncoderOptions) -> LoadedModel:
    """Loads a model and its tokenizer.

    A folder is only ever read; an id is looked up in the hub's cache first, then on the hub. No
    code that comes with a model is run.

    Args:
        name: A folder, or a model's id on the hub.
        options: Its `dtype` and `device` count; its `layers` are checked before weights are read.

    Raises:
        MissingExtraError: PyTorch or transformers is not installed.
        ConfigError: There is no such layer or device.
        FormatError: There is no such model, the hub cannot be asked, or the model is damaged.
    """
    place = fspath(name)
    torch, transformers = _libraries()
    device = _device(torch, options.device)
    folder = find_model(place)  # transformers would try for half a minute without a network
    if folder is not None:
        _check_documents(folder)
    is_folder = Path(place).exists()
    with _quiet(transformers):
        offline: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        config = _from(transformers.AutoConfig, place, offline, is_folder)
        layers = _number(config, "num_hidden_layers", place)
        options.resolved_layers(layers)
        tokenizer = _from(transformers.AutoTokenizer, place, offline, is_folder)
        limit = tokenizer.model_max_length
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise FormatError(
                place, None, f"its tokenizer's model_max_length is {limit!r:.60}; expected a number"
            )
        dtype = getattr(torch, options.dtype)
        module = _from(transformers.AutoModel, place, {**offline, "dtype": dtype}, is_folder)
    if getattr(config, "is_encoder_decoder", False):
        module = module.get_encoder()
    module.config.use_cache = False
    return LoadedModel(
        name=place,
        module=module.to(device).eval(),
        tokenizer=tokenizer,
        device=device,
        layers=layers,
        hidden_size=_number(config, "hidden_size", place),
        positions=_positions(torch, module, config),
    )


def _libraries() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError("a pretrained transformer", EXTRA) from error
    return torch, transformers


def _device(torch: Any, name: str | None) -> Any:
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigError(f"device={name!r} cannot be used here ({reason}); try 'cpu'") from error
    return device


def _from(kind: Any, place: str, offline: dict[str, Any], is_folder: bool) -> Any:
    """Loads one part of a model: of a folder, from the cache, or from the hub."""
    # What a damaged model makes the libraries raise is anything at all, Rust's panics included.
    try:
        return kind.from_pretrained(place, **offline)
    except BaseException as error:
        if not _is_of_a_library(error):
            raise
        if is_folder:
            raise FormatError(place, None, f"cannot be loaded: {_first_line(error)}") from error
    try:
        return kind.from_pretrained(place, **{**offline, "local_files_only": False})
    except BaseException as error:
        if not _is_of_a_library(error):
            raise
        raise ConfigError(
            f"model {place!r}: there is no such folder, it is not in the hub's cache on this "
            f"machine, and the hub did not give it ({_first_line(error)}); name a folder with a "
            "model, or check the name and the network"
        ) from error


def _check_documents(folder: Path) -> None:
    """Reads the model's JSON within bounds before a library reads it without.

    Raises:
        FormatError: A document is damaged, or beyond any model's.
    """
    for name in _DOCUMENTS:
        if (folder / name).is_file():
            json_document.read(folder / name, json_document.TABLE, as_written=True)


def _is_of_a_library(error: BaseException) -> bool:
    """Whether an error is about what was read, and none of the process's own."""
    if isinstance(error, Exception):
        return not isinstance(error, MemoryError)
    return type(error).__name__ == "PanicException"


def _first_line(error: BaseException) -> str:
    """What an error says, in one plain line; of a library's long texts the first sentence."""
    text = _COLOURS.sub("", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[0] if lines else type(error).__name__
    plain = "".join(character if character.isprintable() else " " for character in line)
    return plain.split(". ")[0].rstrip(".")[:200]


def _number(config: Any, name: str, place: str) -> int:
    value = getattr(config, name, None)
    if not isinstance(value, int) or value < 1:
        raise ConfigError(
            f"model {place!r} is a {config.model_type!r}, whose configuration has no {name}: "
            "expected an encoder or a decoder of text"
        )
    return value


def _positions(torch: Any, module: Any, config: Any) -> int | None:
    """The most tokens that a model can take.

    RoBERTa's table of positions starts behind the padding's id, so that some of its rows are never
    used; the table says so by having an index for padding.
    """
    limit = getattr(config, "max_position_embeddings", None)
    limit = limit if isinstance(limit, int) and limit > 0 else None
    for name, part in module.named_modules():
        if name.endswith("position_embeddings") and isinstance(part, torch.nn.Embedding):
            unused = 0 if part.padding_idx is None else part.padding_idx + 1
            rows = int(part.num_embeddings) - unused
            return rows if limit is None else min(limit, rows)
    return limit


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keeps the library from drawing its own progress, and from warning of heads left out."""
    logging = transformers.utils.logging
    verbosity, drew = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if drew:
            logging.enable_progress_bar()
