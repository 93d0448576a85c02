"""A run as one file: its folder in a zip archive, as the page's "Save as a run" downloads it.

Saving a model where a file stands writes one too (`save`): a script that has made a temporary file
for the model, as gensim's tutorials do, finds a file in its place and can remove it.

Layout (APPNOTE.TXT 4.3): a model folder's files (`model_folder`) and its `recording/`, at the top
of the archive or all below one folder, as a file manager packs it; stored or deflated. A model's
`attributes/` come along; other entries are left alone. Nothing is inflated beyond what the
archive's own size allows.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lexiscope.errors import FormatError
from lexiscope.files.archives import FAULTS, ZIP_MAGIC, opened_zip
from lexiscope.files.atomic import atomic_file
from lexiscope.files.siblings import sibling
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData, Writable
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.reading.intake import select

_RECORDINGS = ("recording/steps.bin", "recording/moments.bin")
_KNOWN = (*model_folder.FILES, model_folder.SUBWORDS, *_RECORDINGS)
# An archive may hold so many bytes, or so many times its own.
_ALWAYS_ALLOWED, _MOST_EXPANSION = 64 << 20, 32
_PIECE = 1 << 20
_ENCRYPTED = 1


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip archive does."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def is_packed(path: Path) -> bool:
    """Whether a file is a zip archive of a model folder; what is in its files is not looked at."""
    try:
        if not is_archive(path):
            return False
        with ZipFile(path) as archive:
            return _entries(archive) is not None
    except (OSError, *FAULTS):
        return False


def save(
    path: str | os.PathLike[str],
    data: Writable,
    *,
    extra_files: Mapping[str, bytes] | None = None,
    over_unfinished: bool = False,
) -> None:
    """Writes a model folder; where a file stands in its place, the folder as one file.

    Args:
        path: The folder, or a file that is there already and is replaced.
        data: The model.
        extra_files: Relative path inside the folder → content.
        over_unfinished: Whether to replace a folder that holds only a run's checkpoints.

    Raises:
        ConfigError: As `model_folder.write`.
        OSError: The disk is full or cannot be written to; what was there stays.
    """
    target = Path(path)
    if not target.is_file():
        model_folder.write(path, data, extra_files=extra_files, over_unfinished=over_unfinished)
        return
    folder = sibling(target, "tmp")
    try:
        model_folder.write(folder, data, extra_files=extra_files)
        with atomic_file(target) as out, ZipFile(out, "w", ZIP_STORED) as archive:
            for part in sorted(part for part in folder.rglob("*") if part.is_file()):
                archive.write(part, part.relative_to(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder of a run: of an archive's, a temporary one; any other path is given back.

    Raises:
        FormatError: The archive is damaged, encrypted, or stands for more than it can.
    """
    if not is_packed(path):
        yield path
        return
    with TemporaryDirectory(prefix="lexiscope-") as temporary:
        # By its own name: the folder's name is what is open.
        folder = Path(temporary) / path.name
        _extract(path, folder)
        try:
            yield folder
        except FormatError as error:
            raise _of_archive(error, folder, path) from error


def _of_archive(error: FormatError, folder: Path, path: Path) -> FormatError:
    """The same fault, told of the file that the user has."""
    inside = Path(error.path)
    name = inside.relative_to(folder).as_posix() if inside.is_relative_to(folder) else ""
    places = [name if name != "." else "", error.position or ""]
    return FormatError(path, ", ".join(filter(None, places)) or None, error.reason)


def _entries(archive: ZipFile) -> dict[str, ZipInfo] | None:
    """The known files by their names in the folder; None where it is no model folder's archive."""
    found: dict[str, ZipInfo] = {}
    by_path = {PurePosixPath(entry.filename): entry for entry in archive.infolist()}
    roots = [path.parent for path in by_path if path.name == model_folder.MATRICES]
    for root in roots:
        if all(root / name in by_path for name in model_folder.FILES):
            found = {name: by_path[root / name] for name in _KNOWN if root / name in by_path}
            found |= {
                f"{model_folder.ATTRIBUTES}/{path.name}": entry
                for path, entry in by_path.items()
                if path.parent == root / model_folder.ATTRIBUTES and _is_attribute(path)
            }
    return found or None


def _is_attribute(path: PurePosixPath) -> bool:
    return path.suffix == ".npy" and path.stem.isidentifier()


def _extract(path: Path, folder: Path) -> None:
    left = max(_ALWAYS_ALLOWED, _MOST_EXPANSION * path.stat().st_size)
    with opened_zip(path) as archive:
        for name, entry in (_entries(archive) or {}).items():
            if entry.flag_bits & _ENCRYPTED:
                raise FormatError(path, name, "is encrypted; pack the run without a password")
            if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                raise FormatError(path, name, "is packed by a rare method; pack it with deflate")
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("xb") as stream:
                left = _copy(source, stream, left, path, name)


def _copy(source: IO[bytes], stream: IO[bytes], left: int, path: Path, name: str) -> int:
    """Copies an entry; its checksum is compared at its end. Returns what others may still take."""
    while piece := source.read(_PIECE):
        left -= len(piece)
        if left < 0:
            raise FormatError(path, name, "is packed closer than a run can be; it is no run's")
        stream.write(piece)
    return left


def _read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    with unpacked(path) as folder:
        data = model_folder.read(folder, mmap=False)
        return select(data, options)


def _sniff(head: bytes, path: Path) -> bool:
    return head.startswith(ZIP_MAGIC) and is_packed(path)


FORMAT = Format(
    name="run",
    description="saved run (a model folder in a zip archive)",
    extensions=(".zip",),
    sniff=_sniff,
    read=_read,
    write=None,
)
