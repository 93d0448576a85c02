"""What passes between a file and the rest of the program: plain data, and what a format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class VectorsData:
    """Word vectors as a format reads and writes them.

    Attributes:
        tokens: V distinct words; bytes that are not UTF-8 are kept with surrogateescape.
        vectors: W, the input matrix, V×D float32; row i belongs to tokens[i]. It may be a
            read-only map of the file.
        counts: How often each word occurred in the training text, V int64, where the file says.
        output: W′ where the file has it: V×D float32, or (V−1)×D after hierarchical softmax.
        metadata: A model folder's `config.json`.
        warnings: What a reader accepted but the user should know, a line each.
    """

    tokens: list[str]
    vectors: NDArray[np.float32]
    counts: NDArray[np.int64] | None = None
    output: NDArray[np.float32] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Format:
    """One kind of file or folder; each module of this package describes its own as `FORMAT`.

    Attributes:
        name: The name on the command line ("word2vec-text").
        description: One line for people.
        extensions: Usual endings, lower case, with the dot; they break ties only, content decides.
        sniff: Whether the content is of this format, from the first bytes (none for a folder)
            and the path. It must not raise on any content.
        read: The whole file as plain data.
            Raises `FormatError`.
        write: Writes plain data, whole or not at all; None where the format is only read.
    """

    name: str
    description: str
    extensions: tuple[str, ...]
    sniff: Callable[[bytes, Path], bool]
    read: Callable[[Path], VectorsData]
    write: Callable[[Path, VectorsData], None] | None
