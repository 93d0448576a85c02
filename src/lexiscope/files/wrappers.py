"""Taking off a compressed file's wrapper, bounded in memory and in size."""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lexiscope.errors import FormatError

SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst"})

# Vectors are nearly random bytes: even text of 6 decimals packs no closer than some 5 to 1.
_MOST_EXPANSION = 200
_ALWAYS_ALLOWED = 1 << 26
_PACKED_BYTES = 1 << 16
# The zstd decoder gives all that a piece unpacks to at once: 1 KiB is at most 32 MiB.
_ZSTD_PACKED_BYTES = 1 << 10


@dataclass(frozen=True)
class Wrapper:
    """A way of compressing.

    Attributes:
        name: For messages.
        magic: The first bytes.
        bounded: Whether the decoder can be told how much to give at most.
    """

    name: str
    magic: bytes
    bounded: bool = True

    def decoder(self) -> Any:
        """A fresh decoder of one member (frame), with `decompress`, `eof` and `unused_data`."""
        if self.name == "gzip":
            return zlib.decompressobj(wbits=31)
        if self.name == "bzip2":
            return bz2.BZ2Decompressor()
        if self.name == "xz":
            return lzma.LZMADecompressor(memlimit=1 << 30)
        import zstandard

        return zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()


_BZIP2_BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")
_WRAPPERS = (
    Wrapper("gzip", b"\x1f\x8b"),
    Wrapper("bzip2", b"BZh"),
    Wrapper("xz", b"\xfd7zXZ\x00"),
    Wrapper("zstd", b"\x28\xb5\x2f\xfd", bounded=False),
)


def wrapper_of(head: bytes) -> Wrapper | None:
    """The wrapper that a file's first 10 bytes or more tell of; None for a plain file."""
    for known in _WRAPPERS:
        # Three letters could start a word as well, so bzip2's next ones are asked.
        if head.startswith(known.magic) and (
            known.name != "bzip2" or head[4:10] in _BZIP2_BLOCKS or len(head) < 10
        ):
            return known
    return None


class Unwrapped:
    """The content of a wrapped file, read forward.

    Args:
        stream: The wrapped file, at its start.
        wrapper: Its wrapper.
        path: For messages.
        packed_size: Its size.
    """

    def __init__(self, stream: BinaryIO, wrapper: Wrapper, path: Path, packed_size: int) -> None:
        self._stream = stream
        self._wrapper = wrapper
        self._path = path
        self._allowed = _ALWAYS_ALLOWED + _MOST_EXPANSION * packed_size
        self._decoder: Any = wrapper.decoder()
        self._ready = b""  # unpacked and not given yet (zstd only)
        self._packed = b""  # read and not unpacked yet
        self._given = 0
        self._ended = False

    def read(self, size: int) -> bytes:
        """Some of the next bytes, at most `size`; none at the end.

        Raises:
            FormatError: The wrapper is damaged or cut, or unpacks to more than vectors can.
        """
        while not self._ready and not self._ended:
            self._ready = self._unpack(size)
        piece, self._ready = self._ready[:size], self._ready[size:]
        self._given += len(piece)
        if self._given > self._allowed:
            raise FormatError(
                self._path,
                None,
                f"unpacks to more than {_MOST_EXPANSION} times its size, as vectors do not; if it "
                "is sound, unpack it first",
            )
        return piece

    def _unpack(self, size: int) -> bytes:
        """What the next packed bytes unpack to; possibly nothing yet."""
        if self._decoder.eof and not self._next_member():
            self._ended = True
            return b""
        bounded = self._wrapper.bounded
        if not self._packed and getattr(self._decoder, "needs_input", True):
            self._packed = self._stream.read(_PACKED_BYTES if bounded else _ZSTD_PACKED_BYTES)
            if not self._packed:
                raise self._damaged("it ends too early")
        try:
            if not bounded:
                packed, self._packed = self._packed, b""
                return bytes(self._decoder.decompress(packed))
            piece = bytes(self._decoder.decompress(self._packed, size))
        except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
            raise self._damaged(str(error)) from error
        except Exception as error:
            # The optional library's error has no base that could be named without loading it.
            if type(error).__name__ != "ZstdError":
                raise
            raise self._damaged(str(error)) from error
        # zlib gives back what it did not come to; the others keep it.
        self._packed = getattr(self._decoder, "unconsumed_tail", b"")
        return piece

    def _next_member(self) -> bool:
        """Starts on the member after this one; False where there is none."""
        rest: bytes = self._decoder.unused_data + self._packed
        self._packed = b""
        while len(rest) < len(self._wrapper.magic):
            more = self._stream.read(_PACKED_BYTES if self._wrapper.bounded else _ZSTD_PACKED_BYTES)
            if not more:
                break
            rest += more
        # Tools pad with zero bytes and ignore what else may follow.
        if not rest.startswith(self._wrapper.magic):
            return False
        self._decoder = self._wrapper.decoder()
        self._packed = rest
        return True

    def _damaged(self, reason: str) -> FormatError:
        return FormatError(
            self._path,
            f"byte {self._given:,} of its content",
            f"its {self._wrapper.name} wrapper is damaged or cut ({reason}); download it again",
        )
