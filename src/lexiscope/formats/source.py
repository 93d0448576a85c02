"""Opening a file to read its bytes, and naming the files that are no vectors at all.

Every reader of a single file goes through `mapped`, so a wrapper (.gz, .xz) has one place to be
taken off.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lexiscope.errors import FormatError

HEAD_BYTES = 1 << 16

_DISGUISES = (
    (b"version https://git-lfs.github.com/spec/", "a Git-LFS pointer, not the file itself; "
     "run `git lfs pull` where it came from"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first"),
    (b"BZh", "compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ\x00", "compressed with xz; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first"),
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\xff\xfe", "UTF-16 text; expected UTF-8"),
    (b"\xfe\xff", "UTF-16 text; expected UTF-8"),
    (b"\x80\x02", "a Python pickle (gensim's save?); write it with save_word2vec_format there"),
    (b"\x80\x03", "a Python pickle (gensim's save?); write it with save_word2vec_format there"),
    (b"\x80\x04", "a Python pickle (gensim's save?); write it with save_word2vec_format there"),
    (b"\x80\x05", "a Python pickle (gensim's save?); write it with save_word2vec_format there"),
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


def read_head(path: Path) -> bytes:
    """The first 64 KiB of a file; nothing of a folder."""
    if path.is_dir():
        return b""
    with path.open("rb") as stream:
        return stream.read(HEAD_BYTES)


def reject_disguise(head: bytes, path: Path) -> None:
    """Names a file that is no vectors file by what it is instead.

    Raises:
        FormatError: It is empty, a web page, a Git-LFS pointer, an archive, a pickle.
    """
    if not head:
        raise FormatError(path, None, "is empty; download or write it again")
    for magic, what in _DISGUISES:
        if head.startswith(magic):
            raise FormatError(path, None, f"is {what}")
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML):
        raise FormatError(
            path, None, "is a web page, not vectors; the download gave an error or a login page"
        )


@contextmanager
def mapped(path: Path) -> Iterator[mmap.mmap]:
    """A file's bytes as a read-only map, which loads as it is touched.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is a folder, or `reject_disguise` names it.
    """
    require(path)
    if path.is_dir():
        raise FormatError(path, None, "is a folder, expected a file")
    reject_disguise(read_head(path), path)
    with path.open("rb") as stream:
        data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        # After an error its traceback may still hold an array over the map, which then closes it.
        with suppress(BufferError):
            data.close()
