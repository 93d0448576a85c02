"""Embedding matrices out of pretrained language models, without loading the models.

Only the bytes of the matrix are read: of a pretrained model on a hub a range, of one on disk some
megabytes at a time. Row i belongs to id i of the pretrained model's tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from os import PathLike, fspath
from typing import Any, Literal, get_args

import numpy as np

from lexiscope._version import __version__
from lexiscope.contextual.pretrained import names
from lexiscope.contextual.pretrained.files import Files, open_files
from lexiscope.contextual.pretrained.packed import unpacked
from lexiscope.contextual.pretrained.tensors import (
    Tensor,
    Tensors,
    blocks,
    check_readable,
    open_tensors,
)
from lexiscope.contextual.pretrained.tokens import RowNames, read_tokens, row_names
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.files import json_document, tokens
from lexiscope.formats.contract import Block, VectorsStream
from lexiscope.formats.kinds import model_folder
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors.aligning.token_ids import TokenIds
from lexiscope.vectors.keyed_vectors import KeyedVectors

Matrix = Literal["input", "output"]
MATRICES: tuple[Matrix, ...] = get_args(Matrix)
CONFIG = "config.json"
RAW_TOKENS = "tokens.tsv"
# Architectures with an output matrix of words, which is the input's where none is stored.
_HAS_HEAD = re.compile(
    r"LMHead|ForCausalLM|ForMaskedLM|ForConditionalGeneration|ForPreTraining|MTModel|DoubleHeads"
    r"|GenerationDecoder"
)
# Of a matrix on a hub these many rows at the start, in the middle and at the end are compared.
_SAMPLED_ROWS = 16


class Tied(StrEnum):
    """What the output matrix is to the input matrix."""

    SAME = "tied: both are stored, with the same bytes"
    SAMPLED = "tied: both are stored, and the rows compared are the same"
    ONCE = "tied: stored once"
    DIFFERENT = "not tied: both are stored, with different bytes"
    NO_OUTPUT = "no output matrix"


@dataclass(frozen=True, kw_only=True)
class Extracted:
    """An embedding matrix that is ready to be read.

    Attributes:
        tensor: Where it is.
        names: Its rows' names.
        tied: What the output matrix is to the input matrix.
        matrix: Which of the two it is.
        tensors: What reads it.
        source: The pretrained model, as it was named.
    """

    tensor: Tensor
    names: RowNames
    tied: Tied
    matrix: Matrix
    tensors: Tensors
    source: str

    @property
    def warnings(self) -> list[str]:
        """What the user should know, a line each."""
        return self.names.warnings

    def facts(self) -> dict[str, Any]:
        """What it is, as plain data; it becomes the model folder's config.json."""
        rows, columns = self.tensor.shape
        return {
            "source": self.source,
            "tensor": self.tensor.name,
            "matrix": self.matrix,
            "stored_as": self.tensor.dtype,
            "rows": rows,
            "dimensions": columns,
            "tokens": rows - self.names.padded,
            "padded_rows": self.names.padded,
            "tied": str(self.tied),
            "version": __version__,
        }

    def stream(self, progress: ProgressCallback | None = None) -> VectorsStream:
        """The rows, some megabytes at a time, as float32."""
        rows, columns = self.tensor.shape
        return VectorsStream(
            columns=columns,
            rows=rows,
            blocks=self._blocks(progress),
            metadata=self.facts(),
            warnings=self.warnings,
        )

    def to_vectors(self) -> KeyedVectors:
        """The matrix in memory, as float32."""
        return KeyedVectors.from_data(self.stream().collect())

    def save(self, out: str | PathLike[str], progress: ProgressCallback | None = None) -> None:
        """Writes a model folder in bounded memory, whole or not at all.

        Besides a model's files it has tokens.tsv, the raw token of each row.

        Raises:
            ConfigError: The path is taken by something that is not a model.
            FormatError: The pretrained model ends too early, or cannot be reached any more.
            OSError: The disk is full or cannot be written to.
        """
        raw = "".join(f"{tokens.escape(token)}\n" for token in self.names.raw)
        model_folder.write(out, self.stream(progress), extra_files={RAW_TOKENS: raw.encode()})

    def _blocks(self, progress: ProgressCallback | None) -> Iterator[Block]:
        meter = Meter("extracting", self.tensor.shape[0], "rows", progress, every=0)
        row = 0
        for vectors in blocks(self.tensors, self.tensor):
            end = row + len(vectors)
            yield Block(self.names.names[row:end], vectors)
            row = end
            meter.update(row)


class Pretrained:
    """A pretrained language model.

    Args:
        source: A folder laid out like a Hugging Face model, a file of weights in one, or the
            id of a model on the hub.

    Raises:
        FormatError: It is no pretrained model, is damaged, or cannot be reached.
    """

    def __init__(self, source: str | PathLike[str]) -> None:
        self.source = fspath(source)
        self._files, file = open_files(self.source)
        self.tensors = unpacked(self._files, open_tensors(self._files, file))

    @property
    def files(self) -> Files:
        """Where it is."""
        return self._files

    @cached_property
    def tokens(self) -> TokenIds | None:
        """Its tokenizer, or None."""
        return read_tokens(self._files)

    @cached_property
    def config(self) -> dict[str, Any]:
        """Its config.json; empty where there is none.

        Raises:
            FormatError: It is no JSON object: nothing that it tells could be relied on.
        """
        if not self._files.has(CONFIG):
            return {}
        # Configurations of state-space models hold the constant Infinity.
        return json_document.parse(
            self._files.whole(CONFIG),
            self._files.path(CONFIG),
            as_written=True,
            advice="download it again",
        ).plain_fields()

    def input(self, tensor: str | None = None) -> Tensor:
        """The embedding matrix: the named tensor, or the one that is found.

        Raises:
            ConfigError: None or several could be it, or there is none of that name.
        """
        if tensor is not None:
            return names.find_named(self.tensors, tensor)
        nested = self.config.get("text_config")
        configs = (self.config, nested if isinstance(nested, dict) else {})
        told = [config.get("vocab_size") for config in configs]
        sizes = [size for size in told if isinstance(size, int)]
        if self.tokens is not None:
            sizes.append(len(self.tokens))
        return names.find_input(self.tensors, sizes)

    def output(self, embedding: Tensor) -> Tensor | None:
        """The output matrix, where one is stored."""
        return names.find_output(self.tensors, embedding)

    def tied(self, embedding: Tensor, output: Tensor | None) -> Tied:
        """What the output matrix is to the embedding matrix, by their bytes where both are stored.

        Of a pretrained model on a hub some rows are compared, so that nothing is downloaded for it.
        """
        if output is None:
            architectures = self.config.get("architectures")
            head = isinstance(architectures, list) and any(
                _HAS_HEAD.search(str(name)) for name in architectures
            )
            says = self.config.get("tie_word_embeddings")
            return Tied.ONCE if head and says is not False else Tied.NO_OUTPUT
        if output.name == embedding.name:
            return Tied.ONCE
        same = _sampled_same if self._files.is_remote else _same
        if not same(self.tensors, embedding, output):
            return Tied.DIFFERENT
        return Tied.SAMPLED if self._files.is_remote else Tied.SAME


def extract(
    source: str | PathLike[str], *, matrix: Matrix = "input", tensor: str | None = None
) -> Extracted:
    """Finds the embedding matrix of a language model, without reading it yet.

    Args:
        source: See `Pretrained`.
        matrix: "input", the embeddings; or "output", the rows that score the next token.
        tensor: The name of the embeddings' tensor, where it is none of the usual ones; with
            `matrix` "output" that of the output matrix.

    Raises:
        ConfigError: No tensor or several could be it.
        FormatError: The pretrained model is damaged, or its tokenizer is another model's.
        LexiscopeError: The output matrix is asked for and there is none.
    """
    if matrix not in MATRICES:
        raise ConfigError(f"matrix is {matrix!r}, expected one of {', '.join(MATRICES)}")
    pretrained = Pretrained(source)
    embedding = pretrained.input(tensor if matrix == "input" else None)
    check_readable(pretrained.files, embedding)
    if matrix == "output" and tensor is not None:
        output: Tensor | None = names.find_named(pretrained.tensors, tensor)
    else:
        output = pretrained.output(embedding)
    tied = pretrained.tied(embedding, output)
    chosen = embedding
    if matrix == "output":
        if tied is Tied.NO_OUTPUT:
            raise LexiscopeError(
                f"{pretrained.source} has no output matrix: none of the usual names is stored, and "
                "its configuration does not say that it is the input matrix; name it with --tensor"
            )
        chosen = embedding if output is None else output
    check_readable(pretrained.files, chosen)
    return Extracted(
        tensor=chosen,
        names=row_names(pretrained.tokens, chosen.shape[0], pretrained.source),
        tied=tied,
        matrix=matrix,
        tensors=pretrained.tensors,
        source=pretrained.source,
    )


def _same(tensors: Tensors, first: Tensor, second: Tensor) -> bool:
    """Whether two matrices hold the same bytes; the first difference ends the reading."""
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    pairs = zip(blocks(tensors, first), blocks(tensors, second), strict=True)
    # As numbers, a NaN would differ from itself.
    return all(
        np.array_equal(rows.view(np.uint32), others.view(np.uint32)) for rows, others in pairs
    )


def _sampled_same(tensors: Tensors, first: Tensor, second: Tensor) -> bool:
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    rows = first.shape[0]
    starts = {0, max(0, rows // 2), max(0, rows - _SAMPLED_ROWS)}
    return all(
        np.array_equal(
            tensors.rows(first, start, min(rows, start + _SAMPLED_ROWS)).view(np.uint32),
            tensors.rows(second, start, min(rows, start + _SAMPLED_ROWS)).view(np.uint32),
        )
        for start in sorted(starts)
    )
