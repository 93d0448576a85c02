"""What the fuzz opens: each kind of input, with sound samples of it.

A further kind is one more entry of `TARGETS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.formats import registry
from lexiscope.formats.contract import ReadOptions, VectorsData
from lexiscope.formats.kinds.gensim.format import read_trained
from lexiscope.vectors.health import repaired
from tests.support.fuzz import fault_of
from tests.support.fuzz_cases import MATRIX, WORDS, Case, all_cases


@dataclass(frozen=True, kw_only=True)
class Target:
    """A kind of input.

    Attributes:
        samples: Sound inputs of it, made in a folder that is new and empty.
        open: Opens the input at a path: what it gives is anything, what it may raise is a
            `LexiscopeError` of one line.
        fault: What is wrong with what was opened of a damaged sample, from the sample, its files,
            what was opened, and what was done to them; None where nothing is.
        times: How many times the input's size it may take in memory, beside some megabytes.
    """

    samples: Callable[[Path], list[Case]]
    open: Callable[[Path], Any]
    fault: Callable[[Case, dict[str, bytes], Any, str], str | None] | None = None
    times: float = 2


def _streamed(path: Path) -> int:
    """All rows in a stream, and the first two as halves: what `convert` and `--limit` do."""
    known = registry.detect(path)
    with known.open(path) as stream:
        rows = sum(len(block.tokens) for block in stream.blocks)
    registry.read(path, ReadOptions(limit=2, dtype="float16"))
    return rows


def _salvaged(path: Path) -> Any:
    """What `check --repair` keeps of a file."""
    data = repaired(path).data
    # Rows may be left out, so only wrong ones are faults.
    data.warnings.append("salvaged")
    return data


def _no_checksums(folder: Path) -> list[Case]:
    """The samples that are not compressed."""
    return [case for case in all_cases(folder) if not case.checked]


def _gensim(folder: Path) -> list[Case]:
    """gensim's own files."""
    return [case for case in _no_checksums(folder) if case.name.startswith("gensim")]


def _pickles(folder: Path) -> list[Case]:
    """Whatever is read as a pickle."""
    starts = ("gensim", "pickle", "torch", "npz of objects")
    return [case for case in _no_checksums(folder) if case.name.startswith(starts)]


def _wild(folder: Path) -> list[Case]:
    """Files that only others write, archives, and folders."""
    starts = ("gguf", "npz", "hdf5", "magnitude", "spacy", "parquet-folder", "export", "zip", "tar")
    return [case for case in _no_checksums(folder) if case.name.startswith(starts)]


def _unseen(path: Path) -> np.ndarray[Any, Any] | None:
    """A word that a file has not, which its n-grams are asked for."""
    from lexiscope.formats.kinds.fasttext.subwords import unseen_vector

    data = registry.read(path)
    if data.subwords is None:
        raise FormatError(path, None, "has no n-grams")
    return unseen_vector("unseen", data.subwords)


def _as_output(path: Path) -> int:
    """A file given as the output matrix of a sound one."""
    own = path.with_name("sound.txt")
    if not own.is_file():
        registry.write(own, VectorsData(list(WORDS), MATRIX), "glove")
    data = registry.read(own, output=path)
    return 0 if data.output is None else len(data.output)


def _tables(folder: Path) -> list[Case]:
    """Words and their values and nothing else."""
    starts = ("glove", "word2vec", "csv", "npy", "pickle", "projector")
    return [case for case in _no_checksums(folder) if case.name.startswith(starts)]


def _with_ngrams(folder: Path) -> list[Case]:
    """Files with n-grams."""
    names = (
        "fasttext with n-grams", "fasttext of 2016", "fasttext quantised", "gensim FastText",
        "model with n-grams",
    )  # fmt: skip
    return [
        case
        for case in _no_checksums(folder)
        if case.name in names or case.name.endswith("fasttext.model")
    ]


def _trained_further(path: Path) -> int:
    """A model of gensim's with all that its training needs."""
    trained = read_trained(path)
    return len(trained.data.tokens)


TARGETS: dict[str, Target] = {
    "vectors": Target(samples=all_cases, open=registry.read, fault=fault_of),
    "vectors in a stream": Target(samples=_no_checksums, open=_streamed),
    "vectors salvaged": Target(samples=_no_checksums, open=_salvaged, fault=fault_of, times=20),
    "pickles": Target(samples=_pickles, open=registry.read),
    "files of other programs": Target(samples=_wild, open=registry.read),
    "models to train further": Target(samples=_gensim, open=_trained_further),
    "context vectors": Target(samples=_tables, open=_as_output),
    "unseen words": Target(samples=_with_ngrams, open=_unseen, times=8),
}
