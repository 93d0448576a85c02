"""Presence of a model: whether it is there to be loaded, found out without loading it."""

from __future__ import annotations

from importlib.util import find_spec
from os import PathLike, fspath
from pathlib import Path

from lexiscope.contextual.model.misfits import check_file, check_no_config
from lexiscope.contextual.pretrained.files import open_files
from lexiscope.errors import FormatError, MissingExtraError

_CONFIG = "config.json"
_LIBRARIES = ("torch", "transformers")
_EXTRA = "transformers"


def find_model(name: str | PathLike[str]) -> Path | None:
    """Finds a model by its configuration.

    Args:
        name: A folder, or a model's id on the Hugging Face hub; an id is looked up in the hub's
            cache first, then on the hub. Nothing is downloaded but a byte.

    Returns:
        The folder that the configuration lies in; None where it is on the hub only.

    Raises:
        MissingExtraError: PyTorch or transformers is not installed.
        FormatError: The folder holds no model, or something else that is told by name
            (`misfits.py`); there is no such model, or the hub cannot be asked.
    """
    if any(find_spec(library) is None for library in _LIBRARIES):
        raise MissingExtraError("a pretrained transformer", _EXTRA)
    place = fspath(name)
    if Path(place).is_file():
        check_file(Path(place))
    if Path(place).exists():
        if not (Path(place) / _CONFIG).is_file():
            check_no_config(Path(place))
            raise FormatError(
                place,
                None,
                f"has no {_CONFIG}: expected a folder with a Hugging Face model, its weights and "
                "its tokenizer",
            )
        return Path(place)
    cached = _in_the_cache(place)
    if cached is None:
        hub, _file = open_files(place)
        if not hub.has(_CONFIG):
            raise FormatError(
                place,
                None,
                f"is no folder here, and no model of the hub with a {_CONFIG}; check the name",
            )
    return cached


def _in_the_cache(place: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    try:
        cached = try_to_load_from_cache(place, _CONFIG)
    except ValueError:  # it cannot be a model's id
        return None
    return Path(cached).parent if isinstance(cached, str) else None
