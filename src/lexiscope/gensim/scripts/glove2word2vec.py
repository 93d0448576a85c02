"""gensim.scripts.glove2word2vec: GloVe's text as word2vec's, which has a line of sizes in front.

python -m lexiscope.gensim.scripts.glove2word2vec --input glove.txt --output vectors.txt
"""

from __future__ import annotations

import argparse
from os import PathLike

from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.earlier_names import renamed


def get_glove_info(glove_file_name: str | PathLike[str]) -> tuple[int, int]:
    """Rows and columns of a GloVe file.

    Raises:
        FormatError: It is missing or damaged.
    """
    vectors = KeyedVectors.load_word2vec_format(glove_file_name, no_header=True)
    return len(vectors), vectors.vector_size


def glove2word2vec(
    glove_input_file: str | PathLike[str], word2vec_output_file: str | PathLike[str]
) -> tuple[int, int]:
    """Writes a GloVe file as word2vec text; what ends in .gz is compressed.

    Returns:
        Rows and columns.

    Raises:
        FormatError: The file is missing or damaged.
        OSError: The disk is full or cannot be written to.
    """
    renamed("glove2word2vec", "KeyedVectors.load_word2vec_format(path, no_header=True)")
    return _convert(glove_input_file, word2vec_output_file)


def _convert(source: str | PathLike[str], target: str | PathLike[str]) -> tuple[int, int]:
    vectors = KeyedVectors.load_word2vec_format(source, no_header=True)
    vectors.save_word2vec_format(target)
    return len(vectors), vectors.vector_size


def main(arguments: list[str] | None = None) -> None:
    """Reads the command line and converts."""
    parser = argparse.ArgumentParser(description="GloVe's text as word2vec's.")
    parser.add_argument("-i", "--input", required=True, help="a file of GloVe's")
    parser.add_argument("-o", "--output", required=True, help="the word2vec text to write")
    options = parser.parse_args(arguments)
    _convert(options.input, options.output)


if __name__ == "__main__":
    main()
