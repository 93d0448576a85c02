"""Every format there is, and which of them a file has, told by content."""

from __future__ import annotations

import os
from pathlib import Path

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.disguises import describe_binary
from lexiscope.files.opening import read_head, reject_disguise, require, unwrapped_suffix
from lexiscope.formats import index
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData, Writable
from lexiscope.formats.kinds import csv as delimited
from lexiscope.formats.kinds import finalfusion, glove, model2vec, model_folder, parquet, projector
from lexiscope.formats.kinds import safetensors as safetensors_vectors
from lexiscope.formats.kinds.fasttext import format as fasttext
from lexiscope.formats.kinds.gensim import format as gensim
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.reading import npy_file as npy
from lexiscope.formats.reading.intake import select

# In the order in which they are asked: the most particular first.
FORMATS: tuple[Format, ...] = (
    model_folder.FORMAT,
    model2vec.FORMAT,
    fasttext.FORMAT,
    finalfusion.FORMAT,
    gensim.FORMAT,
    safetensors_vectors.FORMAT,
    npy.FORMAT,
    parquet.FORMAT,
    projector.FORMAT,
    word2vec_binary.FORMAT,
    word2vec_text.FORMAT,
    glove.FORMAT,
    delimited.FORMAT,
)


def by_name(name: str) -> Format:
    """The format of a given name.

    Raises:
        ConfigError: There is none.
    """
    for known in FORMATS:
        if known.name == name:
            return known
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
    fitting = [known for known in FORMATS if known.sniff(head, source)]
    if fitting:
        ending = unwrapped_suffix(source)
        return next((known for known in fitting if ending in known.extensions), fitting[0])
    if model_folder.is_unfinished(source):
        raise FormatError(source, None, model_folder.unfinished_reason(source))
    if source.is_dir():
        raise FormatError(
            source,
            None,
            f"is a folder without {', '.join(model_folder.FILES)}, expected a model folder",
        )
    reject_disguise(head, source)
    kind = describe_binary(head)
    if kind is not None:
        raise FormatError(source, None, f"is {kind}, expected word vectors; check the path")
    raise FormatError(
        source,
        None,
        f"is of no known format ({', '.join(known.name for known in FORMATS)}); a word2vec file "
        f"starts with a line of two numbers, rows and columns, this one with {_excerpt(head)}",
    )


def by_extension(path: str | os.PathLike[str]) -> Format | None:
    """The format to write for a path's ending; None where none has it."""
    target = Path(path)
    ending = target.suffix.lower()
    if not ending:
        return model_folder.FORMAT
    writable = (known for known in FORMATS if known.write is not None)
    return next((known for known in writable if ending in known.extensions), None)


def read(path: str | os.PathLike[str], options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads any supported file or folder, or the rows of it that are asked for.

    Of a large file an index is made, and used the next time: see `formats.index`.

    Raises:
        FormatError: It is missing, of no known format, or damaged.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    source = Path(path)
    found = index.find(source)
    if found is not None:
        return select(found, options)
    known = detect(source)
    data = known.read(source, options)
    if options.is_everything:
        index.keep(source, known, data)
    return data


def write(path: str | os.PathLike[str], data: Writable, name: str) -> None:
    """Writes in the format of a given name, whole or not at all.

    Raises:
        ConfigError: No such format, or one that is only read.
        FormatError: The format cannot hold this data.
        OSError: The disk is full or cannot be written to.
    """
    known = by_name(name)
    if known.write is None:
        raise ConfigError(f"format {name!r} is only read; choose another to write")
    known.write(Path(path), data)


def _excerpt(head: bytes) -> str:
    line = head[:60].split(b"\n", 1)[0]
    return repr(line.decode("utf-8", "backslashreplace"))
