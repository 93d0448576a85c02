"""Opening a file to read its bytes, and naming the files that are no vectors at all.

Every reader of a single file goes through `mapped` (any place, any time) or `chunks` (once through,
no more than is asked for), so that a wrapper (.gz, .bz2, .xz, .zst) is taken off in one place.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lexiscope.errors import FormatError
from lexiscope.files.wrappers import SUFFIXES, Unwrapped, wrapper_of

HEAD_BYTES = 1 << 16
_COPY_BYTES = 1 << 20
_MAGIC_BYTES = 16

_DISGUISES = (
    (b"version https://git-lfs.github.com/spec/", "a Git-LFS pointer, not the file itself; "
     "run `git lfs pull` where it came from"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\xff\xfe", "UTF-16 text; expected UTF-8"),
    (b"\xfe\xff", "UTF-16 text; expected UTF-8"),
    (b"\x80\x02", "a Python pickle, but not of word vectors that can be read safely"),
    (b"\x80\x03", "a Python pickle, but not of word vectors that can be read safely"),
    (b"\x80\x04", "a Python pickle, but not of word vectors that can be read safely"),
    (b"\x80\x05", "a Python pickle, but not of word vectors that can be read safely"),
)  # fmt: skip
_HTML = (b"<!doctype html", b"<html", b"<head", b"<?xml")


class MissingPathError(FormatError, FileNotFoundError):
    """There is nothing at the path."""


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
        return wrapper_of(_read_up_to(stream, _MAGIC_BYTES)) is not None


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
    if not head:
        raise FormatError(path, None, "is empty; download or write it again")
    wrapper = wrapper_of(head)
    if wrapper is not None:
        raise FormatError(path, None, f"is compressed with {wrapper.name} twice; unpack it first")
    for magic, what in _DISGUISES:
        if head.startswith(magic):
            raise FormatError(path, None, f"is {what}")
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML):
        raise FormatError(
            path, None, "is a web page, not vectors; the download gave an error or a login page"
        )


@contextmanager
def mapped(path: Path, *, disguises: bool = True) -> Iterator[mmap.mmap]:
    """A file's content as a read-only map, which loads as it is touched.

    What is wrapped is unpacked to a temporary file without a name first.

    Args:
        path: The file.
        disguises: Whether to refuse what `reject_disguise` names; not for formats that start so.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, empty, its wrapper is damaged, or `reject_disguise` names it.
        OSError: The disk has no room for the unpacked file.
    """
    require_file(path)
    with ExitStack() as open_files:
        stream: BinaryIO = open_files.enter_context(path.open("rb"))
        content = _content(stream, path)
        if isinstance(content, Unwrapped):
            unpacked: BinaryIO = open_files.enter_context(tempfile.TemporaryFile())
            while piece := content.read(_COPY_BYTES):
                unpacked.write(piece)
            unpacked.flush()
            unpacked.seek(0)
            stream = unpacked
        head = stream.read(HEAD_BYTES)
        if disguises or not head:
            reject_disguise(head, path)
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        # After an error its traceback may still hold an array over the map, which then closes it.
        with suppress(BufferError):
            data.close()


@contextmanager
def unwrapped_path(path: Path) -> Iterator[Path]:
    """A path under which a file's content is, for libraries that open files by themselves.

    Of a wrapped file that is a temporary one, which is gone after the block; maps of it stay.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, empty, its wrapper is damaged, or `reject_disguise` names it.
        OSError: The disk has no room for the unpacked file.
    """
    if not _is_wrapped(path):
        reject_disguise(read_head(path), path)
        yield path
        return
    with chunks(path) as content, tempfile.TemporaryDirectory() as folder:
        unpacked = Path(folder) / path.stem
        with unpacked.open("xb") as stream:
            while piece := content.read(_COPY_BYTES):
                stream.write(piece)
        yield unpacked


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


def _content(stream: BinaryIO, path: Path) -> BinaryIO | Unwrapped:
    """The stream, at its start, or what unwraps it."""
    wrapper = wrapper_of(_read_up_to(stream, _MAGIC_BYTES))
    stream.seek(0)
    if wrapper is None:
        return stream
    return Unwrapped(stream, wrapper, path, path.stat().st_size)


def _read_up_to(content: BinaryIO | Unwrapped, size: int) -> bytes:
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
