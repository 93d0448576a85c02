"""Wrappers of files: compression, and archives with one file of vectors in them, read forward."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, BinaryIO, Literal, TypeVar, cast

from lexiscope.errors import FormatError, reason_of
from lexiscope.files import archives
from lexiscope.files.archives import Archive
from lexiscope.files.compression import (
    MAGIC_BYTES,
    Compression,
    DamagedDataError,
    Memory,
    Unpacked,
    compression_of,
)

_Found = TypeVar("_Found")
_SHOWN = 6
# Vectors are nearly random bytes: even text of 6 decimals packs no closer than some 5 to 1.
_MOST_EXPANSION = 200
_ALWAYS_ALLOWED = 1 << 26
_MEMORY = Memory(zstd_window=1 << 27, zstd_input=1 << 10, xz=1 << 30)


def unpacks_to(size: int) -> int:
    """So many bytes at most are vectors that are packed in so many."""
    return _ALWAYS_ALLOWED + _MOST_EXPANSION * size


def content_of(stream: BinaryIO, path: Path) -> BinaryIO | Unwrapped:
    """The stream, at its start, or what unwraps it."""
    kind = archives.kind_of(read_up_to(_uncompressed(stream, path), archives.TAR_BLOCK))
    archive = None if kind is None else archive_at(path)
    if archive is not None and archive.member is not None:
        return _MemberFile(stream, archive.kind, archive.member, path)
    return _uncompressed(stream, path)


def _uncompressed(stream: BinaryIO, path: Path) -> BinaryIO | _UnpackedFile:
    """The stream, at its start, or what takes its compression off."""
    stream.seek(0)
    compression = compression_of(stream.read(MAGIC_BYTES))
    stream.seek(0)
    return stream if compression is None else _UnpackedFile(stream, compression, path)


def archive_at(path: Path) -> Archive | None:
    """What is in an archive; None where a file is none, or cannot be read as one."""
    try:
        status = path.stat()
        if not path.is_file():
            return None
        return _archive_at(path, status.st_mtime_ns, status.st_size, status.st_ino)
    except OSError:
        return None


@lru_cache(maxsize=8)
def _archive_at(path: Path, _changed: int, _size: int, _inode: int) -> Archive | None:
    """`archive_at` of one state of a file: only going through all of a tar tells what is in it."""
    with path.open("rb") as stream:
        try:
            kind = archives.kind_of(read_up_to(_uncompressed(stream, path), archives.TAR_BLOCK))
            content = _uncompressed(stream, path)
            if kind == "tar":
                return archives.look_into_tar(cast("IO[bytes]", content))
            if kind == "zip" and content is stream:
                return archives.look_into_zip(stream)
        except (*archives.FAULTS, FormatError):
            return None
    return None


def described(archive: Archive) -> str:
    """What an archive is, and what to do, where no one file stands for it."""
    listed = archive.vectors or archive.names
    shown = ", ".join(map(repr, listed[:_SHOWN])) + (", …" if len(listed) > _SHOWN else "")
    what = f"is a {archive.kind} archive"
    if archive.vectors:
        return (
            f"{what} with {len(archive.vectors)} files that may be vectors ({shown}); unpack it "
            "and open the one that you want, or their folder"
        )
    return f"{what} without one file of vectors in it ({shown or 'empty'}); unpack it first"


class Unwrapped:
    """The content of a wrapped file, read forward."""

    def read(self, size: int) -> bytes:
        """Some of the next bytes, at most `size`; none at the end.

        Raises:
            FormatError: The wrapper is damaged.
        """
        raise NotImplementedError


class UntilDamage(Unwrapped):
    """The content of a wrapped file up to where its wrapper is damaged, as if it ended there.

    Args:
        content: The content.

    Attributes:
        damage: What is wrong there, once that was met.
    """

    def __init__(self, content: Unwrapped) -> None:
        self._content: Unwrapped | None = content
        self._given = False
        self.damage: FormatError | None = None

    def read(self, size: int) -> bytes:
        """See `Unwrapped`; only damage before the first byte is an error."""
        if self._content is None:
            return b""
        try:
            piece = self._content.read(size)
        except FormatError as error:
            if not self._given:
                raise
            # Without what raised it, which holds what unwraps, some megabytes.
            self.damage = FormatError(error.path, error.position, error.reason)
            self._content = None
            return b""
        self._given = self._given or bool(piece)
        return piece


class _MemberFile(Unwrapped):
    """A file in an archive, and no more of it than vectors can be.

    Args:
        stream: The archive, at any place.
        kind: Which one.
        name: The file's name in it.
        path: The archive's, for messages and its size.
    """

    def __init__(
        self, stream: BinaryIO, kind: Literal["zip", "tar"], name: str, path: Path
    ) -> None:
        self._path = path
        self._what = f"{kind} archive"
        self._left = unpacks_to(path.stat().st_size)
        content = _uncompressed(stream, path)
        self._read: Callable[[int], bytes] = self._tried(
            lambda: (
                archives.open_in_zip(stream, name)
                if kind == "zip"
                else archives.open_in_tar(cast("IO[bytes]", content), name)
            )
        )

    def read(self, size: int) -> bytes:
        """See `Unwrapped`; also refuses what unpacks to more than vectors can."""
        piece: bytes = self._tried(lambda: self._read(size))
        self._left -= len(piece)
        if self._left < 0:
            raise _too_much(self._path)
        return piece

    def _tried(self, action: Callable[[], _Found]) -> _Found:
        try:
            return action()
        except archives.FAULTS as error:
            reason = reason_of(error)
            raise FormatError(
                self._path,
                None,
                f"its {self._what} is damaged, cut or locked ({reason}); download it again, or "
                "unpack it first",
            ) from error


class _UnpackedFile(Unwrapped):
    """The content of a wrapped file, read forward, and no more than vectors can be.

    Args:
        stream: The wrapped file, at its start.
        compression: Its wrapper.
        path: For messages, and its size.
    """

    def __init__(self, stream: BinaryIO, compression: Compression, path: Path) -> None:
        self._unpacked = Unpacked(stream.read, compression, _MEMORY)
        self._name = compression.name
        self._path = path
        self._allowed = unpacks_to(path.stat().st_size)

    def read(self, size: int) -> bytes:
        """Some of the next bytes, at most `size`; none at the end.

        Raises:
            FormatError: The wrapper is damaged or cut, or unpacks to more than vectors can.
        """
        try:
            piece = self._unpacked.read(size)
        except DamagedDataError as error:
            raise FormatError(
                self._path,
                f"byte {self._unpacked.given:,} of its content",
                f"its {self._name} wrapper is damaged or cut ({error.reason}); download it again",
            ) from error
        if self._unpacked.given > self._allowed:
            raise _too_much(self._path)
        return piece


def _too_much(path: Path) -> FormatError:
    return FormatError(
        path,
        None,
        f"unpacks to more than {_MOST_EXPANSION} times its size, as vectors do not; if it is "
        "sound, unpack it first",
    )


def until_damage(content: BinaryIO | Unwrapped) -> BinaryIO | Unwrapped:
    """The content of a file up to where its wrapper is damaged, where it has one."""
    return UntilDamage(content) if isinstance(content, Unwrapped) else content


def read_up_to(content: BinaryIO | Unwrapped, size: int) -> bytes:
    """As many bytes as there are, also where one call gives fewer."""
    first = content.read(size)
    if len(first) == size or not first:
        return first
    pieces = [first]
    missing = size - len(first)
    while missing and (piece := content.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
