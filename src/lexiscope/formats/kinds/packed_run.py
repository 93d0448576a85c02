"""A run as one file: its folder in a zip archive, as the page's "Save as a run" downloads it.

Layout (APPNOTE.TXT 4.3): a model folder's files (`model_folder`) and its `recording/`, at the top
of the archive or all below one folder, as a file manager packs it; stored or deflated. Other
entries are left alone. Nothing is inflated beyond what the archive's own size allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from lexiscope.errors import FormatError
from lexiscope.files.archives import FAULTS, ZIP_MAGIC, opened_zip
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData
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
    return found or None


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
