"""Columns of a table of words in their sentences, and the files that it is kept in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.results import WordVectors
from lexiscope.errors import ConfigError, MissingExtraError

PARQUET, SAFETENSORS, HDF5, ZARR, DATASET = ".parquet", ".safetensors", ".h5", ".zarr", ".hf"
KINDS = (PARQUET, SAFETENSORS, HDF5, ZARR, DATASET)
Values = Literal["float32", "float16"]
METADATA = "lexiscope"
_NUMBERS = ("sentence", "place", "start", "end", "pieces")
TENSORS = (*_NUMBERS, "word_offsets", "vectors", "word_bytes")
_ORDER = (*_NUMBERS[:2], "word", *_NUMBERS[2:])
TEXT = "text"
# A part's sentences, beyond which Parquet would write each once more for every word that it has.
_DICTIONARY_BYTES = 1 << 28
_TYPES = {"float32": "F32", "float16": "F16", "int64": "I64", "int32": "I32", "uint8": "U8"}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """A row a word.

    Attributes:
        words: The words (N).
        numbers: By name, N each: "sentence", its number in the whole input, from 0; "place", the
            word's number in the sentence; "start" and "end" in characters; "pieces", how many
            tokens it has.
        vectors: N × D, float32 or float16; NaN where "pieces" is 0.
        texts: The sentences.
        owners: Which of `texts` each word stands in (N).
    """

    words: list[str]
    numbers: Mapping[str, NDArray[np.int32] | NDArray[np.int64]]
    vectors: NDArray[np.float32] | NDArray[np.float16]
    texts: Sequence[str]
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, encoded: WordVectors, first: int) -> Columns:
        """The table of some sentences.

        Args:
            encoded: The sentences with their words.
            first: The number of the first of them.
        """
        owners = encoded.words.sentences.owner()
        return cls(
            words=list(encoded.words.spellings),
            numbers={
                "sentence": first + owners,
                "place": encoded.places.astype(np.int32),
                "start": encoded.spans[:, 0].astype(np.int32),
                "end": encoded.spans[:, 1].astype(np.int32),
                "pieces": encoded.pieces.astype(np.int32),
            },
            vectors=encoded.vectors,
            texts=encoded.words.texts,
            owners=owners,
        )

    def stored_as(self, values: Values) -> Columns:
        """The table with its vectors in another precision.

        Raises:
            ConfigError: float16 cannot hold a value.
        """
        return replace(self, vectors=stored(self.vectors, values))


def stored(vectors: NDArray[Any], values: Values) -> NDArray[Any]:
    """Vectors in the precision that they are stored in.

    Raises:
        ConfigError: float16 cannot hold a value.
    """
    if values == "float32":
        return vectors
    most = float(np.finfo(np.float16).max)
    largest = float(np.nanmax(np.abs(vectors), initial=0.0, where=~np.isnan(vectors)))
    if largest > most:
        raise ConfigError(
            f"a vector has the value {largest:,.0f}, and float16 ends at {most:,.0f}; store "
            "float32, or take another layer"
        )
    halves: NDArray[np.float16] = vectors.astype(np.float16)
    return halves


class TableFile(Protocol):
    """A kind of file for such a table, written in parts that are joined at the end.

    Attributes:
        is_folder: Whether it becomes a folder and not a file.
    """

    is_folder: bool

    def write(self, stream: BinaryIO, columns: Columns) -> None:
        """Writes a part."""

    def join(self, target: Any, parts: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Writes all parts as one, in memory of one part.

        Args:
            target: A file open for writing, or the path of an empty folder.
            parts: The parts' files.
            metadata: What the vectors were made with, as plain data.
        """


def arrow_table(columns: Columns, *, texts: bool) -> Any:
    """The table in memory, as pyarrow has it; see `ParquetTable` for its columns.

    Args:
        columns: The words.
        texts: Whether each word's sentence is in it too.

    Raises:
        MissingExtraError: pyarrow is not installed.
    """
    arrow = _arrow()
    vectors = arrow.FixedSizeListArray.from_arrays(
        arrow.array(np.ascontiguousarray(columns.vectors).reshape(-1)),
        columns.vectors.shape[1],
        mask=arrow.array(columns.numbers["pieces"] == 0),
    )
    arrays = {name: arrow.array(column) for name, column in columns.numbers.items()}
    arrays["word"] = arrow.array(columns.words, arrow.string())
    order: tuple[str, ...] = _ORDER
    if texts:
        # Each sentence once: only those that words stand in, as the words may be a list's.
        used, places = np.unique(columns.owners, return_inverse=True)
        spelled = arrow.array([columns.texts[text] for text in used.tolist()], arrow.string())
        arrays[TEXT] = arrow.DictionaryArray.from_arrays(places.astype(np.int32), spelled)
        order = (*_ORDER, TEXT)
    return arrow.table([*(arrays[name] for name in order), vectors], names=[*order, "vector"])


def _arrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("a table of Arrow's or a Parquet file", "transformers") from error
    return pyarrow


class ParquetTable:
    """Parquet: a row a word, `vector` a list of D floats, null for a word without a token.

    `text` is the word's sentence: a dictionary, which has each sentence of a row group once.
    """

    is_folder = False

    def __init__(self, values: Values) -> None:
        self._arrow = _arrow()
        self._values = values

    def write(self, stream: BinaryIO, columns: Columns) -> None:
        """Writes a part."""
        table = arrow_table(columns.stored_as(self._values), texts=True)
        with self._writer(stream, table.schema) as writer:
            writer.write_table(table, row_group_size=max(1, table.num_rows))

    def join(self, stream: BinaryIO, parts: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Writes all parts as one file, a row group each."""
        parquet = self._arrow.parquet
        schema = parquet.read_schema(parts[0])
        schema = schema.with_metadata({METADATA: json.dumps(metadata, sort_keys=True)})
        with self._writer(stream, schema) as writer:
            for part in parts:
                table = parquet.read_table(part).replace_schema_metadata(schema.metadata)
                writer.write_table(table, row_group_size=max(1, table.num_rows))

    def _writer(self, stream: BinaryIO, schema: Any) -> Any:
        # Vectors do not compress, and a dictionary of them is larger than they are.
        small = [name for name in schema.names if name != "vector"]
        compression = dict.fromkeys(small, "zstd") | {"vector.list.element": "none"}
        return self._arrow.parquet.ParquetWriter(
            stream,
            schema,
            compression=compression,
            use_dictionary=["word", TEXT],
            dictionary_pagesize_limit=_DICTIONARY_BYTES,
        )


class SafetensorsTable:
    """safetensors: `vectors`, a tensor a column of numbers, and the words as UTF-8 bytes.

    Word i is `word_bytes[word_offsets[i] : word_offsets[i + 1]]`. A word without a token has NaN
    for a vector and 0 `pieces`.
    """

    is_folder = False

    def __init__(self, values: Values) -> None:
        self._values = values

    def write(self, stream: BinaryIO, columns: Columns) -> None:
        """Writes a part."""
        columns = columns.stored_as(self._values)
        content = [word.encode() for word in columns.words]
        offsets = np.fromiter(accumulate(map(len, content), initial=0), np.int64, len(content) + 1)
        tensors: dict[str, NDArray[Any]] = {
            **columns.numbers,
            "word_offsets": offsets,
            "vectors": columns.vectors,
            "word_bytes": np.frombuffer(b"".join(content), np.uint8),
        }
        _put_header(stream, {name: (t.dtype.name, t.shape) for name, t in tensors.items()}, {})
        for tensor in tensors.values():
            stream.write(np.ascontiguousarray(tensor).data)

    def join(self, stream: BinaryIO, parts: Sequence[Path], metadata: Mapping[str, Any]) -> None:
        """Writes all parts as one file, tensor after tensor."""
        names = TENSORS
        shapes = {name: joined_shape(parts, name) for name in names}
        kinds = dict.fromkeys(_NUMBERS, "int32")
        kinds |= {"sentence": "int64", "word_offsets": "int64"}
        kinds |= {"vectors": self._values, "word_bytes": "uint8"}
        text = {METADATA: json.dumps(metadata, sort_keys=True)}
        _put_header(stream, {name: (kinds[name], shapes[name]) for name in names}, text)
        for name in names:
            for tensor in joined(parts, name):
                stream.write(np.ascontiguousarray(tensor).data)


def joined_shape(parts: Iterable[Path], name: str) -> tuple[int, ...]:
    """The shape of a tensor of all parts together."""
    from safetensors import safe_open

    rows, rest = 0, []
    for part in parts:
        with safe_open(part, framework="numpy") as file:
            count, *rest = file.get_slice(name).get_shape()
        rows += count - (1 if name == "word_offsets" else 0)
    return (rows + (1 if name == "word_offsets" else 0), *rest)


def joined(parts: Iterable[Path], name: str) -> Iterator[NDArray[Any]]:
    """A tensor of all parts together, in pieces."""
    base = 0
    for number, part in enumerate(parts):
        tensor = _tensor(part, name)
        if name == "word_offsets":
            tensor = tensor + base
            base = int(tensor[-1])
            tensor = tensor if number == 0 else tensor[1:]
        yield tensor


def _tensor(path: Path, name: str) -> NDArray[Any]:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        tensor: NDArray[Any] = file.get_tensor(name)
    return tensor


def _put_header(
    stream: BinaryIO,
    tensors: Mapping[str, tuple[str, tuple[int, ...]]],
    metadata: Mapping[str, str],
) -> None:
    """Writes the header of a safetensors file (see `formats/reading/safetensors_file.py`)."""
    header: dict[str, object] = {"__metadata__": dict(metadata)} if metadata else {}
    at = 0
    for name, (kind, shape) in tensors.items():
        end = at + int(np.prod(shape)) * np.dtype(kind).itemsize
        header[name] = {"dtype": _TYPES[kind], "shape": list(shape), "data_offsets": [at, end]}
        at = end
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    stream.write(len(head).to_bytes(8, "little") + head)
