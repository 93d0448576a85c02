"""A matrix as safetensors, with its words in a file beside it.

Layout of the matrix: see `safetensors_file`. The words: see `vocabulary_file`. `write` makes
tensors `input` and, where there is one, `output`, and `NAME.vocab.tsv`; the header's text `tokens`
is a checksum (blake2b, 16 bytes) of that file, so that it cannot be taken for another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.atomic import atomic_files
from lexiscope.files.opening import unwrapped_path
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    VectorsData,
    Writable,
)
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.not_kept import Narrowing
from lexiscope.formats.reading import pairing, safetensors_file, vocabulary_file
from lexiscope.formats.reading.intake import assemble, select
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.reading.safetensors_file import Rows, Tensor
from lexiscope.formats.token_rule import ANYTHING

_CHECKSUM = "tokens"
# What others call the matrix that has a row a word.
_NAMES = ("input", "embeddings", "embedding", "vectors", "weight", "embedding.weight")


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a matrix, mapped, and its words.

    Raises:
        FormatError: The file is not whole, has no matrix that could be the words', or the words
            are missing or not its.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    if not vocabulary_file.may_be_beside(path):
        raise _no_words(path)
    narrowing = Narrowing()
    with unwrapped_path(path) as plain:
        tensors, texts = safetensors_file.tensors_of(plain)
        matrix = safetensors_file.read_matrix(
            plain, _embedding(path, tensors), writable=options.writable
        )
        words_path = vocabulary_file.beside(path, len(matrix))
        if words_path is None:
            raise _no_words(path)
        vectors = narrowing.take_all(matrix)
        found = tensors.get("output")
        output = None
        if found is not None:
            output = narrowing.take_all(safetensors_file.read_matrix(plain, found))
    checksum = texts.get(_CHECKSUM)
    if checksum is not None and checksum != pairing.digest_of_words(words_path):
        raise pairing.other_words(path, words_path, "put the words that it had back beside it")
    manifest.check_words(path, words_path)
    words = vocabulary_file.read_any(words_path, len(vectors))
    # With an output matrix rows are picked of both at once, which takes a look at all of them.
    wanted = options if output is None else EVERYTHING
    data = assemble(words.tokens, vectors, options=wanted, counts=words.counts)
    fits = output is not None and output.shape[1] == vectors.shape[1]
    if output is not None and fits and len(output) in (len(data.tokens), len(data.tokens) - 1):
        data.output = output
    elif output is not None:
        data.warnings.append(
            f"tensor 'output' of shape {output.shape} does not fit and was left out"
        )
    result = data if output is None else select(data, options)
    result.warnings += [words.note] if words.note else []
    result.lost += narrowing.not_kept()
    return result


def _no_words(path: Path) -> FormatError:
    name = vocabulary_file.written_beside(path).name
    return FormatError(
        path,
        None,
        f"has no words beside it, expected {name} or vocabulary.tsv; from a language model's "
        "checkpoint take them with `lexiscope extract`",
    )


def _embedding(path: Path, tensors: dict[str, Tensor]) -> Tensor:
    """The tensor that has a row a word."""
    for name in _NAMES:
        if name in tensors:
            return tensors[name]
    matrices = [tensor for tensor in tensors.values() if len(tensor.shape) == 2]
    if len(matrices) != 1:
        found = ", ".join(list(tensors)[:10]) or "none"
        raise FormatError(
            path,
            None,
            f"has no tensor {' or '.join(map(repr, _NAMES[:3]))} and {len(matrices)} matrices "
            f"(tensors: {found}); of a language model's checkpoint use `lexiscope extract`",
        )
    return matrices[0]


def write(path: Path, data: Writable) -> None:
    """Writes matrices, and the words and counts beside them as `NAME.vocab.tsv`.

    Raises:
        ConfigError: The output matrix does not fit the rows; or another matrix has its words there,
            and they are others.
        OSError: The disk is full or cannot be written to.
    """
    target = Path(path)
    source = outgoing(target, data, ANYTHING)
    digest = hashlib.blake2b(digest_size=pairing.DIGEST_BYTES)
    texts = {"format": "lexiscope-vectors", _CHECKSUM: digest.hexdigest()}
    rows = 0
    words_target = vocabulary_file.written_beside(target)
    itemsize = np.dtype(source.dtype).itemsize
    with atomic_files(
        target,
        words_target,
        named=target,
        size=source.least_bytes(itemsize),
    ) as (stream, words):

        def vectors() -> Iterator[Matrix]:
            nonlocal rows
            for block in source.blocks:
                lines = b"".join(vocabulary_file.lines(block.tokens, block.counts))
                digest.update(lines)
                words.write(lines)
                rows += len(block.tokens)
                yield block.vectors
            texts[_CHECKSUM] = digest.hexdigest()

        matrices: dict[str, Matrix | Rows] = {
            "input": Rows(
                columns=source.columns,
                expected=source.rows,
                blocks=vectors(),
                dtype=source.dtype,
            )
        }
        if source.output is not None:
            matrices["output"] = source.output
        safetensors_file.put_matrices(stream, matrices, texts)
        pairing.keep_others_words(target, words_target, digest.hexdigest())
        if source.output is not None and len(source.output) not in (rows, rows - 1):
            raise ConfigError(
                f"an output matrix of {len(source.output):,} rows does not fit {rows:,} words"
            )


def _sniff(head: bytes, _path: Path) -> bool:
    return head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 1 << 27


FORMAT = Format(
    name="safetensors",
    description="safetensors matrix with its words beside it",
    extensions=(".safetensors",),
    sniff=_sniff,
    read=read,
    write=write,
    carries=frozenset({"counts", "output"}),
)
