"""A language model's checkpoint and the embeddings in it: what is measured, and on what."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROWS = 50_257  # GPT-2's
COLUMNS = 768
WEIGHTS = "model.safetensors"
_TOKENIZER = "tokenizer.json"
_TENSOR = "wte.weight"
# GPT-2 has 2.2 times as many parameters beside its embeddings.
_OTHERS = 12
_OTHER_ROWS = 0.187
_DISTINCT = 10_000
_END = "<|endoftext|>"
_LONGEST = 12
_PLAIN = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}


def make(folder: Path, rows: int) -> None:
    """Writes a checkpoint laid out like GPT-2's: weights, a byte-level tokenizer, config.json.

    Args:
        folder: Where to; it is made.
        rows: Of the embeddings.
    """
    from lexiscope.formats.reading import safetensors_file

    folder.mkdir()
    other = max(1, int(_OTHER_ROWS * rows))
    shapes = {f"h.{layer}.weight": other for layer in range(_OTHERS // 2)}
    shapes[_TENSOR] = rows
    shapes |= {f"h.{layer}.weight": other for layer in range(_OTHERS // 2, _OTHERS)}
    safetensors_file.write_matrices(
        folder / WEIGHTS,
        {
            name: safetensors_file.Rows(columns=COLUMNS, expected=count, blocks=_values(count))
            for name, count in shapes.items()
        },
    )
    (folder / _TOKENIZER).write_text(json.dumps(_tokenizer(rows)), encoding="utf-8")
    config = {"model_type": "gpt2", "vocab_size": rows, "n_embd": COLUMNS}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")


def lexiscope(folder: Path, target: Path) -> Callable[[], Any]:
    """`lexiscope extract`: the matrix with its tokens as words, as a model folder."""
    from lexiscope.contextual.pretrained.extract import extract

    return lambda: extract(folder).save(target)


def safetensors(folder: Path, target: Path) -> Callable[[], Any]:
    """The same by hand: the tensor as a .npy file and its tokens as a list, by id."""
    import numpy as np
    from safetensors import safe_open
    from tokenizers import Tokenizer

    def run() -> None:
        with safe_open(folder / WEIGHTS, framework="numpy") as tensors:
            matrix = tensors.get_tensor(_TENSOR)
        ids = Tokenizer.from_file(str(folder / _TOKENIZER)).get_vocab()
        target.mkdir()
        np.save(target / "matrix.npy", matrix)
        names = json.dumps(sorted(ids, key=ids.__getitem__))
        (target / "tokens.json").write_text(names, encoding="utf-8")

    return run


def _values(rows: int) -> Iterator[Any]:
    import numpy as np

    rng = np.random.default_rng(1)
    vectors = rng.normal(scale=0.1, size=(min(rows, _DISTINCT), COLUMNS)).astype(np.float32)
    for start in range(0, rows, _DISTINCT):
        yield vectors[: rows - start]


def _tokenizer(rows: int) -> dict[str, Any]:
    """Byte-pair encoding: letters, and pairs of earlier tokens, half of which start a word."""
    rng = random.Random(1)
    letters = string.ascii_letters
    pieces = ["Ġ", *letters]
    known = dict.fromkeys(pieces)
    merges: list[list[str]] = []
    while len(pieces) < rows - 1:
        first, second = rng.choice(pieces), rng.choice(pieces)
        both = first + second
        if second[0] != "Ġ" and both not in known and len(both) <= _LONGEST:
            pieces.append(both)
            known[both] = None
            merges.append([first, second])
    vocabulary = {token: number for number, token in enumerate([_END, *pieces])}
    return {
        "version": "1.0",
        "added_tokens": [{"id": 0, "content": _END, "special": True, **_PLAIN}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
        "model": {"type": "BPE", "vocab": vocabulary, "merges": merges},
    }
