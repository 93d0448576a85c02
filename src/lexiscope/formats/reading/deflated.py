"""Pickles that are deflated as a whole, as joblib's `compress=` writes them.

joblib takes zlib by itself, or "lzma" in its old container; what it packs otherwise (gzip, bz2, xz)
is unwrapped as any file is. Neither has a magic number that text could not begin with, so that only
what unpacks to the begin of a pickle is one. Source: joblib, `compressor.py`.
"""

from __future__ import annotations

import lzma
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from lexiscope.errors import FormatError
from lexiscope.files.space import full_disk_named

_PACKED_BYTES = 1 << 16
_UNPACKED_BYTES = 1 << 20
_LZMA_BEGIN = b"\x5d\x00\x00"
_LZMA_MEMORY = 1 << 27
_ERRORS = (zlib.error, lzma.LZMAError, EOFError)


def _decoder(head: bytes | mmap) -> Any:
    """What unpacks a file that begins so; None where it is neither."""
    begin = bytes(head[:3])
    if begin == _LZMA_BEGIN:
        return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_LZMA_MEMORY)
    is_zlib = begin[:1] == b"x" and len(begin) > 1 and int.from_bytes(begin[:2]) % 31 == 0
    return zlib.decompressobj() if is_zlib else None


def first_bytes(head: bytes) -> bytes:
    """What the begin of a file unpacks to, some of it; nothing where it is not deflated."""
    decoder = _decoder(head)
    if decoder is None:
        return b""
    try:
        return bytes(decoder.decompress(head, 1 << 10))
    except _ERRORS:
        return b""


@contextmanager
def inflated(data: mmap, path: Path) -> Iterator[mmap]:
    """What a file unpacks to, in a temporary file without a name; the file where it is not packed.

    Raises:
        FormatError: It is damaged or cut.
        NoRoomError: The disk has no room for it.
    """
    decoder = _decoder(data)
    if decoder is None:
        yield data
        return
    done = 0
    with tempfile.TemporaryFile() as unpacked:
        with full_disk_named(Path(tempfile.gettempdir()) / path.name, lambda: done):
            for piece in _pieces(decoder, data, path):
                unpacked.write(piece)
                done += len(piece)
            unpacked.flush()
        if not done:
            raise FormatError(path, None, "unpacks to nothing, expected a pickle")
        content = mmap(unpacked.fileno(), 0, access=ACCESS_READ)
    try:
        yield content
    finally:
        # What was read may have arrays over the map, which then closes it.
        with suppress(BufferError):
            content.close()


def _pieces(decoder: Any, data: mmap, path: Path) -> Iterator[bytes]:
    place = 0
    rest = b""
    while not decoder.eof:
        if not rest and getattr(decoder, "needs_input", True):
            rest = data[place : place + _PACKED_BYTES]
            place += len(rest)
            if not rest:
                raise FormatError(path, None, "is deflated and cut; download or write it again")
        try:
            piece = decoder.decompress(rest, _UNPACKED_BYTES)
        except _ERRORS as error:
            raise FormatError(path, None, f"is deflated and damaged ({error})") from error
        # zlib gives back what it did not come to; lzma keeps it.
        rest = getattr(decoder, "unconsumed_tail", b"")
        yield piece
