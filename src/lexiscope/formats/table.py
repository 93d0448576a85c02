"""Tables of the formats and of the shapes of token lists, made of what they say of themselves.

    python -m lexiscope.formats.table docs/formats.md

puts them into the page, between the lines that say so; without a path they are printed. What a
format cannot say in code stands here: how it is told from others, in short, and who writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lexiscope.errors import ConfigError
from lexiscope.formats.contract import Format, Part
from lexiscope.formats.reading.token_lists.registry import SHAPES
from lexiscope.formats.registry import FORMATS

START, END = "<!-- formats: made by lexiscope.formats.table -->", "<!-- end of formats -->"
LISTS_START = "<!-- token lists: made by lexiscope.formats.table -->"
LISTS_END = "<!-- end of token lists -->"
_LISTS_HEAD = ("shape", "written by", "recognised by")
_HEAD = (
    "`--to`", "ending", "read", "written", "lost besides words and vectors", "known by",
    "written by",
)  # fmt: skip
_PARTS: dict[Part, str] = {
    "counts": "counts",
    "output": "output matrix",
    "subwords": "subword rows",
    "metadata": "training options",
}


@dataclass(frozen=True, kw_only=True)
class About:
    """What the table says of a format beside what the format says.

    Attributes:
        read: What of it is read.
        known_by: How it is told from others.
        writers: Who writes it.
    """

    read: str
    known_by: str
    writers: str


ABOUT: dict[str, About] = {
    "json": About(
        read="words and lists of values, records, pairs, a matrix with its words, pandas' tables",
        known_by="JSON",
        writers="scripts, ml5's word2vec, pandas",
    ),
    "deeplearning4j": About(
        read="words, counts, both matrices",
        known_by="a zip with `syn0.txt`",
        writers="deeplearning4j's `writeWord2VecModel`",
    ),
    "raw": About(
        read="float32 only, with a list of words beside it",
        known_by="a size that the list fits, values of a usual size",
        writers="Swivel's `text2bin`",
    ),
    "export": About(
        read="a folder of any target, checked against its checksums",
        known_by="`manifest.json`",
        writers="`lexiscope export`",
    ),
    "model": About(
        read="mapped",
        known_by="a folder with `vocabulary.tsv`",
        writers="`lexiscope train`, `KeyedVectors.save`",
    ),
    "run": About(
        read="a model folder in a zip archive, its recording too",
        known_by="a zip with a model folder's three files",
        writers="the page's “Save as a run”",
    ),
    "model2vec": About(
        read="a folder; of sentence-transformers too; float16 and bfloat16",
        known_by="`config.json`, `tokenizer.json`, the tensor's name",
        writers="model2vec, sentence-transformers",
    ),
    "spacy": About(
        read="a folder: of a pipeline, its `vocab`, or sense2vec's with counts; not floret's",
        known_by="`vectors` and `key2row`",
        writers="spaCy 2 and 3, sense2vec",
    ),
    "parquet-folder": About(
        read="a folder of parts (extra `parquet`)",
        known_by="`data/part-*.parquet`, or `*.parquet`",
        writers="Spark's `Word2VecModel`",
    ),
    "fasttext": About(
        read="mapped; supervised, quantised and of 2016 too",
        known_by="its magic number; of 2016, options and a word that make sense",
        writers="fastText, gensim's `save_facebook_model`",
    ),
    "finalfusion": About(read="yes", known_by="`FiFu`", writers="finalfusion, finalfrontier"),
    "torch": About(
        read="a tensor, a dict of some, with words in it or beside it; nothing is run",
        known_by="a zip with `data.pkl`, or the old magic number",
        writers="`torch.save`, torchtext's cache",
    ),
    "gensim": About(
        read="what `save` wrote, of every version since 0.12, packed too; nothing is run",
        known_by="a pickle that names gensim at its start",
        writers="gensim",
    ),
    "pickle": About(
        read="dicts and tuples of words, arrays and lists, joblib's too; nothing is run",
        known_by="a pickle that does not",
        writers="polyglot, scripts, `joblib.dump`",
    ),
    "npz": About(
        read="a matrix and its words, by any names",
        known_by="a zip of `.npy` files only",
        writers="`numpy.savez`, `lexiscope export --to npz`",
    ),
    "gguf": About(
        read="`token_embd.weight`: floats, Q8_0, Q6_K, Q5_K, Q4_K, Q5_0, Q5_1, Q4_0, Q4_1; tokens",
        known_by="`GGUF`",
        writers="llama.cpp",
    ),
    "hdf5": About(
        read="words and a matrix, Keras' weights and models, pandas' tables (extra `hdf5`)",
        known_by="`\\x89HDF`",
        writers="h5py, Keras, ConceptNet Numberbatch's `mini.h5`",
    ),
    "magnitude": About(
        read="words and vectors", known_by="an SQLite database", writers="pymagnitude"
    ),
    "safetensors": About(
        read="mapped, with words beside it",
        known_by="a length, then JSON",
        writers="safetensors, `lexiscope convert`",
    ),
    "npy": About(
        read="mapped, with words beside it; bfloat16; HistWords' pairs; a dict",
        known_by="`\\x93NUMPY`",
        writers="`numpy.save`, HistWords",
    ),
    "parquet": About(
        read="a column of lists, or one a dimension (extra `parquet`); Spark's vectors too",
        known_by="`PAR1`",
        writers="pyarrow, pandas, Spark",
    ),
    "projector": About(
        read="a folder, or any table of numbers with its words beside it",
        known_by="`vectors.tsv` and `metadata.tsv`, rows of numbers only",
        writers="TensorFlow's projector, gensim's `word2vec2tensor`, `numpy.savetxt`",
    ),
    "word2vec-binary": About(
        read="yes",
        known_by="a line of two numbers, then bytes",
        writers="word2vec, gensim's `save_word2vec_format`",
    ),
    "word2vec-text": About(
        read="yes, fastText's and deeplearning4j's too",
        known_by="a line of two numbers, then text",
        writers="word2vec, fastText (`.vec`), gensim",
    ),
    "glove": About(
        read="yes",
        known_by="rows of a word and as many numbers each",
        writers="GloVe, ConceptNet Numberbatch",
    ),
    "csv": About(
        read="[tables](#tables) of all kinds",
        known_by="columns of words and of numbers, by names and first rows",
        writers="pandas, R, spreadsheets",
    ),
}


def table() -> str:
    """The table, in Markdown.

    Raises:
        ConfigError: Nothing is said here of a format.
    """
    lines = [_HEAD, ("---",) * len(_HEAD), *map(_row, FORMATS)]
    return _markdown(lines)


def _row(format_: Format) -> Sequence[str]:
    about = ABOUT.get(format_.name)
    if about is None:
        raise ConfigError(f"nothing is said of the format {format_.name!r} in formats/table.py")
    endings = ", ".join(f"`{ending}`" for ending in targets_of(format_)) or (
        "none (a folder)" if format_.name == "model" else ""
    )
    written = "no" if format_.write is None else "yes"
    lost = "" if format_.write is None else _lost(format_)
    return (
        f"`{format_.name}`", endings, about.read, written, lost, about.known_by, about.writers,
    )  # fmt: skip


def _lost(format_: Format) -> str:
    return ", ".join(words for part, words in _PARTS.items() if part not in format_.carries) or "–"


def targets_of(format_: Format) -> tuple[str, ...]:
    """The endings for which a format is written; of one that is only read, its usual ones.

    A file of GloVe ends in .txt as well, which as a target means word2vec's.
    """
    if format_.write is None:
        return format_.extensions
    first: dict[str, str] = {}
    for known in FORMATS:
        for ending in known.extensions if known.write is not None else ():
            first.setdefault(ending, known.name)
    return tuple(ending for ending in format_.extensions if first[ending] == format_.name)


def lists_table() -> str:
    """The table of the shapes of token lists, in the order in which they are tried."""
    rows = [(shape.name, shape.written_by, shape.told_by) for shape in SHAPES]
    return _markdown([_LISTS_HEAD, ("---",) * len(_LISTS_HEAD), *rows])


def _markdown(lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def replaced(page: str) -> str:
    """A page with the tables of today, each between its two lines.

    Raises:
        ConfigError: The page has not these lines.
    """
    page = _with(page, START, END, table())
    return _with(page, LISTS_START, LISTS_END, lists_table())


def _with(page: str, first: str, last: str, made: str) -> str:
    before, start, rest = page.partition(first)
    _old, end, after = rest.partition(last)
    if not start or not end:
        raise ConfigError(f"the page has no lines {first} and {last} for a table to stand between")
    return f"{before}{first}\n\n{made}\n\n{last}{after}"


def main(arguments: list[str]) -> int:
    """The command."""
    if not arguments:
        sys.stdout.write(f"{table()}\n\n{lists_table()}\n")
        return 0
    page = Path(arguments[0])
    page.write_text(replaced(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
