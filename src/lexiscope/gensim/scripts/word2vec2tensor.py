"""gensim.scripts.word2vec2tensor: a word2vec file as two files for TensorBoard's projector.

    python -m lexiscope.gensim.scripts.word2vec2tensor --input vectors.txt --output PREFIX

PREFIX_tensor.tsv has a row of values a word with tabs between, PREFIX_metadata.tsv a word a line.
"""

from __future__ import annotations

import argparse
from os import PathLike
from pathlib import Path

from lexiscope.files import tokens
from lexiscope.files.atomic import atomic_files
from lexiscope.formats.contract import Block
from lexiscope.formats.reading.text_rows import text_lines
from lexiscope.vectors import KeyedVectors


def word2vec2tensor(
    word2vec_model_path: str | PathLike[str], tensor_filename: str, binary: bool = False
) -> None:
    """Writes a word2vec file as a table of values and a list of words.

    Args:
        word2vec_model_path: The file.
        tensor_filename: What both names begin with.
        binary: Whether it is word2vec's binary format.

    Raises:
        FormatError: The file is missing or damaged.
        OSError: The disk is full or cannot be written to.
    """
    data = KeyedVectors.load_word2vec_format(word2vec_model_path, binary=binary).to_data()
    values, words = (Path(f"{tensor_filename}_{part}.tsv") for part in ("tensor", "metadata"))
    with atomic_files(values, words, named=values) as (rows, names):
        _words, lines = text_lines(Block(data.tokens, data.vectors))
        rows.writelines(line.replace(b" ", b"\t") + b"\n" for line in lines)
        names.writelines(tokens.encode(word) + b"\n" for word in data.tokens)


def main(arguments: list[str] | None = None) -> None:
    """Reads the command line and converts."""
    parser = argparse.ArgumentParser(description="A word2vec file for TensorBoard's projector.")
    parser.add_argument("-i", "--input", required=True, help="a word2vec file")
    parser.add_argument(
        "-o", "--output", required=True, help="what the new files' names begin with"
    )
    parser.add_argument("-b", "--binary", action="store_true", help="it is the binary format")
    options = parser.parse_args(arguments)
    word2vec2tensor(options.input, options.output, options.binary)


if __name__ == "__main__":
    main()
