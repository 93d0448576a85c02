"""word2vec files, read and written by gensim's names and options."""

from __future__ import annotations

import codecs
from contextlib import nullcontext
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from lexiscope.errors import ConfigError
from lexiscope.files import tokens
from lexiscope.formats import VectorsData
from lexiscope.formats.contract import ReadOptions
from lexiscope.formats.kinds import glove
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import header, parts
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.reading.intake import NOT_UTF8, assemble
from lexiscope.vectors import saved_attributes
from lexiscope.vectors.changing import ChangingTable
from lexiscope.vectors.errors import MissingAttributeError, UnsupportedError

_TYPES: dict[str, Literal["float16", "float32", "float64"]] = {
    "float16": "float16",
    "float32": "float32",
    "float64": "float64",
}


class Word2VecFiles(ChangingTable):
    """A table that reads and writes word2vec files."""

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | PathLike[str],
        fvocab: str | PathLike[str] | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
        limit: int | None = None,
        datatype: Any = np.float32,
        no_header: bool = False,
    ) -> Self:
        """Reads a word2vec file.

        Args:
            fname: The file, packed (.gz, .bz2, .xz, .zst) or not.
            fvocab: A file of `word count` lines, as the C tool's -save-vocab writes it. Without it
                `get_vecattr(word, "count")` is V − row, which tells the order only.
            binary: Whether it is the binary format rather than text.
            encoding: Of the words.
            unicode_errors: What becomes of words that are not whole in that encoding: "ignore" or
                "replace" as `bytes.decode` takes them. With "strict" those that are not whole
                UTF-8 are kept as they are, and told in `warnings`; in other encodings they are an
                error.
            limit: Read the first rows only, at most so many.
            datatype: float32, float16 or float64.
            no_header: Whether the first line is a row, as in GloVe's files; of text only.

        Raises:
            FormatError: The file is missing, damaged, or of the other kind; one that is cut is a
                TruncatedError, which is an EOFError, a line that is none a MalformedError, which is
                a ValueError.
            ConfigError: There is no such datatype, or it cannot hold a value.
            UnsupportedError: A binary file without a header.
            UnicodeDecodeError: As said.
        """
        if no_header and binary:
            raise UnsupportedError("no_header is for text; a binary file has its sizes in front")
        options = ReadOptions(limit=limit, dtype=_type_of(datatype))
        format_ = word2vec_text.FORMAT
        if binary or no_header:
            format_ = word2vec_binary.FORMAT if binary else glove.FORMAT
        data = format_.load(Path(fname), options)
        if fvocab is not None:
            data.counts = header.read_counts(Path(fvocab), data.tokens)
        table = cls.from_data(_decoded(data, encoding, unicode_errors, options))
        table._rank()
        return table

    def save_word2vec_format(
        self,
        fname: str | PathLike[str],
        fvocab: str | PathLike[str] | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Writes the input vectors as a word2vec file.

        Args:
            fname: The file; what ends in .gz, .bz2, .xz or .zst is compressed.
            fvocab: Also write the counts here, a `word count` line a row.
            binary: Whether to write the binary format rather than text.
            total_vec: The number of rows that the first line tells, where more will follow.
            write_header: Whether there is a first line at all; GloVe's files have none.
            prefix: What comes before each word.
            append: Whether to write behind what the files have.
            sort_attr: The fact by which rows are sorted, the highest first; in their present order
                where there is no such fact.

        Raises:
            FormatError: A word cannot stand in that format; nothing is written.
            MissingAttributeError: `fvocab` is given and there is no such fact.
            OSError: The disk is full or cannot be written to.
        """
        values = self.expandos.get(sort_attr)
        if values is None and fvocab is not None:
            if sort_attr == saved_attributes.COUNT:
                self.known_counts()
            raise MissingAttributeError(f"no attribute {sort_attr!r} to write into {fvocab}")
        data = replace(self.to_data(), subwords=None, counts=None, output=None, metadata={})
        rows = [row for row, key in enumerate(self._keys) if key is not None]
        if values is not None:
            values = saved_attributes.resized(values, len(self))[rows]
            order = np.argsort(-values.astype(np.float64), kind="stable")
            values = values[order]
            if not np.array_equal(order, np.arange(len(order))):
                data.tokens = [data.tokens[row] for row in order.tolist()]
                data.vectors = data.vectors[order]
        data.tokens = [prefix + word for word in data.tokens] if prefix else data.tokens
        layout = parts.Layout(
            is_binary=binary, has_header=write_header, total=total_vec, append=append
        )
        # Both are on disk before either takes its place.
        writing = nullcontext() if fvocab is None else parts.opened(Path(fvocab), append=append)
        with writing as stream:
            if stream is not None and values is not None:
                lines = zip(data.tokens, values.tolist(), strict=True)
                stream.writelines(tokens.encode(f"{word} {value}\n") for word, value in lines)
            parts.write(Path(fname), data, layout)

    def intersect_word2vec_format(
        self,
        fname: str | PathLike[str],
        lockf: float = 0.0,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
    ) -> None:
        """Takes the vectors of the words that are here already from a word2vec file.

        Args:
            fname: The file.
            lockf: By what further changes of these words in training are multiplied
                (`vectors_lockf`): 0 keeps them as they are.
            binary, encoding, unicode_errors: As for `load_word2vec_format`.

        Raises:
            FormatError: As `load_word2vec_format`.
            ConfigError: The file's vectors have another size.
        """
        others = self.load_word2vec_format(
            fname, binary=binary, encoding=encoding, unicode_errors=unicode_errors
        )
        if others.vector_size != self.vector_size:
            raise ConfigError(
                f"{fname} has vectors of {others.vector_size} values, expected {self.vector_size}"
            )
        shared = [word for word in others.index_to_key if word in self.key_to_index]
        if shared:
            rows = [self.key_to_index[word] for word in shared]
            self._own()
            self._matrix[rows] = others[shared]
            self._forget()
            self.vectors_lockf[rows] = lockf


def _type_of(datatype: Any) -> Literal["float16", "float32", "float64"]:
    """The values' type by its name.

    Raises:
        ConfigError: It is none of the three.
    """
    name = np.dtype(datatype).name
    if name not in _TYPES:
        raise ConfigError(f"datatype is {name}; expected one of {', '.join(_TYPES)}")
    return _TYPES[name]


def _decoded(data: VectorsData, encoding: str, errors: str, options: ReadOptions) -> VectorsData:
    """The same rows under the words that their bytes say in some encoding.

    Raises:
        UnicodeDecodeError: A word is not whole in it, and `errors` is "strict".
    """
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    if is_utf8 and errors == "strict":
        return data
    words = [
        word if is_utf8 and not tokens.is_cut(word) else _again(word, encoding, errors)
        for word in data.tokens
    ]
    if words == data.tokens:
        return data
    result = assemble(
        words, data.vectors, options=ReadOptions(dtype=options.dtype), counts=data.counts
    )
    told = [line for line in data.warnings if NOT_UTF8 not in line]
    result.warnings = [*told, *(line for line in result.warnings if line not in told)]
    return result


def _again(word: str, encoding: str, errors: str) -> str:
    return tokens.encode(word).decode(encoding, errors)
