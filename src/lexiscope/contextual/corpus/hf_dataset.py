"""Data sets of Hugging Face's `datasets`: sentences out of a column, and tables of words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from lexiscope.contextual.corpus.columns import METADATA, Columns, Values, arrow_table
from lexiscope.corpus.input.dataset_rows import DatasetSentences
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from lexiscope.files.atomic import sync_files
from lexiscope.files.siblings import sibling

_INFO, _STATE, _SPLITS = "dataset_info.json", "state.json", "dataset_dict.json"


def is_saved_dataset(path: str | PathLike[str]) -> bool:
    """Whether a folder holds a data set, or several splits, as `save_to_disk` writes them."""
    folder = Path(path)
    whole = all((folder / name).is_file() for name in (_STATE, _INFO))
    return whole or (folder / _SPLITS).is_file()


def open_saved(path: str | PathLike[str], column: str | None = None) -> DatasetSentences:
    """The sentences of a data set that `save_to_disk` has written; nothing is loaded at once.

    Raises:
        MissingExtraError: datasets is not installed.
        FormatError: The folder is damaged.
        ConfigError: It holds several splits, or has no such column.
    """
    folder = Path(path)
    if (folder / _SPLITS).is_file():
        splits = sorted(place.parent.name for place in folder.glob(f"*/{_STATE}"))
        raise ConfigError(f"{folder} holds the splits {', '.join(splits)}; name one: {folder}/…")
    library = datasets_library("a data set on disk")
    try:
        dataset = library.load_from_disk(str(folder))
    except Exception as error:  # what the library raises of a damaged folder is anything at all
        if isinstance(error, MemoryError):
            raise
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise FormatError(folder, None, f"cannot be opened as a data set: {reason:.200}") from error
    return DatasetSentences(dataset, column)


def datasets_library(feature: str) -> Any:
    """The library.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise MissingExtraError(feature, "datasets") from error
    return datasets


def dataset_of(table: Any) -> Any:
    """A `datasets.Dataset` over a table of `Encoder.table`; nothing is copied.

    Raises:
        MissingExtraError: datasets is not installed.
    """
    return datasets_library("a data set").Dataset(table)


class DatasetTable:
    """A data set as `load_from_disk` opens it, with the columns that `ParquetTable` has but `text`.

    Its parts are streams of Arrow's. What the vectors were made with is JSON in the description.

    Raises:
        MissingExtraError: datasets is not installed.
    """

    is_folder = True

    def __init__(self, values: Values) -> None:
        self._library = datasets_library("a data set")
        self._values = values

    def write(self, stream: BinaryIO, columns: Columns) -> None:
        """Writes a part."""
        import pyarrow

        table = arrow_table(columns.stored_as(self._values), texts=False)
        with pyarrow.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)

    def join(self, target: Path, parts: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Writes all parts as one data set into a folder; parts are mapped, not loaded."""
        text = json.dumps({METADATA: dict(metadata)}, sort_keys=True)
        with _quiet(self._library):
            whole = self._library.concatenate_datasets(
                [self._library.Dataset.from_file(str(part)) for part in parts]
            )
            whole.info.description = text
            # A random one would make two runs' files differ.
            digest = hashlib.blake2b(text.encode(), digest_size=8)
            digest.update(str(len(whole)).encode())
            whole._fingerprint = digest.hexdigest()
            inner = sibling(target / "data", "tmp")
            whole.save_to_disk(str(inner))
        for file in sorted(inner.iterdir()):
            file.rename(target / file.name)
        inner.rmdir()
        sync_files(target)


class _quiet:
    """Keeps the library from drawing its own progress."""

    def __init__(self, library: Any) -> None:
        self._progress = library.utils.logging

    def __enter__(self) -> None:
        self._drew = self._progress.is_progress_bar_enabled()
        self._progress.disable_progress_bar()

    def __exit__(self, *_error: object) -> None:
        if self._drew:
            self._progress.enable_progress_bar()
