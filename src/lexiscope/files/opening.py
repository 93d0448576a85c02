"""Files of vectors opened to read their bytes, and refused where they are no vectors at all.

Every reader of a single file goes through `mapped` (any place, any time) or `chunks` (once through,
no more than is asked for), so that a wrapper (.gz, .bz2, .xz, .zst, .lz4, and a zip or tar archive
with one file of vectors in it) is taken off in one place.
"""

from __future__ import annotations

import io
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

from lexiscope.errors import FormatError
from lexiscope.files import archives, tokens
from lexiscope.files.compression import (
    SUFFIXES,
)
from lexiscope.files.disguises import describe_no_vectors
from lexiscope.files.space import full_disk_named
from lexiscope.files.unwrapping import (
    UntilDamage,
    Unwrapped,
    archive_at,
    content_of,
    described,
    read_up_to,
    until_damage,
)

HEAD_BYTES = 1 << 16
_COPY_BYTES = 1 << 20
_LONGEST_NAME = 255


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


def unwrapped_suffix(path: Path) -> str:
    """The ending that tells the content, in lower case: ".bin" of "vectors.bin.gz".

    Of an archive that one file stands for it is that file's.
    """
    archive = archive_at(path)
    suffix = path.suffix.lower()
    if archive is not None and archive.member is not None:
        return Path(archive.member).suffix.lower()
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
        return isinstance(content_of(stream, path), Unwrapped)


def read_head(path: Path) -> bytes:
    """The first 64 KiB of a file's content, unwrapped, or what can be; nothing of a folder.

    Raises:
        FormatError: It is a pipe or a device, or its wrapper is damaged before anything.
    """
    if path.is_dir():
        return b""
    require_file(path)
    with path.open("rb") as stream:
        return read_up_to(until_damage(content_of(stream, path)), HEAD_BYTES)


def reject_disguise(head: bytes, path: Path) -> None:
    """Names a file that is no vectors file by what it is instead.

    Args:
        head: The first bytes of its content, unwrapped.
        path: For the message.

    Raises:
        FormatError: It is empty, a web page, a Git-LFS pointer, an archive, a pickle.
    """
    what = describe_no_vectors(head)
    archive = archive_at(path) if archives.kind_of(head) is not None else None
    if archive is not None:
        raise FormatError(path, None, described(archive))
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
        content = content_of(stream, path)
        if isinstance(content, Unwrapped):
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


def _unpack(content: Chunks | Unwrapped, target: RawIOBase, path: Path) -> None:
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

    def __init__(self, stream: BinaryIO, content: BinaryIO | Unwrapped, packed_size: int) -> None:
        self._stream = stream
        self._content = content
        self._packed_size = packed_size
        self.size = None if isinstance(content, Unwrapped) else packed_size

    @classmethod
    def of_bytes(cls, content: bytes) -> Chunks:
        """Bytes that are in memory, as a file's."""
        stream = io.BytesIO(content)
        return cls(stream, stream, len(content))

    def read(self, size: int) -> bytes:
        """The next bytes: fewer than `size` only at the end, where there are none at last.

        Raises:
            FormatError: The wrapper is damaged, and the content does not end there (see `chunks`).
        """
        return read_up_to(self._content, size)

    @property
    def damage(self) -> FormatError | None:
        """What is wrong where the content ended before its own end, as only a part was wanted."""
        return self._content.damage if isinstance(self._content, UntilDamage) else None

    def confirm_end(self) -> None:
        """Makes sure that the end that was met is the content's own; for who wanted more.

        Raises:
            FormatError: The wrapper is damaged there.
        """
        if self.damage is not None:
            raise self.damage

    def progress(self) -> tuple[int, int]:
        """Bytes of the file read so far, and in all."""
        return min(self._stream.tell(), self._packed_size), self._packed_size


@contextmanager
def chunks(path: Path, *, is_part: bool = False) -> Iterator[Chunks]:
    """A file's content, to be read once through.

    Args:
        path: The file.
        is_part: Whether its beginning may be all that is wanted: then the content ends where its
            wrapper is damaged, and who wanted more learns of it by `confirm_end`.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, empty, its wrapper is damaged, or `reject_disguise` names it.
    """
    require_file(path)
    reject_disguise(read_head(path), path)
    with path.open("rb", buffering=0) as raw:
        # Unbuffered: pieces are large, and a buffer would only copy them once more.
        stream: BinaryIO = raw
        unwrapped = content_of(stream, path)
        if is_part:
            unwrapped = until_damage(unwrapped)
        content = Chunks(stream, unwrapped, path.stat().st_size)
        try:
            yield content
        except FormatError as error:
            # What is missed there is missing because of the damage.
            if content.damage is None or error is content.damage:
                raise
            raise content.damage from error
