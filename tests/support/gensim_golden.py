"""Models that gensim of every version saved; `golden/gensim/make.py` made them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZipFile

ARCHIVE = Path(__file__).parents[1] / "golden" / "gensim" / "models.zip"


@cache
def _content() -> dict[str, bytes]:
    with ZipFile(ARCHIVE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def names(kind: str = "") -> list[str]:
    """The models: VERSION-PYTHON/KIND, those of a kind that begins so."""
    files = [name.removesuffix(".json") for name in _content() if name.endswith(".json")]
    return sorted(name for name in files if name.split("/")[1].startswith(kind))


def laid(name: str, folder: Path) -> Path:
    """A model's files, laid in a folder; the path of the one that is opened."""
    for other, content in _content().items():
        if other.startswith(name) and not other.endswith(".json"):
            (folder / Path(other).name).write_bytes(content)
    return folder / Path(name).name


def facts(name: str) -> dict[str, Any]:
    """What a model held when it was saved: `words`, `counts`, `vectors`, `syn1neg`, `syn1`; of
    FastText `unseen` too, the vectors of words that it has not."""
    found: dict[str, Any] = json.loads(_content()[f"{name}.json"])
    return found
