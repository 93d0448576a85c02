"""Sentences out of a column of a data set of Hugging Face's `datasets`, whole or streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lexiscope.errors import ConfigError, CorpusError

COLUMN = "text"
_ROWS = 1000
_SHOWN = 5


class DatasetSentences:
    """The sentences of a data set's column, to be read once or more.

    Example:
        Word2Vec(DatasetSentences(load_dataset("imdb", split="train"), "text"))

    Args:
        dataset: A `datasets.Dataset` or `IterableDataset`.
        column: Of strings, or of lists of words; by default the one called "text", or the only one.

    Attributes:
        total: Its rows; None of one that is streamed.
        consumed: Rows read so far.
        unit: What these count.

    Raises:
        ConfigError: It is something else, or has no such column.
    """

    unit = "sentences"

    def __init__(self, dataset: Any, column: str | None = None) -> None:
        if not is_dataset(dataset):
            kind = type(dataset).__name__
            hint = " (name one of its splits)" if isinstance(dataset, Mapping) else ""
            raise ConfigError(
                f"dataset is a {kind}{hint}: expected a Dataset or an IterableDataset of datasets"
            )
        names = dataset.column_names
        self._column = _column(names, column)
        self._dataset = dataset if names is None else dataset.select_columns([self._column])
        self.total = len(dataset) if hasattr(dataset, "__len__") else None
        self.consumed = 0

    def __iter__(self) -> Iterator[str | list[str]]:
        self.consumed = 0
        for rows in self._dataset.iter(batch_size=_ROWS):
            if self._column not in rows:
                raise ConfigError(
                    f"the data set has no column {self._column!r}; it has {_listed(list(rows))}"
                )
            for value in rows[self._column]:
                if value is None or not isinstance(value, str | list):
                    kind = "nothing" if value is None else f"a {type(value).__name__}"
                    raise CorpusError(
                        f"row {self.consumed:,} of column {self._column!r} holds {kind}; expected "
                        "text or a list of words"
                    )
                self.consumed += 1
                yield value


def is_dataset(given: object) -> bool:
    """Whether something is a `datasets.Dataset` or `IterableDataset`; the package is not loaded."""
    return (
        not isinstance(given, Mapping) and hasattr(given, "iter") and hasattr(given, "column_names")
    )


def sentences_in(given: Any) -> Any:
    """What may be a data set, as sentences; anything else as it is.

    Raises:
        ConfigError: It is several splits, or it does not say which of its columns has the text.
    """
    splits = list(given.values()) if isinstance(given, Mapping) else []
    if is_dataset(given) or (splits and all(map(is_dataset, splits))):
        return DatasetSentences(given)
    return given


def _column(names: Sequence[str] | None, wanted: str | None) -> str:
    """The column to read; a data set that is streamed may not know its own."""
    if names is None:
        return COLUMN if wanted is None else wanted
    if wanted is None and COLUMN not in names and len(names) == 1:
        return names[0]
    column = COLUMN if wanted is None else wanted
    if column not in names:
        how = "" if wanted is not None else "; name it: DatasetSentences(dataset, column)"
        raise ConfigError(f"the data set has no column {column!r}; it has {_listed(names)}{how}")
    return column


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
