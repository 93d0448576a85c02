"""Registry of the formats, and which of them a file has, told by content."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import tokens
from lexiscope.files.cache import cache_folder
from lexiscope.files.disguises import (
    describe_binary,
    describe_encoding,
    describe_no_vectors,
)
from lexiscope.files.opening import (
    HEAD_BYTES,
    read_head,
    reject_disguise,
    require,
    unwrapped_suffix,
)
from lexiscope.formats.contract import (
    EVERYTHING,
    Block,
    Format,
    ReadOptions,
    VectorsData,
    Writable,
    as_stream,
)
from lexiscope.formats.index import Indexes
from lexiscope.formats.kinds import csv as delimited
from lexiscope.formats.kinds import (
    deeplearning4j,
    finalfusion,
    gguf,
    glove,
    hdf5,
    json_vectors,
    magnitude,
    model2vec,
    model_folder,
    npy,
    npz,
    packed_run,
    parquet,
    parquet_folder,
    pickled,
    projector,
    raw,
    spacy,
)
from lexiscope.formats.kinds import safetensors as safetensors_vectors
from lexiscope.formats.kinds import torch as torch_matrix
from lexiscope.formats.kinds.export import format as export
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.gensim import format as gensim
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.reading.given_output import with_output
from lexiscope.formats.reading.intake import select
from lexiscope.formats.reading.token_lists.reading import describe_list
from lexiscope.shown import quoted

# In the order in which they are asked: the most particular first.
FORMATS: tuple[Format, ...] = (
    export.FORMAT,
    model_folder.FORMAT,
    packed_run.FORMAT,
    model2vec.FORMAT,
    spacy.FORMAT,
    parquet_folder.FORMAT,
    fasttext.FORMAT,
    finalfusion.FORMAT,
    torch_matrix.FORMAT,
    gensim.FORMAT,
    pickled.FORMAT,
    npz.FORMAT,
    gguf.FORMAT,
    hdf5.FORMAT,
    magnitude.FORMAT,
    safetensors_vectors.FORMAT,
    npy.FORMAT,
    parquet.FORMAT,
    deeplearning4j.FORMAT,
    json_vectors.FORMAT,
    projector.FORMAT,
    word2vec_binary.FORMAT,
    word2vec_text.FORMAT,
    delimited.FORMAT,
    glove.FORMAT,
    raw.FORMAT,
)

_SAVED_MODEL = "saved_model.pb"

INDEXES = Indexes(cache_folder)
"""The indexes of the large files that this process reads."""


def by_name(name: str) -> Format:
    """The format of a given name.

    Raises:
        ConfigError: There is none.
    """
    for format_ in FORMATS:
        if format_.name == name:
            return format_
    raise ConfigError(f"no format {name!r}; there are {', '.join(f.name for f in FORMATS)}")


def detect(path: str | os.PathLike[str]) -> Format:
    """The format of a file or folder, by its content; its ending only breaks a tie.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is of no known format; it is named for what it is where that is known.
    """
    source = Path(path)
    require(source)
    head = read_head(source)
    fitting = [format_ for format_ in FORMATS if format_.sniff(head, source)]
    if fitting:
        ending = unwrapped_suffix(source)
        return next((format_ for format_ in fitting if ending in format_.extensions), fitting[0])
    if model_folder.is_unfinished(source):
        raise FormatError(source, None, model_folder.unfinished_reason(source))
    if (source / _SAVED_MODEL).is_file():
        raise FormatError(
            source,
            None,
            "is a SavedModel of TensorFlow's; open it there and save words and matrix with "
            "numpy.savez",
        )
    if source.is_dir():
        raise FormatError(
            source,
            None,
            f"is a folder without {', '.join(model_folder.FILES)}, expected a model folder",
        )
    reject_disguise(head, source)
    kind = describe_binary(head) or describe_list(source)
    if kind is not None:
        raise FormatError(source, None, f"is {kind}, expected word vectors; check the path")
    encoding = describe_encoding(head)
    if encoding is not None:
        raise FormatError(source, None, f"is {encoding} text; expected UTF-8")
    raise FormatError(
        source,
        None,
        f"is of no known format ({', '.join(f.name for f in FORMATS)}); a word2vec file "
        f"starts with a line of two numbers, rows and columns, this one with {_excerpt(head)}",
    )


def by_extension(path: str | os.PathLike[str]) -> Format | None:
    """The format to write for a path's ending; None where none has it."""
    target = Path(path)
    ending = target.suffix.lower()
    if not ending:
        return model_folder.FORMAT
    writable = (format_ for format_ in FORMATS if format_.write is not None)
    return next((format_ for format_ in writable if ending in format_.extensions), None)


def read(
    path: str | os.PathLike[str],
    options: ReadOptions = EVERYTHING,
    output: str | os.PathLike[str] | None = None,
) -> VectorsData:
    """Reads any supported file or folder, or the rows of it that are asked for.

    Of a large file an index is made, and used the next time: see `formats.index`.

    Args:
        path: The file or folder.
        options: Which rows, and as what.
        output: Another one, whose vectors are W′ of the first one's words.

    Raises:
        FormatError: It is missing, of no known format, or damaged; or the output matrix is not of
            the same words and dimensions.
        ConfigError: float16 is asked for and cannot hold a value; the two are one file.
    """
    source = Path(path)
    data = _read(source, options)
    if output is None:
        return data
    other = Path(output)
    require(other)
    if other.resolve() == source.resolve():
        raise ConfigError(f"{other} is given as the output matrix of itself; name another file")
    is_part = options.limit is not None or options.words is not None
    words = frozenset(data.tokens) if is_part else None
    given = _read(other, replace(options, limit=None, words=words))
    return with_output(data, given, source, other, is_part=is_part)


def _read(source: Path, options: ReadOptions) -> VectorsData:
    """What `read` gives of one file."""
    indexed = INDEXES.find(source)
    if indexed is not None:
        return select(indexed, options)
    format_ = detect(source)
    data = format_.load(source, options)
    if options.is_everything:
        INDEXES.keep(source, format_, data)
    return data


def write(path: str | os.PathLike[str], data: Writable, name: str) -> None:
    """Writes in the format of a given name, whole or not at all.

    Raises:
        ConfigError: No such format, or one that is only read.
        FormatError: The format cannot hold this data.
        OSError: The disk is full or cannot be written to.
    """
    format_ = by_name(name)
    if format_.write is None:
        raise ConfigError(f"format {name!r} is only read; choose another to write")
    if format_.is_bare:
        if isinstance(data, VectorsData):
            data.check()
        data = as_stream(data)
        data.blocks = _not_taken_for_others(data.blocks, Path(path))
    format_.write(Path(path), data)


def _not_taken_for_others(blocks: Iterator[Block], path: Path) -> Iterator[Block]:
    """The blocks, unless the first token begins as the file of another kind does."""
    for number, block in enumerate(blocks):
        if number == 0 and block.tokens:
            head = tokens.encode(block.tokens[0])[:HEAD_BYTES] + b" "
            others = [other.name for other in FORMATS if other.sniff(head, path)]
            taken_for = others[0] if others else describe_no_vectors(head)
            if taken_for is not None:
                raise FormatError(
                    path,
                    "row 1",
                    f"the token {quoted(block.tokens[0])} starts the file, which would be "
                    f"taken for another kind ({taken_for}); put another row first, or save as a "
                    "model folder instead",
                )
        yield block


def _excerpt(head: bytes) -> str:
    line = head[:60].split(b"\n", 1)[0]
    return repr(line.decode("utf-8", "backslashreplace"))
