"""The model folder: what `train` writes.

Layout:
    model.safetensors  `input` (W, V×D float32) and, where there is one, `output` (W′; V×D, or
                       (V−1)×D after hierarchical softmax)
    subwords.safetensors  where there are n-grams: see `formats.reading.subwords_file`
    vocabulary.tsv     UTF-8; a line `token` or `token TAB count`, line i for row i; tokens escaped
                       as in `formats.tokens`
    config.json        one JSON object: training options, seed, version, counts, final loss
Further files and folders (`checkpoint/`, `recording/`) belong to others and are not read here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_folder, write_synced
from lexiscope.files.reserving import check_place
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    Subwords,
    VectorsData,
    VectorsStream,
    Writable,
    as_stream,
    fits,
)
from lexiscope.formats.reading import safetensors_file, subwords_file, vocabulary_file
from lexiscope.formats.reading.intake import select
from lexiscope.formats.reading.outgoing import outgoing
from lexiscope.formats.reading.paired import stream_of
from lexiscope.formats.token_rule import ANYTHING

MATRICES = "model.safetensors"
VOCABULARY = vocabulary_file.NAME
CONFIG = "config.json"
SUBWORDS = subwords_file.NAME
FILES = (MATRICES, VOCABULARY, CONFIG)
CHECKPOINTS = "checkpoint"
# Where arrays stand that a user keeps in a model, a `.npy` each.
ATTRIBUTES = "attributes"
# What config.json says of a folder that vectors were saved to by themselves.
HOLDS, VECTORS_ONLY = "holds", "vectors"
_NUMBER = re.compile(r"[0-9]{1,18}")


def is_model_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder has a model's three files; their content is not looked at."""
    return all((Path(path) / name).is_file() for name in FILES)


def is_unfinished(path: str | os.PathLike[str]) -> bool:
    """Whether a folder holds the checkpoints of a run and nothing else."""
    return _has_no_model(Path(path)) and bool(states_in(Path(path, CHECKPOINTS)))


def is_barren(path: str | os.PathLike[str]) -> bool:
    """Whether a folder is what a run leaves that was ended before its first checkpoint was whole.

    It is empty, or holds the beginnings of checkpoints and nothing else.
    """
    folder = Path(path)
    if not _has_no_model(folder) and (not folder.is_dir() or any(folder.iterdir())):
        return False
    below = folder / CHECKPOINTS
    return not below.is_dir() or all(entry.name.startswith(".") for entry in below.iterdir())


def _has_no_model(folder: Path) -> bool:
    return folder.is_dir() and [entry.name for entry in folder.iterdir()] == [CHECKPOINTS]


def states_in(folder: Path) -> list[Path]:
    """The checkpoints in a folder, whole or damaged, which are named by numbers."""
    if not folder.is_dir():
        return []
    return [entry for entry in folder.iterdir() if _NUMBER.fullmatch(entry.name)]


def unfinished_reason(path: str | os.PathLike[str]) -> str:
    """Why such a folder cannot be opened, and what to do."""
    folder = Path(path)
    newest = max(states_in(folder / CHECKPOINTS), key=lambda entry: int(entry.name))
    return (
        f"holds a run that was stopped, not a finished model; go on with `lexiscope train … "
        f"--resume {folder}`, or open its newest checkpoint, {newest}"
    )


def check_target(path: str | os.PathLike[str], *, over_unfinished: bool = False) -> None:
    """Refuses an output path early, before any work is done for it.

    Args:
        over_unfinished: Whether a folder with a stopped run's checkpoints may be replaced.

    Raises:
        ConfigError: Something that is not a model folder is in the way, or the folder cannot be
            made.
    """
    target = Path(path)
    if is_unfinished(target):
        if over_unfinished:
            return
        raise ConfigError(
            f"{target} holds a run that was stopped; go on with `lexiscope train … --resume "
            f"{target}` or Word2Vec.resume, or remove the folder"
        )
    if target.is_dir() and not is_model_folder(target) and not is_barren(target):
        raise ConfigError(
            f"{target} exists and is not a model folder; name a new folder, or remove that one"
        )
    if not target.is_dir() and (target.exists() or target.is_symlink()):
        raise ConfigError(f"{target} exists and is a file; name a folder for the model")
    check_place(target, is_folder=True)


def write(
    path: str | os.PathLike[str],
    data: Writable,
    *,
    extra_files: Mapping[str, bytes] | None = None,
    over_unfinished: bool = False,
) -> None:
    """Writes a model folder, whole or not at all, over an existing model folder if there is one.

    Args:
        path: The folder; folders above it are made.
        data: The model, or a stream of it; `metadata` becomes config.json.
        extra_files: Relative path inside the folder → content.
        over_unfinished: Whether to replace a folder that holds only a run's checkpoints.

    Raises:
        ConfigError: The path is taken by something that is not a model, the parts of the data do
            not fit each other, or the name of an extra file leads out of the folder.
        OSError: The disk is full or cannot be written to.
    """
    extra = {} if extra_files is None else extra_files
    check_target(path, over_unfinished=over_unfinished)
    if isinstance(data, VectorsData):
        data = replace(data, distinct=False)
    for name in extra:
        _check_name(name)
    target = Path(path)
    source = outgoing(target, data, ANYTHING)
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    size = source.least_bytes()
    size = None if size is None else size + sum(map(len, extra.values()))
    with atomic_folder(target, size) as folder:
        _write_rows(folder, source)
        if source.subwords is not None:
            subwords_file.write(folder / SUBWORDS, source.subwords)
        write_synced(folder / CONFIG, json_document.render(source.metadata, CONFIG))
        for name, content in extra.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_synced(folder / name, content)


def _write_rows(folder: Path, source: VectorsStream) -> None:
    """Writes the words and matrices of a stream as its rows come."""
    with (folder / VOCABULARY).open("xb") as vocabulary:
        rows = 0

        def vectors() -> Iterator[Matrix]:
            nonlocal rows
            for block in source.blocks:
                vocabulary.writelines(vocabulary_file.lines(block.tokens, block.counts))
                rows += len(block.tokens)
                yield block.vectors

        matrices: dict[str, Matrix | safetensors_file.Rows] = {
            "input": safetensors_file.Rows(
                columns=source.columns, expected=source.rows, blocks=vectors()
            )
        }
        if source.output is not None:
            matrices["output"] = source.output
        safetensors_file.write_matrices(folder / MATRICES, matrices)
        vocabulary.flush()
        os.fsync(vocabulary.fileno())
    shape = (rows, source.columns)
    if source.output is not None and not fits(shape, source.output):
        raise ConfigError(
            f"an output matrix of shape {source.output.shape} does not fit an input of shape "
            f"{shape}"
        )


def read(path: str | os.PathLike[str], mmap: bool = True, *, writable: bool = False) -> VectorsData:
    """Reads a model folder.

    Args:
        path: The folder.
        mmap: True to map the matrices (opening takes no time and no memory), False to load them.
        writable: Whether maps can be written to, changes staying in memory.

    Raises:
        FormatError: A file is missing, damaged, or does not fit the others.
    """
    folder = Path(path)
    vectors, output = _read_matrices(folder, mmap=mmap, writable=writable)
    words = vocabulary_file.read_tsv(folder / VOCABULARY)
    if len(words.tokens) != len(vectors):
        raise FormatError(
            folder / VOCABULARY,
            None,
            f"has {len(words.tokens):,} words, but the input matrix has {len(vectors):,} rows; "
            "the folder's files are not of one model",
        )
    return VectorsData(
        words.tokens,
        vectors,
        words.counts,
        output,
        _read_config(folder / CONFIG),
        subwords=_read_subwords(folder, vectors.shape, mmap=mmap),
        distinct=True,
    )


@contextmanager
def stream(path: Path, options: ReadOptions = EVERYTHING) -> Iterator[VectorsStream]:
    """The same as `read`, some rows at a time.

    Raises:
        FormatError: As `read`; while the rows are gone through, where the vocabulary is damaged.
    """
    if options.limit is not None or options.words is not None:
        # The rows of the output matrix have to be picked along with the words.
        yield as_stream(_read(path, options))
        return
    vectors, output = _read_matrices(path, mmap=True)
    found = stream_of(vectors, path / VOCABULARY, options)
    found.output = output
    found.metadata = _read_config(path / CONFIG)
    found.subwords = _read_subwords(path, vectors.shape, mmap=True)
    yield found


def _read_matrices(
    folder: Path, *, mmap: bool, writable: bool = False
) -> tuple[Matrix, Matrix | None]:
    """W and, where there is one, W′.

    Raises:
        FormatError: A file is missing, or the matrices are damaged or do not fit each other.
    """
    for name in FILES:
        if not (folder / name).is_file():
            raise FormatError(folder, None, f"has no {name}, expected a model folder")
    matrices = safetensors_file.read_matrices(folder / MATRICES, mmap=mmap, writable=writable)
    vectors = matrices.get("input")
    if vectors is None:
        found = ", ".join(matrices) or "none"
        raise FormatError(folder / MATRICES, None, f"has no tensor 'input' (tensors: {found})")
    output = matrices.get("output")
    if output is not None and not fits(vectors.shape, output):
        raise FormatError(
            folder / MATRICES,
            "tensor 'output'",
            f"has shape {output.shape}, which does not fit an input of shape {vectors.shape}",
        )
    return vectors, output


def _read_subwords(folder: Path, shape: tuple[int, ...], *, mmap: bool) -> Subwords | None:
    """The rows of n-grams, where there are any."""
    path = folder / SUBWORDS
    return subwords_file.read(path, shape, mmap=mmap) if path.is_file() else None


def _read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    return select(read(path, writable=options.writable), options)


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or name in (*FILES, SUBWORDS):
        raise ConfigError(f"extra file {name!r}: expected a relative path inside the folder")


def _read_config(path: Path) -> dict[str, object]:
    # A loss that was no number was written as NaN by versions up to 0.1.0.
    return json_document.read(path, as_written=True).plain_fields()


def _sniff(_head: bytes, path: Path) -> bool:
    # One file is enough to take the folder for a damaged model and have `read` say what is missing.
    return path.is_dir() and ((path / VOCABULARY).is_file() or is_model_folder(path))


FORMAT = Format(
    name="model",
    description="Lexiscope model folder",
    extensions=(),
    sniff=_sniff,
    read=_read,
    write=write,
    stream=stream,
    carries=frozenset({"counts", "output", "subwords", "metadata"}),
    is_folder=True,
)
