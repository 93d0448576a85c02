"""Files of vectors opened to read their bytes, and refused where they are no vectors at all.

Every reader of a single file goes through `mapped` (any place, any time) or `chunks` (once through,
no more than is asked for), so that a wrapper (.gz, .bz2, .xz, .zst) is taken off in one place.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.compression import (
    MAGIC_BYTES,
    SUFFIXES,
    Compression,
    DamagedDataError,
    Memory,
    Unpacked,
    compression_of,
)
from lexiscope.files.disguises import describe_no_vectors
from lexiscope.files.space import full_disk_named

HEAD_BYTES = 1 << 16
_COPY_BYTES = 1 << 20
_LONGEST_NAME = 255

# Vectors are nearly random bytes: even text of 6 decimals packs no closer than some 5 to 1.
_MOST_EXPANSION = 200
_ALWAYS_ALLOWED = 1 << 26
_MEMORY = Memory(zstd_window=1 << 27, zstd_input=1 << 10, xz=1 << 30)


class MissingPathError(FormatError, FileNotFoundError):
    """There is nothing at the path."""


def resolved(path: Path) -> Path:
    """Where a path leads to, as far as it does: links in a circle lead nowhere."""
    return Path(os.path.realpath(path))


def require(path: Path) -> None:
    """Refuses a path where there is nothing.

    Raises:
        MissingPathError: As said.
    """
    if not path.exists():
        what = "a link to nothing" if path.is_symlink() else "no such file or folder"
        raise MissingPathError(path, None, f"{what}; check the path")


def require_file(path: Path) -> None:
    """Refuses a path that is no plain file.

    Raises:
        MissingPathError: There is nothing.
        FormatError: It is a folder, a pipe or a device.
    """
    require(path)
    if path.is_dir():
        raise FormatError(path, None, "is a folder, expected a file")
    if not path.is_file():
        raise FormatError(path, None, "is a pipe or a device, expected a plain file")


def is_file_name(name: str) -> bool:
    """Whether a text out of a file can be the name of another file in the same folder."""
    plain = name == Path(name).name and name not in ("", ".", "..") and "\0" not in name
    return plain and len(tokens.encode(name)) <= _LONGEST_NAME


def read_within(stream: BinaryIO, most: int) -> bytes | None:
    """All that follows in a file, piece by piece; None where it is more than `most` bytes.

    Asked for so many at once, Python would take the memory for all of them first.
    """
    pieces, left = [], most
    while piece := stream.read(_COPY_BYTES):
        pieces.append(piece)
        left -= len(piece)
        if left < 0:
            return None
    return b"".join(pieces)


def unpacks_to(size: int) -> int:
    """So many bytes at most are vectors that are packed in so many."""
    return _ALWAYS_ALLOWED + _MOST_EXPANSION * size


def unwrapped_suffix(path: Path) -> str:
    """The ending that tells the content, in lower case: ".bin" of "vectors.bin.gz"."""
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix in SUFFIXES else suffix


def unwrapped_stem(path: Path) -> str:
    """The name without its endings: "vectors" of "vectors.npy.gz"."""
    return Path(path.stem).stem if path.suffix.lower() in SUFFIXES else path.stem


def _is_wrapped(path: Path) -> bool:
    """Whether a file is compressed.

    Raises:
        FormatError: It is no plain file.
    """
    require_file(path)
    with path.open("rb") as stream:
        return compression_of(stream.read(MAGIC_BYTES)) is not None


def read_head(path: Path) -> bytes:
    """The first 64 KiB of a file's content, unwrapped; nothing of a folder.

    Raises:
        FormatError: It is a pipe or a device, or its wrapper is damaged.
    """
    if path.is_dir():
        return b""
    require_file(path)
    with path.open("rb") as stream:
        return _read_up_to(_content(stream, path), HEAD_BYTES)


def reject_disguise(head: bytes, path: Path) -> None:
    """Names a file that is no vectors file by what it is instead.

    Args:
        head: The first bytes of its content, unwrapped.
        path: For the message.

    Raises:
        FormatError: It is empty, a web page, a Git-LFS pointer, an archive, a pickle.
    """
    what = describe_no_vectors(head)
    if what is not None:
        raise FormatError(path, None, f"is {what}")


@contextmanager
def mapped(path: Path, *, disguises: bool = True, private: bool = False) -> Iterator[mmap.mmap]:
    """A file's content as a map, which loads as it is touched and cannot be written to.

    What is wrapped is unpacked to a temporary file without a name first.

    Args:
        path: The file.
        disguises: Whether to refuse what `reject_disguise` names; not for formats that start so.
        private: Whether it can be written to all the same, changes staying in memory; it is
            read-only where the system refuses so much memory.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, empty, its wrapper is damaged, or `reject_disguise` names it.
        NoRoomError: The disk has no room for the unpacked file.
    """
    require_file(path)
    with ExitStack() as open_files:
        stream: BinaryIO = open_files.enter_context(path.open("rb"))
        content = _content(stream, path)
        if isinstance(content, _UnpackedFile):
            unpacked = open_files.enter_context(tempfile.TemporaryFile(buffering=0))
            _unpack(content, unpacked, path)
            stream = cast(BinaryIO, unpacked)
        head = stream.read(HEAD_BYTES)
        if disguises or not head:
            reject_disguise(head, path)
        data = _mapped(stream.fileno(), private)
    try:
        yield data
    finally:
        # After an error its traceback may still hold an array over the map, which then closes it.
        with suppress(BufferError):
            data.close()


def _mapped(descriptor: int, private: bool) -> mmap.mmap:
    if private:
        with suppress(OSError):
            return mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY)
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


@contextmanager
def unwrapped_path(path: Path) -> Iterator[Path]:
    """A path under which a file's content is, for libraries that open files by themselves.

    Of a wrapped file that is a temporary one, which is gone after the block; maps of it stay.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, empty, its wrapper is damaged, or `reject_disguise` names it.
        NoRoomError: The disk has no room for the unpacked file.
    """
    if not _is_wrapped(path):
        reject_disguise(read_head(path), path)
        yield path
        return
    with chunks(path) as content, tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / path.stem
        with unpacked.open("xb", buffering=0) as stream:
            _unpack(content, stream, path)
        yield unpacked


def _unpack(content: Chunks | _UnpackedFile, target: RawIOBase, path: Path) -> None:
    """Writes what a wrapped file holds to a file in the temporary folder, and goes to its start.

    Args:
        content: What unwraps it.
        target: The file, unbuffered: nothing is left to be written when it is closed.
        path: The wrapped file.
    """
    done = 0
    with full_disk_named(Path(tempfile.gettempdir()) / path.stem, lambda: done):
        while piece := content.read(_COPY_BYTES):
            view = memoryview(piece)
            while len(view):
                written = target.write(view) or 0
                view = view[written:]
                done += written
    target.seek(0)


class Chunks:
    """A file's content in pieces, in order; nothing is read ahead.

    Args:
        stream: The file.
        content: Its content: the same, or what unwraps it.
        packed_size: Its size on disk.

    Attributes:
        size: Bytes of content, or None for a wrapped file, which does not tell.
    """

    def __init__(
        self, stream: BinaryIO, content: BinaryIO | _UnpackedFile, packed_size: int
    ) -> None:
        self._stream = stream
        self._content = content
        self._packed_size = packed_size
        self.size = None if isinstance(content, _UnpackedFile) else packed_size

    def read(self, size: int) -> bytes:
        """The next bytes: fewer than `size` only at the end, where there are none at last.

        Raises:
            FormatError: The wrapper is damaged.
        """
        return _read_up_to(self._content, size)

    def progress(self) -> tuple[int, int]:
        """Bytes of the file read so far, and in all."""
        return min(self._stream.tell(), self._packed_size), self._packed_size


@contextmanager
def chunks(path: Path) -> Iterator[Chunks]:
    """A file's content, to be read once through.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, empty, its wrapper is damaged, or `reject_disguise` names it.
    """
    require_file(path)
    reject_disguise(read_head(path), path)
    with path.open("rb", buffering=0) as raw:
        # Unbuffered: pieces are large, and a buffer would only copy them once more.
        stream: BinaryIO = raw
        yield Chunks(stream, _content(stream, path), path.stat().st_size)


def _content(stream: BinaryIO, path: Path) -> BinaryIO | _UnpackedFile:
    """The stream, at its start, or what unwraps it."""
    compression = compression_of(stream.read(MAGIC_BYTES))
    stream.seek(0)
    return stream if compression is None else _UnpackedFile(stream, compression, path)


class _UnpackedFile:
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
            raise FormatError(
                self._path,
                None,
                f"unpacks to more than {_MOST_EXPANSION} times its size, as vectors do not; if it "
                "is sound, unpack it first",
            )
        return piece


def _read_up_to(content: BinaryIO | _UnpackedFile, size: int) -> bytes:
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
