"""Texts in records: a field of JSON lines, a column of CSV or Parquet, the words of a treebank.

Sources: jsonlines.org; RFC 4180 (CSV); parquet.apache.org; universaldependencies.org/format.html.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lexiscope.errors import CorpusError, FormatError, MissingExtraError, reason_of
from lexiscope.files import json_document

_LONGEST_FIELD = 1 << 24  # characters
_NAMED = 12
_COLUMNS_OF_A_TREEBANK = 10
_FIELDS = {"form": 1, "lemma": 2}
_WORD_NUMBER = re.compile(r"(\d{1,9})(?:-(\d{1,9})|\.\d{1,9})?")


def json_texts(lines: Iterable[str], field: str, name: str) -> Iterator[str]:
    """The text of each record; a list of words is joined by spaces, null is no text.

    Args:
        lines: A JSON object each; blank ones are passed over.
        field: The field with the text.
        name: The file's.

    Raises:
        CorpusError: A line is no JSON object, or has no such field with text.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if number == 1 and line.lstrip().startswith("["):
            raise CorpusError(
                f"{name}: is a JSON list; expected an object a line (`jq -c '.[]' FILE` makes them)"
            )
        place = f"{name}:{number:,}"
        try:
            record = json_document.parse(line.encode(), place, as_written=True).plain_fields()
        except FormatError as error:
            raise CorpusError(f"{error}; expected a JSON object a line") from error
        if field not in record:
            fields = ", ".join(map(repr, list(record)[:_NAMED])) or "nothing"
            raise CorpusError(
                f"{place}: has no field {field!r}; it has {fields}: name the one with the text by "
                "--column (column= in Python)"
            )
        text = _text(record[field])
        if text is None:
            raise CorpusError(
                f"{place}: field {field!r} is {type(record[field]).__name__}; expected a text or "
                "a list of words"
            )
        yield text


def _text(value: Any) -> str | None:
    """A field's text; None where it is none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return " ".join(value)
    return None


class _Rows:
    """A table's rows, with fields as long as a library: Python's own limit is 131,072 characters.

    Args:
        lines: With their ends.
        delimiter: Between fields.
        name: The file.
        before: Lines before these.

    Raises:
        CorpusError: They cannot be read.
    """

    def __init__(self, lines: Iterable[str], delimiter: str, name: str, before: int) -> None:
        self._reader = csv.reader(lines, delimiter=delimiter)
        self._name = name
        self._before = before

    @property
    def line(self) -> int:
        """The last line that was read, from 1."""
        return self._before + self._reader.line_num

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> list[str]:
        limit = csv.field_size_limit(_LONGEST_FIELD)  # the process's, which others may rely on
        try:
            return next(self._reader)
        except csv.Error as error:
            place = f"{self._name}:{self.line:,}"
            hint = "; is a quote before it not closed?" if "limit" in str(error) else ""
            raise CorpusError(f"{place}: cannot be read as CSV: {error}{hint}") from error
        finally:
            csv.field_size_limit(limit)


def csv_texts(lines: Iterable[str], column: str, name: str) -> Iterator[str]:
    """The texts of a column of a table with a header (RFC 4180), also with semicolons or tabs.

    Args:
        lines: The table's, without their ends; a quoted field may go over several.
        column: By the header's name.
        name: The file.

    Raises:
        CorpusError: There is no such column, or a row has no such field.
    """
    ended = (f"{line}\n" for line in lines)
    header = next(ended, "")
    delimiter = max(",;\t", key=header.count)
    names = next(_Rows([header], delimiter, name, 0), [])
    if column not in names:
        listed = ", ".join(map(repr, names[:_NAMED])) or "nothing"
        raise CorpusError(
            f"{name}: has no column {column!r}; it has {listed}: name the one with the text by "
            "--column (column= in Python)"
        )
    at = names.index(column)
    rows = _Rows(ended, delimiter, name, 1)
    for row in rows:
        if row and len(row) <= at:
            raise CorpusError(
                f"{name}:{rows.line:,}: has {len(row):,} fields, expected "
                f"{len(names):,} as in the header"
            )
        if row:
            yield row[at]


def parquet_texts(path: Path, column: str) -> Iterator[str]:
    """The texts of a column; a list of words is joined by spaces, null is no text.

    Raises:
        MissingExtraError: pyarrow is not installed.
        CorpusError: It is no Parquet file, damaged, or has no such column of text.
    """
    try:
        from pyarrow import ArrowException, parquet, types
    except ImportError as error:
        raise MissingExtraError("a Parquet file", "parquet") from error
    if not path.is_file():
        raise CorpusError(f"{path}: Parquet is read from a file; write it to one first")
    try:
        # Opened here, since Arrow takes no names that are not UTF-8.
        with path.open("rb") as stream, parquet.ParquetFile(stream) as file:
            schema = file.schema_arrow
            if column not in schema.names:
                names = ", ".join(map(repr, schema.names[:_NAMED]))
                raise CorpusError(
                    f"{path}: has no column {column!r}; it has {names}: name the one with the text "
                    "by --column (column= in Python)"
                )
            kind = schema.field(column).type
            inner = kind.value_type if types.is_list(kind) or types.is_large_list(kind) else kind
            if not (types.is_string(inner) or types.is_large_string(inner)):
                raise CorpusError(
                    f"{path}: column {column!r} is of {kind}; expected texts or lists of words"
                )
            for batch in file.iter_batches(columns=[column], batch_size=1024):
                for value in batch.column(0).to_pylist():
                    yield (
                        " ".join(word or "" for word in value)
                        if isinstance(value, list)
                        else value or ""
                    )
    except (ArrowException, OSError) as error:
        raise CorpusError(f"{path}: cannot be read as Parquet: {reason_of(error)}") from error


def treebank_sentences(lines: Iterable[str], field: str, name: str) -> Iterator[str]:
    """Sentences of a treebank in CoNLL-U, their words joined by spaces.

    Of the forms a word that is written together (`1-2 du`) stands for its parts, as in the text; of
    lemmas the parts have one each. Empty nodes (`8.1`) are in no text.

    Args:
        lines: The file's.
        field: "form" or "lemma".
        name: The file's.

    Raises:
        CorpusError: A line is neither a word of ten columns, nor a comment, nor blank.
    """
    words: list[str] = []
    together = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            if words:
                yield " ".join(words)
            words, together = [], 0
            continue
        if line.startswith("#") and "\t" not in line:
            continue
        columns = line.split("\t")
        found = _WORD_NUMBER.fullmatch(columns[0])
        if found is None or len(columns) != _COLUMNS_OF_A_TREEBANK:
            raise CorpusError(
                f"{name}:{number:,}: has {len(columns)} columns; expected a word of CoNLL-U, a "
                f"number and {_COLUMNS_OF_A_TREEBANK} columns with tabs between"
            )
        if "." in columns[0]:
            continue
        if found[2] is not None:
            if field == "form":
                together = int(found[2])
                words.append(columns[_FIELDS[field]])
            continue
        if int(found[1]) > together:
            words.append(columns[_FIELDS[field]])
    if words:
        yield " ".join(words)
