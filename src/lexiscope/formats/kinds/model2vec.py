"""model2vec's folders: static vectors for a Hugging Face tokenizer.

Layout: `model.safetensors` with `embeddings` (rows×D), and in newer versions `weights` (a factor a
token) and `mapping` (a token's row, where tokens share rows); `tokenizer.json`, whose vocabulary
gives each token its number; `config.json`. sentence-transformers keeps the same with the matrix as
`embedding.weight` and `config_sentence_transformers.json`, or in a folder `0_StaticEmbedding`.
Source: https://github.com/MinishLab/model2vec, persistence.

A token's vector is its row times its weight. model2vec's tokenizer needs a token for unknown words;
`write` adds `[UNK]`, a row of zeros, where there is none, says so in `config.json`, and `read`
leaves it out again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_folder, write_synced
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    VectorsData,
    Writable,
)
from lexiscope.formats.not_kept import Narrowing
from lexiscope.formats.reading import safetensors_file
from lexiscope.formats.reading.intake import assemble, select
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.token_rule import TokenRule

_MATRIX, _TOKENIZER, _CONFIG = "model.safetensors", "tokenizer.json", "config.json"
_TOKENS = TokenRule(spelling="utf-8")
_UNKNOWN = ("[UNK]", "<unk>", "UNK", "<UNK>")
_OWN = "lexiscope"
_ROWS = "rows.tmp"
_HEAD_BYTES = 1 << 16
_ADVICE = "download it again"


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """Where a folder keeps its parts.

    Attributes:
        folder: Of the matrix and the tokenizer, below the model's own.
        config: The configuration's name.
        tensor: The matrix's name.
    """

    folder: str
    config: str
    tensor: str


_LAYOUTS = (
    _Layout(folder=".", config=_CONFIG, tensor="embeddings"),
    _Layout(folder=".", config="config_sentence_transformers.json", tensor="embedding.weight"),
    _Layout(
        folder="0_StaticEmbedding",
        config="config_sentence_transformers.json",
        tensor="embedding.weight",
    ),
)


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a model2vec folder.

    Raises:
        FormatError: A file is missing, damaged, or does not fit the others.
    """
    layout = _layout_of(path)
    if layout is None:
        raise FormatError(
            path, None, f"is no model2vec folder, expected {_MATRIX}, {_TOKENIZER} and {_CONFIG}"
        )
    words = _read_tokens(path / layout.folder / _TOKENIZER)
    config = dict(
        json_document.read(path / layout.config, as_written=True, advice=_ADVICE).plain_fields()
    )
    narrowing = Narrowing()
    vectors = _read_vectors(path / layout.folder / _MATRIX, layout.tensor, narrowing)
    if len(words) != len(vectors):
        raise FormatError(
            path,
            None,
            f"has {len(words):,} tokens in its tokenizer and {len(vectors):,} vectors; the files "
            "are not of one model",
        )
    own = config.pop(_OWN, None)
    if isinstance(own, dict) and own.get("added") == words[-1] and len(words) > 1:
        words, vectors = words[:-1], vectors[:-1]
    result = assemble(words, vectors)
    result.metadata = {"model2vec": config}
    result = select(result, options)
    result.lost += narrowing.not_kept()
    return result


def _read_vectors(path: Path, name: str, narrowing: Narrowing) -> Matrix:
    """The tokens' vectors, float32."""
    tensors, _texts = safetensors_file.tensors_of(path)
    found = {
        key: safetensors_file.read_array(path, tensors[key])
        for key in (name, "weights", "mapping")
        if key in tensors
    }
    matrix, weights, mapping = (found.get(key) for key in (name, "weights", "mapping"))
    if matrix is None or matrix.ndim != 2 or matrix.dtype.kind not in "fi" or 0 in matrix.shape:
        raise FormatError(path, f"tensor {name!r}", "is missing, or no matrix of numbers")
    rows = len(matrix)
    if mapping is not None:
        sound = mapping.ndim == 1 and mapping.dtype.kind in "iu" and mapping.size > 0
        if not sound or mapping.min() < 0 or mapping.max() >= rows:
            raise FormatError(path, "tensor 'mapping'", f"does not give rows of {rows:,}")
        rows = len(mapping)
    if weights is not None and (weights.shape != (rows,) or weights.dtype.kind != "f"):
        raise FormatError(path, "tensor 'weights'", f"is not a factor for each of {rows:,} tokens")
    vectors: Matrix = narrowing.take_all(matrix).astype(np.float32, copy=False)
    if mapping is not None:
        vectors = vectors[mapping]
    if weights is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            vectors = vectors * weights.astype(np.float32)[:, None]
    return vectors


def _read_tokens(path: Path) -> list[str]:
    """The vocabulary of a `tokenizer.json`, by number."""
    document = json_document.read(path, json_document.TABLE, advice=_ADVICE)
    vocabulary = document["model"]["vocab"].plain
    numbers: dict[int, str] = {}
    pairs: list[tuple[Any, Any]] = []
    if isinstance(vocabulary, dict):
        pairs = [(number, word) for word, number in vocabulary.items()]
    elif isinstance(vocabulary, list):  # Unigram: a list of tokens with scores
        pairs = [
            (number, entry[0] if isinstance(entry, list) and entry else None)
            for number, entry in enumerate(vocabulary)
        ]
    _refuse_shared_numbers(path, pairs)
    added = document["added_tokens"]
    for entry in added.entries() if added.is_given else []:
        pairs.append((entry["id"].whole(), entry["content"].text()))
    for number, word in pairs:
        if type(number) is not int or not isinstance(word, str) or number < 0:
            raise FormatError(path, None, "has an entry that is no token and number")
        numbers[number] = word
    if not numbers or len(numbers) != max(numbers) + 1:
        raise FormatError(
            path,
            None,
            f"has {len(numbers):,} tokens with numbers up to {max(numbers, default=0):,}, expected "
            "every number from 0 once",
        )
    return [numbers[number] for number in range(len(numbers))]


def _refuse_shared_numbers(path: Path, pairs: list[tuple[Any, Any]]) -> None:
    """Of two tokens with one number a row would be lost; an added token may rename another."""
    first: dict[Any, Any] = {}
    for number, word in pairs:
        if type(number) is int and first.setdefault(number, word) != word:
            raise FormatError(
                path,
                None,
                f"gives number {number:,} to {first[number]!r} and to {word!r}; it is damaged",
            )


def write(path: Path, data: Writable) -> None:
    """Writes a model2vec folder, over an existing one if there is one.

    Raises:
        ConfigError: Something else is in the way.
        FormatError: A word is cut in mid-character, which JSON cannot say.
        OSError: The disk is full or cannot be written to.
    """
    target = Path(path)
    if (target.exists() or target.is_symlink()) and _layout_of(target) is None:
        raise ConfigError(f"{target} exists and is no model2vec folder; name a new folder")
    stream = outgoing(target, data, _TOKENS)
    words: list[str] = []
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    rows_bytes = stream.least_bytes()
    # The rows are there twice for a moment: as they come, and behind the header that counts them.
    with atomic_folder(target, None if rows_bytes is None else 2 * rows_bytes) as folder:
        with (folder / _ROWS).open("xb") as rows:
            for block in stream.blocks:
                words += block.tokens
                rows.write(np.ascontiguousarray(block.vectors, dtype="<f4").data)
            known = set(words)
            unknown = next((word for word in _UNKNOWN if word in known), None)
            added = unknown is None
            if unknown is None:
                unknown = _UNKNOWN[0]
                words.append(unknown)
                rows.write(bytes(4 * stream.columns))
        shape = (len(words), stream.columns)
        matrix = np.memmap(folder / _ROWS, dtype="<f4", mode="r", shape=shape)
        safetensors_file.write_matrices(folder / _MATRIX, {"embeddings": matrix})
        del matrix
        (folder / _ROWS).unlink()
        write_synced(folder / _TOKENIZER, _tokenizer(words, unknown))
        own = {"added": unknown} if added else {}
        config = {
            "model_type": "model2vec",
            "architectures": ["StaticModel"],
            "hidden_dim": stream.columns,
            "seq_length": 1_000_000,
            "normalize": False,
            "embedding_dtype": "float32",
            _OWN: own,
        }
        write_synced(folder / _CONFIG, json.dumps(config, indent=2).encode())
        static = "sentence_transformers.models.StaticEmbedding"
        modules = [{"idx": 0, "name": "0", "path": ".", "type": static}]
        write_synced(folder / "modules.json", json.dumps(modules, indent=2).encode())


def _tokenizer(words: list[str], unknown: str) -> bytes:
    """A tokenizer of whole words, split at spaces and punctuation."""
    document: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {word: number for number, word in enumerate(words)},
            "unk_token": unknown,
        },
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _layout_of(path: Path) -> _Layout | None:
    """How a folder is laid out; None where it is no model2vec folder."""
    for layout in _LAYOUTS:
        matrix = path / layout.folder / _MATRIX
        if not (path / layout.config).is_file() or not matrix.is_file():
            continue
        if not (path / layout.folder / _TOKENIZER).is_file():
            continue
        with matrix.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
        # Checkpoints of language models have the same files, and other tensors.
        if f'"{layout.tensor}"'.encode() in head:
            return layout
    return None


def _sniff(_head: bytes, path: Path) -> bool:
    try:
        return path.is_dir() and _layout_of(path) is not None
    except OSError:
        return False


FORMAT = Format(
    name="model2vec",
    description="model2vec folder",
    extensions=(),
    sniff=_sniff,
    read=read,
    write=write,
    tokens=_TOKENS,
    is_folder=True,
)
